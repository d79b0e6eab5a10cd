"""The values of series by buckets of time: from the daily and hourly aggregates where these can tell, and from the
values themselves where they cannot.

What is flagged bad is counted, and left out of all else. Measured and synthetic values are never together: a bucket is
of one series.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Double,
    Integer,
    Select,
    Table,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
)

from altaigis.domain.bucket import PERCENTILE, VECTOR_MEAN, Starts, Width, completeness, starts_of
from altaigis.domain.observation import BAD, REGION, ZONE
from altaigis.domain.series import ALWAYS, Interval, Series
from altaigis.store.observations.tables import daily, hourly, observations

if TYPE_CHECKING:
    import pyarrow as pa

#: Statistics that sums, counts and extremes of parts give for the whole.
_OF_PARTS = frozenset({"mean", "min", "max", "sum"})
#: Shorter sums of unit vectors point nowhere.
_NO_DIRECTION = 1e-9
_EPOCH = date(1970, 1, 1)
_MONTH: ColumnElement[Any] = literal_column("interval '1 month'")
# the index of bad values is used where the planner sees this number
_BAD: ColumnElement[Any] = literal_column(str(BAD))


def buckets(
    connection: Connection,
    of: Series | Sequence[Series],
    width: Width,
    interval: Interval = ALWAYS,
    statistics: Sequence[str] = ("mean", "count", "completeness"),
) -> "pa.Table":
    """Statistics of the values of series in each bucket.

    Buckets are whole: each that the interval touches has all of its values. There are those from the first value of a
    series to its last one, also without any value.

    Args:
        statistics: of mean, min, max, sum, count, completeness, std, p1 to p99, and vector_mean of directions.

    Returns:
        ``series`` (int32), ``time`` (timestamp[us, UTC], where the bucket begins), the statistics (float64, ``count``
        int64; null where there is nothing to tell), ``bad`` (int64, values that are flagged so), in the order of the
        series that are given and of time.
    """
    import pyarrow as pa

    asked = [of] if isinstance(of, Series) else list(of)
    found = {one.number: starts for one in asked if (starts := starts_of(one, width, interval))}
    names = [name for name in statistics if name not in ("count", "completeness")]
    tables = [_schema(statistics).empty_table()]
    if found:
        source, span = _source_of(width, names), _span(found.values())
        good = _answer(connection, source.grouped(width, found, span, ["count", *names]), len(names) + 1)
        bad = _answer(connection, _SPOILT.grouped(width, found, span, ["count"]), 1)
        for one in (one for one in asked if one.number in found):
            starts = found[one.number]
            counts, *values = good.of(one.number, starts.keys)
            columns = dict(zip(names, values, strict=True))
            if VECTOR_MEAN in columns:
                columns[VECTOR_MEAN] = np.round(columns[VECTOR_MEAN], 9) % 360
            columns["count"] = counts = np.nan_to_num(counts)
            columns["completeness"] = completeness(counts, starts.seconds, one.step)
            columns["bad"] = np.nan_to_num(bad.of(one.number, starts.keys)[0])
            tables.append(_table(one, starts, columns, _schema(statistics)))
    return pa.concat_tables(tables)


@dataclass(frozen=True)
class _Source:
    """What buckets are made from: a table, the column of its time or day, and which of its rows. ``told`` makes each
    statistic of them."""

    table: Table
    at: ColumnElement[Any]
    where: tuple[ColumnElement[bool], ...]
    told: Callable[[str], ColumnElement[Any]]

    def grouped(self, width: Width, series: Iterable[int], span: Interval, statistics: Sequence[str]) -> Select[Any]:
        """Series, key of the bucket, statistics."""
        key = _key(width, self.at).label("key")
        begin, end = (_bound(self.at, moment) for moment in (span.begin, span.end))
        return (
            select(self.table.c.series, key, *(self.told(name) for name in statistics))
            .where(self.table.c.series.in_(list(series)), self.at >= begin, self.at < end, *self.where)
            .group_by(self.table.c.series, literal_column("key"))
            .order_by(self.table.c.series, literal_column("key"))
        )


def _of_parts(table: Table) -> Callable[[str], ColumnElement[Any]]:
    count = cast(func.sum(table.c["count"]), Double)
    told = {
        "count": count,
        "sum": func.sum(table.c["sum"]),
        "mean": func.sum(table.c["sum"]) / count,
        "min": func.min(table.c["min"]),
        "max": func.max(table.c["max"]),
    }
    return told.__getitem__


_FUNCTIONS: dict[str, Callable[[Any], ColumnElement[Any]]] = {
    "count": func.count,
    "sum": func.sum,
    "mean": func.avg,
    "min": func.min,
    "max": func.max,
    "std": func.stddev_samp,
}


def _of_values(name: str) -> ColumnElement[Any]:
    value = observations.c.value
    if found := PERCENTILE.fullmatch(name):
        return func.percentile_cont(int(found[1]) / 100).within_group(value)
    if name == VECTOR_MEAN:
        east, north = func.avg(func.sind(value)), func.avg(func.cosd(value))
        return case((east * east + north * north > _NO_DIRECTION**2, func.atan2d(east, north)))
    return _FUNCTIONS[name](value)


_DAYS = _Source(daily, daily.c.day, (), _of_parts(daily))
_HOURS = _Source(hourly, hourly.c.hour, (), _of_parts(hourly))
_VALUES = _Source(observations, observations.c.time, (observations.c.flag != _BAD,), _of_values)
_SPOILT = replace(_VALUES, where=(observations.c.flag == _BAD,))


def _source_of(width: Width, statistics: Iterable[str]) -> _Source:
    """The aggregates that can tell all statistics of such buckets, or the values."""
    if not _OF_PARTS.issuperset(statistics):
        return _VALUES
    if width.is_calendar:
        return _DAYS
    return _VALUES if width.minutes % 60 else _HOURS


def _key(width: Width, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """What :class:`Starts` calls the bucket of a time or a day."""
    if not width.is_calendar:
        return cast(func.floor(func.date_part("epoch", at) / (width.minutes * 60)), BigInteger)
    day = at if isinstance(at.type, Date) else cast(func.timezone(ZONE, at), Date)
    return type_coerce(_first_day(width, day) - literal(_EPOCH), Integer)


def _first_day(width: Width, day: ColumnElement[Any]) -> ColumnElement[Any]:
    """Of the bucket of a calendar that a day belongs to."""
    if width.unit == "day":
        return day
    moment = cast(day, DateTime)
    if width.unit == "season":
        # quarters, if the year began in December
        return cast(func.date_trunc("quarter", moment + _MONTH) - _MONTH, Date)
    return cast(func.date_trunc(width.unit, moment), Date)


def _bound(at: ColumnElement[Any], moment: datetime | None) -> Any:
    """A midnight of the region as what the column holds."""
    return moment.astimezone(REGION).date() if moment and isinstance(at.type, Date) else moment


def _span(starts: Iterable[Starts]) -> Interval:
    """From the first begin to the last end."""
    begins, ends = zip(*((it.interval.begin, it.interval.end) for it in starts), strict=True)
    return Interval(min(begins), max(ends))


@dataclass(frozen=True)
class _Answer:
    """What the database has told of buckets, in the order of series and key, a column for each statistic."""

    series: np.ndarray
    keys: np.ndarray
    columns: np.ndarray

    def of(self, number: int, keys: np.ndarray) -> np.ndarray:
        """The statistics of a series at some buckets, NaN where nothing was told."""
        begin, end = np.searchsorted(self.series, [number, number + 1])
        found = np.full((len(self.columns), len(keys)), np.nan)
        # one span is asked for all series, so that there may be more than are wanted
        mine = self.keys[begin:end]
        places = np.searchsorted(keys, mine)
        there = (places < len(keys)) & (keys[np.minimum(places, len(keys) - 1)] == mine)
        found[:, places[there]] = self.columns[:, begin:end][:, there]
        return found


def _answer(connection: Connection, statement: Select[Any], columns: int) -> _Answer:
    rows = [tuple(row) for row in connection.execute(statement)]
    table = np.array(rows, np.float64).reshape(len(rows), columns + 2).T
    return _Answer(table[0], table[1], table[2:])


def _schema(statistics: Iterable[str]) -> "pa.Schema":
    import pyarrow as pa

    kinds = {"series": pa.int32(), "time": pa.timestamp("us", "UTC")}
    kinds |= {name: pa.int64() if name == "count" else pa.float64() for name in statistics}
    return pa.schema(kinds | {"bad": pa.int64()})


def _table(one: Series, starts: Starts, columns: Mapping[str, np.ndarray], schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    known = {"series": np.full(len(starts), one.number), "time": starts.edges[:-1]}
    arrays = [pa.array(column, mask=np.isnan(column)) for column in ({**known, **columns}[it] for it in schema.names)]
    return pa.table([array.cast(kind) for array, kind in zip(arrays, schema.types, strict=True)], schema=schema)
