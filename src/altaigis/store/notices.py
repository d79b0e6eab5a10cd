"""Notices: what a transaction tells to all servers at its commit, by NOTIFY and LISTEN."""

from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING

import psycopg
from psycopg import conninfo
from sqlalchemy import Connection, func, select

from altaigis.errors import DatabaseUnavailable
from altaigis.store.pool import CONNECT_SECONDS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

CHANNEL = "altaigis_revisions"
#: A host that has gone without a word is found out after this many seconds, as near as TCP can tell.
_OWN: Mapping[str, str | int] = {
    "application_name": "altaigis",
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def tell(connection: Connection, layer_id: str, number: int) -> None:
    """All who listen hear of a layer's new revision when the transaction commits, and nothing if it does not."""
    connection.execute(select(func.pg_notify(CHANNEL, f"{layer_id} {number}")))


async def notices(database: "AsyncEngine", pause: float) -> AsyncGenerator[list[str]]:
    """Listens for ever on a connection of its own: what has been told, as soon as it is, and an empty list at first
    and after each ``pause`` seconds of silence.

    Raises:
        DatabaseUnavailable: there is no such connection, or no longer.
    """
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        address = conninfo.make_conninfo(url, **_OWN)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            yield []
            while True:
                yield [notice.payload async for notice in connection.notifies(timeout=pause, stop_after=1)]
    except psycopg.Error as error:
        raise DatabaseUnavailable(f"the database tells nothing: {' '.join(str(error).split())}") from error
