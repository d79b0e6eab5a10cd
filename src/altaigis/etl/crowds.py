"""The levels of layers of points: fewer of them, by the rule that the layer file declares, where a tile would hold too
many."""

import time

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from altaigis.domain.detail import pixel
from altaigis.domain.grid import TILE_UNITS, Grid
from altaigis.domain.layer import Layer
from altaigis.domain.revision import STANDS_FOR
from altaigis.etl.levels import Levels, level_rows, on_level
from altaigis.geometry.levels import in_metres
from altaigis.geometry.thinning import Crowd, Numbers

#: What the points of a tile may take before it is compressed; with what is around it, it has less than 500 kB.
TILE_BYTES = 400_000
#: What MVT needs for a value and its tag, and for a feature with its place and id.
VALUE_BYTES, FEATURE_BYTES = 6, 24


def thin_points(layer: Layer, frame: gpd.GeoDataFrame, rows: pa.Table) -> Levels | None:
    """The points of the zooms at which not all of them are shown; None where they always are.

    Args:
        frame: the features, in degrees.
        rows: the same in the order of their ids.
    """
    started = time.monotonic()
    order = pc.sort_indices(pa.Array.from_pandas(frame[layer.id_field])).to_numpy()
    points = frame.geometry.to_numpy()[order]
    placed = ~shapely.is_missing(points)
    if not placed.all():
        points, rows = points[placed], rows.filter(pa.array(placed))
    # the points themselves, in metres, would need too much memory
    places = in_metres(shapely.get_coordinates(points))
    everybody = Crowd(_ranked(layer, rows), np.zeros(len(places), dtype=np.int64))
    tables, told = [], {"all": len(places)}
    for zoom in layer.levels:
        crowd = _shown(layer, rows, zoom, places, everybody)
        if len(crowd.numbers) == len(places):
            break
        told[str(zoom)] = len(crowd.numbers)
        ids = rows[layer.id_field].take(crowd.numbers)
        table = level_rows(layer, zoom, ids, on_level(zoom, shapely.points(places[crowd.numbers])))
        stands_for = pa.array(crowd.stands_for, mask=crowd.stands_for == 0)
        tables.append(table.append_column(STANDS_FOR, stands_for))
    if not tables:
        return None
    details = {"points": told, "seconds": round(time.monotonic() - started, 3)}
    return Levels(pa.concat_tables(tables), (("levels", details),))


def _ranked(layer: Layer, rows: pa.Table) -> Numbers:
    """The numbers of the rows, those with the largest values first; where nothing is declared a sample that is the
    same every time, for neighbours often have neighbouring ids."""
    rule = layer.tiles.thin
    if rule and rule.by:
        found: Numbers = pc.array_sort_indices(rows[rule.by], order="descending").to_numpy().astype(np.int64)
        return found
    return np.random.default_rng(0).permutation(rows.num_rows)


def _shown(layer: Layer, rows: pa.Table, zoom: int, places: npt.NDArray[np.float64], crowd: Crowd) -> Crowd:
    by_x, to_x, by_y, to_y = Grid(zoom).from_metres
    units = np.floor(places * (by_x, by_y) + (to_x - Grid(zoom).west, to_y)).astype(np.int64)
    one = np.ones(len(places), dtype=np.int64)
    tiles, rule = _cells(units, TILE_UNITS), layer.tiles.thin
    # what is left out at the last zoom would never be seen
    if rule and zoom < layer.tiles.maxzoom:
        if rule.pixels:
            side = round(rule.pixels * pixel(zoom) / Grid(zoom).unit)
            crowd = crowd.thinned(_cells(units, side), one, 1)
        if rule.per_tile:
            crowd = crowd.thinned(tiles, one, rule.per_tile)
    return crowd.thinned(tiles, _sizes(layer, rows, zoom), TILE_BYTES)


def _cells(units: Numbers, side: int) -> Numbers:
    columns, lines = (units // side).T
    cells: Numbers = columns << 32 | lines
    return cells


def _sizes(layer: Layer, rows: pa.Table, zoom: int) -> Numbers:
    """What each point needs in a tile, in bytes, at most."""
    sizes = np.full(rows.num_rows, FEATURE_BYTES, dtype=np.int64)
    for name in layer.tile_fields(zoom):
        text = layer.fields[name].type == "text"
        long = pc.fill_null(pc.binary_length(rows[name]), 0).to_numpy() if text else np.int64(8)
        sizes += VALUE_BYTES + long
    return sizes
