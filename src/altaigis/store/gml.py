"""Geometry in GML, as PostGIS writes it and as each version has it: with the name of its CRS, and ids where there are
to be some."""

from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from altaigis.domain.extract import Gml
from altaigis.domain.layer import GeometryType
from altaigis.store.quoting import constant

Column = ColumnElement[Any]

#: The mark that PostGIS is told to write as the id of every geometry: it would give one id to all parts of it.
_ID = "_"
_ID_MARK = f' gml:id="{_ID}"'
#: LineString and not Curve.
_SIMPLE_LINES = 4


def written(shape: Column, digits: int, form: Gml) -> Column:
    """What PostGIS has to do for a geometry, for :func:`named` to finish; null for an empty one."""
    bare = func.ST_SetSRID(shape, 0)
    if form.version == "2.1":
        return func.ST_AsGML(2, bare, digits, 0, "gml")
    marks = [_ID] if form.version == "3.2" else []
    return func.ST_AsGML(3, bare, digits, _SIMPLE_LINES, "gml", *marks)


def named(shape: Column, kind: GeometryType | None, name: Column, form: Gml) -> Column:
    """The geometry with the name of its CRS; from 3.2 on with an id for it and each of its parts, made of ``name``."""
    if form.version == "3.2":
        return _with_ids(shape, name, form.srs_name, in_parts=str(kind).startswith("Multi"))
    # the first only, which ends the geometry's own tag
    return func.regexp_replace(shape, constant(">"), constant(f' srsName="{form.srs_name}">'))


def _with_ids(shape: Column, name: Column, srs_name: str, *, in_parts: bool) -> Column:
    named = constant(f' srsName="{srs_name}" gml:id="') + name + constant('.g"')
    if not in_parts:
        return func.replace(shape, constant(_ID_MARK), named)
    found = func.unnest(func.string_to_array(shape, constant(_ID_MARK)))
    pieces = found.table_valued("piece", with_ordinality="number").render_derived(name="pieces")
    number = pieces.c.number
    part = constant(' gml:id="') + name + constant(".g.") + cast(number - 2, Text) + constant('"')
    before = case((number == 1, constant("")), (number == 2, named), else_=part)
    joined = func.string_agg(before + pieces.c.piece, aggregate_order_by(constant(""), number))
    return select(joined).select_from(pieces).scalar_subquery()
