"""Vertices that were rounded on their way to a client and back are again what they were."""

import numpy as np
import shapely

from altaigis.geometry.cleaning import Geometries


def snapped(geometries: Geometries, known: Geometries, distance: float) -> Geometries:
    """The geometries with each vertex that lies so near one of the known geometries' as that one; of several the
    nearest. Missing geometries stay so.

    Args:
        geometries: array (n,).
        known: array (k,).
        distance: in the units of both; less than there is between two vertices that are to stay apart.
    """
    near = known[shapely.dwithin(known, shapely.union_all(shapely.envelope(geometries)), distance)]
    places = np.unique(shapely.get_coordinates(near), axis=0)
    if not len(places):
        return geometries
    tree = shapely.STRtree(shapely.points(places))

    def moved(vertices: np.ndarray) -> np.ndarray:
        given, found = tree.query_nearest(shapely.points(vertices), max_distance=distance, all_matches=False)
        vertices = vertices.copy()
        vertices[given] = places[found]
        return vertices

    result: Geometries = shapely.transform(geometries, moved)
    return result
