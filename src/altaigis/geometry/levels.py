"""Levels of detail: geometries in fewer and fewer vertices, none of which is lost, with borders that stay common."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

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


#: A level of a coverage is not even tried where less than this part of the vertices makes bends that it would lose.
#: Bends that grow small when others go make it more, but not as many times more as would make the level worth its room.
HOPELESS = (1 - WORTH) / 2
#: Geometries are simplified in so many parts for each processor: their sizes differ.
PARTS = 8
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
    shared = _Coverage(finer) if coverage else None
    for level in sorted(tolerances, reverse=True):
        tolerance = tolerances[level]
        made = shared.coarser(tolerance, strays * tolerance) if shared else _each(finer, tolerance)
        if made is not None:
            finer = as_type(made, kind)
            if shared:
                shared.keep(finer)
            yield level, finer


class _Coverage:
    """A coverage on its way down the levels."""

    def __init__(self, finest: Geometries) -> None:
        self._finer = finest
        self._borders = Borders(finest)
        #: What was made of the finer one, and how far it strays, by tolerance: the next level tries some of them, too.
        self._tried: dict[float, tuple[Geometries, float]] = {}

    def coarser(self, tolerance: float, limit: float) -> Geometries | None:
        """The coverage in fewer vertices, if that is worth it and strays no further than the limit."""
        if self._borders.bends_below(tolerance**2) < HOPELESS:
            return None
        self._tried = {tried: made for tried, made in self._tried.items() if tried >= TRIED[-1] * tolerance}
        for part in TRIED:
            made, stray = self._simplified(part * tolerance)
            if not _is_worth(made, self._finer):
                break
            if stray <= limit:
                return made if shapely.is_valid(made).all() and shapely.coverage_is_valid(made) else None
        return None

    def keep(self, coarser: Geometries) -> None:
        """This is the finer one from now on."""
        self._finer, self._tried = coarser, {}
        self._borders.keep(coarser)

    def _simplified(self, tolerance: float) -> tuple[Geometries, float]:
        if tolerance not in self._tried:
            made: Geometries = shapely.coverage_simplify(self._finer, tolerance)
            self._tried[tolerance] = made, self._borders.stray(made)
        return self._tried[tolerance]


def _each(finer: Geometries, tolerance: float) -> Geometries | None:
    processors = os.cpu_count() or 1
    # GEOS lets other threads work meanwhile
    with ThreadPoolExecutor(processors) as pool:
        parts = np.array_split(finer, processors * PARTS)
        coarser = np.concatenate(list(pool.map(partial(_simplified, tolerance=tolerance), parts)))
        if not _is_worth(coarser, finer):
            return None
        parts = np.array_split(coarser, processors * PARTS)
        lost = ~np.concatenate(list(pool.map(shapely.is_valid, parts))) | shapely.is_empty(coarser)
    coarser[lost] = finer[lost]
    return coarser


def _simplified(geometries: Geometries, tolerance: float) -> Geometries:
    with np.errstate(divide="ignore", invalid="ignore"):  # GEOS divides by the length of segments that have none
        result: Geometries = shapely.simplify(geometries, tolerance, preserve_topology=True)
    return result


def _is_worth(coarser: Geometries, finer: Geometries) -> bool:
    return _vertices(coarser) <= WORTH * _vertices(finer)


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
