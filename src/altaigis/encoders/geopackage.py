"""GeoPackage: a database that QGIS opens and edits. Spooled to disk."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from altaigis.domain.extract import Batches, Extract
from altaigis.encoders import arrow
from altaigis.encoders.format import Format
from altaigis.encoders.spool import spooled

if TYPE_CHECKING:
    import pyarrow as pa

#: Of the format; of the newest GDAL 3.6 and QGIS of Debian 12 warn.
VERSION = "1.2"


def encode(extract: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """One table with its spatial index, called by the layer's id, with its title as identifier."""
    return spooled(extract, batches, _write)


def _write(extract: Extract, reader: "pa.RecordBatchReader", folder: Path) -> Path:
    import pyogrio

    layer = extract.query.layer
    path = folder / f"{layer.id}.gpkg"
    pyogrio.write_arrow(
        reader,
        path,
        driver="GPKG",
        layer=layer.id,
        dataset_options={"VERSION": VERSION},
        layer_options={"IDENTIFIER": extract.title, "DESCRIPTION": layer.source.attribution.in_(extract.language)},
        **arrow.geometry_options(extract),
    )
    return path


FORMAT = Format("GeoPackage", "application/geopackage+sqlite3", "gpkg", arrow.FORM, encode)
