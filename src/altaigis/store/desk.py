"""The desk of a worker: where it takes up jobs, says how they go, and puts down what has become of them.

A worker's session holds a lock that says that it lives: the jobs of one that has gone, however it went, are free as
soon as the database has missed it. What a worker puts down counts only while the job is still in its hands, in the
attempt that it began.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Update, case, func, literal, or_, select, text, update

from altaigis.domain.job import Failure, Order
from altaigis.store.jobs import CHANNEL, forget_old, jobs, order_of
from altaigis.store.pool import failing, session

#: A job that was begun so often, and whose process has gone each time, fails.
MOST_ATTEMPTS = 3
#: A worker that says nothing for so long hangs, though its session lives.
SILENT = timedelta(seconds=60)
#: Class of the advisory locks by which workers say that they live.
_ALIVE = func.hashtext("altaigis worker")
_GONE = text(
    "NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid = (hashtext('altaigis worker')::bigint & 4294967295)::oid AND objid = jobs.worker::oid)"
)


@dataclass(frozen=True)
class Task:
    """A job in the hands of a worker."""

    id: UUID
    attempt: int
    order: Order
    key: str | None


class Desk:
    """One worker's session; made by :func:`desk`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        driver = connection.connection.driver_connection
        assert driver is not None, "a session has just begun"
        self._driver = driver

    def fileno(self) -> int:
        """Of the socket: there is something to read on it when something is told."""
        fd: int = self._driver.fileno()
        return fd

    def heard(self) -> bool:
        """Whether something was told since this was asked last.

        Raises:
            DatabaseUnavailable: the session is over.
        """
        with failing():
            return bool(list(self._driver.notifies(timeout=0)))

    def take(self) -> Task | None:
        """The job that has waited longest, and is in this worker's hands from now on."""
        waiting = (
            select(jobs.c.id)
            .where(jobs.c.status == "accepted")
            .order_by(jobs.c.created, jobs.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        now = func.now()
        begun = {"status": "running", "worker": func.pg_backend_pid(), "attempts": jobs.c.attempts + 1}
        taken = update(jobs).where(jobs.c.id == waiting).values(**begun, started=now, updated=now, progress=0, stage="")
        with failing():
            row = self._connection.execute(taken.returning(jobs)).one_or_none()
        return None if row is None else Task(row.id, row.attempts, order_of(row), row.key)

    def keep(self, task: Task, progress: int, stage: str) -> bool:
        """Say how far the job is, and that its worker lives; False where the job is no longer in its hands."""
        return self._put(task, progress=progress, stage=stage)

    def done(self, task: Task, result: str) -> bool:
        return self._put(task, status="successful", progress=100, result=result, finished=func.now(), worker=None)

    def failed(self, task: Task, failure: Failure) -> bool:
        told = {"failing": failure.kind, "reason": failure.reason}
        return self._put(task, status="failed", finished=func.now(), worker=None, **told)

    def put_back(self, task: Task) -> None:
        """Leave the job to another worker, as if this one had never had it."""
        self._put(task, status="accepted", attempts=task.attempt - 1, worker=None, progress=0, stage="")

    def lost(self, task: Task, reason: str) -> None:
        """The job's process has gone: it waits again, or has failed where that has happened too often."""
        with failing():
            self._connection.execute(_freed(reason).where(*self._in_hand(task)))

    def recover(self) -> int:
        """Let the jobs of workers that have gone wait again; how many they were."""
        gone = jobs.c.status == "running", or_(_GONE, jobs.c.updated < func.now() - SILENT)
        with failing():
            freed = self._connection.execute(_freed("the worker that ran it has gone").where(*gone))
            forget_old(self._connection)
        return freed.rowcount

    def _put(self, task: Task, **values: object) -> bool:
        with failing():
            put = update(jobs).where(*self._in_hand(task)).values(updated=func.now(), **values)
            return bool(self._connection.execute(put).rowcount)

    def _in_hand(self, task: Task) -> tuple[ColumnElement[bool], ...]:
        return jobs.c.id == task.id, jobs.c.status == "running", jobs.c.attempts == task.attempt


def _freed(reason: str) -> Update:
    is_last = jobs.c.attempts >= MOST_ATTEMPTS
    told = f"{reason}; it was begun {MOST_ATTEMPTS} times"
    return update(jobs).values(
        status=case((is_last, "failed"), else_="accepted"),
        failing=case((is_last, "fault")),
        reason=case((is_last, literal(told))),
        finished=case((is_last, func.now())),
        worker=None,
        progress=0,
        stage="",
        updated=func.now(),
    )


@contextmanager
def desk(url: str) -> Iterator[Desk]:
    """A worker's session, while the block runs.

    Raises:
        DatabaseUnavailable: there is none.
    """
    with session(url) as connection:
        with failing():
            connection.execute(select(func.pg_advisory_lock(_ALIVE, func.pg_backend_pid())))
            connection.execute(text(f"LISTEN {CHANNEL}"))
        yield Desk(connection)
