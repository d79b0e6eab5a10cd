"""What is normal for a stretch of days, from the normals of the twelve months."""

from functools import lru_cache

import numpy as np

#: Waves in a year; of the last one half is enough for twelve months.
_WAVES = 6


def normals_of(first_days: np.ndarray, months: np.ndarray, *, total: bool) -> np.ndarray:
    """The normal of each stretch of whole days.

    A stretch has the mean of its days, or their sum: a month has its own normal, a year the mean or the sum of the
    twelve months. Days are on a smooth course through the year (:func:`course`): with the normal of its month each last
    day of March would be too warm, and the first of April too cold.

    Args:
        first_days: datetime64[D], array (n + 1,): where each stretch begins, and where the last one ends.
        months: array (12,), from January on; NaN where there is none.
        total: whether the normals are totals of a month.

    Returns:
        Array (n,), NaN where the normal of one of the months is missing.
    """
    days = np.arange(first_days[0], first_days[-1])
    year = days.astype("datetime64[Y]")
    lengths = ((year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")).astype(int)
    normals = np.empty(len(days))
    for length in np.unique(lengths):
        there = lengths == length
        whole = course(months, int(length), total=total)
        normals[there] = whole[(days - year.astype("datetime64[D]")).astype(int)[there]]
    sums = np.add.reduceat(normals, (first_days[:-1] - first_days[0]).astype(int))
    found: np.ndarray = sums if total else sums / np.diff(first_days).astype(int)
    return found


def course(months: np.ndarray, length: int, *, total: bool) -> np.ndarray:
    """The normal of each day of a year: waves of a year, a half, … a sixth, whose mean (or sum) over each month is
    exactly that of the month.

    Where a month is missing, or waves would make a total of less than nothing, a day has the normal of its month, or
    its equal share of the month's total.

    Args:
        months: array (12,), from January on; NaN where there is none.
        length: 365 or 366.
        total: whether the normals are totals of a month.

    Returns:
        Array (length,).

    Source: Epstein, E. S. (1991): On Obtaining Daily Climatological Values from Monthly Means. Journal of Climate 4,
    365-368, solved for the days of the months instead of twelfths of a year.
    """
    of_month = _months(length)
    means = np.asarray(months, float)
    if total:
        means = means / np.bincount(of_month)
    waves = _waves(length)
    of_months = np.array([waves[of_month == month].mean(axis=0) for month in range(12)])
    smooth: np.ndarray = waves @ np.linalg.solve(of_months, means)
    steps: np.ndarray = means[of_month]
    return steps if np.isnan(means).any() or (total and smooth.min() < 0) else smooth


@lru_cache
def _months(length: int) -> np.ndarray:
    """The month of each day, from 0 on."""
    some = np.datetime64("2001-01-01" if length == 365 else "2000-01-01")
    months: np.ndarray = (some + np.arange(length)).astype("datetime64[M]").astype(int) % 12
    return months


@lru_cache
def _waves(length: int) -> np.ndarray:
    """Twelve of them at the middle of each day, array (length, 12)."""
    angle = 2 * np.pi * (np.arange(length) + 0.5)[:, None] / length
    waves = np.arange(1, _WAVES + 1)
    # the sixth cosine is nothing in the middle of each month: its sine alone tells months apart
    return np.hstack([np.ones((length, 1)), np.cos(angle * waves[:-1]), np.sin(angle * waves)])
