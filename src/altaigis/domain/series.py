"""Series: what is told of one parameter at one station, measured or made up, and the time that is asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from altaigis.domain.text import Text

#: What people are told wherever values are made up.
SYNTHETIC_SERIES = Text(ru="синтетический ряд", en="synthetic series")


@dataclass(frozen=True)
class Series:
    """A series that has values. ``first``, ``last`` and ``count`` are of all its rows, those flagged bad too; ``step``
    is the most frequent time between two of the newest, None where there is one alone. Values are in ``unit``."""

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


def preferred(series: Iterable[Series], synthetic: bool | None = None) -> list[Series]:
    """One of each station and parameter: the measured one, and the synthetic one only where nothing is measured.

    Args:
        synthetic: only those that are, or that are not.
    """
    found: dict[tuple[str, str], Series] = {}
    for one in sorted(series, key=lambda it: it.synthetic):
        if synthetic in (None, one.synthetic):
            found.setdefault((one.station, one.parameter), one)
    return sorted(found.values(), key=lambda it: (it.station, it.parameter))
