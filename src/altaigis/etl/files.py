"""Files that are there whole or not at all."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def complete_or_absent(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its place when the block ends well, and else disappears.

    Its name is its own: two runs may make one target at the same time, and the later one stays.
    """
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
