"""Tiles by both kinds of address, TileJSON, OGC API Tiles."""

import io
import math

import mapbox_vector_tile
import numpy as np
import pytest
import rasterio
import shapely
from fastapi.testclient import TestClient

from altaigis.domain.style import RampStyle
from conftest import Installation

MVT = "application/vnd.mapbox-vector-tile"


def tile_of(longitude: float, latitude: float, zoom: int) -> tuple[float, float]:
    """Column and row in WebMercatorQuad, with the place within the tile as the fraction."""
    n = 1 << zoom
    x = (longitude + 180) / 360 * n
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * n
    return x, y


@pytest.mark.parametrize("zoom", [4, 8, 12])
def test_the_tile_over_barnaul_holds_barnaul(client: TestClient, zoom: int) -> None:
    x, y = (int(n) for n in tile_of(83.78, 53.35, zoom))
    answer = client.get(f"/tiles/districts/{zoom}/{x}/{y}.mvt")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MVT
    layers = mapbox_vector_tile.decode(answer.content)
    assert set(layers) == {"districts"}
    assert layers["districts"]["extent"] == 4096
    features = {f["properties"]["territory_id"]: f for f in layers["districts"]["features"]}
    barnaul = features["barnaul"]
    assert barnaul["properties"]["name_ru"] == "городской округ город Барнаул"
    assert barnaul["properties"]["population"] > 600_000
    assert barnaul["geometry"]["type"] in ("Polygon", "MultiPolygon")
    assert all(isinstance(f["id"], int) and f["id"] > 0 for f in features.values())
    assert len({f["id"] for f in features.values()}) == len(features)


@pytest.mark.parametrize("zoom", [4, 5, 6])
def test_tiles_of_districts_have_no_cracks(client: TestClient, zoom: int) -> None:
    x, y = (int(n) for n in tile_of(83.78, 53.35, zoom))
    found = mapbox_vector_tile.decode(client.get(f"/tiles/districts/{zoom}/{x}/{y}.mvt").content)["districts"]
    parts = np.array([shapely.geometry.shape(feature["geometry"]) for feature in found["features"]])
    exact = client.get("/collections/districts/items", params={"bbox": bbox_of(x, y, zoom)}).json()["features"]
    drawn = {feature["properties"]["territory_id"] for feature in found["features"]}
    # those beyond the tile's edge may lie in its margin
    assert drawn >= {feature["id"] for feature in exact}
    assert shapely.is_valid(parts).all()
    whole = shapely.union_all(parts)
    border = shapely.length(parts).sum()
    assert shapely.area(parts).sum() - whole.area <= border
    # ST_AsMVTGeom snaps each polygon for itself: what opens is narrower than half a pixel
    assert [hole for part in shapely.get_parts(whole.buffer(4)) for hole in part.interiors] == []


def bbox_of(x: int, y: int, zoom: int) -> str:
    """The tile without its outermost hundredth."""

    def place(column: float, row: float) -> tuple[float, float]:
        n = 1 << zoom
        return column / n * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / n))))

    return ",".join(str(n) for n in (*place(x + 0.01, y + 0.99), *place(x + 0.99, y + 0.01)))


def test_row_and_column_are_the_other_way_round_in_ogc_tiles(client: TestClient) -> None:
    xyz = client.get("/tiles/districts/8/188/83.mvt")
    ogc = client.get("/collections/districts/tiles/WebMercatorQuad/8/83/188")
    assert ogc.content == xyz.content
    assert ogc.headers["content-type"] == MVT
    assert ogc.headers["etag"] == xyz.headers["etag"]


@pytest.mark.parametrize("path", ["/tiles/districts/4/0/0.mvt", "/tiles/elevation/5/0/0.png"])
def test_where_nothing_is_drawn_there_is_no_content(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 204
    assert answer.content == b""
    assert "content-length" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status", "names"),
    [
        ("/tiles/districts/3/5/2.mvt", 404, "z: "),
        ("/tiles/districts/13/6000/2600.mvt", 404, "z: "),
        ("/tiles/elevation/10/750/330.png", 404, "z: "),
        ("/tiles/districts/23/0/0.mvt", 404, "z: "),
        ("/tiles/districts/-1/0/0.mvt", 404, "z: "),
        ("/tiles/districts/8/256/0.mvt", 404, "x: "),
        ("/tiles/districts/8/-1/0.mvt", 404, "x: "),
        ("/tiles/districts/8/0/256.mvt", 404, "y: "),
        ("/tiles/districts/8/0/99999999999.mvt", 404, "y: "),
        ("/tiles/districts/8/0/9999999999999999999999.mvt", 400, "y: "),
        ("/tiles/districts/eight/0/0.mvt", 400, "z: "),
        ("/tiles/districts/8/1.5/0.mvt", 400, "x: "),
        ("/tiles/districts/8/0x10/0.mvt", 400, "x: "),
        ("/tiles/districts/8/1_0/0.mvt", 400, "x: "),
        ("/tiles/districts/8/--5/0.mvt", 400, "x: "),
        ("/tiles/districts/8/-/0.mvt", 400, "x: "),
        ("/tiles/districts/8/١/0.mvt", 400, "x: "),
        ("/tiles/districts/8/188/83.png", 404, "extension: "),
        ("/tiles/elevation/6/47/20.mvt", 404, "extension: "),
        ("/tiles/districts/8/188/83.mvt?f=png", 400, "f: "),
        ("/tiles/districts/8/188/83.mvt?size=512", 400, "size: "),
        ("/collections/districts/tiles/WebMercatorQuad/8/83/256", 404, "x: "),
        ("/collections/districts/tiles/WebMercatorQuad/8/83/x", 400, "x: "),
        ("/collections/elevation/tiles/WebMercatorQuad/6/20/47", 404, "layer "),
        ("/tiles/limits/8/188/83.mvt", 404, "layer "),
    ],
)
def test_a_tile_that_cannot_be_is_refused_by_name(client: TestClient, path: str, status: int, names: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json()["description"].startswith(names)


def test_a_tile_comes_whatever_the_client_accepts(client: TestClient) -> None:
    """An address with an ending needs no negotiation, and pictures are asked for as image/*."""
    for accept in ("image/avif,image/webp,image/*", "application/x-protobuf", "application/json"):
        assert client.get("/tiles/districts/8/188/83.mvt", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize("layer", ["districts", "settlements", "rivers", "elevation", "landcover"])
def test_tilejson_is_what_version_3_asks(client: TestClient, installation: Installation, layer: str) -> None:
    answer = client.get(f"/tiles/{layer}/tilejson.json?lang=en")
    assert answer.headers["content-type"] == "application/json"
    document, declared = answer.json(), installation.catalog.layer(layer)
    assert document["tilejson"] == "3.0.0"
    ending = "png" if declared.kind == "raster" else "mvt"
    (template,) = document["tiles"]
    assert template.startswith(
        f"http://testserver/tiles/{layer}/{{z}}/{{x}}/{{y}}.{ending}?v={document['version'][0]}-"
    )
    assert (document["minzoom"], document["maxzoom"]) == (declared.tiles.minzoom, declared.tiles.maxzoom)
    west, south, east, north = document["bounds"]
    longitude, latitude, zoom = document["center"]
    assert -180 <= west < longitude < east <= 180
    assert -90 <= south < latitude < north <= 90
    assert document["minzoom"] <= zoom <= document["maxzoom"]
    assert document["scheme"] == "xyz"
    assert document["attribution"] == declared.source.attribution.en
    assert all(part.isdigit() for part in document["version"].split("."))
    if declared.kind == "raster":
        assert "vector_layers" not in document
        return
    (described,) = document["vector_layers"]
    x, y = (int(n) for n in tile_of(longitude, latitude, document["minzoom"]))
    address = document["tiles"][0].format(z=document["minzoom"], x=x, y=y)
    decoded = mapbox_vector_tile.decode(client.get(address).content)
    assert list(decoded) == [described["id"]]
    for feature in decoded[layer]["features"]:
        assert set(feature["properties"]) <= set(described["fields"])


def test_tilesets_lead_to_tiles(client: TestClient) -> None:
    (listed,) = client.get("/collections/districts/tiles").json()["tilesets"]
    own = next(link["href"] for link in listed["links"] if link["rel"] == "self")
    tileset = client.get(own).json()
    assert tileset["dataType"] == "vector"
    assert tileset["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
    template = next(link for link in tileset["links"] if link["rel"] == "item")
    assert template["templated"] is True
    address = template["href"].replace("{tileMatrix}", "8").replace("{tileRow}", "83").replace("{tileCol}", "188")
    assert client.get(address).headers["content-type"] == template["type"] == MVT
    scheme = next(link["href"] for link in tileset["links"] if link["rel"].endswith("tiling-scheme"))
    assert client.get(scheme).json()["id"] == "WebMercatorQuad"
    zooms = [limits["tileMatrix"] for limits in tileset["tileMatrixSetLimits"]]
    assert zooms == [str(z) for z in range(4, 13)]
    # 77.89 to 87.17 degrees east, 50.64 to 54.45 north
    assert tileset["tileMatrixSetLimits"][4] == {
        "tileMatrix": "8",
        "minTileRow": 81,
        "maxTileRow": 86,
        "minTileCol": 183,
        "maxTileCol": 189,
    }


def test_the_matrix_set_is_the_one_of_the_web(client: TestClient) -> None:
    (entry,) = client.get("/tileMatrixSets").json()["tileMatrixSets"]
    document = client.get(entry["links"][0]["href"]).json()
    first = document["tileMatrices"][0]
    assert first["matrixWidth"] == first["matrixHeight"] == 1
    assert first["tileWidth"] == 256
    assert first["cellSize"] == pytest.approx(156543.03392804097)
    assert first["pointOfOrigin"] == pytest.approx([-20037508.342789244, 20037508.342789244])
    assert [m["id"] for m in document["tileMatrices"]] == [str(z) for z in range(23)]


def pixels(png: bytes) -> np.ndarray:
    """Red, green, blue and opacity, array (4, h, w), of a picture with a palette."""
    with rasterio.open(io.BytesIO(png)) as picture:
        assert picture.driver == "PNG"
        palette = np.array(list(picture.colormap(1).values()))
        return np.moveaxis(palette[picture.read(1)], -1, 0)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("place", [(83.78, 53.35), (84.9, 51.5), (80.0, 52.5)])
@pytest.mark.parametrize("layer", ["landcover", "climate_zones"])
def test_a_pixel_of_classes_has_the_colour_of_its_class(
    client: TestClient, installation: Installation, layer: str, place: tuple[float, float]
) -> None:
    declared = installation.catalog.layer(layer)
    zoom = declared.tiles.maxzoom
    x, y = tile_of(*place, zoom)
    picture = pixels(client.get(f"/tiles/{layer}/{zoom}/{int(x)}/{int(y)}.png").content)
    assert picture.shape == (4, 256, 256)
    red, green, blue, alpha = picture[:, int(y % 1 * 256), int(x % 1 * 256)]
    value = client.get(f"/rasters/{layer}/point", params={"lon": place[0], "lat": place[1]}).json()["value"]
    colour = next(entry.colour for entry in declared.styles["default"].entries if entry.value == value)  # type: ignore[union-attr]
    assert f"#{red:02x}{green:02x}{blue:02x}" == colour.lower()
    assert alpha == 255


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_pixel_of_the_ramp_lies_between_its_stops(client: TestClient, installation: Installation) -> None:
    layer = installation.catalog.layer("elevation")
    style = layer.styles["default"]
    assert isinstance(style, RampStyle)
    # the Kulunda plain: so even that neighbouring cells, and what is between them, have nearly one colour
    x, y = tile_of(79.5, 52.9, layer.tiles.maxzoom)
    picture = pixels(client.get(f"/tiles/elevation/{layer.tiles.maxzoom}/{int(x)}/{int(y)}.png").content)
    value = client.get("/rasters/elevation/point?lon=79.5&lat=52.9").json()["value"]
    stops = [stop.value for stop in style.stops]
    expected = [np.interp(value, stops, [int(stop.colour[i : i + 2], 16) for stop in style.stops]) for i in (1, 3, 5)]
    assert picture[:3, int(y % 1 * 256), int(x % 1 * 256)] == pytest.approx(expected, abs=8)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [("3/0/0.mvt", "z"), ("8/256/0.mvt", "x"), ("8/0/999.mvt", "y"), ("8/0/a.mvt", "y"), ("8/0/0.png", "extension")],
)
def test_a_refused_tile_names_the_parameter(client: TestClient, path: str, parameter: str) -> None:
    assert client.get(f"/tiles/districts/{path}").json()["parameter"] == parameter
