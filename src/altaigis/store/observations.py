"""Observations: staged by COPY, merged in one transaction, by calendar years; aggregates follow what has changed.

Locks are always taken in one order (parameters, sources, new series, known series, years), so that loads which meet
wait for each other and never in a circle. A series that is locked here has no other writer, which is why rows can be
told new, corrected or unchanged by a join, and inserted plainly.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal
from psycopg.types.json import Jsonb
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from altaigis.domain.layer import Layer
from altaigis.domain.observation import BAD, ZONE, Origin, Receipt, Refusal
from altaigis.errors import Busy, DatabaseUnavailable, NotLoaded, ObservationsError, Unauthorized
from altaigis.store.revisions import current_revision
from altaigis.store.versions import state

#: One row of the binary COPY: each field behind its length. Times are microseconds since 2000-01-01 UTC.
ROW = np.dtype(
    [
        ("fields", ">i2"),
        *(
            part
            for name, kind, size in (
                ("time", ">i8", 8), ("value", ">f8", 8), ("row", ">i8", 8),
                ("series", ">i4", 4), ("source", ">i4", 4), ("flag", ">i2", 2),
            )
            for part in ((f"{name}_length", f">i{4}"), (name, kind))
        ),
    ]
)  # fmt: skip
_LENGTHS = {"time": 8, "value": 8, "row": 8, "series": 4, "source": 4, "flag": 2}
_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TAIL = b"\xff\xff"
POSTGRES_EPOCH_US = 946_684_800_000_000
#: A request waits this long for another load of the same series.
REQUEST_LOCK_SECONDS = 10
#: Sorts of a year's rows stay in the database's memory up to this size.
SORT_MEMORY = "128MB"
#: Until December 1919 the zone kept the sun's time, 5 h 34 min 48 s or so ahead of UTC: its days begin within an hour.
LAST_ODD_YEAR = 1920
_RAW_PARTS = (
    "(SELECT series, time AS moment, 1 AS count, value AS sum, value AS min, value AS max FROM {} WHERE flag <> {}) p"
)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Known:
    """What incoming rows are checked against: ids of stations, and the unit of each parameter that is in use."""

    stations: frozenset[str]
    units: Mapping[str, str]


@dataclass
class Counts:
    """How many of the staged rows were what."""

    staged: int = 0
    distinct: int = 0
    added: int = 0
    corrected: int = 0


def known(database: Engine, stations: Layer) -> Known:
    """The stations that exist now, and the parameters.

    Raises:
        NotLoaded: the layer of the stations has no data.
    """
    with database.connect() as connection:
        now = current_revision(connection, stations)
        if now is None:
            raise NotLoaded(f"layer '{stations.id}' has no stations yet; run: altaigis etl run {stations.id}")
        fids = connection.execute(select(state(stations, now).c[stations.id_field])).scalars()
        found = frozenset(str(fid) for fid in fids)
        units = dict(_driver(connection).execute("SELECT parameter, unit FROM altaigis.parameters").fetchall())
    return Known(found, units)


def packed(**columns: Any) -> np.ndarray:
    """Columns ``time`` (microseconds since 1970 UTC), ``value``, ``row``, ``series``, ``source``, ``flag`` as rows
    for COPY; ``series`` and ``source`` are positions in the lists that :meth:`Intake.merge` is given."""
    rows = np.empty(len(columns["time"]), ROW)
    rows["fields"] = len(_LENGTHS)
    for name, length in _LENGTHS.items():
        rows[f"{name}_length"] = length
        rows[name] = columns[name] - POSTGRES_EPOCH_US if name == "time" else columns[name]
    return rows


@contextmanager
def intake(database: Engine, *, wait_seconds: int | None = None, dry_run: bool = False) -> Iterator["Intake"]:
    """A load in one transaction: all of it is there after the block, or nothing (always nothing with ``dry_run``).

    Raises:
        Busy: another load has kept the same series for longer than ``wait_seconds``.
        DatabaseUnavailable: it does not answer, or has gone in the middle.
    """
    try:
        with database.connect() as connection, connection.begin() as transaction:
            yield Intake(_driver(connection), wait_seconds)
            if dry_run:
                transaction.rollback()
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
        raise Busy("another load of the same series is under way; try again") from error
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(f"the database has gone in the middle; nothing was taken: {error}") from error
    except OperationalError as error:
        raise DatabaseUnavailable(f"the database does not answer: {error.orig}") from error


@dataclass
class Intake:
    """The open load: rows are added, refused ones kept, and all is merged at its end."""

    _connection: psycopg.Connection[Any]
    _wait_seconds: int | None = None
    _years: set[int] = field(default_factory=set)
    _staged: int = 0
    load: int = 0

    def open(self, origin: Origin, started: datetime) -> None:
        """Begin an entry in the ledger."""
        if self._wait_seconds is not None:
            self._run(SQL("SET LOCAL lock_timeout = {}").format(Literal(f"{self._wait_seconds}s")))
        self._run("SET LOCAL work_mem = {}", Literal(SORT_MEMORY))
        self._run(
            "CREATE TEMPORARY TABLE staging (time timestamptz, value double precision, row bigint, "
            "series integer, source integer, flag smallint) PARTITION BY RANGE (time) ON COMMIT DROP"
        )
        self.load = _open_entry(self._connection, origin, started, "loaded")

    def add(self, rows: np.ndarray) -> None:
        """Stage rows that :func:`packed` has made."""
        if not len(rows):
            return
        micros = rows["time"].astype(np.int64) + POSTGRES_EPOCH_US
        years = np.unique(micros.astype("datetime64[us]").astype("datetime64[Y]").astype(int) + 1970)
        for year in (int(year) for year in years if int(year) not in self._years):
            self._run(
                "CREATE TEMPORARY TABLE {} PARTITION OF staging FOR VALUES FROM ({}) TO ({}) ON COMMIT DROP",
                Identifier(f"staging_{year}"), *_bounds(year),
            )  # fmt: skip
            self._years.add(year)
        with (
            self._connection.cursor() as cursor,
            cursor.copy("COPY staging (time, value, row, series, source, flag) FROM STDIN (FORMAT binary)") as copy,
        ):
            copy.write(_COPY_HEAD)
            copy.write(rows.tobytes())
            copy.write(_COPY_TAIL)
        self._staged += len(rows)

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Keep refused rows with their reasons."""
        if not refusals:
            return
        statement = "COPY altaigis.refusals (load, row, reason, values) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for refusal in refusals:
                values = {_storable(name): _storable(value) for name, value in refusal.values.items()}
                copy.write_row((self.load, refusal.row, _storable(refusal.reason), Jsonb(values)))

    def merge(
        self,
        series: Sequence[tuple[str, str]],
        sources: Sequence[str],
        units: Mapping[str, str],
        say: Say = lambda _: None,
    ) -> Counts:
        """Bring the staged rows into the tables: new ones, corrections (the former value is kept), aggregates.

        Args:
            series: station and parameter of each position in the staged ``series``.
            sources: the names of the staged ``source``.
            units: the unit of every parameter in ``series``.

        Raises:
            ObservationsError: another load has meanwhile given a parameter another unit.
        """
        counts = Counts(staged=self._staged)
        if not self._staged:
            return counts
        self._settle_units(units)
        self._map_sources(sources)
        self._map_series(series)
        missing = self._missing_years()
        for year in sorted(self._years):
            say(f"merging {year}")
            if year in missing:
                self._fill_new_year(year, counts)
            else:
                self._merge_year(year, counts)
        return counts

    def require_key(self, key: int) -> None:
        """Make sure that the key still holds; a revocation that comes now waits until this load is committed.

        Raises:
            Unauthorized: it has been revoked meanwhile.
        """
        statement = "SELECT 1 FROM altaigis.keys WHERE key = %s AND revoked IS NULL FOR SHARE"
        if self._connection.execute(statement, (key,)).fetchone() is None:
            raise Unauthorized("the key has been revoked meanwhile; nothing was taken")

    def close(self, receipt: Receipt, checksum: str, size: int) -> None:
        """End the entry in the ledger."""
        _close_entry(self._connection, self.load, receipt, checksum, size)

    def _settle_units(self, units: Mapping[str, str]) -> None:
        names = sorted(units)
        self._connection.execute(
            "INSERT INTO altaigis.parameters (parameter, unit) "
            "SELECT * FROM unnest(%s::text[], %s::text[]) AS new (parameter, unit) ORDER BY 1 ON CONFLICT DO NOTHING",
            (names, [units[name] for name in names]),
        )
        rows = self._connection.execute(
            "SELECT parameter, unit FROM altaigis.parameters WHERE parameter = ANY(%s)", (names,)
        )
        for parameter, unit in rows:
            if units[parameter] != unit:
                raise ObservationsError(f"another load has just brought {parameter} in {unit}; load this again")

    def _map_sources(self, sources: Sequence[str]) -> None:
        self._connection.execute(
            "INSERT INTO altaigis.sources (name) SELECT name FROM unnest(%s::text[]) AS new (name) "
            "WHERE name NOT IN (SELECT name FROM altaigis.sources) ORDER BY 1 ON CONFLICT DO NOTHING",
            (list(sources),),
        )
        self._connection.execute(
            "CREATE TEMPORARY TABLE source_of ON COMMIT DROP AS SELECT (n - 1)::integer AS place, source "
            "FROM unnest(%s::text[]) WITH ORDINALITY AS given (name, n) JOIN altaigis.sources USING (name)",
            (list(sources),),
        )

    def _map_series(self, series: Sequence[tuple[str, str]]) -> None:
        """Give every series its id, and lock it."""
        self._run("CREATE TEMPORARY TABLE given (place integer, station text, parameter text) ON COMMIT DROP")
        with self._connection.cursor() as cursor, cursor.copy("COPY given FROM STDIN") as copy:
            for place, (station, parameter) in enumerate(series):
                copy.write_row((place, station, parameter))
        self._run(
            "INSERT INTO altaigis.series (station, parameter) SELECT station, parameter FROM given "
            "LEFT JOIN altaigis.series s USING (station, parameter) WHERE s.series IS NULL ORDER BY 1, 2 "
            "ON CONFLICT DO NOTHING"
        )
        self._run(
            "SELECT FROM altaigis.series JOIN given USING (station, parameter) ORDER BY station, parameter "
            "FOR NO KEY UPDATE OF series"
        )
        self._run(
            "CREATE TEMPORARY TABLE series_of ON COMMIT DROP AS SELECT place, s.series "
            "FROM given JOIN altaigis.series s USING (station, parameter)"
        )
        # a table that has just been made has no statistics, and is thought to be big
        self._run("ANALYZE series_of, source_of")

    def _missing_years(self) -> set[int]:
        missing = self._years - self._present_years()
        if missing:
            # ATTACH PARTITION takes this lock too; held from here on, nobody else makes the same year
            self._run("LOCK TABLE altaigis.observations IN SHARE UPDATE EXCLUSIVE MODE")
            missing = self._years - self._present_years()
        return missing

    def _present_years(self) -> set[int]:
        rows = self._connection.execute(
            "SELECT right(relid::regclass::text, 4)::integer FROM pg_partition_tree('altaigis.observations') "
            "WHERE isleaf"
        )
        return {row[0] for row in rows}

    def _incoming(self, year: int) -> Composed:
        """The year's staged rows with their real ids; of rows with one key the last one."""
        return SQL(
            "SELECT DISTINCT ON (m.series, time) time, value, m.series, f.source, {} AS load, flag "
            "FROM {} s JOIN series_of m ON m.place = s.series JOIN source_of f ON f.place = s.source "
            "ORDER BY m.series, time, row DESC"
        ).format(Literal(self.load), Identifier(f"staging_{year}"))

    def _fill_new_year(self, year: int, counts: Counts) -> None:
        """A year that has no rows yet: tables of its own, filled, indexed, attached; readers feel no lock."""
        raw, hourly = _partition("observations", year), _partition("observations_hourly", year)
        added = self._run("CREATE TABLE {} AS {}", raw, self._incoming(year))
        self._attach("observations", year, "time", ("value", "source", "load", "flag"))
        self._run(
            "CREATE TABLE {} AS SELECT date_trunc('hour', time) AS hour, sum(value) AS sum, min(value) AS min, "
            "max(value) AS max, series, count(*)::integer AS count FROM {} WHERE flag <> {} "
            "GROUP BY series, 1 ORDER BY series, 1",
            hourly, raw, Literal(BAD),
        )  # fmt: skip
        self._attach("observations_hourly", year, "hour", ("sum", "min", "max", "count"))
        # Local days at the ends of the year have hours in its neighbours too, so they may be known already.
        first, last = _local_days(year)
        self._run(
            "INSERT INTO altaigis.observations_daily (series, day, count, sum, min, max) "
            "SELECT series, {day}, sum(count), sum(sum), min(min), max(max) FROM {parts} JOIN series_of USING (series) "
            "WHERE moment >= {first} AND moment < {last} GROUP BY 1, 2 ORDER BY 1, 2 "
            "ON CONFLICT (series, day) DO UPDATE SET count = EXCLUDED.count, sum = EXCLUDED.sum, "
            "min = EXCLUDED.min, max = EXCLUDED.max",
            day=_local_day("moment"), parts=_parts(year), first=first, last=last,
        )  # fmt: skip
        counts.distinct += added
        counts.added += added

    def _attach(self, table: str, year: int, key: str, others: Iterable[str]) -> None:
        name = _partition(table, year)
        required = SQL(", ").join(SQL("ALTER {} SET NOT NULL").format(Identifier(column)) for column in others)
        self._run("ALTER TABLE {} {}, ADD PRIMARY KEY (series, {})", name, required, Identifier(key))
        self._run("ANALYZE {}", name)
        parent = Identifier("altaigis", table)
        self._run("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})", parent, name, *_bounds(year))

    def _merge_year(self, year: int, counts: Counts) -> None:
        """A year that has rows: only what differs is written, and only touched hours and days are made again."""
        raw, hourly = _partition("observations", year), _partition("observations_hourly", year)
        self._run("CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS {}", self._incoming(year))
        self._run("ANALYZE incoming")
        counts.distinct += self._count("incoming")
        self._run(
            "CREATE TEMPORARY TABLE changes ON COMMIT DROP AS SELECT i.*, o.series IS NOT NULL AS known "
            "FROM incoming i LEFT JOIN {} o ON o.series = i.series AND o.time = i.time "
            "WHERE o.series IS NULL OR o.value <> i.value OR o.flag <> i.flag",
            raw,
        )
        self._run("ANALYZE changes")
        self._run(
            "INSERT INTO altaigis.observations_former (time, value, series, source, load, replaced_by, flag) "
            "SELECT o.time, o.value, o.series, o.source, o.load, {}, o.flag FROM changes c "
            "JOIN {} o ON o.series = c.series AND o.time = c.time WHERE c.known",
            Literal(self.load), raw,
        )  # fmt: skip
        counts.corrected += self._run(
            "UPDATE {} o SET value = c.value, flag = c.flag, source = c.source, load = c.load "
            "FROM changes c WHERE c.known AND o.series = c.series AND o.time = c.time",
            raw,
        )
        counts.added += self._run(
            "INSERT INTO {} (time, value, series, source, load, flag) "
            "SELECT time, value, series, source, load, flag FROM changes WHERE NOT known ORDER BY series, time",
            raw,
        )
        hour_parts = SQL(_RAW_PARTS).format(raw, Literal(BAD))
        self._remake(
            "hour", hourly, SQL("date_trunc('hour', time)"), hour_parts, ("t.hour", "t.hour + interval '1 hour'"), year
        )
        daily = Identifier("altaigis", "observations_daily")
        self._remake("day", daily, _local_day("time"), _parts(year), (_midnight("t.day"), _midnight("t.day + 1")), year)
        self._run("DROP TABLE incoming, changes")

    def _remake(
        self, bucket: str, table: Identifier, of: Composed | SQL, parts: Composed, span: tuple[str, str], year: int
    ) -> None:
        """Aggregate the touched buckets of a year again.

        A bucket that is not there has no rows but those that have just come; one that is there is made from ``parts``,
        all its rows between the two ends of ``span``.
        """
        first, last = _local_days(year)
        names = {
            "table": table, "bucket": Identifier(bucket), "of": of, "bad": Literal(BAD), "parts": parts,
            "first": first, "last": last, "begin": SQL(span[0]), "end": SQL(span[1]),
        }  # fmt: skip
        for statement in (
            "CREATE TEMPORARY TABLE touched AS SELECT series, {of} AS {bucket}, count(*) FILTER (WHERE flag <> {bad}), "
            "sum(value) FILTER (WHERE flag <> {bad}), min(value) FILTER (WHERE flag <> {bad}), "
            "max(value) FILTER (WHERE flag <> {bad}) FROM changes GROUP BY 1, 2",
            "ANALYZE touched",
            "CREATE TEMPORARY TABLE stale AS SELECT series, {bucket} FROM touched "
            "JOIN {table} USING (series, {bucket})",
            "ANALYZE stale",
            "DELETE FROM {table} a USING stale s WHERE a.series = s.series AND a.{bucket} = s.{bucket}",
            "INSERT INTO {table} (series, {bucket}, count, sum, min, max) "
            "SELECT series, {bucket}, count, sum, min, max FROM touched LEFT JOIN stale s USING (series, {bucket}) "
            "WHERE s.series IS NULL AND count > 0 ORDER BY 1, 2",
            "INSERT INTO {table} (series, {bucket}, count, sum, min, max) "
            "SELECT t.series, t.{bucket}, a.* FROM stale t CROSS JOIN LATERAL ("
            "SELECT sum(count), sum(sum), min(min), max(max) FROM {parts} WHERE series = t.series "
            "AND moment >= {begin} AND moment < {end} AND moment >= {first} AND moment < {last} "
            "HAVING count(*) > 0) a ORDER BY 1, 2",
            "DROP TABLE touched, stale",
        ):
            self._run(statement, **names)

    def _count(self, table: str) -> int:
        row = self._connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
        return int(row[0]) if row else 0

    def _run(self, statement: str | Composed, *parts: Any, **names: Any) -> int:
        """Execute a statement with names and constants in their places; the number of rows that it wrote."""
        composed = SQL(statement).format(*parts, **names) if isinstance(statement, str) else statement
        return self._connection.execute(composed).rowcount


def record_failure(database: Engine, origin: Origin, started: datetime, message: str) -> None:
    """An entry in the ledger for a load that came to nothing."""
    with database.begin() as connection:
        driver = _driver(connection)
        load = _open_entry(driver, origin, started, "failed")
        driver.execute("UPDATE altaigis.loads SET message = %s WHERE load = %s", (message, load))


def _open_entry(connection: psycopg.Connection[Any], origin: Origin, started: datetime, outcome: str) -> int:
    row = connection.execute(
        "INSERT INTO altaigis.loads (outcome, actor, key, file, source, zone, started) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING load",
        (outcome, origin.actor, origin.key, origin.file, origin.source, origin.zone, started),
    ).fetchone()
    assert row is not None, "RETURNING gives the row that was inserted"
    return int(row[0])


def _close_entry(connection: psycopg.Connection[Any], load: int, receipt: Receipt, checksum: str, size: int) -> None:
    connection.execute(
        "UPDATE altaigis.loads SET seconds = %s, checksum = %s, bytes = %s, received = %s, added = %s, corrected = %s, "
        "unchanged = %s, duplicates = %s, refused = %s, reasons = %s WHERE load = %s",
        (
            receipt.seconds, checksum, size, receipt.received, receipt.added, receipt.corrected,
            receipt.unchanged, receipt.duplicates, receipt.refused, Jsonb(dict(receipt.reasons)), load,
        ),
    )  # fmt: skip


def _storable(value: Any) -> Any:
    """PostgreSQL's texts hold neither NUL nor half of a surrogate pair."""
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _partition(table: str, year: int) -> Identifier:
    return Identifier("altaigis", f"{table}_{year}")


def _bounds(year: int) -> tuple[Literal, Literal]:
    return Literal(f"{year}-01-01 00:00+00"), Literal(f"{year + 1}-01-01 00:00+00")


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


def _driver(connection: Any) -> psycopg.Connection[Any]:
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError("loads work on a blocking psycopg connection")
    return raw
