"""Vector tiles out of PostGIS."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.grid import BUFFER, TILE_UNITS, Grid
from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import STANDS_FOR, Revision
from altaigis.domain.tile import TileCoord
from altaigis.store.prepared import Prepared, fetch, prepared
from altaigis.store.schema import LABEL, LEVEL, LEVEL_SRID, STORAGE_SRID, TILE_ID
from altaigis.store.slots import Slots
from altaigis.store.versions import levels_of, state
from altaigis.store.where import condition

#: Units of a tile: points of the same square with this side are not all shown where a filter asks for them anew.
APART = 128
CORNERS = ("west", "south", "east", "north")

_WHOLE, _INSIDE, _CUT, _DRAWN, _RANK = "_whole", "_inside", "_cut", "_drawn", "_rank"
#: What part of a collection geometries of a type are, as ST_CollectionExtract counts.
_PART = {"Point": 1, "MultiPoint": 1, "LineString": 2, "MultiLineString": 2, "Polygon": 3, "MultiPolygon": 3}


async def read_tile(database: AsyncEngine, revision: Revision, query: FeatureQuery, tile: TileCoord) -> bytes:
    """The tile in MVT of the features that the query selects, empty bytes where there is nothing.

    Of points that lie as close as :data:`APART` where the layer is thinned, one stands for all: what was left out when
    the layer was loaded may be what is sought.
    """
    slots = Slots()
    shape = replace(query, where=query.where and slots.take_all(query.where))
    ((content,),) = await fetch(database, _statement(revision, shape, tile.z), {**slots.values, **_place(tile)})
    return bytes(content or b"")


def _place(tile: TileCoord) -> dict[str, float]:
    """What statements are bound with: the tile, its first unit, and its corners in degrees with what is around it."""
    left, top = Grid(tile.z).corner(tile)
    corners = dict(zip(CORNERS, tile.bbox(BUFFER / TILE_UNITS).as_list(), strict=True))
    return {"z": tile.z, "x": tile.x, "y": tile.y, "left": left, "top": top, **corners}


@lru_cache(maxsize=1024)
def _statement(revision: Revision, shape: FeatureQuery, zoom: int) -> Prepared:
    """Composed once for a revision; the tile and its place are bound for each request."""
    layer = shape.layer
    if zoom not in revision.levels:
        rows = _transformed(revision, shape, zoom)
    elif shape.where is not None and layer.geometry_type == "Point":
        rows = _apart(layer, _transformed(revision, shape, zoom))
    else:
        rows = _on_grid(revision, shape, zoom)
    features = rows.cte("_features")
    drawn = _layer(layer.id, features, _DRAWN)
    return prepared(select(drawn.concat(_layer(layer.label_layer, features, LABEL)) if layer.label_layer else drawn))


def _layer(name: str, features: CTE, geometry: str) -> ColumnElement[bytes]:
    """The layer of a tile with this geometry of the features that have one."""
    columns = [column for column in features.columns if column.key not in (_DRAWN, LABEL)]
    shown = select(*columns, features.c[geometry]).where(~func.ST_IsEmpty(features.c[geometry])).subquery()
    mvt = select(func.ST_AsMVT(shown.table_valued(), name, TILE_UNITS, geometry, TILE_ID)).scalar_subquery()
    return func.coalesce(mvt, literal(b""), type_=LargeBinary)


def _on_grid(revision: Revision, shape: FeatureQuery, level: int) -> Select[Any]:
    """Out of geometries that lie on the grid of the tile already. Nothing of them is moved, so what is common to two
    of them stays so, which ST_AsMVTGeom does not know: it simplifies each by itself."""
    layer = shape.layer
    rows, levels = state(layer, revision), levels_of(layer, revision)
    geometry = levels.c[layer.geometry_field or ""]
    left, top = (bindparam(name, type_=Double) for name in ("left", "top"))
    area = func.ST_MakeEnvelope(left - BUFFER, top - BUFFER, left + TILE_UNITS + BUFFER, top + TILE_UNITS + BUFFER)
    on = rows.c[layer.id_field] == levels.c[layer.id_field]
    # the grids of two zooms touch
    here = and_(geometry.bool_op("&&")(area), levels.c[LEVEL] == level)
    counted = [levels.c[STANDS_FOR]] if STANDS_FOR in levels.c else []
    inside = geometry.bool_op("@")(area)
    cut = case((inside, geometry), else_=func.ST_SnapToGrid(func.ST_ClipByBox2D(geometry, area), 1.0))
    # each has its name in one tile
    named = func.ST_MakeEnvelope(left, top, left + TILE_UNITS - 1, top + TILE_UNITS - 1)
    label = [levels.c[LABEL]] if layer.label_layer else []
    labels = [case((place.bool_op("@")(named), place)).label(LABEL) for place in label]
    names = *_attributes(layer, rows, level), *counted, *labels
    # the offset keeps PostgreSQL from cutting once for each mention
    found = (
        select(*names, geometry.label(_WHOLE), inside.label(_INSIDE), cut.label(_CUT))
        .join_from(levels, rows, on)
        .where(here, condition(shape, rows))
        .offset(literal_column("0"))
        .subquery("_found")
    )
    part = _PART[layer.geometry_type or "Point"]
    # clipping by a box may leave parts that touch along a line: seldom, and the sure way takes five times as long
    sound = func.ST_IsValid(found.c[_CUT]) if part > 1 else true()
    sure = func.ST_Intersection(found.c[_WHOLE], area, 1.0)
    clipped = func.ST_CollectionExtract(case((sound, found.c[_CUT]), else_=sure), part)
    # as y grows downwards, this is clockwise on the screen
    drawn = case((found.c[_INSIDE], found.c[_CUT]), else_=func.ST_ForcePolygonCCW(clipped))
    columns = [column for column in found.columns if column.key not in (_WHOLE, _INSIDE, _CUT, LABEL)]
    placed = {_DRAWN: drawn, **({LABEL: found.c[LABEL]} if layer.label_layer else {})}
    return select(*columns, *(func.ST_Translate(shape, -left, -top).label(name) for name, shape in placed.items()))


def _transformed(revision: Revision, shape: FeatureQuery, zoom: int) -> Select[Any]:
    """Out of geometries in degrees."""
    layer = shape.layer
    rows = state(layer, revision)
    geometry = rows.c[layer.geometry_field or ""]
    area = func.ST_TileEnvelope(*(bindparam(name, type_=Integer) for name in ("z", "x", "y")))
    with_buffer = func.ST_MakeEnvelope(*(bindparam(name, type_=Double) for name in CORNERS), STORAGE_SRID)
    shown = func.ST_Transform(geometry, LEVEL_SRID)
    placed = {_DRAWN: func.ST_AsMVTGeom(shown, area, TILE_UNITS, BUFFER, literal(True))}
    if layer.label_layer:
        placed[LABEL] = func.ST_AsMVTGeom(func.ST_PointOnSurface(shown), area, TILE_UNITS, 0, literal(True))
    here = geometry.bool_op("&&")(with_buffer)
    columns = (geometry.label(name) for name, geometry in placed.items())
    return select(*_attributes(layer, rows, zoom), *columns).where(here, condition(shape, rows))


def _apart(layer: Layer, points: Select[Any]) -> Select[Any]:
    """The first point of each square by the rule of the layer, which stands for the others in it."""
    rule, (rows,) = layer.tiles.thin, points.get_final_froms()
    rank = rows.c[rule.by] if rule and rule.by else null()
    found = points.add_columns(rank.label(_RANK)).subquery("_points")
    square = [func.floor(axis(found.c[_DRAWN]) / APART) for axis in (func.ST_X, func.ST_Y)]
    others = func.nullif(func.count().over(partition_by=square) - 1, 0).label(STANDS_FOR)
    shown = [column for column in found.columns if column.key != _RANK]
    order = *square, found.c[_RANK].desc().nulls_last(), found.c[TILE_ID]
    return select(*shown, others).distinct(*square).order_by(*order)


def _attributes(layer: Layer, rows: FromClause, zoom: int) -> list[ColumnElement[Any]]:
    """The id of the feature in tiles, and the fields that those of a zoom have."""
    return [rows.c[TILE_ID], *(_attribute(rows.c[name], layer.fields[name]) for name in layer.tile_fields(zoom))]


def _attribute(column: ColumnElement[Any], field: LayerField) -> ColumnElement[Any]:
    # MVT has no dates; as text they keep their meaning.
    return cast(column, Text).label(column.key) if field.type in ("date", "datetime") else column
