"""Statistics of a raster within polygons, every cell counted with the part of it that lies inside."""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import shapely
from rasterio.enums import MaskFlags
from rasterio.windows import Window

from altaigis.analytics.values import Numbers
from altaigis.errors import AnalysisError

#: Cells that are read at a time: some 30 MB.
CELLS_AT_ONCE = 500_000
#: Zones are cut into squares of so many cells: exactextract looks at all that their boxes have, of which a winding zone
#: fills but half.
SQUARE = 512
#: Quantiles count how often each value occurs in a zone. Of 16 bits there are few enough; others are rounded to so many
#: bits of their mantissa, four significant digits.
KEPT_BITS = 13
#: More classes than these are no classes.
MOST_CLASSES = 256
#: Stands for no value among numbers of classes.
NO_CLASS = -(2**62)

#: A window of a raster, masked or not.
Cells = npt.NDArray[Any]


@dataclass(frozen=True)
class Band:
    """One band of an open raster.

    Attributes:
        dataset: north up, with a CRS.
        number: from 1 on.
    """

    dataset: rasterio.DatasetReader
    number: int = 1

    @property
    def kind(self) -> np.dtype[Any]:
        """Type of the stored values."""
        kind: np.dtype[Any] = np.dtype(self.dataset.dtypes[self.number - 1])
        return kind


@dataclass(frozen=True, eq=False)
class ZonalStatistics:
    """Of n zones; values in the band's unit, NaN where a zone meets no cell with a value.

    Attributes:
        mean: array (n,), weighted by area.
        low: array (n,), the smallest value.
        high: array (n,), the largest.
        deviation: array (n,), standard deviation.
        quantiles: array (n, levels), the least value that at least this part of the area does not exceed; exact for
            whole numbers of up to 16 bits, others to four significant digits.
        levels: of the quantiles, 0 to 1.
        covered: array (n,): the part of the zone's area that has values, 0 to 1; low ones tell of a mean of little.
        cells: array (n,): the zone's area in cells of the raster; of few of them little can be said.
    """

    mean: Numbers
    low: Numbers
    high: Numbers
    deviation: Numbers
    quantiles: Numbers
    levels: tuple[float, ...]
    covered: Numbers
    cells: Numbers


@dataclass(frozen=True, eq=False)
class ZonalShares:
    """How the area of n zones is shared among classes.

    Attributes:
        classes: the values of the raster, ascending; or the numbers of the classes, from 0 on, where breaks were given.
        shares: array (n, classes), parts of the area that has values: each row has the sum 1, or is NaN without any.
        covered: array (n,): the part of the zone's area that has values, 0 to 1.
        cells: array (n,): the zone's area in cells of the raster.
    """

    classes: tuple[int, ...]
    shares: Numbers
    covered: Numbers
    cells: Numbers


def statistics(band: Band, zones: gpd.GeoDataFrame, levels: Sequence[float] = (0.25, 0.5, 0.75)) -> ZonalStatistics:
    """Mean, extremes, deviation and quantiles of a raster within each polygon, by exactextract.

    Cells of a raster in degrees count by their area on the sphere. The raster is read in windows, so that memory is
    bounded whatever its size.

    Args:
        band: of the raster.
        zones: n (multi)polygons with a CRS, which are brought into that of the raster.
        levels: of quantiles, none for none.

    Raises:
        AnalysisError: a CRS or a geometry is missing, the raster is rotated, no zone meets it, a level is not
            between 0 and 1.
    """
    if not all(0 <= level <= 1 for level in levels):
        raise AnalysisError("quantiles have levels from 0 to 1: 0.5 is the median")
    overlay = _Overlay.of(band, zones)
    cells = overlay.source()
    counted = ("unique", "frac") if len(levels) else ()
    if counted and band.kind.itemsize <= 2 and not cells.scaled:
        found = counts = overlay.extract(cells, *counted)
        moments = _moments(overlay.values(counts))
    else:
        # apart, for within one run exactextract counts the values of all operations' sources, the unrounded ones too
        found = overlay.extract(cells, *_PLAIN)
        moments = overlay.moments(found)
        counts = overlay.extract(overlay.source(_rounded, nodata=np.nan), *counted) if counted else found
    mean, deviation, low, high = moments
    return ZonalStatistics(
        mean=mean,
        low=low,
        high=high,
        deviation=deviation,
        quantiles=_quantiles(overlay.values(counts), levels) if len(levels) else np.empty((len(zones), 0)),
        levels=tuple(float(level) for level in levels),
        covered=overlay.covered(found),
        cells=overlay.cells,
    )


def shares(band: Band, zones: gpd.GeoDataFrame, breaks: Sequence[float] | None = None) -> ZonalShares:
    """How much of each polygon belongs to which class of a raster.

    Args:
        band: of the raster: whole numbers, or any with ``breaks``.
        zones: n (multi)polygons with a CRS.
        breaks: inner bounds of classes, ascending, in the band's unit; a value at a break belongs to the class above.

    Raises:
        AnalysisError: as :func:`statistics`, or the raster has no classes, or more than 256.
    """
    if breaks is None and not np.issubdtype(band.kind, np.integer):
        raise AnalysisError(f"the raster has values of type {band.kind.name} and no classes; give breaks")
    if breaks is not None and (not len(breaks) or not (np.diff(breaks) > 0).all()):
        raise AnalysisError("breaks of classes: give one number or more, in ascending order")
    overlay = _Overlay.of(band, zones)
    numbered = _listed if breaks is None else partial(_numbered, breaks)
    found = overlay.extract(overlay.source(numbered, nodata=NO_CLASS), "unique", "frac")
    rows = overlay.values(found)
    classes = np.unique(np.concatenate([values for values, _ in rows]))
    if len(classes) > MOST_CLASSES:
        raise AnalysisError(f"the raster has {len(classes)} different values within the zones; give breaks of classes")
    table = np.zeros((len(zones), len(classes)))
    for row, (values, areas) in enumerate(rows):
        if len(values):
            table[row, np.searchsorted(classes, values)] = areas / areas.sum()
    covered = overlay.covered(found)
    table[covered == 0] = np.nan
    return ZonalShares(tuple(int(value) for value in classes), table, covered, overlay.cells)


@dataclass(frozen=True, eq=False)
class _Overlay:
    """Zones in the CRS of a band, array (m,) of the pieces that they are cut into, and whose piece each is."""

    band: Band
    zones: gpd.GeoDataFrame
    pieces: gpd.GeoDataFrame
    whose: npt.NDArray[np.intp]

    @classmethod
    def of(cls, band: Band, zones: gpd.GeoDataFrame) -> "_Overlay":
        dataset = band.dataset
        if not 1 <= band.number <= dataset.count:
            raise AnalysisError(f"the raster has {dataset.count} bands, and none with the number {band.number}")
        if dataset.crs is None or zones.crs is None:
            raise AnalysisError("the raster or the zones have no CRS; set it, or they cannot be laid over each other")
        if dataset.transform.b or dataset.transform.d or dataset.transform.e > 0:
            raise AnalysisError("the raster is rotated or its south is up; warp it north up first (gdalwarp)")
        polygons = zones.geometry.notna() & shapely.is_valid(zones.geometry.array) & ~zones.geometry.is_empty
        polygons &= np.isin(shapely.get_type_id(zones.geometry.array), (3, 6))
        if not len(zones) or not polygons.all():
            wrong = f"zone {np.flatnonzero(~polygons)[0]} is no valid polygon" if len(zones) else "there are no zones"
            raise AnalysisError(f"{wrong}; give valid polygons")
        moved = gpd.GeoDataFrame(geometry=zones.geometry.to_crs(dataset.crs).reset_index(drop=True))
        if not moved.intersects(shapely.box(*dataset.bounds)).any():
            raise AnalysisError(
                f"no zone meets the raster, which reaches from {dataset.bounds.left:g} {dataset.bounds.bottom:g} to "
                f"{dataset.bounds.right:g} {dataset.bounds.top:g} ({dataset.crs}); check the CRS of both"
            )
        pieces, whose = _cut(moved.geometry.array, dataset)
        return cls(band, moved.set_crs(dataset.crs), gpd.GeoDataFrame(geometry=pieces, crs=dataset.crs), whose)

    @property
    def cells(self) -> Numbers:
        """Array (n,): the zones' areas in cells."""
        transform = self.band.dataset.transform
        areas: Numbers = shapely.area(self.zones.geometry.array)
        return areas / float(abs(transform.a * transform.e))

    def source(self, change: Callable[[Cells], Cells] | None = None, *, nodata: float | None = None) -> Any:
        """What exactextract reads window by window: the band, or what ``change`` makes of it."""
        from exactextract.raster import RasterioRasterSource

        dataset, number = self.band.dataset, self.band.number
        plain = set(dataset.mask_flag_enums[number - 1]) <= {MaskFlags.nodata, MaskFlags.all_valid}

        class Source(RasterioRasterSource):  # type: ignore[misc]
            def read_window(self, x0: int, y0: int, nx: int, ny: int) -> Cells:
                if change is None and plain and not self.scaled:
                    # no second reading for a mask: exactextract knows the nodata value
                    cells: Cells = dataset.read(number, window=Window(x0, y0, nx, ny))
                    return cells
                masked = np.asanyarray(super().read_window(x0, y0, nx, ny))
                return masked if change is None else change(masked)

            def nodata_value(self) -> Any:
                return super().nodata_value() if change is None else nodata

        return Source(dataset, number)

    def extract(self, source: Any, *statistics: str) -> pd.DataFrame:
        """A row for each piece, a column for each statistic of a source; and ``count``, the parts of cells with a
        value, and ``area``, the same by the area of the cells, in whatever unit."""
        from exactextract import exact_extract
        from exactextract.operation import Operation

        weight = {"coverage_weight": "area_spherical_km2" if self.band.dataset.crs.is_geographic else "fraction"}
        operations = [
            *(Operation(name, name, source, None, {} if name in _UNWEIGHTED else weight) for name in statistics),
            Operation("count", "count", source, None, {}),
            Operation("count", "area", source, None, weight),
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # both CRS are the same, in words that GDAL and GEOS spell differently
            return exact_extract(source, self.pieces, operations, output="pandas", max_cells_in_memory=CELLS_AT_ONCE)

    def moments(self, found: pd.DataFrame) -> tuple[Numbers, ...]:
        """Mean, standard deviation, least and largest value of each zone, from those of its pieces."""
        area, mean, deviation = (found[name].to_numpy(np.float64) for name in ("area", "mean", "stdev"))
        there = area > 0
        whole = self._sum(area)
        low, high = np.full((2, len(self.zones)), np.nan)
        np.fmin.at(low, self.whose, found["min"].to_numpy(np.float64))
        np.fmax.at(high, self.whose, found["max"].to_numpy(np.float64))
        with np.errstate(invalid="ignore"):  # nothing is there
            means = self._sum(np.where(there, area * mean, 0)) / whole
            apart = deviation**2 + (mean - means[self.whose]) ** 2
            return means, np.sqrt(self._sum(np.where(there, area * apart, 0)) / whole), low, high

    def values(self, found: pd.DataFrame) -> list[tuple[Cells, Numbers]]:
        """The different values of each zone, ascending, and the area of each."""
        areas = [np.asarray(parts) * area for parts, area in zip(found["frac"], found["area"], strict=True)]
        every = []
        for start, end in pairwise(np.searchsorted(self.whose, np.arange(len(self.zones) + 1))):
            values, which = np.unique(np.concatenate([_EMPTY, *found["unique"][start:end]]), return_inverse=True)
            weights = np.concatenate([_EMPTY, *areas[start:end]])
            every.append((values, np.bincount(which, weights, len(values)).astype(np.float64)))
        return every

    def covered(self, found: pd.DataFrame) -> Numbers:
        """Array (n,): the part of each zone that has values."""
        return np.clip(self._sum(found["count"].to_numpy(np.float64)) / self.cells, 0, 1)

    def _sum(self, column: Numbers) -> Numbers:
        return np.bincount(self.whose, column, len(self.zones)).astype(np.float64)


_PLAIN = ("mean", "stdev", "min", "max")
_UNWEIGHTED = {"min", "max", "unique"}
_EMPTY = np.empty(0)


def _cut(zones: Any, dataset: rasterio.DatasetReader) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.intp]]:
    """The pieces of zones along the edges of cells, in their order, and whose each is; at least one of each zone."""
    across, down = dataset.transform.a, dataset.transform.e
    found, whose = [], []
    for at, zone in enumerate(zones):
        west, south, east, north = zone.bounds
        columns, rows = (
            np.arange(math.floor(low), math.ceil(high), SQUARE)
            for low, high in (
                ((west - dataset.transform.c) / across, (east - dataset.transform.c) / across),
                ((north - dataset.transform.f) / down, (south - dataset.transform.f) / down),
            )
        )
        if len(columns) * len(rows) <= 1:
            pieces = [zone]
        else:
            left, top = (grid.ravel() for grid in np.meshgrid(columns, rows))
            shapely.prepare(zone)
            cut = shapely.intersection(zone, _boxes(dataset, left, top))
            pieces = [polygons for polygons in map(_polygons, cut) if not polygons.is_empty]
        found += pieces
        whose += [at] * len(pieces)
    return np.array(found, dtype=object), np.array(whose, dtype=np.intp)


def _boxes(dataset: rasterio.DatasetReader, left: npt.NDArray[Any], top: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Squares of cells from columns and rows on."""
    west, north = dataset.transform * (left, top)
    east, south = dataset.transform * (left + SQUARE, top + SQUARE)
    boxes: npt.NDArray[Any] = shapely.box(west, south, east, north)
    return boxes


def _polygons(shape: Any) -> Any:
    """What a cut has left but for the lines and points where it only touches."""
    if shape.geom_type != "GeometryCollection":
        return shape if shape.geom_type.endswith("Polygon") else shapely.MultiPolygon()
    return shapely.union_all([part for part in shape.geoms if part.geom_type.endswith("Polygon")])


def _moments(rows: Sequence[tuple[Cells, Numbers]]) -> tuple[Numbers, ...]:
    """Mean, standard deviation, least and largest value of each zone, from all its values and their areas."""
    found = np.full((4, len(rows)), np.nan)
    for row, (values, areas) in enumerate(rows):
        if len(values):
            mean = areas @ values / areas.sum()
            found[:, row] = mean, np.sqrt(areas @ (values - mean) ** 2 / areas.sum()), values[0], values[-1]
    return tuple(found)


def _quantiles(rows: Sequence[tuple[Cells, Numbers]], levels: Sequence[float]) -> Numbers:
    """From the values of each zone and their areas: exactextract's own keep a hundred bytes a cell."""
    table = np.full((len(rows), len(levels)), np.nan)
    for row, (values, areas) in enumerate(rows):
        reached = np.cumsum(areas)
        if len(values):
            # what is left out of the whole by adding up many parts does not count
            table[row] = values[np.searchsorted(reached, np.asarray(levels) * reached[-1] - 1e-9 * reached[-1])]
    return table


def _rounded(cells: Cells) -> Cells:
    """To the nearest number with so few bits that not many are different."""
    dropped = 23 - KEPT_BITS
    with np.errstate(over="ignore"):
        bits = np.ma.getdata(cells).astype(np.float32).view(np.uint32)
    near = (bits + np.uint32(1 << dropped - 1)) & np.uint32(0xFFFFFFFF << dropped & 0xFFFFFFFF)
    return np.ma.masked_array(near.view(np.float32), np.ma.getmaskarray(cells))


def _numbered(breaks: Sequence[float], cells: Cells) -> Cells:
    """The numbers of classes."""
    there = np.ma.masked_invalid(cells)
    numbers = np.digitize(there.filled(0), np.asarray(breaks)).astype(np.int64)
    return np.ma.masked_array(numbers, np.ma.getmaskarray(there), fill_value=NO_CLASS)


def _listed(cells: Cells) -> Cells:
    """The values as classes, as long as they can be such."""
    if cells.dtype.itemsize > 2 and np.ma.count(cells) and int(np.ma.max(cells)) - int(np.ma.min(cells)) > 0xFFFF:
        raise AnalysisError(
            f"the raster has values from {np.ma.min(cells)} to {np.ma.max(cells)}; give breaks of classes"
        )
    return np.ma.masked_array(np.ma.getdata(cells).astype(np.int64), np.ma.getmaskarray(cells), fill_value=NO_CLASS)
