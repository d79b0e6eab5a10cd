"""Hourly and daily aggregates: made whole for a new year, again where rows have changed in a known one.

Hours are those of UTC, days those of the region. Values flagged bad are left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from altaigis.domain.observation import BAD, ZONE
from altaigis.store.driver import Driver, run
from altaigis.store.observations.partitions import FILLED, attach, partition
from altaigis.store.observations.rows import MOMENT, Rows

#: Until December 1919 the zone kept the sun's time, 5 h 34 min 48 s or so ahead of UTC: its days begin within an hour.
LAST_ODD_YEAR = 1920
_DAILY = Identifier("altaigis", "observations_daily")
# as date_trunc('hour', time), in half of its time
_HOUR = SQL("date_bin('1 hour', time, timestamptz '2000-01-01 00:00+00')").format()
_RAW_PARTS = (
    "(SELECT series, time AS moment, 1 AS count, value AS sum, value AS min, value AS max FROM {} WHERE flag <> {}) p"
)


def aggregate_new(connection: Driver, year: int, series: Sequence[int]) -> None:
    """Aggregate a year that had no rows before; all it has are of these series."""
    hourly = partition("observations_hourly", year)
    run(
        connection,
        "CREATE TABLE {} WITH (fillfactor = {}) AS SELECT {} AS hour, sum(value) AS sum, min(value) AS min, "
        "max(value) AS max, series, count(*)::integer AS count FROM {} WHERE flag <> {} "
        "GROUP BY series, 1 ORDER BY series, 1",
        hourly, Literal(FILLED), _HOUR, partition("observations", year), Literal(BAD),
    )  # fmt: skip
    run(
        connection,
        "ALTER TABLE {} ALTER sum SET NOT NULL, ALTER min SET NOT NULL, ALTER max SET NOT NULL, "
        "ALTER count SET NOT NULL, ADD PRIMARY KEY (series, hour)",
        hourly,
    )
    attach(connection, "observations_hourly", year)
    # Local days at the ends of the year have hours in its neighbours too, so they may be known already.
    first, last = _local_days(year)
    run(
        connection,
        "INSERT INTO {daily} (series, day, count, sum, min, max) "
        "SELECT series, {day}, sum(count), sum(sum), min(min), max(max) FROM {parts} WHERE series = ANY({series}) "
        "AND moment >= {first} AND moment < {last} GROUP BY 1, 2 ORDER BY 1, 2 "
        "ON CONFLICT (series, day) DO UPDATE SET count = EXCLUDED.count, sum = EXCLUDED.sum, "
        "min = EXCLUDED.min, max = EXCLUDED.max",
        daily=_DAILY, day=_local_day("moment"), parts=_parts(year), series=Literal(list(series)),
        first=first, last=last,
    )  # fmt: skip


def aggregate_touched(connection: Driver, year: int) -> None:
    """Aggregate the hours and days of a year again that have rows in the table ``changes``."""
    for buckets in _kinds(year):
        _remake(connection, buckets, year)


def aggregate_handful(connection: Driver, year: int, rows: Rows, are_new: np.ndarray) -> None:
    """The same for those that have these rows of the year, a handful of them, all written.

    What has only come grows its bucket, without a look at what the bucket is made of.
    """
    values = {
        "series": rows.series, "moments": rows.time, "values": rows.value, "counted": rows.flag != BAD, "new": are_new,
    }  # fmt: skip
    for buckets in _kinds(year):
        connection.execute(SQL(_HANDFUL).format(time=MOMENT, **_names(buckets, year)), values)


_HANDFUL = """
WITH given AS (
    SELECT series, {time} AS time, value, is_counted, is_new
    FROM unnest(%(series)s::integer[], %(moments)s::bigint[], %(values)s::double precision[], %(counted)s::boolean[],
    %(new)s::boolean[]) AS given (series, moment, value, is_counted, is_new)
), touched AS MATERIALIZED (
    SELECT series, {of} AS {bucket}, bool_and(is_new) AS grows, count(*) FILTER (WHERE is_counted) AS count,
    sum(value) FILTER (WHERE is_counted) AS sum, min(value) FILTER (WHERE is_counted) AS min,
    max(value) FILTER (WHERE is_counted) AS max FROM given GROUP BY 1, 2
), remade AS MATERIALIZED (
    SELECT t.series, t.{bucket}, a.* FROM touched t CROSS JOIN LATERAL ({remaking}) a WHERE NOT t.grows
), gone AS (
    DELETE FROM {table} a USING remade r WHERE a.series = r.series AND a.{bucket} = r.{bucket} AND r.count IS NULL
), written AS (
    INSERT INTO {table} (series, {bucket}, count, sum, min, max)
    SELECT series, {bucket}, count, sum, min, max FROM remade WHERE count IS NOT NULL ORDER BY 1, 2
    ON CONFLICT (series, {bucket}) DO UPDATE
    SET count = EXCLUDED.count, sum = EXCLUDED.sum, min = EXCLUDED.min, max = EXCLUDED.max
)
INSERT INTO {table} AS known (series, {bucket}, count, sum, min, max)
SELECT series, {bucket}, count, sum, min, max FROM touched WHERE grows AND count > 0 ORDER BY 1, 2
ON CONFLICT (series, {bucket}) DO UPDATE
SET count = known.count + EXCLUDED.count, sum = known.sum + EXCLUDED.sum,
min = least(known.min, EXCLUDED.min), max = greatest(known.max, EXCLUDED.max)
"""


def _kinds(year: int) -> "tuple[_Buckets, _Buckets]":
    """Hours, and the days that are made from them."""
    values = SQL(_RAW_PARTS).format(partition("observations", year), Literal(BAD))
    hours = _Buckets("hour", partition("observations_hourly", year), _HOUR, values, "t.hour", "t.hour + interval '1 h'")
    days = _Buckets("day", _DAILY, _local_day("time"), _parts(year), _midnight("t.day"), _midnight("t.day + 1"))
    return hours, days


@dataclass(frozen=True)
class _Buckets:
    """One kind of aggregate: its name, its table, the bucket of a row's time, what it is summed from, its two ends."""

    name: str
    table: Identifier
    of: Composed
    parts: Composed
    begin: str
    end: str


def _remake(connection: Driver, buckets: _Buckets, year: int) -> None:
    """Aggregate the touched buckets of a year again.

    A bucket that is not there has no rows but those that have just come; one that is there is made from all its parts.
    """
    for statement in (
        "CREATE TEMPORARY TABLE touched AS SELECT series, {of} AS {bucket}, "
        "count(*) FILTER (WHERE flag <> {bad}), sum(value) FILTER (WHERE flag <> {bad}), "
        "min(value) FILTER (WHERE flag <> {bad}), max(value) FILTER (WHERE flag <> {bad}) FROM changes GROUP BY 1, 2",
        "ANALYZE touched",
        "CREATE TEMPORARY TABLE stale AS SELECT series, {bucket}, a.ctid AS place FROM touched "
        "JOIN {table} a USING (series, {bucket})",
        "ANALYZE stale",
        "INSERT INTO {table} (series, {bucket}, count, sum, min, max) "
        "SELECT series, {bucket}, count, sum, min, max FROM touched LEFT JOIN stale s USING (series, {bucket}) "
        "WHERE s.series IS NULL AND count > 0 ORDER BY 1, 2",
        "CREATE TEMPORARY TABLE remade AS SELECT place, a.* FROM stale t CROSS JOIN LATERAL ({remaking}) a",
        "ANALYZE remade",
        "UPDATE {table} a SET count = r.count, sum = r.sum, min = r.min, max = r.max FROM remade r "
        "WHERE a.ctid = r.place AND r.count IS NOT NULL",
        "DELETE FROM {table} a USING remade r WHERE a.ctid = r.place AND r.count IS NULL",
        "DROP TABLE touched, stale, remade",
    ):
        run(connection, statement, **_names(buckets, year))


def _names(buckets: _Buckets, year: int) -> Mapping[str, Composable]:
    """What stands in the statements that remake buckets of a year."""
    first, last = _local_days(year)
    bounds = {"begin": SQL(buckets.begin), "end": SQL(buckets.end), "first": first, "last": last}
    remaking = SQL(
        "SELECT sum(count) AS count, sum(sum) AS sum, min(min) AS min, max(max) AS max FROM {parts} "
        "WHERE series = t.series AND moment >= {begin} AND moment < {end} AND moment >= {first} AND moment < {last}"
    ).format(parts=buckets.parts, **bounds)
    return {
        "table": buckets.table, "bucket": Identifier(buckets.name), "of": buckets.of, "bad": Literal(BAD),
        "remaking": remaking,
    }  # fmt: skip


def _parts(year: int) -> Composed:
    """What days of a year are summed from: its hours, or, where local days do not begin with an hour, its values."""
    if year > LAST_ODD_YEAR:
        return SQL("(SELECT series, hour AS moment, count, sum, min, max FROM altaigis.observations_hourly) p").format()
    return SQL(_RAW_PARTS).format(Identifier("altaigis", "observations"), Literal(BAD))


def _local_day(column: str) -> Composed:
    return SQL("({} AT TIME ZONE {})::date").format(Identifier(column), Literal(ZONE))


def _midnight(day: str) -> str:
    return f"(({day})::timestamp AT TIME ZONE '{ZONE}')"


def _local_days(year: int) -> Iterable[Composed]:
    """Begin of the first and end of the last local day that have a moment of this year of UTC."""
    moments = (f"{year}-01-01 00:00+00", f"{year}-12-31 23:59:59.999999+00")
    for moment, days in zip(moments, (0, 1), strict=True):
        yield SQL("(((timestamptz {} AT TIME ZONE {})::date + {})::timestamp AT TIME ZONE {})").format(
            Literal(moment), Literal(ZONE), Literal(days), Literal(ZONE)
        )
