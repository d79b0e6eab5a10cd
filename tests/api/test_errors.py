"""Whatever a client sends: JSON that names the mistake, or a page for a browser; never a traceback or a 5xx."""

import http.client
import json
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from lxml import html
from starlette.datastructures import URL, QueryParams

from altaigis.app import create_app
from conftest import Installation

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
STRANGE = [
    "../",
    "../../etc/passwd",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..%5cwindows",
    "%00",
    "a%00b",
    "%ff%fe",
    "%ED%A0%80",
    "'",
    "%22",
    "';DROP TABLE x;--",
    "' OR '1'='1",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "районы",
    quote("районы"),
    quote("🏔"),
    "%0d%0aX-Injected:%201",
    "a" * 5000,
    quote("ы" * 1000),
    "%25",
    "%",
    "%zz",
    "{z}",
    "*",
    "_",
    "-1",
    "1e999",
    "null",
    "%20",
    "+",
    "..;/",
    "con",
]
PLACES = [
    "/{}",
    "/collections/{}",
    "/collections/{}/items",
    "/collections/{}/items/{}",
    "/collections/{}/schema",
    "/collections/{}/tiles",
    "/collections/districts/items/{}",
    "/collections/districts/tiles/{}",
    "/collections/districts/tiles/WebMercatorQuad/{}/0/0",
    "/collections/districts/styles/{}",
    "/tiles/{}/tilejson.json",
    "/tiles/{}/8/188/83.mvt",
    "/tiles/districts/{}/188/83.mvt",
    "/tiles/districts/8/188/83.{}",
    "/tileMatrixSets/{}",
    "/rasters/{}/point?lon=84&lat=52",
    "/assets/{}",
]


def assert_problem(status: int, headers: dict[str, str], body: bytes) -> None:
    assert 400 <= status < 500, body
    assert headers["content-type"] == "application/problem+json"
    assert headers["cache-control"] == "no-store"
    problem = json.loads(body)
    assert problem["code"]
    assert problem["description"] == problem["detail"]
    assert problem["status"] == status
    assert {"type", "title", "instance"} <= set(problem)
    assert len(problem["description"]) < 600
    assert "Traceback" not in body.decode()


def assert_page(status: int, headers: dict[str, str], body: bytes) -> None:
    assert 400 <= status < 500, body
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert "script" not in headers["content-security-policy"]
    document = html.document_fromstring(body.decode())
    assert document.xpath("//main//code/text()")
    assert not document.xpath("//script")
    assert "Traceback" not in body.decode()


@pytest.mark.parametrize(("accept", "check"), [("*/*", assert_problem), (BROWSER, assert_page)])
@pytest.mark.parametrize("place", PLACES)
def test_strange_names_are_the_client_s_mistake(
    server_url: str, place: str, accept: str, check: Callable[[int, dict[str, str], bytes], None]
) -> None:
    """Sent as they are: an HTTP library would tidy the path up."""
    connection = http.client.HTTPConnection(urlsplit(server_url).netloc)
    for name in STRANGE:
        target = quote(place.replace("{}", name), safe="%/?=&;:'()*+{}<>,.-_~!$@").replace(" ", "%20")
        connection.request("GET", target, headers={"Accept": accept})
        answer = connection.getresponse()
        headers, body = {key.lower(): value for key, value in answer.getheaders()}, answer.read()
        assert "x-injected" not in headers
        # "/collections/.." is the landing page to no one here: paths are taken as they come
        check(answer.status, headers, body)
    connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/..%2findex.html",
        "/assets/%2e%2e%2f%2e%2e%2f__init__.py",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/./../../__init__.py",
        "/assets/..%5c__init__.py",
        "/assets/",
        "/assets",
    ],
)
def test_no_file_outside_the_assets_is_served(server_url: str, path: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(server_url).netloc)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert_problem(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())
    connection.close()


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nothing", 404, "NotFound"),
        ("/collections/nothing", 404, "NotFound"),
        ("/collections/districts/items/nothing", 404, "NotFound"),
        ("/collections/districts/styles/nothing", 404, "NotFound"),
        ("/collections/limits/tiles", 404, "NotFound"),
        ("/tileMatrixSets/WorldCRS84Quad", 404, "NotFound"),
        ("/rasters/districts/point?lon=84&lat=52", 404, "NotFound"),
        ("/collections/districts/items?limit=0", 400, "InvalidParameterValue"),
        ("/conformance?x=1", 400, "InvalidParameterValue"),
        ("/search", 400, "InvalidParameterValue"),
    ],
)
def test_who_reads_pages_is_told_on_one(client: TestClient, path: str, status: int, code: str) -> None:
    for accept in ("*/*", "application/json", "application/json, text/html;q=0.5", ""):
        answer = client.get(path, headers={"Accept": accept})
        assert answer.status_code == status
        assert_problem(answer.status_code, dict(answer.headers), answer.content)
        assert answer.json()["code"] == code
        assert answer.json()["instance"] == path.partition("?")[0]
    asked = f"{path}{'&' if '?' in path else '?'}f="
    # which some of these addresses do not offer
    answer = client.get(f"{asked}json", headers={"Accept": BROWSER})
    assert_problem(answer.status_code, *_told(answer))
    page = client.get(f"{asked}html")
    assert_page(page.status_code, *_told(page))
    page = client.get(path, headers={"Accept": BROWSER})
    assert page.status_code == status
    assert_page(page.status_code, *_told(page))


def _told(answer: httpx.Response) -> tuple[dict[str, str], bytes]:
    return dict(answer.headers), answer.content


@pytest.mark.parametrize(
    ("parameter", "value"), [("foo", "1"), ("lang", "xx"), ("f", "nothing"), ("bbox", "1"), ("limit", "0")]
)
def test_a_page_leads_back_to_what_can_be_answered(client: TestClient, parameter: str, value: str) -> None:
    address = "/collections/districts/items?sortby=name_ru"
    answer = client.get(address, params={"sortby": "name_ru", parameter: value}, headers={"Accept": BROWSER})
    assert_page(answer.status_code, *_told(answer))
    (back,) = html.document_fromstring(answer.text).xpath("//a[@class='button']/@href")
    assert parameter not in QueryParams(URL(back).query)
    assert QueryParams(URL(back).query)["sortby"] == "name_ru"
    assert client.get(back, headers={"Accept": BROWSER}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/conformance", "/api", "/collections", "/collections/districts", "/tileMatrixSets", "/search"]
)
def test_unknown_parameters_are_named_everywhere(client: TestClient, path: str) -> None:
    answer = client.get(path, params={"bogus": "1"})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "bogus"


def test_a_path_of_the_map_is_not_the_map(client: TestClient) -> None:
    answer = client.get("/map/districts", headers={"Accept": BROWSER})
    assert answer.status_code == 404
    assert_page(answer.status_code, *_told(answer))


@pytest.fixture
def broken(installation: Installation) -> TestClient:
    """The application with one route that fails as no route should, and one that fails halfway."""
    app: FastAPI = create_app(installation.settings, installation.catalog, installation.url).app

    @app.get("/broken")
    def fail() -> None:
        raise ZeroDivisionError("the secret of the house")

    return TestClient(app, raise_server_exceptions=False)


def test_an_error_of_our_own_tells_nothing_of_the_inside(broken: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = broken.get("/broken", headers={"Origin": "https://example.org", "Accept": BROWSER})
    assert answer.status_code == 500
    assert answer.json()["code"] == "InternalError"
    assert "secret" not in answer.text
    assert "the secret of the house" in caplog.text
    # a browser must be able to read it, or it speaks of CORS instead
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
