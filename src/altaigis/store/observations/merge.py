"""Staged rows are brought into their years: a new year is filled, in a known one only what differs is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg import errors
from psycopg.sql import Identifier, Literal

from altaigis.domain.observation import BAD, Refusal
from altaigis.store.driver import Driver, run
from altaigis.store.observations.aggregates import aggregate_new, aggregate_touched
from altaigis.store.observations.handful import merge_handful
from altaigis.store.observations.partitions import attach, claim_missing, make_table, partition
from altaigis.store.observations.staging import StagedYear, Staging
from altaigis.store.observations.tidings import note_changes, note_filled, open_tidings, tell

Say = Callable[[str], None]
Refuse = Callable[[Sequence[Refusal]], None]


@dataclass
class Counts:
    """How many of the staged rows were what."""

    staged: int = 0
    distinct: int = 0
    conflicting: int = 0
    added: int = 0
    corrected: int = 0


def merge(staging: Staging, series: Sequence[int], say: Say, refuse: Refuse) -> Counts:
    """Bring all staged rows in; the caller holds ``series``, all that they are of."""
    connection = staging.connection
    counts = Counts(staged=staging.received)
    if (rows := staging.handful()) is not None:
        counts.distinct = len(rows)
        counts.added, counts.corrected = merge_handful(connection, staging.load, rows)
        return counts
    staging.spill()
    missing = claim_missing(connection, staging.years)
    open_tidings(connection)
    for year, staged in sorted(staging.years.items()):
        say(f"merging {year}")
        bring = _fill if year in missing else _merge
        distinct = bring(connection, staging, staged, counts)
        counts.distinct += distinct
        if distinct < staged.rows:
            for refusals in staging.conflicts(staged):
                refuse(refusals)
                counts.conflicting += len(refusals)
        if year in missing:
            aggregate_new(connection, year, series)
            note_filled(connection, year)
        else:
            aggregate_touched(connection, year)
            note_changes(connection)
            run(connection, "DROP TABLE changes")
        # one that has become the year's own is there under that name
        run(connection, "DROP TABLE IF EXISTS {}", staged.table)
    tell(connection, staging.load)
    return counts


def _fill(connection: Driver, staging: Staging, staged: StagedYear, counts: Counts) -> int:
    """A year that has no rows yet: its table is filled, indexed and attached; the number of its keys."""
    rows, name = staged.rows, partition("observations", staged.year)
    if staging.is_final(staged) and _index(connection, staged.table, staged.year):
        run(connection, "ALTER TABLE {} RENAME TO {}", staged.table, Identifier(f"observations_{staged.year}"))
    else:
        make_table(connection, "observations", name)
        rows = run(
            connection,
            "INSERT INTO {} (time, value, series, source, load, flag) {}",
            name,
            staging.distinct(staged),
        )
        _index(connection, name, staged.year)
    attach(connection, "observations", staged.year)
    counts.added += rows
    return rows


def _index(connection: Driver, table: Identifier, year: int) -> bool:
    """Give a year's table its key; False if a key is there twice."""
    try:
        with connection.transaction():
            name = Identifier(f"observations_{year}_pkey")
            run(connection, "ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY (series, time)", table, name)
            run(
                connection,
                "CREATE INDEX {} ON {} (series, time) WHERE flag = {}",
                Identifier(f"observations_{year}_bad"), table, Literal(BAD),
            )  # fmt: skip
    except errors.UniqueViolation:
        return False
    return True


def _merge(connection: Driver, staging: Staging, staged: StagedYear, counts: Counts) -> int:
    """A year that has rows; the number of keys that came. The table ``changes`` that this leaves has all rows that
    were written.

    The former row is found once and for all by its place in the table: no other load writes to these series, and
    nobody can move rows while this transaction has looked at them.
    """
    raw = partition("observations", staged.year)
    distinct = run(connection, "CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS {}", staging.distinct(staged))
    run(connection, "ANALYZE incoming")
    run(
        connection,
        "CREATE TEMPORARY TABLE changes ON COMMIT DROP AS SELECT i.*, o.ctid AS place, o.value AS former_value, "
        "o.source AS former_source, o.load AS former_load, o.flag AS former_flag "
        "FROM incoming i LEFT JOIN {} o ON o.series = i.series AND o.time = i.time "
        "WHERE o.series IS NULL OR o.value <> i.value OR o.flag <> i.flag",
        raw,
    )
    run(connection, "ANALYZE changes")
    run(
        connection,
        "INSERT INTO altaigis.observations_former (time, value, series, source, load, replaced_by, flag) "
        "SELECT time, former_value, series, former_source, former_load, {}, former_flag FROM changes "
        "WHERE place IS NOT NULL",
        Literal(staging.load),
    )
    counts.corrected += run(
        connection,
        "UPDATE {} o SET value = c.value, flag = c.flag, source = c.source, load = c.load "
        "FROM changes c WHERE o.ctid = c.place",
        raw,
    )
    counts.added += run(
        connection,
        "INSERT INTO {} (time, value, series, source, load, flag) "
        "SELECT time, value, series, source, load, flag FROM changes WHERE place IS NULL ORDER BY series, time",
        raw,
    )
    run(connection, "DROP TABLE incoming")
    return distinct
