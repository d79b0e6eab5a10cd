"""Ready-made ways to a layer: what the templates of the snippets need to know of it."""

from dataclasses import dataclass

from altaigis.api.links import Links
from altaigis.domain.layer import NUMERIC_TYPES, Layer
from altaigis.domain.text import Language


@dataclass(frozen=True)
class Addresses:
    """The real addresses of a layer on this server, and a question to it that has an answer. ``texts`` are the fields
    that a reader of tables must not take for numbers."""

    server: str
    page: str
    whole: str
    csv: str
    excel: str
    geopackage: str
    parquet: str
    definition: str | None
    texts: tuple[str, ...]
    condition: str
    selected: str
    sortby: str


def addresses(layer: Layer, links: Links, language: Language) -> Addresses:
    """For a layer with features."""
    here = ("collections", layer.id, "items")
    condition, order = _condition(layer, language), _order(layer, language)
    return Addresses(
        server=links.href().rstrip("/"),
        page=links.href(*here, limit="10000"),
        whole=links.href(*here, f="geojson"),
        csv=links.href(*here, f="csv"),
        excel=links.href(*here, f="excel"),
        geopackage=links.href(*here, f="gpkg"),
        parquet=links.href(*here, f="parquet"),
        definition=links.href("collections", layer.id, "styles", "default", f="qlr", lang=language)
        if "default" in layer.styles
        else None,
        texts=tuple(name for name, field in layer.fields.items() if field.type == "text"),
        condition=condition,
        selected=links.href(*here, filter=condition, sortby=order, limit="10"),
        sortby=order,
    )


def _condition(layer: Layer, language: Language) -> str:
    """A condition in CQL2 that fits the layer: on a code, a quantity, or whatever there is."""
    for name, field in layer.properties.items():
        if field.values:
            value = next(iter(field.values)).replace("'", "''")
            return f"{name} = '{value}'"
    for name, field in layer.properties.items():
        if field.type in NUMERIC_TYPES and field.unit:
            return f"{name} > 0"
    return f"{_name(layer, language)} IS NOT NULL"


def _order(layer: Layer, language: Language) -> str:
    quantity = (name for name, field in layer.properties.items() if field.type in NUMERIC_TYPES and field.unit)
    return next((f"-{name}" for name in quantity), _name(layer, language))


def _name(layer: Layer, language: Language) -> str:
    return f"name_{language}" if f"name_{language}" in layer.properties else layer.title_field
