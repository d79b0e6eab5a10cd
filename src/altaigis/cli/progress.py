"""Progress of long work: a bar where somebody watches, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from altaigis.cli.console import err
from altaigis.domain.progress import Progress as Stages

#: Where nobody watches a bar, progress is a line as often as this.
PLAIN_SECONDS = 5.0


class Plain:
    """A line now and then, for where nobody watches a bar."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def say(self, line: str) -> None:
        if time.monotonic() - self._last >= PLAIN_SECONDS:
            self._last = time.monotonic()
            err.print(f"  {line}", markup=False)


def staged(bars: Progress, task: TaskID, name: str, plain: Plain) -> Stages:
    """Tells the stages of a layer: on a bar of its own, or now and then as a line where bars are hidden."""

    def tell(stage: str, done: int, total: int | None) -> None:
        bars.update(task, description=f"{name}: {stage}", completed=done, total=total, visible=True)
        if bars.disable:
            plain.say(f"{name}: {stage}, {done} of {total} rows" if total else f"{name}: {stage}")

    return tell


@contextmanager
def reading(path: Path) -> Iterator[Callable[[int, int, str], None]]:
    """Tells rows, bytes and the time that is left: a bar on a terminal, a line now and then elsewhere."""
    size = path.stat().st_size
    if not err.is_terminal:
        plain = Plain()

        def tell(rows: int, read: int, stage: str) -> None:
            share = 100 * read // size if size else 100
            plain.say(f"{path.name}: {stage}, {rows} rows, {read} of {size} bytes ({share} %)")

        yield tell
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rows]} rows"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    ) as progress:
        task = progress.add_task(path.name, total=size, rows=0)
        yield lambda rows, read, stage: progress.update(
            task, completed=read, rows=rows, description=f"{path.name}: {stage}"
        )


@contextmanager
def drawing(name: str, *, bar: bool) -> Iterator[Stages]:
    """Tells how many tiles are drawn, how many in a second, and the time that is left."""
    rate = _Rate()
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not (bar and err.is_terminal),
    ) as progress:
        task, plain = progress.add_task(name, total=None, rate=""), Plain()

        def tell(stage: str, done: int, total: int | None) -> None:
            speed = rate.told(done) if total else ""
            progress.update(task, description=f"{name}: {stage}", completed=done, total=total, rate=speed)
            if progress.disable:
                share = f"{stage}, {done} of {total} ({100 * done // total} %), {speed}" if total else stage
                plain.say(f"{name}: {share}" + (rate.left(total - done) if total else ""))

        yield tell


@contextmanager
def analysing(name: str) -> Iterator[Stages]:
    """Tells what an analysis is at, and how much of that is done."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        task, plain = bars.add_task(name, total=None), Plain()

        def tell(stage: str, done: int, total: int | None) -> None:
            bars.update(task, description=f"{name}: {stage}", completed=done, total=total)
            if bars.disable:
                plain.say(f"{name}: {stage}" + (f", {100 * done // total} %" if total else ""))

        yield tell


class _Rate:
    """Tiles in a second since the first that is told of, which a former run may have drawn."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None
        self._rate = 0.0

    def told(self, done: int) -> str:
        now = time.monotonic()
        if self._first is None:
            self._first = now, done
        since, before = self._first
        self._rate = (done - before) / (now - since) if now > since else 0.0
        return f"{self._rate:.0f} tiles/s"

    def left(self, tiles: int) -> str:
        """The time that so many more take."""
        return f", {timedelta(seconds=round(tiles / self._rate))} left" if self._rate else ""
