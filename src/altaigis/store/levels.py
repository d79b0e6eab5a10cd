"""Levels of detail of editable layers: every revision has its own, and an edit makes few rows anew.

Only whoever makes levels needs Arrow, which weighs 30 MB: a server does without until the first edit.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    LargeBinary,
    Table,
    and_,
    cast,
    exists,
    func,
    insert,
    inspect,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.schema import CreateTable

from altaigis.domain.extent import BBox
from altaigis.domain.grid import Grid
from altaigis.domain.layer import Layer
from altaigis.domain.progress import Progress, silent
from altaigis.domain.revision import Revision
from altaigis.store.driver import driver
from altaigis.store.schema import LAYER_SCHEMA, LEVEL, OPEN, SINCE, UNTIL, layer_table, level_table
from altaigis.store.versions import levels_of, measure

if TYPE_CHECKING:
    import pyarrow as pa

#: Units: as far as a geometry on the grid lies from where it was, and one more.
NEAR = 2

Key = str | int


@dataclass(frozen=True)
class Site:
    """What the levels of edited features are made anew from.

    Args:
        levels: those that there are.
        moved: the features with another geometry than before, as WKB in degrees.
        gone: those that have none any more.
        neighbours: of a coverage those that touch them, or did before the edit.
        drawn: of a coverage, by level, what there is of all of these before the edit, and of others around them, as WKB
            in units of the level's grid.
    """

    levels: Sequence[int]
    moved: Mapping[Key, bytes]
    gone: Collection[Key]
    neighbours: Mapping[Key, bytes]
    drawn: Mapping[int, Mapping[Key, bytes]]


#: Gives the rows of all levels of the features that have moved, and of their neighbours.
Relevel = Callable[[Site], "pa.Table"]


def become(
    connection: Connection, layer: Layer, rows: "pa.Table", revision: Revision, progress: Progress = silent
) -> None:
    """Make these rows the levels of an editable layer from a revision on; readers of former ones see what they saw."""
    table = _made(connection, layer, revision.relation)
    staging = _staged(connection, layer, rows, lambda done: progress("levels", done, rows.num_rows))
    _succeed(connection, layer, table, staging, revision.number)
    driver(connection).execute(SQL("ANALYZE {}").format(Identifier(LAYER_SCHEMA, table.name)))


def go_back(connection: Connection, layer: Layer, target: Revision, revision: Revision) -> None:
    """Make the levels of a former revision those of an editable layer again."""
    if target.levels:
        table = _made(connection, layer, revision.relation)
        _succeed(connection, layer, table, levels_of(layer, target), revision.number)


def remake(
    connection: Connection, layer: Layer, revision: Revision, keys: Collection[Key], relevel: Relevel
) -> Revision:
    """Make the levels of edited features anew, and of their neighbours where the layer is a coverage.

    Args:
        revision: that of the edit.
        keys: the features that have been edited.

    Returns:
        The revision, its area around all that is drawn in another way, coarse as it may be.
    """
    redrawn = set(keys)
    if moved := _moved(connection, layer, revision, keys):
        redrawn.update(_remade(connection, layer, revision, moved, relevel))
    areas = [*_areas(connection, layer, revision, keys, redrawn), *([revision.area] if revision.area else [])]
    return replace(revision, area=reduce(BBox.united, areas) if areas else None)


def _remade(
    connection: Connection, layer: Layer, revision: Revision, moved: Collection[Key], relevel: Relevel
) -> Collection[Key]:
    """Those of whom levels have been made anew: what has moved, and its neighbours."""
    table = level_table(layer, revision.relation)
    neighbours = _touching(connection, layer, revision, moved) if layer.coverage else []
    redrawn, there = [*moved, *neighbours], _shapes(connection, layer, revision, moved)
    site = Site(
        revision.levels,
        there,
        [key for key in moved if key not in there],
        _shapes(connection, layer, revision, neighbours),
        _drawn(connection, layer, revision, redrawn) if layer.coverage else {},
    )
    staging = _staged(connection, layer, relevel(site), lambda _: None)
    _succeed(connection, layer, table, staging, revision.number, _of(layer, table, revision, redrawn))
    return redrawn


def _moved(connection: Connection, layer: Layer, revision: Revision, keys: Collection[Key]) -> list[Key]:
    """Those of the features to which the revision has given another geometry, or whose geometry came or went."""
    table, shape = layer_table(layer, revision.relation), layer.geometry_field or ""
    mine = table.c[layer.id_field].in_(keys)
    former, latter = (
        select(table.c[layer.id_field].label("key"), table.c[shape].label("shape"))
        .where(mine, table.c[bound] == revision.number)
        .subquery()
        for bound in (UNTIL, SINCE)
    )
    pairs = former.join(latter, former.c.key == latter.c.key, full=True)
    other = former.c.shape.is_distinct_from(latter.c.shape)
    key = func.coalesce(former.c.key, latter.c.key)
    return list(connection.execute(select(key).select_from(pairs).where(other).order_by(key)).scalars())


def _touching(connection: Connection, layer: Layer, revision: Revision, moved: Collection[Key]) -> list[Key]:
    """The features that touch one of these as it is now, or as it was before the revision."""
    table = layer_table(layer, revision.relation)
    one, other = table.alias("one"), table.alias("other")
    key, shape = layer.id_field, layer.geometry_field or ""
    states = or_(*(one.c[bound] == revision.number for bound in (SINCE, UNTIL)))
    meet = func.ST_Intersects(one.c[shape], other.c[shape])
    found = (
        select(other.c[key])
        .join_from(one, other, meet)
        .where(one.c[key].in_(moved), states, other.c[UNTIL] == OPEN, other.c[key].not_in(moved))
        .distinct()
        .order_by(other.c[key])
    )
    return list(connection.execute(found).scalars())


def _shapes(connection: Connection, layer: Layer, revision: Revision, keys: Collection[Key]) -> dict[Key, bytes]:
    table = layer_table(layer, revision.relation)
    key, shape = table.c[layer.id_field], table.c[layer.geometry_field or ""]
    mine = select(key, _wkb(shape)).where(key.in_(keys), table.c[UNTIL] == OPEN, shape.is_not(None))
    return dict(connection.execute(mine.order_by(key)).tuples().all())


def _drawn(
    connection: Connection, layer: Layer, revision: Revision, keys: Collection[Key]
) -> dict[int, dict[Key, bytes]]:
    """What there is on each level of these features, and of others near them as they are now."""
    table, levels = layer_table(layer, revision.relation), level_table(layer, revision.relation)
    mine = select(table).where(table.c[layer.id_field].in_(keys), table.c[UNTIL] == OPEN).subquery()
    _, extent = measure(connection, layer, mine)
    key, shape = levels.c[layer.id_field], levels.c[layer.geometry_field or ""]
    around = [
        and_(
            levels.c[LEVEL] == level, shape.bool_op("&&")(func.ST_MakeEnvelope(*Grid(level).units_around(extent, NEAR)))
        )
        for level in revision.levels
        if extent
    ]
    own = _of(layer, levels, revision, keys)
    rows = select(levels.c[LEVEL], key, _wkb(shape)).where(levels.c[UNTIL] == OPEN, or_(own, *around))
    found: dict[int, dict[Key, bytes]] = {level: {} for level in revision.levels}
    for level, name, drawn in connection.execute(rows):
        found[level][name] = drawn
    return found


def _wkb(shape: Column[Any]) -> ColumnElement[bytes]:
    return cast(func.ST_AsBinary(shape), LargeBinary)


def _made(connection: Connection, layer: Layer, relation: str) -> Table:
    """The table of the levels, which is there from the first on."""
    table = level_table(layer, relation)
    if not inspect(connection).has_table(table.name, LAYER_SCHEMA):
        connection.execute(CreateTable(table))
        name, geometry = Identifier(LAYER_SCHEMA, table.name), Identifier(layer.geometry_field or "")
        driver(connection).execute(SQL("CREATE INDEX ON {} USING gist ({})").format(name, geometry))
    return table


def _staged(connection: Connection, layer: Layer, rows: "pa.Table", done: Callable[[int], None]) -> Table:
    from altaigis.store.copying import stage

    return stage(connection, "staging_levels", _values(level_table(layer, "declared")), rows, done)


def _succeed(
    connection: Connection,
    layer: Layer,
    table: Table,
    rows: FromClause,
    number: int,
    among: ColumnElement[bool] | None = None,
) -> None:
    """Show these rows from revision ``number`` on, instead of those among which they are, or of all; what is as it was
    stays."""
    names = [column.name for column in _values(table)]
    shown = and_(table.c[UNTIL] == OPEN, true() if among is None else among)
    same = and_(*(rows.c[name] == table.c[name] for name in (LEVEL, layer.id_field)))
    alike = and_(same, *(rows.c[name].is_not_distinct_from(table.c[name]) for name in names))
    connection.execute(update(table).where(shown, ~exists().where(alike)).values({UNTIL: number}))
    new = (
        select(*(rows.c[name] for name in names), literal(number), literal(OPEN))
        .where(~exists().where(same, table.c[UNTIL] == OPEN))
        .order_by(rows.c[LEVEL], rows.c[layer.id_field])
    )
    connection.execute(insert(table).from_select([*names, SINCE, UNTIL], new))


def _values(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name not in (SINCE, UNTIL)]


def _areas(
    connection: Connection, layer: Layer, revision: Revision, edited: Collection[Key], redrawn: Collection[Key]
) -> list[BBox]:
    """Around what has been edited and all that the revision draws in another way, level by level."""
    table = level_table(layer, revision.relation)
    ends = table.c[SINCE] == revision.number, table.c[UNTIL] == revision.number
    shown = and_(_of(layer, table, revision, edited), table.c[UNTIL] == OPEN)
    changed = and_(_of(layer, table, revision, redrawn), or_(*ends))
    box = func.ST_Extent(table.c[layer.geometry_field or ""]).label("box")
    boxes = select(table.c[LEVEL], box).where(shown | changed).group_by(table.c[LEVEL]).subquery()
    corners = (getattr(func, name)(boxes.c.box) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax"))
    found = connection.execute(select(boxes.c[LEVEL], *corners))
    return [Grid(level).box_of(*corners) for level, *corners in found]


def _of(layer: Layer, table: Table, revision: Revision, keys: Collection[Key]) -> ColumnElement[bool]:
    """The rows of some features on all levels, by the key of the table."""
    return and_(table.c[LEVEL].in_(revision.levels), table.c[layer.id_field].in_(keys))
