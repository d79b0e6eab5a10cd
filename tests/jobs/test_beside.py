"""The worker beside a server: real analyses in its jobs, and its end with the server, however that comes."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from altaigis.domain.job import ENDED, Job, Order
from altaigis.jobs import beside
from altaigis.jobs.beside import Beside
from altaigis.settings import Settings
from altaigis.store.derivations import read_derived
from altaigis.store.jobs import find_job, order_job
from projects import SQUARES, Project, squares

PATIENCE_SECONDS = 120


def until(true: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < PATIENCE_SECONDS
        time.sleep(0.05)


def test_a_worker_runs_analyses_is_replaced_and_ends(empty_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    empty_project.layer(SQUARES + "tiles: {minzoom: 5, maxzoom: 6}\n")
    places = [(f"s{number}", 84 + number % 3, 52 + number // 3) for number in range(9)]
    empty_project.source("squares.geojson", squares(*((name, w, s, w + 1, s + 1) for name, w, s in places)))
    empty_project.run("squares")
    inputs = {"units": "squares", "variable": {"field": "area_km2"}, "permutations": 99}
    database = empty_project.workspace.database
    jobs: list[Job] = []

    def is_done() -> bool:
        found = find_job(database, jobs[-1].id)
        assert found.status != "failed", found.failure
        return found.status in ENDED

    said: list[str] = []
    settings = Settings(project=empty_project.folder, jobs=1)
    monkeypatch.setattr(beside, "LEAST_SECONDS", 0.0)
    with Beside(settings, empty_project.url, said.append) as worker:
        worker.start()
        first = worker._process
        assert first
        jobs.append(order_job(database, Order("local-moran", "1", inputs, 1), "anna"))
        until(lambda: find_job(database, jobs[-1].id).status == "running")
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        worker.look()
        second = worker._process
        assert second
        assert second.pid != first.pid
        assert "another takes its place" in said[0]
        until(is_done)
        # the end of its pipe, as when the server is killed
        assert second.stdin
        second.stdin.close()
        assert second.wait(PATIENCE_SECONDS) == 0
    done = find_job(database, jobs[-1].id)
    (made,) = read_derived(database).values()
    assert (made.layer.id, made.derivation.key, made.derivation.seed) == (done.result, "anna", 1)
    assert set(made.derivation.inputs) == {"squares"}


def test_no_jobs_no_worker(empty_project: Project) -> None:
    with Beside(Settings(project=empty_project.folder, jobs=0), empty_project.url, print) as worker:
        worker.start()
        worker.look()
        assert worker._process is None
