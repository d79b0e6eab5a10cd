"""Work of the tests' own, which a job's process finds by its name."""

import os
import signal
import time
from datetime import UTC, datetime

import numpy as np

from altaigis.domain.derivation import Derivation
from altaigis.domain.progress import Progress
from altaigis.errors import AnalysisError
from altaigis.store.desk import Task


def toy(task: Task, tell: Progress) -> str:
    """Does what the job's input ``do`` says."""
    tell("begins", 1, 4)
    match task.order.inputs["do"]:
        case "sleep":
            time.sleep(60)
        case "eat":
            eaten = [np.ones(10_000_000)]
            while True:
                eaten.append(np.ones(2_000_000))
                time.sleep(0.005)
        case "swallow":
            np.ones(1_000_000_000)
        case "refuse":
            raise AnalysisError("all values are the same: choose another indicator")
        case "break":
            raise ZeroDivisionError
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "die once" if task.attempt == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        case "wait" if task.attempt == 1:
            time.sleep(60)
    tell("ends", 3, 4)
    return f"result_{task.order.inputs['do'].replace(' ', '_')}"


def publish_nothing(task: Task, tell: Progress) -> str:
    """Sleeps, refuses or breaks by its seed; else its result is a layer that is there."""
    match task.order.seed:
        case 60:
            tell("sleeps", 0, None)
            time.sleep(60)
        case 666:
            raise AnalysisError("all values are the same: choose another indicator")
        case 667:
            raise ZeroDivisionError
    return "districts"


MADE = Derivation(
    maker="zonal-statistics",
    inputs={},
    parameters={},
    seed=0,
    code="1",
    key="anna",
    created=datetime(2026, 1, 1, tzinfo=UTC),
    expires=None,
    summary={"text": {"ru": "Высоты.", "en": "Elevations."}},
)


def made(_: object, result: str) -> Derivation | None:
    """How the result of :func:`publish_nothing` was made."""
    return MADE if result == "districts" else None
