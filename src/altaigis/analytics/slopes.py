"""The slope of a series that no single value can bend: Sen's median of the slopes between all pairs, with its interval.

Slopes are pooled over groups of values that may be compared with each other: one group for a series without seasons,
one for each season otherwise (Hirsch, Slack and Smith 1982).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from altaigis.analytics.values import Numbers

#: So many slopes are held at a time (32 MB); of longer series the wanted ones are found without all the others.
MOST_PAIRS = 4_000_000
#: Pairs of so few values are counted one by one, which is quicker.
FEW = 64
#: Each halves the range that a slope may lie in: 2^-64 of the steepest one is left.
BISECTIONS = 64

#: Values that may be compared: times, all different and rising, and values, each array (m,), none missing.
Group = tuple[Numbers, Numbers]


@dataclass(frozen=True)
class Slope:
    """Change in a unit of time.

    Attributes:
        value: the median of the slopes of all pairs.
        low: the interval's lower end, None where there are too few pairs for the confidence that is asked for.
        high: its upper end.
        pairs: how many there are.
    """

    value: float
    low: float | None
    high: float | None
    pairs: int


def sen(groups: Sequence[Group], variance: float, alpha: float = 0.05) -> Slope:
    """Theil and Sen's slope with its interval by ranks (Theil 1950; Sen 1968; Gilbert 1987, pp. 217-219).

    Memory is bounded; time is that of n²/2 divisions for short series, and of n log n for long ones.

    Args:
        groups: at least one pair among them.
        variance: of Kendall's score S of the same values: a test that allows for autocorrelation widens the interval.
        alpha: 1 - confidence of the interval.
    """
    pairs = sum(_count(len(times)) for times, _ in groups)
    middle = [(pairs - 1) // 2, pairs // 2]
    width = quantile(alpha) * math.sqrt(variance)
    at = math.floor((pairs - width) / 2) - 1
    ends = [at, pairs - 1 - at] if at >= 0 else []
    found = _ranked(groups, pairs, [*middle, *ends])
    low, high = found[2:] if ends else (None, None)
    return Slope((found[0] + found[1]) / 2, low, high, pairs)


def score(times: Numbers, values: Numbers) -> int:
    """Kendall's S: pairs that rise less pairs that fall, in O(n log n) (Knight 1966, in scipy).

    Args:
        times: array (n,), all different and rising.
        values: array (n,), ties allowed, none missing.
    """
    if len(values) <= FEW:
        return int(np.triu(np.sign(values[None, :] - values[:, None])).sum())
    from scipy.stats import kendalltau

    pairs = _count(len(values))
    untied = pairs - tied(values)
    if untied == 0:
        return 0
    # tau-b is S over the root of the pairs that are not tied in the one and in the other
    return round(float(kendalltau(times, values, method="asymptotic").statistic) * math.sqrt(pairs * untied))


def tied(values: Numbers) -> int:
    """How many pairs of values are alike."""
    sizes = np.unique(values, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _ranked(groups: Sequence[Group], pairs: int, ranks: Sequence[int]) -> list[float]:
    """The slopes with these ranks, counted from 0."""
    if pairs > MOST_PAIRS:
        known = {rank: _bisected(groups, rank) for rank in set(ranks)}
        return [known[rank] for rank in ranks]
    slopes = np.concatenate([_slopes(*group) for group in groups])
    ordered = np.partition(slopes, sorted(set(ranks)))
    return [float(ordered[rank]) for rank in ranks]


def _slopes(times: Numbers, values: Numbers) -> Numbers:
    first, second = np.triu_indices(len(times), 1)
    found: Numbers = (values[second] - values[first]) / (times[second] - times[first])
    return found


def _bisected(groups: Sequence[Group], rank: int) -> float:
    """A slope by its rank: below it lie as many as there are pairs that fall when it is taken out of the values.

    None is steeper than the steepest between neighbours; 0, which ties make frequent, is tried first and thus exact.
    """
    high = max(float(np.abs(np.diff(values) / np.diff(times)).max()) for times, values in groups if len(times) > 1)
    low = -high
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if _up_to(groups, middle) > rank else (middle, high)
    return high


def _up_to(groups: Sequence[Group], slope: float) -> int:
    """How many slopes are not above this one."""
    found = 0
    for times, values in groups:
        level = values - slope * times
        found += (_count(len(level)) + tied(level) - score(times, level)) // 2
    return found


def _count(size: int) -> int:
    return size * (size - 1) // 2


def quantile(alpha: float) -> float:
    """How many standard deviations a normal value leaves with the probability alpha, on either side."""
    from scipy.special import ndtri

    return float(ndtri(1 - alpha / 2))
