"""What a load has written to each series: told in the ledger, in what is known of the series, and as its latest value.

The table ``written`` of an open load gathers it year by year, but for a handful of rows.
"""

from collections.abc import Mapping
from typing import Any, LiteralString

import numpy as np
from psycopg.sql import SQL, Composable, Literal

from altaigis.domain.observation import BAD
from altaigis.store.driver import Driver, run
from altaigis.store.observations.partitions import partition
from altaigis.store.observations.rows import MOMENT, Rows

#: The ledger knows the series of so many loads, the newest. The rows themselves know their load for ever.
KEPT_LOADS = 10_000
#: The step of a series is found from so many of its newest rows.
SAMPLE = 1000
#: ... and anew when it has grown by so many, or, while it is short, by three quarters.
_GROWN = "floor(4 * log({count}::float8)), {count} / {sample}"
#: The most frequent gap, if it is at least half of all; of samples that people take now and then, the middle one. What
#: is longer than a year is an interruption.
_STEP = (
    "WITH gaps AS (SELECT gap FROM (SELECT time - lag(time) OVER (ORDER BY time) AS gap FROM ("
    "SELECT time FROM altaigis.observations WHERE series = s.series ORDER BY time DESC LIMIT {sample}) sample) every "
    "WHERE gap <= '400 days'), "
    "told AS (SELECT mode() WITHIN GROUP (ORDER BY gap) AS usual, "
    "percentile_disc(0.5) WITHIN GROUP (ORDER BY gap) AS middle FROM gaps) "
    "SELECT CASE WHEN 2 * count(*) FILTER (WHERE gap = usual) >= count(gap) THEN usual ELSE middle END "
    "FROM gaps, told GROUP BY usual, middle"
)

# A row before the latest changes nothing; one at its time or behind it may be the new one, or put an end to it.
_LATEST = (
    "WITH due AS (SELECT w.series FROM {written} LEFT JOIN altaigis.latest l USING (series) "
    "WHERE l.time IS NULL OR w.last >= l.time), "
    "found AS (SELECT o.* FROM due CROSS JOIN LATERAL (SELECT time, value, series, source, load, flag "
    "FROM altaigis.observations WHERE series = due.series AND flag <> {bad} ORDER BY time DESC LIMIT 1) o), "
    "gone AS (DELETE FROM altaigis.latest USING due WHERE latest.series = due.series "
    "AND due.series NOT IN (SELECT series FROM found)) "
    "INSERT INTO altaigis.latest (time, value, series, source, load, flag) "
    "SELECT time, value, series, source, load, flag FROM found ON CONFLICT (series) DO UPDATE "
    "SET time = EXCLUDED.time, value = EXCLUDED.value, source = EXCLUDED.source, load = EXCLUDED.load, "
    "flag = EXCLUDED.flag"
)
# The newest of those that have just come, where none of them has taken the place of a better one.
_LATEST_GIVEN = (
    "INSERT INTO altaigis.latest AS known (time, value, series, source, load, flag) "
    "SELECT DISTINCT ON (series) {time}, value, series, source, %(load)s, flag "
    "FROM unnest(%(series)s::integer[], %(moments)s::bigint[], %(values)s::double precision[], %(sources)s::integer[], "
    "%(flags)s::smallint[]) AS given (series, moment, value, source, flag) WHERE flag <> {bad} "
    "ORDER BY series, moment DESC ON CONFLICT (series) DO UPDATE "
    "SET time = EXCLUDED.time, value = EXCLUDED.value, source = EXCLUDED.source, load = EXCLUDED.load, "
    "flag = EXCLUDED.flag WHERE EXCLUDED.time >= known.time"
)
_GATHERED = SQL(
    "(SELECT series, min(first) AS first, max(last) AS last, sum(added)::bigint AS added FROM written GROUP BY 1) w"
)
_GIVEN = SQL(
    "(SELECT series, min({time}) AS first, max({time}) AS last, count(*) FILTER (WHERE is_new) AS added FROM "
    "unnest(%(series)s::integer[], %(moments)s::bigint[], %(new)s::boolean[]) AS given (series, moment, is_new) "
    "GROUP BY 1) w"
).format(time=MOMENT)


def open_tidings(connection: Driver) -> None:
    run(
        connection,
        "CREATE TEMPORARY TABLE written (series integer, first timestamptz, last timestamptz, added bigint) "
        "ON COMMIT DROP",
    )


def note_filled(connection: Driver, year: int) -> None:
    """All rows of a year are new."""
    run(
        connection,
        "INSERT INTO written SELECT series, min(time), max(time), count(*) FROM {} GROUP BY series",
        partition("observations", year),
    )


def note_changes(connection: Driver) -> None:
    """Those in the table ``changes`` are; the ones with a place were there before."""
    run(
        connection,
        "INSERT INTO written SELECT series, min(time), max(time), count(*) FILTER (WHERE place IS NULL) "
        "FROM changes GROUP BY series",
    )


def tell(connection: Driver, load: int) -> None:
    """Bring everybody up to date who does not read the rows themselves."""
    _tell(connection, _GATHERED, _LATEST, {"load": load})
    run(connection, "DROP TABLE written")


def tell_handful(connection: Driver, load: int, rows: Rows, are_new: np.ndarray) -> None:
    """The same of a handful of rows, which have all been written."""
    values = {
        "load": load, "series": rows.series, "moments": rows.time, "values": rows.value, "sources": rows.source,
        "flags": rows.flag, "new": are_new,
    }  # fmt: skip
    has_turned_bad = bool(((rows.flag == BAD) & ~are_new).any())
    _tell(connection, _GIVEN, _LATEST if has_turned_bad else _LATEST_GIVEN, values)


def _tell(connection: Driver, written: Composable, latest: LiteralString, values: Mapping[str, Any]) -> None:
    grown = SQL("({}) IS DISTINCT FROM ({})").format(_grown("(s.count + w.added)"), _grown("nullif(s.count, 0)"))
    for statement in (
        "INSERT INTO altaigis.loads_series (first, last, load, series) "
        "SELECT first, last, %(load)s, series FROM {written}",
        "UPDATE altaigis.series s SET first = least(s.first, w.first), last = greatest(s.last, w.last), "
        "count = s.count + w.added, step = CASE WHEN s.step IS NULL OR {grown} THEN ({step}) ELSE s.step END "
        "FROM {written} WHERE w.series = s.series",
        latest,
        # nobody waits for another load that does the same
        "DELETE FROM altaigis.loads_series WHERE (load, series) IN (SELECT load, series FROM altaigis.loads_series "
        "WHERE load <= %(load)s - {kept} FOR UPDATE SKIP LOCKED)",
    ):
        composed = SQL(statement).format(
            written=written,
            time=MOMENT,
            grown=grown,
            step=SQL(_STEP).format(sample=Literal(SAMPLE)),
            bad=Literal(BAD),
            kept=Literal(KEPT_LOADS),
        )
        connection.execute(composed, values)


def _grown(count: str) -> SQL:
    return SQL(_GROWN.format(count=count, sample=SAMPLE))
