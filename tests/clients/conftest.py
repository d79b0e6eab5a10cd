"""What the tests of real clients share: a counting proxy before the server, and programs run to their end."""

import csv
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import uvicorn

from altaigis.app import create_app
from altaigis.settings import Settings
from projects import Project, head

PROGRAM_SECONDS = 120
Features = Callable[[str], dict[str, dict[str, Any]]]


@dataclass
class Counted:
    """An address that passes everything on to the server and remembers what was asked."""

    url: str
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def counted(server_url: str) -> Iterator[Counted]:
    with counting(server_url) as found:
        yield found


@contextmanager
def counting(server_url: str) -> Iterator[Counted]:
    """A proxy before a server."""
    client = httpx.Client(base_url=server_url, headers={"Accept-Encoding": "identity"})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.paths.append(self.path)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection",)}
            with client.stream("GET", self.path, headers=headers) as answer:
                body = b"".join(answer.iter_raw())
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name not in ("content-length", "transfer-encoding", "server", "date"):
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


#: More features than a page of WFS has.
CROWD = 10_500
CROWD_LAYER = (
    head("crowd", "crowd.csv", "crs: EPSG:4326", "geometry: {x: lon, y: lat}")
    + """\
  number: {role: id, type: integer}
  name_ru: {role: title, type: text, title: {ru: Название, en: Name}}
  day: {type: date}
  moment: {type: datetime}
  flag: {type: boolean}
  share: {type: number}
  geom: {role: geometry, type: Point}
"""
)


def in_the_crowd(number: int) -> dict[str, Any]:
    """A synthetic feature; one in a hundred has nothing but its id and its place."""
    row = {"number": number, "lon": 78 + number % 100 / 10, "lat": 50 + number // 100 / 25}
    if number % 100 == 7:
        return row
    day = f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}"
    return row | {
        "name_ru": f"Пункт № {number} <&>",
        "day": day,
        "moment": f"{day}T12:30:00Z",
        "flag": str(number % 2 == 0).lower(),
        "share": number / 8,
    }


@pytest.fixture(scope="session")
def crowd_url(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with more features than fit on one page, and values of every type; synthetic."""
    project = Project(tmp_path_factory.mktemp("crowd") / "project", new_database())
    project.layer(CROWD_LAYER)
    rows = [in_the_crowd(number) for number in range(CROWD)]
    with (project.raw / "crowd.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    project.run("crowd")
    project.workspace.database.dispose()
    with listening(project) as url:
        yield url


@contextmanager
def listening(project: Project) -> Iterator[str]:
    """A server of a project's layers, and its address."""
    settings = Settings(project=project.folder, database_url=project.url)
    app = create_app(settings, project.catalog, project.url)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended"
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()
