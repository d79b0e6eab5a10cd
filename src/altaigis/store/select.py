"""Statements that read features. PostgreSQL writes the JSON; nothing builds it a second time."""

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Function,
    Integer,
    Numeric,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.sql.elements import Grouping

from altaigis.domain.extract import Form, GeometryForm, Gml, Name, Slot, Template
from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.query import FeatureQuery, View
from altaigis.store import gml, quoting
from altaigis.store.order import Place, behind, cursor, ordering
from altaigis.store.quoting import constant
from altaigis.store.schema import LEVEL_SRID, SHOWN, SINCE, STORAGE_SRID
from altaigis.store.where import condition

#: Decimals of a centimetre: in degrees, and in metres.
DEGREE_DIGITS, METRE_DIGITS = 7, 2

#: How PostGIS writes a geometry with so many decimals.
_WRITERS: Mapping[GeometryForm, Callable[[ColumnElement[Any], int], ColumnElement[Any]]] = {
    "geojson": lambda shape, digits: func.ST_AsGeoJSON(shape, digits, 0),
    "wkt": lambda shape, digits: func.ST_AsText(shape, digits),
    "xy": lambda shape, digits: _position(shape, digits),
    "pos": lambda shape, digits: _position(shape, digits),
    "coordinates": lambda shape, digits: func.replace(_position(shape, digits), constant(" "), constant(",")),
    "wkb": lambda shape, _: func.ST_AsBinary(shape, "NDR"),
    "kml": lambda shape, digits: func.ST_AsKML(shape, digits),
}
_AXES_OF_THE_CRS = ("geojson", "pos", "coordinates")
GEOJSON = Form("geojson", "json")
#: The features of a page, as a FeatureCollection has them.
PAGE = Form("geojson", "feature", between=",")
#: Constant texts and columns, one behind the other.
Parts = Sequence[str | ColumnElement[Any]]
#: Of a row in its page, from 1.
_NUMBER = "_number"
#: What a template may need of a row more than once: its name in XML, whether its texts need a look, its geometry.
_NAME, _SPECIAL, _SHAPE = "_name", "_special", "_shape"
#: No more features than these are counted beside a page.
COUNTED = 5000

#: How many features a page has: bound when a statement runs, like the id of a single feature.
LIMIT, FID = bindparam("limit", type_=Integer), "fid"
#: How many features are skipped before them.
OFFSET = bindparam("offset", type_=Integer)


def features(query: FeatureQuery, place: Place, table: FromClause, form: Form = GEOJSON) -> Select[Any]:
    """Rows (fid, geometry, properties…) of one page and one more, which tells whether there is a next page; a sorted
    page's rows end with their cursor. In the form of a template they are (fid, text)."""
    if isinstance(form.values, Template):
        page = _page(query, _paged(_told(query, table), query, place, table), form, numbered=True)
        texts = select(_fid(query, page), _text(query, page, form)).order_by(page.c[_NUMBER])
        return texts.add_columns(cursor(query, page)) if query.order else texts
    rows = _features(query, table, form)
    if query.order:
        rows = rows.add_columns(cursor(query, table))
    return _paged(rows, query, place, table)


def places(query: FeatureQuery, place: Place, table: FromClause) -> Select[Any]:
    """Rows (fid) of one page and one more, or (fid, cursor) of a sorted one."""
    columns = [_fid(query, table), *([cursor(query, table)] if query.order else [])]
    return _paged(select(*columns), query, place, table)


def end(query: FeatureQuery, place: Place, table: FromClause) -> Select[Any]:
    """The last row of a page as :func:`places` has it, and one more if there is one."""
    return places(query, place, table).offset(LIMIT - 1).limit(2)


def collection(query: FeatureQuery, place: Place, table: FromClause, form: Form = PAGE) -> Select[Any]:
    """One row for a whole page: its features in UTF-8 one behind the other, the number of rows that there are up to the
    first of the next page, where this page ends, and how many values are absent in the form of a shorthand.

    The rows are found and numbered first and written afterwards: what is sorted and counted is small.
    """
    page = _page(query, _paged(_told(query, table), query, place, table), form, numbered=True)
    shown = page.c[_NUMBER] <= LIMIT
    end = cursor(query, page) if query.order else _fid(query, page)
    return select(
        func.convert_to(_joined(query, page, form).filter(shown), constant("UTF8")),
        func.count(),
        func.max(end).filter(page.c[_NUMBER] == LIMIT),
        func.sum(_absent(query, page, form)).filter(shown),
    )


def counted_collection(query: FeatureQuery, table: FromClause, form: Form = PAGE) -> Select[Any]:
    """The same of the first page, and behind it the number of features on all pages; where that is :data:`COUNTED`,
    there may be more of them, and other ones on the page."""
    hits = _told(query, table).where(condition(query, table)).limit(COUNTED).cte("_hits")
    matched = select(func.count()).select_from(hits).scalar_subquery()
    rows = select(hits).order_by(*ordering(query, hits)).limit(LIMIT)
    # the last of a page that is ordered by ids has the largest of them
    page = _page(query, rows, form, numbered=bool(query.order))
    end = func.max(cursor(query, page)).filter(page.c[_NUMBER] == LIMIT) if query.order else func.max(_key(query, page))
    return select(
        func.convert_to(_joined(query, page, form), constant("UTF8")),
        func.least(matched, LIMIT + 1),
        cast(end, Text),
        func.sum(_absent(query, page, form)),
        matched,
    )


def _joined(query: FeatureQuery, page: FromClause, form: Form) -> Function[Any]:
    """The texts of all rows as one."""
    return func.string_agg(_text(query, page, form), constant(form.between or ""))


def one_feature(layer: Layer, table: FromClause, view: View) -> Select[Any]:
    """The row (fid, geometry, properties, version) of one feature; the version is null where the layer has none."""
    key = table.c[layer.id_field]
    version = (table.c[SINCE] if layer.editable else null()).label("version")
    one = _features(FeatureQuery(layer, crs=view.crs), table, GEOJSON).where(key == bindparam(FID, type_=key.type))
    return one.add_columns(version)


def count(query: FeatureQuery, table: FromClause) -> Select[Any]:
    """How many features the query selects on all pages."""
    return select(func.count()).select_from(table).where(condition(query, table))


def _told(query: FeatureQuery, table: FromClause) -> Select[Any]:
    """Rows of what features are written of and ordered by."""
    names = {query.layer.id_field, query.layer.geometry_field, SHOWN, *query.told, *(key.field for key in query.order)}
    return select(*(column for column in table.columns if column.name in names))


def _page(query: FeatureQuery, rows: Select[Any], form: Form, *, numbered: bool) -> FromClause:
    """The rows of a page with what their texts are made of, and each with its number, if that is wanted."""
    first = rows.subquery("_rows")
    number = [func.row_number().over().label(_NUMBER)] if numbered else []
    return select(first, *number, *_shared(query, first, form)).subquery("_page")


def _paged(rows: Select[Any], query: FeatureQuery, place: Place, table: FromClause) -> Select[Any]:
    """Those of the rows that a page has, and one more."""
    found = rows.where(condition(query, table), behind(query, place, table))
    found = found.order_by(*ordering(query, table)).limit(LIMIT + 1)
    if not query.offset:
        return found
    if query.where is not None or query.order or place is not None:
        return found.offset(OFFSET)
    # The index alone tells where the page begins; what is skipped would be read otherwise
    skipped = table.alias("_skipped").c[query.layer.id_field]
    begin = select(skipped).order_by(skipped).offset(OFFSET).limit(1).scalar_subquery()
    return found.where(table.c[query.layer.id_field] >= begin)


def _features(query: FeatureQuery, table: FromClause, form: Form) -> Select[Any]:
    key, fid = table.c[query.layer.id_field], _fid(query, table).label("fid")
    if form.values == "feature":
        return select(fid, _feature(query, table).label("feature"))
    geometry = _geometry(query, table, form).label("geometry")
    if form.values == "typed":
        return select(key.label("fid"), geometry, *(table.c[name] for name in query.told))
    return select(fid, geometry, _concatenated(_properties(query, table)).label("properties"))


def _shared(query: FeatureQuery, table: FromClause, form: Form) -> Sequence[ColumnElement[Any]]:
    """What the text of a feature needs more than once, worked out once."""
    if not isinstance(form.values, Template):
        return []
    layer, key = query.layer, query.layer.id_field
    name = quoting.xml_name(layer.id, table.c[key], layer.fields[key].type).label(_NAME)
    shape = _geometry(query, table, form).label(_SHAPE)
    if form.values.quoting == "marked":
        return [name, shape]
    texts = [table.c[name] for name, field in query.columns.items() if field.type == "text"]
    return [name, quoting.special(texts, form.values.quoting).label(_SPECIAL), shape]


def _absent(query: FeatureQuery, table: FromClause, form: Form) -> ColumnElement[Any]:
    """How many of a feature's values are absent, where a character stands for them."""
    if not isinstance(form.values, Template) or form.values.quoting != "marked":
        return literal_column("0", Integer)
    fields = [part.fields[-1] for part in form.values.parts if isinstance(part, Slot)]
    if not fields:
        return literal_column("0", Integer)
    return func.num_nulls(*(table.c[_SHAPE if name == query.layer.geometry_field else name] for name in fields))


def _text(query: FeatureQuery, table: FromClause, form: Form) -> ColumnElement[Any]:
    """A whole feature as text."""
    if not isinstance(form.values, Template):
        return _feature(query, table)
    parts: list[str | ColumnElement[Any]] = []
    for part in form.values.parts:
        if isinstance(part, Slot):
            parts += _filled(part, query, table, form)
        else:
            parts.append(table.c[_NAME] if isinstance(part, Name) else part)
    return _concatenated(parts)


def _filled(slot: Slot, query: FeatureQuery, table: FromClause, form: Form) -> Parts:
    values = [_value(name, query, table, form) for name in slot.fields]
    *others, last = values
    value = func.coalesce(*(func.nullif(other, constant("")) for other in others), last) if others else last
    before = [table.c[_NAME] if isinstance(part, Name) else part for part in slot.opening]
    if slot.fields[-1] == query.layer.id_field:
        return [*before, value, slot.after]
    whole = _concatenated([*before, value, slot.after]) if slot.before or slot.after else value
    return [func.coalesce(whole, constant(slot.absent))]


def _value(name: str, query: FeatureQuery, table: FromClause, form: Form) -> ColumnElement[Any]:
    """A field as it stands in a template."""
    assert isinstance(form.values, Template)
    written = form.values.quoting
    if name != query.layer.geometry_field:
        value, kind = table.c[name], query.layer.fields[name].type
        text = quoting.quoted(value, kind, written)
        return case((table.c[_SPECIAL], text), else_=value) if _SPECIAL in table.c and kind == "text" else text
    shape = table.c[_SHAPE]
    match form.geometry:
        case "wkt":
            return quoting.quoted(shape, "text", written)
        case "xy":
            return quoting.cells(shape, written)
        case Gml() as markup:
            return gml.named(shape, query.layer.geometry_type, table.c[_NAME], markup)
    return shape


def _feature(query: FeatureQuery, table: FromClause) -> ColumnElement[Any]:
    """A whole GeoJSON feature."""
    fid, kind = _fid(query, table), query.layer.fields[query.layer.id_field].type
    members: dict[str, Parts] = {
        "type": ['"Feature"'],
        # Nothing in a number has to be escaped
        "id": ['"', fid, '"'] if kind == "integer" else [_json(fid)],
        "geometry": [func.coalesce(_geometry(query, table, GEOJSON), constant("null"))],
        "properties": _properties(query, table),
    }
    return _concatenated(_object(members))


def _position(point: ColumnElement[Any], digits: int) -> ColumnElement[Any]:
    """Coordinates and nothing else, which is what X3D has for a point; null for an empty one. PostGIS takes three times
    as long for an element around them."""
    return func.nullif(func.ST_AsX3D(point, digits), constant(""))


def _properties(query: FeatureQuery, table: FromClause) -> Parts:
    values = {name: _written(table.c[name], field) for name, field in query.fields.items()}
    return _object({name: [func.coalesce(value, constant("null"))] for name, value in values.items()})


def _key(query: FeatureQuery, table: FromClause) -> ColumnElement[Any]:
    return table.c[query.layer.id_field]


def _fid(query: FeatureQuery, table: FromClause) -> ColumnElement[str]:
    return cast(_key(query, table), Text)


def _object(members: Mapping[str, Parts]) -> Parts:
    """A JSON object of members that are JSON already. PostgreSQL's own functions for it take twice the time."""
    parts: list[str | ColumnElement[Any]] = []
    for name, value in members.items():
        parts += [f'{"," if parts else ""}"{name}":', *value]
    return ["{", *parts, "}"]


def _concatenated(parts: Parts) -> ColumnElement[Any]:
    """The parts as one text. What is constant stands together: each part costs time in each row."""
    written: list[ColumnElement[Any]] = []
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
        else:
            written += [constant(text), part] if text else [part]
            text = ""
    return Grouping(reduce(operator.add, [*written, constant(text)]))


def _json(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(func.to_json(column), Text)


def _geometry(query: FeatureQuery, table: FromClause, form: Form) -> ColumnElement[Any]:
    name, crs = query.layer.geometry_field, query.crs
    if name is None or not query.geometry:
        return null()
    shape: ColumnElement[Any]
    shape, srid = (table.c[SHOWN], LEVEL_SRID) if SHOWN in table.c else (table.c[name], STORAGE_SRID)
    if crs.srid != srid:
        shape = func.ST_Transform(shape, crs.srid)
    written, digits = form.geometry, DEGREE_DIGITS if crs.is_geographic else METRE_DIGITS
    if query.decimals is not None:
        digits = min(digits, query.decimals)
    if crs.axis_swapped and (isinstance(written, Gml) or written in _AXES_OF_THE_CRS):
        shape = func.ST_FlipCoordinates(shape)
    if isinstance(written, Gml):
        return gml.written(shape, digits, written)
    return _WRITERS[written](shape, digits)


def _written(column: ColumnElement[Any], field: LayerField) -> ColumnElement[Any]:
    """The column as JSON shall have it: a number keeps its decimal point even where it is whole.

    QGIS and GDAL guess a field's type from the first features: ten times 12279 instead of 12279.0, and they cut the
    decimals off all others.
    """
    if field.type in ("integer", "boolean"):
        # their texts are JSON, without the way through it
        return cast(column, Text)
    if field.type != "number":
        return _json(column)
    # By its text a double becomes exactly the decimal that PostgreSQL writes for it; a cast keeps 15 digits only
    return _json(cast(cast(column, Text), Numeric) + literal_column("0.0"))
