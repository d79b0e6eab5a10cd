"""Geometry in GML 2.1.2, 3.1.1 and 3.2.1 -> geometry in the CRS of storage, longitude first.

Elements are told by their local names: what is called the same is written the same in all versions.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import shapely
from lxml import etree

from altaigis.domain.crs import Crs
from altaigis.domain.expression import Box, Geometry
from altaigis.errors import ParameterError
from altaigis.filters.shapes import MAX_VERTICES, located, located_box
from altaigis.filters.xml import attribute, content, local_name

_NUMBERS = re.compile(r"[0-9eE.+\-\s]*", re.ASCII)


def geometry_from_gml(element: etree._Element, default: Crs, parameter: str = "filter") -> Geometry | Box:
    """The geometry that an element is; an Envelope or a Box is a box, where it is one in degrees, too.

    ``srsName`` on it, or on a part of it, names its CRS and the order of its axes; without it they are ``default``'s.
    Heights are dropped.

    Raises:
        ParameterError: it is no geometry that is read here, or none in its CRS.
    """
    try:
        crs = _crs(element, default, parameter)
        if local_name(element) in BOXES:
            return located_box(_box(element), crs)
        return located(Geometry(shapely.to_wkb(_shape(element))), crs)
    except (ValueError, shapely.errors.GEOSException) as error:
        told = re.sub(r"^\w+Exception: ", "", str(error))[:200]
        raise ParameterError(parameter, f"gml:{local_name(element)[:40]} {told}") from None


def is_geometry(element: etree._Element) -> bool:
    """Whether an element is called as a geometry is."""
    return local_name(element) in _SHAPES or local_name(element) in BOXES


def _crs(element: etree._Element, default: Crs, parameter: str) -> Crs:
    names = {name for part in element.iter() if (name := attribute(part, "srsName"))}
    found = {Crs.parse(name, parameter) for name in names}
    if len(found) > 1:
        raise ValueError(f"has parts in {len(found)} coordinate systems")
    return next(iter(found), default)


def _shape(element: etree._Element) -> Any:
    build = _SHAPES.get(local_name(element))
    if build is None:
        raise ValueError(f"holds {local_name(element)[:40]}, which is not read here; there are {', '.join(_SHAPES)}")
    return build(element)


def _children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The elements within the properties of these names; a property may hold several."""
    for child in element:
        if local_name(child) in names:
            yield from child


def _shapes(element: etree._Element, *names: str) -> list[Any]:
    return [_shape(child) for child in _children(element, *names)]


def _point(element: etree._Element) -> Any:
    positions = _positions(element)
    if len(positions) != 1:
        raise ValueError(f"has {len(positions)} positions; a point has one")
    return shapely.Point(positions[0])


def _line(element: etree._Element) -> Any:
    positions = _positions(element)
    if len(positions) < 2:
        raise ValueError("has 1 position; a line has 2 or more")
    return shapely.LineString(positions)


def _curve(element: etree._Element) -> Any:
    return shapely.LineString(_joined(_children(element, "segments")))


def _composite_curve(element: etree._Element) -> Any:
    return shapely.LineString(_joined(_children(element, "curveMember")))


def _joined(parts: Iterator[etree._Element]) -> Any:
    """Positions of lines one after the other; what one ends with, the next begins with."""
    found: list[Any] = []
    for part in parts:
        if local_name(part) not in _LINES:
            raise ValueError(f"holds {local_name(part)[:40]}, which is not read here; there are {', '.join(_LINES)}")
        positions = shapely.get_coordinates(_LINES[local_name(part)](part))
        joined = bool(found) and np.array_equal(found[-1][-1], positions[0])
        found.append(positions[1:] if joined else positions)
    if not found:
        raise ValueError("has no segments")
    return np.concatenate(found)


def _polygon(element: etree._Element) -> Any:
    outer = [_ring(ring) for ring in _children(element, "exterior", "outerBoundaryIs")]
    inner = [_ring(ring) for ring in _children(element, "interior", "innerBoundaryIs")]
    if len(outer) != 1:
        raise ValueError(f"has {len(outer)} outer rings; a polygon has one")
    return shapely.Polygon(outer[0], inner)


def _ring(element: etree._Element) -> Any:
    """Positions of a ring, which ends where it begins."""
    name = local_name(element)
    if name not in ("LinearRing", "Ring"):
        raise ValueError(f"has {name[:40]} for a ring; there are LinearRing, Ring")
    positions = _positions(element) if name == "LinearRing" else _joined(_children(element, "curveMember"))
    if len(positions) < 4 or not np.array_equal(positions[0], positions[-1]):
        raise ValueError("has a ring that does not end where it begins, or has fewer than 4 positions")
    return positions


def _surface(element: etree._Element) -> Any:
    return _united(_shapes(element, "patches", "polygonPatches", "trianglePatches"))


def _composite_surface(element: etree._Element) -> Any:
    return _united(_shapes(element, "surfaceMember"))


def _united(parts: list[Any]) -> Any:
    """Areas that share borders and nothing else, as one: those that overlap are not valid afterwards. A union of any
    areas would take minutes for a few hundred that cross each other."""
    if not parts:
        raise ValueError("has no patches")
    return parts[0] if len(parts) == 1 else shapely.coverage_union_all(parts)


def _many(build: Callable[[list[Any]], Any], *names: str) -> Callable[[etree._Element], Any]:
    return lambda element: build(_shapes(element, *names))


def _multi_polygon(polygons: list[Any]) -> Any:
    """Surfaces of several patches are several polygons."""
    parts = shapely.get_parts(np.array(polygons, dtype=object))
    return shapely.MultiPolygon(list(parts))


_LINES: Mapping[str, Callable[[etree._Element], Any]] = {
    "LineStringSegment": _line,
    "LineString": _line,
    "Curve": _curve,
    "CompositeCurve": _composite_curve,
}
_SHAPES: Mapping[str, Callable[[etree._Element], Any]] = {
    "Point": _point,
    "LineString": _line,
    "LinearRing": _line,
    "Curve": _curve,
    "CompositeCurve": _composite_curve,
    "Polygon": _polygon,
    "PolygonPatch": _polygon,
    "Triangle": _polygon,
    "Rectangle": _polygon,
    "Surface": _surface,
    "PolyhedralSurface": _surface,
    "CompositeSurface": _composite_surface,
    "MultiPoint": _many(shapely.MultiPoint, "pointMember", "pointMembers"),
    "MultiLineString": _many(shapely.MultiLineString, "lineStringMember"),
    "MultiCurve": _many(shapely.MultiLineString, "curveMember", "curveMembers"),
    "MultiPolygon": _many(_multi_polygon, "polygonMember"),
    "MultiSurface": _many(_multi_polygon, "surfaceMember", "surfaceMembers"),
    "MultiGeometry": _many(shapely.GeometryCollection, "geometryMember", "geometryMembers"),
}
#: By their two corners.
BOXES = ("Envelope", "Box")
#: What capabilities tell of: the elements of GML 3 that are read and are not parts of others.
OPERANDS = (
    "Envelope", "Point", "LineString", "Curve", "Polygon", "Surface", "MultiPoint", "MultiCurve", "MultiSurface",
    "MultiGeometry",
)  # fmt: skip


def _box(element: etree._Element) -> Box:
    corners = _positions(element)
    if len(corners) != 2:
        raise ValueError(f"has {len(corners)} corners; a box has two")
    (left, bottom), (right, top) = corners.tolist()
    return Box((left, bottom, right, top))


def _positions(element: etree._Element) -> Any:
    """Coordinates in the order in which they are written, heights left away; array (n, 2)."""
    found = [read(child) for child in element if (read := _POSITIONS.get(local_name(child)))]
    positions = np.concatenate(found) if found else np.empty((0, 2))
    if not len(positions):
        raise ValueError(f"has no coordinates; they stand in {', '.join(_POSITIONS)}")
    if len(positions) > MAX_VERTICES:
        raise ValueError(f"has {len(positions)} vertices; {MAX_VERTICES} are the most")
    return positions


def _pos(element: etree._Element) -> Any:
    numbers = _numbers(content(element))
    return _rows(numbers, len(numbers))


def _pos_list(element: etree._Element) -> Any:
    parents = (element, *element.iterancestors())
    told = next((told for part in parents if (told := attribute(part, "srsDimension", "dimension"))), "2")
    return _rows(_numbers(content(element)), {"2": 2, "3": 3}.get(told.strip(), 0))


def _rows(numbers: Any, dimension: int) -> Any:
    if dimension not in (2, 3) or len(numbers) % dimension:
        raise ValueError(f"has {len(numbers)} numbers for positions of 2 or 3 dimensions")
    return numbers.reshape(-1, dimension)[:, :2]


def _coordinates(element: etree._Element) -> Any:
    """``83.7,52.9 83.8,53``, unless it names other separators."""
    decimal, within, between = (attribute(element, name) for name in ("decimal", "cs", "ts"))
    text = content(element)
    tuples = text.split(between) if between and between.strip() else text.split()
    parts = [part.strip() for part in tuples]
    rows = [part.split(within or ",") for part in parts if part]
    plain = [[number.replace(decimal, ".") if decimal else number for number in row] for row in rows]
    lengths = {len(row) for row in plain}
    if len(lengths) > 1:
        raise ValueError("has positions of 2 and of 3 dimensions")
    return _rows(_numbers(" ".join(number for row in plain for number in row)), lengths.pop() if lengths else 2)


def _coord(element: etree._Element) -> Any:
    values = {local_name(child): content(child) for child in element}
    return _rows(_numbers(f"{values.get('X', '')} {values.get('Y', '')}"), 2)


def _point_property(element: etree._Element) -> Any:
    """A point of a line, by value (GML 3.1.1)."""
    return np.concatenate([_positions(child) for child in element] or [np.empty((0, 2))])


_POSITIONS: Mapping[str, Callable[[etree._Element], Any]] = {
    "pos": _pos,
    "posList": _pos_list,
    "coordinates": _coordinates,
    "coord": _coord,
    "lowerCorner": _pos,
    "upperCorner": _pos,
    "pointProperty": _point_property,
    "pointRep": _point_property,
}


def _numbers(text: str) -> Any:
    if not _NUMBERS.fullmatch(text):
        raise ValueError(f"has coordinates that are no numbers: {text.strip()[:40]}")
    words = text.split()
    if len(words) > 3 * MAX_VERTICES:
        raise ValueError(f"has {len(words)} numbers; {MAX_VERTICES} vertices are the most")
    numbers = np.array(words, dtype=float)
    if not all(map(math.isfinite, (numbers.min(initial=0), numbers.max(initial=0)))):
        raise ValueError("has a coordinate that is too large")
    return numbers
