"""Levels of detail: how coarse a geometry may be where a map or a client looks at it from afar.

A level is named by the zoom of the map that it is made for. All lengths are metres of Web Mercator, which are shorter
on the ground: 0.6 m at 53° N.

| zoom | half a pixel, m | on the ground at 53° N, m | serves ``maxAllowableOffset`` from, degrees |
|---|---|---|---|
| 4 | 4 892 | 2 944 | 0.1318 |
| 6 | 1 223 | 736 | 0.0330 |
| 8 | 306 | 184 | 0.0082 |
| 10 | 76 | 46 | 0.0021 |
| 12 | 19 | 12 | 0.0005 |
"""

import math
from collections.abc import Iterable

RADIUS = 6_378_137
#: A pixel of the tile that shows the world, 256 pixels wide.
PIXEL = 2 * math.pi * RADIUS / 256
#: Borders are simplified by the area that they cut off, not by a distance: a level's border stays within so many times
#: its tolerance (2.9 on the districts of the krai at full resolution, a third of that for half of them).
STRAYS = 3


def tolerance(zoom: float) -> float:
    """Half a pixel of a tile of 256 pixels: what a map at this zoom cannot show."""
    return PIXEL / 2 / 2**zoom


def zoom_within(offset: float) -> float:
    """The lowest zoom whose level strays no further than ``offset``; infinity for 0."""
    return math.log2(STRAYS * PIXEL / 2 / offset) if offset else math.inf


def level_for(levels: Iterable[int], zoom: int | None) -> int | None:
    """The coarsest of the levels that is fine enough for a zoom; None where only full detail is."""
    return None if zoom is None else min((level for level in levels if level >= zoom), default=None)
