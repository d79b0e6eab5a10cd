"""Winds by direction and speed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from altaigis.domain.bucket import SEASONS, Width, completeness
from altaigis.domain.series import Interval, Series
from altaigis.domain.text import Text

#: Slower winds are calm, in m/s: no direction can be told of them.
CALM = 0.5
#: Where the classes of speed begin, above calm.
SPEEDS = (2.0, 4.0, 6.0, 8.0, 10.0)
SECTORS = (4, 8, 12, 16, 32, 36)
_POINTS = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip
_LETTERS = str.maketrans("NESW", "СВЮЗ")
#: Months of a season of :data:`SEASONS`.
MONTHS = {season: tuple((3 * at + n - 1) % 12 + 1 for n in range(3)) for at, season in enumerate(SEASONS)}


@dataclass(frozen=True)
class Division:
    """How winds are told apart: the number of ``sectors``, where the classes of speed begin (all below the first is
    calm), and the season, None for the whole year."""

    sectors: int = 16
    speeds: Sequence[float] = (CALM, *SPEEDS)
    season: str | None = None

    def direction(self, sector: int) -> float:
        """The middle of a sector in degrees, clockwise from north; winds come from there."""
        return sector * 360 / self.sectors

    def point(self, sector: int) -> Text | None:
        """Its name on the compass, if it has one."""
        at, rest = divmod(sector * len(_POINTS), self.sectors)
        return None if rest else Text(ru=_POINTS[at].translate(_LETTERS), en=_POINTS[at])


@dataclass(frozen=True)
class Rose:
    """How often the wind came from each sector with each class of speed.

    ``counts``: array (sectors, classes), the first sector around north, the others clockwise. ``calm`` winds have no
    direction; of ``undirected`` ones, which are no calm, none was told. ``bad`` speeds are left out of all of these.
    """

    counts: np.ndarray
    calm: int
    undirected: int
    bad: int

    @property
    def count(self) -> int:
        """All speeds, calm and undirected ones among them."""
        return int(self.counts.sum()) + self.calm + self.undirected

    def completeness(self, speed: Series, interval: Interval, season: str | None) -> float | None:
        """Share of the expected speeds from the first to the last one of the series in an interval; None where there
        should be none, or nobody knows how many."""
        end = speed.last + (speed.step or timedelta(0))
        begin = speed.first if interval.begin is None else max(interval.begin, speed.first)
        end = end if interval.end is None else min(interval.end, end)
        if speed.step is None or begin >= end:
            return None
        seasons = Width("season").starts(begin, end)
        edges = np.clip(seasons.edges.astype(float), begin.timestamp() * 1e6, end.timestamp() * 1e6)
        of = np.array([season in (None, Width("season").label(key).partition("-")[2]) for key in seasons.keys.tolist()])
        seconds = np.diff(edges)[of].sum() / 1e6
        return float(completeness(np.array([self.count]), np.array([seconds]), speed.step)[0]) if seconds else None
