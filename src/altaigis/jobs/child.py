"""The process of one job: it runs it, tells how far it is, and then what has become of it."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread

from altaigis.domain.job import Failure
from altaigis.domain.progress import Progress
from altaigis.errors import AltaiError, AnalysisError, DatabaseUnavailable, NotFound, NotLoaded, ParameterError
from altaigis.jobs.limits import Limits
from altaigis.store.desk import Task

log = logging.getLogger("altaigis.jobs")

#: Runs a job and gives the id of the layer that it has made.
Work = Callable[[Task, Progress], str]
#: Errors by which an analysis says that its inputs cannot give a sound result.
_REFUSALS = (AnalysisError, ParameterError, NotFound, NotLoaded)


@dataclass(frozen=True)
class Told:
    """How far a job is: percent, and what it is at."""

    progress: int
    stage: str


@dataclass(frozen=True)
class Done:
    """The job has made this layer."""

    result: str


@dataclass(frozen=True)
class Lost:
    """The job could not be brought to an end for a reason that is not its own."""

    reason: str


Message = Told | Done | Failure | Lost


def run(task: Task, work: Work, limits: Limits, worker: Connection) -> None:
    """Run a job within its limits; all that becomes of it is sent to the worker."""
    if parent := parent_process():
        Thread(target=_end_with, args=(parent,), daemon=True).start()
    limits.hold()
    worker.send(_outcome(task, work, limits, worker))


def _outcome(task: Task, work: Work, limits: Limits, worker: Connection) -> Message:
    try:
        return Done(work(task, _Teller(worker)))
    except _REFUSALS as error:
        return Failure("refused", str(error))
    except DatabaseUnavailable as error:
        return Lost(str(error))
    except AltaiError as error:
        return Failure("fault", str(error))
    except MemoryError:
        return limits.full
    except Exception as error:
        log.exception("job %s failed", task.id)
        return Failure("fault", f"AltaiGIS met a fault of its own ({type(error).__name__}); it is in the server's log")


class _Teller:
    """Tells the worker whole percents, each once."""

    def __init__(self, worker: Connection) -> None:
        self._worker = worker
        self._last: Told | None = None

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        told = Told(min(99, 100 * done // total) if total else 0, stage)
        if told != self._last:
            self._last = told
            self._worker.send(told)


def _end_with(worker: BaseProcess) -> None:
    worker.join()
    os._exit(1)
