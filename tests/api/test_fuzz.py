"""Whatever the query string is, the answer is ours: no 5xx, no 422."""

from urllib.parse import quote_from_bytes

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = st.sampled_from(
    ["limit", "bbox", "bbox-crs", "crs", "datetime", "after", "f", "lang", "q", "lon", "lat", "x"]
) | st.text(max_size=8)
NUMBERS = st.one_of(st.floats().map(repr), st.integers().map(str), st.just(""))
VALUES = st.one_of(
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=30),
    st.lists(NUMBERS, max_size=7).map(lambda numbers: ",".join(numbers).encode()),
    st.sampled_from(
        ["json", "html", "geojson", "csv", "kml", "EPSG:3857", "ru", "en", "..", "2020-01-01/..", "NaN", "-0"]
    ).map(str.encode),
)
PAIRS = st.lists(st.tuples(NAMES.map(lambda name: name.encode("utf-8", "surrogatepass")), VALUES), max_size=5)
PATHS = [
    "/",
    "/collections",
    "/collections/districts/items",
    "/collections/districts/items/barnaul",
    "/search",
    "/rasters/elevation/point",
    "/tiles/districts/8/188/83.mvt",
    "/tiles/elevation/6/47/20.png",
]
SETTINGS = settings(max_examples=60)


@pytest.mark.parametrize("path", PATHS)
@SETTINGS
@given(pairs=PAIRS)
def test_no_query_string_is_too_strange(client: TestClient, path: str, pairs: list[tuple[bytes, bytes]]) -> None:
    query = "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in pairs)
    answer = client.get(f"{path}?{query}")
    assert answer.status_code in (200, 204, 400, 406), answer.text
    if answer.status_code >= 400:
        assert answer.json()["description"]


@SETTINGS
@given(query=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=60))
def test_no_raw_query_string_is_too_strange(client: TestClient, query: str) -> None:
    assert client.get(f"/collections/settlements/items?{query}").status_code in (200, 400, 406)


@SETTINGS
@given(accept=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_no_header_is_too_strange(client: TestClient, accept: str) -> None:
    headers = {"Accept": accept, "Accept-Language": accept, "Accept-Encoding": accept, "If-None-Match": accept}
    assert client.get("/collections/districts", headers=headers).status_code in (200, 304, 406)


@SETTINGS
@given(segments=st.lists(st.binary(min_size=1, max_size=12), min_size=1, max_size=5))
def test_no_path_is_too_strange(client: TestClient, segments: list[bytes]) -> None:
    for root in ("", "/collections/districts/items", "/tiles/districts"):
        path = "/".join([root, *(quote_from_bytes(segment, safe="") for segment in segments)])
        assert client.get(path).status_code in (200, 204, 400, 404)
