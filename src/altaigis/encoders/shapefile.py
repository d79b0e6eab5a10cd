"""Shapefile, zipped, for programs that read nothing newer: UTF-8 with a .cpg, names of ten characters told in full
in a list beside it. Spooled to disk."""

import csv
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from altaigis.domain.extract import Batches, Extract
from altaigis.domain.layer import Layer
from altaigis.encoders import arrow
from altaigis.encoders.format import Format
from altaigis.encoders.names import unique_names
from altaigis.encoders.spool import spooled

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_NAME = 10
#: Bytes; what is longer is cut.
LONGEST_TEXT = 254


def encode(extract: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """An archive with the parts of the Shapefile; of a layer without geometry with a DBF table alone."""
    return spooled(extract, batches, _write)


def _write(extract: Extract, reader: "pa.RecordBatchReader", folder: Path) -> Path:
    import pyogrio

    layer = extract.query.layer
    columns = [name for name in reader.schema.names if name != extract.geometry_field]
    short = dict(zip(columns, unique_names(columns, LONGEST_NAME), strict=True))
    ending = "shp" if extract.geometry_field else "dbf"
    pyogrio.write_arrow(
        _renamed(reader, short),
        folder / f"{layer.id}.{ending}",
        driver="ESRI Shapefile",
        layer=layer.id,
        layer_options={"ENCODING": "UTF-8"},
        **arrow.geometry_options(extract),
    )
    _list_fields(extract, short, folder / f"{layer.id}.fields.csv")
    path = folder.parent / f"{layer.id}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)
    return path


def _renamed(reader: "pa.RecordBatchReader", short: dict[str, str]) -> "pa.RecordBatchReader":
    import pyarrow as pa

    schema = pa.schema([field.with_name(short.get(field.name, field.name)) for field in reader.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _list_fields(extract: Extract, short: dict[str, str], path: Path) -> None:
    layer: Layer = extract.query.layer
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["column", "field", "title", "unit", "most_bytes"])
        for name, column in short.items():
            field = layer.fields[name]
            title = field.title.in_(extract.language) if field.title else ""
            most = LONGEST_TEXT if field.type == "text" else ""
            writer.writerow([column, name, title, field.unit or "", most])


FORMAT = Format("Shapefile", "application/zip", "zip", arrow.FORM, encode)
