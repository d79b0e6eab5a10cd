"""A server that is killed in the middle of a POST of many rows: nothing is there, and sent again it is there once."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import numpy as np
import pytest

from altaigis.store import keys
from altaigis.store.pool import engine
from conftest import wait_until_ready
from observing import BARNAUL, ROOT, Observatory, csv, temperature

ROWS = 30_000
PATIENCE_SECONDS = 60


@contextmanager
def serving(observatory: Observatory) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """``altaigis serve`` on the database."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    own = {
        "ALTAIGIS_PROJECT": str(ROOT), "ALTAIGIS_DATABASE_URL": observatory.url, "ALTAIGIS_PORT": str(port),
        "ALTAIGIS_JOBS": "0",
    }  # fmt: skip
    server = subprocess.Popen([sys.executable, "-m", "altaigis", "serve"], env=os.environ | own)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}/observations", server
    finally:
        server.kill()
        server.wait(PATIENCE_SECONDS)


def until(observatory: Observatory, query: str, wanted: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while observatory.one(query) != wanted:
        assert time.monotonic() < deadline, query
        time.sleep(0.02)


def test_a_server_is_killed_in_the_middle_of_a_post(observatory: Observatory) -> None:
    moments = np.datetime_as_string(np.datetime64("2019-12-01T00:00") + np.arange(ROWS) * np.timedelta64(5, "m"))
    body = csv(*(temperature(f"{moment}Z", 1.5) for moment in moments)).encode()
    token = keys.add(observatory.database, "gauge", ("observe",))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    observatory.load(csv(temperature("2019-11-30T00:00:00Z", 7)))
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    second = engine(observatory.url)
    # what a load comes by early, in the middle and late: who holds it stops the load there
    for table in ("parameters", "observations_hourly", "observations_daily"):
        with serving(observatory) as (url, server), ThreadPoolExecutor(1) as pool, second.begin() as holder:
            holder.exec_driver_sql(f"LOCK TABLE altaigis.{table} IN EXCLUSIVE MODE")
            answer = pool.submit(httpx.post, url, content=body, headers=headers, timeout=PATIENCE_SECONDS)
            until(observatory, f"SELECT count(*) {others} AND wait_event_type = 'Lock'", 1)
            server.send_signal(signal.SIGKILL)
            with pytest.raises(httpx.TransportError):
                answer.result(PATIENCE_SECONDS)
        until(observatory, f"SELECT count(*) {others} AND backend_xid IS NOT NULL", 0)
        assert observatory.rows("SELECT value FROM altaigis.observations") == [(7,)], table
        assert observatory.one("SELECT sum(count) FROM altaigis.observations_daily") == 1
        assert observatory.one("SELECT count(*) FROM altaigis.loads") == 1
    second.dispose()
    with serving(observatory) as (url, _):
        first, again = (httpx.post(url, content=body, headers=headers, timeout=PATIENCE_SECONDS).json() for _ in "ab")
    assert (first["added"], again["added"], again["unchanged"]) == (ROWS, 0, ROWS)
    for told in ("count(*) FROM altaigis.observations", "sum(count) FROM altaigis.observations_daily"):
        assert observatory.one(f"SELECT {told}") == ROWS + 1
    assert observatory.one(f"SELECT count(*) FROM altaigis.series WHERE station = '{BARNAUL}'") == 1
