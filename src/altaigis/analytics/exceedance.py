"""What passes a limit: how often, by how many times, and in which episodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from altaigis.analytics.averaging import ENOUGH
from altaigis.analytics.values import Flags, Numbers

Bound = Literal["maximum", "minimum"]


@dataclass(frozen=True, eq=False)
class Exceedances:
    """Averages held against a limit.

    Attributes:
        averages: the frame of :mod:`altaigis.analytics.averaging`.
        valid: which of them are complete enough to be judged (n,).
        passed: which of these pass the limit (n,).
        multiples: how many times the limit each is (n,); below a lower bound how many times the limit is the value.
    """

    averages: pd.DataFrame
    valid: Flags
    passed: Flags
    multiples: Numbers

    @property
    def share(self) -> float | None:
        """The share of the valid ones that pass the limit; None where none is valid."""
        return float(self.passed.sum() / self.valid.sum()) if self.valid.any() else None

    @property
    def largest(self) -> int | None:
        """The position of the valid one that is furthest beyond the limit, or nearest to it."""
        if not self.valid.any():
            return None
        return int(np.where(self.valid, self.multiples, -np.inf).argmax())


def exceedances(
    averages: pd.DataFrame,
    limit: float,
    bound: Bound = "maximum",
    enough: float = ENOUGH,
    now: datetime | None = None,
) -> Exceedances:
    """Hold averages against a limit; a value that equals it does not pass it.

    Args:
        limit: in the unit of the averages, above 0.
        bound: ``minimum`` for what must not be less, as oxygen in water.
        enough: completeness below this is not judged.
        now: averages that end later are not over, and not judged, however complete they are so far.
    """
    value = averages["value"].to_numpy(np.float64)
    valid = (averages["completeness"].to_numpy(np.float64) >= enough) & ~np.isnan(value)
    if now is not None:
        valid &= (averages["end"] <= now).to_numpy(bool)
    if bound == "maximum":
        return Exceedances(averages, valid, valid & (value > limit), value / limit)
    with np.errstate(divide="ignore"):
        multiples = np.where(value > 0, limit / np.where(value > 0, value, 1), np.inf)
    return Exceedances(averages, valid, valid & (value < limit), multiples)


@dataclass(frozen=True)
class Episode:
    """A time in which a limit was passed again and again.

    ``begin`` and ``end`` are those of its first and last average, ``peak`` is its furthest value, at ``peak_time``;
    ``mean`` is that of the averages that pass the limit, of which there are ``count``.
    """

    begin: pd.Timestamp
    end: pd.Timestamp
    peak: float
    peak_time: pd.Timestamp
    mean: float
    count: int


def episodes(found: Exceedances, gap: pd.Timedelta) -> list[Episode]:
    """Averages that pass a limit, taken together where between the end of one and the begin of the next is no more
    than a gap, whatever was measured in it."""
    passed: npt.NDArray[np.intp] = np.flatnonzero(found.passed)
    if not passed.size:
        return []
    begin = found.averages["begin"].iloc[passed].reset_index(drop=True)
    end = found.averages["end"].iloc[passed].reset_index(drop=True)
    breaks = np.flatnonzero((begin.iloc[1:].to_numpy() - end.iloc[:-1].to_numpy()) > gap.to_timedelta64()) + 1
    return [_episode(found, part) for part in np.split(passed, breaks)]


def _episode(found: Exceedances, part: Sequence[int] | npt.NDArray[np.intp]) -> Episode:
    rows = found.averages.iloc[part]
    at = int(found.multiples[part].argmax())
    return Episode(
        begin=rows["begin"].iloc[0],
        end=rows["end"].iloc[-1],
        peak=float(rows["value"].iloc[at]),
        peak_time=rows["begin"].iloc[at],
        mean=float(rows["value"].mean()),
        count=len(rows),
    )
