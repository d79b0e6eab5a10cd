"""How much of the time a series has values for, by year and month."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from altaigis.analytics.steps import Steps
from altaigis.analytics.values import Numbers


@dataclass(frozen=True, eq=False)
class Calendar:
    """Shares, 0 to 1.

    Attributes:
        years: array (y,).
        months: array (y, 12), NaN before the first month of the series and after the last.
        by_year: array (y,), of the months that are not NaN, each with its days.
        whole: of all.
        empty: steps without any value between the first and the last.
        longest: first and last of the longest run of them, None without any.
    """

    years: npt.NDArray[np.int64]
    months: Numbers
    by_year: Numbers
    whole: float
    empty: int
    longest: tuple[np.datetime64, np.datetime64] | None


def calendar(steps: Steps) -> Calendar:
    """The calendar of a series in months; in years, of which no months are known, where values come more seldom."""
    if steps.step == "year":
        return _of_years(steps)
    months = steps.starts.astype("datetime64[M]")
    since = months.astype(np.int64)
    days = (months + 1).astype("datetime64[D]") - steps.starts
    first = since[0] // 12
    table = np.full((since[-1] // 12 - first + 1, 12), np.nan)
    weights = np.zeros(table.shape)
    cells = since // 12 - first, since % 12
    table[cells], weights[cells] = steps.shares, days.astype(np.int64)
    sums = (np.nan_to_num(table) * weights).sum(axis=1)
    return Calendar(
        years=1970 + first + np.arange(len(table)),
        months=table,
        by_year=sums / weights.sum(axis=1),
        whole=float(sums.sum() / weights.sum()),
        empty=int((steps.shares == 0).sum()),
        longest=_longest(months, steps.shares == 0),
    )


def _of_years(steps: Steps) -> Calendar:
    years = steps.starts.astype("datetime64[Y]")
    days = ((years + 1).astype("datetime64[D]") - steps.starts).astype(np.int64)
    return Calendar(
        years=1970 + years.astype(np.int64),
        months=np.full((len(years), 12), np.nan),
        by_year=steps.shares,
        whole=float(np.average(steps.shares, weights=days)),
        empty=int((steps.shares == 0).sum()),
        longest=_longest(years, steps.shares == 0),
    )


def _longest(
    starts_of: npt.NDArray[np.datetime64], empty: npt.NDArray[np.bool_]
) -> tuple[np.datetime64, np.datetime64] | None:
    edges = np.diff(np.concatenate([[0], empty.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    if not starts.size:
        return None
    at = int((ends - starts).argmax())
    return starts_of[starts[at]], starts_of[ends[at]]
