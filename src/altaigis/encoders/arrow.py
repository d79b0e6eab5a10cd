"""Rows as Arrow batches: what the column formats (FlatGeobuf, GeoPackage, GeoParquet, Shapefile) are written from.

Arrow, and GDAL behind pyogrio, which brings pandas along, weigh 130 MB: a server that nobody asks for such a file does
without. They are imported where they write, once :func:`imported` has them.
"""

import asyncio
import importlib
import threading
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from altaigis.domain.extract import Extract, Form, Rows
from altaigis.domain.layer import FieldType
from altaigis.encoders.format import of_all

if TYPE_CHECKING:
    import pyarrow as pa

FORM = of_all(Form("wkb", "typed"))
_IMPORTING = threading.Lock()


async def imported(library: str) -> None:
    """Import a library beside the event loop; one thread at a time, for a second one could meet half of it."""

    def imports() -> None:
        with _IMPORTING:
            importlib.import_module(library)

    await asyncio.to_thread(imports)


@cache
def _types() -> "Mapping[FieldType, pa.DataType]":
    import pyarrow as pa

    return {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "datetime": pa.timestamp("ms", tz="UTC"),
    }


def schema(extract: Extract) -> "pa.Schema":
    """The id, the properties, and the geometry as WKB."""
    import pyarrow as pa

    columns = [pa.field(name, _types()[field.type]) for name, field in extract.columns.items()]
    if extract.geometry_field:
        wkb = {"ARROW:extension:name": "geoarrow.wkb"}
        columns.append(pa.field(extract.geometry_field, pa.binary(), metadata=wkb))
    return pa.schema(columns)


def table(extract: Extract, rows: Rows) -> "pa.Table":
    """Rows in the form :data:`FORM` as a table of one batch."""
    import pyarrow as pa

    wanted = schema(extract)
    fid, geometry, *values = list(zip(*rows, strict=True)) or [()] * (2 + len(extract.properties))
    columns = [fid, *values, *([geometry] if extract.geometry_field else [])]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, wanted, strict=True)]
    return pa.Table.from_arrays(arrays, schema=wanted)


def geometry_options(extract: Extract) -> dict[str, Any]:
    """What pyogrio wants to know beside the columns."""
    if extract.geometry_field is None:
        return {"geometry_name": None, "geometry_type": None}
    return {
        "geometry_name": extract.geometry_field,
        "geometry_type": extract.query.layer.geometry_type,
        "crs": f"EPSG:{extract.query.crs.srid}",
    }
