"""Work of the tests' own, which a job's process finds by its name."""

import os
import signal
import time

import numpy as np

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
