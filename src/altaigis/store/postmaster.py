"""A running PostgreSQL server as the operating system shows it: its pid file and its processes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PID_FILE = "postmaster.pid"
PROC = Path("/proc")


@dataclass(frozen=True)
class Postmaster:
    """The main process of a live server, as its pid file describes it."""

    pid: int
    data: Path
    socket_dir: Path | None
    ready: bool


def postmaster_of(data: Path) -> Postmaster | None:
    """The server of a data directory; None if none runs, whatever a stale pid file says."""
    return _read(data / PID_FILE)


def postmaster_at(socket: Path) -> Postmaster | None:
    """The server that holds a unix socket, by the lock file beside the socket."""
    return _read(lock_file(socket))


def lock_file(socket: Path) -> Path:
    return socket.with_name(f"{socket.name}.lock")


def stop(postmaster: Postmaster, fast_seconds: float, immediate_seconds: float) -> bool:
    """Shut down in order; if that takes too long, at once (the next start recovers). False if both fail."""
    for number, seconds in ((signal.SIGINT, fast_seconds), (signal.SIGQUIT, immediate_seconds)):
        with suppress(ProcessLookupError):
            os.kill(postmaster.pid, number)
        if wait_until(lambda: not _serves(postmaster.pid, postmaster.data), seconds):
            return True
    return False


def end_orphans(cluster_name: str, uid: int, patience: float) -> list[int]:
    """End what a killed main process has left; returns those that would not go.

    Idle ones notice and leave by themselves; a busy one would hold the shared memory, and with it the next
    start, until its query is over. They are found by the cluster's name in their titles, if there is a /proc.
    """
    if wait_until(lambda: not _orphans(cluster_name, uid), patience):
        return []
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for pid in _orphans(cluster_name, uid):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if wait_until(lambda: not _orphans(cluster_name, uid), patience):
            return []
    return _orphans(cluster_name, uid)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _read(file: Path) -> Postmaster | None:
    # lines of both files: pid, data directory, start time, port, socket directory;
    # the pid file goes on with listen address, shared memory, state
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    except FileNotFoundError:
        return None
    if len(lines) < 2 or not lines[0].isdigit() or not _serves(int(lines[0]), Path(lines[1])):
        return None
    socket_dir = Path(lines[4]) if len(lines) > 4 and lines[4] else None
    return Postmaster(int(lines[0]), Path(lines[1]), socket_dir, ready=len(lines) > 7 and lines[7] == "ready")


def _serves(pid: int, data: Path) -> bool:
    """Whether the process is a PostgreSQL server of that directory; a pid alone may be anybody's by now."""
    command = _command(pid)
    return bool(command) and Path(command[0]).name in ("postgres", "postmaster") and str(data) in command


def _orphans(cluster_name: str, uid: int) -> list[int]:
    found = []
    for process in PROC.glob("[0-9]*"):
        with suppress(FileNotFoundError):
            title = " ".join(_command(int(process.name)))
            if title.startswith(f"postgres: {cluster_name}: ") and process.stat().st_uid == uid:
                found.append(int(process.name))
    return found


def _command(pid: int) -> list[str]:
    """The command line of a process; empty if it is gone, or dead and not yet collected by its parent."""
    if not PROC.is_dir():
        listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)  # noqa: S603, S607
        return listed.stdout.split()
    try:
        return (PROC / str(pid) / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
