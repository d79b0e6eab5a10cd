"""Streamed answers over a real connection: whole, refused, or visibly broken off; and never for nobody."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text

from altaigis.api import errors
from altaigis.api.downloads import Streamed
from altaigis.api.presence import Presence
from altaigis.errors import DatabaseUnavailable
from altaigis.services.compression import compressed_pieces
from altaigis.store.pool import async_engine, reading
from conftest import Installation

Pieces = Callable[[], AsyncIterator[bytes]]
PACKED = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}


def serving(pieces: Pieces, ask: Callable[[str], Awaitable[Any]], *, packed: bool = False) -> Any:
    """What ``ask`` gets from a server that streams the pieces, in gzip or not, at the address it is given."""

    async def both() -> Any:
        app = FastAPI()

        @app.get("/")
        async def route() -> Streamed:
            if packed:
                return Streamed(compressed_pieces(pieces()), PACKED)
            return Streamed(pieces(), {"Content-Type": "text/plain"})

        errors.install(app)
        app.add_middleware(Presence)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            return await asyncio.wait_for(ask(f"http://127.0.0.1:{port}/"), 20)
        finally:
            server.should_exit = True
            await running

    return asyncio.run(both())


async def get(address: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(address)


@pytest.mark.parametrize("packed", [False, True])
def test_pieces_arrive_as_they_are_made(packed: bool) -> None:
    """The last one is not made before the client has the first."""
    seen = threading.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"first "
        deadline = time.monotonic() + 20
        while not seen.is_set() and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        yield b"last" if seen.is_set() else b"never seen"

    async def ask(address: str) -> bytes:
        found = b""
        async with httpx.AsyncClient(timeout=30) as client, client.stream("GET", address) as answer:
            async for piece in answer.aiter_bytes():
                found += piece
                if found:
                    seen.set()
        return found

    assert serving(pieces, ask, packed=packed) == b"first last"


@pytest.mark.parametrize("packed", [False, True])
def test_what_fails_before_the_first_byte_is_an_answer(packed: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        raise DatabaseUnavailable("gone")
        yield b""

    answer = serving(pieces, get, packed=packed)
    assert answer.status_code == 503
    assert "content-encoding" not in answer.headers
    assert answer.json()["code"] == "DatabaseUnavailable"


@pytest.mark.parametrize("packed", [False, True])
def test_what_fails_later_is_no_whole_answer(packed: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a part"
        await asyncio.sleep(0.05)
        raise DatabaseUnavailable("gone")

    with pytest.raises(httpx.RemoteProtocolError):
        serving(pieces, get, packed=packed)


@pytest.mark.parametrize("packed", [False, True])
def test_a_client_that_goes_away_cancels_its_query(installation: Installation, packed: bool) -> None:
    database = async_engine(installation.url)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"begun"
        async with reading(database) as connection:
            await connection.execute(text("SELECT pg_sleep(25)"))
        yield b"never"

    async def ask(address: str) -> tuple[int, float]:
        async with httpx.AsyncClient() as client, client.stream("GET", address) as answer:
            arriving = answer.aiter_bytes()
            assert await anext(arriving) == b"begun"
            while not (begun := sleeping(installation.url)):
                await asyncio.sleep(0.05)
        left = time.monotonic()
        while sleeping(installation.url):
            await asyncio.sleep(0.05)
        await database.dispose()
        return begun, time.monotonic() - left

    begun, seconds = serving(pieces, ask, packed=packed)
    assert begun == 1
    assert seconds < 5


def sleeping(url: str) -> int:
    """How many queries are asleep in the database."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(25)'"
    with psycopg.connect(url) as connection:
        row = connection.execute(asked).fetchone()
        return int(row[0]) if row else 0
