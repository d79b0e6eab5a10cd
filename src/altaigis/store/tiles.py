"""Vector tiles out of PostGIS."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, bindparam, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.store.pool import reading
from altaigis.store.schema import STORAGE_SRID, TILE_ID, layer_table

TILE_UNITS = 4096
#: Tile units around a tile that are drawn too, so that strokes meet at its edge.
BUFFER = 64


async def read_tile(database: AsyncEngine, revision: Revision, layer: Layer, tile: TileCoord) -> bytes:
    """The tile in MVT, empty bytes where there is nothing."""
    async with reading(database) as connection:
        result = await connection.execute(_statement(layer, revision.relation), {"z": tile.z, "x": tile.x, "y": tile.y})
        return bytes(result.scalar_one() or b"")


@lru_cache(maxsize=256)
def _statement(layer: Layer, relation: str) -> Select[Any]:
    """Composed once for a revision; z, x and y are bound for each tile."""
    table = layer_table(layer, relation)
    geometry = table.c[layer.geometry_field or ""]
    place = [bindparam(name, type_=Integer) for name in ("z", "x", "y")]
    area = func.ST_TileEnvelope(*place)
    with_buffer = func.ST_Expand(area, (func.ST_XMax(area) - func.ST_XMin(area)) * (BUFFER / TILE_UNITS))
    drawn = func.ST_AsMVTGeom(func.ST_Transform(geometry, 3857), area, TILE_UNITS, BUFFER, literal(True)).label("geom")
    rows = (
        select(
            table.c[TILE_ID],
            *(_attribute(table.c[n], f) for n, f in layer.fields.items() if not f.is_geometry),
            drawn,
        )
        .where(geometry.bool_op("&&")(func.ST_Transform(with_buffer, STORAGE_SRID)))
        .subquery("features")
    )
    return select(func.ST_AsMVT(rows.table_valued(), layer.id, TILE_UNITS, "geom", TILE_ID)).where(
        rows.c.geom.is_not(None)
    )


def _attribute(column: ColumnElement[Any], field: LayerField) -> ColumnElement[Any]:
    # MVT has no dates; as text they keep their meaning.
    return cast(column, Text).label(column.key) if field.type in ("date", "datetime") else column
