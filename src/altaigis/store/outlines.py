"""A layer's geometry in few vertices, for a small map."""

from geoalchemy2 import Geometry
from sqlalchemy import Engine, Text, cast, func, select

from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.store.pool import transaction
from altaigis.store.versions import state

#: More features than this make no map that is small.
MOST = 5000


def read_outlines(database: Engine, layer: Layer, revision: Revision, extent: BBox, steps: int) -> list[str]:
    """GeoJSON of up to :data:`MOST` features in EPSG:4326, simplified to a grid of ``steps`` across the extent."""
    name = layer.geometry_field
    if name is None:
        return []
    table = state(layer, revision)
    tolerance = max(extent.east - extent.west, extent.north - extent.south) / steps
    simple = cast(func.ST_SimplifyPreserveTopology(table.c[name], tolerance), Geometry)
    statement = select(cast(func.ST_AsGeoJSON(simple, 5, 0), Text)).where(table.c[name].is_not(None))
    with transaction(database) as connection:
        ordered = statement.order_by(table.c[layer.id_field]).limit(MOST)
        return list(connection.execute(ordered).scalars())
