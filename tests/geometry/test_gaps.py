"""Gaps: found wherever ground is enclosed, closed by the neighbour with the longest border."""

import numpy as np
import pytest
import shapely

from altaigis.geometry import coverage, gaps
from altaigis.geometry.geodesy import area_km2, straight_area_km2

#: A ring of two polygons around a hole of two by one, on which an island lies.
ISLAND = shapely.box(1.4, 1.4, 1.6, 1.6)
AROUND = shapely.box(0, 0, 4, 3) - shapely.box(1, 1, 3, 2)
LEFT, RIGHT = AROUND & shapely.box(0, 0, 2.5, 3), AROUND & shapely.box(2.5, 0, 4, 3)


def test_a_gap_is_what_is_enclosed_without_its_islands() -> None:
    found = gaps.find(np.array([LEFT, RIGHT, ISLAND]))
    assert len(found.areas) == 1
    assert found.areas[0].equals(shapely.box(1, 1, 3, 2) - ISLAND)
    assert found.neighbours.tolist() == [0]
    assert gaps.narrower(found.areas, 0.39).tolist() == [False]
    assert gaps.narrower(found.areas, 1.01).tolist() == [True]


def test_a_gap_goes_to_its_neighbour_and_nothing_overlaps() -> None:
    pieces = np.array([LEFT, RIGHT, ISLAND])
    closed = gaps.close(pieces, gaps.find(pieces), np.array([True]))
    assert shapely.coverage_is_valid(closed)
    assert shapely.union_all(closed).equals(shapely.box(0, 0, 4, 3))
    assert closed[0].area == pytest.approx(LEFT.area + 2 - ISLAND.area)


def test_gaps_that_touch_in_a_point_are_two() -> None:
    holes = shapely.box(1, 1, 2, 2) | shapely.box(2, 2, 3, 3)
    whole = shapely.box(0, 0, 4, 4) - holes
    found = gaps.find(np.array([whole & shapely.box(0, 0, 2, 4), whole & shapely.box(2, 0, 4, 4)]))
    assert sorted(area.bounds for area in found.areas) == [(1, 1, 2, 2), (2, 2, 3, 3)]


def test_no_polygons_have_no_gaps() -> None:
    found = gaps.find(np.array([], dtype=object))
    assert len(found.areas) == 0
    assert gaps.close(np.array([], dtype=object), found, gaps.narrower(found.areas, 1)).size == 0


def test_it_is_what_geos_makes_of_it_and_in_pieces_no_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    corners = shapely.get_coordinates([shapely.Point(x, y) for x in range(13) for y in range(13)]).reshape(13, 13, 2)
    shaken = [
        shapely.Polygon(corners[[i, i + 1, i + 1, i], [j, j, j + 1, j + 1]] + rng.uniform(-0.05, 0.05, (4, 2)))
        for i in range(12)
        for j in range(12)
    ]
    squares = np.array(shaken, dtype=object)
    whole = coverage.clean(squares, 0.3)
    geos = shapely.coverage_clean(squares, gap_width=0.3)
    assert shapely.equals_exact(shapely.normalize(whole.geometries), shapely.normalize(geos)).all()
    monkeypatch.setattr(coverage, "PIECE_VERTICES", 100)
    pieces = coverage.clean(squares, 0.3)
    assert shapely.coverage_is_valid(pieces.geometries)
    assert shapely.area(pieces.geometries).sum() == pytest.approx(shapely.union_all(geos).area, rel=1e-6)
    assert pieces.overlap_km2 == pytest.approx(whole.overlap_km2, rel=1e-6)


def test_a_point_more_on_an_edge_changes_no_area() -> None:
    square = shapely.box(60, 60, 61, 61)
    with_more = shapely.segmentize(square, 0.1)
    ours = straight_area_km2(np.array([square, with_more, shapely.Polygon()]))
    assert ours[0] == pytest.approx(ours[1], rel=1e-12)
    assert ours[2] == 0
    assert ours[1] == pytest.approx(area_km2(np.array([shapely.segmentize(square, 0.001)]))[0], rel=1e-6)
