"""A burst of a million observations, in which the server is killed twice: nothing is lost, nothing is double."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

import httpx
import numpy as np
import pytest

from altaigis.store import keys
from catalogs import ROOT
from conftest import wait_until_ready
from observing import BARNAUL, HEADER, Observatory

REQUESTS, ROWS = 100, 10_000
#: The server is killed when so many requests have been answered.
KILLED_AFTER = (10, 40)
SENDERS = 3
PATIENCE_SECONDS = 120
FIRST = np.datetime64("2024-01-01T00:00:00")
#: All values are different, and their sum is known.
SUM = sum(range(REQUESTS * ROWS)) / 1000


@contextmanager
def server(url: str, port: int, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    own = {"ALTAIGIS_PROJECT": str(ROOT), "ALTAIGIS_DATABASE_URL": url, "ALTAIGIS_PORT": str(port)}
    with (folder / "output").open("ab") as output:
        command = [sys.executable, "-m", "altaigis", "serve"]
        process = subprocess.Popen(command, env=os.environ | own, stdout=output, stderr=output)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", process)
        yield process
    finally:
        process.kill()
        process.wait()


def body(request: int) -> bytes:
    """Every second a value, some of one second later than others of the next request: packets are shuffled."""
    numbers = np.arange(ROWS) * REQUESTS + request
    times = np.datetime_as_string(FIRST + numbers.astype("timedelta64[s]"))
    rows = [
        f"{BARNAUL},air_pressure_test,{time}Z,{number / 1000},hPa"
        for time, number in zip(times, numbers.tolist(), strict=True)
    ]
    return "\n".join([HEADER, *rows]).encode()


def send(url: str, token: str, request: int, over: Event) -> dict[str, int]:
    """Until there is an answer, as a gauge that keeps what nobody has taken."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    data = body(request)
    while not over.is_set():
        with suppress(httpx.TransportError):
            answer = httpx.post(f"{url}/observations", content=data, headers=headers, timeout=60)
            if answer.status_code == 200:
                return dict(answer.json())
            assert answer.status_code == 503, answer.text
        time.sleep(0.1)
    raise AssertionError("nobody answers any more")


def test_a_burst_of_a_million_rows_through_two_deaths_of_the_server(observatory: Observatory, tmp_path: Path) -> None:
    token = keys.add(observatory.database, "gauge", ("observe",))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    over, url = Event(), f"http://127.0.0.1:{port}"
    with ThreadPoolExecutor(SENDERS) as pool:
        try:
            sent = [pool.submit(send, url, token, request, over) for request in range(REQUESTS)]
            for answered in (*KILLED_AFTER, REQUESTS):
                with server(observatory.url, port, tmp_path) as process:
                    deadline = time.monotonic() + PATIENCE_SECONDS
                    while sum(one.done() for one in sent) < answered:
                        assert time.monotonic() < deadline, (tmp_path / "output").read_text()
                        time.sleep(0.005)
                    os.kill(process.pid, signal.SIGKILL)
        finally:
            over.set()
    told = [one.result() for one in sent]
    assert {answer["received"] for answer in told} == {ROWS}
    # what was taken and not answered for is sent again, and told as unchanged
    assert all(answer["added"] + answer["unchanged"] == ROWS for answer in told)
    ((count, distinct, total),) = observatory.rows(
        "SELECT count(*), count(DISTINCT time), sum(value) FROM altaigis.observations"
    )
    assert (count, distinct) == (REQUESTS * ROWS, REQUESTS * ROWS)
    assert total == pytest.approx(SUM, rel=1e-12)
    for table in ("observations_hourly", "observations_daily"):
        ((count, total),) = observatory.rows(f"SELECT sum(count), sum(sum) FROM altaigis.{table}")
        assert count == REQUESTS * ROWS
        assert total == pytest.approx(SUM, rel=1e-12)
    assert observatory.one("SELECT count FROM altaigis.series") == REQUESTS * ROWS
    assert observatory.one("SELECT sum(added) FROM altaigis.loads WHERE outcome = 'loaded'") == REQUESTS * ROWS
