"""Names of columns in formats that have rules for them."""

from collections.abc import Iterable


def unique_names(names: Iterable[str], longest: int = 63) -> list[str]:
    """The names cut to ``longest`` characters, those that would repeat one before told apart by a number."""
    taken: set[str] = set()
    found = []
    for name in names:
        short, number = name[:longest], 0
        while short.lower() in taken:
            number += 1
            short = f"{name[: longest - 1 - len(str(number))]}_{number}"
        taken.add(short.lower())
        found.append(short)
    return found
