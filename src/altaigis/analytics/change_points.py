"""When the level of a series changed at once: an instrument moved, a plant opened, a source was closed.

Both ways ask for a level that is steady on both sides; a slow trend looks to them like a change in its middle, so read
them beside :mod:`altaigis.analytics.trends`, and take seasons out of the values first.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from altaigis.analytics.values import Numbers, numbers
from altaigis.errors import AnalysisError

#: With fewer values the approximate p of Pettitt's test is too rough.
LEAST = 10
#: Values on each side of a change that is looked for among several.
LEAST_SPAN = 5
#: PELT may take the square of it as time, and no other thread runs meanwhile: a second or two.
MOST = 20_000
#: Autocorrelation that the penalty allows for; nearer to 1 a level that wanders cannot be told from one that jumps.
MOST_ALIKE = 0.9
#: Median of the absolute values of a normal distribution, in standard deviations.
_NORMAL = 0.6744897501960817


@dataclass(frozen=True)
class Change:
    """One change, the likeliest.

    Attributes:
        at: place of the first value of the new level in the series.
        statistic: K, the greatest of Pettitt's |U|.
        p: two-sided, approximate; good up to 0.5.
        before: median of the values before it.
        after: median of those from it on.
        n: values that took part.
        missing: places without one.
    """

    at: int
    statistic: float
    p: float
    before: float
    after: float
    n: int
    missing: int


@dataclass(frozen=True, eq=False)
class Spans:
    """Stretches of a series with a level of their own.

    Attributes:
        starts: array (m,), places in the series where they begin; the first is 0.
        levels: array (m,), means of their values.
        penalty: what one more change must save in the sum of squares.
        scatter: standard deviation of the values about a steady level, from the differences of neighbours.
        likeness: autocorrelation of neighbours that the penalty allows for.
        n: values that took part.
        missing: places without one.
    """

    starts: npt.NDArray[np.intp]
    levels: Numbers
    penalty: float
    scatter: float
    likeness: float
    n: int
    missing: int


def pettitt(values: npt.ArrayLike) -> Change:
    """Pettitt's rank test for one change of level (Pettitt 1979), in O(n log n).

    U(t) compares all values up to t with all after it; with ranks it is 2 Σ r - t (n + 1). It takes values for
    independent: where neighbours are alike, p is too small.

    Args:
        values: array (n,) in order of time, NaN where missing.

    Raises:
        AnalysisError: fewer than 10 values, all the same, or infinite ones.
    """
    from scipy.stats import rankdata

    places, there = _there(values, LEAST)
    n = len(there)
    u = 2 * rankdata(there).cumsum() - np.arange(1, n + 1) * (n + 1)
    last = int(np.abs(u[:-1]).argmax())
    statistic = float(abs(u[last]))
    return Change(
        at=int(places[last + 1]),
        statistic=statistic,
        p=min(1.0, 2 * math.exp(-6 * statistic**2 / (n**3 + n**2))),
        before=float(np.median(there[: last + 1])),
        after=float(np.median(there[last + 1 :])),
        n=n,
        missing=np.size(values) - n,
    )


def pelt(values: npt.ArrayLike, strictness: float = 1.0) -> Spans:
    """Changes of the mean, as many as pay for themselves (PELT: Killick, Fearnhead and Eckley 2012, in ruptures).

    A change has to lessen the sum of squares by strictness · 2 s² ln n, as by the criterion of Schwarz (1978). s² is
    the scatter of the values times (1 + r) / (1 - r), since values that are like their neighbours wander and look
    like changes; both are told from medians of differences, which changes of level hardly touch (Chakar, Lebarbier,
    Lévy-Leduc and Robin 2017). Of some tens of values these medians tell little, so that r is no more than that of the
    residuals about the best two levels, freed of its bias (Kendall 1954); changes of level only add to either.

    Args:
        values: array (n,) in order of time, NaN where missing.
        strictness: above 1 fewer changes are found, below it more.

    Raises:
        AnalysisError: fewer than 10 values, more than 20 000, all the same, or infinite ones; most neighbours are the
            same, so that their scatter cannot be told; or the strictness is out of bounds.
    """
    import ruptures

    if not 0.1 <= strictness <= 100:
        raise AnalysisError(f"strictness is {strictness:g}; choose one from 0.1 to 100")
    places, there = _there(values, 2 * LEAST_SPAN)
    if len(there) > MOST:
        raise AnalysisError(f"{len(there)} values; changes are looked for among up to {MOST}: take longer means")
    scatter, likeness = _scatter(there)
    penalty = strictness * 2 * scatter**2 * (1 + likeness) / (1 - likeness) * math.log(len(there))
    search = ruptures.KernelCPD(kernel="linear", min_size=LEAST_SPAN).fit(there.reshape(-1, 1))
    starts = np.array([0, *search.predict(pen=penalty)[:-1]], dtype=np.intp)
    levels = np.array([part.mean() for part in np.split(there, starts[1:])])
    at = np.where(starts == 0, 0, places[starts])
    return Spans(at, levels, penalty, scatter, likeness, len(there), np.size(values) - len(there))


def _there(values: npt.ArrayLike, least: int) -> tuple[npt.NDArray[np.intp], Numbers]:
    """The values that are there, and their places."""
    found = numbers(values)
    places = np.flatnonzero(~np.isnan(found))
    if len(places) < least:
        raise AnalysisError(f"{len(places)} values; a change is looked for among {least} or more")
    return places, found[places]


def _scatter(there: Numbers) -> tuple[float, float]:
    """Standard deviation about a steady level, and autocorrelation of neighbours, none below 0."""
    near, far = (float(np.median(np.abs(there[lag:] - there[:-lag]))) for lag in (1, 2))
    if near == 0:
        raise AnalysisError("half of the values are the same as the one before; their scatter cannot be told from that")
    likeness = min(max((far / near) ** 2 - 1, 0.0), _alike(_about_two_levels(there)), MOST_ALIKE)
    return min(near / _NORMAL / math.sqrt(2 * (1 - likeness)), float(there.std())), likeness


def _about_two_levels(there: Numbers) -> Numbers:
    """Residuals about the two levels, one after the other, that leave the least sum of squares."""
    counts = np.arange(LEAST_SPAN, len(there) - LEAST_SPAN + 1)
    sums = there.cumsum()
    before, whole = sums[counts - 1], sums[-1]
    at = int(counts[(before**2 / counts + (whole - before) ** 2 / (len(there) - counts)).argmax()])
    return np.concatenate([part - part.mean() for part in (there[:at], there[at:])])


def _alike(residuals: Numbers) -> float:
    """Autocorrelation of neighbours, none below 0. That of n residuals is too small by (1 + 4 r) / n for a mean that
    was taken out; here two were, and the time at which they part was chosen to leave little: four times as much."""
    squares = float((residuals**2).sum())
    found = max(float((residuals[1:] * residuals[:-1]).sum()) / squares, 0.0) if squares else 0.0
    return found + 4 * (1 + 4 * found) / len(residuals)
