"""Made-up series are taken away; the ledger tells of it. What was measured cannot be."""

from datetime import UTC, datetime

from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, text

from altaigis.domain.observation import Origin
from altaigis.store.driver import Driver, driver
from altaigis.store.observations.ledger import open_entry
from altaigis.store.observations.turns import stop_turns
from altaigis.store.pool import transaction

REMOVED = "removed"
#: Tables with a column ``series``, those that refer to others first.
_TABLES = (
    *("latest", "loads_series", "observations_former"),
    *("observations_daily", "observations_hourly", "observations", "series_turns", "series"),
)


def remove_synthetic(database: Engine, prefix: str, origin: Origin) -> tuple[int, int]:
    """Take away the synthetic series all of whose values come from sources whose names begin so: how many values of
    how many series. One that has others, too, stays.

    Raises:
        DatabaseUnavailable: it does not answer; nothing is taken away.
    """
    started = datetime.now(UTC)
    with transaction(database) as connection:
        raw = driver(connection)
        # a load whose turn it is ends before
        stop_turns(raw)
        chosen = _made_by(raw, prefix)
        values = 0
        for table in _TABLES:
            statement = SQL("DELETE FROM {} WHERE series = ANY(%s)").format(Identifier("altaigis", table))
            deleted = raw.execute(statement, (chosen,)).rowcount
            values = deleted if table == "observations" else values
        load = open_entry(raw, origin, started, REMOVED)
        raw.execute(
            "UPDATE altaigis.loads SET message = %s, seconds = %s WHERE load = %s",
            (f"{values} values of {len(chosen)} series", (datetime.now(UTC) - started).total_seconds(), load),
        )
    return values, len(chosen)


def _made_by(raw: Driver, prefix: str) -> list[int]:
    """Numbers of the synthetic series that have values of these sources and of no others."""
    found = raw.execute(
        "SELECT s.series FROM altaigis.series s CROSS JOIN LATERAL ("
        "SELECT bool_and(starts_with(n.name, %s)) AS own FROM ("
        "SELECT DISTINCT source FROM altaigis.observations o WHERE o.series = s.series"
        ") o JOIN altaigis.sources n USING (source)) told WHERE s.synthetic AND told.own ORDER BY s.series",
        (prefix,),
    )
    return [row[0] for row in found]


def last_entry(database: Engine, prefix: str) -> tuple[str, datetime] | None:
    """Outcome and time of the newest load or removal of sources whose names begin so.

    Raises:
        DatabaseUnavailable: it does not answer.
    """
    statement = text(
        "SELECT outcome, started FROM altaigis.loads WHERE starts_with(source, :prefix) AND outcome <> 'failed' "
        "ORDER BY load DESC LIMIT 1"
    )
    with transaction(database) as connection:
        row = connection.execute(statement, {"prefix": prefix}).first()
    return (row.outcome, row.started) if row else None


def has_series(database: Engine) -> bool:
    """Whether anybody has ever brought observations.

    Raises:
        DatabaseUnavailable: it does not answer.
    """
    with transaction(database) as connection:
        return bool(connection.execute(text("SELECT EXISTS (SELECT FROM altaigis.series)")).scalar_one())
