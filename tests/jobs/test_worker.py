"""Jobs come to their end, whatever becomes of those who run them: limits, deaths, dismissals, restarts."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import psycopg
import pytest
from sqlalchemy import Engine

from altaigis.domain.job import ENDED, Job, Order, Wanted
from altaigis.errors import Busy, JobNotFound
from altaigis.jobs.limits import Limits
from altaigis.jobs.worker import Worker, warm_up
from altaigis.store import jobs as ledger
from altaigis.store.desk import MOST_ATTEMPTS, desk
from altaigis.store.jobs import MOST_WAITING, dismiss_job, find_job, list_jobs, order_job
from altaigis.store.pool import engine
from jobs.toys import toy

PATIENCE_SECONDS = 30
LIMITS = Limits(seconds=60, memory_mb=400)


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str]) -> str:
    warm_up(["altaigis.jobs.child", "numpy"])
    return new_database()


@pytest.fixture
def database(url: str) -> Iterator[Engine]:
    found = engine(url)
    yield found
    with found.begin() as connection:
        connection.execute(ledger.jobs.delete())
    found.dispose()


@contextmanager
def working(url: str, limits: Limits = LIMITS, at_once: int = 1) -> Iterator[Worker]:
    worker = Worker(url, toy, limits, at_once)
    thread = Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()


def order(database: Engine, do: str, key: str = "anna") -> Job:
    return order_job(database, Order("toy", "1", {"do": do}), key)


def until(database: Engine, job: Job, true: Callable[[Job], bool]) -> Job:
    begun = time.monotonic()
    while not true(found := find_job(database, job.id)):
        assert time.monotonic() - begun < PATIENCE_SECONDS, found
        time.sleep(0.02)
    return found


def ended(database: Engine, job: Job) -> Job:
    return until(database, job, lambda found: found.status in ENDED)


def test_what_becomes_of_jobs(url: str, database: Engine) -> None:
    ordered = {do: order(database, do) for do in ("well", "refuse", "break", "die once", "die", "swallow")}
    with working(url, at_once=2):
        found = {do: ended(database, job) for do, job in ordered.items()}
        later = ended(database, order(database, "later"))
    assert {do: job.status for do, job in found.items() if job.status == "successful"}.keys() == {"well", "die once"}
    well = found["well"]
    assert (well.result, well.progress, well.attempts, well.failure) == ("result_well", 100, 1, None)
    assert well.created <= (well.started or well.created) <= (well.finished or well.created)
    assert found["die once"].attempts == 2
    assert later.result == "result_later"
    told = {do: job.failure for do, job in found.items() if job.failure}
    assert told["refuse"].kind == "refused"
    assert told["refuse"].reason == "all values are the same: choose another indicator"
    assert (told["break"].kind, told["swallow"].kind, told["die"].kind) == ("fault", "limit", "fault")
    assert "ZeroDivisionError" in told["break"].reason
    assert "ALTAIGIS_JOB_MEMORY_MB" in told["swallow"].reason
    assert f"begun {MOST_ATTEMPTS} times" in told["die"].reason


@pytest.mark.parametrize(
    ("do", "limits", "variable"),
    [
        ("sleep", Limits(seconds=1, memory_mb=400), "ALTAIGIS_JOB_SECONDS"),
        ("eat", Limits(seconds=60, memory_mb=400), "ALTAIGIS_JOB_MEMORY_MB"),
    ],
)
def test_a_job_that_passes_a_limit_is_ended_and_says_which(
    url: str, database: Engine, do: str, limits: Limits, variable: str
) -> None:
    with working(url, limits):
        job = ended(database, order(database, do))
    assert job.status == "failed"
    assert job.failure
    assert job.failure.kind == "limit"
    assert variable in job.failure.reason


def test_dismissing_ends_what_runs_and_what_waits(url: str, database: Engine) -> None:
    running, waiting = order(database, "sleep"), order(database, "sleep")
    with working(url):
        until(database, running, lambda job: job.stage == "begins")
        assert find_job(database, running.id).progress == 25
        assert dismiss_job(database, waiting.id).status == "dismissed"
        assert dismiss_job(database, running.id).status == "dismissed"
        assert ended(database, order(database, "next")).status == "successful", "the worker is free again"
    assert find_job(database, running.id).status == "dismissed"
    assert dismiss_job(database, running.id).status == "dismissed"
    with pytest.raises(JobNotFound):
        find_job(database, running.id)


def test_a_worker_that_stops_leaves_its_job_to_the_next(url: str, database: Engine) -> None:
    job = order(database, "sleep")
    with working(url):
        until(database, job, lambda found: found.stage == "begins")
    left = find_job(database, job.id)
    assert (left.status, left.attempts, left.progress) == ("accepted", 0, 0), "it has not been its fault"


def test_the_job_of_a_worker_that_has_gone_is_begun_again(url: str, database: Engine) -> None:
    job = order(database, "wait")
    with working(url):
        until(database, job, lambda found: found.stage == "begins")
        # as if the worker were killed: its session is over
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(worker) FROM altaigis.jobs WHERE status = 'running' AND id = %s", [job.id]
            )
        again = ended(database, job)
    assert (again.status, again.attempts) == ("successful", 2)


def test_what_a_former_hand_puts_down_counts_no_more(url: str, database: Engine) -> None:
    job = order(database, "well")
    with desk(url) as first:
        task = first.take()
        assert task
        with desk(url) as second:
            assert second.take() is None
            assert second.recover() == 0, "the first one lives"
            with database.begin() as connection:
                connection.exec_driver_sql("UPDATE altaigis.jobs SET updated = now() - interval '1 hour'")
            assert second.recover() == 1, "but it hangs"
            assert not first.keep(task, 50, "half")
            later = second.take()
            assert later
            assert not first.done(task, "result_old")
            assert second.done(later, "result_new")
    assert find_job(database, job.id).result == "result_new"


def test_a_queue_of_one_key_is_bounded(database: Engine) -> None:
    for _ in range(MOST_WAITING):
        order(database, "sleep")
    with pytest.raises(Busy, match="wait for their turn"):
        order(database, "sleep")
    other = order(database, "sleep", key="boris")
    newest, count = list_jobs(database, Wanted(statuses=("accepted",), processes=("toy",)), limit=2)
    assert (newest[0].id, len(newest), count) == (other.id, 2, MOST_WAITING + 1)
    assert list_jobs(database, Wanted(statuses=("failed",)), limit=2) == ([], 0)
