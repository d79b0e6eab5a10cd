"""Which format and language a client gets."""

import pytest
from fastapi.testclient import TestClient

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
ITEMS = "/collections/districts/items?limit=1"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/geo+json"),
        ("", "application/geo+json"),
        ("application/geo+json", "application/geo+json"),
        ("application/json", "application/geo+json"),
        ("application/*", "application/geo+json"),
        ("APPLICATION/GEO+JSON", "application/geo+json"),
        ("application/geo+json, application/json", "application/geo+json"),
        ("text/html", "text/html; charset=utf-8"),
        (BROWSER, "text/html; charset=utf-8"),
        ("text/*", "text/html; charset=utf-8"),
        ("text/html;q=0.1, application/geo+json;q=0.9", "application/geo+json"),
        ("image/png, */*;q=0.1", "application/geo+json"),
        ("application/geo+json;q=0, text/html", "text/html; charset=utf-8"),
        (";;;,,, text/html", "text/html; charset=utf-8"),
    ],
)
def test_accept_chooses_the_format(client: TestClient, accept: str, media_type: str) -> None:
    assert client.get(ITEMS, headers={"Accept": accept}).headers["content-type"] == media_type


@pytest.mark.parametrize(("f", "media_type"), [("json", "application/geo+json"), ("geojson", "application/geo+json")])
def test_f_beats_accept(client: TestClient, f: str, media_type: str) -> None:
    assert client.get(f"{ITEMS}&f={f}", headers={"Accept": BROWSER}).headers["content-type"] == media_type
    page = client.get(f"{ITEMS}&f=html", headers={"Accept": "application/json"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("accept", ["image/png", "application/xml", "text/calendar;q=0.9, image/*", "text/html;q=0"])
@pytest.mark.parametrize("path", ["/", "/collections", ITEMS, "/search?q=а", "/tiles/districts/tilejson.json"])
def test_what_cannot_be_produced_is_406(client: TestClient, path: str, accept: str) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.json()["code"] == "NotAcceptable"


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("de, en;q=0.5", "en"),
        ("en;q=0.5, ru;q=0.9", "ru"),
        ("de", "ru"),
        ("*", "ru"),
        ("", "ru"),
    ],
)
def test_accept_language_chooses_the_language(client: TestClient, asked: str, language: str) -> None:
    answer = client.get("/collections/districts", headers={"Accept-Language": asked})
    assert answer.headers["content-language"] == language
    assert (
        client.get("/collections/districts?lang=en", headers={"Accept-Language": "ru"}).headers["content-language"]
        == "en"
    )


def test_caches_are_told_what_the_answer_depends_on(client: TestClient) -> None:
    for path in ("/", "/?f=html", "/collections", ITEMS, "/api", "/search?q=а"):
        vary = {name.strip() for name in client.get(path).headers["vary"].split(",")}
        assert {"Accept", "Accept-Encoding", "Accept-Language"} <= vary, path


def test_links_to_the_other_formats_lead_to_them(client: TestClient) -> None:
    document = client.get(ITEMS).json()
    alternate = next(link for link in document["links"] if link["rel"] == "alternate")
    assert client.get(alternate["href"]).headers["content-type"].startswith(alternate["type"])
