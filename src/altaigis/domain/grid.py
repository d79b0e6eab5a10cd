"""The grid of the tiles of a zoom, in whose units geometries for them are kept.

The grids of all zooms lie beside each other in one plane, the coarsest in the west: one spatial index is enough for
them all, and a place in the plane tells its zoom.
"""

import math
from dataclasses import dataclass

from altaigis.domain.detail import RADIUS
from altaigis.domain.extent import BBox
from altaigis.domain.tile import TileCoord, latitude, longitude

#: Units along the side of a tile.
TILE_UNITS = 4096
#: Units around a tile that are drawn too, so that strokes meet at its edge.
BUFFER = 64


@dataclass(frozen=True)
class Grid:
    """Units of a zoom, numbered to the east and, as tiles have it, to the south."""

    zoom: int

    @property
    def west(self) -> int:
        """Where the world begins; it is so many units wide and high, too."""
        return TILE_UNITS << self.zoom

    @property
    def unit(self) -> float:
        """Metres of Web Mercator."""
        return 2 * math.pi * RADIUS / self.west

    @property
    def from_metres(self) -> tuple[float, float, float, float]:
        """Factor and shift for x, then for y, that make units out of metres of Web Mercator."""
        return 1 / self.unit, self.west * 1.5, -1 / self.unit, self.west / 2

    @property
    def to_metres(self) -> tuple[float, float, float, float]:
        """The same the other way."""
        half = math.pi * RADIUS
        return self.unit, -self.unit * self.west - half, -self.unit, half

    def corner(self, tile: TileCoord) -> tuple[int, int]:
        """The first unit of a tile, at its upper left."""
        return self.west + tile.x * TILE_UNITS, tile.y * TILE_UNITS

    def units_around(self, box: BBox, margin: int) -> tuple[float, float, float, float]:
        """The least and the greatest x and y of a box in degrees, wider by so many units all around."""
        left, right = (self.west + (degrees + 180) / 360 * self.west for degrees in (box.west, box.east))
        top, bottom = (
            (1 - math.asinh(math.tan(math.radians(degrees))) / math.pi) / 2 * self.west
            for degrees in (box.north, box.south)
        )
        return left - margin, top - margin, right + margin, bottom + margin

    def box_of(self, left: float, top: float, right: float, bottom: float) -> BBox:
        """The box in degrees that has these for its least and greatest x and y."""
        west, east = (longitude(x / TILE_UNITS - (1 << self.zoom), self.zoom) for x in (left, right))
        north, south = (latitude(y / TILE_UNITS, self.zoom) for y in (top, bottom))
        return BBox(west, south, east, north)
