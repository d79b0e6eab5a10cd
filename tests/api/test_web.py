"""The built front end as the server hands it out."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from altaigis.api import errors, web

SCRIPT = b"console.log('altai');" * 200


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A front end of our own, so that these tests need no build."""
    monkeypatch.setattr(web, "DIST", tmp_path / "dist")
    return tmp_path / "dist"


@pytest.fixture
def built(dist: Path) -> Path:
    (dist / "assets").mkdir(parents=True)
    (dist / "assets" / "index-abc.js").write_bytes(SCRIPT)
    (dist / "assets" / "icon-abc.png").write_bytes(b"\x89PNG" * 500)
    (dist / "secret.txt").write_text("not for you")
    return dist


@pytest.fixture
def browser(dist: Path) -> Iterator[TestClient]:
    app = FastAPI()
    web.mount(app)
    errors.install(app)
    with TestClient(app) as client:
        yield client


def test_assets_are_kept_for_ever(built: Path, browser: TestClient) -> None:
    answer = browser.get("/assets/index-abc.js", headers={"Accept-Encoding": "identity"})
    assert answer.content == SCRIPT
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "content-encoding" not in answer.headers


def test_scripts_are_compressed(built: Path, browser: TestClient) -> None:
    plain = browser.get("/assets/index-abc.js", headers={"Accept-Encoding": "identity"})
    with browser.stream("GET", "/assets/index-abc.js", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"] != plain.headers["etag"]
    assert answer.headers["content-type"] == plain.headers["content-type"]
    assert gzip.decompress(raw) == SCRIPT
    assert len(raw) < len(SCRIPT) / 10


def test_pictures_and_parts_are_not(built: Path, browser: TestClient) -> None:
    picture = browser.get("/assets/icon-abc.png", headers={"Accept-Encoding": "gzip"})
    part = browser.get("/assets/index-abc.js", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})
    assert "content-encoding" not in picture.headers
    assert "content-encoding" not in part.headers
    assert (part.status_code, part.content) == (206, SCRIPT[:10])


@pytest.mark.parametrize(
    "path", ["/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt", "/assets/none.js", "/assets/"]
)
def test_nothing_else_is_served(built: Path, browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_a_front_end_that_is_not_built_is_not_found(browser: TestClient) -> None:
    answer = browser.get("/assets/index-abc.js")
    assert answer.status_code == 404
    assert answer.json()["code"] == "NotFound"
