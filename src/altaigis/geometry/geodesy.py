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


def straight_area_km2(geometries: Geometries) -> npt.NDArray[np.float64]:
    """Areas on the ellipsoid in km², array (n,), of polygons whose edges are straight in longitude and latitude.

    As coverages are cut along such edges, and a point more on one changes nothing, the areas of the pieces add up
    to that of the whole. The strip between the equator and a latitude is that of the authalic sphere; after Snyder
    (1987), Map Projections: A Working Manual, USGS Professional Paper 1395, equation 3-12.
    """
    parts, of_part = shapely.get_parts(shapely.orient_polygons(geometries), return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    points, of_point = shapely.get_coordinates(rings, return_index=True)
    longitude, latitude = np.radians(points).T
    width = np.diff(longitude, append=0.0)
    rise = np.diff(latitude, append=0.0)
    last = np.diff(of_point, append=-1) != 0
    places, weights = np.polynomial.legendre.leggauss(3)
    height = sum(
        weight / 2 * _authalic(latitude + (place + 1) / 2 * rise) for place, weight in zip(places, weights, strict=True)
    )
    strips = np.where(last, 0.0, -width * height) * _WGS84.a**2 / 2 / 1e6
    return np.bincount(of_part[of_ring[of_point]], strips, minlength=len(geometries)).astype(np.float64)


def _authalic(latitude: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    e = np.sqrt(_WGS84.es)
    sine = np.sin(latitude)
    q: npt.NDArray[np.float64] = (1 - e**2) * (sine / (1 - (e * sine) ** 2) + np.arctanh(e * sine) / e)
    return q
