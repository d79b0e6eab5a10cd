"""Repair and typing of single geometries."""

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import wkt

from altaigis.geometry.cleaning import as_type, make_valid, slivers

BOW_TIE = wkt.loads("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")
SQUARE = shapely.box(0, 0, 1, 1)


def array(*geometries: object) -> np.ndarray:
    result = np.empty(len(geometries), dtype=object)
    result[:] = geometries
    return result


def test_what_is_broken_is_repaired_and_the_rest_is_left() -> None:
    fixed = make_valid(array(BOW_TIE, SQUARE, None))
    assert shapely.is_valid(fixed[0])
    assert fixed[0].area == pytest.approx(2.0)
    assert fixed[1] is SQUARE
    assert fixed[2] is None


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=12, unique=True),
)
@example([(2, 2), (2, 1), (0, 0), (2, 3), (2, 0), (3, 0)])  # GEOS repairs it to two parts that share an edge
@settings(max_examples=100, deadline=None)
def test_any_ring_becomes_valid(points: list[tuple[int, int]]) -> None:
    (fixed,) = make_valid(array(shapely.Polygon(points)))
    assert shapely.is_valid(fixed)
    typed = as_type(array(fixed), "MultiPolygon")[0]
    assert typed is None or (typed.geom_type == "MultiPolygon" and shapely.is_valid(typed))


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        ("POINT (1 2)", "Point", "POINT (1 2)"),
        ("POINT Z (1 2 3)", "Point", "POINT (1 2)"),
        ("POINT (1 2)", "MultiPoint", "MULTIPOINT ((1 2))"),
        ("MULTIPOINT ((1 2))", "Point", "POINT (1 2)"),
        ("MULTIPOINT ((1 2), (3 4))", "Point", None),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0))", "MultiPolygon", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))"),
        ("LINESTRING (0 0, 1 1)", "MultiLineString", "MULTILINESTRING ((0 0, 1 1))"),
        (
            "GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1, 0 0)), LINESTRING (5 5, 6 6), POINT (9 9))",
            "MultiPolygon",
            "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))",
        ),
        ("GEOMETRYCOLLECTION (GEOMETRYCOLLECTION (POINT (1 1)), POINT (2 2))", "MultiPoint", "MULTIPOINT (1 1, 2 2)"),
        ("LINESTRING (0 0, 1 1)", "Polygon", None),
        ("POLYGON EMPTY", "MultiPolygon", None),
        ("GEOMETRYCOLLECTION EMPTY", "Point", None),
    ],
)
def test_types(given: str, wanted: str, expected: str | None) -> None:
    (result,) = as_type(array(wkt.loads(given)), wanted)
    assert (result is None) if expected is None else shapely.equals_exact(result, wkt.loads(expected))


def test_slivers_are_counted_by_part() -> None:
    thin = shapely.box(85, 52, 86, 52 + 1e-7)
    both = shapely.MultiPolygon([SQUARE, thin, shapely.box(87, 52, 87 + 5e-7, 53)])
    line = shapely.LineString([(0, 0), (1, 1)])
    assert list(slivers(array(SQUARE, thin, None, both, line))) == [0, 1, 0, 2, 0]
    assert list(slivers(array())) == []


def test_no_geometry_and_no_rows() -> None:
    assert as_type(array(None), "Point")[0] is None
    assert len(as_type(array(), "Point")) == 0
    assert len(make_valid(array())) == 0
