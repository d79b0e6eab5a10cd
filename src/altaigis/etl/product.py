"""What a load leaves in data/processed: the layer's features as GeoParquet, or those of a table as plain Parquet."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from altaigis.domain.layer import Layer
from altaigis.etl.files import complete_or_absent

#: Where the file says what it was made of: :func:`altaigis.etl.fingerprint.is_current` looks for that.
_MARK = b"sources"


def as_rows(layer: Layer, frame: gpd.GeoDataFrame) -> pa.Table:
    """The layer's fields as columns in their order, geometries as WKB, with the metadata of pandas and GeoParquet."""
    geometry = layer.geometry_field
    values = pd.DataFrame(frame[[name for name in layer.fields if name != geometry]])
    rows = pa.Table.from_pandas(values, preserve_index=False)
    if geometry is None:
        return rows
    shapes = frame[geometry].to_numpy()
    wkb = pa.array(shapely.to_wkb(shapes, flavor="iso"), pa.binary())
    rows = rows.append_column(geometry, wkb).select(list(layer.fields))
    return rows.replace_schema_metadata({**(rows.schema.metadata or {}), b"geo": _geo(geometry, frame)})


def write_product(rows: pa.Table, target: Path, mark: str) -> None:
    """Put the file in its place, whole.

    Raises:
        NotWritten: there is no room.
    """
    with complete_or_absent(target) as unfinished:
        marked = rows.replace_schema_metadata({**(rows.schema.metadata or {}), _MARK: mark})
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
