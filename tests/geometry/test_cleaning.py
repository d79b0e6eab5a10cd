"""Repair and typing of single geometries."""

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import wkt

from altaigis.geometry.cleaning import as_type, make_valid, without_slivers

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
@settings(max_examples=100)
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


def test_types_of_many() -> None:
    mixed = shapely.GeometryCollection([SQUARE, shapely.Point(9, 9)])
    pair = shapely.MultiPolygon([SQUARE, shapely.box(10, 10, 11, 11)])
    result = as_type(array(SQUARE, None, pair, mixed, shapely.Point(1, 1), shapely.force_3d(SQUARE)), "MultiPolygon")
    alone = shapely.MultiPolygon([SQUARE])
    for found, expected in zip(result, [alone, None, pair, alone, None, alone], strict=True):
        assert found == expected
    assert not shapely.has_z(result).any()


THIN = shapely.box(85, 52, 86, 52 + 1e-7)


def test_slivers_are_left_out_and_the_rest_is_untouched() -> None:
    line = shapely.LineString([(0, 0), (1, 1)])
    both = shapely.MultiPolygon([SQUARE, THIN, shapely.box(87, 52, 87 + 5e-7, 53)])
    found = without_slivers(array(SQUARE, THIN, None, both, line))
    assert found.geometries[0] is SQUARE
    assert found.geometries[1] is None, "nothing is left of it"
    assert found.geometries[2] is None
    assert shapely.equals_exact(found.geometries[3], shapely.MultiPolygon([SQUARE]))
    assert found.geometries[4] is line
    assert list(found.owner) == [1, 3, 3]
    assert shapely.equals(found.slivers[0], THIN)
    assert len(without_slivers(array()).owner) == 0


def test_thin_holes_are_filled_and_others_stay() -> None:
    shell = shapely.box(84, 51, 87, 54)
    hole = shapely.box(84.5, 51.5, 84.6, 51.6)
    with_holes = shapely.Polygon(shell.exterior, [THIN.exterior, hole.exterior])
    found = without_slivers(array(shell, with_holes, shapely.MultiPolygon([with_holes, THIN, SQUARE])))
    assert found.geometries[0] is shell
    assert shapely.equals(found.geometries[1], shapely.difference(shell, hole))
    assert found.geometries[1].geom_type == "Polygon"
    assert shapely.equals(found.geometries[2], shapely.union(shapely.difference(shell, hole), SQUARE))
    assert sorted(found.owner) == [1, 2, 2]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1e-7, 5e-7, 0.5])), max_size=8, unique_by=lambda c: c[0])
)
def test_every_polygon_is_kept_or_is_a_sliver(columns: list[tuple[int, float]]) -> None:
    boxes = [shapely.box(x, 0, x + width, 1) for x, width in columns]
    found = without_slivers(array(shapely.MultiPolygon(boxes)))
    kept = [] if found.geometries[0] is None else list(found.geometries[0].geoms)
    assert sorted(g.wkt for g in [*kept, *found.slivers]) == sorted(g.wkt for g in boxes)
    assert all((2 * g.area < 1e-6 * g.length) == (g not in kept) for g in boxes)


def test_no_geometry_and_no_rows() -> None:
    assert as_type(array(None), "Point")[0] is None
    assert len(as_type(array(), "Point")) == 0
    assert len(make_valid(array())) == 0
