"""Statements that are composed once and asked often.

SQLAlchemy writes them, and has no part in running them: most of the time that a short question takes would be its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from altaigis.store.pool import failing

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Prepared:
    """A statement as the driver takes it, with the values that are always the same."""

    text: str
    constants: Mapping[str, Any]


def prepared(statement: Select[Any]) -> Prepared:
    compiled = statement.compile(dialect=_DIALECT)
    return Prepared(compiled.string, compiled.params)


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
            found = await driver.execute(statement.text, {**statement.constants, **values}, binary=binary)
            rows: list[tuple[Any, ...]] = await found.fetchall()
            return rows
        finally:
            if driver.info.transaction_status is not TransactionStatus.IDLE:
                # it closes the driver's connection, which must be waited for
                await greenlet_spawn(connection.invalidate)
            connection.close()
