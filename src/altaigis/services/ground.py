"""What rasters tell of an area as a whole: what covers it, how high it lies, and what is too fine for them."""

import math
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np

from altaigis.domain.layer import Layer
from altaigis.domain.plane import KM_A_DEGREE
from altaigis.domain.style import PaletteStyle
from altaigis.domain.text import Text
from altaigis.errors import AnalysisError
from altaigis.geometry.geodesy import area_km2


@dataclass(frozen=True)
class Share:
    """A class of a raster: its title, its colour, and the part of the area that it has, percent."""

    title: Text
    colour: str
    share: float


#: Cells that a unit needs at least for its value to be told apart from that of others.
LEAST_CELLS = 10


@dataclass(frozen=True)
class Grid:
    """The cells of a raster: their side in minutes of arc, their width and height in kilometres where a territory
    lies, and how many of them it has."""

    minutes: float
    width_km: float
    height_km: float
    cells: float

    def tells(self, value: float) -> bool:
        """Whether a value can be compared with that of others: nothing at all may be less than a cell."""
        return self.cells >= LEAST_CELLS and value != 0


def grid_of(path: Path, zones: gpd.GeoDataFrame) -> Grid:
    """The cells that a raster in degrees has in all polygons together."""
    import rasterio

    with rasterio.open(path) as dataset:
        across, up = dataset.res
    middle = zones.geometry.iloc[0].representative_point()
    width, height = across * KM_A_DEGREE * math.cos(math.radians(middle.y)), up * KM_A_DEGREE
    return Grid(round(60 * up, 2), width, height, float(area_km2(zones.geometry.to_numpy()).sum()) / (width * height))


def cover_of(path: Path, layer: Layer, zones: gpd.GeoDataFrame) -> tuple[Share, ...]:
    """The classes that a raster is drawn in, of all polygons together, the largest first; none where they do not
    meet it."""
    import rasterio

    from altaigis.analytics.zonal import Band, shares

    style = layer.styles["default"]
    entries = {entry.value: entry for entry in style.entries} if isinstance(style, PaletteStyle) else {}
    try:
        with rasterio.open(path) as dataset:
            found = shares(Band(dataset), zones)
    except AnalysisError:
        return ()
    weights = found.covered * area_km2(zones.geometry.to_numpy())
    parts = np.nan_to_num(found.shares).T @ weights / weights.sum()
    told = [
        Share(entries[value].title, entries[value].colour, round(100 * float(part), 1))
        for value, part in zip(found.classes, parts, strict=True)
        if value in entries and part > 0
    ]
    return tuple(sorted(told, key=lambda it: -it.share))


def height_of(path: Path, zones: gpd.GeoDataFrame) -> tuple[float, float] | None:
    """The lowest and the highest value within polygons; None where they do not meet the raster."""
    import rasterio

    from altaigis.analytics.zonal import Band, statistics

    try:
        with rasterio.open(path) as dataset:
            found = statistics(Band(dataset), zones, levels=())
    except AnalysisError:
        return None
    return float(np.nanmin(found.low)), float(np.nanmax(found.high))
