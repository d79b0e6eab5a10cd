"""Observations read: which series there are, the latest value of each, the values of one, and their buckets."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, cast, collate, func, literal, select
from sqlalchemy.dialects.postgresql import BYTEA, aggregate_order_by

from altaigis.domain.observation import FLAGS
from altaigis.domain.series import ALWAYS, Interval, Latest, Series
from altaigis.store.observations.buckets import buckets
from altaigis.store.observations.tables import latest as newest
from altaigis.store.observations.tables import observations, parameters, series, sources

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["buckets", "known_series", "latest", "values", "within"]

_FLAG_NAMES = {code: name for name, code in FLAGS.items()}
_KNOWN = (
    series.c.series, series.c.station, series.c.parameter, parameters.c.unit, series.c.synthetic,
    series.c.first, series.c.last, series.c.count, series.c.step,
)  # fmt: skip


def known_series(
    connection: Connection, stations: Collection[str] | None = None, parameters: Collection[str] | None = None
) -> list[Series]:
    """The series that have values, in the order of station, parameter, and the measured one before the synthetic one.

    Args:
        stations, parameters: of these only; None for all.
    """
    statement = _of(_known(select(*_KNOWN)), stations, parameters)
    return [Series(*row) for row in connection.execute(statement)]


def latest(
    connection: Connection, stations: Collection[str] | None = None, parameters: Collection[str] | None = None
) -> list[Latest]:
    """The newest value of each series that is not flagged bad, in the same order. What is newer still in
    ``series.last`` is bad."""
    told = (newest.c.time, newest.c.value, newest.c.flag, sources.c.name, newest.c.load)
    statement = _known(select(*_KNOWN, *told)).join(newest, newest.c.series == series.c.series)
    statement = statement.join(sources, sources.c.source == newest.c.source)
    rows = connection.execute(_of(statement, stations, parameters)).all()
    return [
        Latest(Series(*known), time, value, _FLAG_NAMES[flag], source, load)
        for *known, time, value, flag, source, load in rows
    ]


def values(connection: Connection, of: Series, interval: Interval = ALWAYS, limit: int | None = None) -> "pa.Table":
    """All values of a series as they came, also those that are flagged bad.

    Args:
        limit: the first so many.

    Returns:
        ``time`` (timestamp[us, UTC], ascending), ``value`` (float64, in the unit of the series), ``flag`` (int8, a
        code of :data:`altaigis.domain.observation.FLAGS`).
    """
    import pyarrow as pa

    micros = cast(func.date_part("epoch", observations.c.time) * 1e6, BigInteger)
    rows = (
        select(micros.label("micros"), observations.c.value, observations.c.flag)
        .where(observations.c.series == of.number, *within(observations.c.time, interval))
        .order_by(observations.c.time)
        .limit(limit)
        .subquery()
    )
    # a column comes as one value: a hundred thousand rows, each read by itself, would hold up the event loop
    columns = (func.int8send(rows.c.micros), func.float8send(rows.c.value), func.int2send(rows.c.flag))
    joined = (func.string_agg(it, aggregate_order_by(literal(b"", BYTEA), rows.c.micros)) for it in columns)
    times, numbers, flags = (bytes(it or b"") for it in connection.execute(select(*joined)).one())
    return pa.table(
        {
            "time": pa.array(np.frombuffer(times, ">i8").astype(np.int64)).cast(pa.timestamp("us", "UTC")),
            "value": pa.array(np.frombuffer(numbers, ">f8").astype(np.float64)),
            "flag": pa.array(np.frombuffer(flags, ">i2").astype(np.int8)),
        }
    )


def within(time: ColumnElement[Any], interval: Interval) -> list[ColumnElement[bool]]:
    """The conditions that a time lies in an interval."""
    begin = [] if interval.begin is None else [time >= interval.begin]
    end = [] if interval.end is None else [time < interval.end]
    return [*begin, *end]


def _known(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(series.join(parameters, parameters.c.parameter == series.c.parameter))


def _of(statement: Select[Any], stations: Collection[str] | None, measured: Collection[str] | None) -> Select[Any]:
    where = [series.c.count > 0]
    where += [] if stations is None else [series.c.station.in_(stations)]
    where += [] if measured is None else [series.c.parameter.in_(measured)]
    # by code points: no language has rules for codes, and to look them up takes longer than the rest
    station, parameter = (collate(column, "C") for column in (series.c.station, series.c.parameter))
    return statement.where(*where).order_by(station, parameter, series.c.synthetic)
