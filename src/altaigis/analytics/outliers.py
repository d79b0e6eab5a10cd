"""Values that stand far from what their season and years make likely. They are flagged, and stay what they are: a flood
and a broken sensor look alike here, and only a person can tell them apart."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from altaigis.analytics.values import Flags, Numbers, numbers
from altaigis.errors import AnalysisError

#: As Iglewicz and Hoaglin (1993) advise; of normal values 1 in 2 000 is beyond it.
THRESHOLD = 3.5
#: Values that a scatter is told from.
LEAST = 10
#: Median absolute deviation of a normal distribution, in standard deviations.
_NORMAL = 0.6744897501960817


@dataclass(frozen=True, eq=False)
class Outliers:
    """Arrays (n,).

    Attributes:
        score: distance from the median in robust standard deviations, with its sign; NaN where the value is missing.
        flagged: it is beyond the threshold.
        centre: median of the value's group.
        scale: robust standard deviation of the group: its median absolute deviation / 0.6745.
        threshold: as asked for.
        n: values that took part.
    """

    score: Numbers
    flagged: Flags
    centre: Numbers
    scale: Numbers
    threshold: float
    n: int


def flagged(values: npt.ArrayLike, groups: npt.ArrayLike | None = None, threshold: float = THRESHOLD) -> Outliers:
    """Hampel's identifier (Hampel 1974; Davies and Gather 1993) with the modified z of Iglewicz and Hoaglin (1993).

    Median and median absolute deviation do not move for single values, so that outliers cannot hide each other. Where a
    distribution is skewed, as of precipitation and of pollutants, its longer tail is flagged more often.

    Args:
        values: array (n,), NaN where missing: remainders of a decomposition, or anomalies.
        groups: array (n,), what each is compared within, as the month where winters scatter more than summers; a group
            of fewer than ten values, or where most are alike, is compared with all. None: all of them together.
        threshold: of the score, 2 to 20.

    Raises:
        AnalysisError: fewer than ten values, or most of them alike: there is no scatter to measure a distance by.
    """
    if not 2 <= threshold <= 20:
        raise AnalysisError(f"threshold is {threshold:g}; choose one from 2 to 20")
    found = numbers(values)
    there = ~np.isnan(found)
    if there.sum() < LEAST:
        raise AnalysisError(f"{there.sum()} values; outliers are told among {LEAST} or more")
    whole = _middle(found[there])
    if whole[1] == 0:
        raise AnalysisError("more than half of the values are the same; a distance from them cannot be told")
    centre, scale = np.full(len(found), whole[0]), np.full(len(found), whole[1])
    labels = np.zeros(len(found)) if groups is None else np.asarray(groups)
    for label in np.unique(labels):
        own = labels == label
        if (own & there).sum() < LEAST:
            continue
        middle, scatter = _middle(found[own & there])
        if scatter > 0:
            centre[own], scale[own] = middle, scatter
    score = (found - centre) / scale
    return Outliers(score, np.abs(score) > threshold, centre, scale, threshold, int(there.sum()))


def _middle(values: Numbers) -> tuple[float, float]:
    """Median, and median absolute deviation as a standard deviation."""
    median = float(np.median(values))
    return median, float(np.median(np.abs(values - median))) / _NORMAL
