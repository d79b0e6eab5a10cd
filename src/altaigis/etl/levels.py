"""The levels of detail of a layer that is to be loaded."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from altaigis.domain.detail import STRAYS, tolerance
from altaigis.domain.grid import Grid
from altaigis.domain.layer import Layer
from altaigis.geometry.cleaning import Geometries
from altaigis.geometry.grid import OnGrid
from altaigis.geometry.labels import label_points
from altaigis.geometry.levels import Fineness, simplify, to_web_mercator
from altaigis.store.schema import LABEL, LEVEL


@dataclass(frozen=True)
class Levels:
    """``rows``: the level, the feature's id and its geometry as WKB in units of the level's grid, under their names in
    the table; ``told``: what the report says of them."""

    rows: pa.Table
    told: tuple[tuple[str, Any], ...]


def make_levels(layer: Layer, frame: gpd.GeoDataFrame) -> Levels | None:
    """The levels of all features with a geometry; None for layers that have no levels."""
    if layer.geometry_field is None or not layer.levels:
        return None
    started = time.monotonic()
    here = frame[frame.geometry.notna()]
    if here.empty:
        return None
    geometries = here.geometry.to_numpy()
    ids = pa.Array.from_pandas(here[layer.id_field])
    labels = label_points(to_web_mercator(geometries)) if layer.tiles.labels else None
    vertices, left_out, tables = {"all": _vertices(geometries)}, {}, []
    for level, shown in _simplified(layer, geometries):
        vertices[str(level)] = _vertices(shown.geometries)
        left_out[str(level)] = shown.left_out
        table = level_rows(layer, level, ids, shapely.orient_polygons(shown.geometries, exterior_cw=True))
        tables.append(table if labels is None else table.append_column(LABEL, _on_grid(level, labels)))
    told = {"vertices": vertices, "left_out": left_out, "seconds": round(time.monotonic() - started, 3)}
    return Levels(pa.concat_tables(tables), (("levels", told),))


def _simplified(layer: Layer, geometries: Geometries) -> Iterator[tuple[int, OnGrid]]:
    wanted = {zoom: Fineness(tolerance(zoom), Grid(zoom).unit) for zoom in layer.levels}
    # maps enlarge the tiles of the last zoom: they have all that their grid can hold
    wanted[layer.tiles.maxzoom] = Fineness(Grid(layer.tiles.maxzoom).unit, Grid(layer.tiles.maxzoom).unit)
    return simplify(geometries, wanted, coverage=bool(layer.coverage), strays=STRAYS)


def level_rows(layer: Layer, level: int, ids: pa.Array, geometries: Geometries) -> pa.Table:
    """Rows of the table of levels.

    Args:
        geometries: in metres of Web Mercator; polygons wind clockwise, as tiles have them.
    """
    columns = {
        LEVEL: pa.array(np.full(len(ids), level)),
        layer.id_field: ids,
        layer.geometry_field: _on_grid(level, geometries),
    }
    return pa.table(columns)


def _on_grid(level: int, geometries: Geometries) -> pa.Array:
    """Geometries in metres as WKB in units of the level's grid."""
    by_x, to_x, by_y, to_y = Grid(level).from_metres
    in_units = shapely.transform(geometries, lambda places: np.rint(places * (by_x, by_y) + (to_x, to_y)))
    return pa.array(shapely.to_wkb(in_units), pa.large_binary())


def _vertices(geometries: Any) -> int:
    return int(shapely.get_num_coordinates(geometries).sum())
