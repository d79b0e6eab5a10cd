"""Label points of polygons."""

import numpy as np
import shapely

from altaigis.geometry.labels import label_points


def test_a_label_stands_where_there_is_most_room() -> None:
    # its centroid, (3.6, 3.6), lies outside
    hook = shapely.Polygon([(0, 0), (10, 0), (10, 3), (2, 3), (2, 10), (0, 10)])
    ring = shapely.Point(0, 0).buffer(10).difference(shapely.Point(2, 0).buffer(6))
    several = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(20, 20, 24, 24), shapely.box(5, 5, 7, 7)])
    polygons = np.array([hook, ring, several])
    found = label_points(polygons)
    assert shapely.contains(polygons, found).all()
    room = shapely.distance(found, shapely.boundary(polygons))
    # the widest circles that there are have these radii
    assert (room > np.array([1.53, 3, 2]) * 0.9).all()
    assert 21 < found[2].x < 23


def test_of_nothing_there_is_none() -> None:
    assert len(label_points(np.array([], dtype=object))) == 0
