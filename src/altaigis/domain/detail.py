"""Levels of detail: how coarse a geometry may be where a map or a client looks at it from afar.

A level is named by the zoom of the tiles that it is made for. All lengths are metres of Web Mercator, which are shorter
on the ground: 0.6 m at 53° N. Who asks for ``zoom`` gets a level that strays by less than a pixel of it, and so a finer
one than its tiles have, in which half a pixel is the area of a bend.

| level | tolerance, m | on the ground at 53° N, m | serves ``maxAllowableOffset`` from, degrees | and ``zoom`` up to |
|---|---|---|---|---|
| 4 | 4 892 | 2 944 | 0.1318 | 3.4 |
| 6 | 1 223 | 736 | 0.0330 | 5.4 |
| 8 | 306 | 184 | 0.0082 | 7.4 |
| 10 | 76 | 46 | 0.0021 | 9.4 |
| 12 | 19 | 12 | 0.0005 | 11.4 |
"""

import math
from collections.abc import Iterable

RADIUS = 6_378_137
#: A pixel of the tile that shows the world, 256 pixels wide.
PIXEL = 2 * math.pi * RADIUS / 256
#: Borders are simplified by the area that they cut off, not by a distance: what would stray further than so many times
#: the tolerance of a level is kept. Of the districts of the krai at full resolution most levels stray by up to 2.9, and
#: half of the districts by a third of that.
STRAYS = 3


def pixel(zoom: float) -> float:
    """A pixel of a tile of 256 pixels at this zoom."""
    return PIXEL / 2**zoom


def tolerance(level: float) -> float:
    """What a level is simplified by: half a pixel of its tiles."""
    return pixel(level) / 2


def zoom_within(offset: float) -> float:
    """The lowest zoom whose level strays no further than ``offset``; infinity for 0."""
    return math.log2(STRAYS * tolerance(0) / offset) if offset else math.inf


def level_for(levels: Iterable[int], zoom: int | None) -> int | None:
    """The coarsest of the levels that is fine enough for a zoom; None where only full detail is."""
    return None if zoom is None else min((level for level in levels if level >= zoom), default=None)
