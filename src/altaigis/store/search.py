"""Search of features by their names, in both languages."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    Text,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.store.pool import reading
from altaigis.store.versions import state

NAME_FIELDS = ("name_ru", "name_en", "short_name_ru", "short_name_en")


@dataclass(frozen=True)
class Place:
    """A feature that was found: its names, a point on it as GeoJSON, and its extent in degrees."""

    layer: str
    fid: str
    name_ru: str | None
    name_en: str | None
    point: str | None
    extent: BBox | None


async def search_places(
    database: AsyncEngine, layers: list[tuple[Layer, Revision]], words: str, limit: int
) -> list[Place]:
    """Features whose name holds the words: names that begin with them first, then by layer and length."""
    if not layers or "\0" in words:
        return []
    parts = [_matches(number, layer, revision, words) for number, (layer, revision) in enumerate(layers)]
    found = union_all(*parts).subquery()
    statement = (
        select(found)
        .order_by(
            found.c.exact.is_(False), found.c.position > 1, found.c.number, func.length(found.c.name_ru), found.c.fid
        )
        .limit(limit)
    )
    async with reading(database) as connection:
        rows = (await connection.execute(statement)).all()
    return [_place(row) for row in rows]


def _matches(number: int, layer: Layer, revision: Revision, words: str) -> Select[Any]:
    table = state(layer, revision)
    names = [_folded(table.c[name]) for name in NAME_FIELDS if name in layer.fields]
    if not names:
        names = [_folded(table.c[layer.title_field])]
    wanted = _folded(literal(words))
    position = func.least(*(func.nullif(func.strpos(name, wanted), 0) for name in names))
    geometry = table.c[layer.geometry_field] if layer.geometry_field else None
    box = [
        getattr(func, f"ST_{corner}")(geometry) if geometry is not None else null()
        for corner in ("XMin", "YMin", "XMax", "YMax")
    ]
    return select(
        literal(layer.id).label("layer"),
        literal(number).label("number"),
        cast(table.c[layer.id_field], Text).label("fid"),
        name_in(layer, table, "ru").label("name_ru"),
        name_in(layer, table, "en").label("name_en"),
        (func.ST_AsGeoJSON(func.ST_PointOnSurface(geometry), 6, 0) if geometry is not None else null()).label("point"),
        *(corner.label(name) for corner, name in zip(box, ("west", "south", "east", "north"), strict=True)),
        position.label("position"),
        func.coalesce(or_(*(name == wanted for name in names)), false()).label("exact"),
    ).where(position.is_not(None))


def name_in(layer: Layer, table: FromClause, language: str) -> ColumnElement[Any]:
    """What people call a feature in a language: the short form first, empty where it has no name."""
    choices = [f"short_name_{language}", f"name_{language}", layer.title_field]
    return func.coalesce(*(cast(table.c[name], Text) for name in choices if name in layer.fields), "")


def _folded(name: ColumnElement[Any]) -> ColumnElement[Any]:
    """Lower case, and ё as е: people type one for the other."""
    return func.replace(func.lower(cast(name, Text)), "ё", "е")


def _place(row: Row[Any]) -> Place:
    extent = None if row.west is None else BBox(row.west, row.south, row.east, row.north)
    return Place(row.layer, row.fid, row.name_ru, row.name_en, row.point, extent)
