"""Expressions -> SQL conditions. The literal is brought to the column's CRS, never the column to the literal's:
the spatial index is on the stored geometry."""

from sqlalchemy import ColumnElement, Table, and_, false, func, or_, true

from altaigis.domain.extent import BBox
from altaigis.domain.query import FeatureQuery, IntersectsBox
from altaigis.errors import ParameterError
from altaigis.store.schema import STORAGE_SRID


def condition(query: FeatureQuery, table: Table) -> ColumnElement[bool]:
    """Which features the query selects, on whatever page they are."""
    return true() if query.where is None else _intersects_box(query, query.where, table)


def behind(query: FeatureQuery, table: Table) -> ColumnElement[bool]:
    """Which features come after the page before."""
    if query.after is None:
        return true()
    key = table.c[query.layer.id_field]
    return key > typed_fid(query, query.after)


def typed_fid(query: FeatureQuery, fid: str) -> str | int:
    """A feature's id in the type of its column.

    Raises:
        ParameterError: the layer's ids are numbers and this is none.
    """
    if query.layer.fields[query.layer.id_field].type == "text":
        return fid
    if not fid.lstrip("-").isdecimal() or len(fid) > 18:
        raise ParameterError("after", f"'{fid[:40]}' is no id of this layer: its ids are whole numbers")
    return int(fid)


def _intersects_box(query: FeatureQuery, node: IntersectsBox, table: Table) -> ColumnElement[bool]:
    name = query.layer.geometry_field
    if name is None:
        return false()
    column = table.c[name]
    return and_(column.is_not(None), or_(*(func.ST_Intersects(column, envelope(part)) for part in node.box.parts())))


def envelope(box: BBox) -> ColumnElement[object]:
    return func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, STORAGE_SRID)
