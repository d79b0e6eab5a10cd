"""Rasters: any GeoTIFF -> a Cloud-Optimized GeoTIFF with overviews."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from rasterio._err import CPLE_BaseError  # what a copy raises, and no public class includes
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds

from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.errors import SourceError
from altaigis.etl.files import complete_or_absent

#: How many times its own size a raster may declare to be once that is large; no compression reaches it.
MAX_RATIO = 2000
RATIO_COUNTS_FROM = 1 << 30


@dataclass(frozen=True)
class CloudOptimized:
    """A finished file: its extent in degrees and what the report says of it."""

    extent: BBox
    details: tuple[tuple[str, object], ...]


def to_cog(layer: Layer, source: Path, target: Path) -> CloudOptimized:
    """Write ``source`` as a COG, whole or not at all.

    Raises:
        SourceError: the file cannot be read as a raster, or does not say its CRS or its nodata value.
        NotWritten: there is no room for it.
    """
    try:
        # by content GDAL would open much else, even a list of addresses to read instead
        with rasterio.open(source, driver="GTiff") as raster:
            _require_sane(source, raster)
            if raster.crs is None:
                raise SourceError(f"layer {layer.id}: {source.name} does not say its CRS")
            if raster.nodata is None:
                raise SourceError(f"layer {layer.id}: {source.name} does not say its nodata value")
            extent = BBox(*transform_bounds(raster.crs, "EPSG:4326", *raster.bounds))
            details = (
                ("size", [raster.width, raster.height]),
                ("crs", raster.crs.to_string()),
                ("nodata", raster.nodata),
            )
            # A mean of class numbers is no class.
            resampling = "AVERAGE" if layer.styles["default"].kind == "ramp" else "NEAREST"
            # GDAL does not survive a disk that fills up under it
            with complete_or_absent(target, needed=_most_bytes(raster)) as unfinished:
                rasterio.shutil.copy(
                    raster, unfinished, driver="COG", compress="DEFLATE", overview_resampling=resampling, blocksize=256
                )
    except (RasterioError, CPLE_BaseError) as error:
        raise SourceError(f"the raw file {source} cannot be read as a raster: {error}") from error
    return CloudOptimized(extent, details)


def _require_sane(source: Path, raster: rasterio.DatasetReader) -> None:
    """A file of a few bytes may declare a raster of any size, whose copy would never end."""
    size = _most_bytes(raster)
    if size > RATIO_COUNTS_FROM and size > MAX_RATIO * source.stat().st_size:
        raise SourceError(f"the raw file {source} declares {raster.width} × {raster.height} pixels and holds few")


def _most_bytes(raster: rasterio.DatasetReader) -> int:
    """What the raster takes with its overviews, if nothing of it can be compressed."""
    pixel = sum(np.dtype(name).itemsize for name in raster.dtypes)
    return int(raster.width * raster.height * pixel * 4 / 3)
