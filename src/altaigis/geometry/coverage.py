"""Coverages: polygons that tile their territory without overlap or gap and share their borders vertex for vertex."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from altaigis.geometry import gaps
from altaigis.geometry.cleaning import Geometries
from altaigis.geometry.geodesy import straight_area_km2

#: So many vertices are cleaned at a time, in some 100 MB of memory. Smaller pieces have longer borders in common.
PIECE_VERTICES = 100_000


@dataclass(frozen=True)
class CleanedCoverage:
    """The result of :func:`clean`.

    Attributes:
        geometries: array (n,), in the order of the input.
        overlap_km2: area that two or more of the input polygons claimed.
        gap_km2: area of the gaps that were closed.
        moved_km2: array (n,), area that each polygon won or lost.
        open_gaps: gaps wider than the limit, which stay open.
        closed_gaps: the gaps that were closed.
        wide_overlaps: what polygons gave up to others in pieces wider than the limit.
    """

    geometries: Geometries
    overlap_km2: float
    gap_km2: float
    moved_km2: npt.NDArray[np.float64]
    open_gaps: Geometries
    closed_gaps: Geometries
    wide_overlaps: Geometries


def clean(geometries: Geometries, gap_width: float) -> CleanedCoverage:
    """Close overlaps and gaps between polygons.

    An overlap goes to the polygon with which it shares its longest border, and so does a gap whose largest
    inscribed circle is narrower than ``gap_width``. After the CoverageCleaner of GEOS (JTS).

    Args:
        geometries: valid (multi)polygons, array (n,), in degrees.
        gap_width: widest gap that is closed, and widest overlap that is not told of, in degrees.
    """
    apart = _without_overlaps(geometries)
    # GEOS closes gaps too, by comparing each with the whole border of each neighbour: five times slower
    found = gaps.find(apart)
    narrow = gaps.narrower(found.areas, gap_width)
    cleaned = gaps.close(apart, found, narrow)
    lost = np.maximum(straight_area_km2(geometries) - straight_area_km2(apart), 0)
    won = np.bincount(found.neighbours[narrow], straight_area_km2(found.areas[narrow]), minlength=len(geometries))
    return CleanedCoverage(
        geometries=cleaned,
        overlap_km2=float(lost.sum()),
        gap_km2=float(won.sum()),
        moved_km2=lost + won,
        open_gaps=found.areas[~narrow],
        closed_gaps=found.areas[narrow],
        wide_overlaps=_wide_overlaps(geometries, apart, gap_width),
    )


def _wide_overlaps(geometries: Geometries, apart: Geometries, width: float) -> Geometries:
    circle = np.pi / 4 * width**2  # what holds one that wide has its area at the least
    some = shapely.area(geometries) - shapely.area(apart) >= circle
    parts = shapely.get_parts(shapely.difference(geometries[some], apart[some]))
    parts = parts[shapely.area(parts) >= circle]
    wide: Geometries = parts[~gaps.narrower(parts, width)]
    return wide


def _without_overlaps(geometries: Geometries) -> Geometries:
    """Overlaps given to one of their claimants; large coverages piece by piece, each with its finished neighbours."""
    snapping = _snapping_distance(geometries)
    result = geometries.copy()
    tree = shapely.STRtree(geometries)
    finished = np.zeros(len(geometries), dtype=bool)
    for piece in _pieces(geometries):
        reach = shapely.box(*(shapely.bounds(geometries[piece]) + np.array([-1, -1, 1, 1]) * 2 * snapping).T)
        near = np.unique(tree.query(reach)[1])
        together = np.concatenate([piece, near[finished[near] & ~shapely.is_empty(result[near])]])
        result[together] = shapely.coverage_clean(result[together], gap_width=0, snapping_distance=snapping)
        finished[piece] = True
    return result


def _pieces(geometries: Geometries) -> list[npt.NDArray[np.intp]]:
    """Polygons that lie together, some `PIECE_VERTICES` at a time."""
    counts = shapely.get_num_coordinates(geometries)
    if counts.sum() <= PIECE_VERTICES:
        return [np.arange(len(geometries))]
    order = gpd.GeoSeries(geometries).hilbert_distance().to_numpy().argsort(kind="stable")
    numbers = np.cumsum(counts[order]) // PIECE_VERTICES
    return np.split(order, np.flatnonzero(np.diff(numbers)) + 1)


def _snapping_distance(geometries: Geometries) -> float:
    """What GEOS takes by itself, of the whole coverage for each of its pieces."""
    west, south, east, north = shapely.total_bounds(geometries)
    return float(np.hypot(east - west, north - south) / 1e8) if len(geometries) else 0.0
