"""A small map as a drawing: where a place lies on it, and the path of a geometry."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from altaigis.domain.extent import BBox

Shape = Literal["point", "line", "area"]
SHAPES: Mapping[str, Shape] = {"Point": "point", "LineString": "line", "Polygon": "area"}
#: What is nearer than half a pixel falls together: neighbours, who share their vertices, stay neighbours.
_STEPS = 2
#: Degrees of latitude, some fifty kilometres: towns and districts that one knows a place by.
AROUND = 0.5
#: Degrees, some hundred metres: no map is smaller.
_LEAST = 0.001
#: Of a meridian.
KM_A_DEGREE = 111.2


class Plane:
    """The plane of an extent in which a kilometre is as long to the east as to the north at its middle.

    ``width`` and ``height`` are in pixels; y grows to the south.
    """

    def __init__(self, extent: BBox, width: float) -> None:
        self._extent = extent
        self._narrowing = math.cos(math.radians((extent.south + extent.north) / 2)) or 1.0
        across = max((extent.east - extent.west) * self._narrowing, 1e-6)
        self._scale = width / across
        self.width = width
        self.height = max(extent.north - extent.south, across / 4) * self._scale

    @property
    def kilometre(self) -> float:
        """Pixels at its middle."""
        return self._scale / KM_A_DEGREE

    def place(self, position: Sequence[float]) -> tuple[float, float]:
        """Pixels from the north-western corner, of longitude and latitude."""
        x = (position[0] - self._extent.west) * self._narrowing * self._scale
        return x, (self._extent.north - position[1]) * self._scale

    def path(self, geometry: Mapping[str, Any]) -> str:
        """The path data (SVG) of a GeoJSON geometry in CRS84; points are lines without length."""
        shape = shape_of(geometry)
        if shape == "point":
            return "".join(f"{self._move([position])}h0" for position in parts_of(geometry))
        if shape == "line":
            return "".join(map(self._move, parts_of(geometry)))
        return "".join(f"{self._move(ring)}Z" for polygon in parts_of(geometry) for ring in polygon)

    def _move(self, positions: Sequence[Sequence[float]]) -> str:
        places = ((round(x * _STEPS), round(y * _STEPS)) for x, y in map(self.place, positions))
        # a dictionary would drop where a line comes back to
        kept: list[tuple[int, int]] = []
        for place in places:
            if not kept or place != kept[-1]:
                kept.append(place)
        return "M" + " ".join(f"{x / _STEPS:g},{y / _STEPS:g}" for x, y in kept)


def framed(extent: BBox) -> BBox:
    """An extent that a map can be drawn of: made wider where it is a point or a line, to a third of its other side on
    the ground at least."""
    narrowing = max(math.cos(math.radians((extent.south + extent.north) / 2)), 0.01)
    width, height = (extent.east - extent.west) * narrowing, extent.north - extent.south
    least = max(_LEAST, width / 3, height / 3)
    across, up = max(least - width, 0) / 2 / narrowing, max(least - height, 0) / 2
    return BBox(extent.west - across, extent.south - up, extent.east + across, extent.north + up)


def surroundings(geometry: Mapping[str, Any]) -> BBox:
    """A geometry in CRS84 with what lies around it: half of its own size, and :data:`AROUND` at least."""
    longitudes, latitudes = zip(*_positions(geometry["coordinates"]), strict=True)
    south, north = min(latitudes), max(latitudes)
    narrowing = max(math.cos(math.radians((south + north) / 2)), 0.01)
    up = max((north - south) / 2, AROUND)
    # a map is broader than it is high
    across = max((max(longitudes) - min(longitudes)) / 2, 1.5 * AROUND / narrowing)
    return BBox(min(longitudes) - across, max(south - up, -90), max(longitudes) + across, min(north + up, 90))


def _positions(coordinates: Sequence[Any]) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], Sequence):
        for inner in coordinates:
            yield from _positions(inner)
    else:
        yield coordinates[0], coordinates[1]


def shape_of(geometry: Mapping[str, Any]) -> Shape:
    """Whether it is drawn as points, lines or areas."""
    return SHAPES[geometry["type"].removeprefix("Multi")]


def parts_of(geometry: Mapping[str, Any]) -> Sequence[Any]:
    """Coordinates of the single points, lines or polygons."""
    coordinates: Sequence[Any] = geometry["coordinates"]
    return coordinates if geometry["type"].startswith("Multi") else [coordinates]
