"""``altaigis etl run`` in a process of its own, which stops at a chosen place and waits to be killed or let go.

The processes are forked from one that has imported everything, so each costs a moment only.
"""

import importlib
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

#: Where a run stops: before the named function begins, after it has ended, or when half of its work is done.
Moment = Literal["before", "after", "half"]
SECONDS = 60

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        *("altaigis.cli", "altaigis.etl.pipeline", "altaigis.store.schema", __name__),
        # what is imported where it is met
        *("altaigis.etl.rasters", "altaigis.etl.sources.vectors", "openpyxl", "alembic.command"),
    ]
)


@dataclass(frozen=True)
class Stop:
    """A function, as ``module:name``, and the moment of its call."""

    place: str
    moment: Moment = "before"


@dataclass(frozen=True)
class Limits:
    """Bytes that the process may write to one file, and that its memory may grow by."""

    file: int | None = None
    memory: int | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True)
class Ended:
    """How a run ended: exit code (negative: killed by this signal), what it printed, how far its memory grew."""

    code: int
    output: str
    grown: int


@dataclass
class Run:
    """A run under way. What it prints to a terminal, in the place of a file, is for those who hold the terminal."""

    process: Any
    told: "Connection[Any, Any]"
    output: Path

    def wait_for_stop(self) -> None:
        """Return when the run has come to its stop."""
        assert self.told.poll(SECONDS), f"it comes to no stop: {self._printed()}"
        try:
            assert self.told.recv() == "stopped", f"it ended before the stop: {self._printed()}"
        except EOFError:
            raise AssertionError(f"it ended before the stop: {self._printed()}") from None

    def let_go(self) -> None:
        with suppress(BrokenPipeError):
            self.told.send("go on")

    def kill(self) -> Ended:
        os.kill(self.process.pid, signal.SIGKILL)
        return self.end()

    def end(self) -> Ended:
        """Wait until the run is over."""
        self.process.join(SECONDS)
        if self.process.exitcode is None:
            self.process.kill()
            raise AssertionError(f"it does not end: {self._printed()}")
        grown = 0
        with suppress(EOFError, ConnectionResetError):
            while self.told.poll():
                message = self.told.recv()
                grown = message if isinstance(message, int) else grown
        self.told.close()
        return Ended(self.process.exitcode, self._printed(), grown)

    def _printed(self) -> str:
        return self.output.read_text(encoding="utf-8") if self.output.is_file() else ""


def start(
    command: list[str],
    environment: Mapping[str, str],
    output: Path,
    stop: Stop | None = None,
    limits: Limits = NO_LIMITS,
) -> Run:
    """Run a command of ``altaigis`` in a process of its own."""
    ours, theirs = _CONTEXT.Pipe()
    if output.is_file():
        output.unlink()
    arguments = command, dict(environment), output, stop, limits, theirs
    # a test that fails leaves it stopped, which must not keep pytest waiting
    process = _CONTEXT.Process(target=_main, args=arguments, daemon=True)
    process.start()
    theirs.close()
    return Run(process, ours, output)


def kill_all() -> None:
    """End every run that is still under way."""
    for process in multiprocessing.active_children():
        # libraries of other tests have processes, too
        if isinstance(process, _CONTEXT.Process):
            process.kill()
            process.join()


def _main(
    command: list[str],
    environment: dict[str, str],
    output: Path,
    stop: Stop | None,
    limits: Limits,
    told: "Connection[Any, Any]",
) -> None:
    os.environ.update(environment)
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(written, 1)
    os.dup2(written, 2)
    from altaigis import cli
    from altaigis.cli import console

    for stream in (console.out, console.err):
        # it has looked for a terminal when it was made, before the fork
        stream.is_interactive = stream.is_terminal

    def wait() -> None:
        told.send("stopped")
        told.recv()

    if stop:
        _patch(stop, wait)
    sys.argv = ["altaigis", *command]
    before = _memory("VmSize"), _memory("VmRSS")
    if limits.memory:
        resource.setrlimit(resource.RLIMIT_AS, (before[0] + limits.memory,) * 2)
    if limits.file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file,) * 2)
    try:
        cli.main()
    finally:
        told.send(_memory("VmHWM") - before[1])


def _memory(name: str) -> int:
    """Bytes, as the kernel tells them of this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _patch(stop: Stop, wait: Callable[[], None]) -> None:
    module, _, name = stop.place.partition(":")
    *owners, name = name.split(".")
    owner: Any = importlib.import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    original = getattr(owner, name)

    def stopping(*arguments: Any, **options: Any) -> Any:
        if stop.moment == "half":
            return _HALVES[name](original, wait, arguments, options)
        if stop.moment == "before":
            wait()
        result = original(*arguments, **options)
        if stop.moment == "after":
            wait()
        return result

    setattr(owner, name, stopping)


def _half_a_file(original: Any, wait: Callable[[], None], arguments: Any, options: Any) -> Any:
    """The file is written, but its second half has not reached the disk."""
    result = original(*arguments, **options)
    path = next((value for value in arguments if isinstance(value, Path)), None)
    if path is None:  # what is copied into memory
        return result
    os.truncate(path, path.stat().st_size // 2)
    wait()
    return result


def _half_the_rows(original: Any, wait: Callable[[], None], arguments: Any, options: Any) -> Any:
    """Half of the layer's rows have been sent; the ids of new features, which go before them, are let through."""
    (rows,) = arguments
    if "layer" in rows.column_names:
        yield from original(rows)
        return
    yield from original(rows.slice(0, rows.num_rows // 2))
    wait()
    yield from original(rows.slice(rows.num_rows // 2))


_HALVES: dict[str, Callable[..., Any]] = {
    "write_table": _half_a_file,
    "copy": _half_a_file,
    "_pieces": _half_the_rows,
}
