"""Statements that read features. PostgreSQL writes the JSON; nothing builds it a second time."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Select,
    Table,
    Text,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
)

from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.query import FeatureQuery
from altaigis.store.order import behind, cursor, ordering
from altaigis.store.where import condition

#: Decimals of a degree in GeoJSON: 7 are a centimetre.
COORDINATE_DIGITS = 7


def features(query: FeatureQuery, table: Table) -> Select[Any]:
    """Rows (fid, geometry, properties) of one page and one more, which tells whether there is a next page; a sorted
    page's rows end with their cursor."""
    page = _features(query, table).where(condition(query, table), behind(query, table))
    if query.order:
        page = page.add_columns(cursor(query, table))
    return page.order_by(*ordering(query, table)).limit(query.limit + 1)


def one_feature(layer: Layer, table: Table, fid: str | int) -> Select[Any]:
    """The row (fid, geometry, properties) of one feature."""
    return _features(FeatureQuery(layer), table).where(table.c[layer.id_field] == fid)


def count(query: FeatureQuery, table: Table) -> Select[Any]:
    """How many features the query selects on all pages."""
    return select(func.count()).select_from(table).where(condition(query, table))


def _features(query: FeatureQuery, table: Table) -> Select[Any]:
    layer, told = query.layer, query.told
    geometry = (
        null()
        if layer.geometry_field is None or not query.geometry
        else func.ST_AsGeoJSON(table.c[layer.geometry_field], COORDINATE_DIGITS, 0)
    )
    # A row of its own for the properties, in their order, is what PostgreSQL writes as JSON in one go
    properties = (
        select(*(_written(table.c[name], field) for name, field in layer.properties.items() if name in told))
        .correlate(table)
        .lateral("_properties")
    )
    written = func.row_to_json(properties.table_valued()) if told else literal("{}")
    columns = (
        cast(table.c[layer.id_field], Text).label("fid"),
        geometry.label("geometry"),
        cast(written, Text).label("properties"),
    )
    source = table.join(properties, true()) if told else table
    return select(*columns).select_from(source)


def _written(column: ColumnElement[Any], field: LayerField) -> ColumnElement[Any]:
    """The column as JSON shall have it: a number keeps its decimal point even where it is whole.

    QGIS and GDAL guess a field's type from the first features: ten times 12279 instead of 12279.0, and they cut the
    decimals off all others.
    """
    if field.type != "number":
        return column
    # By its text a double becomes exactly the decimal that PostgreSQL writes for it; a cast keeps 15 digits only
    return (cast(cast(column, Text), Numeric) + literal_column("0.0")).label(column.key)
