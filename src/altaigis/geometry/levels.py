"""Levels of detail: geometries in fewer and fewer vertices, none of which is lost, with borders that stay common."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple, dataclass, replace
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from altaigis.geometry.borders import Borders
from altaigis.geometry.cleaning import Geometries
from altaigis.geometry.grid import OnGrid, on_grid

#: The poles are infinitely far in Web Mercator; this far north a hundred thousand kilometres.
NORTHERNMOST = 89.99999
#: A level of a coverage has the vertices of the finer one where less than this part of them makes bends to be lost.
HOPELESS = 0.1


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
) -> Iterator[tuple[int, OnGrid]]:
    """The levels, the finest first, each made from the one before.

    The polygons of a coverage keep their common borders vertex for vertex; of other layers each geometry is simplified
    by itself. What is smaller than a unit keeps the least form that is valid on the grid, so that nobody disappears; of
    the islands and holes of a coverage those are left out of which the grid has nothing but a line.

    Args:
        geometries: valid lines or polygons of one type, array (n,), in degrees.
        coverage: whether the geometries are polygons that share their borders vertex for vertex.
        strays: how many times its tolerance a border of a coverage may stray: long thin spits are kept for it. Others
            stay within twice their tolerance. A unit more comes of the grid.

    Yields:
        level, and multilines or multipolygons in Web Mercator, array (n,).
    """
    if not len(geometries):
        return
    order = sorted(levels, reverse=True)
    with ThreadPoolExecutor(1) as pool:

        def started(finer: Geometries) -> Iterator[Future[OnGrid]]:
            borders = Borders(finer) if coverage else None
            for tolerance, unit in (astuple(levels[level]) for level in order):
                finer = _coverage(finer, tolerance, borders, strays) if borders else _each(finer, tolerance)
                yield pool.submit(_shown, finer, unit, coverage=coverage)

        # one level is put on its grid while the next is made, as NumPy and GEOS let other threads work
        coming = chain(started(to_web_mercator(geometries)), [Future()])
        for level, (shown, _) in zip(order, pairwise(coming), strict=True):
            yield level, shown.result()


def _shown(geometries: Geometries, unit: float, *, coverage: bool) -> OnGrid:
    shown = on_grid(_scaled(geometries, 1 / unit), coverage=coverage)
    return replace(shown, geometries=_scaled(shown.geometries, unit))


def _coverage(finer: Geometries, tolerance: float, borders: Borders, strays: float) -> Geometries:
    if borders.bends_below(tolerance**2) < HOPELESS:
        return finer
    simplified: Geometries = shapely.coverage_simplify(finer, tolerance)
    coarser = borders.within(simplified, strays * tolerance)
    crossing: Geometries = np.empty(0, dtype=object)
    # what has been put back can lie across what has moved
    while len(sought := np.concatenate([borders.put_back(), crossing])):
        parts = shapely.get_parts(coarser)
        near = parts[np.unique(shapely.STRtree(parts).query(sought)[1])]
        edges = shapely.coverage_invalid_edges(near)
        broken = ~shapely.is_valid(near)
        edges[broken] = near[broken]
        crossing = near[~shapely.is_empty(edges)]
        # who lies within another has nothing to put back
        if not (borders.restore(edges) or (len(crossing) and borders.restore(near))):
            break
        coarser = borders.built()
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
