"""Progress: what long work says of itself while it goes on."""

from collections.abc import Callable

#: Told the stage, how much of it is done, and of how much in all; None where nobody knows.
Progress = Callable[[str, int, int | None], None]


def silent(stage: str, done: int, total: int | None) -> None:
    """For work that nobody watches."""
