"""The front door."""

import pytest
from fastapi.testclient import TestClient

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def links(client: TestClient, path: str = "/") -> dict[str, str]:
    return {link["rel"]: link["href"] for link in client.get(path).json()["links"]}


def test_clients_find_every_door(client: TestClient) -> None:
    found = links(client)
    assert found["data"] == "http://testserver/collections"
    assert {"self", "alternate", "service-desc", "service-doc", "conformance"} <= set(found)
    for rel, href in found.items():
        assert client.get(href).status_code == 200, rel


def test_links_tell_the_type_that_they_lead_to(client: TestClient) -> None:
    for link in client.get("/").json()["links"]:
        answer = client.get(link["href"], headers={"Accept": link["type"]})
        assert answer.headers["content-type"].removesuffix("; charset=utf-8") == link["type"]


def test_the_map_opens_whatever_others_have_added_to_its_link(client: TestClient) -> None:
    link = "/?lang=en&utm_source=mail&fbclid=1&x=2&x=3"
    page = client.get(link, headers={"Accept": BROWSER})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.text == client.get("/", headers={"Accept": BROWSER}).text
    # for programs a parameter that nobody knows is a mistake (OGC API - Common)
    assert client.get(link, headers={"Accept": "application/json"}).status_code == 400


def test_a_browser_gets_the_map_and_all_others_the_landing_page(client: TestClient) -> None:
    assert client.get("/", headers={"Accept": BROWSER}).headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/?f=html").headers["content-type"] == "text/html; charset=utf-8"
    for accept in ("*/*", "application/json", "application/geo+json, application/json", ""):
        assert client.get("/", headers={"Accept": accept}).headers["content-type"] == "application/json"
    assert client.get("/?f=json", headers={"Accept": BROWSER}).headers["content-type"] == "application/json"


@pytest.mark.parametrize(("language", "title"), [("ru", "карта Алтайского края"), ("en", "the map of Altai Krai")])
def test_it_speaks_both_languages(client: TestClient, language: str, title: str) -> None:
    for answer in (client.get(f"/?lang={language}"), client.get("/", headers={"Accept-Language": language})):
        assert title in answer.json()["title"]
        assert answer.headers["content-language"] == language


def test_conformance_names_what_qgis_looks_for(client: TestClient) -> None:
    classes = client.get("/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson" in classes
    assert len(set(classes)) == len(classes)
    # QGIS pushes filters down where it finds these four
    for uri in (
        "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
        "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
        "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
        "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    ):
        assert uri in classes
    # what no layer has, or no filter may call, is not promised
    assert not {uri.rpartition("/")[2] for uri in classes} & {"array-functions", "functions"}
