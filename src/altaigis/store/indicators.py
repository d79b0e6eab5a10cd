"""Slices of the indicator cube out of its table, by the ranges of its primary key: the ids begin with the code."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, Engine, MetaData, Table, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from altaigis.domain.indicator import Value
from altaigis.domain.revision import Revision
from altaigis.store.pool import reading, transaction
from altaigis.store.schema import LAYER_SCHEMA

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_COLUMNS = (
    "territory_id", "territory_kind", "period", "value", "flag", "processing", "parts", "parts_there", "source",
)  # fmt: skip


async def read_values(database: "AsyncEngine", revision: Revision, code: str) -> tuple[Value, ...]:
    """All values of an indicator, by period and territory."""
    table = _table(revision)
    rows = select(*(table.c[name] for name in _COLUMNS)).where(*_of(table, code))
    async with reading(database) as connection:
        found = await connection.execute(rows.order_by(table.c.period, table.c.territory_id))
        return tuple(Value(*row) for row in found)


async def read_periods(database: "AsyncEngine", revision: Revision) -> dict[str, tuple[int, ...]]:
    """The periods of each indicator, ascending."""
    table = _table(revision)
    years = func.array_agg(aggregate_order_by(table.c.period.distinct(), table.c.period))
    rows = select(table.c.indicator, years).group_by(table.c.indicator)
    async with reading(database) as connection:
        return {code: tuple(periods) for code, periods in await connection.execute(rows)}


async def read_rows(database: "AsyncEngine", revision: Revision, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Some fields of all rows of a table."""
    table = Table(revision.relation, MetaData(schema=LAYER_SCHEMA), *(Column[Any](name) for name in names))
    async with reading(database) as connection:
        return [tuple(row) for row in await connection.execute(select(*table.columns))]


def digests(database: Engine, revision: Revision) -> dict[str, str]:
    """By indicator, a text that changes when a value of a unit does."""
    table = _table(revision)
    told = func.concat_ws("|", table.c.value_id, table.c.value, table.c.flag)
    digest = func.md5(func.string_agg(told, aggregate_order_by(literal("\n"), table.c.value_id)))
    rows = select(table.c.indicator, digest).where(table.c.territory_kind == "unit").group_by(table.c.indicator)
    with transaction(database) as connection:
        return {code: str(found) for code, found in connection.execute(rows)}


def _of(table: Table, code: str) -> tuple[ColumnElement[bool], ...]:
    # "/" comes next to "." in the order of the ids
    return table.c.value_id >= f"{code}.", table.c.value_id < f"{code}/"


def _table(revision: Revision) -> Table:
    columns = (Column[Any](name) for name in ("value_id", "indicator", *_COLUMNS))
    return Table(revision.relation, MetaData(schema=LAYER_SCHEMA), *columns)
