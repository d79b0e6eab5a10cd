"""HEAD, OPTIONS, other methods, trailing slashes, CORS: alike for every path."""

import re

import pytest
from fastapi.testclient import TestClient

PATHS = [
    "/",
    "/conformance",
    "/api",
    "/api.html",
    "/api.css",
    "/collections",
    "/collections/districts",
    "/collections/districts/schema",
    "/collections/districts/items",
    "/collections/districts/items/barnaul",
    "/collections/districts/tiles",
    "/collections/districts/tiles/WebMercatorQuad",
    "/collections/districts/tiles/WebMercatorQuad/8/83/188",
    "/collections/districts/styles/default",
    "/tiles/districts/tilejson.json",
    "/tiles/districts/8/188/83.mvt",
    "/tiles/elevation/6/47/20.png",
    "/tileMatrixSets",
    "/tileMatrixSets/WebMercatorQuad",
    "/rasters/elevation/point?lon=84&lat=52",
    "/search?q=бийск",
    "/healthz",
    "/readyz",
]
ALLOWED = {"GET", "HEAD", "OPTIONS"}


def allowed(header: str) -> set[str]:
    return {method.strip() for method in header.split(",")}


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert got.status_code == head.status_code == 200
    assert head.content == b""
    for name in ("content-type", "content-length", "etag", "vary", "content-language", "link"):
        assert head.headers.get(name) == got.headers.get(name), name


@pytest.mark.parametrize("path", PATHS)
def test_options_tells_the_methods(client: TestClient, path: str) -> None:
    answer = client.options(path)
    assert answer.status_code == 200
    assert allowed(answer.headers["allow"]) == ALLOWED


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", PATHS)
def test_other_methods_are_405_and_say_which_are_not(client: TestClient, path: str, method: str) -> None:
    answer = client.request(method, path, json={})
    assert answer.status_code == 405
    assert allowed(answer.headers["allow"]) == ALLOWED
    problem = answer.json()
    assert problem["code"] == "MethodNotAllowed"
    assert method in problem["description"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_where_nothing_is_every_method_is_404(client: TestClient, method: str) -> None:
    assert client.request(method, "/nothing/here").status_code == 404


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/" and "?" not in path])
def test_a_trailing_slash_changes_nothing(client: TestClient, path: str) -> None:
    plain, slashed = client.get(path), client.get(f"{path}/", follow_redirects=False)
    assert slashed.status_code == 200
    # a second may pass between the two
    first, second = (re.sub(rb'"timeStamp":"[^"]*"', b"", answer.content) for answer in (plain, slashed))
    assert first == second


@pytest.mark.parametrize("path", [*PATHS, "/nothing", "/collections/districts/items?limit=0"])
def test_pages_of_other_origins_may_read(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"Link", "ETag", "Content-Crs", "OGC-NumberMatched", "OGC-NumberReturned"} <= exposed
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("headers", ["", "If-None-Match", "X-Requested-With, Range", "Authorization"])
def test_a_preflight_for_reading_is_granted(client: TestClient, headers: str) -> None:
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    answer = client.options("/collections/districts/items", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "GET" in allowed(answer.headers["access-control-allow-methods"])
    granted = answer.headers.get("access-control-allow-headers", "").lower()
    assert all(name.strip().lower() in granted for name in headers.split(",") if name)


def test_a_page_of_another_origin_may_ask_a_wfs_by_post(client: TestClient) -> None:
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    asked["Access-Control-Request-Headers"] = "Authorization, Content-Type"
    answer = client.options("/wfs", headers=asked)
    assert answer.status_code == 200
    assert "POST" in allowed(answer.headers["access-control-allow-methods"])
    assert {"authorization", "content-type"} <= set(answer.headers["access-control-allow-headers"].lower().split(", "))
    assert "access-control-allow-credentials" not in answer.headers, "keys that a browser keeps are not sent"
    assert client.options("/observations", headers=asked).status_code == 400, "for writing alone"


def test_a_preflight_for_writing_is_refused(client: TestClient) -> None:
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "DELETE"}
    assert client.options("/collections/districts/items/barnaul", headers=asked).status_code == 400


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
def test_browsers_must_believe_the_media_type(client: TestClient, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        assert client.request(method, path).headers["x-content-type-options"] == "nosniff"
