"""The time that the features of a layer lie in."""

from typing import Any

from sqlalchemy import ColumnElement, DateTime, FromClause, Select, and_, case, cast, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.extent import Span
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.store.pool import reading
from altaigis.store.versions import state


async def read_span(database: AsyncEngine, layer: Layer, revision: Revision) -> Span | None:
    """From the fields with a role of time, those of an instant first; None where no feature has any."""
    first, last = (layer.field_of("time") or layer.field_of(role) for role in ("time_start", "time_end"))
    if not first and not last:
        return None
    async with reading(database) as connection:
        timed, start, end = (await connection.execute(_span(state(layer, revision), first, last))).one()
        return (start, end) if timed else None


def _span(table: FromClause, first: str | None, last: str | None) -> Select[Any]:
    start, end = (table.c[name] if name else cast(null(), DateTime) for name in (first, last))
    timed = func.count().filter(or_(start.is_not(None), end.is_not(None)))
    return select(timed, _bound(func.min(start), start, end), _bound(func.max(end), end, start))


def _bound(outermost: ColumnElement[Any], mine: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """None as soon as one feature has the other end alone: it lasts for ever."""
    return case((func.bool_or(and_(mine.is_(None), other.is_not(None))), null()), else_=outermost)
