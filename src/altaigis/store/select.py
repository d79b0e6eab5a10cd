"""Statements that read features. PostgreSQL writes the JSON; nothing builds it a second time."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Numeric,
    Select,
    Text,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
)

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.extract import Form, GeometryForm
from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.query import FeatureQuery
from altaigis.store.order import behind, cursor, ordering
from altaigis.store.schema import SINCE, STORAGE_SRID
from altaigis.store.where import condition

#: Decimals of a centimetre: in degrees, and in metres.
DEGREE_DIGITS, METRE_DIGITS = 7, 2

#: How PostGIS writes a geometry with so many decimals.
_WRITERS: Mapping[GeometryForm, Callable[[ColumnElement[Any], int], ColumnElement[Any]]] = {
    "geojson": lambda shape, digits: func.ST_AsGeoJSON(shape, digits, 0),
    "wkt": lambda shape, digits: func.ST_AsText(shape, digits),
    "wkb": lambda shape, _: func.ST_AsBinary(shape, "NDR"),
    # Without a name of the CRS and with a mark for ids: PostGIS would give one id to all parts of a geometry.
    # Option 4: LineString and not Curve
    "gml": lambda shape, digits: func.ST_AsGML(3, func.ST_SetSRID(shape, 0), digits, 4, "gml", "_"),
    "kml": lambda shape, digits: func.ST_AsKML(shape, digits),
}
_AXES_OF_THE_CRS = ("geojson", "gml")
_GEOJSON = Form("geojson", "json")


def features(query: FeatureQuery, table: FromClause, form: Form = _GEOJSON) -> Select[Any]:
    """Rows (fid, geometry, properties…) of one page and one more, which tells whether there is a next page; a sorted
    page's rows end with their cursor."""
    page = _features(query, table, form).where(condition(query, table), behind(query, table))
    if query.order:
        page = page.add_columns(cursor(query, table))
    return page.order_by(*ordering(query, table)).limit(query.limit + 1)


def one_feature(layer: Layer, table: FromClause, fid: str | int, crs: Crs = CRS84) -> Select[Any]:
    """The row (fid, geometry, properties, version) of one feature; the version is null where the layer has none."""
    version = (table.c[SINCE] if layer.editable else null()).label("version")
    one = _features(FeatureQuery(layer, crs=crs), table, _GEOJSON).where(table.c[layer.id_field] == fid)
    return one.add_columns(version)


def count(query: FeatureQuery, table: FromClause) -> Select[Any]:
    """How many features the query selects on all pages."""
    return select(func.count()).select_from(table).where(condition(query, table))


def _features(query: FeatureQuery, table: FromClause, form: Form) -> Select[Any]:
    geometry = _geometry(query, table, form).label("geometry")
    told = {name: query.layer.properties[name] for name in query.told}
    key = table.c[query.layer.id_field]
    if form.values == "typed":
        return select(key.label("fid"), geometry, *(table.c[name] for name in told))
    fid = cast(key, Text).label("fid")
    if form.values == "text":
        return select(fid, geometry, *(_as_text(table.c[name], field) for name, field in told.items()))
    # A row of its own for the properties, in their order, is what PostgreSQL writes as JSON in one go
    properties = (
        select(*(_written(table.c[name], field) for name, field in told.items()))
        .correlate(table)
        .lateral("_properties")
    )
    written = func.row_to_json(properties.table_valued()) if told else literal("{}")
    source = table.join(properties, true()) if told else table
    if form.values == "feature":
        parts = ('{"type":"Feature","id":', func.to_json(fid), ',"geometry":', func.coalesce(geometry, "null"))
        whole: ColumnElement[Any] = func.concat(*parts, ',"properties":', written, "}")
        return select(fid, whole).select_from(source)
    return select(fid, geometry, cast(written, Text).label("properties")).select_from(source)


def _geometry(query: FeatureQuery, table: FromClause, form: Form) -> ColumnElement[Any]:
    name, crs = query.layer.geometry_field, query.crs
    if name is None or not query.geometry:
        return null()
    shape: ColumnElement[Any] = table.c[name]
    if crs.srid != STORAGE_SRID:
        shape = func.ST_Transform(shape, crs.srid)
    if crs.axis_swapped and form.geometry in _AXES_OF_THE_CRS:
        shape = func.ST_FlipCoordinates(shape)
    return _WRITERS[form.geometry](shape, DEGREE_DIGITS if crs.is_geographic else METRE_DIGITS)


def _as_text(column: ColumnElement[Any], field: LayerField) -> ColumnElement[Any]:
    if field.type in ("date", "datetime"):
        # The cast of a date follows a setting of the database; its JSON never does
        return func.to_json(column).op("#>>")(literal_column("'{}'")).label(column.key)
    return cast(column, Text).label(column.key)


def _written(column: ColumnElement[Any], field: LayerField) -> ColumnElement[Any]:
    """The column as JSON shall have it: a number keeps its decimal point even where it is whole.

    QGIS and GDAL guess a field's type from the first features: ten times 12279 instead of 12279.0, and they cut the
    decimals off all others.
    """
    if field.type != "number":
        return column
    # By its text a double becomes exactly the decimal that PostgreSQL writes for it; a cast keeps 15 digits only
    return (cast(cast(column, Text), Numeric) + literal_column("0.0")).label(column.key)
