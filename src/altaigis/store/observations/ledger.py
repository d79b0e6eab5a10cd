"""The ledger of loads: who brought what, what it came to, and the rows that were refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Engine, text

from altaigis.domain.observation import Origin, Receipt, Refusal
from altaigis.store.driver import Driver, driver
from altaigis.store.pool import transaction


def open_entry(connection: Driver, origin: Origin, started: datetime, outcome: str = "loaded") -> int:
    """Begin the entry of a load; its number."""
    row = connection.execute(
        "INSERT INTO altaigis.loads (outcome, actor, key, file, source, zone, started) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING load",
        (outcome, origin.actor, origin.key, origin.file, origin.source, origin.zone, started),
    ).fetchone()
    assert row is not None, "RETURNING gives the row that was inserted"
    return int(row[0])


def close_entry(connection: Driver, load: int, receipt: Receipt, checksum: str, size: int) -> None:
    """Complete the entry. ``size``: of the file in bytes."""
    connection.execute(
        "UPDATE altaigis.loads SET seconds = %s, checksum = %s, bytes = %s, received = %s, added = %s, corrected = %s, "
        "unchanged = %s, duplicates = %s, refused = %s, reasons = %s WHERE load = %s",
        (
            receipt.seconds, checksum, size, receipt.received, receipt.added, receipt.corrected,
            receipt.unchanged, receipt.duplicates, receipt.refused, Jsonb(dict(receipt.reasons)), load,
        ),
    )  # fmt: skip


def keep_refusals(connection: Driver, load: int, refusals: Sequence[Refusal]) -> None:
    """Keep refused rows with their reasons."""
    if not refusals:
        return
    statement = "COPY altaigis.refusals (load, row, reason, values) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for refusal in refusals:
            values = {_storable(name): _storable(value) for name, value in refusal.values.items()}
            copy.write_row((load, refusal.row, _storable(refusal.reason), Jsonb(values)))


def last_load(connection: Connection) -> int:
    """The number of the newest load, 0 before any: as long as it stays, so do the observations."""
    found = connection.execute(text("SELECT max(load) FROM altaigis.loads")).scalar()
    return int(found or 0)


def record_failure(database: Engine, origin: Origin, started: datetime, message: str) -> None:
    """An entry for a load that came to nothing.

    Raises:
        DatabaseUnavailable: it does not answer.
    """
    with transaction(database) as connection:
        raw = driver(connection)
        load = open_entry(raw, origin, started, "failed")
        raw.execute("UPDATE altaigis.loads SET message = %s WHERE load = %s", (message, load))


def _storable(value: Any) -> Any:
    """PostgreSQL's texts hold neither NUL nor half of a surrogate pair."""
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
