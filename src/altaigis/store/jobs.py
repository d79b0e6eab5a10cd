"""The ledger of jobs: ordered, listed, looked at and dismissed; what works on them is in ``desk``."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Integer,
    Row,
    Table,
    Text,
    Uuid,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from altaigis.domain.job import ENDED, Failure, Job, Order, Wanted
from altaigis.errors import Busy, JobNotFound
from altaigis.store.pool import transaction
from altaigis.store.schema import own

jobs = Table(
    "jobs",
    own,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("process", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("inputs", JSONB, nullable=False),
    Column("seed", BigInteger),
    Column("digest", Text, nullable=False, index=True),
    Column("key", Text),
    Column("status", Text, nullable=False, server_default="accepted"),
    Column("progress", Integer, nullable=False, server_default="0"),
    Column("stage", Text, nullable=False, server_default=""),
    Column("created", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("started", DateTime(timezone=True)),
    Column("finished", DateTime(timezone=True)),
    Column("updated", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("result", Text),
    Column("failing", Text),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # the session of the worker that has it, by the process that serves it
    Column("worker", Integer),
)
#: Workers listen here: something is to be done, or no longer.
CHANNEL = "altaigis_jobs"
#: Jobs of one key that may wait.
MOST_WAITING = 20
#: What has ended is told of for so long.
REMEMBERED = timedelta(days=30)


def order_job(database: Engine, order: Order, key: str | None) -> Job:
    """A new job that waits for a worker.

    Raises:
        Busy: too many of this key wait already.
        DatabaseUnavailable: the database does not answer.
    """
    with transaction(database) as connection:
        # one at a time of each key: two that count at once would both find room
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"altaigis jobs of {key or ''}"))))
        waiting = select(func.count()).where(jobs.c.status == "accepted", jobs.c.key.is_not_distinct_from(key))
        if connection.execute(waiting).scalar_one() >= MOST_WAITING:
            raise Busy(f"{MOST_WAITING} jobs of this key wait for their turn already; order more when some are done")
        made = connection.execute(insert(jobs).values(**_ordered(order, key)).returning(jobs)).one()
        tell(connection)
    return _job(made)


def record_done(database: Engine, order: Order, key: str | None, result: str) -> Job:
    """A job whose result is there before it begins, since the same was run before."""
    now = func.now()
    done = {"status": "successful", "progress": 100, "started": now, "finished": now, "result": result}
    with transaction(database) as connection:
        return _job(connection.execute(insert(jobs).values(**_ordered(order, key), **done).returning(jobs)).one())


def find_job(database: Engine, job: UUID) -> Job:
    """
    Raises:
        JobNotFound: there is no such job, or no longer.
    """
    with transaction(database) as connection:
        return _find(connection, job)


def list_jobs(database: Engine, wanted: Wanted, limit: int, offset: int = 0) -> tuple[list[Job], int]:
    """So many jobs, the newest first, and how many there are in all."""
    conditions = _conditions(wanted)
    with transaction(database) as connection:
        count = connection.execute(select(func.count()).select_from(jobs).where(*conditions)).scalar_one()
        page = select(jobs).where(*conditions).order_by(jobs.c.created.desc(), jobs.c.id).limit(limit).offset(offset)
        return [_job(row) for row in connection.execute(page)], count


def dismiss_job(database: Engine, job: UUID) -> Job:
    """End a job that waits or runs; forget one that has ended. Tells what has become of it.

    Raises:
        JobNotFound: there is no such job, or no longer.
    """
    now = func.now()
    ended = {"status": "dismissed", "finished": now, "updated": now, "worker": None}
    with transaction(database) as connection:
        going = update(jobs).where(jobs.c.id == job, jobs.c.status.not_in(ENDED)).values(**ended).returning(jobs)
        stopped = connection.execute(going).one_or_none()
        if stopped is not None:
            tell(connection)
            return _job(stopped)
        found = _find(connection, job)
        connection.execute(delete(jobs).where(jobs.c.id == job))
    return found


def earlier_results(database: Engine, order: Order) -> list[str]:
    """Ids of the layers that the same run has made before, the newest first."""
    made = select(jobs.c.result, func.max(jobs.c.created).label("last")).where(
        jobs.c.digest == order.digest, jobs.c.status == "successful", jobs.c.result.is_not(None)
    )
    with transaction(database) as connection:
        found = connection.execute(made.group_by(jobs.c.result).order_by(func.max(jobs.c.created).desc()))
        return [row.result for row in found]


def last_run(database: Engine, result: str) -> UUID | None:
    """The newest job that has made a layer, or found it made; None where it has been forgotten."""
    made = select(jobs.c.id).where(jobs.c.result == result).order_by(jobs.c.created.desc()).limit(1)
    with transaction(database) as connection:
        return connection.execute(made).scalar_one_or_none()


def forget_old(connection: Connection) -> None:
    """Forget jobs that have ended long ago; their results follow a rule of their own."""
    connection.execute(delete(jobs).where(jobs.c.finished < func.now() - REMEMBERED))


def tell(connection: Connection) -> None:
    """All workers look at the jobs when the transaction commits."""
    connection.execute(select(func.pg_notify(CHANNEL, "")))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    run = func.coalesce(jobs.c.finished, func.now()) - jobs.c.started
    told = {
        jobs.c.status.in_: wanted.statuses or None,
        jobs.c.process.in_: wanted.processes or None,
        jobs.c.created.__ge__: wanted.since,
        jobs.c.created.__le__: wanted.until,
        run.__ge__: _length(wanted.least_seconds),
        run.__le__: _length(wanted.most_seconds),
    }
    return [condition(value) for condition, value in told.items() if value is not None]


def _length(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _ordered(order: Order, key: str | None) -> dict[str, Any]:
    return {
        "process": order.process,
        "version": order.version,
        "inputs": dict(order.inputs),
        "seed": order.seed,
        "digest": order.digest,
        "key": key,
    }


def _find(connection: Connection, job: UUID) -> Job:
    row = connection.execute(select(jobs).where(jobs.c.id == job)).one_or_none()
    if row is None:
        raise JobNotFound(f"there is no job '{job}', or no longer")
    return _job(row)


def _job(row: Row[Any]) -> Job:
    failure = Failure(row.failing, row.reason) if row.failing else None
    return Job(
        row.id, order_of(row), row.key, row.status, row.progress, row.stage,
        row.created, row.started, row.finished, row.updated, row.result, failure, row.attempts,
    )  # fmt: skip


def order_of(row: Row[Any]) -> Order:
    return Order(row.process, row.version, row.inputs, row.seed)
