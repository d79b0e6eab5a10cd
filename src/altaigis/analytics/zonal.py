"""Statistics of a raster within polygons, every cell counted with the part of it that lies inside."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import shapely

from altaigis.analytics.values import Numbers
from altaigis.errors import AnalysisError

#: Cells that are read at a time: some 60 MB.
CELLS_AT_ONCE = 4_000_000
#: Quantiles and shares keep each value of a zone: some 60 bytes a cell.
CELLS_KEPT = 5_000_000
#: More classes than these are no classes.
MOST_CLASSES = 256


@dataclass(frozen=True)
class Band:
    """One band of an open raster.

    Attributes:
        dataset: north up, with a CRS.
        number: from 1 on.
    """

    dataset: rasterio.DatasetReader
    number: int = 1


@dataclass(frozen=True, eq=False)
class ZonalStatistics:
    """Of n zones; values in the band's unit, NaN where a zone meets no cell with a value.

    Attributes:
        mean: array (n,), weighted by area.
        low: array (n,), the smallest value.
        high: array (n,), the largest.
        deviation: array (n,), standard deviation.
        quantiles: array (n, levels).
        levels: of the quantiles, 0 to 1.
        covered: array (n,): the part of the zone's area that has values, 0 to 1; low ones tell of a mean of little.
    """

    mean: Numbers
    low: Numbers
    high: Numbers
    deviation: Numbers
    quantiles: Numbers
    levels: tuple[float, ...]
    covered: Numbers


@dataclass(frozen=True, eq=False)
class ZonalShares:
    """How the area of n zones is shared among classes.

    Attributes:
        classes: the values of the raster, ascending; or the numbers of the classes, from 0 on, where breaks were given.
        shares: array (n, classes), parts of the area that has values: each row has the sum 1, or is NaN without any.
        covered: array (n,): the part of the zone's area that has values, 0 to 1.
    """

    classes: tuple[int, ...]
    shares: Numbers
    covered: Numbers


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
            between 0 and 1, or a zone has so many cells that its quantiles would not fit into memory.
    """
    if not all(0 <= level <= 1 for level in levels):
        raise AnalysisError("quantiles have levels from 0 to 1: 0.5 is the median")
    overlay = _Overlay.of(band, zones)
    if len(levels):
        overlay.require_small("quantiles")
    quantiles = {f"q{at}": f"quantile(q={level!r},{{weight}})" for at, level in enumerate(map(float, levels))}
    named = {"mean": "mean({weight})", "low": "min", "high": "max", "deviation": "stdev({weight})", **quantiles}
    found = overlay.extract(overlay.source(), named)
    return ZonalStatistics(
        mean=found["mean"].to_numpy(np.float64),
        low=found["low"].to_numpy(np.float64),
        high=found["high"].to_numpy(np.float64),
        deviation=found["deviation"].to_numpy(np.float64),
        # exactextract adds the level to the name
        quantiles=found.loc[:, found.columns.str.match(r"q\d")].to_numpy(np.float64),
        levels=tuple(float(level) for level in levels),
        covered=overlay.covered(found),
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
    kind = np.dtype(band.dataset.dtypes[band.number - 1])
    if breaks is None and not np.issubdtype(kind, np.integer):
        raise AnalysisError(f"the raster has values of type {kind.name} and no classes; give breaks")
    if breaks is not None and (not len(breaks) or not (np.diff(breaks) > 0).all()):
        raise AnalysisError("breaks of classes: give one number or more, in ascending order")
    overlay = _Overlay.of(band, zones)
    found = overlay.extract(overlay.source(breaks), {"unique": "unique", "frac": "frac({weight})"})
    classes = np.unique(np.concatenate([np.asarray(row) for row in found["unique"]]))
    if len(classes) > MOST_CLASSES:
        raise AnalysisError(f"the raster has {len(classes)} different values within the zones; give breaks of classes")
    table = np.zeros((len(zones), len(classes)))
    for row, (values, parts) in enumerate(zip(found["unique"], found["frac"], strict=True)):
        table[row, np.searchsorted(classes, values)] = parts
    covered = overlay.covered(found)
    table[covered == 0] = np.nan
    return ZonalShares(tuple(int(value) for value in classes), table, covered)


@dataclass(frozen=True, eq=False)
class _Overlay:
    """Zones in the CRS of a band."""

    band: Band
    zones: gpd.GeoDataFrame

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
        return cls(band, moved.set_crs(dataset.crs))

    @property
    def cells(self) -> Numbers:
        """Array (n,): the zones' areas in cells."""
        transform = self.band.dataset.transform
        areas: Numbers = shapely.area(self.zones.geometry.array)
        return areas / float(abs(transform.a * transform.e))

    def require_small(self, what: str) -> None:
        most = int(np.argmax(self.cells))
        if self.cells[most] > CELLS_KEPT:
            raise AnalysisError(
                f"zone {most} has {self.cells[most]:.0f} cells; {what} are kept of {CELLS_KEPT} at the most: "
                "ask for no quantiles, or take a coarser raster or smaller zones"
            )

    def source(self, breaks: Sequence[float] | None = None) -> Any:
        from exactextract.raster import RasterioRasterSource

        if breaks is None:
            return RasterioRasterSource(self.band.dataset, self.band.number)
        bounds = np.asarray(breaks, dtype=np.float64)

        class Classed(RasterioRasterSource):  # type: ignore[misc]
            """The band as numbers of classes, window by window."""

            def read_window(self, x0: int, y0: int, nx: int, ny: int) -> npt.NDArray[Any]:
                window = np.ma.masked_invalid(super().read_window(x0, y0, nx, ny))
                classed = np.digitize(window.filled(0), bounds).astype(np.int32)
                return np.ma.masked_array(classed, np.ma.getmaskarray(window), fill_value=-1)

            def nodata_value(self) -> int:
                return -1

        return Classed(self.band.dataset, self.band.number)

    def extract(self, source: Any, operations: dict[str, str]) -> pd.DataFrame:
        from exactextract import exact_extract

        weight = "coverage_weight=" + ("area_spherical_km2" if self.band.dataset.crs.is_geographic else "fraction")
        told = [f"{name}={operation.format(weight=weight)}" for name, operation in operations.items()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # both CRS are the same, in words that GDAL and GEOS spell differently
            return exact_extract(
                source, self.zones, [*told, "cells=count"], output="pandas", max_cells_in_memory=CELLS_AT_ONCE
            )

    def covered(self, found: pd.DataFrame) -> Numbers:
        counted: Numbers = found["cells"].to_numpy(np.float64)
        return np.clip(counted / self.cells, 0, 1)
