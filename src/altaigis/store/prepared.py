"""Statements that are composed once and asked often.

SQLAlchemy writes them, and has no part in running them: most of the time that a short question takes would be its own.
They go to PostgreSQL as it reads them ($1), for the driver would read longer ones again each time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncRawCursor
from psycopg.pq import TransactionStatus
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from altaigis.store.pool import failing

_DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Prepared:
    """A statement as PostgreSQL takes it, the names of its values in order, and those that are always the same."""

    text: str
    names: Sequence[str]
    constants: Mapping[str, Any]


def prepared(statement: Select[Any]) -> Prepared:
    compiled = statement.compile(dialect=_DIALECT)
    return Prepared(compiled.string, compiled.positiontup or (), compiled.params)


async def fetch(
    database: AsyncEngine, statement: Prepared, values: Mapping[str, Any], *, binary: bool = False
) -> list[tuple[Any, ...]]:
    """The rows that the statement finds with these values; ``binary`` fetches large bytes as they are.

    Raises:
        DatabaseUnavailable, QueryTooLong, NotComputable: as for :func:`altaigis.store.pool.reading`.
    """
    with failing():
        connection = await database.raw_connection()
        driver = connection.driver_connection
        assert driver is not None, "it has just been taken from the pool"
        try:
            bound = {**statement.constants, **values}
            found = AsyncRawCursor(driver)
            await found.execute(statement.text, [bound[name] for name in statement.names], binary=binary)
            rows: list[tuple[Any, ...]] = await found.fetchall()
            return rows
        finally:
            if driver.info.transaction_status is not TransactionStatus.IDLE:
                # it closes the driver's connection, which must be waited for
                await greenlet_spawn(connection.invalidate)
            connection.close()
