"""Series of territories that change: values of the units of one day brought to those of another.

A sum is split by the declared parts; a mean is weighted by them and by the weight of what it is the mean of. After the
areal weighting of Goodchild and Lam (1980), with declared weights in the place of areas.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter

from altaigis.errors import AnalysisError

#: Parts that are told in decimals may miss the whole by this much.
TOLERANCE = 1e-6
Values = Mapping[str, float]


@dataclass(frozen=True)
class Change:
    """From a day on, ``share`` of a unit belongs to another, of which it is the part ``share_back``; both 0 to 1.

    What becomes of a unit on a day is told whole: one change for each unit that has a part of it, itself among them.
    """

    day: date
    predecessor: str
    successor: str
    share: float = 1.0
    share_back: float = 1.0


@dataclass(frozen=True)
class _Link:
    origin: str
    target: str
    part: float


@dataclass(frozen=True)
class Changes:
    """All changes of the units, in the order of their days."""

    all: tuple[Change, ...] = ()

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Changes":
        """Raises AnalysisError: the parts of a unit, before or after a change, do not make the whole."""
        found = cls(tuple(sorted(changes, key=lambda one: (one.day, one.predecessor, one.successor))))
        for day, group in groupby(found.all, key=attrgetter("day")):
            of_day = list(group)
            _require_whole(day, "share", [_Link(one.predecessor, one.successor, one.share) for one in of_day])
            _require_whole(day, "share_back", [_Link(one.successor, one.predecessor, one.share_back) for one in of_day])
        return found

    def rebase(self, values: Values, since: date, to: date, weights: Values | None = None) -> dict[str, float]:
        """Values of the units that there were on the day ``since``, for the units of the day ``to``.

        Args:
            values: by unit, NaN where missing: what is made of it is missing, too.
            weights: by unit, not negative, for means; without them the values are sums.

        Raises:
            AnalysisError: a unit that takes over a part was there before and is not told of.
        """
        found, heavy = dict(values), dict(weights) if weights is not None else None
        for links in self._steps(since, to):
            found = _means(found, heavy, links) if heavy is not None else _sums(found, links)
            heavy = _sums(heavy, links) if heavy is not None else None
        return found

    def _steps(self, since: date, to: date) -> list[list[_Link]]:
        days = sorted({one.day for one in self.all if min(since, to) < one.day <= max(since, to)}, reverse=to < since)
        of_day = {day: [one for one in self.all if one.day == day] for day in days}
        if to < since:
            return [[_Link(it.successor, it.predecessor, it.share_back) for it in of_day[day]] for day in days]
        return [[_Link(it.predecessor, it.successor, it.share) for it in of_day[day]] for day in days]


def _require_whole(day: date, what: str, links: Sequence[_Link]) -> None:
    parts: dict[str, float] = {}
    for link in links:
        if not 0 <= link.part <= 1:
            raise AnalysisError(f"change of {day}: {what} of {link.origin} is {link.part:g}; give 0 to 1")
        parts[link.origin] = parts.get(link.origin, 0.0) + link.part
    for unit, total in parts.items():
        if abs(total - 1) > TOLERANCE:
            raise AnalysisError(f"change of {day}: {what} of {unit} make {total:g} together, and not 1")


def _sums(values: Values, links: Sequence[_Link]) -> dict[str, float]:
    kept = _untouched(values, links)
    for link in links:
        if link.part:
            kept[link.target] = kept.get(link.target, 0.0) + link.part * values.get(link.origin, math.nan)
    return kept


def _means(values: Values, weights: Values, links: Sequence[_Link]) -> dict[str, float]:
    kept, parts = _untouched(values, links), [link for link in links if link.part]
    for target in dict.fromkeys(link.target for link in parts):
        into = [link for link in parts if link.target == target]
        held = [link.part * weights.get(link.origin, math.nan) for link in into]
        weighed = [weight * values.get(link.origin, math.nan) for weight, link in zip(held, into, strict=True)]
        # what has not changed keeps its value, whatever its weight
        alone = len(into) == 1
        kept[target] = values.get(into[0].origin, math.nan) if alone else _ratio(sum(weighed), sum(held))
    return kept


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else math.nan


def _untouched(values: Values, links: Sequence[_Link]) -> dict[str, float]:
    origins = {link.origin for link in links}
    kept = {unit: value for unit, value in values.items() if unit not in origins}
    clash = sorted({link.target for link in links} & kept.keys())
    if clash:
        raise AnalysisError(f"{clash[0]} takes over a part of another unit, and no change tells what becomes of itself")
    return kept
