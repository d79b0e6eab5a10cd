"""Progress of long work: a bar where somebody watches, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

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
