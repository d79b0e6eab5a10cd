"""Rasters: any GeoTIFF -> a Cloud-Optimized GeoTIFF with overviews and statistics."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import rasterio
import rasterio.shutil
from rasterio._err import CPLE_BaseError  # what a copy raises, and no public class includes
from rasterio.dtypes import in_dtype_range
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader, MemoryFile
from rasterio.warp import transform_bounds

from altaigis.domain.extent import BBox
from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.style import PaletteStyle, RampStyle
from altaigis.errors import SourceError
from altaigis.etl.bands import Band, read_band
from altaigis.store.cogs import most_bytes, statistics_tags, write_cog

#: How many times its own size a raster may declare to be once that is large; no compression reaches it.
MAX_RATIO = 2000
RATIO_COUNTS_FROM = 1 << 30


@dataclass(frozen=True)
class CloudOptimized:
    """A finished file: its extent in degrees, what the report says of it, and what is strange about it."""

    extent: BBox
    details: tuple[tuple[str, object], ...]
    findings: tuple[Finding, ...] = ()


def check_raster(path: Path) -> None:
    """Raises SourceError: the file is no GeoTIFF that can be opened."""
    try:
        rasterio.open(path, driver="GTiff").close()
    except (RasterioError, CPLE_BaseError) as error:
        raise SourceError(f"the raw file {path} cannot be read as a raster: {error}") from error


def to_cog(layer: Layer, source: Path, target: Path) -> CloudOptimized:
    """Write ``source`` as a COG, whole or not at all. CRS and nodata value of the layer file overrule its own.

    Raises:
        SourceError: the file cannot be read as a raster, holds no value, or neither it nor the layer file says its CRS
            or its nodata value.
        NotWritten: there is no room for it.
    """
    try:
        with _described(layer, source) as raster:
            bands = [_statistics(layer, raster, number) for number in raster.indexes]
            extent = BBox(*transform_bounds(raster.crs, "EPSG:4326", *raster.bounds))
            details = (
                ("size", [raster.width, raster.height]),
                ("crs", raster.crs.to_string()),
                ("nodata", raster.nodata),
                ("statistics", [band.as_json() for band in bands]),
            )
            write_cog(raster, target, of_classes=not isinstance(layer.styles["default"], RampStyle))
            findings = tuple(_strange(layer, bands[0]))
    except (RasterioError, CPLE_BaseError) as error:
        raise SourceError(f"the raw file {source} cannot be read as a raster: {error}") from error
    return CloudOptimized(extent, details, findings)


@contextmanager
def _described(layer: Layer, source: Path) -> Iterator[DatasetReader]:
    """The file with CRS and nodata value as they are declared; the raw file itself is not touched."""
    declared = layer.source
    # no other driver: some of them follow what a file says to other files
    with rasterio.open(source, driver="GTiff") as raster:
        _require_sane(source, raster)
        if raster.crs is None and declared.crs is None:
            raise SourceError(f"layer {layer.id}: {source.name} does not say its CRS; name it in source.crs")
        if raster.nodata is None and declared.nodata is None:
            raise SourceError(
                f"layer {layer.id}: {source.name} does not say its nodata value; name it in source.nodata"
            )
        if declared.nodata is not None and not in_dtype_range(declared.nodata, raster.dtypes[0]):
            problem = f"source.nodata is {declared.nodata:g}, which no pixel of type {raster.dtypes[0]} can hold"
            raise SourceError(f"layer {layer.id}: {problem}")
        with MemoryFile(ext=".vrt") as memory:
            rasterio.shutil.copy(raster, memory.name, driver="VRT")
            with rasterio.open(memory.name, "r+") as described:
                described.crs = declared.crs or raster.crs
                if declared.nodata is not None:
                    described.nodata = declared.nodata
                yield described


def _statistics(layer: Layer, raster: DatasetReader, number: int) -> Band:
    """Statistics of a band, which go into the COG where GDAL and QGIS look for them."""
    band = read_band(raster, number)
    if band is None:
        raise SourceError(f"layer {layer.id}: band {number} holds no value, only nodata ({raster.nodata:g})")
    told = statistics_tags(band.minimum, band.maximum, band.mean, band.std, band.valid / band.pixels)
    raster.update_tags(number, **told)
    return band


def _strange(layer: Layer, band: Band) -> Iterator[Finding]:
    """Findings about the band that is drawn: values that look like no data, and such as its style does not know."""
    for value, count in band.fills.items():
        where = f"{value:g} stands in {count} pixels ({count / band.pixels:.1%})"
        message = f"{where} and looks like nodata; if it is, name it in source.nodata"
        yield Finding("warning", "nodata", message)
    style = layer.styles["default"]
    if isinstance(style, PaletteStyle):
        known = {entry.value for entry in style.entries}
        strange = {value: count for value, count in band.counts.items() if value not in known}
        if strange:
            listed = ", ".join(str(value) for value in sorted(strange)[:10])
            share = sum(strange.values()) / band.pixels
            yield Finding("warning", "palette", f"the palette lacks {listed}, {share:.1%} of all pixels")
    elif isinstance(style, RampStyle) and (band.maximum < style.stops[0].value or band.minimum > style.stops[-1].value):
        message = f"all values, {band.minimum:g} to {band.maximum:g}, lie outside of the ramp: is the unit right?"
        yield Finding("warning", "ramp", message)


def _require_sane(source: Path, raster: DatasetReader) -> None:
    """A file of a few bytes may declare a raster of any size, whose copy would never end."""
    size = most_bytes(raster)
    if size > RATIO_COUNTS_FROM and size > MAX_RATIO * source.stat().st_size:
        raise SourceError(f"the raw file {source} declares {raster.width} × {raster.height} pixels and holds few")
