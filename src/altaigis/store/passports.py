"""What lies in units, and what they touch."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Float, FromClause, LargeBinary, Text, and_, cast, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.layer import Layer
from altaigis.domain.passport import Inside, Named
from altaigis.domain.revision import Revision
from altaigis.store.pool import reading
from altaigis.store.search import name_in
from altaigis.store.versions import state

#: Degrees, about a kilometre: borders that come of different maps do not meet exactly.
NEAR = 0.01


async def read_units(
    database: AsyncEngine, layer: Layer, revision: Revision, fields: Sequence[str]
) -> list[tuple[Named, tuple[Any, ...]]]:
    """All features of a layer by id, and the values of some fields of each."""
    table = state(layer, revision)
    statement = select(*_named(layer, table), *(table.c[name] for name in fields)).order_by(table.c[layer.id_field])
    async with reading(database) as connection:
        return [(Named(*row[:3]), tuple(row[3:])) for row in await connection.execute(statement)]


async def read_shapes(
    database: AsyncEngine, layer: Layer, revision: Revision, ids: Sequence[str]
) -> list[tuple[str, bytes]]:
    """The geometries of features with these ids as WKB in EPSG:4326, by id."""
    table = state(layer, revision)
    assert layer.geometry_field, "units have polygons"
    key, shape = table.c[layer.id_field], cast(func.ST_AsBinary(table.c[layer.geometry_field]), LargeBinary)
    statement = select(cast(key, Text), shape).where(key.in_(ids)).order_by(key)
    async with reading(database) as connection:
        return [(fid, bytes(wkb)) for fid, wkb in await connection.execute(statement)]


async def read_inside(
    database: AsyncEngine, layer: Layer, revision: Revision, rule: Inside, units: Sequence[Named], most: int
) -> tuple[int, list[Named]]:
    """How many features of a layer lie in units, and the largest of them, or the first by name."""
    table = state(layer, revision)
    lies: ColumnElement[bool] = table.c[rule.by].in_([unit.fid for unit in units])
    if rule.named:
        listed = func.string_to_array(func.replace(table.c[rule.named], "; ", ";"), ";")
        names = [name for unit in units for name in (unit.name_ru, unit.name_en)]
        # a list alone says nothing of one that is known to lie elsewhere
        lies = or_(lies, and_(table.c[rule.by].is_(None), listed.op("&&")(names)))
    kind, size = (
        cast(table.c[name] if name else null(), form) for name, form in ((rule.kind, Text), (rule.size, Float))
    )
    columns = (*_named(layer, table), kind, size)
    found = select(*columns, func.count().over()).where(lies)
    ordered = found.order_by(size.desc().nulls_last(), name_in(layer, table, "ru"), table.c[layer.id_field])
    async with reading(database) as connection:
        rows = (await connection.execute(ordered.limit(most))).all()
    return (rows[0][-1] if rows else 0), [Named(*row[:-1]) for row in rows]


async def read_touching(
    database: AsyncEngine, units: tuple[Layer, Revision], ids: Sequence[str], others: tuple[Layer, Revision]
) -> list[Named]:
    """Features of a layer that touch any of these units, themselves left out, by their name."""
    mine, theirs = state(*units).alias("mine"), state(*others).alias("theirs")
    layer = others[0]
    here, there = mine.c[units[0].geometry_field or ""], theirs.c[layer.geometry_field or ""]
    touching = select(mine.c[units[0].id_field]).where(
        mine.c[units[0].id_field].in_(ids), func.ST_DWithin(here, there, NEAR)
    )
    places = [
        theirs.c[f"{stem}_{language}"] if f"{stem}_{language}" in layer.fields else null()
        for stem in ("region", "country")
        for language in ("ru", "en")
    ]
    found = select(*_named(layer, theirs), *places).where(touching.exists())
    if layer.id == units[0].id:
        found = found.where(theirs.c[layer.id_field].not_in(ids))
    async with reading(database) as connection:
        rows = await connection.execute(found.order_by(name_in(layer, theirs, "ru")))
        return [Named(row[0], row[1], row[2], region=(row[3], row[4]), country=(row[5], row[6])) for row in rows]


def _named(layer: Layer, table: FromClause) -> tuple[ColumnElement[Any], ...]:
    return cast(table.c[layer.id_field], Text), name_in(layer, table, "ru"), name_in(layer, table, "en")
