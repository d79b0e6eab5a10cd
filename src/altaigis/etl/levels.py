"""The levels of detail of a layer that is to be loaded."""

import time
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from altaigis.domain.detail import STRAYS, tolerance
from altaigis.domain.layer import Layer
from altaigis.geometry.levels import simplify
from altaigis.store.schema import LEVEL


@dataclass(frozen=True)
class Levels:
    """``rows``: the level, the feature's id and its geometry as WKB in Web Mercator, under their names in the table;
    ``told``: what the report says of them."""

    rows: pa.Table
    told: tuple[tuple[str, Any], ...]


def make_levels(layer: Layer, frame: gpd.GeoDataFrame) -> Levels | None:
    """The levels of all features with a geometry; None for layers that have no levels."""
    if layer.geometry_field is None or not layer.levels:
        return None
    started = time.monotonic()
    here = frame[frame.geometry.notna()]
    geometries = here.geometry.to_numpy()
    ids = pa.Array.from_pandas(here[layer.id_field])
    vertices = {"all": _vertices(geometries)}
    tables = []
    tolerances = {zoom: tolerance(zoom) for zoom in layer.levels}
    for level, coarser in simplify(geometries, tolerances, coverage=bool(layer.coverage), strays=STRAYS):
        vertices[str(level)] = _vertices(coarser)
        columns = {
            LEVEL: pa.array(np.full(len(ids), level)),
            layer.id_field: ids,
            layer.geometry_field: pa.array(shapely.to_wkb(coarser), pa.large_binary()),
        }
        tables.append(pa.table(columns))
    if not tables:
        return None
    told = {"vertices": vertices, "seconds": round(time.monotonic() - started, 3)}
    return Levels(pa.concat_tables(tables), (("levels", told),))


def _vertices(geometries: Any) -> int:
    return int(shapely.get_num_coordinates(geometries).sum())
