"""Classes of a numeric indicator for maps and legends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from altaigis.analytics.values import Numbers, numbers
from altaigis.errors import AnalysisError

Method = Literal["quantile", "equal", "jenks", "head_tail", "std"]
MOST = 12
#: Jenks' optimum takes time with the square of the number of values; of more than these a sample is taken.
EXACT = 3000


@dataclass(frozen=True)
class Classes:
    """Classes that share their bounds: class k has the values from ``breaks[k - 1]`` on and below ``breaks[k]``.

    The same convention as the classes of a style, so ``breaks`` can stand in a layer file as they are.

    Attributes:
        method: how the breaks were found.
        breaks: inner bounds in the indicator's unit, ascending; one fewer than there are classes.
        low: the smallest value.
        high: the largest value.
        counts: values in each class; ties and narrow data can leave fewer classes than were asked for.
        missing: values that are missing and in no class.
        sampled: Jenks' classes were found on a sample and not on all values.
    """

    method: str
    breaks: tuple[float, ...]
    low: float
    high: float
    counts: tuple[int, ...]
    missing: int
    sampled: bool = False

    def of(self, values: npt.ArrayLike) -> npt.NDArray[np.intp]:
        """The number of each value's class from 0 on, -1 where it is missing; any shape."""
        asked = np.asarray(values, dtype=np.float64)
        return np.where(np.isnan(asked), -1, np.searchsorted(self.breaks, asked, side="right"))


def classify(values: npt.ArrayLike, method: Method, count: int = 5) -> Classes:
    """Find breaks by a method of the literature: the classes are those of mapclassify, which takes seconds to import.

    For classes that stay the same through a series, give the values of all its periods, in any shape.

    Args:
        values: numbers, NaN where missing; any shape.
        method: ``quantile``; ``equal`` intervals; ``jenks``, the natural breaks of Fisher (1958) and Jenks (1967);
            ``head_tail`` of Jiang (2013) for heavy-tailed data; ``std``: mean ± 1 and 2 standard deviations.
        count: of classes, 2 to 12; the last two methods find their own.

    Raises:
        AnalysisError: all values are missing or the same, or there is no such method or count.
    """
    if method not in _METHODS:
        raise AnalysisError(f"no method {method}; there are {', '.join(_METHODS)}, and breaks of one's own")
    if not 2 <= count <= MOST:
        raise AnalysisError(f"{count} classes; choose 2 to {MOST}, as many as a reader can tell apart")
    asked = numbers(values).ravel()
    there = np.sort(asked[~np.isnan(asked)])
    breaks = _from_here_on(_METHODS[method](there, count), there)
    return _classes(method, breaks, asked, sampled=method == "jenks" and len(there) > EXACT)


def manual(values: npt.ArrayLike, breaks: Sequence[float]) -> Classes:
    """Classes with given breaks.

    Args:
        values: numbers, NaN where missing; any shape.
        breaks: inner bounds, ascending, in the unit of the values.

    Raises:
        AnalysisError: the breaks do not ascend, or the values cannot be classed.
    """
    if not all(low < high for low, high in pairwise(breaks)) or not np.isfinite(breaks).all():
        raise AnalysisError(f"breaks {', '.join(f'{b:g}' for b in breaks)}: give finite numbers in ascending order")
    return _classes("manual", breaks, numbers(values).ravel())


def _classes(method: str, breaks: Sequence[float], values: Numbers, *, sampled: bool = False) -> Classes:
    there = values[~np.isnan(values)]
    within = np.bincount(np.searchsorted(breaks, there, side="right"), minlength=len(breaks) + 1)
    return Classes(
        method=method,
        breaks=tuple(float(b) for b in breaks),
        low=float(there.min()),
        high=float(there.max()),
        counts=tuple(int(n) for n in within),
        missing=int(values.size - there.size),
        sampled=sampled,
    )


def _from_here_on(tops: Numbers, ordered: Numbers) -> list[float]:
    """Bounds that belong to the class above, made from those that belong to the class below, with the same members."""
    after = np.searchsorted(ordered, tops, side="right")
    inner = [(top, at) for top, at in zip(tops, after, strict=True) if 0 < at < len(ordered)]
    return sorted({float(ordered[at] if ordered[at - 1] == top else top) for top, at in inner})


def _jenks(ordered: Numbers, count: int) -> Numbers:
    """Fisher's exact optimum by dynamic programming."""
    if len(ordered) > EXACT:
        # every so-manyth of the ordered values and both ends: the same distribution, and no chance in it
        ordered = ordered[np.linspace(0, len(ordered) - 1, EXACT).round().astype(int)]
    size = len(ordered)
    moved = ordered - ordered.mean()
    sums, squares = (np.concatenate([[0.0], np.cumsum(moved**power)]) for power in (1, 2))
    # best[j]: the least sum of squares of the first j values in the classes so far; starts[k][j]: of its last class
    best, starts = np.concatenate([[0.0], np.full(size, np.inf)]), []
    for _ in range(min(count, len(np.unique(ordered)))):
        so_far, start = np.full(size + 1, np.inf), np.zeros(size + 1, dtype=np.intp)
        for end in range(1, size + 1):
            within = squares[end] - squares[:end] - (sums[end] - sums[:end]) ** 2 / np.arange(end, 0, -1)
            start[end] = np.argmin(best[:end] + within)
            so_far[end] = best[start[end]] + within[start[end]]
        best = so_far
        starts.append(start)
    ends = [size]
    for start in reversed(starts[1:]):
        ends.append(start[ends[-1]])
    tops: Numbers = ordered[np.array(ends[::-1]) - 1]
    return tops


def _equal(ordered: Numbers, count: int) -> Numbers:
    tops: Numbers = np.linspace(ordered[0], ordered[-1], count + 1)[1:]
    return tops


def _quantile(ordered: Numbers, count: int) -> Numbers:
    tops = np.unique(np.quantile(ordered, np.arange(1, count + 1) / count))
    # between two values any bound makes the same classes, and two bounds an empty one
    reached: Numbers = ordered[np.searchsorted(ordered, tops, side="right") - 1]
    return reached


def _head_tail(ordered: Numbers, _: int) -> Numbers:
    """The mean, the mean of what is above it, and so on; the last is alone at its mean."""
    means: list[float] = []
    head = ordered
    while head.size and (not means or head.mean() != means[-1]):
        means.append(float(head.mean()))
        head = head[head > means[-1]]
    return np.array(means)


def _std(ordered: Numbers, _: int) -> Numbers:
    tops: Numbers = ordered.mean() + ordered.std(ddof=1) * np.array([-2.0, -1.0, 1.0, 2.0])
    return tops


#: Each gives the largest value that belongs to a class, class by class.
_METHODS: dict[str, Callable[[Numbers, int], Numbers]] = {
    "quantile": _quantile,
    "equal": _equal,
    "jenks": _jenks,
    "head_tail": _head_tail,
    "std": _std,
}
