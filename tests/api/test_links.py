"""Every address that an answer holds begins where the client can reach the server."""

import json
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import URL, QueryParams

from altaigis.api.negotiation import FEATURES
from altaigis.app import create_app
from altaigis.settings import Settings
from conftest import Installation

ROOT = "https://maps.example.org/gis"
OUTSIDE = re.compile(r"https?://(www\.opengis\.net|json-schema\.org)")
DOCUMENTS = [
    "/",
    "/collections",
    "/collections/districts",
    "/collections/districts/items?limit=3",
    "/collections/districts/items/barnaul",
    "/collections/districts/tiles",
    "/collections/districts/tiles/WebMercatorQuad",
    "/tiles/districts/tilejson.json",
    "/tileMatrixSets",
    "/api",
]
PAGES = [
    "/collections",
    "/collections/districts",
    "/collections/districts/items",
    "/collections/districts/items/barnaul",
]


@pytest.fixture(scope="module")
def behind_proxy(installation: Installation) -> Iterator[TestClient]:
    settings = Settings(project=installation.settings.project, database_url=installation.url, public_url=f"{ROOT}/")
    with TestClient(create_app(settings, installation.catalog, installation.url)) as client:
        yield client


@pytest.mark.parametrize("path", DOCUMENTS)
def test_behind_a_proxy_all_links_begin_with_the_public_root(behind_proxy: TestClient, path: str) -> None:
    answer = behind_proxy.get(path, headers={"Host": "10.0.0.5:8000"})
    found = re.findall(r'"(https?://[^"]+)"', answer.text)
    own = [href for href in found if not OUTSIDE.match(href)]
    assert own
    sources = {"via"}
    through = {link["href"] for link in _links(answer.json()) if link.get("rel") in sources}
    assert all(href == ROOT or href.startswith(f"{ROOT}/") for href in own if href not in through)
    assert "testserver" not in answer.text
    assert "10.0.0.5" not in answer.text


def _links(document: object) -> Iterator[dict[str, str]]:
    if isinstance(document, dict):
        if isinstance(document.get("href"), str):
            yield document
        for value in document.values():
            yield from _links(value)
    elif isinstance(document, list):
        for value in document:
            yield from _links(value)


def test_the_next_page_is_behind_the_proxy_too(behind_proxy: TestClient) -> None:
    answer = behind_proxy.get("/collections/districts/items?limit=3")
    assert answer.links["next"]["url"].startswith(f"{ROOT}/collections/districts/items?limit=3&after=")


@pytest.mark.parametrize("path", PAGES)
def test_pages_behind_a_proxy_lead_through_it(behind_proxy: TestClient, path: str) -> None:
    text = behind_proxy.get(f"{path}?f=html").text
    hrefs = re.findall(r'href="([^"]+)"', text)
    assert f"{ROOT}/api.css" in hrefs
    assert "testserver" not in text
    assert not [href for href in hrefs if href.startswith("/")]


def test_without_a_proxy_links_begin_as_the_request_came(client: TestClient) -> None:
    answer = client.get("/", headers={"Host": "gis.local:8080"})
    assert all(link["href"].startswith("http://gis.local:8080/") for link in answer.json()["links"])


def test_a_host_that_is_none_breaks_neither_json_nor_headers(client: TestClient) -> None:
    for host in ('a"b', "a<b>", "a b", "evil.example/path?x=", "[", ""):
        answer = client.get("/collections/districts/items?limit=1", headers={"Host": host})
        assert answer.status_code in (200, 400)
        json.loads(answer.content)


@pytest.mark.parametrize("f", ["json", "csv"])
def test_a_long_question_is_not_told_many_times_in_a_header(client: TestClient, f: str) -> None:
    """Clients and proxies read a header of a certain length, and break off one that is longer."""
    around = ", ".join(f"{79 + n / 100} 50, {79 + n / 100} 57" for n in range(600))
    asked = {"filter": f"S_INTERSECTS(geom, LINESTRING({around}))", "f": f}
    whole = client.get("/collections/districts/items", params=asked)
    assert whole.status_code == 200
    assert len(whole.headers.get("link", "")) < 2000
    page = client.get("/collections/districts/items", params={**asked, "limit": 1})
    assert len(page.headers["link"]) < len(str(page.request.url)) + 2000
    assert client.get(page.links["next"]["url"]).headers["ogc-numberreturned"]


def test_a_short_question_is_told_in_the_header_where_the_body_has_no_place(client: TestClient) -> None:
    answer = client.get("/collections/districts/items?f=csv&limit=2")
    assert {"next", "self", "alternate", "collection"} == set(answer.links)
    assert answer.headers["link"].count('rel="alternate"') == len(FEATURES) - 2


@pytest.mark.parametrize("path", ["/collections/districts/items", "/collections/districts/items/barnaul"])
def test_every_other_format_can_be_asked_for(client: TestClient, path: str) -> None:
    """In another CRS, too, which not every format knows."""
    answer = client.get(path, params={"crs": "http://www.opengis.net/def/crs/EPSG/0/32645"})
    offered = {link["href"]: link["type"] for link in answer.json()["links"] if link["rel"] == "alternate"}
    names = {QueryParams(URL(href).query)["f"] for href in offered}
    assert names == ({"html"} if path.endswith("barnaul") else FEATURES.keys() - {"json", "geojson"})
    for href, media_type in offered.items():
        found = client.get(href)
        assert found.status_code == 200, found.text
        assert found.headers["content-type"].startswith(media_type)
