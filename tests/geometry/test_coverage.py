"""Coverages: whatever the disorder, the result tiles its ground, and nobody changes places."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.geometry.coverage import clean
from altaigis.geometry.geodesy import area_km2

GAP = 0.05


def array(*geometries: object) -> np.ndarray:
    result = np.empty(len(geometries), dtype=object)
    result[:] = geometries
    return result


@st.composite
def disordered_grids(draw: st.DrawFn) -> np.ndarray:
    """Cells of about a degree, each corner moved on its own by up to 0.02 degrees: gaps and overlaps."""
    columns, rows = draw(st.integers(2, 4)), draw(st.integers(1, 4))
    shift = st.floats(-0.02, 0.02).map(lambda value: round(value, 6))
    cells = []
    for row in range(rows):
        for column in range(columns):
            corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
            cells.append(shapely.Polygon([(80 + x + draw(shift), 50 + y + draw(shift)) for x, y in corners]))
    return array(*cells)


@given(disordered_grids())
@settings(max_examples=60)
def test_a_disordered_grid_becomes_a_coverage(cells: np.ndarray) -> None:
    result = clean(cells, GAP)
    assert len(result.geometries) == len(cells)
    assert shapely.is_valid(result.geometries).all()
    assert shapely.coverage_is_valid(result.geometries)
    assert len(result.open_gaps) == 0
    union = shapely.coverage_union_all(result.geometries)
    assert sum(len(part.interiors) for part in shapely.get_parts(union)) == 0
    # no ground is lost and none is counted twice, to a centimetre along the borders: the cleaner moves vertices by a
    # hundred-millionth of the extent (how much is won depends on which gaps open outwards)
    centimetre = 1e-7 * shapely.length(cells).sum()
    assert shapely.union_all(cells).difference(union).area <= centimetre
    assert shapely.area(result.geometries).sum() == pytest.approx(union.area, abs=centimetre)
    # each stays where it was
    kept = shapely.area(shapely.intersection(result.geometries, cells)) / shapely.area(cells)
    assert (kept > 0.8).all()
    # edges are geodesics: a vertex that is put on one of a degree moves it by less than a ten-thousandth of the area
    slack = 1e-4 * area_km2(cells).sum()
    assert result.overlap_km2 >= -slack
    assert result.gap_km2 >= -slack


def test_a_coverage_stays_as_it_is() -> None:
    cells = array(*(shapely.box(x, y, x + 1, y + 1) for x in range(3) for y in range(3)))
    result = clean(cells, GAP)
    assert shapely.equals(result.geometries, cells).all()
    assert result.overlap_km2 == pytest.approx(0, abs=1e-6)
    assert result.gap_km2 == 0
    assert result.moved_km2 == pytest.approx(np.zeros(9), abs=1e-6)


def test_what_was_moved_is_told() -> None:
    """Two squares that overlap by a hundredth of a degree: one wins the strip, and its area is reported."""
    strip = shapely.box(1.0, 0, 1.01, 1)
    result = clean(array(shapely.box(0, 0, 1.01, 1), shapely.box(1, 0, 2, 1)), GAP)
    (expected,) = area_km2(array(strip))
    assert result.overlap_km2 == pytest.approx(expected, rel=1e-3)
    assert sorted(result.moved_km2) == pytest.approx([0, expected], rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(("width", "closed"), [(0.04, True), (0.2, False)])
def test_a_narrow_gap_is_closed_and_a_wide_one_is_told(width: float, closed: bool) -> None:
    frame = shapely.box(0, 0, 2, 2)
    hole = shapely.box(1 - width / 2, 0.5, 1 + width / 2, 1.5)
    left, right = shapely.box(0, 0, 1, 2).difference(hole), shapely.box(1, 0, 2, 2).difference(hole)
    result = clean(array(left, right), GAP)
    (area,) = area_km2(array(hole))
    if closed:
        assert len(result.open_gaps) == 0
        assert result.gap_km2 == pytest.approx(area, rel=1e-3)
        assert shapely.coverage_union_all(result.geometries).area == pytest.approx(frame.area)
    else:
        assert len(result.open_gaps) == 1
        assert result.gap_km2 == pytest.approx(0, abs=1e-6)
        assert shapely.equals(result.open_gaps[0], hole)


def test_overlaps_wider_than_the_limit_are_found() -> None:
    wide, narrow = shapely.box(0, 0, 1.2, 1), shapely.box(0, 2, 1.01, 3)
    there = np.array([wide, shapely.box(1, 0, 2, 1), narrow, shapely.box(1, 2, 2, 3)])
    (found,) = clean(there, 0.1).wide_overlaps
    assert found.equals(shapely.box(1, 0, 1.2, 1))
    assert clean(there, 0.001).wide_overlaps.size == 2
    assert clean(there, 0.3).wide_overlaps.size == 0


def test_a_polygon_inside_another_overlaps_it() -> None:
    inner = shapely.box(0.4, 0.4, 0.6, 0.6)
    (found,) = clean(np.array([shapely.box(0, 0, 1, 1), inner]), 0.1).wide_overlaps
    assert found.equals(inner)
