"""Connections: one driver (psycopg 3), blocking for the ETL and the command line, asynchronous for the server."""

import os
import re
import select
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool

from altaigis.errors import DatabaseUnavailable, NotComputable, NotLoaded, NotWritten, QueryTooLong
from altaigis.store.insistence import Insistent

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

OLDEST_POSTGIS = (3, 3)
CONNECT_SECONDS = 5
#: A request may keep the database busy for this long.
STATEMENT_SECONDS = 30
#: A plan fits its values: that for a small box is no plan for the world.
_PLAN_EACH = "-c plan_cache_mode=force_custom_plan"
#: All tiles are found in the same way, and to find out which takes as long as to draw one.
_PLAN_ONCE = "-c plan_cache_mode=force_generic_plan"
#: To compile a plan takes longer than most run.
_INTERPRET = "-c jit=off"
#: Niceness of a process that all others go before.
LOWEST = 19
#: A query ends soon after the process that asks it, too.
_END_WITH_CLIENT = "-c client_connection_check_interval=1s"
#: What libpq adds to what has happened.
_GUESSES = ("Is the server running", "This probably means", "before or while processing")


def engine(url: str) -> Engine:
    """A blocking engine; it connects at first use."""
    return create_engine(_driver_url(url), pool_pre_ping=True, connect_args=_connect_args())


def async_engine(url: str, size: int = 8, *, for_tiles: bool = False) -> "AsyncEngine":
    """An asynchronous engine for reading; it connects at first use and survives a restart of the database.

    Each statement is a transaction of its own, and nothing is said to the database but the statement. It is planned
    anew for its values each time, but for tiles once.
    """
    from sqlalchemy.ext.asyncio import create_async_engine  # brings the ORM along, which commands do without

    planning = _PLAN_ONCE if for_tiles else _PLAN_EACH
    found = create_async_engine(
        _driver_url(url),
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        pool_size=size,
        max_overflow=0,
        pool_timeout=10,
        connect_args={
            **_connect_args(f"-c statement_timeout={STATEMENT_SECONDS}s", planning, _INTERPRET, _END_WITH_CLIENT),
            "async_creator_fn": Insistent.connect,
        },
    )
    event.listen(found.sync_engine, "checkout", _require_silence)
    return found


@contextmanager
def session(url: str) -> Iterator[Connection]:
    """One connection in which each statement is a transaction of its own; one whose host has gone is found out soon.

    Raises:
        DatabaseUnavailable: there is none.
    """
    alive = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
    database = create_engine(
        _driver_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={**_connect_args(), **alive}
    )
    with failing():
        connection = database.connect()
    with connection:
        yield connection


def background_engine(url: str) -> Engine:
    """A blocking engine for long work beside the server: a query takes one core, ends with the process that asks it,
    and gives way to all others where the database's processes are on this machine and ours."""
    options = (_INTERPRET, _END_WITH_CLIENT, "-c max_parallel_workers_per_gather=0", "-c application_name=altaigis-job")
    found = create_engine(_driver_url(url), pool_pre_ping=True, connect_args=_connect_args(*options))
    event.listen(found, "connect", _give_way)
    return found


def _give_way(connection: Any, _: object) -> None:
    pid = connection.info.backend_pid
    # over a socket file the number is one of this machine; that of a container may be somebody else's here
    if connection.info.host.startswith("/"):
        with suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().startswith("postgres"):
                os.setpriority(os.PRIO_PROCESS, pid, LOWEST)


def _require_silence(connection: Any, *_: object) -> None:
    """An idle connection has nothing to read but its end, so a look at its socket is as good as a question."""
    socket = select.poll()
    socket.register(connection.driver_connection.fileno(), select.POLLIN)
    if socket.poll(0):
        raise DisconnectionError


@contextmanager
def transaction(database: Engine) -> Iterator[Connection]:
    """A transaction on a blocking connection: all of it or nothing.

    Raises:
        DatabaseUnavailable: the database does not answer, or has gone in the middle.
        NotWritten: its disk is full.
    """
    try:
        with database.begin() as connection:
            yield connection
    except (DBAPIError, psycopg.Error) as error:  # COPY goes past SQLAlchemy
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, psycopg.errors.DiskFull):
            # without its address, for the layer of findings shows it to all
            raise NotWritten(
                f"the database has no room: {_reason(cause)}; make room on its disk and run it again"
            ) from error
        if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
            where = database.url.render_as_string(hide_password=True)
            raise DatabaseUnavailable(f"no answer from the database at {where}: {_reason(cause)}") from error
        raise


@asynccontextmanager
async def reading(database: "AsyncEngine") -> "AsyncIterator[AsyncConnection]":
    """A connection for reading.

    Raises:
        DatabaseUnavailable: the database does not answer, or every connection stays busy.
        QueryTooLong: the statement went over its time and was cancelled.
        NotComputable: the statement computes with numbers that have no result.
    """
    with failing():
        async with database.connect() as connection:
            yield connection


@contextmanager
def failing() -> Iterator[None]:
    """Makes errors of the driver, wrapped by SQLAlchemy or not, those that :func:`reading` raises."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable("every connection to the database is busy") from error
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, psycopg.errors.QueryCanceled):
            raise QueryTooLong(f"the query took longer than {STATEMENT_SECONDS} seconds") from error
        if isinstance(cause, psycopg.errors.UndefinedTable):
            raise NotLoaded("the data of this revision are no longer kept: the layer has been loaded anew") from error
        if isinstance(cause, psycopg.errors.NumericValueOutOfRange | psycopg.errors.InvalidArgumentForPowerFunction):
            raise NotComputable(_reason(cause)) from error
        if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
            # without its address, which is nobody's business who asks for features
            told = _reason(cause).rpartition("failed: ")[2]
            raise DatabaseUnavailable(f"the database does not answer: {told}") from error
        raise


def require_postgis(database: Engine) -> None:
    """Make sure that a PostGIS that is new enough answers.

    Raises:
        DatabaseUnavailable: with the reason in one line.
    """
    where = database.url.render_as_string(hide_password=True)
    try:
        with database.begin() as connection:
            # Of two processes that start at once only one may make it.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('altaigis migrate'))"))
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
            version: str = connection.execute(text("SELECT postgis_lib_version()")).scalar_one()
    except DBAPIError as error:
        raise DatabaseUnavailable(f"no PostGIS at {where}: {_reason(error.orig)}") from error
    found = tuple(int(n) for n in re.findall(r"\d+", version)[:2])
    if found < OLDEST_POSTGIS:
        raise DatabaseUnavailable(f"the database at {where} has PostGIS {version}; 3.3 or newer is needed")


def _driver_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: the port is no number
        raise DatabaseUnavailable(
            "the database URL cannot be read; it looks like postgresql://user@host:5432/name"
        ) from None
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise DatabaseUnavailable(f"the database URL begins with {parsed.drivername}:// instead of postgresql://")
    return parsed.set(drivername="postgresql+psycopg")


def _connect_args(*options: str) -> dict[str, object]:
    # All times are stored and written in UTC, whatever zone the database server thinks it is in.
    settings = " ".join(["-c TimeZone=UTC", "-c application_name=altaigis", *options])
    return {"connect_timeout": CONNECT_SECONDS, "options": settings}


def _reason(error: BaseException | None) -> str:
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return error.diag.message_primary
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith(_GUESSES)]
    return told[-1] if told else type(error).__name__
