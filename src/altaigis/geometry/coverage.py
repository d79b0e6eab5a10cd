"""Coverages: polygons that tile their territory without overlap or gap and share their borders vertex for vertex."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from altaigis.geometry.cleaning import Geometries
from altaigis.geometry.geodesy import area_km2


@dataclass(frozen=True)
class CleanedCoverage:
    """The result of :func:`clean`.

    Attributes:
        geometries: array (n,), in the order of the input.
        overlap_km2: area that two or more of the input polygons claimed.
        gap_km2: area of the gaps that were closed.
        moved_km2: array (n,), area that each polygon won or lost.
        open_gaps: gaps wider than the limit, which stay open.
    """

    geometries: Geometries
    overlap_km2: float
    gap_km2: float
    moved_km2: npt.NDArray[np.float64]
    open_gaps: Geometries


def clean(geometries: Geometries, gap_width: float) -> CleanedCoverage:
    """Close overlaps and gaps between polygons.

    An overlap goes to the polygon with which it shares its longest border, and so does a gap whose largest
    inscribed circle is narrower than ``gap_width``. After the CoverageCleaner of GEOS (JTS).

    Args:
        geometries: valid (multi)polygons, array (n,), in degrees.
        gap_width: widest gap that is closed, in degrees.
    """
    cleaned = shapely.coverage_clean(geometries, gap_width=gap_width)
    before = shapely.union_all(geometries)
    after = shapely.coverage_union_all(cleaned)
    gaps = _holes(before)
    open_gaps = _holes(after)
    areas = area_km2(geometries)
    return CleanedCoverage(
        geometries=cleaned,
        overlap_km2=float(areas.sum() - area_km2(np.array([before]))[0]),
        gap_km2=float(area_km2(gaps).sum() - area_km2(open_gaps).sum()),
        moved_km2=area_km2(shapely.symmetric_difference(geometries, cleaned)),
        open_gaps=open_gaps,
    )


def _holes(geometry: shapely.Geometry) -> Geometries:
    """The holes of a (multi)polygon as polygons, array (k,)."""
    rings = [ring for part in shapely.get_parts(geometry) for ring in part.interiors]
    return np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
