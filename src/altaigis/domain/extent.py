"""Extents in longitude and latitude."""

import math
from dataclasses import dataclass

from altaigis.domain.crs import CRS84, Crs
from altaigis.errors import ParameterError


@dataclass(frozen=True)
class BBox:
    """A box in degrees, CRS84 (longitude first). West lies east of east where the box crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def parse(cls, text: str, parameter: str = "bbox") -> "BBox":
        """Read ``west,south,east,north``; of six numbers the heights (3rd and 6th) are ignored.

        Raises:
            ParameterError: not four or six finite numbers within the globe, or south above north.
        """
        return cls.of(_corners(text, parameter), parameter)

    @classmethod
    def of(cls, corners: tuple[float, float, float, float], parameter: str = "bbox") -> "BBox":
        """A box of west, south, east and north, if they are degrees."""
        west, south, east, north = corners
        if not (-180 <= west <= 180 and -180 <= east <= 180):
            raise ParameterError(parameter, "longitudes lie between -180 and 180")
        if not (-90 <= south <= north <= 90):
            raise ParameterError(parameter, "latitudes lie between -90 and 90, the southern one first")
        return cls(west, south, east, north)

    def __str__(self) -> str:
        return ",".join(repr(n) for n in self.as_list())

    def as_list(self) -> list[float]:
        return [self.west, self.south, self.east, self.north]

    def parts(self) -> tuple["BBox", ...]:
        """The box, or the two halves of one that crosses the antimeridian."""
        if self.west <= self.east:
            return (self,)
        return BBox(self.west, self.south, 180.0, self.north), BBox(-180.0, self.south, self.east, self.north)

    def intersects(self, other: "BBox") -> bool:
        return any(
            a.west <= b.east and b.west <= a.east and a.south <= b.north and b.south <= a.north
            for a in self.parts()
            for b in other.parts()
        )


@dataclass(frozen=True)
class BoxInCrs:
    """A box along the axes of a projected or foreign CRS, in its units, easting first."""

    west: float
    south: float
    east: float
    north: float
    crs: Crs

    @classmethod
    def parse(cls, text: str, crs: Crs, parameter: str = "bbox") -> "BoxInCrs":
        """Read the two corners, four or six numbers in the order of the axes of ``crs``.

        Raises:
            ParameterError: not so many finite numbers, or the upper corner first.
        """
        one, two, three, four = _corners(text, parameter)
        west, south, east, north = (two, one, four, three) if crs.axis_swapped else (one, two, three, four)
        if south > north or (west > east and not crs.is_geographic):
            raise ParameterError(parameter, "the lower left corner stands first")
        return cls(west, south, east, north, crs)

    def as_bbox(self) -> "BBox | BoxInCrs":
        """The same in CRS84 where that is no more than another order of the axes."""
        corners = (self.west, self.south, self.east, self.north)
        return BBox.of(corners) if self.crs.srid == CRS84.srid else self


def _corners(text: str, parameter: str) -> tuple[float, float, float, float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError(parameter, f"'{text[:80]}' is not a list of numbers west,south,east,north") from None
    if len(numbers) == 6:
        numbers = [*numbers[0:2], *numbers[3:5]]
    if len(numbers) != 4:
        raise ParameterError(parameter, f"needs 4 or 6 numbers, got {text.count(',') + 1}")
    if not all(math.isfinite(n) for n in numbers):
        raise ParameterError(parameter, "all numbers must be finite")
    west, south, east, north = numbers
    return west, south, east, north
