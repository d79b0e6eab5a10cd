"""Validators and compression."""

import gzip

import pytest
from fastapi.testclient import TestClient

CACHED = [
    "/",
    "/conformance",
    "/api",
    "/collections",
    "/collections?f=html",
    "/collections/districts",
    "/collections/districts/items?limit=3",
    "/collections/districts/items/barnaul",
    "/collections/districts/styles/default",
    "/tiles/districts/tilejson.json",
    "/tiles/districts/8/188/83.mvt",
    "/tiles/elevation/6/47/20.png",
    "/tiles/districts/4/0/0.mvt",
    "/search?q=бийск",
]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("path", CACHED)
def test_who_has_the_answer_gets_304(client: TestClient, path: str, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    etag = client.get(path, headers=headers).headers["etag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = client.get(path, headers={**headers, "If-None-Match": known})
        assert answer.status_code == 304, known
        assert answer.content == b""
        assert answer.headers["etag"] == etag
        assert "vary" in answer.headers
    assert client.get(path, headers={**headers, "If-None-Match": '"other"'}).status_code in (200, 204)


def test_another_question_has_another_tag(client: TestClient) -> None:
    addresses = [
        "/collections",
        "/collections?lang=en",
        "/collections?f=html",
        "/collections/districts/items?limit=3",
        "/collections/districts/items?limit=4",
        "/tiles/districts/8/188/83.mvt",
        "/tiles/districts/8/188/82.mvt",
    ]
    tags = {client.get(address).headers["etag"] for address in addresses}
    assert len(tags) == len(addresses)


@pytest.mark.parametrize("path", ["/collections", "/collections/districts/items", "/tiles/districts/8/188/83.mvt"])
def test_text_is_compressed_for_those_who_read_it(client: TestClient, path: str) -> None:
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip, deflate"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert gzip.decompress(raw) == plain.content
    assert int(answer.headers["content-length"]) == len(raw) < len(plain.content)
    assert answer.headers["etag"] != plain.headers["etag"]
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "deflate, gzip; q=0.0"])
def test_nothing_is_compressed_for_those_who_do_not(client: TestClient, accepted: str) -> None:
    assert "content-encoding" not in client.get("/collections", headers={"Accept-Encoding": accepted}).headers


def test_pictures_and_small_answers_stay_as_they_are(client: TestClient) -> None:
    for path in ("/tiles/elevation/6/47/20.png", "/healthz"):
        assert "content-encoding" not in client.get(path, headers={"Accept-Encoding": "gzip"}).headers


def test_a_tile_depends_on_no_language(client: TestClient) -> None:
    russian = client.get("/tiles/districts/8/188/83.mvt", headers={"Accept-Language": "ru"})
    english = client.get("/tiles/districts/8/188/83.mvt", headers={"Accept-Language": "en"})
    assert russian.headers["etag"] == english.headers["etag"]
    assert "Accept-Language" not in russian.headers["vary"]
    assert "content-language" not in russian.headers
