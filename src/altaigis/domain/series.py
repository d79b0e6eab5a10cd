"""Series: what is told of one parameter at one station, measured or made up, and the time that is asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from altaigis.domain.text import Text

#: What people are told wherever values are made up.
SYNTHETIC_SERIES = Text(ru="синтетический ряд", en="synthetic series")


@dataclass(frozen=True)
class Series:
    """A series that has values. ``first``, ``last`` and ``count`` are of all its rows, those flagged bad too; ``step``
    is the usual time between two of the newest (that of half of them, or else the median), None where there is one
    alone. Values are in ``unit``."""

    number: int
    station: str
    parameter: str
    unit: str
    synthetic: bool
    first: datetime
    last: datetime
    count: int
    step: timedelta | None


class Latest(NamedTuple):
    """The newest value of a series that is not flagged bad, who told it, and in which load. There are thousands in an
    answer, and a tuple is made quickly."""

    series: Series
    time: datetime
    value: float
    flag: str
    source: str
    load: int


@dataclass(frozen=True)
class Interval:
    """From a moment on and before another one; None is an open end."""

    begin: datetime | None = None
    end: datetime | None = None


ALWAYS = Interval()


#: A measured series that has told nothing for so long, or for three of its steps, while the synthetic one of the same
#: parameter went on, says nothing of now.
STALE, STALE_STEPS = timedelta(days=31), 3


def preferred(
    series: Iterable[Series], synthetic: bool | None = None, interval: Interval | None = None
) -> list[Series]:
    """One of each station and parameter, the same for whoever asks: the measured one where it has values in the time
    that is asked for, and else the synthetic one. The two are never put together.

    Args:
        synthetic: only those that are, or that are not.
        interval: the time that is asked for; None, or one without ends, for now: a measured series says something of
            it unless it has been silent for a month (or three of its steps) while the synthetic one went on.
    """
    pairs: dict[tuple[str, str], dict[bool, Series]] = {}
    for one in series:
        if synthetic in (None, one.synthetic):
            pairs.setdefault((one.station, one.parameter), {})[one.synthetic] = one
    return [_of_pair(pairs[key], interval) for key in sorted(pairs)]


def _of_pair(pair: Mapping[bool, Series], interval: Interval | None) -> Series:
    measured, made_up = pair.get(False), pair.get(True)
    if measured is None or made_up is None:
        return next(iter(pair.values()))
    if interval is not None and interval != ALWAYS:
        return measured if reaches(measured, interval) or not reaches(made_up, interval) else made_up
    patience = max(STALE, STALE_STEPS * (measured.step or timedelta(0)))
    return measured if made_up.last - measured.last <= patience else made_up


def reaches(one: Series, interval: Interval) -> bool:
    """Whether a series begins before an interval ends, and ends after it begins."""
    begins = interval.end is None or one.first < interval.end
    return begins and (interval.begin is None or one.last >= interval.begin)
