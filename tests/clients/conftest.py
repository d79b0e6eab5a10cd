"""What the tests of real clients share: a counting proxy before the server, and programs run to their end."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

PROGRAM_SECONDS = 120
Features = Callable[[str], dict[str, dict[str, Any]]]


@dataclass
class Counted:
    """An address that passes everything on to the server and remembers what was asked."""

    url: str
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def counted(server_url: str) -> Iterator[Counted]:
    client = httpx.Client(base_url=server_url)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.paths.append(self.path)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection",)}
            with client.stream("GET", self.path, headers=headers) as answer:
                body = b"".join(answer.iter_raw())
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name not in ("content-length", "server", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The requests are in ``paths``."""

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Counted(f"http://127.0.0.1:{proxy.server_address[1]}")
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    yield found
    proxy.shutdown()
    thread.join()
    proxy.server_close()
    client.close()


@pytest.fixture(scope="session")
def features(server_url: str) -> Features:
    """All features of a collection by id, walked by their next links: what the clients must see too."""

    def walk(layer: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        address: str | None = f"{server_url}/collections/{layer}/items"
        while address:
            document = httpx.get(address).raise_for_status().json()
            found |= {feature["id"]: feature for feature in document["features"]}
            address = next((link["href"] for link in document["links"] if link["rel"] == "next"), None)
        return found

    return walk


def run(*command: str, **environment: str) -> str:
    """What a program prints; it must end well."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PROGRAM_SECONDS, env=os.environ | environment, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def last_json(text: str) -> Any:
    """The JSON of the last line; libraries may have spoken before."""
    return json.loads(text.strip().splitlines()[-1])
