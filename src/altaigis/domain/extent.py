"""Extents in longitude and latitude, and in time."""

import math
from dataclasses import dataclass
from datetime import date, datetime

from altaigis.errors import ParameterError

#: The first and the last instant; None where there is no end.
Span = tuple[date | datetime | None, date | datetime | None]


def parse_corners(text: str, parameter: str = "bbox") -> tuple[float, float, float, float]:
    """Read the lower and the upper corner of a box in any CRS; of six numbers the heights (3rd and 6th) are ignored.

    Raises:
        ParameterError: not four or six finite numbers.
    """
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
    return numbers[0], numbers[1], numbers[2], numbers[3]


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
        west, south, east, north = parse_corners(text, parameter)
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

    def lies_inside(self, other: "BBox") -> bool:
        """Whether the other box would be no smaller without this one; neither crosses the antimeridian."""
        return (
            other.west < self.west and self.east < other.east and other.south < self.south and self.north < other.north
        )

    def united(self, other: "BBox") -> "BBox":
        """The box around both; neither crosses the antimeridian."""
        return BBox(
            min(self.west, other.west),
            min(self.south, other.south),
            max(self.east, other.east),
            max(self.north, other.north),
        )
