"""Collections and their schemas."""

from fastapi.testclient import TestClient

from conftest import Installation

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
    assert links["describedBy"]["type"] == "application/schema+json"
    members = client.get(links["describedBy"]["href"]).json()["properties"]
    feature = client.get("/collections/monitoring_points/items?limit=1").json()["features"][0]
    assert set(members) == set(feature)
    assert list(members["properties"]["properties"]) == list(feature["properties"])
    assert members["properties"]["properties"]["catchment_km2"]["type"] == "number"


def test_values_have_the_types_of_the_schema(client: TestClient) -> None:
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    for layer in ("districts", "settlements", "monitoring_points", "limits"):
        fields = client.get(f"/collections/{layer}/schema").json()["properties"]
        for feature in client.get(f"/collections/{layer}/items").json()["features"]:
            for name, value in feature["properties"].items():
                assert value is None or isinstance(value, kinds[fields[name]["type"]]), (layer, name, value)
