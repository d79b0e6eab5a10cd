"""Jobs: runs of processes that somebody has asked for, from the asking to the result."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

#: As OGC API - Processes names them.
Status = Literal["accepted", "running", "successful", "failed", "dismissed"]
STATUSES: tuple[Status, ...] = ("accepted", "running", "successful", "failed", "dismissed")
#: Of these a job becomes nothing else.
ENDED: tuple[Status, ...] = ("successful", "failed", "dismissed")
#: What is the matter with a job that failed: the analysis refuses its inputs, a limit was passed, a fault.
Failing = Literal["refused", "limit", "fault"]


@dataclass(frozen=True)
class Order:
    """What is to be run. ``inputs`` are JSON, all of them, those that nobody has given too."""

    process: str
    version: str
    inputs: Mapping[str, Any]
    seed: int | None = None

    @property
    def digest(self) -> str:
        """The same for the same run."""
        told = [self.process, self.version, self.inputs, self.seed]
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Failure:
    """Why a job failed, in words that are fit to be shown."""

    kind: Failing
    reason: str


@dataclass(frozen=True)
class Job:
    """A job as the ledger knows it; times are in UTC.

    Attributes:
        key: name of the key that has ordered it.
        progress: percent.
        stage: what it is at; empty where it has not said.
        result: id of the layer that it has made.
        attempts: how often it was begun: one whose process or machine has gone is begun again.
    """

    id: UUID
    order: Order
    key: str | None
    status: Status
    progress: int
    stage: str
    created: datetime
    started: datetime | None
    finished: datetime | None
    updated: datetime
    result: str | None
    failure: Failure | None
    attempts: int


@dataclass(frozen=True)
class Wanted:
    """Which jobs a list is of; none of the conditions means all.

    Attributes:
        since, until: of their creation.
        least_seconds, most_seconds: of their run, so far where it has not ended; one that waits has none.
    """

    statuses: Collection[Status] = ()
    processes: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    least_seconds: int | None = None
    most_seconds: int | None = None
