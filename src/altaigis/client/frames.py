"""Features of an answer as a GeoDataFrame."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely

from altaigis.client.query import Query, on_the_wire
from altaigis.domain.crs import Crs

#: Field types of a schema as pandas knows them; a type that is not listed stays as JSON has it.
_DTYPES: Mapping[tuple[str, str], str] = {
    ("string", ""): "string",
    ("integer", "int64"): "Int64",
    ("number", ""): "Float64",
    ("boolean", ""): "boolean",
}
DEFAULT_CRS = "OGC:CRS84"


def frame_of(features: list[dict[str, Any]], schema: Mapping[str, Any], query: Query) -> gpd.GeoDataFrame:
    """Typed as the schema says, whatever happens to be in the rows: an empty answer has its columns too."""
    index = pd.Index([feature["id"] for feature in features], name="fid")
    roles = {name: field.get("x-ogc-role") for name, field in schema.items()}
    wanted = query.get("properties")
    columns = {
        name: _column([feature["properties"].get(name) for feature in features], field, index)
        for name, field in schema.items()
        if roles[name] not in ("id", "primary-geometry") and (wanted is None or name in wanted)
    }
    geometry = gpd.GeoSeries(_shapes(features, query), index=index, crs=DEFAULT_CRS)
    if "crs" in query:
        geometry = geometry.set_crs(Crs.parse(query["crs"]).srid, allow_override=True)
    return gpd.GeoDataFrame(columns, geometry=geometry, index=index)


def _shapes(features: list[dict[str, Any]], query: Query) -> Any:
    """The geometries as an array, x first."""
    texts = [None if f["geometry"] is None else orjson.dumps(f["geometry"]).decode() for f in features]
    shapes = shapely.from_geojson(np.array(texts, dtype=object))
    if "crs" in query and on_the_wire(query["crs"]).axis_swapped:
        # GeoJSON follows the axes of the CRS
        return shapely.transform(shapes, lambda places: places[:, ::-1])
    return shapes


def _column(values: list[Any], field: Mapping[str, Any], index: pd.Index) -> pd.Series:
    written = field.get("format", "")
    if written == "date-time":
        return pd.Series(pd.to_datetime(values, utc=True, format="ISO8601"), index=index)
    if written == "date":
        return pd.Series(pd.to_datetime(values, format="ISO8601"), index=index)
    return pd.Series(values, index=index, dtype=_DTYPES.get((field.get("type", ""), written), "object"))
