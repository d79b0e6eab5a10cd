"""Items: boxes, limits, pages, headers, single features."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from shapely.geometry import box, shape

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
ITEMS = "/collections/{}/items"


def link(document: dict[str, Any], rel: str) -> dict[str, Any] | None:
    return next((found for found in document["links"] if found["rel"] == rel), None)


def pages(client: TestClient, address: str) -> Iterator[dict[str, Any]]:
    following: str | None = address
    while following:
        document = client.get(following).json()
        yield document
        found = link(document, "next")
        following = found["href"] if found else None


@pytest.fixture(scope="module")
def districts(client: TestClient) -> list[dict[str, Any]]:
    return client.get(ITEMS.format("districts")).json()["features"]


def test_features_are_geojson(client: TestClient, districts: list[dict[str, Any]]) -> None:
    assert len(districts) == 69
    for feature in districts:
        assert feature["type"] == "Feature"
        assert isinstance(feature["id"], str)
        assert "territory_id" not in feature["properties"]
        assert shape(feature["geometry"]).is_valid
    assert [f["id"] for f in districts] == sorted(f["id"] for f in districts)


def test_headers_say_what_the_body_says(client: TestClient) -> None:
    answer = client.get(ITEMS.format("districts") + "?limit=5")
    document = answer.json()
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    assert answer.headers["ogc-numbermatched"] == str(document["numberMatched"]) == "69"
    assert answer.headers["ogc-numberreturned"] == str(document["numberReturned"]) == "5"
    assert answer.links["next"]["url"] == link(document, "next")["href"]  # type: ignore[index]
    assert set(answer.links) == {"next"}, "all others are in the body"
    assert "link" not in client.get(ITEMS.format("districts")).headers


@pytest.mark.parametrize(
    ("layer", "size"), [("districts", 10), ("districts", 69), ("settlements", 7), ("indicator_values", 1000)]
)
def test_pages_give_every_feature_once(client: TestClient, layer: str, size: int) -> None:
    walked = list(pages(client, f"{ITEMS.format(layer)}?limit={size}"))
    ids = [feature["id"] for page in walked for feature in page["features"]]
    matched = walked[0]["numberMatched"]
    assert len(ids) == len(set(ids)) == matched
    assert len(walked) == -(-matched // size)
    assert all(page["numberMatched"] == matched for page in walked)
    assert [page["numberReturned"] for page in walked[:-1]] == [size] * (len(walked) - 1)
    assert link(walked[-1], "next") is None


def test_pages_keep_all_other_parameters(client: TestClient) -> None:
    address = ITEMS.format("settlements") + "?bbox=83,52,85,54&limit=3&lang=en&f=json&datetime=2020-01-01/.."
    walked = list(pages(client, address))
    for page in walked[:-1]:
        following = link(page, "next")
        assert following is not None
        assert following["type"] == "application/geo+json"
        for kept in ("bbox=83%2C52%2C85%2C54", "limit=3", "lang=en", "f=json", "datetime="):
            assert kept in following["href"]
    ids = [feature["id"] for page in walked for feature in page["features"]]
    whole = client.get(ITEMS.format("settlements") + "?bbox=83,52,85,54").json()
    assert ids == [feature["id"] for feature in whole["features"]]
    assert len(ids) == whole["numberMatched"] > 3


@pytest.mark.parametrize("bounds", ["83,52,85,54", "79.5,51.5,80,52", "83.6,53.2,83.9,53.5"])
def test_a_box_selects_what_shares_a_point_with_it(
    client: TestClient, districts: list[dict[str, Any]], bounds: str
) -> None:
    area = box(*(float(n) for n in bounds.split(",")))
    expected = {f["id"] for f in districts if shape(f["geometry"]).intersects(area)}
    found = client.get(ITEMS.format("districts"), params={"bbox": bounds}).json()
    assert {f["id"] for f in found["features"]} == expected
    assert found["numberMatched"] == len(expected) > 0


def test_heights_of_a_box_are_ignored(client: TestClient) -> None:
    flat = client.get(ITEMS.format("districts"), params={"bbox": "83,52,85,54"}).json()
    high = client.get(ITEMS.format("districts"), params={"bbox": "83,52,-100,85,54,9000"}).json()
    assert high["features"] == flat["features"]


def test_a_box_over_the_antimeridian_goes_the_other_way_round(client: TestClient) -> None:
    # from 84° E eastwards over the Pacific to 80° E: everything but the middle of the krai
    around = client.get(ITEMS.format("settlements"), params={"bbox": "84,40,80,60"}).json()
    between = client.get(ITEMS.format("settlements"), params={"bbox": "80,40,84,60"}).json()
    total = client.get("/collections/settlements").json()["itemCount"]
    assert around["numberMatched"] + between["numberMatched"] == total
    assert all(not 80 < f["geometry"]["coordinates"][0] < 84 for f in around["features"])


def test_a_box_beside_everything_gives_an_empty_collection(client: TestClient) -> None:
    answer = client.get(ITEMS.format("districts"), params={"bbox": "-10,-10,-9,-9"})
    assert answer.status_code == 200
    document = answer.json()
    assert document["features"] == []
    assert document["numberMatched"] == document["numberReturned"] == 0
    assert link(document, "next") is None


@pytest.mark.parametrize("layer", ["monitoring_points", "resort_sites"])
@pytest.mark.parametrize("bounds", ["-180,-90,180,90", "84,51,86,53", "0,0,1,1"])
def test_a_box_also_selects_what_has_no_place(client: TestClient, layer: str, bounds: str) -> None:
    """OGC 17-069r4, /req/core/fc-bbox-response, C."""
    area = box(*(float(n) for n in bounds.split(",")))
    everything = client.get(ITEMS.format(layer)).json()["features"]
    expected = [f["id"] for f in everything if not f["geometry"] or shape(f["geometry"]).intersects(area)]
    found = client.get(ITEMS.format(layer), params={"bbox": bounds}).json()
    assert [f["id"] for f in found["features"]] == expected
    assert found["numberMatched"] == len(expected) >= len([f for f in everything if not f["geometry"]]) > 0
    coarse = client.get(ITEMS.format(layer), params={"bbox": bounds, "zoom": "4"}).json()
    assert [f["id"] for f in coarse["features"]] == expected
    placed = client.get(ITEMS.format(layer), params={"bbox": bounds, "filter": "geom IS NOT NULL"}).json()
    assert all(f["geometry"] for f in placed["features"])


def test_every_record_of_a_table_is_in_every_box(client: TestClient) -> None:
    whole = client.get("/collections/limits").json()["itemCount"]
    assert client.get(ITEMS.format("limits"), params={"bbox": "0,0,1,1"}).json()["numberMatched"] == whole > 0
    assert client.get(ITEMS.format("limits"), params={"bbox": "0,0,1"}).status_code == 400


@pytest.mark.parametrize("limit", ["10001", "99999999999999999999999999"])
def test_more_than_the_maximum_is_the_maximum(client: TestClient, limit: str) -> None:
    answer = client.get(ITEMS.format("published_values"), params={"limit": limit})
    assert answer.status_code == 200
    assert answer.json()["numberReturned"] == 3706


def test_without_a_limit_a_page_has_a_thousand(client: TestClient) -> None:
    assert client.get(ITEMS.format("indicator_values")).json()["numberReturned"] == 1000


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *(("limit", value) for value in ("0", "-1", "text", "", "1.5", "1e3", "٣", "00", " 5", "null", "\x00")),
        *(("bbox", value) for value in ("", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,3,nan", "1,2,inf,4", "1,2,3,4,")),
        *(("bbox", value) for value in ("83,54,85,52", "0,0,0,91", "-181,0,0,1", "1;2;3;4", "1e999,0,1,1", "\x00")),
        *(("datetime", value) for value in ("yesterday", "", "/", "2020", "2020-01-01/2021-01-01/2022-01-01")),
        ("after", "\x00"),
        ("f", "xml"),
        ("f", ""),
        ("lang", "de"),
        ("lang", ""),
        ("nonsense", "1"),
        ("LIMIT", "5"),
        ("q", "барнаул"),
        ("offset", "10"),
    ],
)
def test_a_bad_parameter_is_named(client: TestClient, parameter: str, value: str) -> None:
    answer = client.get(ITEMS.format("districts"), params={parameter: value})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter
    assert answer.json()["description"].startswith(f"{parameter}: ")


@pytest.mark.parametrize("query", ["limit=5&limit=6", "bbox=1,2,3,4&bbox=1,2,3,4", "f=json&f=json"])
def test_a_parameter_that_stands_there_twice_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"{ITEMS.format('districts')}?{query}")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == query.partition("=")[0]


@pytest.mark.parametrize("moment", ["2020-01-01", "2020-01-01T00:00:00Z", "../2020-01-01", "2020-01-01/.."])
def test_features_without_a_time_match_every_one(client: TestClient, moment: str) -> None:
    answer = client.get(ITEMS.format("districts"), params={"datetime": moment, "limit": 1})
    assert answer.json()["numberMatched"] == 69


def test_a_feature_is_the_same_alone_and_on_a_page(client: TestClient, districts: list[dict[str, Any]]) -> None:
    listed = next(f for f in districts if f["id"] == "barnaul")
    answer = client.get(ITEMS.format("districts") + "/barnaul")
    alone = answer.json()
    assert {key: alone[key] for key in listed} == listed
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    found = {entry["rel"]: entry["href"] for entry in alone["links"]}
    assert found["self"] == "http://testserver/collections/districts/items/barnaul"
    assert found["collection"] == "http://testserver/collections/districts"
    assert "alternate" in found


def test_names_come_in_cyrillic(client: TestClient) -> None:
    answer = client.get(ITEMS.format("districts") + "/barnaul")
    assert answer.json()["properties"]["name_ru"] == "городской округ город Барнаул"
    assert "городской округ город Барнаул".encode() in answer.content


def test_tables_have_items_without_geometry(client: TestClient) -> None:
    feature = client.get(ITEMS.format("limits") + "?limit=1").json()["features"][0]
    assert feature["geometry"] is None
    assert feature["properties"]["name_ru"]


def test_the_time_stamp_is_that_of_the_answer_and_the_tag_that_of_the_data(client: TestClient) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    first = client.get("/collections/districts/items?limit=1")
    assert datetime.fromisoformat(first.json()["timeStamp"]) >= before
    second = client.get("/collections/districts/items?limit=1", headers={"If-None-Match": first.headers["etag"]})
    assert second.status_code == 304


@pytest.mark.parametrize(("value", "status"), [("%FF%FE", 400), ("%D0", 400), ("%EF%BF%BD", 200), ("%D0%91", 200)])
def test_a_value_that_is_no_utf_8_is_refused(client: TestClient, value: str, status: int) -> None:
    answer = client.get(ITEMS.format("settlements") + f"?name_ru={value}")
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["parameter"] == "name_ru"
        assert "UTF-8" in answer.json()["description"]


def test_a_page_without_links_still_leads_to_the_next(client: TestClient) -> None:
    answer = client.get("/collections/districts/items", params={"limit": 40, "links": "false"})
    (following,) = answer.json()["links"]
    assert following["rel"] == "next"
    last = client.get(following["href"]).json()
    assert (last["links"], last["numberReturned"]) == ([], 29)
    assert len(client.get("/collections/districts/items?limit=1").json()["links"]) > 5
    wrong = client.get("/collections/districts/items?links=none")
    assert (wrong.status_code, "neither true nor false" in wrong.text) == (400, True)
