"""KML 2.2 for globes and phones: a placemark a feature, values typed by a schema, always longitude and latitude."""

from collections.abc import AsyncIterator

from altaigis.domain.crs import CRS84
from altaigis.domain.extract import Extract, Form, Name, Slot, Template, Texts
from altaigis.domain.layer import LayerField
from altaigis.domain.query import FeatureQuery
from altaigis.encoders.format import Format
from altaigis.encoders.xml import escape

#: KML's whole numbers end at 2³¹, those of a double at 2⁵³. Dates are text.
_TYPES = {"integer": "double", "number": "double", "boolean": "bool"}


async def encode(extract: Extract, batches: Texts) -> AsyncIterator[bytes]:
    """A document with one placemark a feature, called by the layer's title field."""
    layer = extract.query.layer
    fields = extract.columns
    declared = "".join(_declaration(name, field, extract) for name, field in fields.items())
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document id="root">\n'
        f'<name>{escape(extract.title)}</name>\n<Schema name="{layer.id}" id="{layer.id}_schema">{declared}</Schema>\n'
    ).encode()
    async for placemarks in batches:
        yield placemarks
    yield b"</Document></kml>\n"


def form(query: FeatureQuery) -> Form:
    """Placemarks, called by their title, or else by their id."""
    layer = query.layer
    called = tuple(dict.fromkeys(name for name in (layer.title_field, layer.id_field) if name in query.columns))
    values = (Slot((name,), f'<SimpleData name="{name}">', "</SimpleData>") for name in query.columns)
    parts: tuple[str | Name | Slot, ...] = (
        '<Placemark id="',
        Name.OF_FEATURE,
        '">',
        Slot(called, "<name>", "</name>"),
        f'<ExtendedData><SchemaData schemaUrl="#{layer.id}_schema">',
        *values,
        "</SchemaData></ExtendedData>",
        *([Slot((query.geometry_field,))] if query.geometry_field else []),
        "</Placemark>\n",
    )
    return Form("kml", Template("kml", parts), between="")


def _declaration(name: str, field: LayerField, extract: Extract) -> str:
    title = field.title.in_(extract.language) if field.title else name
    kind = _TYPES.get(field.type, "string")
    return f'<SimpleField name="{name}" type="{kind}"><displayName>{escape(title)}</displayName></SimpleField>'


FORMAT = Format(
    title="KML",
    media_type="application/vnd.google-earth.kml+xml",
    extension="kml",
    form=form,
    encode=encode,
    only_crs=CRS84,
)
