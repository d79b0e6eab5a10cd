"""Collections and their schemas."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from lxml import etree

from altaigis.api.fields import feature_schema, field_schema, required
from altaigis.domain.layer import Layer
from conftest import Installation
from formats import LAYERS

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def test_every_layer_is_a_collection(client: TestClient, installation: Installation) -> None:
    document = client.get("/collections").json()
    assert {c["id"] for c in document["collections"]} == {layer.id for layer in installation.catalog}
    assert {link["rel"] for link in document["links"]} == {"self", "alternate"}


def test_a_collection_says_the_same_alone_and_in_the_list(client: TestClient) -> None:
    for listed in client.get("/collections?lang=en").json()["collections"]:
        assert client.get(f"/collections/{listed['id']}?lang=en").json() == listed


def test_all_links_of_all_collections_lead_somewhere(client: TestClient) -> None:
    followed = 0
    for collection in client.get("/collections").json()["collections"]:
        for link in collection["links"]:
            if link["href"].startswith("http://testserver/") and not link.get("templated"):
                answer = client.get(link["href"])
                assert answer.status_code == 200, link
                assert answer.headers["content-type"].removesuffix("; charset=utf-8") == link["type"], link
                followed += 1
    assert followed > 100


def test_districts_tell_extent_crs_and_count(client: TestClient) -> None:
    districts = client.get("/collections/districts").json()
    assert districts["itemType"] == "feature"
    assert districts["itemCount"] == 69
    assert districts["crs"][0] == districts["storageCrs"] == CRS84
    west, south, east, north = districts["extent"]["spatial"]["bbox"][0]
    # the krai lies between Kulunda and the Salair, from the Altai foothills to the Ob above Novosibirsk
    assert 77 < west < 78.5 < 86.5 < east < 88
    assert 50 < south < 51 < 54 < north < 55
    assert districts["extent"]["spatial"]["crs"] == CRS84
    assert districts["license"] == "ODbL-1.0"


def test_counts_are_what_paging_gives(client: TestClient) -> None:
    for collection in client.get("/collections").json()["collections"]:
        if "itemCount" in collection:
            first = client.get(f"/collections/{collection['id']}/items?limit=1").json()
            assert first["numberMatched"] == collection["itemCount"]


def test_rasters_have_no_items(client: TestClient) -> None:
    elevation = client.get("/collections/elevation").json()
    assert "itemType" not in elevation
    assert not {"items"} & {link["rel"] for link in elevation["links"]}
    assert client.get("/collections/elevation/items").status_code == 404
    assert client.get("/collections/elevation/schema").status_code == 404


def test_titles_follow_the_language(client: TestClient) -> None:
    assert client.get("/collections/districts?lang=ru").json()["title"] == "Муниципальные образования"
    assert client.get("/collections/districts?lang=en").json()["title"] == "Municipalities"


def test_the_schema_describes_every_property(client: TestClient) -> None:
    answer = client.get("/collections/districts/schema?lang=ru")
    assert answer.headers["content-type"] == "application/schema+json"
    fields = answer.json()["properties"]
    feature = client.get("/collections/districts/items/barnaul").json()
    assert set(feature["properties"]) == set(fields) - {"territory_id", "geom"}
    assert fields["territory_id"]["x-ogc-role"] == "id"
    assert fields["geom"] == {
        "title": "geom",
        "x-ogc-propertySeq": len(fields),
        "format": "geometry-multipolygon",
        "x-ogc-role": "primary-geometry",
    }
    assert fields["population"]["type"] == "integer"
    assert fields["population"]["x-ogc-unit"] == "persons"
    assert fields["oktmo"]["title"] == "Код ОКТМО"
    assert sorted(f["x-ogc-propertySeq"] for f in fields.values()) == list(range(1, len(fields) + 1))


def test_gdal_finds_the_types_in_the_schema(client: TestClient) -> None:
    links = {link["rel"]: link for link in client.get("/collections/monitoring_points").json()["links"]}
    assert links["describedBy"]["type"] == "application/xml"
    schema = etree.fromstring(client.get(links["describedBy"]["href"]).content)
    listed = {element.get("name"): element.get("type") for element in schema.iterfind(".//{*}sequence/{*}element")}
    feature = client.get("/collections/monitoring_points/items?limit=1").json()["features"][0]
    assert list(listed) == [*feature["properties"], "geom"]
    assert listed["catchment_km2"] == "xsd:double"
    assert listed["geom"] == "gml:PointPropertyType"


def test_values_have_the_types_of_the_schema(client: TestClient) -> None:
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    for layer in ("districts", "settlements", "monitoring_points", "limits"):
        fields = client.get(f"/collections/{layer}/schema").json()["properties"]
        for feature in client.get(f"/collections/{layer}/items").json()["features"]:
            for name, value in feature["properties"].items():
                assert value is None or isinstance(value, kinds[fields[name]["type"]]), (layer, name, value)


def shown_as(client: TestClient, layer: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/collections/{layer}/schema?f=geojson").json()
    Draft202012Validator.check_schema(found)
    return found


def test_the_schema_accepts_every_feature_of_every_layer(client: TestClient, installation: Installation) -> None:
    seen = 0
    for layer in installation.catalog:
        if layer.kind != "raster":
            validator = Draft202012Validator(shown_as(client, layer.id))
            for feature in client.get(f"/collections/{layer.id}/items?limit=10000").json()["features"]:
                problem = next(validator.iter_errors(feature), None)
                assert problem is None, (layer.id, feature["id"], problem)
                seen += 1
    assert seen > 4000


@pytest.mark.parametrize("layer", LAYERS)
def test_the_schema_accepts_every_type_of_value(odd_client: TestClient, layer: str) -> None:
    validator = Draft202012Validator(shown_as(odd_client, layer))
    for feature in odd_client.get(f"/collections/{layer}/items").json()["features"]:
        assert validator.is_valid(feature), next(validator.iter_errors(feature))


@pytest.mark.parametrize(
    "wrong",
    [
        {"oktmo": None},
        {"oktmo": "17"},
        {"oktmo": "010000000"},
        {"population": 0},
        {"population": "many"},
        {"population": 1.5},
        {"type": "village"},
        {"cluster": ""},
        {"unheard_of": 1},
    ],
)
def test_the_schema_refuses_what_a_load_would(client: TestClient, wrong: dict[str, Any]) -> None:
    validator = Draft202012Validator(shown_as(client, "districts"))
    feature = client.get("/collections/districts/items/barnaul").json()
    assert validator.is_valid(feature)  # and its links
    assert not validator.is_valid({**feature, "properties": {**feature["properties"], **wrong}})
    assert not validator.is_valid({**feature, "geometry": None})
    assert not validator.is_valid({**feature, "geometry": {"type": "Point", "coordinates": [84, 53]}})
    assert not validator.is_valid({name: feature[name] for name in feature if name != "id"})


def test_fields_tell_what_is_required_computed_and_allowed(client: TestClient) -> None:
    document = client.get("/collections/districts/schema").json()
    assert {"territory_id", "oktmo", "geom", "pilot"} <= set(document["required"])
    assert not {"oktmo_old", "cluster", "density"} & set(document["required"])
    fields = document["properties"]
    assert {name for name, field in fields.items() if field.get("readOnly")} == {"area_km2", "density"}
    assert fields["population"]["minimum"] == 1
    assert "maximum" not in fields["population"]
    assert fields["area_official_km2"]["minimum"] == 0
    assert fields["oktmo"]["pattern"] == "^(?:^01\\d{6}$)$"
    assert fields["cluster"]["enum"] == ["big_belokurikha"]
    months = client.get("/collections/climate_normals/schema").json()["properties"]["month"]
    assert (months["minimum"], months["maximum"]) == (1, 12)


def test_what_only_warns_promises_nothing_and_an_id_is_a_text() -> None:
    layer = Layer.model_validate(
        {
            "id": "synthetic",
            "kind": "table",
            "theme": "statistics",
            "title": {"ru": "Придумано", "en": "Synthetic"},
            "source": {"file": "synthetic.csv", "licence": "CC0-1.0", "attribution": {"ru": "-", "en": "-"}},
            "fields": {
                "number": {"role": "id", "type": "integer", "range": [1, 2**40]},
                "share": {"type": "number", "range": [0.5, 1], "severity": "warning"},
                "code": {"type": "text", "values": ["a"], "pattern": "[ab]", "severity": "warning"},
                "python": {"type": "text", "pattern": "(?i)abc"},
                "founded": {"type": "date", "range": ["1700-01-01", "today"]},
            },
        }
    )
    fields = {name: field_schema(1, name, field, "en") for name, field in layer.fields.items()}
    assert (fields["number"]["minimum"], fields["number"]["maximum"]) == (1, 2**40)
    limits = {"minimum", "maximum", "enum", "pattern"}
    assert not limits & {*fields["share"], *fields["code"], *fields["python"], *fields["founded"]}
    assert required(layer) == ["number"]
    validator = Draft202012Validator({"type": "object", **feature_schema(layer, fields)})
    properties = {"share": 7, "code": "c", "python": "ABC", "founded": None}
    feature = {"type": "Feature", "id": "12", "geometry": None, "properties": properties}
    assert validator.is_valid(feature)
    assert not validator.is_valid({**feature, "id": 12})


def test_the_list_can_do_without_links(client):
    whole, bare = (
        client.get("/collections", params={"f": "json", **asked}).json() for asked in ({}, {"links": "false"})
    )
    assert [each["id"] for each in bare["collections"]] == [each["id"] for each in whole["collections"]]
    assert all(each["links"] for each in whole["collections"])
    assert not any(each["links"] for each in bare["collections"])
    assert bare["links"]
    assert client.get("/collections", params={"links": "some"}).status_code == 400
