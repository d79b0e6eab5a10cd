"""Geometry literals: read from WKT and GeoJSON, checked, and brought to the CRS of storage."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
import pyproj
import shapely

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.expression import Box, Geometry, Literal

_CLASS = re.compile(r"^\w+Exception: ")
#: Vertices of one geometry.
MAX_VERTICES = 100_000
#: An edge of a box in a projected CRS is no straight line in degrees: it becomes this many pieces.
PIECES = 32
#: Metres: no two places are farther apart, and no line on the ellipsoid is bent more than a circle with this radius.
FARTHEST, LEAST_RADIUS = 20_100_000.0, 6_335_000.0
#: Degrees: edges not longer than the first lie within 2 m of the shortest way between their ends in the krai, and
#: nothing is missed for that within the second. Of very long lines the edges are longer, so many at the most.
EDGE, NEARBY, MAX_EDGES = 0.1, 1e-4, 5_000


def geometry_from_wkt(text: str) -> Geometry:
    """A geometry of well-known text; heights are dropped.

    Raises:
        ValueError: it cannot be read.
    """
    return _packed(lambda: shapely.from_wkt(text))


def geometry_from_geojson(document: Mapping[str, Any]) -> Geometry:
    """A geometry of GeoJSON; heights are dropped.

    Raises:
        ValueError: it cannot be read.
    """
    return _packed(lambda: shapely.from_geojson(orjson.dumps(document)))


def geometry_to_wkt(geometry: Geometry) -> str:
    """Well-known text with every digit."""
    text: str = shapely.to_wkt(shapely.from_wkb(geometry.wkb), rounding_precision=17)
    return text


def geometry_to_geojson(geometry: Geometry) -> dict[str, Any]:
    """A GeoJSON geometry with every digit."""
    document: dict[str, Any] = orjson.loads(shapely.to_geojson(shapely.from_wkb(geometry.wkb)))
    return document


def located(literal: Geometry, crs: Crs) -> Geometry:
    """The geometry in the CRS of storage, longitude first.

    Raises:
        ValueError: it has too many vertices, is not valid, or lies where its CRS does not reach.
    """
    shape = shapely.from_wkb(literal.wkb)
    if (vertices := shapely.get_num_coordinates(shape)) > MAX_VERTICES:
        raise ValueError(f"has {vertices} vertices; {MAX_VERTICES} are the most")
    if crs.axis_swapped:
        shape = shapely.transform(shape, lambda points: points[:, ::-1])
    return _stored(shape, crs)


def located_box(literal: Box, crs: Crs) -> Geometry | Box:
    """The same of a box, which stays one where it is one there and has an area.

    Raises:
        ValueError: it is none, or lies where its CRS does not reach.
    """
    south, west, north, east = literal.corners
    box = Box((west, south, east, north)) if crs.axis_swapped else literal
    if crs.srid == CRS84.srid and _is_plain(box):
        return box
    try:
        # GEOS refuses what it cannot compute; NumPy would warn of it besides
        with np.errstate(over="ignore", invalid="ignore"):
            return _stored(_shape(box, crs), crs)
    except shapely.errors.GEOSException:
        raise ValueError(f"is a box too large or too small for {crs.name}") from None


def surroundings(literal: Geometry | Box, metres: float) -> tuple[Geometry, Literal, Box]:
    """A place in the CRS of storage whose edges may be taken for the shortest ways over the ground; a distance from it
    that is on the globe; and a box in which everything lies that is so near.

    Raises:
        ValueError: the place is empty.
    """
    shape = shapely.box(*literal.corners) if isinstance(literal, Box) else shapely.from_wkb(literal.wkb)
    if shapely.is_empty(shape):
        raise ValueError("is empty, and nothing is near it")
    metres = min(float(metres), FARTHEST)
    west, south, east, north = shapely.bounds(shape).tolist()
    reach = math.degrees(metres / LEAST_RADIUS) + NEARBY
    beside = reach / math.cos(math.radians(highest)) if (highest := max(-south, north) + reach) < 90 else 360.0
    west, east = west - beside, east + beside
    if west < -180 or east > 180:
        west, east = -180.0, 180.0
    box = Box((west, max(south - reach, -90.0), east, min(north + reach, 90.0)))
    dense = shapely.segmentize(shape, max(EDGE, shapely.length(shape) / MAX_EDGES))
    return Geometry(shapely.to_wkb(dense)), Literal(metres), box


def _stored(shape: Any, crs: Crs) -> Geometry:
    """A geometry with its easting first in the CRS of storage."""
    if crs.srid != CRS84.srid:
        way = pyproj.Transformer.from_crs(crs.definition, CRS84.definition, always_xy=True)
        shape = shapely.transform(shape, way.transform, interleaved=False)
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise ValueError(f"lies where {crs.name} does not reach")
    if not shapely.is_valid(shape):
        raise ValueError(f"is not valid: {shapely.is_valid_reason(shape)}")
    return Geometry(shapely.to_wkb(shape))


def _packed(read: Any) -> Geometry:
    try:
        return Geometry(shapely.to_wkb(shapely.force_2d(read())))
    except (shapely.errors.ShapelyError, TypeError, ValueError) as error:
        raise ValueError(_reason(error)) from None


def _reason(error: Exception) -> str:
    """What GEOS and its reader of JSON say, without the names of their own classes."""
    told = _CLASS.sub("", str(error).splitlines()[0])
    if found := re.search(r"key '(\w+)' not found", told):
        return f"member '{found[1]}' is missing"
    if found := re.search(r"type must be (\w+), but is (\w+)", told):
        return f"has {found[2]} where GeoJSON has {found[1]}"
    return "cannot be read as GeoJSON" if "json.exception" in told else told[:200]


def _is_plain(box: Box) -> bool:
    """Whether the box has an area, and lies on one side of the antimeridian."""
    west, south, east, north = box.corners
    return west < east and south < north and all(map(math.isfinite, box.corners))


def _shape(box: Box, crs: Crs) -> Any:
    west, south, east, north = box.corners
    if south > north:
        raise ValueError("has its lower corner above the upper one")
    if west <= east:
        return _rectangle(west, south, east, north, crs)
    if not crs.is_geographic:
        raise ValueError("has its left corner on the right of the other")
    # Over the antimeridian
    halves = [_rectangle(west, south, 180.0, north, crs), _rectangle(-180.0, south, east, north, crs)]
    return shapely.union_all(halves)


def _rectangle(west: float, south: float, east: float, north: float, crs: Crs) -> Any:
    """A polygon; a line or a point where the box has no area."""
    if (west, south) == (east, north):
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    rectangle = shapely.box(west, south, east, north)
    return rectangle if crs.is_geographic else shapely.segmentize(rectangle, max(east - west, north - south) / PIECES)
