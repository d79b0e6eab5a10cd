"""Expressions -> SQL conditions. The literal is brought to the column's CRS, never the column to the literal's:
the spatial index is on the stored geometry."""

import re
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, func, or_, true

from altaigis.domain.extent import BBox, BoxInCrs
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery, IntersectsBox
from altaigis.errors import ParameterError
from altaigis.store.schema import STORAGE_SRID

#: Parts that a side of a box is cut into before it is brought to another CRS.
SIDE_STEPS = 64


def condition(query: FeatureQuery, table: Table) -> ColumnElement[bool]:
    """Which features the query selects, on whatever page they are."""
    return true() if query.where is None else _intersects_box(query, query.where, table)


def behind(query: FeatureQuery, table: Table) -> ColumnElement[bool]:
    """Which features come after the page before."""
    if query.after is None:
        return true()
    last = typed_fid(query.layer, query.after)
    if last is None:
        raise ParameterError("after", f"'{query.after[:40]}' cannot be an id of this layer")
    return table.c[query.layer.id_field] > last


def typed_fid(layer: Layer, fid: str) -> str | int | None:
    """A feature's id in the type of its column, None where no feature can have it."""
    if layer.fields[layer.id_field].type == "text":
        return None if "\0" in fid else fid
    return int(fid) if re.fullmatch(r"-?[0-9]{1,18}", fid) else None


def _intersects_box(query: FeatureQuery, node: IntersectsBox, table: Table) -> ColumnElement[bool]:
    name = query.layer.geometry_field
    if name is None:
        return false()
    column = table.c[name]
    if isinstance(node.box, BoxInCrs):
        return func.ST_Intersects(column, _area(node.box))
    return and_(column.is_not(None), or_(*(func.ST_Intersects(column, envelope(part)) for part in node.box.parts())))


def envelope(box: BBox) -> ColumnElement[object]:
    return func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, STORAGE_SRID)


def _area(box: BoxInCrs) -> ColumnElement[Any]:
    """The box in the CRS of the column, where its sides are bent: each is followed in steps."""
    outline = func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, box.crs.srid)
    step = max(box.east - box.west, box.north - box.south) / SIDE_STEPS
    return func.ST_Transform(func.ST_Segmentize(outline, step) if step > 0 else outline, STORAGE_SRID)
