"""A series as the sum of a trend, a season and a remainder."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from altaigis.analytics.values import Flags, Numbers, numbers
from altaigis.errors import AnalysisError

#: Whole periods that a season is told from, and the part of the places that must have a value.
LEAST_PERIODS, LEAST_SHARE = 3, 0.6
#: Thirty years of days, and some.
MOST = 20_000
#: Values that the median of a place in the round is told from, and rounds of a level that may move.
LEAST_VALUES, YEARS = 10, 4
#: Over so many periods the season may change (odd).
SPAN = 13


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Arrays (n,): trend + season + remainder is the value.

    Attributes:
        trend: NaN nowhere: it goes on through gaps.
        season: likewise.
        remainder: NaN where the value is missing.
        filled: the value was missing; one was put there so that the method could go on, and taken out again.
        trend_strength: 0 (none) to 1 (nothing else), 1 - Var(remainder) / Var(trend + remainder).
        season_strength: the same of the season.
    """

    trend: Numbers
    season: Numbers
    remainder: Numbers
    filled: Flags
    trend_strength: float
    season_strength: float


def decompose(values: npt.ArrayLike, period: int) -> Decomposition:
    """Seasonal and trend decomposition by loess, robust against single values (STL: Cleveland, Cleveland, McRae and
    Terpenning 1990, in statsmodels); strengths after Wang, Smith and Hyndman (2006).

    The method knows no gaps: a missing value becomes the median of its season and the level of the values around it.

    Args:
        values: array (n,) at equal steps, NaN where missing.
        period: steps in a season's round, 2 or more.

    Raises:
        AnalysisError: fewer than three periods, more than 20 000 values, less than 60 % of them there, or none of some
            place in the round; all the same, or infinite ones.
    """
    from statsmodels.tsa.stl._stl import STL

    found = numbers(values)
    if len(found) < LEAST_PERIODS * period:
        raise AnalysisError(
            f"{len(found)} places of a round of {period}; a season is told from {LEAST_PERIODS} rounds: "
            f"{LEAST_PERIODS * period} or more"
        )
    if len(found) > MOST:
        raise AnalysisError(f"{len(found)} values; up to {MOST} are decomposed: take longer means")
    filled = np.isnan(found)
    if filled.mean() > 1 - LEAST_SHARE:
        raise AnalysisError(
            f"{filled.sum()} of {len(found)} values are missing; a season is told where {LEAST_SHARE:.0%} are there"
        )
    # every tenth place is smoothed and those between are on a line, as the authors advise for long periods
    jump = max(1, period // 10)
    parts = STL(
        _whole(found, filled, period), period=period, seasonal=SPAN, robust=True,
        seasonal_jump=1, trend_jump=jump, low_pass_jump=jump,
    ).fit()  # fmt: skip
    trend, season = np.asarray(parts.trend), np.asarray(parts.seasonal)
    remainder = found - trend - season
    there = ~filled
    return Decomposition(
        trend=trend,
        season=season,
        remainder=remainder,
        filled=filled,
        trend_strength=_strength(remainder[there], trend[there]),
        season_strength=_strength(remainder[there], season[there]),
    )


def anomalies(values: npt.ArrayLike, period: int) -> Numbers:
    """Array (n,): values less the median of their place in the round, so that only what is not season is left.

    Raises:
        AnalysisError: values are all the same, or infinite.
    """
    found = numbers(values)
    return found - _typical(found, period) if period > 1 else found


def usual(values: npt.ArrayLike, period: int) -> Numbers:
    """Array (n,): what a value of this season in these years would be: the median of its place in the round, and the
    running median of :data:`YEARS` rounds of what is left. Single values and gaps do not move it, and unlike the parts
    of :func:`decompose` it does not cling to the values, so that what is left of them scatters as they do.

    Args:
        values: array (n,) at equal steps, NaN where missing.
        period: steps in a season's round.

    Raises:
        AnalysisError: fewer than three rounds, or too few for the median of a place; all the same, or infinite ones.
    """
    from pandas import Series

    found = numbers(values)
    least = max(LEAST_PERIODS, math.ceil(LEAST_VALUES / (2 * _reach(period) + 1)))
    if len(found) < least * period:
        raise AnalysisError(
            f"{len(found)} places of a round of {period}; what is usual is told from {least} rounds: "
            f"{least * period} or more"
        )
    typical = _typical(found, period)
    level = Series(found - typical).rolling(YEARS * period + 1, center=True, min_periods=1).median()
    usual: Numbers = typical + level.to_numpy()
    return usual


def _whole(values: Numbers, filled: Flags, period: int) -> Numbers:
    typical = _typical(values, period)
    if np.isnan(typical).any():
        raise AnalysisError(
            f"{np.isnan(typical[:period]).sum()} of the {period} places of the round never have a value; "
            "take longer means, or a period that has them"
        )
    level = values - typical
    places = np.arange(len(values))
    level[filled] = np.interp(places[filled], places[~filled], level[~filled])
    return typical + level


def _typical(values: Numbers, period: int) -> Numbers:
    """Array (n,): the median of the same place in all rounds, of days with the week on either side; NaN where there is
    none."""
    lacking, reach = -len(values) % period, _reach(period)
    rounds = np.append(values, np.full(lacking, np.nan)).reshape(-1, period)
    around = np.concatenate([rounds[:, period - reach :], rounds, rounds[:, :reach]], axis=1)
    medians = np.full(period, np.nan)
    for place in range(period):
        own = around[:, place : place + 2 * reach + 1]
        if not np.isnan(own).all():
            medians[place] = np.nanmedian(own)
    return np.resize(medians, len(values))


def _reach(period: int) -> int:
    return period // 48


def _strength(remainder: Numbers, part: Numbers) -> float:
    whole = float(np.var(part + remainder))
    return max(0.0, 1 - float(np.var(remainder)) / whole) if whole > 0 else 0.0
