"""Whether a series rises or falls: the tests of Mann and Kendall, with Sen's slope.

All of them ask how many pairs of values rise and how many fall: one value that is far out, or a distribution that is
not normal, does no harm. They differ in what else the values may do:

- :func:`mann_kendall`: values without seasons, independent of each other; ties allowed.
- :func:`hamed_rao`: neighbouring values may be alike. Of the corrections this one is taken, and not that of Yue and
  Wang (2004), because it measures the likeness of ranks, and counts only what is significant: Yue and Wang's sum over
  all lags of the values themselves is noise for the most part, and can make the variance negative.
- :func:`seasonal`: each season is compared with itself alone.
- :func:`seasonal_correlated`: besides, the seasons of a year may be alike (a warm January, a warm February).

Values stand at equal steps of time, NaN where one is missing: pairs with a missing value are no pairs, the others keep
their distance in time. pymannkendall, which knows the same tests, is what ours are compared with and not the engine:
its slopes take all pairs into memory, its autocorrelation closes gaps up, it gives no intervals, and its last release
is of January 2023.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from altaigis.analytics import slopes
from altaigis.analytics.slopes import Group, Slope
from altaigis.analytics.values import Numbers, numbers
from altaigis.errors import AnalysisError

#: Below it the normal distribution of S, which p comes from, is a poor likeness (Kendall 1975; Gilbert 1987).
LEAST = 10
#: Years of a season for the seasonal test, and where the likeness of seasons has to be estimated too
#: (Hirsch, Slack and Smith 1982; Hirsch and Slack 1984).
LEAST_YEARS, LEAST_YEARS_CORRELATED = 5, 10
#: Distances in time over which values may be alike: more of them add noise (Hamed and Rao 1998, section 6).
LAGS = 3
#: A series of more values is to be averaged first: a trend is not a matter of hours.
MOST = 50_000
#: Years whose seasons are compared each with each: 50 MB.
MOST_YEARS = 400
#: Of the level of significance.
ALPHAS = (0.0001, 0.5)

Direction = Literal["increasing", "decreasing", "none"]


@dataclass(frozen=True)
class Trend:
    """What a test says of a series.

    Attributes:
        n: values that took part.
        missing: places of the series without one.
        score: Kendall's S, pairs that rise less pairs that fall.
        variance: of S if there were no trend.
        z: S in its standard deviations.
        p: two-sided: how often a series without a trend would look like this one or more so.
        tau: S over the number of pairs, -1 to 1.
        slope: per step of a series without seasons, per year of one with them; its interval has confidence 1 - alpha.
        intercept: of the line with that slope through the medians of values and times; time is 0 at the first place.
        alpha: p up to which a trend is called one.
        inflation: what the variance grew by because values are alike, 1 where that is not asked.
    """

    n: int
    missing: int
    score: int
    variance: float
    z: float
    p: float
    tau: float
    slope: Slope
    intercept: float
    alpha: float
    inflation: float = 1.0

    @property
    def direction(self) -> Direction:
        """What was found; ``none`` says that nothing was, not that there is nothing."""
        if self.p > self.alpha or self.score == 0:
            return "none"
        return "increasing" if self.score > 0 else "decreasing"


def mann_kendall(values: npt.ArrayLike, alpha: float = 0.05) -> Trend:
    """The test of Mann (1945) and Kendall (1975), its variance with ties, its z with continuity.

    Args:
        values: array (n,) at equal steps, NaN where missing.
        alpha: level of significance, and 1 - confidence of the interval.

    Raises:
        AnalysisError: fewer than 10 values, all the same, infinite ones, or too many.
    """
    series = _Series.of(values, 1, LEAST, alpha)
    return series.trend(series.variance)


def hamed_rao(values: npt.ArrayLike, alpha: float = 0.05) -> Trend:
    """The same when neighbouring values are alike (Hamed and Rao 1998): the variance of S grows with the significant
    autocorrelation of the ranks of what is left when the slope is taken out.

    It never shrinks here: a correction that were to find more trends than the plain test would rest on a guess.
    Arguments and errors as of :func:`mann_kendall`.
    """
    series = _Series.of(values, 1, LEAST, alpha)
    n = series.n
    plain = slopes.sen(series.groups, series.variance, alpha)
    alike = _autocorrelation(series.values - plain.value * np.arange(len(series.values)), LAGS)
    bound = slopes.quantile(alpha) / math.sqrt(n)
    lag = np.arange(1, LAGS + 1)
    weights = (n - lag) * (n - lag - 1) * (n - lag - 2)
    extra = 2 / (n * (n - 1) * (n - 2)) * float((weights * alike)[np.abs(alike) > bound].sum())
    return series.trend(series.variance, inflation=max(1.0, 1 + extra))


def seasonal(values: npt.ArrayLike, period: int, alpha: float = 0.05) -> Trend:
    """Mann and Kendall's test of each season with itself, the scores summed (Hirsch, Slack and Smith 1982).

    Args:
        values: array (n,) at equal steps, NaN where missing; it may begin anywhere in a year.
        period: steps in a year: 12 for months, 4 for seasons.
        alpha: as of :func:`mann_kendall`.

    Raises:
        AnalysisError: as of :func:`mann_kendall`, and where no season has values of 5 years.
    """
    series = _Series.of(values, period, LEAST_YEARS, alpha)
    return series.trend(series.variance)


def seasonal_correlated(values: npt.ArrayLike, period: int, alpha: float = 0.05) -> Trend:
    """The seasonal test with the covariance of the seasons in its variance (Hirsch and Slack 1984; missing values by
    middle ranks, after Dietz and Killeen 1981); no correction for continuity, as there.

    Arguments and errors as of :func:`seasonal`; it needs 10 years, and takes 400.
    """
    series = _Series.of(values, period, LEAST_YEARS_CORRELATED, alpha)
    if len(series.matrix) > MOST_YEARS:
        raise AnalysisError(f"{len(series.matrix)} years; seasons are compared over up to {MOST_YEARS}")
    variance = _covariance(series.matrix)
    return series.trend(series.variance, inflation=max(1.0, variance / series.variance), continuity=0)


Test = Literal["mann-kendall", "hamed-rao", "seasonal", "seasonal-correlated"]
#: Of series without seasons, and of those with them; the first of each takes least for granted, and is the default.
PLAIN: Mapping[Test, Callable[[npt.ArrayLike, float], Trend]] = {"hamed-rao": hamed_rao, "mann-kendall": mann_kendall}
SEASONAL: Mapping[Test, Callable[[npt.ArrayLike, int, float], Trend]] = {
    "seasonal-correlated": seasonal_correlated,
    "seasonal": seasonal,
}


def offered(period: int) -> tuple[Test, ...]:
    """The tests for a series with so many steps in a year, the default one first."""
    return tuple(PLAIN if period == 1 else SEASONAL)


def by_name(values: npt.ArrayLike, period: int, test: Test, alpha: float = 0.05) -> Trend:
    """A test by its name.

    Raises:
        AnalysisError: it is not for a series with this period, or as the test itself.
    """
    if test not in offered(period):
        raise AnalysisError(f"test '{test}' is not for {period} steps a year; there are {', '.join(offered(period))}")
    if test in PLAIN:
        return PLAIN[test](values, alpha)
    return SEASONAL[test](values, period, alpha)


@dataclass(frozen=True, eq=False)
class _Series:
    """A series that is fit to be tested.

    Attributes:
        values: array (n,), NaN where missing.
        groups: those of each season with their times, in years for a series with seasons.
    """

    values: Numbers
    period: int
    groups: list[Group]
    alpha: float

    @classmethod
    def of(cls, values: npt.ArrayLike, period: int, least: int, alpha: float) -> "_Series":
        if not ALPHAS[0] <= alpha <= ALPHAS[1]:
            raise AnalysisError(f"alpha is {alpha:g}; choose one from {ALPHAS[0]:g} to {ALPHAS[1]:g}")
        found = numbers(values)
        if found.ndim != 1 or len(found) > MOST:
            raise AnalysisError(f"{found.size} values; a trend is told of up to {MOST}: take longer means")
        groups = []
        for season in range(period):
            own = found[season::period]
            there = ~np.isnan(own)
            groups.append((np.flatnonzero(there).astype(np.float64), own[there]))
        most = max(len(own) for _, own in groups)
        if most < least:
            each = "values" if period == 1 else f"values of the season that has most of {period}"
            raise AnalysisError(f"{most} {each}; this test needs {least} or more: choose a longer period of time")
        return cls(found, period, groups, alpha)

    @property
    def n(self) -> int:
        return sum(len(own) for _, own in self.groups)

    @property
    def matrix(self) -> Numbers:
        """Array (years, seasons), NaN where missing."""
        lacking = -len(self.values) % self.period
        return np.append(self.values, np.full(lacking, np.nan)).reshape(-1, self.period)

    @property
    def variance(self) -> float:
        """Of S if values are independent, with ties."""
        return sum(_variance(own) for _, own in self.groups)

    def trend(self, variance: float, inflation: float = 1.0, continuity: int = 1) -> Trend:
        """What the score says against a variance.

        Raises:
            AnalysisError: no season has two different values.
        """
        from scipy.special import ndtr

        if variance == 0:
            raise AnalysisError("the values of each season are all the same; what does not differ has no trend")
        whole = variance * inflation
        score = sum(slopes.score(*group) for group in self.groups)
        z = math.copysign(max(abs(score) - continuity, 0), score) / math.sqrt(whole)
        slope = slopes.sen(self.groups, whole, self.alpha)
        there = np.flatnonzero(~np.isnan(self.values))
        intercept = float(np.median(self.values[there]) - slope.value * np.median(there) / self.period)
        return Trend(
            n=self.n,
            missing=len(self.values) - self.n,
            score=score,
            variance=whole,
            z=z,
            p=float(min(1.0, 2 * ndtr(-abs(z)))),
            tau=score / slope.pairs,
            slope=slope,
            intercept=intercept,
            alpha=self.alpha,
            inflation=inflation,
        )


def _variance(values: Numbers) -> float:
    n = len(values)
    sizes = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float(n * (n - 1) * (2 * n + 5) - (sizes * (sizes - 1) * (2 * sizes + 5)).sum()) / 18


def _autocorrelation(values: Numbers, lags: int) -> Numbers:
    """Array (lags,): of the ranks, over the pairs that are there; places without a value stay apart."""
    from scipy.stats import rankdata

    there = ~np.isnan(values)
    deviations = np.zeros(len(values))
    ranks = rankdata(values[there])
    deviations[there] = ranks - ranks.mean()
    whole = float(deviations @ deviations) or 1.0  # all alike: a line without any scatter
    return np.array([float(deviations[lag:] @ deviations[:-lag]) / whole for lag in range(1, lags + 1)])


def _covariance(matrix: Numbers) -> float:
    """Variance of the sum of the seasons' scores when seasons may be alike; of array (years, seasons)."""
    # sign of the change between each two years, season by season; 0 where one is missing
    signs = np.nan_to_num(np.sign(matrix[:, None, :] - matrix[None, :, :]))
    counts = (~np.isnan(matrix)).sum(axis=0)
    # a missing value has the middle rank
    ranks = (counts + 1 + signs.sum(axis=1)) / 2
    flat = signs.reshape(-1, matrix.shape[1])
    concordance = flat.T @ flat / 2
    gamma = (concordance + 4 * ranks.T @ ranks - len(matrix) * np.outer(counts + 1, counts + 1)) / 3
    return float(gamma.sum())
