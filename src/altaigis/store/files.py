"""Files that are there whole or not at all, and folders that do not outlive who made them."""

import errno
import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from altaigis.errors import NotWritten


@contextmanager
def complete_or_absent(target: Path, needed: int = 0) -> Iterator[Path]:
    """A file that takes the target's place when the block ends well, and else disappears.

    It is made in a folder of its own, so two runs may make one target at the same time, and the later one stays.

    Args:
        needed: bytes that must be free before the block begins; for writers that a full disk makes crash.

    Raises:
        NotWritten: the disk is full, or the folder is closed.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with own_folder(target.parent) as folder:
            unfinished = folder / target.name
            _require_room(unfinished, needed)
            yield unfinished
            unfinished.replace(target)
    except OSError as error:
        problem = os.strerror(error.errno) if error.errno else str(error)
        raise NotWritten(
            f"{target} cannot be written: {problem}{_free(target.parent)}; "
            "make room or give access there, and run it again"
        ) from error


@contextmanager
def own_folder(parent: Path) -> Iterator[Path]:
    """A new folder for this block alone. Those that killed processes have left beside it go as well."""
    for left in parent.glob(".altaigis-*.part"):
        with suppress(OSError):  # whoever still works in it holds it
            _remove(left, _hold(left))
    folder, held = _new_folder(parent)
    try:
        yield folder
    finally:
        _remove(folder, held)


def _new_folder(parent: Path) -> tuple[Path, int]:
    while True:
        folder = parent / f".altaigis-{uuid.uuid4().hex[:12]}.part"
        folder.mkdir(mode=0o700)
        # in the moment before it is held another process may take it for left
        with suppress(FileNotFoundError, BlockingIOError):
            return folder, _hold(folder)


def _hold(folder: Path) -> int:
    """Hold a folder; the operating system lets go of it when the descriptor is closed, or its process is killed.

    Raises:
        OSError: it is gone, or another process holds it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder.stat()
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove(folder: Path, held: int) -> None:
    try:
        shutil.rmtree(folder)
    finally:
        os.close(held)


def _require_room(path: Path, size: int) -> None:
    """Raises OSError: there is no room for a file of this size."""
    if size > shutil.disk_usage(path.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    # what the user's quota allows may be less
    if size and hasattr(os, "posix_fallocate"):
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)
        path.unlink()


def _free(folder: Path) -> str:
    with suppress(OSError):
        return f" ({shutil.disk_usage(folder).free >> 20} MB are free)"
    return ""
