"""Rows as Arrow batches: what the column formats (FlatGeobuf, GeoPackage, GeoParquet, Shapefile) are written from."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from altaigis.domain.extract import Extract, Form, Rows
from altaigis.domain.layer import FieldType, Layer

FORM = Form("wkb", "typed")
_TYPES: Mapping[FieldType, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("ms", tz="UTC"),
}


def schema(layer: Layer) -> pa.Schema:
    """The id, the properties, and the geometry as WKB."""
    fields = {layer.id_field: layer.fields[layer.id_field], **layer.properties}
    columns = [pa.field(name, _TYPES[field.type]) for name, field in fields.items()]
    if layer.geometry_field:
        wkb = {"ARROW:extension:name": "geoarrow.wkb"}
        columns.append(pa.field(layer.geometry_field, pa.binary(), metadata=wkb))
    return pa.schema(columns)


def table(layer: Layer, rows: Rows) -> pa.Table:
    """Rows in the form :data:`FORM` as a table of one batch."""
    wanted = schema(layer)
    fid, geometry, *values = list(zip(*rows, strict=True)) or [()] * (2 + len(layer.properties))
    columns = [fid, *values, *([geometry] if layer.geometry_field else [])]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, wanted, strict=True)]
    return pa.Table.from_arrays(arrays, schema=wanted)


def geometry_options(extract: Extract) -> dict[str, Any]:
    """What pyogrio wants to know beside the columns."""
    layer = extract.query.layer
    if layer.geometry_field is None:
        return {"geometry_name": None, "geometry_type": None}
    return {
        "geometry_name": layer.geometry_field,
        "geometry_type": layer.geometry_type,
        "crs": f"EPSG:{extract.query.crs.srid}",
    }
