"""Pictures of rasters: formats, scales and styles, and what is asked for beyond the layer file."""

import io
from typing import Any

import pytest
import rasterio
from fastapi.testclient import TestClient

from altaigis.api.tile_answers import IMMUTABLE
from altaigis.services.cache import Cache

TILE = "/tiles/elevation/6/47/20"
pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


@pytest.mark.parametrize("layer", ["elevation", "landcover"])
@pytest.mark.parametrize(("ending", "begin"), [("png", b"\x89PNG"), ("webp", b"RIFF")])
@pytest.mark.parametrize(("scale", "side"), [("", 256), ("@2x", 512)])
def test_the_address_tells_format_and_size(
    client: TestClient, layer: str, ending: str, begin: bytes, scale: str, side: int
) -> None:
    answer = client.get(f"/tiles/{layer}/6/47/20{scale}.{ending}", headers={"Accept": "image/avif"})
    assert answer.headers["content-type"] == f"image/{ending}"
    assert answer.content.startswith(begin)
    with rasterio.open(io.BytesIO(answer.content)) as picture:
        assert picture.shape == (side, side)


def test_each_style_is_another_picture_and_kept(client: TestClient) -> None:
    cache: Cache[Any] = client.app._services.tiles._cache  # type: ignore[attr-defined]
    found = {style: client.get(f"{TILE}.png?style={style}") for style in ("default", "slope", "hillshade")}
    assert len({answer.content for answer in found.values()}) == 3
    assert found["default"].headers["etag"] == client.get(f"{TILE}.png").headers["etag"]
    assert client.get(f"{TILE}.png?style=slope").content == found["slope"].content
    before = len(cache), cache._size
    for number in range(30):
        answer = client.get(f"{TILE}.png?style=slope&rescale=0,{number + 1}&colormap=viridis&v={number}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"].startswith("private")
        assert client.get(f"{TILE}.png?style=no{number}").status_code == 400
    assert (len(cache), cache._size) == before


def test_a_ramp_is_stretched_and_painted(client: TestClient) -> None:
    plain = client.get(f"{TILE}.png")
    own = client.get(f"{TILE}.png?rescale=80,3200")
    assert own.content == plain.content, "these are the first and the last stop"
    assert plain.headers["cache-control"].startswith("public")
    pictures = {client.get(f"{TILE}.png?{query}").content for query in ("rescale=0,500", "colormap=terrain")}
    assert len(pictures | {plain.content}) == 3
    again = client.get(f"{TILE}.png?rescale=80,3200", headers={"If-None-Match": own.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status", "parameter", "says"),
    [
        (f"{TILE}.gif", 404, "extension", ".png and .webp"),
        (f"{TILE}.PNG", 404, "extension", ".png and .webp"),
        (f"{TILE}@3x.png", 400, "y", "@3x"),
        (f"{TILE}@2x@2x.png", 400, "y", "@2x"),
        (f"{TILE}.png?f=webp", 400, "f", "png"),
        (f"{TILE}.png?style=", 400, "style", "default, slope, hillshade"),
        (f"{TILE}.png?style=Slope", 400, "style", "default, slope, hillshade"),
        (f"{TILE}.png?style=slope&style=slope", 400, "style", "more than once"),
        (f"{TILE}.png?rescale=", 400, "rescale", "MIN,MAX"),
        (f"{TILE}.png?rescale=1", 400, "rescale", "MIN,MAX"),
        (f"{TILE}.png?rescale=1,2,3", 400, "rescale", "MIN,MAX"),
        (f"{TILE}.png?rescale=low,high", 400, "rescale", "MIN,MAX"),
        (f"{TILE}.png?rescale=nan,1", 400, "rescale", "finite"),
        (f"{TILE}.png?rescale=0,1e999", 400, "rescale", "finite"),
        (f"{TILE}.png?rescale=-1e308,1.7e308", 400, "rescale", "finite"),
        (f"{TILE}.png?rescale=5,5", 400, "rescale", "below"),
        (f"{TILE}.png?rescale=9,5", 400, "rescale", "below"),
        (f"{TILE}.png?rescale={'9' * 3000},5", 400, "rescale", "finite"),
        (f"{TILE}.png?rescale=0,1&style=hillshade", 400, "rescale", "hillshade"),
        ("/tiles/landcover/6/47/20.png?rescale=0,1", 400, "rescale", "palette"),
        ("/tiles/landcover/6/47/20.png?colormap=viridis", 400, "colormap", "palette"),
        (f"{TILE}.png?colormap=", 400, "colormap", "viridis"),
        (f"{TILE}.png?colormap=../x", 400, "colormap", "viridis"),
        (f"{TILE}.png?band=1", 400, "band", "style"),
        ("/tiles/elevation/2/2/1.webp", 404, "z", "3 to 9"),
        ("/tiles/elevation/10/750/330.webp?style=slope", 404, "z", "3 to 9"),
        ("/tiles/elevation/tilejson.json?format=gif", 400, "format", "png, webp"),
        ("/tiles/elevation/tilejson.json?style=x", 400, "style", "hillshade"),
        ("/tiles/districts/tilejson.json?style=default", 400, "style", "not a parameter"),
        ("/tiles/districts/8/188/83.mvt?style=default", 400, "style", "not a parameter"),
    ],
)
def test_a_picture_that_cannot_be_is_refused_by_name(
    client: TestClient, path: str, status: int, parameter: str, says: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json()["parameter"] == parameter
    assert says in answer.json()["description"]


@pytest.mark.parametrize("query", ["", "?style=slope", "?rescale=0,1"])
@pytest.mark.parametrize("ending", ["png", "webp"])
def test_outside_there_is_no_content(client: TestClient, ending: str, query: str) -> None:
    answer = client.get(f"/tiles/elevation/5/0/0@2x.{ending}{query}")
    assert (answer.status_code, answer.content) == (204, b"")


def test_tilejson_leads_to_every_picture(client: TestClient) -> None:
    plain = client.get("/tiles/elevation/tilejson.json?lang=en").json()
    assert plain["tiles"][0].partition("?")[0].endswith("/{z}/{x}/{y}.png")
    assert plain["altai:formats"] == ["png", "webp"]
    assert plain["altai:styles"]["hillshade"] == "Hillshade"
    for style in plain["altai:styles"]:
        led = client.get(f"/tiles/elevation/tilejson.json?style={style}&format=webp").json()["tiles"][0]
        answer = client.get(led.format(z=6, x=47, y=20))
        assert answer.headers["cache-control"] == IMMUTABLE.decode()
        assert answer.headers["content-type"] == "image/webp"
        assert answer.content == client.get(f"{TILE}.webp?style={style}").content
