"""OWSLib's client of OGC API Features."""

import pytest
from owslib.ogcapi.features import Features as Client

from clients.conftest import Features
from conftest import Installation


@pytest.fixture(scope="module")
def client(server_url: str) -> Client:
    return Client(f"{server_url}/")


def test_it_finds_api_and_conformance(client: Client) -> None:
    assert client.api()["openapi"].startswith("3.0")
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in client.conformance()["conformsTo"]


def test_it_lists_the_collections_with_features(client: Client, installation: Installation) -> None:
    expected = {layer.id for layer in installation.catalog if layer.kind != "raster"}
    assert set(client.feature_collections()) == expected
    assert client.collection("districts")["itemCount"] == 69


def test_it_reads_the_features(client: Client, features: Features) -> None:
    ours = features("districts")
    read = client.collection_items("districts", limit=100)
    assert read["numberReturned"] == 69
    assert {feature["id"]: feature for feature in read["features"]} == ours
    assert client.collection_item("districts", "barnaul")["properties"] == ours["barnaul"]["properties"]


def test_it_selects_by_box(client: Client) -> None:
    read = client.collection_items("settlements", bbox=[83, 52, 85, 54], limit=5)
    assert read["numberReturned"] == 5
    for feature in read["features"]:
        longitude, latitude = feature["geometry"]["coordinates"]
        assert 83 <= longitude <= 85
        assert 52 <= latitude <= 54


def test_it_reads_the_queryables(client: Client, installation: Installation) -> None:
    for layer in ("districts", "limits"):
        queryables = client.collection_queryables(layer)["properties"]
        assert set(queryables) == set(installation.catalog.layer(layer).fields)
        types = {name: body.get("type") for name, body in queryables.items() if "$ref" not in body}
        assert all(isinstance(type_, str) for type_ in types.values())
    assert client.collection_schema("districts")["properties"]["population"]["type"] == "integer"


def test_it_filters_and_pages(client: Client, features: Features) -> None:
    large = [fid for fid, f in features("districts").items() if f["properties"]["population"] > 30_000]
    read = client.collection_items("districts", filter="population > 30000", limit=100)
    assert [feature["id"] for feature in read["features"]] == large
    assert read["numberMatched"] == len(large) < 69
    some = client.collection_items("districts", skipGeometry=True, limit=2)
    assert all(feature["geometry"] is None for feature in some["features"])


def test_an_error_reaches_it_as_an_error(client: Client) -> None:
    with pytest.raises(RuntimeError, match="no layer 'nothing'"):
        client.collection("nothing")
