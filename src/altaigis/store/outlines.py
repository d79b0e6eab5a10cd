"""A layer's geometry in few vertices, for a small map."""

import math
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import Engine, Select, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.detail import RADIUS, level_for, zoom_within
from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.store.pool import reading, transaction
from altaigis.store.schema import SHOWN, STORAGE_SRID
from altaigis.store.versions import state

#: More features than this make no map that is small.
MOST = 5000
#: Metres of Web Mercator.
DEGREE = math.radians(RADIUS)


def read_outlines(database: Engine, layer: Layer, revision: Revision, extent: BBox, steps: int) -> list[str]:
    """GeoJSON of up to :data:`MOST` features in EPSG:4326, simplified to a grid of ``steps`` across the extent."""
    if layer.geometry_field is None:
        return []
    with transaction(database) as connection:
        return list(connection.execute(_statement(layer, revision, extent, steps)).scalars())


async def read_outlines_soon(
    database: AsyncEngine, layer: Layer, revision: Revision, extent: BBox, steps: int
) -> list[str]:
    """The same for the server, within its time for a statement."""
    if layer.geometry_field is None:
        return []
    async with reading(database) as connection:
        return list((await connection.execute(_statement(layer, revision, extent, steps))).scalars())


def _statement(layer: Layer, revision: Revision, extent: BBox, steps: int) -> Select[Any]:
    assert layer.geometry_field, "a layer without geometry has no outlines"
    tolerance = max(extent.east - extent.west, extent.north - extent.south) / steps
    level = level_for(revision.levels, math.ceil(zoom_within(tolerance * DEGREE))) if layer.coverage else None
    table = state(layer, revision, level)
    place = table.c[layer.geometry_field]
    shown = place if level is None else func.ST_Transform(table.c[SHOWN], STORAGE_SRID)
    # neighbours have one border in each level, but not where each of them is simplified by itself
    simple = shown if layer.coverage else func.ST_SimplifyPreserveTopology(place, tolerance)
    statement = select(cast(func.ST_AsGeoJSON(cast(simple, Geometry), 5, 0), Text)).where(place.is_not(None))
    return statement.order_by(table.c[layer.id_field]).limit(MOST)
