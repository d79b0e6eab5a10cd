"""Tiles by both kinds of address, TileJSON, OGC API Tiles."""

import io
import math
import operator
import warnings
from functools import reduce
from pathlib import Path

import geopandas
import mapbox_vector_tile
import numpy as np
import pytest
import rasterio
import shapely
from fastapi.testclient import TestClient

from altaigis.app import create_app
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
    # the point for the name of a district that fills the tile may lie in another one
    assert {"districts"} <= set(layers) <= {"districts", "districts_labels"}
    assert layers["districts"]["extent"] == 4096
    features = {f["properties"]["territory_id"]: f for f in layers["districts"]["features"]}
    barnaul = features["barnaul"]
    assert barnaul["properties"]["name_ru"] == "городской округ город Барнаул"
    assert barnaul["properties"]["population"] > 600_000
    assert barnaul["geometry"]["type"] in ("Polygon", "MultiPolygon")
    assert all(isinstance(f["id"], int) and f["id"] > 0 for f in features.values())
    assert len({f["id"] for f in features.values()}) == len(features)


@pytest.mark.parametrize("zoom", range(4, 13))
def test_tiles_of_districts_have_no_cracks(client: TestClient, zoom: int) -> None:
    x, y = (int(n) for n in tile_of(83.78, 53.35, zoom))
    found = mapbox_vector_tile.decode(client.get(f"/tiles/districts/{zoom}/{x}/{y}.mvt").content)["districts"]
    parts = np.array([shapely.geometry.shape(feature["geometry"]) for feature in found["features"]])
    exact = client.get("/collections/districts/items", params={"bbox": bbox_of(x, y, zoom)}).json()["features"]
    drawn = {feature["properties"]["territory_id"] for feature in found["features"]}
    # those beyond the tile's edge may lie in its margin
    assert drawn >= {feature["id"] for feature in exact}
    assert shapely.is_valid(parts).all()
    # none lies over another, and nothing is left between them but bays of the outermost border with a closed mouth
    whole = shapely.union_all(parts)
    assert shapely.area(parts).sum() == pytest.approx(whole.area, abs=0.5)
    ground = shapely.union_all([shapely.geometry.shape(feature["geometry"]) for feature in exact])
    for hole in (hole for part in shapely.get_parts(whole) for hole in part.interiors):
        assert not ground.contains(place_in(x, y, zoom, shapely.Polygon(hole).representative_point()))


@pytest.mark.parametrize("zoom", [4, 8])
def test_each_polygon_has_one_point_for_its_name(client: TestClient, zoom: int) -> None:
    """Over all tiles of a zoom, each within its polygon, with the same id and properties."""
    first, last = ((int(n) for n in tile_of(*corner, zoom)) for corner in ((77.8, 54.5), (87.2, 50.6)))
    (west, north), (east, south) = first, last
    points, named = [], {}
    for x in range(west, east + 1):
        for y in range(north, south + 1):
            layers = mapbox_vector_tile.decode(client.get(f"/tiles/districts/{zoom}/{x}/{y}.mvt").content)
            if not layers:
                continue
            polygons = {f["id"]: f for f in layers["districts"]["features"]}
            for label in layers.get("districts_labels", {"features": []})["features"]:
                polygon = polygons[label["id"]]
                assert label["properties"] == polygon["properties"]
                point = shapely.geometry.shape(label["geometry"])
                assert shapely.geometry.shape(polygon["geometry"]).buffer(1).contains(point)
                points.append(label["id"])
                named[label["properties"]["territory_id"]] = place_in(x, y, zoom, point)
    assert len(points) == len(set(points)) == len(named) == 69
    items = client.get("/collections/districts/items", params={"limit": "100"}).json()["features"]
    exact = {feature["id"]: shapely.geometry.shape(feature["geometry"]) for feature in items}
    assert sum(exact[name].contains(place) for name, place in named.items()) >= 68


@pytest.mark.parametrize("zoom", [4, 7, 10])
@pytest.mark.parametrize("layer", ["districts", "rivers", "lakes", "settlements", "protected_areas"])
def test_gdal_finds_in_tiles_what_the_api_has(client: TestClient, tmp_path: Path, layer: str, zoom: int) -> None:
    """The same features with the same properties; GDAL heeds the winding of rings, and tells what it cannot read."""
    if zoom < 5 and layer == "settlements":
        zoom = 5
    x, y = (int(n) for n in tile_of(83.78, 53.35, zoom))
    content = client.get(f"/tiles/{layer}/{zoom}/{x}/{y}.mvt").content
    bbox = bbox_of(x, y, zoom)
    answer = client.get(f"/collections/{layer}/items", params={"bbox": bbox, "limit": "10000"}).json()
    exact = [feature for feature in answer["features"] if feature["geometry"]]
    if not content:
        assert exact == []
        return
    file = tmp_path / str(zoom) / str(x) / f"{y}.pbf"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = geopandas.read_file(f"MVT:{file}", layer=layer)
    assert found.geometry.is_valid.all()
    assert not found.geometry.is_empty.any()
    decoded = mapbox_vector_tile.decode(content)[layer]["features"]
    # it leaves out what lies in the margin alone
    assert set(found["mvt_id"]) <= {feature["id"] for feature in decoded}
    identity = next(name for name in decoded[0]["properties"] if name.endswith("id"))
    drawn = {feature["properties"][identity]: feature["properties"] for feature in decoded}
    assert drawn.keys() >= set(found[identity]) >= {feature["id"] for feature in exact}
    for feature in exact:
        shown = drawn[feature["id"]]
        told = {name: value for name, value in feature["properties"].items() if value is not None}
        assert {name: value for name, value in shown.items() if name != identity} == told


def bbox_of(x: int, y: int, zoom: int) -> str:
    """The tile without its outermost hundredth."""
    corners = degrees(x + 0.01, y + 0.99, zoom), degrees(x + 0.99, y + 0.01, zoom)
    return ",".join(str(n) for corner in corners for n in corner)


def degrees(column: float, row: float, zoom: int) -> tuple[float, float]:
    n = 1 << zoom
    return column / n * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / n))))


def place_in(x: int, y: int, zoom: int, point: shapely.Point) -> shapely.Point:
    """A place in a tile, whose decoder counts from below, in degrees."""
    return shapely.Point(degrees(x + point.x / 4096, y + 1 - point.y / 4096, zoom))


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


def test_several_layers_come_in_one_tile(client: TestClient) -> None:
    together = client.get("/tiles/districts,rivers,settlements/8/188/83.mvt")
    alone = {name: client.get(f"/tiles/{name}/8/188/83.mvt") for name in ("districts", "rivers", "settlements")}
    parts = [mapbox_vector_tile.decode(answer.content) for answer in alone.values()]
    assert mapbox_vector_tile.decode(together.content) == reduce(operator.or_, parts)
    assert len({together.headers["etag"], *(answer.headers["etag"] for answer in alone.values())}) == 4
    again = client.get(
        "/tiles/districts,rivers,settlements/8/188/83.mvt", headers={"If-None-Match": together.headers["etag"]}
    )
    assert again.status_code == 304
    document = client.get("/tiles/districts,rivers,settlements/tilejson.json").json()
    described = [layer["id"] for layer in document["vector_layers"]]
    assert described == ["districts", "districts_labels", "rivers", "settlements"]
    assert (document["minzoom"], document["maxzoom"]) == (3, 14)
    assert client.get(document["tiles"][0].format(z=8, x=188, y=83)).content == together.content
    # alone, districts end at 12
    x, y = (int(n) for n in tile_of(83.78, 53.35, 13))
    alone_beyond = client.get(f"/tiles/districts/13/{x}/{y}.mvt")
    beyond = client.get(f"/tiles/districts,settlements/13/{x}/{y}.mvt").content
    found = mapbox_vector_tile.decode(beyond)["districts"]["features"]
    assert [feature["properties"]["territory_id"] for feature in found] == ["barnaul"]
    assert beyond.endswith(client.get(f"/tiles/settlements/13/{x}/{y}.mvt").content)
    assert alone_beyond.status_code == client.get(f"/tiles/districts/13/{x}/{y}.mvt").status_code == 404
    assert client.get(f"/tiles/districts,settlements/15/{4 * x}/{4 * y}.mvt").status_code == 404
    assert client.get("/tiles/districts,rivers/2/2/1.mvt").status_code == 404


@pytest.mark.parametrize(
    ("layer", "selection"),
    [
        ("districts", {"filter": "population > 50000 AND pilot = FALSE"}),
        ("districts", {"filter": '{"op": "in", "args": [{"property": "territory_id"}, ["barnaul", "zarinsk"]]}',
                       "filter-lang": "cql2-json"}),
        ("settlements", {"filter": "population < 3000"}),
        ("rivers", {"filter": "S_INTERSECTS(geom, BBOX(83, 53, 84, 54))"}),
        ("settlements", {"filter": "S_DWITHIN(geom, POINT(83.78 53.35), 30000)"}),
    ],
)  # fmt: skip
def test_a_filter_leaves_in_a_tile_what_it_leaves_of_the_items(
    client: TestClient, installation: Installation, layer: str, selection: dict[str, str]
) -> None:
    everywhere = {**selection, "limit": "1000"}
    document = client.get(f"/tiles/{layer}/tilejson.json", params=selection).json()
    x, y = (int(n) for n in tile_of(83.78, 53.35, 6))
    answer = client.get(document["tiles"][0].format(z=6, x=x, y=y))
    assert answer.headers["cache-control"].endswith("immutable")
    items = client.get(f"/collections/{layer}/items", params={**everywhere, "bbox": bbox_of(x, y, 6)})
    exact = {feature["id"] for feature in items.json()["features"] if feature["geometry"]}
    found = mapbox_vector_tile.decode(answer.content)[layer]["features"]
    identity = installation.catalog.layer(layer).id_field
    drawn = {feature["properties"][identity] for feature in found}
    # those beyond the tile's edge may lie in its margin
    assert exact
    assert drawn >= exact
    selected = client.get(f"/collections/{layer}/items", params=everywhere).json()["features"]
    assert drawn <= {feature["id"] for feature in selected}
    whole = client.get(f"/tiles/{layer}/6/{x}/{y}.mvt")
    assert len(found) < len(mapbox_vector_tile.decode(whole.content)[layer]["features"])
    assert client.get(f"/tiles/{layer}/6/{x}/{y}.mvt", params=selection).headers["etag"] == answer.headers["etag"]
    ogc = client.get(f"/collections/{layer}/tiles/WebMercatorQuad/6/{y}/{x}", params=selection)
    assert ogc.content == answer.content


def test_filtered_tiles_are_not_kept(installation: Installation) -> None:
    app = create_app(installation.settings, installation.catalog, installation.url)
    with TestClient(app) as client:
        assert client.get("/tiles/districts/6/47/20.mvt").is_success
        kept = len(app._services.tiles._cache)
        for population in range(20):
            answer = client.get("/tiles/districts/6/47/20.mvt", params={"filter": f"population > {population}"})
            assert answer.is_success
        assert client.get("/tiles/districts/6/47/20.mvt", params={"filter": "population < 0"}).status_code == 204
        assert len(app._services.tiles._cache) == kept


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/tiles/districts/6/47/20.mvt?filter=population", "filter"),
        ("/tiles/districts/6/47/20.mvt?filter=colour=1", "filter"),
        ("/tiles/districts/6/47/20.mvt?filter-lang=sql&filter=1=1", "filter-lang"),
        ("/tiles/districts,rivers/6/47/20.mvt?filter=population>1", "filter"),
        ("/tiles/districts/tilejson.json?filter=colour=1", "filter"),
        ("/tiles/elevation/6/47/20.png?filter=a=1", "filter"),
        ("/tiles/districts/6/47/20.mvt?population=1", "population"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_by_name(client: TestClient, address: str, names: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert answer.json()["parameter"] == names


@pytest.mark.parametrize(
    "names", ["districts,elevation", "districts,districts", "districts,", ",".join(f"l{n}" for n in range(11)), "a,b"]
)
def test_layers_that_cannot_share_a_tile(client: TestClient, names: str) -> None:
    for address in (f"/tiles/{names}/8/188/83.mvt", f"/tiles/{names}/tilejson.json"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "layer" in answer.json()["description"]


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
    described, *labels = document["vector_layers"]
    assert [layer["id"] for layer in labels] == (["districts_labels"] if layer == "districts" else [])
    x, y = (int(n) for n in tile_of(longitude, latitude, document["minzoom"]))
    address = document["tiles"][0].format(z=document["minzoom"], x=x, y=y)
    decoded = mapbox_vector_tile.decode(client.get(address).content)
    assert set(decoded) == {layer["id"] for layer in document["vector_layers"]}
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
