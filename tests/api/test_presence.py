"""Clients that go away: their queries end in the database, and nobody else's."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql
from starlette.types import Message, Scope

from altaigis.api.presence import QUICK_SECONDS, READS, Presence
from altaigis.store.pool import engine
from altaigis.store.revisions import current_revisions
from altaigis.store.schema import LAYER_SCHEMA
from conftest import Installation

LAYER = "protected_areas"
#: Each of them asks the database something that nothing remembers.
ASKED = (
    f"/collections/{LAYER}/items?limit=7",
    f"/collections/{LAYER}/items?limit=7&f=html",
    f"/collections/{LAYER}/items?limit=7&f=csv",
    f"/collections/{LAYER}/items?f=csv&filter=CASEI(name_ru) LIKE '%a%'",
    f"/collections/{LAYER}/items?f=fgb&filter=CASEI(name_ru) LIKE '%b%'",
    f"/collections/{LAYER}/items/1",
    f"/collections/{LAYER}/items/1?f=html",
    f"/collections/{LAYER}?f=html",
    f"/tiles/{LAYER}/7/93/41.mvt",
    "/search?q=Барнаул",
    f"/wfs?service=WFS&version=2.0.0&request=GetFeature&typenames=altai:{LAYER}&count=7",
)


@contextmanager
def kept_waiting(installation: Installation) -> Iterator[Callable[[], int]]:
    """Whoever reads the layer waits; gives how many queries do."""
    database = engine(installation.url)
    relations = [revision.relation for revision in current_revisions(database).values()]
    database.dispose()
    with psycopg.connect(installation.url) as holder, psycopg.connect(installation.url, autocommit=True) as watcher:
        tables = [
            relation
            for relation in relations
            if watcher.execute("SELECT to_regclass(%s)", [f'{LAYER_SCHEMA}."{relation}"']).fetchone() != (None,)
        ]
        names = sql.SQL(", ").join(sql.Identifier(LAYER_SCHEMA, table) for table in tables)
        holder.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))

        def waiting() -> int:
            row = watcher.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND state = 'active' AND wait_event_type = 'Lock'"
            ).fetchone()
            assert row is not None
            return int(row[0])

        yield waiting


def seconds_until(true: Callable[[], bool]) -> float:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < 10
        time.sleep(0.02)
    return time.monotonic() - begun


@pytest.mark.parametrize("path", ASKED)
def test_a_query_ends_with_its_client(installation: Installation, server_url: str, path: str) -> None:
    with kept_waiting(installation) as waiting:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(server_url + path, timeout=httpx.Timeout(5, read=0.5))
        assert seconds_until(lambda: not waiting()) < 1


def test_the_query_of_a_client_that_waits_goes_on(installation: Installation, server_url: str) -> None:
    """One of two clients that ask for the same page goes away; the computation that both wait for does not."""
    address = f"{server_url}/collections/{LAYER}/items?limit=3"
    with ThreadPoolExecutor() as pool:
        with kept_waiting(installation) as waiting:
            patient = pool.submit(httpx.get, address, timeout=20)
            seconds_until(lambda: waiting() == 1)
            with pytest.raises(httpx.ReadTimeout):
                httpx.get(address, timeout=httpx.Timeout(5, read=0.5))
            time.sleep(0.5)
            assert waiting() == 1
        assert patient.result().json()["numberReturned"] == 3


def test_many_who_go_leave_every_connection_to_the_others(installation: Installation, server_url: str) -> None:
    """More than there are connections: some go while they wait for a query, and some for a connection."""

    def ask(number: int) -> None:
        path = f"/collections/{LAYER}/items?filter=CASEI(name_ru) LIKE '%{number}%'"
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(server_url + path, timeout=httpx.Timeout(5, read=0.7))

    with kept_waiting(installation) as waiting, ThreadPoolExecutor(20) as pool:
        list(pool.map(ask, range(20)))
        assert seconds_until(lambda: not waiting()) < 1
        begun = time.monotonic()
        assert httpx.get(f"{server_url}/readyz", timeout=9).status_code == 200
        assert time.monotonic() - begun < 2
    with ThreadPoolExecutor(8) as pool:
        addresses = [f"{server_url}/collections/{LAYER}/items?limit={limit}" for limit in range(1, 17)]
        assert [answer.status_code for answer in pool.map(httpx.get, addresses)] == [200] * 16


async def disconnected() -> Message:
    return {"type": "http.disconnect"}


async def unheard(_: Message) -> None:
    raise AssertionError("nobody listens")


def slowly(done: list[str], *, only_reads: bool = False) -> Any:
    async def app(scope: Scope, *_: object) -> None:
        if only_reads:
            scope[READS]()
        await asyncio.sleep(3 * QUICK_SECONDS)
        done.append("done")

    return app


@pytest.mark.parametrize(("method", "ended"), [("GET", []), ("HEAD", []), ("POST", ["done"]), ("DELETE", ["done"])])
def test_writing_is_brought_to_its_end(method: str, ended: list[str]) -> None:
    done: list[str] = []
    asyncio.run(Presence(slowly(done))({"type": "http", "method": method}, disconnected, unheard))
    assert done == ended


def test_a_post_that_only_reads_is_not() -> None:
    done: list[str] = []
    presence = Presence(slowly(done, only_reads=True))
    asyncio.run(presence({"type": "http", "method": "POST"}, disconnected, unheard))
    assert done == []


def test_who_ends_the_server_ends_the_request() -> None:
    """A cancellation that is not ours goes on."""

    async def stop() -> None:
        task = asyncio.ensure_future(Presence(slowly([]))({"type": "http", "method": "GET"}, never, unheard))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop())


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


def test_a_quick_answer_is_not_watched() -> None:
    async def app(*_: object) -> None:
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(Presence(app)({"type": "http", "method": "GET"}, disconnected, unheard))
