"""Filters in PostGIS: the examples, random trees against Python, and attempts to break out of a literal."""

import math
import re

import pyproj
import pytest
import shapely
from geoalchemy2 import Geometry as GeometryColumn
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, literal, select, type_coerce
from sqlalchemy.exc import DataError

from altaigis.domain.expression import Box, Call, Expression, Geometry, Literal, Property, Untyped, call
from altaigis.domain.query import FeatureQuery
from altaigis.filters import cql2_json, cql2_text
from altaigis.filters.gml_ids import split_gml_id
from altaigis.filters.resolve import resolve
from altaigis.store.quoting import xml_name
from altaigis.store.where import condition
from filters.evaluation import evaluate
from filters.examples import COLUMNS, EXAMPLES, MEADOWS, ROWS, Example
from filters.trees import conditions
from meadows import Meadows

SETTINGS = settings(max_examples=150)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.text)
def test_examples(meadows: Meadows, example: Example) -> None:
    assert meadows.select(resolve(cql2_text.parse(example.text), MEADOWS)) == example.fids


def by_python(where: Expression) -> tuple[int, ...]:
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]
    return tuple(row["number"] for row in rows if evaluate(where, row))


@SETTINGS
@given(tree=conditions())
def test_postgis_selects_what_python_does(meadows: Meadows, tree: Expression) -> None:
    where = resolve(tree, MEADOWS)
    assert meadows.select(where) == by_python(where)


@SETTINGS
@given(
    op=st.sampled_from(["s_intersects", "s_equals", "s_disjoint", "s_touches", "s_within", "s_overlaps", "s_contains"]),
    corner=st.tuples(st.sampled_from([80, 80.25, 80.5, 81, 85]), st.sampled_from([50, 50.25, 50.5, 52])),
    size=st.sampled_from([0.25, 0.5, 1, 2]),
)
def test_postgis_sees_the_relations_that_shapely_does(
    meadows: Meadows, op: str, corner: tuple[float, float], size: float
) -> None:
    shape = shapely.box(*corner, corner[0] + size, corner[1] + size)
    where = resolve(call(op, Property("geom"), Geometry(shapely.to_wkb(shape))), MEADOWS)
    assert meadows.select(where) == by_python(where)


@SETTINGS
@given(value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_no_text_breaks_out_of_its_literal(meadows: Meadows, value: str) -> None:
    for where in (
        call("=", Property("name"), Literal(value)),
        call("in", call("casei", Property("name")), Literal(value), Literal("'; DROP TABLE x; --")),
        call("=", Property("other"), Untyped(value)),
    ):
        resolved = resolve(where, MEADOWS)
        assert meadows.select(resolved) == by_python(resolved)
    assert len(meadows.select(Literal(True))) == len(ROWS)


@pytest.mark.parametrize(
    "attempt",
    ["' OR '1'='1", "'; DROP TABLE meadows; --", "\\'; SELECT 1; --", '" OR 1=1 --', "%s", "%(x)s", ":x", "$1", "{}"],
)
def test_attempts_to_break_out_select_nothing(meadows: Meadows, attempt: str) -> None:
    quoted = cql2_json.print_json(Literal(attempt))
    for document in (
        f'{{"op":"=","args":[{{"property":"name"}},{quoted}]}}',
        f'{{"op":"like","args":[{{"property":"name"}},{quoted}]}}',
    ):
        assert meadows.select(resolve(cql2_json.parse(document), MEADOWS)) == ()
    assert len(meadows.select(Literal(True))) == len(ROWS)


def test_a_place_is_looked_for_in_the_spatial_index(meadows: Meadows) -> None:
    for op in ("s_intersects", "s_within", "s_contains", "s_touches", "s_overlaps", "s_crosses", "s_equals"):
        where = resolve(cql2_text.parse(f"{op}(geom, BBOX(80,50,81,51))"), MEADOWS)
        assert "Index Scan" in meadows.plan(where), op
    for filter_ in ("s_dwithin(geom, BBOX(80,50,81,51), 500)", "s_dwithin(POINT(80 50), geom, 500)"):
        assert "Index Scan" in meadows.plan(resolve(cql2_text.parse(filter_), MEADOWS)), filter_


GEOD = pyproj.Geod(ellps="WGS84")
LONGITUDES = st.floats(-180, 180) | st.sampled_from([-180.0, 180.0, 179.999, 83.7])
LATITUDES = st.floats(-90, 90) | st.sampled_from([-90.0, 90.0, 89.99, 53.3])


def is_near(meadows: Meadows, place: tuple[float, float], shape: shapely.Geometry, metres: float) -> bool:
    """What PostGIS makes of a point that is the only row of a table."""
    point = type_coerce(func.ST_Point(*place, 4326), GeometryColumn("POINT"))
    points = select(point.label("geom")).subquery()
    near = call("s_dwithin", Property("geom"), Geometry(shapely.to_wkb(shape)), Literal(metres))
    query = FeatureQuery(MEADOWS, resolve(near, MEADOWS))
    with meadows.database.connect() as connection:
        return bool(connection.execute(select(condition(query, points))).scalar_one())


@SETTINGS
@given(place=st.tuples(LONGITUDES, LATITUDES), other=st.tuples(LONGITUDES, LATITUDES))
def test_distances_are_those_on_the_ellipsoid(
    meadows: Meadows, place: tuple[float, float], other: tuple[float, float]
) -> None:
    metres = GEOD.inv(*place, *other)[2]
    assert is_near(meadows, place, shapely.Point(other), metres + 0.01)
    assert metres < 0.02 or not is_near(meadows, place, shapely.Point(other), metres - 0.01)


@SETTINGS
@given(
    place=st.tuples(st.floats(78, 84), st.floats(48, 53)),
    corner=st.tuples(st.floats(80, 81), st.floats(50, 51)),
    size=st.sampled_from([0.01, 0.5, 1.0]),
)
def test_distances_to_an_area(
    meadows: Meadows, place: tuple[float, float], corner: tuple[float, float], size: float
) -> None:
    area = shapely.box(*corner, corner[0] + size, corner[1] + size)
    border = shapely.get_coordinates(shapely.segmentize(area.boundary, size / 1000))
    nearest = min(GEOD.inv([place[0]] * len(border), [place[1]] * len(border), *border.T)[2])
    metres = 0.0 if area.covers(shapely.Point(place)) else nearest
    assert is_near(meadows, place, area, metres + 60)
    assert metres < 60 or not is_near(meadows, place, area, metres - 60)


@SETTINGS
@given(fid=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.text("_x0412ж.A Я"))
def test_ids_in_gml_lead_back(meadows: Meadows, fid: str) -> None:
    with meadows.database.connect() as connection:
        written = connection.execute(select(xml_name("meadows", literal(fid), "text"))).scalar_one()
    assert re.fullmatch(r"meadows\.[A-Za-z0-9._-]*", written)
    assert split_gml_id(written) == ("meadows", fid)


NEAR = st.sampled_from([0.0, 81.1, -179.9, 90.0]).flatmap(
    lambda edge: st.sampled_from(
        [edge, math.nextafter(edge, 999), math.nextafter(edge, -999), edge + 1e-6, edge - 1e-6]
    )
)


@SETTINGS
@given(x=NEAR, y=NEAR, corners=st.tuples(NEAR, NEAR, NEAR, NEAR))
def test_points_in_a_box_are_told_exactly(
    meadows: Meadows, x: float, y: float, corners: tuple[float, float, float, float]
) -> None:
    west, south, east, north = corners
    assume(south <= north)
    point = type_coerce(func.ST_Point(x, y, 4326), GeometryColumn("POINT"))
    points = select(point.label("geom")).subquery()
    where = resolve(call("s_intersects", Property("geom"), Box(corners)), MEADOWS)
    with meadows.database.connect() as connection:
        found = connection.execute(select(condition(FeatureQuery(MEADOWS, where), points))).scalar_one()
    over_the_antimeridian = west > east
    assert found == (south <= y <= north and (west <= x or x <= east if over_the_antimeridian else west <= x <= east))


def test_deep_trees_can_be_asked(meadows: Meadows) -> None:
    tree: Expression = Property("wet")
    for number in range(48):
        other = call("=", Property("count"), Literal(number))
        tree = [
            call("not", tree),
            call("=", tree, other),
            call("between", tree, Literal(False), other),
            call("in", tree, other, Property("wet")),
            Call("and", (tree, other)),
        ][number % 5]
    where = resolve(tree, MEADOWS)
    assert meadows.select(where) == by_python(where)


def test_a_thousand_values_are_one_parameter(meadows: Meadows) -> None:
    where = resolve(Call("in", (Property("count"), *map(Literal, range(5000)))), MEADOWS)
    assert meadows.select(where) == (1, 4, 6)


@pytest.mark.parametrize("filter_", ["count * 1e308 * 1e308 > 0", "(0 - 8) ^ 0.5 = 1", "0 ^ (0 - 1) = 1"])
def test_what_cannot_be_computed(meadows: Meadows, filter_: str) -> None:
    with pytest.raises(DataError):
        meadows.select(resolve(cql2_text.parse(filter_), MEADOWS))
