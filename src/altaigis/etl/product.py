"""What a load leaves in data/processed: the layer's features as GeoParquet, or those of a table as plain Parquet."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from altaigis.domain.layer import Layer
from altaigis.store.copying import ARROW_TYPES
from altaigis.store.files import complete_or_absent

#: Where the file says what it was made of: :func:`altaigis.etl.fingerprint.is_current` looks for that.
_MARK = b"sources"


def as_rows(layer: Layer, frame: gpd.GeoDataFrame) -> pa.Table:
    """The layer's fields as columns in their order, geometries as WKB, with the metadata of pandas and GeoParquet; the
    rows in the order of their ids."""
    # column by column: two copies of all of them would need too much memory
    order = pc.sort_indices(_column(layer, frame, layer.id_field))
    columns = {name: _column(layer, frame, name).take(order) for name in layer.fields}
    geometry = layer.geometry_field
    values = pd.DataFrame(frame[[name for name in layer.fields if name != geometry]].head(0))
    metadata = pa.Schema.from_pandas(values, preserve_index=False).metadata
    return pa.table(columns, metadata=metadata | ({b"geo": _geo(geometry, frame)} if geometry else {}))


def _column(layer: Layer, frame: gpd.GeoDataFrame, name: str) -> pa.ChunkedArray:
    if name == layer.geometry_field:
        return pa.chunked_array([pa.array(shapely.to_wkb(frame[name].to_numpy(), flavor="iso"), pa.binary())])
    plain = pa.Table.from_pandas(pd.DataFrame(frame[[name]]), preserve_index=False)
    return plain[name].cast(ARROW_TYPES[layer.fields[name].type])


def write_product(rows: pa.Table, target: Path, mark: str) -> None:
    """Put the file in its place, whole.

    Raises:
        NotWritten: there is no room.
    """
    with complete_or_absent(target) as unfinished:
        marked = rows.replace_schema_metadata({**rows.schema.metadata, _MARK: mark})
        pq.write_table(marked, unfinished, compression="snappy")


def _geo(geometry: str, frame: gpd.GeoDataFrame) -> bytes:
    """What GeoParquet 1.1 says of the one geometry, https://geoparquet.org/releases/v1.1.0."""
    shapes = frame[geometry]
    column = {
        "encoding": "WKB",
        "crs": frame.crs.to_json_dict(),
        "geometry_types": sorted(shapes.geom_type.dropna().unique()),
    }
    bounds = shapes.total_bounds
    if np.isfinite(bounds).all():
        column["bbox"] = bounds.tolist()
    return json.dumps({"version": "1.1.0", "primary_column": geometry, "columns": {geometry: column}}).encode()
