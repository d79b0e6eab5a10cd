"""Statements run by the driver alone: what becomes of the connection when one of them ends badly."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import Integer, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.errors import DatabaseUnavailable, QueryTooLong
from altaigis.store import pool
from altaigis.store.pool import async_engine
from altaigis.store.prepared import fetch, prepared

SLEEP = prepared(select(func.pg_sleep(bindparam("seconds", type_=Integer))))
PROCESS = prepared(select(func.pg_backend_pid()))
#: Waits, for five seconds at most, until the process has ended.
END = prepared(select(func.pg_terminate_backend(bindparam("process", type_=Integer), 5000)))


async def process(database: AsyncEngine) -> int:
    ((number,),) = await fetch(database, PROCESS, {})
    return int(number)


def test_a_query_over_its_time(new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "STATEMENT_SECONDS", 1)

    async def ask() -> None:
        database = async_engine(new_database(), size=1)
        before = await process(database)
        with pytest.raises(QueryTooLong):
            await fetch(database, SLEEP, {"seconds": 30})
        assert await process(database) == before
        await database.dispose()

    asyncio.run(ask())


def test_a_query_that_nobody_waits_for_is_cancelled(new_database: Callable[[], str]) -> None:
    async def ask() -> None:
        database = async_engine(new_database(), size=1)
        await process(database)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(fetch(database, SLEEP, {"seconds": 25}), 0.2)
        # There is one connection: it answers at once, whether it is the same or a new one
        await asyncio.wait_for(process(database), 10)
        await database.dispose()

    asyncio.run(ask())


def test_a_connection_that_broke_is_not_used_again(new_database: Callable[[], str]) -> None:
    async def ask() -> None:
        url = new_database()
        database, other = async_engine(url, size=1), async_engine(url, size=1)
        first = await process(database)
        sleeping = asyncio.ensure_future(fetch(database, SLEEP, {"seconds": 25}))
        await asyncio.sleep(0.2)
        await fetch(other, END, {"process": first})
        with pytest.raises(DatabaseUnavailable):
            await sleeping
        second = await process(database)
        assert second != first
        await fetch(other, END, {"process": second})
        # The server's good-bye is read before the next statement is sent
        assert await process(database) != second
        await database.dispose()
        await other.dispose()

    asyncio.run(ask())
