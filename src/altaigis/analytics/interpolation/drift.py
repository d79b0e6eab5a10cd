"""Drifts: what a raster has at places and on a grid, for a field that follows it."""

from typing import Any

import numpy as np
import pyproj
import rasterio
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from altaigis.analytics.interpolation.surface import Grid
from altaigis.analytics.values import Numbers


def on(dataset: rasterio.DatasetReader, grid: Grid, plane: pyproj.CRS) -> Numbers:
    """Array (rows, columns, 1): the first band of a raster at the cells, interpolated between the middles of its own;
    NaN where it has no value."""
    with _warped(dataset, grid, plane) as warped:
        return _floats(warped.read(1, masked=True))[:, :, np.newaxis]


def at(dataset: rasterio.DatasetReader, xy: Numbers, plane: pyproj.CRS, cell: float) -> Numbers:
    """Array (n, 1): the same at places, as cells with this side have it, metres."""
    west, south = xy.min(axis=0) - cell
    east, north = xy.max(axis=0) + cell
    with _warped(dataset, Grid.around((west, south, east, north), cell), plane) as warped:
        return np.array([_floats(value) for value in warped.sample(xy, masked=True)]).reshape(-1, 1)


def _warped(dataset: rasterio.DatasetReader, grid: Grid, plane: pyproj.CRS) -> WarpedVRT:
    return WarpedVRT(
        dataset,
        crs=plane.to_wkt(),
        transform=grid.transform,
        width=grid.columns,
        height=grid.rows,
        resampling=Resampling.bilinear,
        dtype="float32",
        nodata=np.nan,
    )


def _floats(values: Any) -> Numbers:
    there: Numbers = np.ma.filled(np.ma.masked_invalid(values).astype(np.float64), np.nan)
    return there
