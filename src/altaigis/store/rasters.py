"""Rasters: Cloud-Optimized GeoTIFF files, read window by window."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from rio_tiler.errors import PointOutsideBounds, TileOutsideBounds
from rio_tiler.io import Reader

from altaigis.domain.layer import Layer
from altaigis.domain.style import PaletteStyle, RampStyle
from altaigis.domain.tile import TileCoord

TILE_PIXELS = 256
#: Colours of a ramp; more than the eye tells apart.
RAMP_STEPS = 128


@dataclass(frozen=True)
class RasterFile:
    """One raster layer's file and how it is coloured."""

    path: Path
    layer: Layer


def read_tile(raster: RasterFile, tile: TileCoord) -> bytes:
    """The coloured tile as PNG, empty bytes outside the raster."""
    style = raster.layer.styles["default"]
    with Reader(str(raster.path)) as reader:
        try:
            resampling = "bilinear" if isinstance(style, RampStyle) else "nearest"
            image = reader.tile(
                tile.x,
                tile.y,
                tile.z,
                tilesize=TILE_PIXELS,
                resampling_method=resampling,
                reproject_method=resampling,
            )
        except TileOutsideBounds:
            return b""
    if not image.mask.any():
        return b""
    return bytes(image.render(img_format="PNG", colormap=_colormap(style)))


def read_point(raster: RasterFile, longitude: float, latitude: float) -> float | None:
    """The value of the pixel at a point, None outside the raster and where it has no data."""
    with Reader(str(raster.path)) as reader:
        try:
            values = reader.point(longitude, latitude).array
        except PointOutsideBounds:
            return None
    return None if np.ma.getmaskarray(values)[0] else float(values[0])


def _colormap(style: object) -> object:
    """rio-tiler's colour map: classes one by one; a ramp as intervals fine enough to look continuous."""
    if isinstance(style, PaletteStyle):
        return {entry.value: (*_rgb(entry.colour), 255) for entry in style.entries}
    if not isinstance(style, RampStyle):
        raise TypeError(f"a raster cannot be drawn by {type(style).__name__}")
    values = np.array([stop.value for stop in style.stops])
    colours = np.array([_rgb(stop.colour) for stop in style.stops])
    steps = np.linspace(values[0], values[-1], RAMP_STEPS + 1)
    middles = (steps[:-1] + steps[1:]) / 2
    channels = [np.interp(middles, values, colours[:, channel]).round().astype(int) for channel in range(3)]
    bounds = [(-np.inf, steps[1]), *pairwise(steps[1:-1]), (steps[-2], np.inf)]
    return [(bound, (int(r), int(g), int(b), 255)) for bound, r, g, b in zip(bounds, *channels, strict=True)]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
