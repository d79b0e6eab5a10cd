"""Areas on the ellipsoid against known values."""

import numpy as np
import pytest
import shapely

from altaigis.geometry.geodesy import area_km2

#: Surface of the WGS 84 ellipsoid.
EARTH_KM2 = 510_065_621.724
HOLE = [(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)]
SHELL = [(0, 0), (1, 0), (1, 1), (0, 1)]


def area(geometry: shapely.Geometry | None) -> float:
    values = np.empty(1, dtype=object)
    values[0] = geometry
    return float(area_km2(values)[0])


def test_a_degree_at_the_equator() -> None:
    assert area(shapely.box(0, 0, 1, 1)) == pytest.approx(12308.778, abs=0.001)


def test_an_octant_is_an_eighth_of_the_earth() -> None:
    assert area(shapely.Polygon([(0, 0), (90, 0), (0, 90)])) == pytest.approx(EARTH_KM2 / 8, rel=1e-9)


def test_the_direction_of_a_ring_does_not_matter() -> None:
    for shell in (SHELL, SHELL[::-1]):
        assert area(shapely.Polygon(shell)) == pytest.approx(12308.778, abs=0.001)
        for hole in (HOLE, HOLE[::-1]):
            expected = area(shapely.Polygon(SHELL)) - area(shapely.Polygon(HOLE))
            assert area(shapely.Polygon(shell, [hole])) == pytest.approx(expected, rel=1e-12)


def test_parts_add_up_whatever_their_direction() -> None:
    east = [(x + 2, y) for x, y in SHELL]
    parts = shapely.MultiPolygon([shapely.Polygon(SHELL), shapely.Polygon(east[::-1])])
    assert area(parts) == pytest.approx(2 * 12308.778, abs=0.002)


def test_no_geometry_has_no_area() -> None:
    assert np.isnan(area(None))
    assert area(shapely.Polygon()) == 0
    assert len(area_km2(np.array([], dtype=object))) == 0
