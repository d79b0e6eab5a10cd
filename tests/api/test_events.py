"""GET /events: what is measured reaches all who listen, and who was away hears what has been missed."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
from fastapi.testclient import TestClient

from altaigis.api.protocol import Protocol
from altaigis.app import create_app
from altaigis.domain.news import Selection
from altaigis.services import news as service
from altaigis.services.news import Listener, NewsService
from altaigis.settings import Settings
from altaigis.store.observations import news as store
from catalogs import project_catalog
from observing import BARNAUL, ROOT, Observatory, csv, temperature

OTHER = "WMO-29937"
PATIENCE = 20.0


@dataclass
class Serving:
    """The application on a port of its own, and the server that runs it."""

    url: str
    server: uvicorn.Server
    thread: threading.Thread

    @contextmanager
    def listening(self, query: str = "", after: str | None = None) -> Iterator["Heard"]:
        """Somebody who listens to ``/events`` and remembers all that comes."""
        headers = {"Accept": "text/event-stream"} | ({} if after is None else {"Last-Event-ID": after})
        with httpx.Client(timeout=PATIENCE) as client:
            request = client.build_request("GET", f"{self.url}/events{query}", headers=headers)
            answer = client.send(request, stream=True)
            assert answer.status_code == 200
            heard = Heard(answer)
            reading = threading.Thread(target=heard.read)
            reading.start()
            until(lambda: heard.events or heard.last)
            try:
                yield heard
            finally:
                heard.is_leaving = True
                if not heard.has_ended:
                    answer.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
                reading.join(PATIENCE)
                answer.close()


@dataclass
class Heard:
    """What a listener gets."""

    answer: httpx.Response
    #: name and data of each event
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    last: str | None = None
    is_leaving: bool = False
    has_ended: bool = False

    def read(self) -> None:
        name = "message"
        try:
            for line in self.answer.iter_lines():
                kind, _, told = line.partition(": ")
                if kind == "event":
                    name = told
                elif kind == "id":
                    self.last = told
                elif kind == "data":
                    self.events.append((name, json.loads(told)))
            self.has_ended = True
        except httpx.TransportError:
            if not self.is_leaving:
                raise

    @property
    def values(self) -> list[tuple[str, float]]:
        """Station and value of all that has been told, in its order."""
        return [(value["station"], value["value"]) for _, data in self.events for value in data.get("values", ())]


def until(true: Callable[[], object]) -> None:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < PATIENCE
        time.sleep(0.005)


@pytest.fixture
def serving(observatory: Observatory) -> Iterator[Serving]:
    app = create_app(Settings(project=Path(ROOT), database_url=observatory.url), project_catalog(), observatory.url)
    config = uvicorn.Config(app, port=0, http=Protocol, log_level="critical", timeout_graceful_shutdown=10)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Serving(f"http://127.0.0.1:{port}", server, thread)
    server.should_exit = True
    thread.join(PATIENCE)


def hour(n: int, value: float, station: str = BARNAUL) -> str:
    return temperature(f"2020-01-01T{n:02}:00:00Z", value, station=station)


def test_all_hear_what_they_ask_for_and_nobody_misses_what_came_meanwhile(
    serving: Serving, observatory: Observatory
) -> None:
    with (
        serving.listening() as all_of_it,
        serving.listening(f"?station={OTHER}&parameter=air_temperature") as one,
        serving.listening("?bbox=0,0,1,1") as nowhere,
    ):
        first = observatory.load(csv(hour(0, -17.6)))
        until(lambda: len(all_of_it.events) == 1)
        name, data = all_of_it.events[0]
        assert name == "observations"
        assert data == {
            "load": first.load,
            "values": [
                {
                    "station": BARNAUL, "parameter": "air_temperature", "time": "2020-01-01T00:00:00Z", "value": -17.6,
                    "unit": "°C", "flag": "unchecked", "synthetic": False,
                }
            ],
        }  # fmt: skip
        observatory.load(csv(hour(0, -17.5), hour(0, 3, OTHER)), source="synthetic: test")
        observatory.load(csv(hour(0, -17.6)))  # nothing new
        until(lambda: len(all_of_it.values) == 3 and one.values)
        assert one.values == [(OTHER, 3.0)]
        assert [value["synthetic"] for value in all_of_it.events[1][1]["values"]] == [True, True]
        assert not nowhere.events
        place = all_of_it.last
    observatory.load(csv(hour(1, 1)))
    observatory.load(csv(hour(1, 2), hour(2, 2)))
    with serving.listening(after=place) as again, serving.listening(f"?station={OTHER}", after=place) as other:
        observatory.load(csv(hour(3, 4)))
        until(lambda: len(again.values) == 3)
        assert again.values == [(BARNAUL, 2.0), (BARNAUL, 2.0), (BARNAUL, 4.0)]
        assert not other.events
    with serving.listening(after="987654321") as lost:
        until(lambda: lost.events)
        assert lost.events[0][0] == "reload"


def test_the_database_is_away_for_a_while(serving: Serving, observatory: Observatory) -> None:
    with serving.listening() as heard:
        observatory.load(csv(hour(0, 1)))
        until(lambda: heard.values)
        with psycopg.connect(observatory.url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        observatory.database.dispose()
        observatory.load(csv(hour(1, 2)))  # nobody listens at this moment
        until(lambda: len(heard.values) == 2)
        observatory.load(csv(hour(2, 3)))
        until(lambda: len(heard.values) == 3)
        assert [value for _, value in heard.values] == [1, 2, 3]


def test_too_much_is_told_in_a_summary(
    serving: Serving, observatory: Observatory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_VALUES", 3)
    with serving.listening(f"?station={OTHER}") as heard:
        receipt = observatory.load(csv(*[hour(n, n, station) for n in range(4) for station in (BARNAUL, OTHER)]))
        until(lambda: heard.events)
        assert heard.events == [
            (
                "summary",
                {
                    "load": receipt.load,
                    "count": 8,
                    "partial": False,
                    "series": [
                        {
                            "station": OTHER, "parameter": "air_temperature", "first": "2020-01-01T00:00:00Z",
                            "last": "2020-01-01T03:00:00Z", "synthetic": False,
                        }
                    ],
                },
            )
        ]  # fmt: skip


def test_the_end_of_the_server_ends_all_streams_at_once(serving: Serving) -> None:
    with serving.listening() as heard:
        begun = time.monotonic()
        serving.server.should_exit = True
        serving.thread.join(PATIENCE)
        assert time.monotonic() - begun < 5, "it does not wait for its grace to end"
        until(lambda: heard.has_ended)


def test_head_and_what_is_refused(client: TestClient) -> None:
    head = client.head("/events", headers={"Origin": "https://elsewhere.example"})
    assert head.status_code == 200
    assert head.headers["content-type"].startswith("text/event-stream")
    assert head.headers["x-accel-buffering"] == "no"
    assert head.headers["access-control-allow-origin"] == "*"
    for query in ("station=nowhere", "station=", "parameter=a,,b", "bbox=1,2,3", "stations=x"):
        answer = client.get(f"/events?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameterValue"), query
    assert client.get("/events", headers={"Accept": "text/csv"}).status_code == 406


def test_who_reads_slowly_is_told_to_load_anew_and_costs_no_memory() -> None:
    async def watch() -> None:
        slow = Listener(Selection())
        for _ in range(1000):
            slow.put(b"x" * (service.MOST_WAITING // 10))
        assert await slow.next() == b""
        slow.put(b"later")
        slow.close()
        assert [await slow.next(), await slow.next()] == [b"later", None]

    asyncio.run(watch())


def test_one_listener_too_many_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def watch() -> None:
        news = NewsService(None, lambda *_: b"", lambda _: b"")  # type: ignore[arg-type]
        first = await news.join(Selection(), None)
        with pytest.raises(Exception, match="1 listen already"):
            await news.join(Selection(), None)
        news.leave(first)
        await news.join(Selection(), None)

    monkeypatch.setattr(service, "MOST_LISTENERS", 1)
    monkeypatch.setattr(service, "MOST_READY_SECONDS", 0.0)
    asyncio.run(watch())


def test_who_comes_as_the_server_begins_waits_for_it_to_know_what_has_been_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def newest(*_: object) -> list[int]:
        return [7]

    async def watch() -> None:
        news = NewsService(None, lambda *_: b"", lambda _: b"")  # type: ignore[arg-type]
        joining = asyncio.create_task(news.join(Selection(), None))
        await asyncio.sleep(0)
        assert not joining.done()
        following = asyncio.create_task(news.follow())
        news.hear([])
        listener = await joining
        assert news.last == 7
        assert listener.is_idle, "there is nothing to load anew"
        following.cancel()

    monkeypatch.setattr(service, "newest_loads", newest)
    asyncio.run(watch())


def test_who_is_told_of_something_while_the_server_ends_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> list[int]:
        return []

    async def watch() -> None:
        for turns in range(12):
            news = NewsService(None, lambda *_: b"", lambda _: b"")  # type: ignore[arg-type]
            following = asyncio.create_task(news.follow())
            for _ in range(turns % 4):
                await asyncio.sleep(0)
            news.hear([])
            for _ in range(turns // 4):
                await asyncio.sleep(0)
            following.cancel()
            _, still_there = await asyncio.wait([following], timeout=1)
            assert not still_there

    for name in ("newest_loads", "loads_since"):
        monkeypatch.setattr(service, name, nothing)
    asyncio.run(watch())
