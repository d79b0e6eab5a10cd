"""Tiles of a raster: the ground that a pixel covers, seams, and the pictures themselves."""

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_bounds
from rasterio.warp import transform_bounds
from rio_tiler.io import Reader

from altaigis.domain.layer import Layer
from altaigis.domain.picture import Picture
from altaigis.domain.tile import TileCoord
from altaigis.store.rasters import RasterFile, read_tile
from altaigis.store.terrain import shade

RAW = Path(__file__).parents[2] / "data" / "raw" / "rasters"
BOTH = {"ru": "x", "en": "x"}
STYLES: dict[str, Any] = {
    "default": {
        "kind": "ramp",
        "title": BOTH,
        "unit": "m",
        "stops": [{"value": 0, "colour": "#000000"}, {"value": 254, "colour": "#fefefe"}],
    },
    "slope": {
        "kind": "ramp",
        "of": "slope",
        "title": BOTH,
        "unit": "°",
        "stops": [{"value": 0, "colour": "#000000"}, {"value": 25.4, "colour": "#fefefe"}],
    },
    "hillshade": {"kind": "hillshade", "title": BOTH, "exaggeration": 6, "opacity": 0.5},
}
pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


def layer(**styles: Any) -> Layer:
    source = {"file": "x.tif", "licence": "x", "attribution": BOTH}
    declared = {"id": "heights", "kind": "raster", "theme": "relief", "title": BOTH, "source": source}
    return Layer.model_validate({**declared, "styles": styles or STYLES})


def pixels(picture: bytes) -> np.ndarray:
    """Red, green, blue and opacity, array (4, h, w), of a picture with or without a palette."""
    with rasterio.open(io.BytesIO(picture)) as file:
        if file.count > 1:
            found = file.read()
            return found if len(found) == 4 else np.concatenate([found, np.full_like(found[:1], 255)])
        palette = np.zeros((256, 4), np.uint8)
        for index, colour in file.colormap(1).items():
            palette[index] = colour
        return np.moveaxis(palette[file.read(1)], -1, 0)


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> RasterFile:
    """Synthetic: heights in whole metres that rise by a tenth to the east, at 53° north, with a hole."""
    tile = TileCoord.at(83.78, 53.35, 12).bbox(0.5)
    west, south, east, north = transform_bounds("EPSG:4326", "EPSG:32644", *tile.as_list())
    heights = np.broadcast_to(np.linspace(0, (east - west) / 10, 400), (400, 400)).round().astype(np.int16).copy()
    heights[200:204, 200:204] = -1
    path = tmp_path_factory.mktemp("plane") / "plane.tif"
    profile = {"driver": "GTiff", "dtype": "int16", "count": 1, "height": 400, "width": 400, "nodata": -1}
    where = {"crs": "EPSG:32644", "transform": from_bounds(west, south, east, north, 400, 400)}
    with rasterio.open(path, "w", **profile, **where) as file:
        file.write(heights, 1)
    return RasterFile(path, layer())


@pytest.mark.parametrize("scale", [1, 2])
def test_slope_is_that_of_the_ground(plane: RasterFile, scale: int) -> None:
    tile = TileCoord.at(83.78, 53.35, 12)
    red, _, _, opacity = pixels(read_tile(plane, tile, Picture("slope", scale=scale)))
    assert red.shape == (256 * scale, 256 * scale)
    degrees = red[opacity > 0] / 10
    # Web Mercator would have 3.4: a map at 53° shows the ground 1.67 times as large
    assert np.median(degrees) == pytest.approx(math.degrees(math.atan(0.1)), abs=0.1)
    hole = (opacity == 0).mean()
    assert 0 < hole < 0.01


@pytest.fixture(scope="module")
def waves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthetic: heights on a grid that is finer than the pixels of zoom 8."""
    rows, columns = np.mgrid[0:500, 0:1600]
    path = tmp_path_factory.mktemp("waves") / "waves.tif"
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "height": 500, "width": 1600, "nodata": -1}
    where = {"crs": "EPSG:4326", "transform": from_bounds(85.0, 50.0, 89.0, 52.25, 1600, 500)}
    with rasterio.open(path, "w", **profile, **where) as file:
        file.write((1000 + 300 * np.sin(rows / 30) * np.sin(columns / 40)).astype(np.float32), 1)
    return path


@pytest.mark.parametrize("source", ["elevation", "waves"])
def test_neighbours_meet_as_if_they_were_one(source: str, waves: Path) -> None:
    """Whether the raster is coarser or finer than the tile."""
    raster = RasterFile(waves if source == "waves" else RAW / "elevation_5arcmin.tif", layer())
    tile = TileCoord.at(86.0, 50.8, 8)
    joined = [
        pixels(read_tile(raster, TileCoord(8, tile.x + column, tile.y), Picture("hillshade"))) for column in (0, 1)
    ]
    half = 20_037_508.342789244
    side = 2 * half / (1 << 8)
    left, top = tile.x * side - half, half - tile.y * side
    box = (left, top - side, left + 2 * side, top)
    kind: dict[str, Any] = {"resampling_method": "cubic", "reproject_method": "cubic"}
    with Reader(str(raster.path)) as reader:
        both = reader.part(
            box, "EPSG:3857", "EPSG:3857", width=512, height=256, buffer=1, vrt_options={"dtype": "float32"}, **kind
        )
    cells = side / 256 / np.cosh((top - side / 256 * (np.arange(256) + 0.5)) / 6_378_137)[:, np.newaxis]
    light = shade(6 * both.array[0].filled(np.nan), cells, 315, 45)
    assert np.abs(np.concatenate(joined, axis=2)[0] - light * 255).max() < 1.5
    assert (np.concatenate(joined, axis=2)[3] == 128).all()


def test_both_formats_show_the_same() -> None:
    entries = [{"value": n, "colour": f"#{n * 9:02x}{255 - n:02x}40", "title": BOTH} for n in (10, 12, 14, 5, 9, 8)]
    classes = RasterFile(
        RAW / "landcover_igbp_modis_mcd12c1_2019.tif",
        layer(default={"kind": "palette", "title": BOTH, "entries": entries}),
    )
    tile = TileCoord.at(84.9, 51.5, 7)
    png, webp = (read_tile(classes, tile, Picture(format=form)) for form in ("png", "webp"))
    drawn, lossless = pixels(png), pixels(webp)
    assert (drawn[3] == lossless[3]).all()
    assert (drawn[:, drawn[3] > 0] == lossless[:, drawn[3] > 0]).all()
    assert 0 < (drawn[3] == 0).sum() < drawn[3].size, "classes without a colour are not drawn"
    assert len(webp) < len(png)
    heights = RasterFile(RAW / "elevation_5arcmin.tif", layer())
    drawn, lossy = (pixels(read_tile(heights, tile, Picture("slope", form))).astype(int) for form in ("png", "webp"))
    assert np.abs(drawn - lossy).mean() < 3


def test_a_tile_without_a_value_is_empty(plane: RasterFile) -> None:
    for place in ((-100, 10), (84.9, 51.5)):
        assert read_tile(plane, TileCoord.at(*place, 12), Picture("hillshade", "webp")) == b""
