"""Search of features by their names, in both languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    any_,
    bindparam,
    case,
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
from altaigis.store.prepared import Prepared, fetch, prepared
from altaigis.store.versions import state

NAME_FIELDS = ("name_ru", "name_en", "short_name_ru", "short_name_en")
#: Signs between words that people leave out or write in another way: one space for each run of them.
SEPARATORS = '-‐‑‒–—«»„“”"\t\u00a0'
#: From so many signs on, the beginning of a word of an id is enough: ``WMO-29`` and ``2983``, but not every ``1``.
ENOUGH_OF_ID = 4
CORNERS = ("west", "south", "east", "north")
#: Behind all places in a name.
IN_ID = 1000

Searched = tuple[Layer, Revision]


@dataclass(frozen=True)
class Place:
    """A feature that was found: its names, a point on it as GeoJSON, and its extent in degrees; ``approximate`` where
    its name is not what was asked for, but like it."""

    layer: str
    fid: str
    name_ru: str | None
    name_en: str | None
    point: str | None
    extent: BBox | None
    approximate: bool = False


async def search_places(database: AsyncEngine, layers: Sequence[Searched], words: str, limit: int) -> list[Place]:
    """Features whose name holds the words, or whose id does: names that begin with them first, then by layer and
    length."""
    if not layers or "\0" in words:
        return []
    # whole words of an id, so that a number alone finds WMO-29838
    ending = "" if len(words) >= ENOUGH_OF_ID else " "
    values = {"words": words, "ending": ending, "most": limit}
    return [_place(row) for row in await fetch(database, _search(tuple(layers)), values)]


@lru_cache(maxsize=4)
def _search(layers: tuple[Searched, ...]) -> Prepared:
    """The statement of all layers; to compose it takes longer than to find an answer."""
    parts = [_matches(number, layer, revision) for number, (layer, revision) in enumerate(layers)]
    found = union_all(*parts).subquery()
    order = (
        found.c.exact.is_(False),
        found.c.position > 1,
        found.c.number,
        func.length(found.c.name_ru),
        found.c.fid,
    )
    limit = bindparam("most", type_=Integer)
    return prepared(select(*_told(found)).where(found.c.part == 1).order_by(*order).limit(limit))


async def read_places(
    database: AsyncEngine, layers: Sequence[Searched], keys: Sequence[tuple[int, str | int]]
) -> list[Place]:
    """The features with these keys, each behind the number of its layer, in their order."""
    if not keys:
        return []
    mine: dict[str, list[str | int]] = {f"keys_{number}": [] for number in range(len(layers))}
    for number, key in keys:
        mine[f"keys_{number}"].append(key)
    order = {(layers[number][0].id, str(key)): place for place, (number, key) in enumerate(keys)}
    found = [_place(row) for row in await fetch(database, _chosen(tuple(layers)), mine)]
    return sorted(found, key=lambda place: order.get((place.layer, place.fid), len(order)))


@lru_cache(maxsize=4)
def _chosen(layers: tuple[Searched, ...]) -> Prepared:
    parts = []
    for number, (layer, revision) in enumerate(layers):
        table = state(layer, revision)
        keys = bindparam(f"keys_{number}", type_=ARRAY(table.c[layer.id_field].type))
        parts.append(_places(number, layer, table).where(_same(layer, table, keys)))
    found = union_all(*parts).subquery()
    return prepared(select(*_told(found)).where(found.c.part == 1))


async def read_names(database: AsyncEngine, layer: Layer, revision: Revision) -> list[tuple[str | int, list[str]]]:
    """All names of each feature of a layer; of those that are parts of one, as reaches of a river, one has them."""
    table = state(layer, revision)
    key = table.c[layer.id_field]
    statement = select(key, *_names(layer, table))
    if _is_of_lines(layer):
        title = table.c[layer.title_field]
        statement = statement.distinct(title).order_by(title, key)
    async with reading(database) as connection:
        rows = (await connection.execute(statement)).all()
    return [(key, [str(name) for name in names if name is not None]) for key, *names in rows]


def _names(layer: Layer, table: FromClause) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in NAME_FIELDS if name in layer.fields] or [table.c[layer.title_field]]


def _matches(number: int, layer: Layer, revision: Revision) -> Select[Any]:
    table = state(layer, revision)
    names = [_folded(name) for name in _names(layer, table)]
    key = _folded(table.c[layer.id_field])
    wanted = _folded(bindparam("words", type_=Text))
    beginning = literal(" ") + wanted + bindparam("ending", type_=Text)
    in_id = func.strpos(literal(" ") + key + " ", beginning) > 0
    in_name = func.least(*(func.nullif(func.strpos(name, wanted), 0) for name in names))
    position = func.coalesce(in_name, case((in_id, IN_ID)))
    exact = func.coalesce(or_(*(name == wanted for name in names), key == wanted), false())
    return (
        _places(number, layer, table)
        .add_columns(position.label("position"), exact.label("exact"))
        .where(position.is_not(None))
    )


def _places(number: int, layer: Layer, table: FromClause) -> Select[Any]:
    """What is told of features that have a name. Lines with one name are one thing in parts, as the reaches of a river:
    the first ``part``, the longest, stands for all, with their common extent."""
    geometry = table.c[layer.geometry_field] if layer.geometry_field else None
    whole: ColumnElement[Any] | None = geometry
    part: ColumnElement[Any] = literal(1)
    title, key = table.c[layer.title_field], table.c[layer.id_field]
    if geometry is not None and _is_of_lines(layer):
        whole = func.ST_Extent(geometry).over(partition_by=title)
        part = func.row_number().over(partition_by=title, order_by=(func.ST_Length(geometry).desc(), key))
    box = [
        getattr(func, f"ST_{corner}")(whole) if whole is not None else null()
        for corner in ("XMin", "YMin", "XMax", "YMax")
    ]
    return select(
        literal(layer.id).label("layer"),
        literal(number).label("number"),
        cast(key, Text).label("fid"),
        name_in(layer, table, "ru").label("name_ru"),
        name_in(layer, table, "en").label("name_en"),
        (func.ST_AsGeoJSON(func.ST_PointOnSurface(geometry), 6, 0) if geometry is not None else null()).label("point"),
        *(corner.label(name) for corner, name in zip(box, CORNERS, strict=True)),
        part.label("part"),
    ).where(or_(*(name.is_not(None) for name in _names(layer, table))))


def _same(layer: Layer, table: FromClause, keys: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a feature has one of the keys, or is part of the same thing."""
    has_key = table.c[layer.id_field] == any_(keys)
    if not _is_of_lines(layer):
        return has_key
    title = table.c[layer.title_field]
    return title.in_(select(title).where(has_key))


def _is_of_lines(layer: Layer) -> bool:
    return layer.geometry_type in ("LineString", "MultiLineString")


def name_in(layer: Layer, table: FromClause, language: str) -> ColumnElement[Any]:
    """What people call a feature in a language: the short form first, empty where it has no name."""
    choices = [f"short_name_{language}", f"name_{language}", layer.title_field]
    return func.coalesce(*(cast(table.c[name], Text) for name in choices if name in layer.fields), "")


def _folded(name: ColumnElement[Any]) -> ColumnElement[Any]:
    """Lower case, ё as е, and one space for whatever separates words: people type one for the other."""
    signs = func.translate(func.lower(cast(name, Text)), "ё" + SEPARATORS, "е" + " " * len(SEPARATORS))
    # a dash between spaces makes three of them
    return func.btrim(func.replace(func.replace(signs, "   ", " "), "  ", " "))


def _told(found: FromClause) -> list[ColumnElement[Any]]:
    return [found.c[name] for name in ("layer", "fid", "name_ru", "name_en", "point", *CORNERS)]


def _place(row: tuple[Any, ...]) -> Place:
    layer, fid, name_ru, name_en, point, *corners = row
    return Place(layer, fid, name_ru, name_en, point, None if corners[0] is None else BBox(*corners))
