"""What indicators take from the boundaries of units and from rasters within them.

Nobody vouches for a measure on a map as for a published number: it is flagged as estimated. A unit of which less than
:data:`ENOUGH` lies within the raster has no value.
"""

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np

from altaigis.domain.indicator import RasterSource
from altaigis.errors import AnalysisError, ConformError
from altaigis.etl.cube.series import Numbers
from altaigis.geometry.geodesy import area_km2

ENOUGH = 0.9


@dataclass(frozen=True, eq=False)
class Measures:
    """Measures of units on their map and on the files of rasters, by layer."""

    units: gpd.GeoDataFrame
    rasters: dict[str, Path]
    _shares: dict[str, tuple[tuple[int, ...], Numbers, Numbers]] = field(default_factory=dict)

    def area(self) -> Numbers:
        """Geodesic areas in km²."""
        return area_km2(self.units.geometry.to_numpy())

    def raster(self, source: RasterSource) -> Numbers:
        """Means in the unit of the raster, or the share of the area of classes, from 0 to 1.

        Raises:
            ConformError: the raster is not loaded, or does not meet the units.
        """
        try:
            values, covered = (self._share if source.share else self._mean)(source)
        except AnalysisError as error:
            raise ConformError(f"raster {source.layer}: {error}") from error
        return np.where(covered >= ENOUGH, values, np.nan)

    def _mean(self, source: RasterSource) -> tuple[Numbers, Numbers]:
        import rasterio

        from altaigis.analytics.zonal import Band, statistics

        with rasterio.open(self._file(source)) as dataset:
            found = statistics(Band(dataset, 1), self.units, levels=())
        return found.mean, found.covered

    def _share(self, source: RasterSource) -> tuple[Numbers, Numbers]:
        if source.layer not in self._shares:
            self._shares[source.layer] = self._classes(source)
        classes, shares, covered = self._shares[source.layer]
        return shares[:, np.isin(classes, source.share)].sum(axis=1), covered

    def _classes(self, source: RasterSource) -> tuple[tuple[int, ...], Numbers, Numbers]:
        import rasterio

        from altaigis.analytics.zonal import Band, shares

        with rasterio.open(self._file(source)) as dataset:
            found = shares(Band(dataset, 1), self.units)
        return found.classes, found.shares, found.covered

    def _file(self, source: RasterSource) -> Path:
        path = self.rasters.get(source.layer)
        if path is None or not path.is_file():
            raise ConformError(f"raster {source.layer} is not loaded; run: altaigis etl run {source.layer}")
        return path
