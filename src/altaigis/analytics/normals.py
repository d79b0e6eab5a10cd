"""What is normal for a stretch of days, from the normals of the twelve months."""

import numpy as np


def normals_of(first_days: np.ndarray, months: np.ndarray, *, total: bool) -> np.ndarray:
    """The normal of each stretch of whole days.

    A day has the normal of its month, or, of a monthly total, its equal share of it. A stretch has the mean of its
    days, or their sum: a month has its own normal, a year the mean or the sum of the twelve months.

    Args:
        first_days: datetime64[D], array (n + 1,): where each stretch begins, and where the last one ends.
        months: array (12,), from January on; NaN where there is none.
        total: whether the normals are totals of a month.

    Returns:
        Array (n,), NaN where the normal of one of the months is missing.
    """
    days = np.arange(first_days[0], first_days[-1])
    of_month = days.astype("datetime64[M]")
    normals = np.asarray(months, float)[of_month.astype(int) % 12]
    if total:
        normals = normals / ((of_month + 1).astype("datetime64[D]") - of_month.astype("datetime64[D]")).astype(int)
    sums = np.add.reduceat(normals, (first_days[:-1] - first_days[0]).astype(int))
    found: np.ndarray = sums if total else sums / np.diff(first_days).astype(int)
    return found
