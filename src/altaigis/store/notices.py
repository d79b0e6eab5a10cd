"""Notices: what a transaction tells to all servers at its commit, by NOTIFY and LISTEN."""

from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg import conninfo
from sqlalchemy import Connection, func, select

from altaigis.errors import DatabaseUnavailable
from altaigis.store.driver import Driver
from altaigis.store.pool import CONNECT_SECONDS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

#: Of layers' revisions, and of loads of observations.
REVISIONS, LOADS = "altaigis_revisions", "altaigis_loads"
#: A host that has gone without a word is found out after this many seconds, as near as TCP can tell.
_OWN: Mapping[str, str | int] = {
    "application_name": "altaigis",
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


class Notice(NamedTuple):
    """What was told in a channel: in :data:`REVISIONS` a layer and a number, in :data:`LOADS` a number."""

    channel: str
    payload: str


def tell(connection: Connection, layer_id: str, number: int) -> None:
    """All who listen hear of a layer's new revision when the transaction commits, and nothing if it does not."""
    connection.execute(select(func.pg_notify(REVISIONS, f"{layer_id} {number}")))


def tell_load(connection: Driver, number: int) -> None:
    """The same for a load of observations."""
    connection.execute("SELECT pg_notify(%s, %s)", (LOADS, str(number)))


async def notices(database: "AsyncEngine", pause: float) -> AsyncGenerator[list[Notice]]:
    """Listens for ever on a connection of its own: what has been told, as soon as it is, and an empty list at first
    and after each ``pause`` seconds of silence.

    Raises:
        DatabaseUnavailable: there is no such connection, or no longer.
    """
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        address = conninfo.make_conninfo(url, **_OWN)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            for channel in (REVISIONS, LOADS):
                await connection.execute(f"LISTEN {channel}")
            yield []
            while True:
                told = connection.notifies(timeout=pause, stop_after=1)
                yield [Notice(notice.channel, notice.payload) async for notice in told]
    except psycopg.Error as error:
        raise DatabaseUnavailable(f"the database tells nothing: {' '.join(str(error).split())}") from error
