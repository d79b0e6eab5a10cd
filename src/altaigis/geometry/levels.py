"""Levels of detail: geometries in fewer and fewer vertices, none of which is lost, with borders that stay common."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from altaigis.geometry.borders import Borders
from altaigis.geometry.cleaning import Geometries, as_type

#: The poles are infinitely far in Web Mercator; this far north a hundred thousand kilometres.
NORTHERNMOST = 89.99999
#: A level with more than this part of the vertices of the next finer one is not worth its room.
WORTH = 0.9


#: Parts of its tolerance that a level of a coverage is made with, one after the other, until borders are near enough.
TRIED = (1, 0.5, 0.25)


def simplify(
    geometries: Geometries, tolerances: Mapping[int, float], *, coverage: bool, strays: float
) -> Iterator[tuple[int, Geometries]]:
    """The levels that are worth keeping, the finest first, each made from the one before.

    The polygons of a coverage keep their common borders vertex for vertex; of other layers each geometry is simplified
    by itself. What is smaller than the tolerance keeps the least form that is valid: a polygon is a triangle in the
    end, a line has two ends, and no part disappears.

    Args:
        geometries: valid lines or polygons of one type, array (n,), in degrees.
        tolerances: metres of Web Mercator by level. Of a coverage it is the side of the square whose area a bend of a
            border must have to be kept (Visvalingam and Whyatt), of others the distance from the line (Douglas and
            Peucker).
        coverage: whether the geometries are polygons that share their borders vertex for vertex.
        strays: how many times its tolerance a level of a coverage may stray; one whose spits are too long and thin for
            that is left out. Others stay within twice their tolerance.

    Yields:
        level, and geometries in Web Mercator, array (n,), of the type that came.
    """
    if not len(geometries):
        return
    finer, kind = _in_web_mercator(geometries), geometries[0].geom_type
    borders = Borders(finer) if coverage else None
    for level in sorted(tolerances, reverse=True):
        tolerance = tolerances[level]
        made = _coverage(finer, tolerance, borders, strays * tolerance) if borders else _each(finer, tolerance)
        coarser = as_type(made, kind)
        if _vertices(coarser) <= WORTH * _vertices(finer):
            finer = coarser
            if borders:
                borders.keep(finer)
            yield level, coarser


def _coverage(finer: Geometries, tolerance: float, borders: Borders, limit: float) -> Geometries:
    for part in TRIED:
        coarser: Geometries = shapely.coverage_simplify(finer, part * tolerance)
        if not (shapely.is_valid(coarser).all() and shapely.coverage_is_valid(coarser)):
            break
        if borders.stray(coarser) <= limit:
            return coarser
    return finer


def _each(finer: Geometries, tolerance: float) -> Geometries:
    with np.errstate(divide="ignore", invalid="ignore"):  # GEOS divides by the length of segments that have none
        coarser: Geometries = shapely.simplify(finer, tolerance, preserve_topology=True)
    lost = ~shapely.is_valid(coarser) | shapely.is_empty(coarser)
    coarser[lost] = finer[lost]
    return coarser


def _vertices(geometries: Geometries) -> int:
    return int(shapely.get_num_coordinates(geometries).sum())


def _in_web_mercator(geometries: Geometries) -> Geometries:
    """One vertex in degrees becomes one place, whosever it is: common borders stay common."""
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)

    def transformed(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        longitudes, latitudes = places.T
        return np.column_stack(to_metres.transform(longitudes, latitudes.clip(-NORTHERNMOST, NORTHERNMOST)))

    result: Geometries = shapely.transform(geometries, transformed)
    return result
