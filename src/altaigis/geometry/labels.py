"""Where the names of polygons stand."""

import numpy as np
import shapely

from altaigis.geometry.cleaning import Geometries

#: How near to the best place a label stands, as a part of the side of a square with the polygon's area.
NEAR = 0.03


def label_points(polygons: Geometries) -> Geometries:
    """The middle of the largest circle within the largest part of each polygon: farthest from all borders, and inside
    whatever its form (the "pole of inaccessibility", Garcia-Castellanos and Lombardo 2007).

    Args:
        polygons: valid (multi)polygons, array (n,), in a plane.

    Returns:
        Points, array (n,).
    """
    parts, owner = shapely.get_parts(polygons, return_index=True)
    areas = shapely.area(parts)
    by_area = np.lexsort((areas, owner))
    largest = by_area[np.searchsorted(owner[by_area], np.arange(len(polygons)), side="right") - 1]
    circles = shapely.maximum_inscribed_circle(parts[largest], NEAR * np.sqrt(areas[largest]))
    middles: Geometries = shapely.get_point(circles, 0)
    return middles
