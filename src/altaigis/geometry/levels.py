"""Levels of detail: geometries in fewer and fewer vertices, none of which is lost, with borders that stay common."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from altaigis.geometry.borders import Borders
from altaigis.geometry.cleaning import Geometries
from altaigis.geometry.grid import on_grid

#: The poles are infinitely far in Web Mercator; this far north a hundred thousand kilometres.
NORTHERNMOST = 89.99999
#: How often borders are sought that vertices can be put back to without crossing others.
TRIES = 3


@dataclass(frozen=True)
class Fineness:
    """What a level is made to, in metres of Web Mercator.

    Args:
        tolerance: of a coverage the side of the square whose area a bend of a border must have to be kept (Visvalingam
            and Whyatt), of others the distance from the line (Douglas and Peucker).
        unit: the width of the cells of its grid: all coordinates are multiples of it.
    """

    tolerance: float
    unit: float


def simplify(
    geometries: Geometries, levels: Mapping[int, Fineness], *, coverage: bool, strays: float
) -> Iterator[tuple[int, Geometries]]:
    """The levels, the finest first, each made from the one before.

    The polygons of a coverage keep their common borders vertex for vertex; of other layers each geometry is simplified
    by itself. What is smaller than a unit keeps the least form that is valid on the grid, so that nobody disappears.

    Args:
        geometries: valid lines or polygons of one type, array (n,), in degrees.
        coverage: whether the geometries are polygons that share their borders vertex for vertex.
        strays: how many times its tolerance a border of a coverage may stray: long thin spits are kept for it, as far
            as they would not lie across another border. Others stay within twice their tolerance. A unit more comes of
            the grid.

    Yields:
        level, and multilines or multipolygons in Web Mercator, array (n,).
    """
    if not len(geometries):
        return
    finer = to_web_mercator(geometries)
    borders = Borders(finer) if coverage else None
    for level in sorted(levels, reverse=True):
        fineness = levels[level]
        finer = _coverage(finer, fineness, borders, strays) if borders else _each(finer, fineness.tolerance)
        shown = on_grid(_scaled(finer, 1 / fineness.unit), coverage=coverage)
        yield level, _scaled(shown, fineness.unit)


def _coverage(finer: Geometries, fineness: Fineness, borders: Borders, strays: float) -> Geometries:
    simplified = shapely.coverage_simplify(finer, fineness.tolerance)
    spared = np.zeros(len(finer), dtype=bool)
    for _ in range(TRIES):
        coarser = borders.within(simplified, strays * fineness.tolerance, spared)
        if coarser is simplified:
            break
        # what has been put back can lie across what has moved
        crossed = ~shapely.is_valid(coarser) | ~shapely.is_empty(shapely.coverage_invalid_edges(coarser))
        if not crossed.any():
            break
        spared |= crossed
    else:
        coarser = borders.within(simplified, np.inf, spared)
    borders.keep()
    return coarser


def _scaled(geometries: Geometries, by: float) -> Geometries:
    scaled: Geometries = shapely.transform(geometries, lambda places: places * by)
    return scaled


def _each(finer: Geometries, tolerance: float) -> Geometries:
    with np.errstate(divide="ignore", invalid="ignore"):  # GEOS divides by the length of segments that have none
        coarser: Geometries = shapely.simplify(finer, tolerance, preserve_topology=True)
    lost = ~shapely.is_valid(coarser) | shapely.is_empty(coarser)
    coarser[lost] = finer[lost]
    return coarser


def to_web_mercator(geometries: Geometries) -> Geometries:
    """One vertex in degrees becomes one place, whosever it is: common borders stay common."""
    result: Geometries = shapely.transform(geometries, in_metres)
    return result


def in_metres(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Places (n, 2) in degrees in Web Mercator."""
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    longitudes, latitudes = places.T
    return np.column_stack(to_metres.transform(longitudes, latitudes.clip(-NORTHERNMOST, NORTHERNMOST)))
