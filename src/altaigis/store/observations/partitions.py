"""The calendar years of UTC that observations and their hours are kept by, each a partition."""

from collections.abc import Iterable

from psycopg.sql import Identifier, Literal

from altaigis.store.driver import Driver, run

#: Percent of a page that are filled at first. A correction that finds room in the page of the former value touches no
#: index.
FILLED = 90


def partition(table: str, year: int) -> Identifier:
    return Identifier("altaigis", f"{table}_{year}")


def make_table(connection: Driver, like: str, name: Identifier) -> None:
    """An empty table that can become a partition of the table that it is like."""
    parent = Identifier("altaigis", like)
    run(connection, "CREATE TABLE {} (LIKE {}) WITH (fillfactor = {})", name, parent, Literal(FILLED))


def present_years(connection: Driver) -> frozenset[int]:
    rows = connection.execute(
        "SELECT right(relid::regclass::text, 4)::integer FROM pg_partition_tree('altaigis.observations') WHERE isleaf"
    )
    return frozenset(row[0] for row in rows)


def claim_missing(connection: Driver, years: Iterable[int]) -> frozenset[int]:
    """Those of the years that are not there; nobody else makes them until the end of the transaction."""
    wanted = frozenset(years)
    missing = wanted - present_years(connection)
    if missing:
        # ATTACH PARTITION takes this lock too
        run(connection, "LOCK TABLE altaigis.observations IN SHARE UPDATE EXCLUSIVE MODE")
        missing = wanted - present_years(connection)
    return missing


def attach(connection: Driver, table: str, year: int) -> None:
    """Make the filled and indexed table of a year a partition; readers feel no lock."""
    name, parent = partition(table, year), Identifier("altaigis", table)
    begin, end = (Literal(f"{bound}-01-01 00:00+00") for bound in (year, year + 1))
    run(connection, "ANALYZE {}", name)
    run(connection, "ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})", parent, name, begin, end)
