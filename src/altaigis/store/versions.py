"""Versions of features: the table of an editable layer holds every state that it has had, and shows any of them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Table,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from altaigis.domain.detail import level_for
from altaigis.domain.extent import BBox
from altaigis.domain.grid import Grid
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.store.schema import (
    LEVEL,
    LEVEL_SRID,
    OPEN,
    SHOWN,
    SINCE,
    TILE_ID,
    UNTIL,
    feature_ids,
    layer_table,
    level_table,
)
from altaigis.store.tile_ids import note


@lru_cache(maxsize=256)
def state(layer: Layer, revision: Revision, zoom: int | None = None) -> FromClause:
    """The rows of one revision, with the layer's fields and the id for tiles; of an editable layer also :data:`SINCE`,
    the feature's version; where a level of detail is kept that is fine enough for a zoom, also :data:`SHOWN`, its
    geometry in Web Mercator."""
    rows = state_of(layer, layer_table(layer, revision.relation), revision.number)
    # of points a level leaves some out, which is for maps alone
    level = None if layer.geometry_type == "Point" else level_for(revision.levels, zoom)
    if level is None:
        return rows
    levels = levels_of(layer, revision)
    on = and_(levels.c[LEVEL] == level, levels.c[layer.id_field] == rows.c[layer.id_field])
    return (
        select(*rows.columns, _shown(layer, rows, levels, level).label(SHOWN))
        .join_from(rows, levels, on, isouter=True)
        .subquery("_state")
    )


def levels_of(layer: Layer, revision: Revision) -> FromClause:
    """The rows of the levels of detail of one revision."""
    return _rows_of(layer, level_table(layer, revision.relation), revision.number, "_levels")


def _shown(layer: Layer, rows: FromClause, levels: FromClause, level: int) -> ColumnElement[Any]:
    """The geometry of a level in metres, of the layer's type; the exact one where it would have to be a multi."""
    name = layer.geometry_field or ""
    placed, several = levels.c[name], layer.fields[name].type.startswith("Multi")
    by_x, to_x, by_y, to_y = Grid(level).to_metres
    one = placed if several else func.ST_GeometryN(placed, 1)
    shown = func.ST_SetSRID(func.ST_Affine(one, by_x, 0.0, 0.0, by_y, to_x, to_y), LEVEL_SRID)
    exact = func.ST_Transform(rows.c[name], LEVEL_SRID)
    return shown if several else case((func.ST_NumGeometries(placed) > 1, exact), else_=shown)


def state_of(layer: Layer, table: Table, number: int) -> FromClause:
    """The same of a table at the number of a revision."""
    return _rows_of(layer, table, number, "_state")


def _rows_of(layer: Layer, table: Table, number: int, name: str) -> FromClause:
    if not layer.editable:
        return table
    shown = and_(table.c[SINCE] <= number, table.c[UNTIL] > number)
    columns: list[Column[object]] = [column for column in table.columns if column.name != UNTIL]
    return select(*columns).where(shown).subquery(name)


def become(connection: Connection, layer: Layer, table: Table, rows: FromClause, number: int) -> None:
    """Make these rows what an editable layer's table shows from revision ``number`` on.

    Features that are as they were keep their version; readers of former revisions see what they saw.
    """
    note(connection, layer, rows)
    key = rows.c[layer.id_field] == table.c[layer.id_field]
    shown = table.c[UNTIL] == OPEN
    alike = and_(key, *(rows.c[name].is_not_distinct_from(table.c[name]) for name in layer.fields))
    connection.execute(update(table).where(shown, ~exists().where(alike)).values({UNTIL: number}))
    on = and_(feature_ids.c.layer == layer.id, feature_ids.c.fid == cast(rows.c[layer.id_field], Text))
    new = (
        select(*(rows.c[name] for name in layer.fields), feature_ids.c.tile_id, literal(number), literal(OPEN))
        .join_from(rows, feature_ids, on)
        .where(~exists().where(key, shown))
        .order_by(rows.c[layer.id_field])
    )
    connection.execute(insert(table).from_select([*layer.fields, TILE_ID, SINCE, UNTIL], new))


def remeasure(
    connection: Connection, layer: Layer, table: Table, former: Revision, edited: Revision, keys: Sequence[str | int]
) -> Revision:
    """The revision that comes of edits of the features with these keys, with its count, its extent, and the area of
    what was and is there.

    The layer as a whole is looked at only where a feature has left the border of its extent.
    """
    mine = table.c[layer.id_field].in_(keys)
    came, new = measure(connection, layer, select(table).where(mine, table.c[SINCE] == edited.number).subquery())
    went, old = measure(connection, layer, select(table).where(mine, table.c[UNTIL] == edited.number).subquery())
    count = former.count + came - went
    if former.extent is None or (old and not old.lies_inside(former.extent)):
        extent = measure(connection, layer, state(layer, edited))[1]
    else:
        extent = former.extent.united(new) if new else former.extent
    area = old.united(new) if old and new else old or new
    return replace(edited, count=count, extent=extent, area=area)


def measure(connection: Connection, layer: Layer, rows: FromClause) -> tuple[int, BBox | None]:
    """How many features there are, and their extent, None where none has a geometry."""
    count = func.count().label("count")
    if not layer.geometry_field:
        return connection.execute(select(count).select_from(rows)).scalar_one(), None
    box = select(count, func.ST_Extent(rows.c[layer.geometry_field]).label("box")).subquery()
    corners = [getattr(func, name)(box.c.box) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")]
    number, west, south, east, north = connection.execute(select(box.c.count, *corners)).one()
    return number, None if west is None else BBox(west, south, east, north)
