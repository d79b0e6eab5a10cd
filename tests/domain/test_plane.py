"""The small map: places where they belong, borders that stay borders, and few vertices."""

import math
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.extent import BBox
from altaigis.domain.plane import AROUND, Plane, parts_of, shape_of, surroundings

KRAI = BBox(77.8, 50.6, 87.2, 54.5)


def test_the_corners_are_where_the_extent_ends() -> None:
    plane = Plane(KRAI, 640)
    assert plane.place((77.8, 54.5)) == (0, 0)
    assert plane.place((87.2, 50.6)) == pytest.approx((640, plane.height))
    # a degree of longitude is narrower than one of latitude
    assert plane.height == pytest.approx(640 * 3.9 / (9.4 * math.cos(math.radians(52.55))))


def test_a_point_alone_has_a_map_too() -> None:
    plane = Plane(BBox(85, 52, 85, 52), 640)
    assert plane.path({"type": "Point", "coordinates": [85, 52]}) == "M0,0h0"
    assert 0 < plane.height <= 640


def test_the_kinds_of_geometry() -> None:
    plane = Plane(BBox(0, -1, 2, 1), 200)
    ring = [[0, 1], [2, 1], [2, -1], [0, 1]]
    assert plane.path({"type": "Polygon", "coordinates": [ring]}) == "M0,0 200,0 200,200 0,0Z"
    assert plane.path({"type": "MultiPolygon", "coordinates": [[ring], [ring]]}).count("Z") == 2
    assert plane.path({"type": "LineString", "coordinates": ring[:2]}) == "M0,0 200,0"
    assert plane.path({"type": "MultiPoint", "coordinates": ring[:2]}) == "M0,0h0M200,0h0"
    assert shape_of({"type": "MultiLineString"}) == "line"
    assert parts_of({"type": "Point", "coordinates": [1, 2]}) == [[1, 2]]


@given(st.lists(st.tuples(st.floats(77.8, 87.2), st.floats(50.6, 54.5)), min_size=1, max_size=60))
def test_thinning_moves_nothing_by_half_a_pixel_and_repeats_nothing(line: list[tuple[float, float]]) -> None:
    plane = Plane(KRAI, 100)
    path = plane.path({"type": "LineString", "coordinates": line})
    drawn = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.e]+,[-\d.e]+", path)]
    assert all(one != other for one, other in pairwise(drawn))
    for position in line:
        x, y = plane.place(position)
        assert min(max(abs(x - a), abs(y - b)) for a, b in drawn) <= 0.2501


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [85, 52]},
        {"type": "MultiLineString", "coordinates": [[[80, 50], [81, 50.5]], [[84, 53], [85, 54]]]},
        {"type": "Polygon", "coordinates": [[[80, 89.9], [80.1, 89.9], [80, 90], [80, 89.9]]]},
        {"type": "MultiPolygon", "coordinates": [[[[85, 52], [86, 52], [86, 53], [85, 52]]]]},
    ],
)
def test_a_place_has_its_surroundings(geometry: dict[str, Any]) -> None:
    box = surroundings(geometry)
    plane = Plane(box, 640)
    places = [tuple(map(float, place.split(","))) for place in re.findall(r"[-\d.]+,[-\d.]+", plane.path(geometry))]
    assert all(0 < x < 640 and 0 <= y < plane.height for x, y in places)
    # it is seen, and so is what lies around
    span = max(x for x, _ in places) - min(x for x, _ in places)
    assert span <= 321
    assert box.north - box.south >= AROUND
    assert 100 < plane.height < 900
