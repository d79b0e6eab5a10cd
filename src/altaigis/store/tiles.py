"""Vector tiles out of PostGIS."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Double, Integer, Text, bindparam, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.detail import level_for
from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.store.prepared import Prepared, fetch, prepared
from altaigis.store.schema import LEVEL_SRID, SHOWN, STORAGE_SRID, TILE_ID
from altaigis.store.versions import state

TILE_UNITS = 4096
#: Tile units around a tile that are drawn too, so that strokes meet at its edge.
BUFFER = 64
CORNERS = ("west", "south", "east", "north")


async def read_tile(database: AsyncEngine, revision: Revision, layer: Layer, tile: TileCoord) -> bytes:
    """The tile in MVT, empty bytes where there is nothing."""
    # maps enlarge the tiles of the last zoom: they have all detail
    level = level_for(revision.levels, tile.z) if tile.z < layer.tiles.maxzoom else None
    corners = dict(zip(CORNERS, tile.bbox(BUFFER / TILE_UNITS).as_list(), strict=True))
    place = {"z": tile.z, "x": tile.x, "y": tile.y, **corners}
    ((content,),) = await fetch(database, _statement(layer, revision, level), place)
    return bytes(content or b"")


@lru_cache(maxsize=256)
def _statement(layer: Layer, revision: Revision, level: int | None) -> Prepared:
    """Composed once for a revision; the tile and its corners are bound for each request."""
    table = state(layer, revision, level)
    geometry = table.c[layer.geometry_field or ""]
    area = func.ST_TileEnvelope(*(bindparam(name, type_=Integer) for name in ("z", "x", "y")))
    with_buffer = func.ST_MakeEnvelope(*(bindparam(name, type_=Double) for name in CORNERS), STORAGE_SRID)
    shown = func.ST_Transform(geometry, LEVEL_SRID) if level is None else table.c[SHOWN]
    drawn = func.ST_AsMVTGeom(shown, area, TILE_UNITS, BUFFER, literal(True)).label("_geom")
    rows = (
        select(
            table.c[TILE_ID],
            *(_attribute(table.c[n], f) for n, f in layer.fields.items() if not f.is_geometry),
            drawn,
        )
        .where(geometry.bool_op("&&")(with_buffer))
        .subquery("_features")
    )
    tile = func.ST_AsMVT(rows.table_valued(), layer.id, TILE_UNITS, "_geom", TILE_ID)
    return prepared(select(tile).where(rows.c._geom.is_not(None)))


def _attribute(column: ColumnElement[Any], field: LayerField) -> ColumnElement[Any]:
    # MVT has no dates; as text they keep their meaning.
    return cast(column, Text).label(column.key) if field.type in ("date", "datetime") else column
