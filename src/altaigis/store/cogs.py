"""Cloud-Optimized GeoTIFF: the one form in which rasters are kept, with overviews and the statistics of their bands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio.shutil
from rasterio import Affine
from rasterio.io import DatasetReader, MemoryFile
from rasterio.warp import transform_bounds

from altaigis.domain.extent import BBox
from altaigis.store.files import complete_or_absent

#: What GDAL, which does not survive a disk that fills up under it, must find free: overviews are a third.
_WITH_OVERVIEWS = 4 / 3


@dataclass(frozen=True, eq=False)
class Pixels:
    """A raster in memory.

    Attributes:
        values: array (rows, columns), NaN where there is no value.
        transform: from columns and rows, counted from the upper left corner, to the CRS.
        crs: in words that PROJ reads.
    """

    values: npt.NDArray[np.float64]
    transform: Affine
    crs: str

    def as_bytes(self) -> bytes:
        """All that makes it differ from another."""
        return repr((self.values.shape, tuple(self.transform), self.crs)).encode() + self.values.tobytes()


def write_cog(raster: DatasetReader, target: Path, *, of_classes: bool = False) -> None:
    """Write an open raster as a COG, whole or not at all.

    Raises:
        NotWritten: there is no room for it.
    """
    # a mean of class numbers is no class
    resampling = "NEAREST" if of_classes else "AVERAGE"
    with complete_or_absent(target, needed=most_bytes(raster)) as unfinished:
        rasterio.shutil.copy(
            raster, unfinished, driver="COG", compress="DEFLATE", overview_resampling=resampling, blocksize=256
        )


def write_pixels(pixels: Pixels, target: Path, title: str, unit: str) -> BBox:
    """Write a raster in memory as a COG, in numbers of 32 bits.

    Args:
        title: what it shows, for readers who have nothing but the file.
        unit: of its values.

    Returns:
        Its extent in degrees.

    Raises:
        NotWritten: there is no room for it.
    """
    rows, columns = pixels.values.shape
    profile = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32", "nodata": np.nan}
    there = pixels.values[~np.isnan(pixels.values)]
    with MemoryFile() as memory:
        with memory.open(**profile, crs=pixels.crs, transform=pixels.transform) as made:
            made.write(pixels.values.astype(np.float32), 1)
            made.update_tags(TIFFTAG_IMAGEDESCRIPTION=title)
            made.set_band_description(1, title)
            made.set_band_unit(1, unit)
            made.update_tags(
                1,
                **statistics_tags(there.min(), there.max(), there.mean(), there.std(), there.size / pixels.values.size),
            )
        with memory.open() as raster:
            write_cog(raster, target)
            return BBox(*transform_bounds(raster.crs, "EPSG:4326", *raster.bounds))


def statistics_tags(minimum: float, maximum: float, mean: float, deviation: float, valid: float) -> Mapping[str, str]:
    """What is known of a band's values, where GDAL and QGIS look for it; ``valid`` is the part of the pixels that have
    one."""
    told = {"MINIMUM": minimum, "MAXIMUM": maximum, "MEAN": mean, "STDDEV": deviation, "VALID_PERCENT": 100 * valid}
    return {f"STATISTICS_{name}": f"{value:.10g}" for name, value in told.items()}


def most_bytes(raster: DatasetReader) -> int:
    """What a raster takes with its overviews, if nothing of it can be compressed."""
    pixel = sum(np.dtype(name).itemsize for name in raster.dtypes)
    return int(raster.width * raster.height * pixel * _WITH_OVERVIEWS)
