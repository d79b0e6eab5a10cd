"""KML 2.2 for globes and phones: a placemark a feature, values typed by a schema, always longitude and latitude."""

from collections.abc import AsyncIterator, Sequence

from altaigis.domain.crs import CRS84
from altaigis.domain.extract import Batches, Extract, Form, Rows
from altaigis.domain.layer import LayerField
from altaigis.encoders.format import Format
from altaigis.encoders.xml import column, escape, lines, name_parts

#: KML's whole numbers end at 2³¹, those of a double at 2⁵³. Dates are text.
_TYPES = {"integer": "double", "number": "double", "boolean": "bool"}
#: GDAL 3.6 reads any word as 0.
_FLAGS = {"true": "1", "false": "0"}


async def encode(extract: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """A document with one placemark a feature, called by the layer's title field."""
    layer = extract.query.layer
    fields = extract.columns
    declared = "".join(_declaration(name, field, extract) for name, field in fields.items())
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document id="root">\n'
        f'<name>{escape(extract.title)}</name>\n<Schema name="{layer.id}" id="{layer.id}_schema">{declared}</Schema>\n'
    ).encode()
    async for rows in batches:
        yield _placemarks(extract, rows)
    yield b"</Document></kml>\n"


def _placemarks(extract: Extract, rows: Rows) -> bytes:
    layer = extract.query.layer
    fids, shapes, *values = zip(*rows, strict=True)
    columns = zip(extract.columns.items(), (fids, *values), strict=True)
    told = {name: _flags(cells) if field.type == "boolean" else cells for (name, field), cells in columns}
    titles = (title or fid for title, fid in zip(told.get(layer.title_field, fids), fids, strict=True))
    return lines(
        [f'<Placemark id="{layer.id}.{part}">' for part in name_parts(fids)],
        column(titles, "<name>", "</name>"),
        [f'<ExtendedData><SchemaData schemaUrl="#{layer.id}_schema">'] * len(fids),
        *(column(cells, f'<SimpleData name="{name}">', "</SimpleData>") for name, cells in told.items()),
        [f"</SchemaData></ExtendedData>{shape or ''}</Placemark>\n" for shape in shapes],
    )


def _flags(cells: Sequence[str | None]) -> list[str | None]:
    return [cell and _FLAGS[cell] for cell in cells]


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
