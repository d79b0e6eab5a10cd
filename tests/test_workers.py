"""Several workers at one address: what one does the others see, one that dies is replaced, and all end together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from altaigis.domain.tile import TileCoord
from altaigis.launch import SILENT_WORKER_SECONDS
from altaigis.store import keys
from conftest import wait_until_ready
from projects import CSV, POINTS, Project

PATIENCE_SECONDS = 60
SEEN_SECONDS = 1.0
COORD = TileCoord.at(85.85, 51.9, 10)
TILE = f"/tiles/sites/{COORD.z}/{COORD.x}/{COORD.y}.mvt"


def until(true: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> float:
    """Seconds until it is so."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds
        time.sleep(0.02)
    return time.monotonic() - begun


def is_alive(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def command_of(pid: str) -> bytes:
    """Nothing for a process that has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


class Workers:
    """``altaigis serve --workers 2``."""

    def __init__(self, project: Project) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        own = {
            "ALTAIGIS_PROJECT": str(project.folder),
            "ALTAIGIS_DATABASE_URL": project.url,
            "ALTAIGIS_PORT": str(port),
        }
        command = [sys.executable, "-u", "-m", "altaigis", "serve", "--workers", "2"]
        self.output = project.folder / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(command, env=os.environ | own, stdout=output, stderr=output)
        until(lambda: "2 workers" in self.output.read_text() or self.process.poll() is not None)
        wait_until_ready(self.url, self.process)

    @property
    def pids(self) -> list[int]:
        """Of the workers, not of what multiprocessing runs beside them."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sorted(int(pid) for pid in told if b"spawn_main" in command_of(pid))

    def replaced(self, lost: int) -> bool:
        """Whether two workers run, none of which is the lost one: of one reading, for they come and go."""
        pids = self.pids
        return len(pids) == 2 and lost not in pids

    def client_of(self, pid: int) -> httpx.Client:
        """A client whose connection is the worker's: the others are stopped while it is made."""
        others = [other for other in self.pids if other != pid]
        client = httpx.Client(base_url=self.url, timeout=10)
        for other in others:
            os.kill(other, signal.SIGSTOP)
        try:
            assert client.get("/healthz").status_code == 200
        finally:
            for other in others:
                os.kill(other, signal.SIGCONT)
        return client


@pytest.fixture(scope="module")
def project(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = Project(tmp_path_factory.mktemp("workers"), new_database())
    made.layer(POINTS + "editable: true\ntiles: {minzoom: 10, maxzoom: 10}\n")
    made.source("sites.csv", CSV)
    made.run()
    yield made
    made.workspace.database.dispose()


@contextmanager
def running(project: Project) -> Iterator[Workers]:
    made = Workers(project)
    pids = made.pids
    try:
        yield made
    finally:
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended, and its workers are the first ones
            pids = made.pids
        made.process.kill()
        made.process.wait(timeout=PATIENCE_SECONDS)
        until(lambda: not any(map(is_alive, pids)))


@pytest.fixture(scope="module")
def workers(project: Project) -> Iterator[Workers]:
    """For the tests that leave two of them behind."""
    with running(project) as made:
        yield made


@pytest.fixture
def own_workers(project: Project) -> Iterator[Workers]:
    """For a test that ends them."""
    with running(project) as made:
        yield made


def test_what_one_worker_does_the_other_sees_within_a_second(project: Project, workers: Workers) -> None:
    token = keys.add(project.workspace.database, "anna", ("edit:sites",))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/merge-patch+json"}
    first, second = map(workers.client_of, workers.pids)
    with closing(first), closing(second):
        for visitors in range(100, 105):
            # both have the tile in memory
            former = [client.get(TILE).headers["etag"] for client in (first, second)]
            assert len(set(former)) == 1
            change = json.dumps({"properties": {"visitors": visitors}})
            answer = first.patch("/collections/sites/items/a", content=change, headers=headers)
            assert answer.is_success, answer.text
            assert first.get(TILE).headers["etag"] != former[0], "whoever edits sees it at once"
            assert until(lambda: second.get(TILE).headers["etag"] != former[1]) < SEEN_SECONDS  # noqa: B023
        project.source("sites.csv", "site_id,name_ru,visitors,lon,lat\nd,Чемал,1,85.86,51.91\n")
        project.run()
        assert until(lambda: second.get("/collections/sites/items/d").status_code == 200) < SEEN_SECONDS


def test_a_worker_that_is_killed_is_started_again(workers: Workers) -> None:
    lost, kept = workers.pids
    os.kill(lost, signal.SIGKILL)
    until(lambda: workers.replaced(lost))
    pids = workers.pids
    assert kept in pids
    (new,) = set(pids) - {kept}
    with closing(workers.client_of(new)) as client:
        assert client.get(TILE).status_code == 200
    until(lambda: f"Worker {lost} has ended; worker {new} takes its place" in workers.output.read_text())


def test_a_worker_that_dies_while_it_is_asked_how_it_is_is_missed_soon(workers: Workers) -> None:
    lost, _ = workers.pids
    os.kill(lost, signal.SIGSTOP)
    time.sleep(2)  # by now it has been asked, and cannot answer
    os.kill(lost, signal.SIGKILL)
    assert until(lambda: workers.replaced(lost)) < SILENT_WORKER_SECONDS / 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_end_of_the_first_process_is_the_end_of_all(own_workers: Workers, number: signal.Signals) -> None:
    workers = own_workers
    pids = workers.pids
    assert len(pids) == 2
    workers.process.send_signal(number)
    code = workers.process.wait(timeout=PATIENCE_SECONDS)
    assert code == (-signal.SIGKILL if number is signal.SIGKILL else 0)
    until(lambda: not any(map(is_alive, pids)))
    assert "Traceback" not in workers.output.read_text()
