"""Archives as files: ranges, tags and names."""

import pytest
from fastapi.testclient import TestClient

from altaigis.app import create_app
from altaigis.domain.catalog import Catalog
from altaigis.settings import Settings

#: The header of an archive without tiles, and what nobody reads.
CONTENT = (b"PMTiles\x03" + bytes(119) + bytes(range(256)) * 8)[:2048]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A server without layers, whose database nobody asks for anything."""
    project = tmp_path_factory.mktemp("archives")
    folder = project / "data" / "processed" / "tiles"
    folder.mkdir(parents=True)
    (folder / "krai.pmtiles").write_bytes(CONTENT)
    for name in ("krai.mbtiles", "krai.pmtiles.partial", ".hidden.pmtiles", "два слова.pmtiles"):
        (folder / name).write_bytes(b"no archive that is served")
    (folder / "junk.pmtiles").write_bytes(b"junk")
    (folder.parent / "secret.pmtiles").write_bytes(b"not for you")
    app = create_app(Settings(project=project), Catalog([]), "postgresql://nobody@127.0.0.1:1/nothing")
    # without its lifespan, which would look for the database
    return TestClient(app)


@pytest.mark.parametrize(
    ("asked", "status", "begin", "end"),
    [
        (None, 200, 0, 2048),
        ("bytes=0-126", 206, 0, 127),
        ("bytes=127-16383", 206, 127, 2048),
        ("bytes=2047-", 206, 2047, 2048),
        ("bytes=-16", 206, 2032, 2048),
        ("lines=1-2", 200, 0, 2048),
        ("bytes=a-b", 200, 0, 2048),
        ("bytes=9-2", 200, 0, 2048),
    ],
)
def test_a_range_is_what_is_asked_for(client: TestClient, asked: str | None, status: int, begin: int, end: int) -> None:
    answer = client.get("/archives/krai.pmtiles", headers={"Range": asked} if asked else {})
    assert answer.status_code == status
    assert answer.content == CONTENT[begin:end]
    assert answer.headers["content-type"] == "application/vnd.pmtiles"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(end - begin)
    assert "content-encoding" not in answer.headers
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/2048"


def test_a_range_behind_the_end_is_refused(client: TestClient) -> None:
    for asked in ("bytes=2048-", "bytes=-0", "bytes=0-9,5000-"):
        answer = client.get("/archives/krai.pmtiles", headers={"Range": asked})
        assert answer.status_code == 416, asked
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */2048")
    assert answer.json()["code"] == "RangeNotSatisfiable"


def test_a_tag_keeps_ranges_of_two_files_apart(client: TestClient) -> None:
    tag = client.get("/archives/krai.pmtiles").headers["etag"]
    assert not tag.startswith("W/")
    assert client.get("/archives/krai.pmtiles", headers={"If-None-Match": tag}).status_code == 304
    asked = {"Range": "bytes=0-9"}
    assert client.get("/archives/krai.pmtiles", headers=asked | {"If-Range": tag}).status_code == 206
    assert client.get("/archives/krai.pmtiles", headers=asked | {"If-Range": '"other"'}).content == CONTENT


def test_head_and_pages_of_other_origins(client: TestClient) -> None:
    answer = client.head("/archives/krai.pmtiles", headers={"Origin": "https://example.org"})
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "2048", b"")
    exposed = answer.headers["access-control-expose-headers"]
    assert {"ETag", "Content-Range", "Accept-Ranges"} <= set(exposed.split(", "))


def test_they_are_listed_with_their_addresses(client: TestClient) -> None:
    own, page, *listed = client.get("/archives").json()["links"]
    assert (own["rel"], page["rel"]) == ("self", "alternate")
    assert "archives/krai.pmtiles" in client.get(page["href"]).text
    assert listed == [
        {"href": "http://testserver/archives/krai.pmtiles", "rel": "item", "type": "application/vnd.pmtiles",
         "title": "krai", "length": 2048}
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["nothing.pmtiles", "junk.pmtiles", "krai.mbtiles", "krai.pmtiles.partial", ".hidden.pmtiles",
     "..%2Fsecret.pmtiles", "%2e%2e/secret.pmtiles", "..%5Csecret.pmtiles", "krai.pmtiles%00"],
)  # fmt: skip
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    answer = client.get(f"/archives/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
