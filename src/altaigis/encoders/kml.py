"""KML 2.2 for globes and phones: a placemark a feature, values typed by a schema, always longitude and latitude."""

from collections.abc import AsyncIterator, Sequence

from altaigis.domain.crs import CRS84
from altaigis.domain.extract import Batches, Extract, Form
from altaigis.domain.layer import LayerField
from altaigis.encoders.format import Format
from altaigis.encoders.xml import escape, name_part

#: KML's whole numbers end at 2³¹: larger ones, like dates, keep their digits as text.
_TYPES = {"number": "double", "boolean": "bool"}


async def encode(extract: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """A document with one placemark a feature, called by the layer's title field."""
    layer = extract.query.layer
    fields = extract.columns
    declared = "".join(_declaration(name, field, extract) for name, field in fields.items())
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document id="root">\n'
        f'<name>{escape(extract.title)}</name>\n<Schema name="{layer.id}" id="{layer.id}_schema">{declared}</Schema>\n'
    ).encode()
    names = list(fields)
    called = names.index(layer.title_field) if layer.title_field in fields else 0
    async for rows in batches:
        yield "".join([_placemark(layer.id, names, called, row) for row in rows]).encode()
    yield b"</Document></kml>\n"


def _placemark(layer_id: str, names: list[str], called: int, row: Sequence[str | None]) -> str:
    fid, geometry, *values = row
    cells = [fid, *values]
    data = "".join(
        f'<SimpleData name="{name}">{escape(value)}</SimpleData>'
        for name, value in zip(names, cells, strict=True)
        if value is not None
    )
    return (
        f'<Placemark id="{layer_id}.{name_part(fid or "")}"><name>{escape(cells[called] or fid or "")}</name>'
        f'<ExtendedData><SchemaData schemaUrl="#{layer_id}_schema">{data}</SchemaData></ExtendedData>'
        f"{geometry or ''}</Placemark>\n"
    )


def _declaration(name: str, field: LayerField, extract: Extract) -> str:
    title = field.title.in_(extract.language) if field.title else name
    kind = _TYPES.get(field.type, "string")
    return f'<SimpleField name="{name}" type="{kind}"><displayName>{escape(title)}</displayName></SimpleField>'


FORMAT = Format(
    title="KML",
    media_type="application/vnd.google-earth.kml+xml",
    extension="kml",
    form=Form("kml", "text"),
    encode=encode,
    only_crs=CRS84,
)
