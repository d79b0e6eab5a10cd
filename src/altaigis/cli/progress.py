"""Progress of long work: a bar where somebody watches, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from altaigis.cli.console import err

#: Where nobody watches a bar, progress is a line as often as this.
PLAIN_SECONDS = 5.0


@contextmanager
def reading(path: Path) -> Iterator[Callable[[int, int, str], None]]:
    """Tells rows, bytes and the time that is left: a bar on a terminal, a line now and then elsewhere."""
    size = path.stat().st_size
    if not err.is_terminal:
        last = time.monotonic()

        def tell(rows: int, read: int, stage: str) -> None:
            nonlocal last
            if time.monotonic() - last >= PLAIN_SECONDS:
                last = time.monotonic()
                share = 100 * read // size if size else 100
                err.print(f"  {path.name}: {stage}, {rows} rows, {read} of {size} bytes ({share} %)", markup=False)

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
