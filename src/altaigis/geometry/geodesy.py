"""Measures on the ellipsoid of WGS 84."""

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from altaigis.geometry.cleaning import Geometries

_WGS84 = Geod(ellps="WGS84")


def area_km2(geometries: Geometries) -> npt.NDArray[np.float64]:
    """Geodesic areas in km², array (n,), NaN where there is no geometry.

    Polygons in degrees (longitude first), edges taken as geodesics; after Karney (2013), Algorithms for
    geodesics, J. Geodesy 87.
    """
    # pyproj counts an area by the direction of its ring: a hole must run against its shell
    oriented = shapely.orient_polygons(geometries)
    return np.array(
        [np.nan if g is None else abs(_WGS84.geometry_area_perimeter(g)[0]) / 1e6 for g in oriented],
        dtype=float,
    )
