"""The process beside the server in which jobs are run: started when the server is ready, watched, ended with it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from altaigis.settings import Settings

#: One that ends is started again, but not sooner than so many seconds after its last start.
LEAST_SECONDS = 10.0
#: One that is asked to end and does not is killed; what it had in work is free by that.
END_SECONDS = 5.0
#: A job has one processor; the libraries would begin a thread for each that there is.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Beside:
    """The worker of a server with these settings; there is none where they ask for none."""

    def __init__(self, settings: Settings, database_url: str, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._database_url = database_url
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def start(self) -> None:
        """Start it, without waiting for it."""
        if self._settings.jobs == 0:
            return
        self._started = time.monotonic()
        # It reads nothing from the pipe but its end, which comes with that of this process, however it ends
        self._process = subprocess.Popen(
            [sys.executable, "-m", "altaigis.jobs"],
            env=os.environ | environment(self._settings, self._database_url),
            stdin=subprocess.PIPE,
        )

    def look(self) -> None:
        """Start another where it has ended."""
        if self._process is None or self._process.poll() is None:
            return
        if time.monotonic() - self._started >= LEAST_SECONDS:
            former = self._process
            self._end()
            self.start()
            self._say(f"==> The worker of jobs has ended ({former.returncode}); another takes its place")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()


def environment(chosen: Settings, database_url: str) -> dict[str, str]:
    """What a process beside a server with these settings is told."""
    told = {
        "PROJECT": chosen.project,
        "HOME": chosen.home,
        "DATABASE_URL": database_url,
        "JOBS": chosen.jobs,
        "JOB_SECONDS": chosen.job_seconds,
        "JOB_MEMORY_MB": chosen.job_memory_mb,
        "RESULTS_DAYS": chosen.results_days,
    }
    return _ONE_THREAD | {f"ALTAIGIS_{name}": str(value) for name, value in told.items()}
