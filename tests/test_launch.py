"""Starting and stopping: ``altaigis up`` from an empty folder to the map, and again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from altaigis import launch
from altaigis.errors import SettingsError
from altaigis.launch import address, up
from altaigis.layerfiles import read_catalog
from altaigis.settings import Settings
from altaigis.store.cluster import Cluster
from conftest import ROOT, make_project, wait_until_ready

LOAD_SECONDS = 120


class Up:
    """``altaigis up`` in a process of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        environment = os.environ | {
            "ALTAIGIS_PROJECT": str(folder / "project"),
            "ALTAIGIS_HOME": str(folder / "home"),
            "ALTAIGIS_PORT": str(self.port),
            **settings,
        }
        self.output = folder / "output"
        with self.output.open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "altaigis", "up"], env=environment, stdout=output, stderr=output
            )

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait(self) -> float:
        """Seconds until it answers."""
        started = time.monotonic()
        while "The map is at" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() - started < LOAD_SECONDS, self.said
            time.sleep(0.05)
        wait_until_ready(self.url, self.process)  # type: ignore[arg-type]
        return time.monotonic() - started

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


def make_small_project(project: Path) -> None:
    """One layer, which is loaded at once."""
    for name in ("layers/limits.yaml", "data/raw/limits.csv"):
        (project / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / name, project / name)


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="altaigis-", dir="/var/tmp"))
    made.chmod(0o711)
    yield made
    Cluster(made / "home").stop()
    shutil.rmtree(made)


def test_up_from_nothing_and_again(folder: Path) -> None:
    make_project(folder / "project")
    cluster = Cluster(folder / "home")

    first = Up(folder)
    first.wait()
    assert first.url in first.said
    assert "districts" in first.said
    assert "69 of 69" in first.said
    assert httpx.get(f"{first.url}/readyz").status_code == 200
    items = httpx.get(f"{first.url}/collections/districts/items", params={"limit": 1, "f": "json"}).json()
    assert items["numberMatched"] == 69
    assert cluster.status().state == "running"
    assert first.end() in (0, 128 + signal.SIGTERM, -signal.SIGTERM)
    assert "Traceback" not in first.said
    assert cluster.status().state == "stopped", "the database that it has started ends with it"

    second = Up(folder)
    seconds = second.wait()
    assert "==> Layers" not in second.said, "nothing has changed, so nothing is loaded"
    assert seconds < 15
    assert httpx.get(f"{second.url}/readyz").status_code == 200
    second.end(signal.SIGINT)
    assert "Traceback" not in second.said
    assert cluster.status().state == "stopped"

    # what a killed server has left behind is the next one's, and ends with it
    third = Up(folder)
    third.wait()
    third.end(signal.SIGKILL)
    assert cluster.status().state == "running"
    fourth = Up(folder)
    fourth.wait()
    fourth.end()
    assert cluster.status().state == "stopped"

    # a database that somebody has started in so many words is left to them
    cluster.start()
    cluster.keep()
    fifth = Up(folder)
    fifth.wait()
    fifth.end()
    assert cluster.status().state == "running"
    assert cluster.stop()
    assert not (cluster.home / "kept").exists()


def test_the_last_of_two_servers_stops_the_database(folder: Path) -> None:
    make_small_project(folder / "project")
    first = Up(folder)
    first.wait()
    second = Up(folder)
    second.wait()
    first.end()
    assert httpx.get(f"{second.url}/readyz").status_code == 200
    second.end()
    assert Cluster(folder / "home").status().state == "stopped"


def test_up_serves_what_can_be_loaded(folder: Path) -> None:
    make_small_project(folder / "project")
    shutil.copy(ROOT / "layers" / "rivers.yaml", folder / "project" / "layers")
    running = Up(folder)
    running.wait()
    assert "rivers_wdbii.geojson is missing" in running.said
    assert "Not everything could be loaded" in running.said
    assert httpx.get(f"{running.url}/collections/limits/items?f=json&limit=1").json()["numberMatched"] == 138
    answer = httpx.get(f"{running.url}/collections/rivers/items?f=json")
    assert answer.status_code == 503
    assert "rivers" in answer.json()["description"]
    running.end()
    assert "Traceback" not in running.said


def test_sigterm_while_it_loads_stops_the_database_too(folder: Path) -> None:
    make_project(folder / "project")
    running = Up(folder)
    started = time.monotonic()
    while "==> Layers" not in running.said:
        assert time.monotonic() - started < LOAD_SECONDS
        time.sleep(0.02)
    running.end()
    assert Cluster(folder / "home").status().state == "stopped"
    assert "Traceback" not in running.said


def test_a_busy_port_is_found_before_any_work(folder: Path, tmp_path: Path) -> None:
    project = make_project(folder / "project")
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = Settings(project=project, home=folder / "home", port=other.getsockname()[1])
        said: list[str] = []
        with pytest.raises(SettingsError, match="ALTAIGIS_PORT"):
            up(settings, read_catalog(settings.layers_dir), said.append)
    assert said == []
    assert not (folder / "home").exists()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"host": "0.0.0.0", "port": 80}, "http://127.0.0.1:80"),
        ({"host": "::"}, "http://[::1]:8000"),
        ({"host": "gis.example.org"}, "http://gis.example.org:8000"),
        ({"host": "::1"}, "http://[::1]:8000"),
        ({"public_url": "https://gis.example.org/map/"}, "https://gis.example.org/map"),
    ],
)
def test_the_address_that_is_said(values: dict[str, object], expected: str) -> None:
    assert address(Settings(**values)) == expected  # type: ignore[arg-type]


def test_the_load_gets_the_folders_of_raw_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def run(_: list[str], env: dict[str, str], **__: object) -> subprocess.CompletedProcess[str]:
        told.extend((env["ALTAIGIS_DATA"], env["ALTAIGIS_DATABASE_URL"]))
        return subprocess.CompletedProcess([], 0)

    monkeypatch.setattr(launch.subprocess, "run", run)
    launch._load(Settings(project=tmp_path, data=(tmp_path, tmp_path.parent)), "postgresql://gis@db/gis", print)
    assert told == [f"{tmp_path}:{tmp_path.parent}", "postgresql://gis@db/gis"]
