"""The worker: takes up jobs as they come, watches over the processes that run them, and puts down what they say."""

import logging
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from multiprocessing import forkserver, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess

from altaigis.domain.job import Failure
from altaigis.errors import DatabaseUnavailable
from altaigis.jobs.child import Done, Lost, Message, Told, Work, run
from altaigis.jobs.limits import Limits
from altaigis.store.desk import Desk, Task, desk

log = logging.getLogger("altaigis.jobs")

#: Running jobs are looked at so often; what they say of their progress is put down less often.
LOOK_SECONDS, TELL_SECONDS = 0.1, 0.5
#: One who waits for jobs looks after those of workers that have gone so often.
REST_SECONDS = 30.0
#: Pauses between attempts to reach the database, the first and the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
#: The libraries of the analyses: in the process that the jobs are forks of, so that each has them at once.
WARM = [
    *("altaigis.jobs.child", "altaigis.processes.registry", "altaigis.processes.run"),
    *("libpysal.weights", "sklearn.cluster", "exactextract", "pyarrow.parquet"),
]

_context = get_context("forkserver")


def warm_up(modules: Sequence[str] = WARM) -> None:
    """Have libraries read by the process that those of jobs are forks of; this one does not wait for it."""
    _context.set_forkserver_preload(list(modules))
    forkserver.ensure_running()


@dataclass
class _Run:
    """A job in a process of its own."""

    task: Task
    process: ForkServerProcess
    ear: Connection
    begun: float = field(default_factory=time.monotonic)
    told: Told = field(default_factory=lambda: Told(0, ""))
    put_down: float = 0.0
    outcome: Message | None = None

    def listen(self) -> bool:
        """Take in what the process has said; whether it has come to its end."""
        try:
            while self.ear.poll():
                message = self.ear.recv()
                if isinstance(message, Told):
                    self.told = message
                else:
                    self.outcome = message
                    return True
        except (EOFError, OSError):
            return True
        return False

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.ear.close()


class Worker:
    """Runs jobs of one database, so many at once, until it is told to stop."""

    def __init__(self, url: str, work: Work, limits: Limits, at_once: int = 1) -> None:
        self._url = url
        self._work = work
        self._limits = limits
        self._at_once = at_once
        self._runs: list[_Run] = []
        self._door, self._bell = socket.socketpair()
        self._stopping = False
        self._looked_after = -inf

    def stop(self) -> None:
        """End soon; what is in work is left to others. To be called from a signal's handler, or another thread."""
        self._stopping = True
        with suppress(OSError):
            self._bell.send(b"!")

    def run(self) -> None:
        """Work until :meth:`stop`; a database that goes away is waited for."""
        pause = FIRST_PAUSE
        with self._door, self._bell:
            while not self._stopping:
                try:
                    with desk(self._url) as own:
                        pause = FIRST_PAUSE
                        self._serve(own)
                except DatabaseUnavailable as error:
                    if not self._stopping:
                        log.warning("jobs wait for the database: %s", error)
                        wait([self._door], pause)
                        pause = min(2 * pause, LONGEST_PAUSE)

    def _serve(self, own: Desk) -> None:
        self._looked_after = -inf
        try:
            self._take_up(own)
            while not self._stopping:
                ears = [run.ear for run in self._runs]
                wait([own.fileno(), self._door, *ears], LOOK_SECONDS if self._runs else REST_SECONDS)
                own.heard()
                self._runs = [run for run in self._runs if self._goes_on(own, run)]
                self._take_up(own)
        finally:
            runs, self._runs = self._runs, []
            for run in runs:
                run.end()
            # without a database the session is over, and its jobs are free by that
            with suppress(DatabaseUnavailable):
                for run in runs:
                    own.put_back(run.task)

    def _take_up(self, own: Desk) -> None:
        if time.monotonic() - self._looked_after >= REST_SECONDS:
            own.recover()
            self._looked_after = time.monotonic()
        while len(self._runs) < self._at_once and not self._stopping:
            task = own.take()
            if task is not None:
                self._runs.append(self._begin(task))
            # told while it was being looked for: by now there is something to be found
            elif not own.heard():
                return

    def _begin(self, task: Task) -> _Run:
        ear, mouth = _context.Pipe(duplex=False)
        process = _context.Process(target=run, args=(task, self._work, self._limits, mouth), daemon=True)
        process.start()
        mouth.close()
        return _Run(task, process, ear)

    def _goes_on(self, own: Desk, run: _Run) -> bool:
        """Look after a job; False where it has ended, and all that is to be said of it is put down."""
        now = time.monotonic()
        if not run.listen():
            passed = self._limits.passed(run.process.pid or 0, now - run.begun)
            if passed is None:
                if now - run.put_down < TELL_SECONDS:
                    return True
                run.put_down = now
                if own.keep(run.task, run.told.progress, run.told.stage):
                    return True
            else:
                run.outcome = passed
        run.process.join(0)
        code = run.process.exitcode
        run.process.kill()
        self._put_down(own, run, code)
        run.end()
        return False

    def _put_down(self, own: Desk, run: _Run, code: int | None) -> None:
        match run.outcome:
            case Done(result):
                own.done(run.task, result)
            case Failure():
                own.failed(run.task, run.outcome)
            case Lost(reason):
                own.lost(run.task, reason)
            case _:
                own.lost(run.task, f"its process has ended without a word ({code})")
