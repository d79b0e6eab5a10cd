"""A server of the tests' own on loopback, which answers as a test tells it to, well or badly."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

#: Answers one request, by writing to the handler.
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Asked:
    """A request as it came. Headers have small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}


@dataclass
class Server:
    """Answers each request by the next of its answers, and goes on with the last."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def will(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked.clear()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.asked.append(Asked(handler.command, handler.path, headers, body))
        now = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        # a client that has had enough closes the connection
        with suppress(ConnectionError):
            now(handler)


@contextmanager
def serving() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.answer(self)

        def do_POST(self) -> None:
            server.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    listener.block_on_close = False
    server = Server(f"http://127.0.0.1:{listener.server_port}")
    thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def send(body: bytes | str, status: int = 200, **headers: str) -> Answer:
    """The whole of an answer; ``content_type=…`` is the header Content-Type."""
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, status, {"Content-Length": str(len(data))} | _named(headers))
        handler.wfile.write(data)

    return answer


def cut(body: bytes | str, after: int, **headers: str) -> Answer:
    """An answer that promises all of the body and breaks off after some bytes."""
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, 200, {"Content-Length": str(len(data))} | _named(headers))
        handler.wfile.write(data[:after])
        handler.close_connection = True

    return answer


def rest(body: bytes | str, *, breaks: int | None = None, **headers: str) -> Answer:
    """A server that knows ranges: what has been asked for, or only so many bytes of it."""
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range")
        if asked is None or handler.headers.get("If-Range") not in headers.values():
            status, start, told = 200, 0, {}
        else:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            status, told = 206, {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
            if start >= len(data):
                status, told = 416, {"Content-Range": f"bytes */{len(data)}"}
        _begin(handler, status, {"Content-Length": str(len(data[start:]))} | told | _named(headers))
        handler.wfile.write(data[start : None if breaks is None else start + breaks])
        handler.close_connection = breaks is not None

    return answer


def trickle(chunk: bytes, pause: float, *, headers_first: bool = True) -> Answer:
    """An answer without an end, so many bytes at a time; or one whose headers have no end."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        if headers_first:
            _begin(handler, 200, {"Content-Type": "text/csv"})
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Endless: ")
        while True:
            handler.wfile.write(chunk)
            time.sleep(pause)

    return answer


def redirect(to: str) -> Answer:
    return send(b"", 302, location=to)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-").title(): value for name, value in headers.items()}


def _begin(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server
