"""Where a layer has something, asked for many boxes at once."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import Double, and_, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.store.prepared import Prepared, fetch, prepared
from altaigis.store.schema import LEVEL_SRID, STORAGE_SRID
from altaigis.store.versions import state

_CORNERS = ("west", "south", "east", "north")


async def occupied(database: AsyncEngine, layer: Layer, revision: Revision, boxes: Sequence[BBox]) -> set[int]:
    """The places in the list of those boxes that some feature touches, as it is drawn in Web Mercator.

    Of polygons their boxes are looked at: they mostly fill them, and what is seen of the largest is cheap to draw.
    """
    corners = zip(*(box.as_list() for box in boxes), strict=True)
    values = dict(zip(_CORNERS, map(list, corners), strict=True))
    return {number for (number,) in await fetch(database, _statement(layer, revision), values)}


@lru_cache(maxsize=256)
def _statement(layer: Layer, revision: Revision) -> Prepared:
    rows = state(layer, revision)
    geometry = rows.c[layer.geometry_field or ""]
    arrays = [bindparam(name, type_=ARRAY(Double)) for name in _CORNERS]
    box = func.unnest(*arrays).table_valued(*_CORNERS, with_ordinality="number", name="_box").render_derived()
    area = func.ST_MakeEnvelope(*(box.c[name] for name in _CORNERS), STORAGE_SRID)
    near = geometry.bool_op("&&")(area)
    # a straight line in degrees is another one than in Web Mercator
    drawn = func.ST_Intersects(func.ST_Transform(geometry, LEVEL_SRID), func.ST_Transform(area, LEVEL_SRID))
    touches = near if layer.is_of_polygons else and_(near, drawn)
    return prepared(select(box.c.number - 1).where(exists(select(1).select_from(rows).where(touches))))
