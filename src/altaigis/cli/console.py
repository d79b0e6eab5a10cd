"""What a person at a terminal reads: results on one stream, everything else on the other."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

#: Something that must be right before any work begins is not: settings, layer files, database.
EXIT_UNUSABLE = 2
EXIT_FAILED = 1


def say(line: str) -> None:
    out.print(line, markup=False)


@contextmanager
def telling_of_a_stop(left: Callable[[], str]) -> Iterator[None]:
    """Tells, when a person or the system ends the work in this block, what becomes of what is in work then."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        err.print(f"interrupted; {left()}", style="red", markup=False)
        raise


def say_json(document: dict[str, Any]) -> None:
    say(json.dumps(document, ensure_ascii=False))
