"""Query parameters: a query, or an error that names the parameter; never anything else."""

import json
import re
from collections.abc import Mapping

import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.crs import Crs
from altaigis.domain.expression import Box, Call, Geometry, Property, call
from altaigis.domain.query import SortKey
from altaigis.errors import ParameterError
from altaigis.filters.cql2_text import print_text
from altaigis.filters.params import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    feature_query,
    parse_coordinate,
    parse_datetime,
    parse_limit,
    query_parameters,
    within_box,
    within_time,
)
from catalogs import project_catalog
from filters.examples import MEADOWS

LAYER = project_catalog().layer("districts")


def test_nothing_asked() -> None:
    query = feature_query(LAYER, {})
    assert (query.where, query.limit, query.after) == (None, DEFAULT_LIMIT, None)


def test_everything_asked() -> None:
    query = feature_query(LAYER, {"bbox": "77,50,88,55", "limit": "5", "after": "aleysk", "datetime": "2024-01-01"})
    assert query.where == call("s_intersects", Property("geom"), Box((77, 50, 88, 55)))
    assert (query.limit, query.after) == (5, "aleysk")


@given(st.dictionaries(st.sampled_from([*query_parameters(LAYER), "x"]), st.text()))
def test_any_parameters_make_a_query_or_name_the_parameter(parameters: Mapping[str, str]) -> None:
    limit, refused = 1, ""
    try:
        limit = feature_query(LAYER, parameters).limit
    except ParameterError as error:
        refused = error.parameter
    assert 1 <= limit <= MAX_LIMIT
    assert not refused or refused in parameters


def where(**parameters: str) -> str:
    """The condition in CQL2 text."""
    found = feature_query(MEADOWS, {name.replace("_", "-"): value for name, value in parameters.items()}).where
    assert found is not None
    return print_text(found)


def test_every_parameter_is_a_condition_and_all_must_hold() -> None:
    assert where(count="5") == "count = 5"
    assert where(name="5") == "name = '5'"
    assert where(wet="true") == "wet = TRUE"
    assert where(day="2020-01-01") == "day = DATE('2020-01-01')"
    assert where(seen="2020-01-01T07:00:00+07:00") == "seen = TIMESTAMP('2020-01-01T00:00:00Z')"
    assert where(ids="1,2") == "number IN (1, 2)"
    assert where(count="5", ids="1", filter="wet") == "(number IN (1)) AND (count = 5) AND wet"
    assert where(filter='{"property": "wet"}', filter_lang="cql2-json") == "wet"


def test_what_each_feature_tells() -> None:
    query = feature_query(MEADOWS, {"sortby": "-count, name,+size", "properties": "size,name", "skipGeometry": "true"})
    assert query.order == (SortKey("count", descending=True), SortKey("name"), SortKey("size"))
    assert (query.told, query.geometry) == (("name", "size"), False)
    assert feature_query(MEADOWS, {}).told == tuple(MEADOWS.properties)


@pytest.mark.parametrize(
    ("parameter", "value", "told"),
    [
        ("count", "five", "'five' is not a number"),
        ("count", "", "not a number"),
        ("wet", "perhaps", "not a boolean"),
        ("day", "yesterday", "not a date"),
        ("name", "\0", "NUL"),
        ("ids", "1," * 20_000 + "1", "more than 20000 parts"),
        ("ids", "1,x", "'x' is not a number"),
        ("filter", "nothing = 1", "has no property 'nothing'; there are number, name"),
        ("filter", '"name"" = 1 OR 1 = 1 --" = 5', "no property 'name\" = 1 OR 1 = 1 --'"),
        ("filter", "name = 5", "'name' is a text and 5 is a number"),
        ("filter", "count = '5'", "'count' is a number"),
        ("filter", "count", "'count' is a number, not a condition"),
        ("filter", "count AND wet", "'count' is a number; 'and' takes boolean"),
        ("filter", "count LIKE '5%'", "'count' is a number; 'like' takes text"),
        ("filter", "name LIKE other", "pattern"),
        ("filter", "name LIKE '" + "%a" * 21 + "'", "wildcards"),
        ("filter", "name LIKE '" + "a" * 1001 + "'", "characters"),
        ("filter", "casei(count) = 'x'", "casei"),
        ("filter", "casei(name, other) = 'x'", "takes 1 operands, not 2"),
        ("filter", "buffer(geom, 5) = 'x'", "no function 'buffer'"),
        ("filter", "geom = POINT(1 2)", "geometry"),
        ("filter", "s_within(name, POINT(1 2))", "'name' is a text; 's_within' takes geometry"),
        ("filter", "s_intersects(geom, POLYGON((0 0,1 1,0 1,1 0,0 0)))", "not valid: Self-intersection"),
        ("filter", "s_intersects(geom, BBOX(1,3,2,2))", "lower corner"),
        ("filter", "s_dwithin(geom, POINT(1 2))", "takes 3 operands, not 2"),
        ("filter", "s_dwithin(geom, POINT(1 2), '5')", "takes number"),
        ("filter", "s_dwithin(geom, POINT(1 2), -5)", "number of metres from 0"),
        ("filter", "s_dwithin(geom, POINT(1 2), count)", "number of metres from 0"),
        ("filter", "s_dwithin(geom, POINT EMPTY, 5)", "nothing is near it"),
        ("filter", "t_after(name, DATE('2020-01-01'))", "'t_after' takes"),
        ("filter", "t_after(day, INTERVAL(name, '..'))", "end of an interval"),
        ("filter", "t_after(day, INTERVAL('2020-01-02', '2020-01-01'))", "ends before it starts"),
        ("filter", "a_contains(name, ('a', 'b'))", "no property of layer 'meadows' is one"),
        ("filter", "size = 1e999", "too large"),
        ("filter", "NOT " * 51 + "wet", "nested deeper than 50"),
        ("filter", "count IN (" + "1," * 20_000 + "1)", "without texts"),
        ("filter-lang", "cql-text", "cql2-text, cql2-json"),
        ("filter-crs", "EPSG:32601", "not offered"),
        ("bbox-crs", "nothing", "no coordinate system"),
        ("sortby", "", "to sort by"),
        ("sortby", "geom", "to sort by"),
        ("sortby", "name,-name", "twice"),
        ("sortby", "--count", "no property '-count'"),
        ("sortby", "+-count", "no property '-count'"),
        ("ids", "", "an id without a character"),
        ("ids", ",", "an id without a character"),
        ("ids", "1,,2", "an id without a character"),
        ("filter", "name = NULL", "IS NULL asks for what has no value"),
        ("filter", "count IN (1, null)", "IS NULL asks for what has no value"),
        ("filter", "s_within(geom, POLYGON((0 0,1 1,1 0,5 5)))", "Points of LinearRing do not form a closed"),
        ("properties", "", "no property ''"),
        ("properties", "name,nothing", "no property 'nothing'"),
        ("skipGeometry", "yes", "neither true nor false"),
        ("zoom", "23", "number from 0 to 22"),
        ("zoom", "1e", "number from 0 to 22"),
        ("maxAllowableOffset", "-1", "number from 0"),
    ],
)
def test_what_is_wrong_is_told(parameter: str, value: str, told: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(told)) as caught:
        feature_query(MEADOWS, {parameter: value})
    assert caught.value.parameter == parameter


def test_a_day_as_gdal_writes_it() -> None:
    assert parse_datetime("1990-01-01T/..") == parse_datetime("1990-01-01/..")
    assert parse_datetime("1990-01-01T/1991-02-03T") == parse_datetime("1990-01-01/1991-02-03")
    for wrong in ("T/..", "1990-01-01TT/..", "1990-01-01T00:00:00ZT", "1990-01T", "1990-01-01T\n"):
        with pytest.raises(ParameterError, match="datetime"):
            parse_datetime(wrong)


@pytest.mark.parametrize(
    ("parameters", "zoom"),
    [
        ({}, None),
        ({"zoom": "6"}, 7),
        ({"zoom": "6.4"}, 7),
        ({"zoom": "6.5"}, 8),
        ({"zoom": "21"}, 22),
        ({"zoom": "22"}, None),
        ({"maxAllowableOffset": "0"}, None),
        ({"maxAllowableOffset": "1e-9"}, None),
        ({"maxAllowableOffset": "0.0330"}, 6),
        ({"maxAllowableOffset": "0.0329"}, 7),
        ({"maxAllowableOffset": "3670", "crs": "EPSG:3857"}, 6),
        ({"maxAllowableOffset": "360"}, 0),
        ({"maxAllowableOffset": "0.0330", "zoom": "8"}, 9),
        ({"maxAllowableOffset": "0.0330", "zoom": "4"}, 6),
        ({"maxAllowableOffset": "0", "zoom": "4"}, None),
    ],
)
def test_detail_is_the_level_that_the_finer_parameter_needs(parameters: Mapping[str, str], zoom: int | None) -> None:
    assert feature_query(LAYER, parameters).zoom == zoom


def test_a_pattern_that_ends_with_the_escape_character() -> None:
    tree = json.dumps({"op": "like", "args": [{"property": "name"}, "a\\"]})
    with pytest.raises(ParameterError, match="ends with the escape character"):
        feature_query(MEADOWS, {"filter": tree, "filter-lang": "cql2-json"})


@pytest.mark.parametrize("crs", LAYER.crs, ids=str)
def test_a_box_is_the_same_in_every_crs(crs: Crs) -> None:
    to_crs = pyproj.Transformer.from_crs(4326, crs.definition, always_xy=True)
    west, south, east, north = to_crs.transform_bounds(83, 52, 84, 53)
    corners = (south, west, north, east) if crs.axis_swapped else (west, south, east, north)
    text = ",".join(map(repr, corners))
    by_parameter = within_box(LAYER, text, crs)
    by_filter = feature_query(LAYER, {"filter": f"S_INTERSECTS(geom, BBOX({text}))", "filter-crs": crs.uri}).where
    assert by_parameter == by_filter
    assert isinstance(by_parameter, Call)
    found = by_parameter.args[1]
    assert isinstance(found, Box | Geometry)
    shape = shapely.box(*found.corners) if isinstance(found, Box) else shapely.from_wkb(found.wkb)
    assert shape.buffer(1e-3).contains(shapely.box(83, 52, 84, 53))
    assert shape.area < 1.2


def test_geometry_in_a_filter_follows_the_axes_of_its_crs() -> None:
    one = feature_query(LAYER, {"filter": "S_INTERSECTS(geom, POINT(83.5 52.5))"})
    other = feature_query(
        LAYER,
        {
            "filter": "S_INTERSECTS(geom, POINT(52.5 83.5))",
            "filter-crs": "http://www.opengis.net/def/crs/EPSG/0/4326",
        },
    )
    assert one.where == other.where


def test_where_a_crs_does_not_reach() -> None:
    with pytest.raises(ParameterError, match="does not reach"):
        feature_query(LAYER, {"filter": "S_INTERSECTS(geom, POINT(1e30 1e30))", "filter-crs": "EPSG:32644"})


def test_a_geometry_of_too_many_vertices() -> None:
    line = json.dumps({"type": "LineString", "coordinates": [[1, 2]] * 100_001}, separators=(",", ":"))
    tree = f'{{"op":"s_intersects","args":[{{"property":"geom"}},{line}]}}'
    with pytest.raises(ParameterError, match="100001 vertices"):
        feature_query(LAYER, {"filter": tree, "filter-lang": "cql2-json"})


def test_time_is_that_of_the_field_with_the_role() -> None:
    assert where(datetime="2020-01-01/..") == ("(seen IS NULL) OR T_INTERSECTS(seen, INTERVAL('2020-01-01','..'))")
    assert feature_query(LAYER, {"datetime": "2020-01-01"}).where is None
    fields = {name: field.model_copy(update={"role": None}) for name, field in MEADOWS.fields.items()}
    fields["since"] = fields["since"].model_copy(update={"role": "time_start"})
    fields["until"] = fields["until"].model_copy(update={"role": "time_end"})
    valid = within_time(MEADOWS.model_copy(update={"fields": fields}), parse_datetime("2020-01-01"))
    assert valid is not None
    assert print_text(valid) == (
        "((since IS NULL) OR (NOT T_AFTER(since, INTERVAL('2020-01-01','2020-01-01')))) AND "
        "((until IS NULL) OR (NOT T_BEFORE(until, INTERVAL('2020-01-01','2020-01-01'))))"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 1), ("0010", 10), ("10000", 10_000), ("10001", 10_000), ("9" * 5000, 10_000), (None, 1000)],
)
def test_limits(text: str | None, expected: int) -> None:
    assert parse_limit(text, DEFAULT_LIMIT, MAX_LIMIT) == expected


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "ten", "١", "1_0", " 1", "000"])
def test_no_limits(text: str) -> None:
    with pytest.raises(ParameterError, match="limit"):
        parse_limit(text, DEFAULT_LIMIT, MAX_LIMIT)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29",
        "2024-01-01T00:00:00Z",
        "2024-01-01t00:00:00.5z",
        "2024-01-01T00:00:00.123456789+07:00",
        "2023-01-01/2024-01-01",
        "2024-01-01/2024-01-01",
        "../2024-01-01",
        "2024-01-01/..",
        "/2024-01-01",
        "2024-01-01/",
        "../..",
        "2024-01-01T00:00:00+07:00/2024-01-01T00:00:00Z",
    ],
)
def test_times(text: str) -> None:
    parse_datetime(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "..",
        "yesterday",
        "2024",
        "2024-13-45",
        "2023-02-29",
        "2024-01-01T25:00:00Z",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00+99:00",
        "20240101",
        "٢٠٢٤-01-01",
        "2024-01-02/2024-01-01",
        "2024-01-01T00:00:00Z/2024-01-01T00:00:00+07:00",
        "2024-01-01/2024-01-02/2024-01-03",
        "2024-01-01/2024-13-01",
        "2024-01-01/yesterday",
        "2024-01-01 ",
    ],
)
def test_no_times(text: str) -> None:
    with pytest.raises(ParameterError, match="datetime"):
        parse_datetime(text)


@given(st.datetimes(timezones=st.timezones() | st.none()), st.datetimes(timezones=st.just(None)))
def test_dates_in_order_are_an_interval(one: object, other: object) -> None:
    first, last = sorted([str(one)[:10], str(other)[:10]])
    parse_datetime(f"{first}/{last}")
    if first != last:
        with pytest.raises(ParameterError):
            parse_datetime(f"{last}/{first}")


@given(st.none() | st.text() | st.floats().map(str))
def test_coordinates(text: str | None) -> None:
    value, refused = 0.0, "lon"
    try:
        value = parse_coordinate("lon", text, 180)
    except ParameterError as error:
        refused = error.parameter
    assert -180 <= value <= 180
    assert refused == "lon"
