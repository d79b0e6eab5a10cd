"""Rasters: Cloud-Optimized GeoTIFF files, read window by window."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rio_tiler.errors import PointOutsideBounds, TileOutsideBounds
from rio_tiler.io import Reader
from rio_tiler.models import ImageData

from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.picture import SIDE, Picture
from altaigis.domain.style import HillshadeStyle, PaletteStyle, RampStyle
from altaigis.domain.tile import TileCoord
from altaigis.store import colours, terrain

#: Metres, of the sphere that Web Mercator takes the Earth for.
RADIUS = 6_378_137.0


@dataclass(frozen=True)
class RasterFile:
    """One raster layer's file, and the layer that says how it is coloured."""

    path: Path
    layer: Layer


def read_tile(raster: RasterFile, tile: TileCoord, picture: Picture) -> bytes:
    """The tile as a picture, empty bytes where nothing is to be drawn."""
    with Reader(str(raster.path)) as reader:
        try:
            return _drawn(reader, raster.layer, tile, picture).encode(picture.format)
        except TileOutsideBounds:
            return b""


def read_box(raster: RasterFile, box: BBox, side: int) -> bytes:
    """What lies in a box, in Web Mercator and the default style, as a PNG whose larger side has so many pixels at
    most; empty bytes where nothing is to be drawn."""
    style = raster.layer.style("default")
    resampling = "nearest" if isinstance(style, PaletteStyle) else "bilinear"
    with Reader(str(raster.path)) as reader:
        image = reader.part(
            tuple(box.as_list()),
            bounds_crs="EPSG:4326",
            dst_crs="EPSG:3857",
            max_size=side,
            resampling_method=resampling,
            reproject_method=resampling,
            **({} if isinstance(style, PaletteStyle) else {"vrt_options": _smooth(reader)}),
        )
    if isinstance(style, PaletteStyle):
        return colours.classes(image.array[0], style.entries).encode("png")
    assert isinstance(style, RampStyle), "the default style of a raster tells what its values are"
    return colours.ramp(_floats(image), style.stops, None, None).encode("png")


def read_point(raster: RasterFile, longitude: float, latitude: float) -> float | None:
    """The value of the pixel at a point, None outside the raster and where it has no data."""
    with Reader(str(raster.path)) as reader:
        try:
            values = reader.point(longitude, latitude).array
        except PointOutsideBounds:
            return None
    return None if np.ma.getmaskarray(values)[0] else float(values[0])


def _drawn(reader: Reader, layer: Layer, tile: TileCoord, picture: Picture) -> colours.Drawing:
    style, side = layer.style(picture.style), SIDE * picture.scale
    if isinstance(style, PaletteStyle):
        return colours.classes(_read(reader, tile, side, "nearest").array[0], style.entries)
    if isinstance(style, HillshadeStyle):
        heights, cell = _surface(reader, tile, side)
        light = terrain.shade(style.exaggeration * heights, cell, style.azimuth, style.altitude)
        return colours.greys(light, style.opacity)
    if not isinstance(style, RampStyle):
        raise TypeError(f"a raster cannot be drawn by {type(style).__name__}")
    if style.of == "slope":
        values = terrain.slope(*_surface(reader, tile, side))
    else:
        values = _floats(_read(reader, tile, side, "bilinear", vrt_options=_smooth(reader)))
    return colours.ramp(values, style.stops, picture.rescale, picture.colormap)


def _surface(reader: Reader, tile: TileCoord, side: int) -> tuple[terrain.Grid, terrain.Grid]:
    """Heights with a pixel more on each side, so that neighbouring tiles meet, and the ground that a pixel covers in
    each row, metres."""
    # a bilinear surface has an edge along each cell of the raster, which would be seen
    image = _read(reader, tile, side, "cubic", buffer=1, vrt_options=_smooth(reader))
    height, north = -image.transform.e, image.transform.f
    middles = north - height * (np.arange(1, image.height - 1) + 0.5)
    # Web Mercator shows the ground larger by 1 / cos φ
    return _floats(image), (height / np.cosh(middles / RADIUS))[:, np.newaxis]


def _read(reader: Reader, tile: TileCoord, side: int, resampling: str, **options: Any) -> ImageData:
    return reader.tile(
        tile.x, tile.y, tile.z, tilesize=side, resampling_method=resampling, reproject_method=resampling, **options
    )


def _smooth(reader: Reader) -> dict[str, str]:
    """Between whole numbers there are others: without them a plain has steps."""
    assert reader.dataset is not None, "it is open"
    return {"dtype": np.result_type(reader.dataset.dtypes[0], np.float32).name}


def _floats(image: ImageData) -> terrain.Grid:
    """The first band, with NaN where there is no value."""
    return np.ma.masked_invalid(image.array[0]).filled(np.nan)
