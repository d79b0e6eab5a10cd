"""A series at equal steps of the calendar, as the analyses of time take it: every step has its place, filled or not."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from altaigis.analytics.values import Flags, Numbers
from altaigis.errors import AnalysisError

Step = Literal["day", "month", "season", "year"]
#: Steps in a year: after so many a season comes again.
PERIODS: dict[Step, int] = {"day": 365, "month": 12, "season": 4, "year": 1}
#: Seasons of meteorologists by their number in the year that the last of their months is in.
SEASONS = ("winter", "spring", "summer", "autumn")
#: A mean of a step is one where so much of it was measured.
LEAST_SHARE = 0.75
#: Steps from the first to the last: a century and more of days.
MOST = 50_000

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class Steps:
    """Arrays (n,), from the first step to the last.

    Attributes:
        step: how long each is.
        starts: its first day, datetime64[D].
        values: NaN where there is none, or too little of the step was measured.
        shares: how much of it was measured, 0 to 1.
        thin: it has values, but too few of them, or is not over.
    """

    step: Step
    starts: Days
    values: Numbers
    shares: Numbers
    thin: Flags

    @property
    def period(self) -> int:
        return PERIODS[self.step]

    @property
    def labels(self) -> list[str]:
        """``2024-05-17``, ``2024-05``, ``2024-spring`` or ``2024``."""
        return [label(start, self.step) for start in self.starts]

    @property
    def phases(self) -> npt.NDArray[np.int64]:
        """Array (n,): the month of each, 1 to 12; of a season or a year that of its first day."""
        months: npt.NDArray[np.int64] = self.starts.astype("datetime64[M]").astype(np.int64) % 12 + 1
        return months

    def over_by(self, today: np.datetime64) -> "Steps":
        """Without the values of steps that are not over when a day begins: a year of which three quarters have passed
        has no mean that could stand beside those of years, however complete it is so far."""
        ends = _first_days(_numbers(self.starts, self.step) + 1, self.step)
        running = (ends > today) & (self.shares > 0)
        return replace(self, values=np.where(running, np.nan, self.values), thin=self.thin | running)


def regular(
    starts: npt.ArrayLike, values: npt.ArrayLike, shares: npt.ArrayLike, step: Step, least: float = LEAST_SHARE
) -> Steps:
    """Puts the steps that have values in their places.

    Args:
        starts: array (m,), a day in each step, rising, datetime64.
        values: array (m,), NaN where missing.
        shares: array (m,), how much of each step was measured, 0 to 1.
        least: share from which on a value stands.

    Raises:
        AnalysisError: there are none, or more than 50 000 steps from the first to the last.
    """
    numbers = _numbers(np.asarray(starts, dtype="datetime64[D]"), step)
    if not numbers.size:
        raise AnalysisError("there are no values; choose another period or parameter")
    count = int(numbers[-1] - numbers[0]) + 1
    if count > MOST:
        raise AnalysisError(f"{count} steps of a {step}; up to {MOST} are analysed: choose longer ones")
    places = numbers - numbers[0]
    measured, whole = np.zeros(count), np.full(count, np.nan)
    measured[places] = np.clip(np.nan_to_num(np.asarray(shares, dtype=np.float64)), 0, 1)
    whole[places] = values
    thin = ~np.isnan(whole) & (measured < least)
    whole[thin] = np.nan
    return Steps(step, _first_days(numbers[0] + np.arange(count), step), whole, measured, thin)


def local_days(times: npt.ArrayLike, zone: str) -> Days:
    """Array (n,): the days of a zone that moments of UTC (datetime64) lie in."""
    from pandas import DatetimeIndex

    moments = DatetimeIndex(np.asarray(times, dtype="datetime64[us]"), tz="UTC")
    found: Days = moments.tz_convert(zone).tz_localize(None).to_numpy().astype("datetime64[D]")
    return found


def label(start: np.datetime64, step: Step) -> str:
    """What a step is called that begins on this day."""
    if step == "season":
        number = int(_numbers(start.astype("datetime64[D]").reshape(1), step)[0])
        return f"{1970 + number // 4}-{SEASONS[number % 4]}"
    return str(start.astype(f"datetime64[{step[0].upper()}]"))


def _numbers(days: Days, step: Step) -> npt.NDArray[np.int64]:
    """Steps since the beginning of 1970; winter belongs to the year of its January."""
    if step == "season":
        return (days.astype("datetime64[M]").astype(np.int64) + 1) // 3
    return days.astype(f"datetime64[{step[0].upper()}]").astype(np.int64)


def _first_days(numbers: npt.NDArray[np.int64], step: Step) -> Days:
    unit, found = ("M", 3 * numbers - 1) if step == "season" else (step[0].upper(), numbers)
    return found.astype(f"datetime64[{unit}]").astype("datetime64[D]")
