"""Tile coordinates in the WebMercatorQuad matrix set."""

import math
import re
from dataclasses import dataclass

from altaigis.domain.extent import BBox
from altaigis.errors import ParameterError, TileNotFound

MAX_ZOOM = 22


@dataclass(frozen=True)
class TileCoord:
    """Zoom, column (x, from the west) and row (y, from the north); cannot exist outside the matrix."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not 0 <= self.z <= MAX_ZOOM:
            raise TileNotFound("z", f"zoom {self.z} is outside 0 to {MAX_ZOOM}")
        for axis, value in (("x", self.x), ("y", self.y)):
            if not 0 <= value < 1 << self.z:
                raise TileNotFound(axis, f"{value} is outside 0 to {(1 << self.z) - 1} of zoom {self.z}")

    @classmethod
    def parse(cls, z: str, x: str, y: str) -> "TileCoord":
        """Read three path segments.

        Raises:
            ParameterError: a segment is not a whole number.
            TileNotFound: the numbers lie outside the matrix.
        """
        return cls(*(_whole_number(name, text) for name, text in (("z", z), ("x", x), ("y", y))))

    @classmethod
    def at(cls, longitude: float, latitude: float, z: int) -> "TileCoord":
        """The tile of a zoom that holds a point in degrees; the nearest one for a point beyond the matrix."""
        side = 1 << z
        rise = math.asinh(math.tan(math.radians(max(-89.9, min(89.9, latitude)))))
        x, y = (longitude + 180.0) / 360.0 * side, (1 - rise / math.pi) / 2 * side
        return cls(z, *(min(side - 1, max(0, math.floor(n))) for n in (x, y)))

    def bbox(self, margin: float = 0.0) -> BBox:
        """The tile's area in degrees, wider by a part of its side all around but not beyond the antimeridian."""
        return BBox(
            max(-180.0, longitude(self.x - margin, self.z)),
            latitude(self.y + 1 + margin, self.z),
            min(180.0, longitude(self.x + 1 + margin, self.z)),
            latitude(self.y - margin, self.z),
        )


def _whole_number(name: str, text: str) -> int:
    # int() would also take "١", "1_0" and digits without end
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise ParameterError(name, f"'{text[:40]}' is not a whole number of at most 12 digits")
    return int(text)


def longitude(x: float, z: int) -> float:
    """Degrees of a place so many tiles from the west, and no whole number of them as a rule."""
    return x / (1 << z) * 360.0 - 180.0


def latitude(y: float, z: int) -> float:
    """The same from the north."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / (1 << z)))))
