"""The levels of detail of a layer that is to be loaded, and of what has been edited."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from altaigis.domain.detail import STRAYS, tolerance
from altaigis.domain.grid import Grid
from altaigis.domain.layer import Layer
from altaigis.geometry.cleaning import Geometries
from altaigis.geometry.grid import OnGrid
from altaigis.geometry.labels import label_points
from altaigis.geometry.levels import Fineness, simplify, to_web_mercator
from altaigis.geometry.patches import Redrawn, fit
from altaigis.store.levels import Key, Site
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
    if here.empty and not layer.editable:
        return None
    features = _Features(layer, pa.Array.from_pandas(here[layer.id_field]), here.geometry.to_numpy())
    vertices, left_out, tables = {"all": _vertices(features.geometries)}, {}, [features.no_rows()]
    for level, shown in features.simplified(layer.levels):
        vertices[str(level)] = _vertices(shown.geometries)
        left_out[str(level)] = shown.left_out
        tables.append(features.rows(level, on_level(level, shown.geometries)))
    told = {"vertices": vertices, "left_out": left_out, "seconds": round(time.monotonic() - started, 3)}
    return Levels(pa.concat_tables(tables), (("levels", told),))


def relevel(layer: Layer, rows: pa.Table) -> pa.Table:
    """The rows of all levels of an editable layer with these ids and geometries, which are WKB in degrees or null."""
    here = rows.filter(pc.is_valid(rows[layer.geometry_field]))
    shapes = shapely.from_wkb(np.array(here[layer.geometry_field].to_pylist(), dtype=object))
    features = _Features(layer, here[layer.id_field].combine_chunks(), shapes)
    drawn = (features.rows(level, on_level(level, on.geometries)) for level, on in features.simplified(layer.levels))
    return pa.concat_tables([features.no_rows(), *drawn])


def relevel_edited(layer: Layer, site: Site) -> pa.Table:
    """The rows of all levels of features that have been edited, and of their neighbours."""
    known = {**site.moved, **site.neighbours}
    shapes = shapely.from_wkb(np.array(list(known.values()), dtype=object))
    features = _Features(layer, pa.array(list(known)), shapes)
    tables = [features.no_rows()]
    for level, shown in features.simplified(site.levels):
        fresh = on_level(level, shown.geometries)
        tables.append(features.rows(level, _fitted(fresh, site, site.drawn[level]) if layer.coverage else fresh))
    return pa.concat_tables(tables)


def _fitted(fresh: Geometries, site: Site, drawn: Mapping[Key, bytes]) -> Geometries:
    """How features are drawn in a coverage of which they are but a part."""
    others = drawn.keys() - site.moved.keys() - site.neighbours.keys() - set(site.gone)
    former, neighbours, around = (
        shapely.from_wkb(np.array([drawn.get(key) for key in keys], dtype=object))
        for keys in ([*site.moved, *site.gone], site.neighbours, sorted(others, key=str))
    )
    count = len(site.moved)
    moved, beside = fit(Redrawn(fresh[:count], former), Redrawn(fresh[count:], neighbours), around)
    return np.concatenate([moved, beside])


@dataclass(frozen=True)
class _Features:
    """Features with a geometry, in degrees."""

    layer: Layer
    ids: pa.Array
    geometries: Geometries

    def simplified(self, levels: Sequence[int]) -> Iterator[tuple[int, OnGrid]]:
        """Their geometries on each level, in metres."""
        wanted = {zoom: Fineness(tolerance(zoom), Grid(zoom).unit) for zoom in levels}
        # maps enlarge the tiles of the last zoom: they have all that their grid can hold
        last = max(levels)
        wanted[last] = Fineness(Grid(last).unit, Grid(last).unit)
        return simplify(self.geometries, wanted, coverage=bool(self.layer.coverage), strays=STRAYS)

    def rows(self, level: int, drawn: Geometries) -> pa.Table:
        """Their rows of the table of levels, drawn in units of the level's grid."""
        table = level_rows(self.layer, level, self.ids, drawn)
        return table if self._names is None else table.append_column(LABEL, _wkb(on_level(level, self._names)))

    def no_rows(self) -> pa.Table:
        """The same without any row."""
        return self.rows(0, np.full(len(self.ids), None)).slice(0, 0)

    @cached_property
    def _names(self) -> Geometries | None:
        """Where their names stand, in metres."""
        return label_points(to_web_mercator(self.geometries)) if self.layer.tiles.labels else None


def level_rows(layer: Layer, level: int, ids: pa.Array, drawn: Geometries) -> pa.Table:
    """Rows of the table of levels.

    Args:
        drawn: in units of the level's grid.
    """
    columns = {LEVEL: pa.array(np.full(len(ids), level)), layer.id_field: ids, layer.geometry_field: _wkb(drawn)}
    return pa.table(columns)


def on_level(level: int, geometries: Geometries) -> Geometries:
    """Geometries in metres in units of the level's grid."""
    by_x, to_x, by_y, to_y = Grid(level).from_metres
    drawn: Geometries = shapely.transform(geometries, lambda places: np.rint(places * (by_x, by_y) + (to_x, to_y)))
    return drawn


def _wkb(drawn: Geometries) -> pa.Array:
    # as y grows downwards, these are the directions of tiles
    return pa.array(shapely.to_wkb(shapely.orient_polygons(drawn)), pa.large_binary())


def _vertices(geometries: Any) -> int:
    return int(shapely.get_num_coordinates(geometries).sum())
