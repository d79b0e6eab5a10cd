"""Buckets of time: minutes and hours of UTC, days and all that is longer by the calendar of the region; and what is
told of the values in one."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import numpy as np

from altaigis.domain.observation import REGION, ZONE
from altaigis.domain.parameter import Totals
from altaigis.domain.series import Interval, Series
from altaigis.errors import ParameterError

Unit = Literal["minute", "day", "week", "month", "season", "year"]

MINUTES_OF_A_DAY = 24 * 60
#: Other spellings of a calendar's buckets. Seasons begin in December, March, June and September.
_CALENDAR: dict[str, Unit] = {
    "P1D": "day", "P1W": "week", "P7D": "week", "P1M": "month", "P3M": "season", "P1Y": "year", "P12M": "year",
}  # fmt: skip
_ISO = {"day": "P1D", "week": "P1W", "month": "P1M", "season": "P3M", "year": "P1Y"}
_CLOCK = re.compile(r"PT(?:(\d{1,2})H)?(?:(\d{1,4})M)?", re.ASCII)
_WORDS = {"minute": "PT1M", "hour": "PT1H", **_ISO}
_MICROSECONDS_OF_A_MINUTE = 60_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_LONGEST = timedelta(days=367)

#: Mean direction of a compass, in degrees: that of the sum of unit vectors, none where they cancel out.
VECTOR_MEAN = "vector_mean"
PLAIN_STATISTICS = ("mean", "min", "max", "sum", "count", "completeness", "std")
PERCENTILE = re.compile(r"p([1-9]\d?)", re.ASCII)
_USUAL: dict[Totals, tuple[str, ...]] = {
    "mean": ("mean", "min", "max", "count", "completeness"),
    "sum": ("sum", "max", "count", "completeness"),
    "direction": ("mean", "count", "completeness"),
}
MOST_STATISTICS = 20


@dataclass(frozen=True)
class Width:
    """How wide buckets are: so many ``minutes``, counted from 1970 in UTC, or one unit of the calendar."""

    unit: Unit
    minutes: int = 0

    @classmethod
    def parse(cls, text: str) -> "Width":
        """An ISO 8601 duration or a word: PT10M, PT1H, P1D, P1W, P1M, P3M, P1Y; hour, day, week, month, season, year.

        Raises:
            ParameterError: it is neither.
        """
        iso = _WORDS.get(text, text)
        if iso in _CALENDAR:
            return cls(_CALENDAR[iso])
        clock = _CLOCK.fullmatch(iso)
        minutes = 60 * int(clock[1] or 0) + int(clock[2] or 0) if clock else 0
        if not 0 < minutes < MINUTES_OF_A_DAY:
            raise ParameterError(
                "bucket",
                f"'{text[:40]}' is not offered; there are PT1M to PT23H59M (hours and minutes of UTC), "
                f"P1D, P1W, P1M, P3M, P1Y or day, week, month, season, year of {ZONE}, and of one series raw",
            )
        return cls("minute", minutes)

    def __str__(self) -> str:
        if self.unit != "minute":
            return _ISO[self.unit]
        hours, minutes = divmod(self.minutes, 60)
        return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")

    @property
    def is_calendar(self) -> bool:
        """Whether the buckets are whole days of the region."""
        return self.unit != "minute"

    def starts(self, first: datetime, last: datetime) -> "Starts":
        """All buckets from the one that ``first`` lies in to the one that ``last`` lies in."""
        if not self.is_calendar:
            width = self.minutes * _MICROSECONDS_OF_A_MINUTE
            low, high = (_micros(moment) // width for moment in (first, last))
            keys = np.arange(low, high + 2)
            return Starts(keys[:-1], keys * width)
        days = _edges(self.unit, *(moment.astimezone(REGION).date() for moment in (first, last)))
        return Starts(days[:-1].astype(np.int64), np.array([_micros(midnight(day)) for day in days.tolist()]))

    def label(self, key: int) -> str:
        """What people call the bucket of a calendar that begins so many days after 1970-01-01."""
        return _LABELS[self.unit](date.fromordinal(date(1970, 1, 1).toordinal() + key))


@dataclass(frozen=True)
class Starts:
    """Buckets that follow each other. ``keys``: what the database calls each, its number since 1970, or its first day
    as days since then; ``edges``: where each begins, and where the last ends, in microseconds since 1970 UTC."""

    keys: np.ndarray
    edges: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def interval(self) -> Interval:
        return Interval(moment_of(self.edges[0]), moment_of(self.edges[-1]))

    @property
    def first_days(self) -> np.ndarray:
        """Of a calendar: the first day of each, and the day behind the last one."""
        last = self.interval.end.astimezone(REGION).date() if self.interval.end else None
        return np.append(self.keys.astype("datetime64[D]"), np.datetime64(last, "D"))

    @property
    def seconds(self) -> np.ndarray:
        """How long each lasts."""
        lasting: np.ndarray = np.diff(self.edges) / 1e6
        return lasting


def starts_of(one: Series, width: Width, interval: Interval) -> Starts | None:
    """The buckets of a series that an interval touches, from that of its first value to that of its last; None where
    it has none there."""
    span = _span(one, width, interval)
    return None if span is None else width.starts(*span)


def first_starts(one: Series, width: Width, interval: Interval, limit: int) -> tuple[Starts | None, datetime | None]:
    """The first so many of the same, and where the others begin, if there are others."""
    span = _span(one, width, interval)
    if span is None:
        return None, None
    first, last = span
    if not width.is_calendar:
        last = min(last, first + timedelta(minutes=width.minutes) * limit)
    starts = width.starts(first, last)
    if len(starts) <= limit:
        return starts, None
    return Starts(starts.keys[:limit], starts.edges[: limit + 1]), moment_of(starts.edges[limit])


def _span(one: Series, width: Width, interval: Interval) -> tuple[datetime, datetime] | None:
    """The first and the last moment of a series in the buckets that an interval touches."""
    first, last = one.first, one.last
    # what lies years away has no bucket that calendars know
    if interval.begin is not None and interval.begin > first:
        if interval.begin - _LONGEST > last:
            return None
        first = max(first, moment_of(width.starts(interval.begin, interval.begin).edges[0]))
    if interval.end is not None and interval.end <= last:
        if interval.end + _LONGEST <= first:
            return None
        end = interval.end - _MICROSECOND
        last = min(last, moment_of(width.starts(end, end).edges[-1]) - _MICROSECOND)
    return (first, last) if first <= last else None


def today() -> np.datetime64:
    """The day that it is in the region."""
    return np.datetime64(datetime.now(REGION).date(), "D")


def midnight(day: date) -> datetime:
    """The moment at which a day of the region begins."""
    return datetime(day.year, day.month, day.day, tzinfo=REGION).astimezone(UTC)


def parse_statistics(text: str | None, totals: Totals) -> tuple[str, ...]:
    """Names with commas between them, without any those that fit the values.

    Raises:
        ParameterError: there is none of this name, or it says nothing of directions.
    """
    if text is None:
        return _USUAL[totals]
    names = tuple(dict.fromkeys(text.split(",")))
    offered = _USUAL[totals] if totals == "direction" else PLAIN_STATISTICS
    for name in names:
        if name not in offered and (totals == "direction" or not PERCENTILE.fullmatch(name)):
            also = "" if totals == "direction" else " and percentiles p1 to p99"
            raise ParameterError("statistics", f"'{name[:40]}' is not offered; there are {', '.join(offered)}{also}")
    if len(names) > MOST_STATISTICS:
        raise ParameterError("statistics", f"are more than {MOST_STATISTICS}")
    return names


#: The mean length of a month, and the steps between which one is meant.
_MONTH = timedelta(days=365.2425 / 12)
MONTHLY = timedelta(days=26), timedelta(days=35)


def completeness(counts: np.ndarray, seconds: np.ndarray, step: timedelta | None) -> np.ndarray:
    """Share of the values that are expected in so many seconds, at most 1: as many as whole steps fit, at least one.
    NaN where the step is not known. Steps of a day or more are days of the calendar: a month in which the clock is
    moved has an hour less, and as many days as ever. Of about a month there is one in each."""
    if not step:
        return np.full(len(counts), np.nan)
    if step >= _DAY:
        seconds = np.round(seconds / _DAY.total_seconds()) * _DAY.total_seconds()
    if MONTHLY[0] <= step <= MONTHLY[1]:
        # sampled month by month, on whatever day
        expected = np.maximum(np.round(seconds / _MONTH.total_seconds()), 1)
    else:
        expected = np.maximum(np.floor(seconds / step.total_seconds() + 1e-9), 1)
    share: np.ndarray = np.minimum(counts / expected, 1)
    return share


#: By the month in which each begins: December, March, June, September.
SEASONS = ("winter", "spring", "summer", "autumn")
_LABELS: dict[Unit, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": lambda day: "{}-W{:02}".format(*day.isocalendar()[:2]),
    "month": lambda day: f"{day:%Y-%m}",
    # a winter is called by the year that it ends in
    "season": lambda day: f"{day.year + (day.month == 12)}-{SEASONS[day.month % 12 // 3]}",
    "year": lambda day: f"{day.year:04}",
}


#: Days or months, how many of them, and how many before 1970 the first of these began: 1969-12-29 was a Monday.
_STEPS: dict[Unit, tuple[Literal["D", "M"], int, int]] = {
    "day": ("D", 1, 0), "week": ("D", 7, 3), "month": ("M", 1, 0), "season": ("M", 3, 1), "year": ("M", 12, 0),
}  # fmt: skip


def _edges(unit: Unit, first: date, last: date) -> np.ndarray:
    """First days of the buckets from that of one day to that of another, and of the one behind them."""
    code, step, shift = _STEPS[unit]
    low, high = ((int(np.datetime64(day, code).astype(int)) + shift) // step for day in (first, last))
    edges = (np.arange(low, high + 2) * step - shift).astype(f"datetime64[{code}]")
    return edges.astype("datetime64[D]")


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(micros: int | np.integer) -> datetime:
    """The moment so many microseconds after 1970 UTC."""
    return _EPOCH + int(micros) * _MICROSECOND
