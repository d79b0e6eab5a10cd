"""The door of finished tiles: it answers as the application behind it does, to the last header."""

import asyncio
import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from altaigis.api.tile_answers import FRESHEN, IMMUTABLE, OTHER
from altaigis.api.tile_door import TileDoor
from altaigis.app import create_app
from altaigis.domain.layer import Layer
from altaigis.domain.tile import TileCoord
from altaigis.errors import DatabaseUnavailable
from altaigis.services.cache import Cache
from altaigis.services.tiles import tile_cache
from altaigis.settings import Settings
from altaigis.store.edits import editing
from conftest import Installation
from projects import POINTS, Project

TILE = "/tiles/districts/8/188/83.mvt"
OGC = "/collections/districts/tiles/WebMercatorQuad/8/83/188"
PICTURE = "/tiles/elevation/6/47/20.png"
WEBP = "/tiles/landcover/6/47/20@2x.webp"
EMPTY = "/tiles/settlements/12/2945/1340.mvt"
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


@pytest.fixture(scope="module")
def door(installation: Installation) -> Iterator[TileDoor]:
    app = create_app(installation.settings, installation.catalog, installation.url)
    with TestClient(app) as client:
        for path in (TILE, PICTURE, WEBP, EMPTY):
            for encoding in ("identity", "gzip"):
                client.get(path, headers={"Accept-Encoding": encoding})
        yield app


def scope(method: str, address: str, headers: dict[str, str]) -> dict[str, Any]:
    path, _, query = address.partition("?")
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "server": ("testserver", 80),
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"testserver"), *raw],
    }  # fmt: skip


def asked(app: Any, *request: Any) -> Answer:
    """Status, headers and body as an application sends them."""
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(asyncio.wait_for(app(scope(*request), receive, send), 10))
    start, *bodies = sent
    return start["status"], sorted(start["headers"]), b"".join(message.get("body", b"") for message in bodies)


async def nobody(*_: object) -> None:
    raise AssertionError("the application was asked")


def from_the_door(door: TileDoor, monkeypatch: pytest.MonkeyPatch, *request: Any) -> Answer:
    with monkeypatch.context() as patch:
        patch.setattr(door, "app", nobody)
        # what is known was looked up in another event loop, and a while ago
        patch.setattr(door._services.ledger, "_is_old", lambda: False)
        return asked(door, *request)


HEADERS = (
    {},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "gzip;q=0"},
    {"Origin": "https://example.org"},
    {"Origin": "https://example.org", "Cookie": "a=b", "Accept-Encoding": "br, gzip"},
    {"If-None-Match": "*"},
    {"If-None-Match": '"other"', "Accept-Language": "en"},
    {"If-None-Match": "ETAG"},
    {"If-None-Match": 'W/ETAG, "x"', "Accept-Encoding": "gzip", "Origin": "null"},
)


@pytest.mark.parametrize("headers", HEADERS, ids=str)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", [TILE, OGC, PICTURE, WEBP, EMPTY])
@pytest.mark.parametrize("query", ["", "?v=CURRENT", "?v=1-older"])
def test_it_answers_as_the_application_does(
    door: TileDoor, monkeypatch: pytest.MonkeyPatch, path: str, method: str, headers: dict[str, str], query: str
) -> None:
    name = path.split("/")[2]
    version = door._services.ledger._revisions[name].version
    address = path + query.replace("CURRENT", version)
    plain = dict(asked(door.app, "GET", address, {**headers, "If-None-Match": "none"})[1])
    headers = {name: value.replace("ETAG", plain[b"etag"].decode()) for name, value in headers.items()}
    ours = from_the_door(door, monkeypatch, method, address, headers)
    assert ours == asked(door.app, method, address, headers)
    knows = headers.get("If-None-Match", '"other"') != '"other"'
    assert ours[0] == (304 if knows else 204 if path == EMPTY else 200)
    assert dict(ours[1])[b"cache-control"] == {"": FRESHEN, "?v=CURRENT": IMMUTABLE}.get(query, OTHER)


@pytest.mark.parametrize(
    "address",
    [
        TILE + "?f=mvt",
        TILE + "?v=",
        TILE + "?v=1&v=2",
        TILE + "?v=%31",
        TILE + "/",
        "/tiles/districts/8/188/83.png",
        "/tiles/elevation/6/47/20.mvt",
        "/tiles/districts/8/188/83@2x.mvt",
        TILE + "?style=default",
        PICTURE + "?style=nothing",
        PICTURE + "?style=hillshadev=1",
        PICTURE + "?style=hillshade&rescale=0,1",
        "/collections/elevation/tiles/WebMercatorQuad/6/20/47",
        "/tiles/districts/8/256/0.mvt",
        "/tiles/districts/99/0/0.mvt",
        "/tiles/nothing/8/188/83.mvt",
        "/tiles/districts/8/188/83.mvt.mvt",
        "/tiles/districts/tilejson.json",
        "/tiles/districts/" + "0" * 200 + "8/188/83.mvt",
    ],
)
def test_what_is_unusual_is_left_to_the_application(
    door: TileDoor, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    with pytest.raises(AssertionError, match="was asked"):
        from_the_door(door, monkeypatch, "GET", address, {})


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE"])
def test_other_methods_are_left_to_the_application(
    door: TileDoor, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    with pytest.raises(AssertionError, match="was asked"):
        from_the_door(door, monkeypatch, method, TILE, {})


@given(st.text(max_size=60).map(lambda text: text.encode()), st.binary(max_size=30))
def test_no_address_breaks_it(door: TileDoor, tail: bytes, query: bytes) -> None:
    for path in (b"/tiles/districts/8/" + tail, b"/collections/districts/tiles/WebMercatorQuad/" + tail, tail):
        found = door._asked({"raw_path": path, "query_string": query, "headers": []})
        assert found is None or found.layer.id == "districts"


def test_a_tile_that_is_not_in_memory_is_drawn_as_the_application_does(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(installation.settings, installation.catalog, installation.url)
    with TestClient(app) as client:
        # f= is left to the application; so the layer's revision is known, too
        wanted = {path: client.get(f"{path}?f=mvt", headers={"Origin": "null"}) for path in (TILE, OGC)}
        app._services.tiles._cache = tile_cache(0)
        with monkeypatch.context() as patch:
            patch.setattr(app, "app", nobody)
            for path, other in wanted.items():
                ours = client.get(path, headers={"Origin": "null"})
                assert ours.content == other.content != b""
                assert ours.headers == other.headers
        with monkeypatch.context() as patch:
            patch.setattr(app._services.tiles, "tile", unavailable)
            assert client.get(TILE).json()["code"] == "DatabaseUnavailable"


async def unavailable(*_: object, **__: object) -> None:
    raise DatabaseUnavailable("it has gone")


def test_who_has_not_looked_lately_asks_the_application(door: TileDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "app", nobody)
    monkeypatch.setattr(door._services.ledger, "_is_old", lambda: True)
    with pytest.raises(AssertionError, match="was asked"):
        asked(door, "GET", TILE, {})


def test_gzip_is_kept_beside(door: TileDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = from_the_door(door, monkeypatch, "GET", TILE, {})
    packed = from_the_door(door, monkeypatch, "GET", TILE, {"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed[2]) == plain[2]
    assert dict(packed[1])[b"etag"] == dict(plain[1])[b"etag"][:-1] + b'.gz"'


def test_a_thousand_query_strings_do_not_grow_the_cache(client: TestClient) -> None:
    cache: Cache[Any] = client.app._services.tiles._cache  # type: ignore[attr-defined]
    assert client.get(TILE).status_code == 200
    before = len(cache), cache._size
    for number in range(1000):
        assert client.get(f"{TILE}?v={number}").headers["cache-control"] == OTHER.decode()
    for number in range(100):
        assert client.get(f"{TILE}?size={number}").status_code == 400
        client.get(f"{TILE}?v={number}&f=mvt&lang=en")
    assert (len(cache), cache._size) == before


def test_tilejson_leads_to_tiles_that_are_good_for_ever(client: TestClient) -> None:
    (template,) = client.get("/tiles/districts/tilejson.json").json()["tiles"]
    answer = client.get(template.format(z=8, x=188, y=83))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == IMMUTABLE.decode()
    assert client.get(TILE).headers["cache-control"] == FRESHEN.decode()


class TestEdits:
    """A layer with two places, each in a tile of its own."""

    @pytest.fixture
    def project(self, sites_project: Project) -> Project:
        sites_project.layer(POINTS + "editable: true\ntiles: {minzoom: 10, maxzoom: 10}\n")
        sites_project.run()
        return sites_project

    def test_an_edit_redoes_the_tiles_of_its_area_alone(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        layer = project.catalog.layer("sites")
        aya, belokurikha = (address(layer, place) for place in ((85.85, 51.9), (84.98, 52.0)))
        app = create_app(Settings(project=project.folder, database_url=project.url), project.catalog, project.url)
        drawn: list[TileCoord] = []
        read = app._services.tiles._drawn

        async def counted(*arguments: Any) -> Any:
            drawn.append(arguments[2])
            return await read(*arguments)

        monkeypatch.setattr(app._services.tiles, "_drawn", counted)
        with TestClient(app) as client:
            before = [client.get(path).headers["etag"] for path in (aya, belokurikha)]
            (template,) = client.get("/tiles/sites/tilejson.json").json()["tiles"]
            with editing(project.workspace.database, layer, "somebody") as editor:
                editor.update("a", {"visitors": 99})
            client.portal.call(app._services.ledger.look)  # type: ignore[union-attr]
            drawn.clear()
            known = [
                client.get(path, headers={"If-None-Match": tag})
                for path, tag in zip((aya, belokurikha), before, strict=True)
            ]
            assert [answer.status_code for answer in known] == [200, 304]
            assert len(drawn) == 1
            assert known[0].headers["cache-control"] == OTHER.decode(), "who edits sees what he has done"
            # the former address leads to what is there now, which nobody may keep under it
            former = client.get(template.format(z=10, x=aya.split("/")[4], y=aya.split("/")[5].removesuffix(".mvt")))
            assert former.content == known[0].content
            assert former.headers["cache-control"] == OTHER.decode()
            assert client.get("/tiles/sites/tilejson.json").json()["tiles"] != [template]


def address(layer: Layer, place: tuple[float, float]) -> str:
    coord = TileCoord.at(*place, layer.tiles.minzoom)
    return f"/tiles/{layer.id}/{coord.z}/{coord.x}/{coord.y}.mvt"
