"""Filters over HTTP: what is selected, sorted and told; what is refused, and by which name."""

import io
import json
from collections.abc import Iterator
from typing import Any

import geopandas
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, shape

from altaigis.app import create_app
from altaigis.domain.catalog import Catalog
from altaigis.errors import QueryTooLong
from conftest import Installation
from filters.examples import EXAMPLES, MEADOWS
from meadows import Meadows

ITEMS = "/collections/{}/items"
SETTINGS = settings(max_examples=60)


def features(client: TestClient, layer: str, **parameters: str) -> list[dict[str, Any]]:
    """All features that the parameters select, of as many pages as there are."""
    asked = {name.replace("_", "-") if "crs" in name or "lang" in name else name: v for name, v in parameters.items()}
    document = client.get(ITEMS.format(layer), params={"limit": "10000"} | asked).json()
    found: list[dict[str, Any]] = document["features"]
    while following := next((link["href"] for link in document["links"] if link["rel"] == "next"), None):
        document = client.get(following).json()
        found += document["features"]
    assert len(found) == document["numberMatched"]
    return found


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [feature["id"] for feature in found]


@pytest.fixture(scope="module")
def settlements(client: TestClient) -> list[dict[str, Any]]:
    return features(client, "settlements")


def test_a_filter_selects_what_python_does(client: TestClient, settlements: list[dict[str, Any]]) -> None:
    text = "population > 5000 AND CASEI(name_ru) LIKE CASEI('б%') OR name_en IN ('Barnaul', 'Aleysk')"
    expected = [
        feature["id"]
        for feature in settlements
        for values in [feature["properties"]]
        if ((values["population"] or 0) > 5000 and values["name_ru"].lower().startswith("б"))
        or values["name_en"] in ("Barnaul", "Aleysk")
    ]
    assert len(expected) > 3
    assert ids(features(client, "settlements", filter=text)) == expected
    tree = {
        "op": "or",
        "args": [
            {
                "op": "and",
                "args": [
                    {"op": ">", "args": [{"property": "population"}, 5000]},
                    {
                        "op": "like",
                        "args": [
                            {"op": "casei", "args": [{"property": "name_ru"}]},
                            {"op": "casei", "args": ["б%"]},
                        ],
                    },
                ],
            },
            {"op": "in", "args": [{"property": "name_en"}, ["Barnaul", "Aleysk"]]},
        ],
    }
    assert ids(features(client, "settlements", filter=json.dumps(tree), filter_lang="cql2-json")) == expected


@pytest.mark.parametrize(
    "text",
    [
        "CASEI(territory_id) = CASEI('BarNaul')",
        "territory_id = CASEI(short_name_en) AND territory_id LIKE CASEI('BARN%')",
        "territory_id IN (short_name_ru, 'barnaul') AND territory_id > short_name_en",
        "territory_id IN (CASEI(short_name_ru), CASEI('BARNAUL'))",
        "CASEI(short_name_ru) IN ('барнаул', territory_id)",
        "CASEI(territory_id) BETWEEN 'barna' AND CASEI('BARNB')",
        "ACCENTI(CASEI(short_name_ru)) > 'барнаук' AND CASEI(ACCENTI(short_name_ru)) < CASEI('Барнаум')",
        "territory_id <> short_name_en AND NOT territory_id <> 'barnaul'",
    ],
)
def test_texts_of_every_order_can_be_compared(client: TestClient, text: str) -> None:
    assert ids(features(client, "districts", filter=text)) == ["barnaul"]


def test_pages_of_a_filter_keep_it(client: TestClient) -> None:
    whole = ids(features(client, "settlements", filter="population > 3000"))
    assert ids(features(client, "settlements", filter="population > 3000", limit="7")) == whole
    assert len(whole) > 20


@pytest.mark.parametrize(
    ("crs", "point"),
    [
        (None, "POINT(83.78 53.35)"),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "POINT(83.78 53.35)"),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "POINT(53.35 83.78)"),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", "POINT(9326347 7049266)"),
        ("http://www.opengis.net/def/crs/EPSG/0/32644", "POINT(685087 5914865)"),
    ],
)
def test_a_point_in_each_crs_lies_in_barnaul(client: TestClient, crs: str | None, point: str) -> None:
    asked = {"filter": f"S_CONTAINS(geom, {point})"} | ({"filter_crs": crs} if crs else {})
    assert ids(features(client, "districts", **asked)) == ["barnaul"]


def test_a_box_in_another_crs(client: TestClient) -> None:
    degrees = ids(features(client, "settlements", bbox="83,52,85,54"))
    swapped = features(client, "settlements", bbox="52,83,54,85", bbox_crs="http://www.opengis.net/def/crs/EPSG/0/4326")
    assert ids(swapped) == degrees
    web = "9239518,6800125,9462157,7170156"
    metres = features(client, "settlements", bbox=web, bbox_crs="http://www.opengis.net/def/crs/EPSG/0/3857")
    assert ids(metres) == degrees


@pytest.mark.parametrize(
    "operator", ["intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains"]
)
def test_every_relation_takes_every_kind_of_geometry(client: TestClient, operator: str) -> None:
    polygon = "((83 52,85 52,85 54,83 54,83 52))"
    collection = f"POLYGON{polygon},POINT(84 53),LINESTRING(80 50,86 54)"
    for geometry in (
        "POINT(84 53)",
        "LINESTRING(83 52,84 53)",
        f"POLYGON{polygon}",
        "MULTIPOINT((84 53),(83 52))",
        "MULTILINESTRING((83 52,84 53),(80 50,81 51))",
        f"MULTIPOLYGON({polygon})",
        f"GEOMETRYCOLLECTION({collection})",
        "GEOMETRYCOLLECTION EMPTY",
        "POLYGON EMPTY",
        "BBOX(83,52,85,54)",
        "BBOX(83,52,83,52)",
    ):
        answer = client.get(ITEMS.format("districts"), params={"filter": f"S_{operator}(geom, {geometry})"})
        assert answer.status_code == 200, (geometry, answer.text)


def test_properties_are_parameters(client: TestClient, settlements: list[dict[str, Any]]) -> None:
    barnaul = features(client, "settlements", name_ru="Барнаул", admin_centre="true")
    assert [feature["properties"]["name_en"] for feature in barnaul] == ["Barnaul"]
    population = str(barnaul[0]["properties"]["population"])
    assert ids(features(client, "settlements", population=population)) == ids(barnaul)
    assert features(client, "settlements", settlement_id=barnaul[0]["id"]) == barnaul
    assert features(client, "settlements", name_ru="Барнаул", name_en="Biysk") == []
    some = [feature["id"] for feature in settlements[3:6]]
    assert ids(features(client, "settlements", ids=",".join([*reversed(some), "nobody"]))) == some


@pytest.mark.parametrize("order", ["population", "-population", "admin_centre,-name_ru", "region_ru, population"])
@pytest.mark.parametrize("limit", ["10000", "13"])
def test_sorted_pages_give_every_feature_once_and_in_order(
    client: TestClient, settlements: list[dict[str, Any]], order: str, limit: str
) -> None:
    found = ids(features(client, "settlements", sortby=order, limit=limit))
    expected = list(settlements)
    for key in reversed(order.replace(" ", "").split(",")):
        name = key.lstrip("-")
        known = [feature for feature in expected if feature["properties"][name] is not None]
        unknown = [feature for feature in expected if feature["properties"][name] is None]
        known.sort(key=lambda feature, name=name: feature["properties"][name], reverse=key.startswith("-"))
        if key.startswith("-"):
            # sorted() keeps the order of equals even in reverse
            known.sort(key=lambda feature, name=name: feature["properties"][name], reverse=True)
        expected = known + unknown
    assert found == ids(expected)


def test_properties_and_geometry_are_told_as_asked(client: TestClient) -> None:
    (feature,) = features(client, "districts", ids="barnaul", properties="population,name_ru", skipGeometry="true")
    assert list(feature["properties"]) == ["name_ru", "population"]
    assert feature["geometry"] is None
    (sorted_,) = features(client, "districts", ids="barnaul", properties="name_ru", sortby="population")
    assert list(sorted_["properties"]) == ["name_ru"]
    (bare,) = features(client, "districts", ids="barnaul", properties="territory_id")
    assert bare["properties"] == {}
    assert shape(bare["geometry"]).contains(Point(83.78, 53.35))
    page = client.get(ITEMS.format("districts"), params={"f": "html", "properties": "population", "limit": "3"})
    assert page.status_code == 200
    assert client.get(ITEMS.format("districts"), params={"f": "html", "properties": "territory_id"}).status_code == 200


@pytest.fixture(scope="module")
def synthetic(installation: Installation, meadows: Meadows) -> Iterator[TestClient]:
    """A server with the synthetic layer of the examples."""
    with TestClient(create_app(installation.settings, Catalog([MEADOWS]), meadows.url)) as client:
        yield client


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2020-01-01", "1 5"),
        ("2021-06-15", "3 5"),
        ("2020-01-01T12:00:00Z", "1 5"),
        ("2020-01-01T12:00:01Z", "5"),
        ("2020-01-01T19:00:00+07:00", "1 5"),
        ("2020-01-01/2021-06-15", "1 2 3 5"),
        ("2020-01-02/2021-06-15T23:59:59Z", "2 5"),
        ("../2019-12-31", "4 5"),
        ("2024-01-01/", "5 6"),
        ("../..", "1 2 3 4 5 6"),
    ],
)
def test_datetime_selects_by_the_field_with_the_role(synthetic: TestClient, asked: str, expected: str) -> None:
    # 5 has no time, and matches every one
    assert ids(features(synthetic, "meadows", datetime=asked)) == expected.split()


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("seen", "4 1 2 3 6 5"),
        ("-seen", "6 3 2 1 4 5"),
        ("day,name", "4 1 2 3 6 5"),
        ("count", "2 4 6 1 3 5"),
        ("-size", "6 2 1 4 3 5"),
        ("wet,-number", "4 2 6 3 1 5"),
        ("-wet,other", "6 3 1 2 4 5"),
        ("until,name", "4 1 2 3 6 5"),
        ("-number", "6 5 4 3 2 1"),
    ],
)
@pytest.mark.parametrize("limit", ["1", "2", "10"])
def test_every_type_can_be_sorted_by(synthetic: TestClient, order: str, expected: str, limit: str) -> None:
    assert ids(features(synthetic, "meadows", sortby=order, limit=limit)) == expected.split()


def test_examples_over_http(synthetic: TestClient) -> None:
    for example in EXAMPLES[::7]:
        text = features(synthetic, "meadows", filter=example.text)
        tree = features(synthetic, "meadows", filter=json.dumps(example.json), filter_lang="cql2-json")
        assert ids(text) == ids(tree) == [str(fid) for fid in example.fids]


def test_a_query_over_its_time_is_to_be_tried_again(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(*_: object) -> None:
        raise QueryTooLong("the query took longer than 30 seconds")

    monkeypatch.setattr("altaigis.store.features.fetch", slow)
    answer = client.get(ITEMS.format("districts"), params={"filter": "pilot"})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("parameter", "value", "told"),
    [
        ("filter", "nothing = 1", "there are territory_id"),
        ("filter", "population = 'x'", "text"),
        ("filter", "population > ", "too early"),
        ("filter", "(" * 1000 + "pilot" + ")" * 1000, None),
        ("filter", "NOT " * 1000 + "pilot", "nested"),
        ("filter", "name_ru LIKE '" + "%а" * 100 + "'", "wildcards"),
        ("filter", "population IN (" + "1," * 9000 + "1)", "characters long"),
        ("filter", "population * 1e308 * 1e308 > 0", "out of range"),
        ("filter", "(0 - population) ^ 0.5 > 0", "cannot be computed"),
        ("filter", "0 ^ (0 - population) > 0", "cannot be computed"),
        ("filter-lang", "sql", "cql2-text"),
        ("filter-crs", "EPSG:99999", "known"),
        ("bbox-crs", "EPSG:32601", "not offered"),
        ("sortby", "nothing", "nothing"),
        ("properties", "nothing", "nothing"),
        ("skipGeometry", "1", "true nor false"),
        ("population", "many", "number"),
        ("nothing", "1", "not a parameter"),
        ("geom", "POINT(1 2)", "not a parameter"),
    ],
)
def test_what_is_wrong_is_named(client: TestClient, parameter: str, value: str, told: str | None) -> None:
    answer = client.get(ITEMS.format("districts"), params={parameter: value})
    if told is None:
        # a pair of brackets around a condition is no level of it
        assert answer.status_code in (200, 400)
        return
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter
    assert told in answer.json()["description"]


@pytest.mark.parametrize(
    "after", ["barnaul", "[]", "{}", '["x","y"]', "[1]", '[1,"x","y"]', "[true,5]", '["\\u0000",1]']
)
def test_a_place_that_is_not_ours(client: TestClient, after: str) -> None:
    answer = client.get(ITEMS.format("districts"), params={"sortby": "population", "after": after})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "after"


@SETTINGS
@given(value=st.text() | st.text("'\"\\;-()%_= ORTRUE1"))
@pytest.mark.parametrize("parameter", ["filter", "name_ru", "ids", "sortby", "properties", "after"])
def test_nothing_breaks_out_of_a_parameter(client: TestClient, parameter: str, value: str) -> None:
    answer = client.get(ITEMS.format("districts"), params={parameter: value})
    assert answer.status_code in (200, 400)
    if parameter in ("name_ru", "ids") and answer.status_code == 200:
        assert answer.json()["features"] == []


@SETTINGS
@given(
    values=st.lists(st.none() | st.text() | st.integers() | st.floats() | st.booleans(), max_size=3),
    order=st.sampled_from(["population", "-name_ru", "pilot", "density"]),
)
def test_no_place_is_too_strange(client: TestClient, values: list[Any], order: str) -> None:
    asked = {"sortby": order, "after": json.dumps(values), "limit": "3"}
    assert client.get(ITEMS.format("districts"), params=asked).status_code in (200, 400)


def test_queryables_are_the_properties_and_work(client: TestClient, installation: Installation) -> None:
    asked = 0
    for layer in installation.catalog:
        if layer.kind == "raster":
            assert client.get(f"/collections/{layer.id}/queryables").status_code == 404
            continue
        answer = client.get(f"/collections/{layer.id}/queryables")
        assert answer.headers["content-type"] == "application/schema+json"
        document = answer.json()
        assert document["type"] == "object"
        assert document["additionalProperties"] is False
        assert document["$id"] == f"http://testserver/collections/{layer.id}/queryables"
        assert list(document["properties"]) == list(layer.fields)
        sortables = client.get(f"/collections/{layer.id}/sortables").json()["properties"]
        assert list(sortables) == [name for name in layer.fields if name != layer.geometry_field]
        for name, property_ in document["properties"].items():
            if name == layer.geometry_field:
                assert property_["$ref"] == f"https://geojson.org/schema/{layer.geometry_type}.json"
                assert "type" not in property_
            else:
                assert isinstance(property_["type"], str)
            count = client.get(ITEMS.format(layer.id), params={"filter": f"{name} IS NOT NULL", "limit": "1"})
            assert count.status_code == 200
            asked += 1
        assert client.get(ITEMS.format(layer.id), params={"sortby": ",".join(sortables)}).status_code == 200
    assert asked > 100


def test_a_schema_tells_roles_units_and_everything_that_features_have(client: TestClient) -> None:
    schema = client.get("/collections/quality_issues/schema").json()["properties"]
    roles = {property_["x-ogc-role"]: name for name, property_ in schema.items() if "x-ogc-role" in property_}
    assert roles == {"id": "finding_id", "primary-instant": "time", "primary-geometry": "geom"}
    districts = client.get("/collections/districts/schema").json()["properties"]
    assert districts["population"]["x-ogc-unit"] == "persons"
    (barnaul,) = features(client, "districts", ids="barnaul")
    assert set(barnaul["properties"]) | {"territory_id", "geom"} == set(districts)


def test_a_stored_geometry_equals_itself(client: TestClient) -> None:
    """Of the formats that do not round; one that is rounded to a centimetre is found by what it shares."""
    content = client.get(ITEMS.format("districts"), params={"f": "parquet", "properties": "name_ru"}).content
    stored = geopandas.read_parquet(io.BytesIO(content)).set_index("territory_id").geometry
    rounded = shapely.transform(stored.to_numpy(), lambda places: places.round(7))
    moved = stored[~shapely.equals_exact(rounded, stored.to_numpy())]
    assert not moved.empty
    for fid, place in moved.loc[moved.count_coordinates().nsmallest(3).index].items():
        wkt = shapely.to_wkt(place, rounding_precision=-1)
        assert [f["id"] for f in features(client, "districts", filter=f"S_EQUALS(geom, {wkt})")] == [fid]


def test_html_of_queryables(client: TestClient) -> None:
    page = client.get("/collections/districts/queryables", params={"f": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "population" in page.text
