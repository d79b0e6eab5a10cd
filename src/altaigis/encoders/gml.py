"""GML 3.2, simple features profile: members of a wfs:FeatureCollection, as OGC API Features and WFS 2.0 have them.

PostGIS writes the geometry; here it gets its ids and the name of its CRS.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from altaigis.domain.extract import Batches, Extract, Form
from altaigis.domain.layer import GeometryType, Layer
from altaigis.encoders.format import Format
from altaigis.encoders.xml import escape, name_part

MEDIA_TYPE = "application/gml+xml; version=3.2"
#: Namespace of the layers' elements; its prefix is ASCII, for QGIS knows no other.
NAMESPACE, PREFIX = "urn:altaigis:layers", "altai"
GML, WFS = "http://www.opengis.net/gml/3.2", "http://www.opengis.net/wfs/2.0"
SCHEMAS = {
    GML: "http://schemas.opengis.net/gml/3.2.1/gml.xsd",
    WFS: "http://schemas.opengis.net/wfs/2.0/wfs.xsd",
}
_ID_MARK = 'gml:id="_"'

#: Types of elements in the application schema.
_XSD = {
    "text": "xsd:string",
    "integer": "xsd:long",
    "number": "xsd:double",
    "boolean": "xsd:boolean",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
}
_PROPERTY_TYPES: dict[GeometryType, str] = {
    "Point": "gml:PointPropertyType",
    "MultiPoint": "gml:MultiPointPropertyType",
    "LineString": "gml:CurvePropertyType",
    "MultiLineString": "gml:MultiCurvePropertyType",
    "Polygon": "gml:SurfacePropertyType",
    "MultiPolygon": "gml:MultiSurfacePropertyType",
}


async def encode(extract: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """A FeatureCollection that names the application schema of its members."""
    where = {**SCHEMAS, NAMESPACE: f"{extract.href}/schema?f=xsd"}
    locations = escape(" ".join(f"{namespace} {location}" for namespace, location in where.items()))
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<wfs:FeatureCollection xmlns:wfs="{WFS}" xmlns:gml="{GML}" xmlns:{PREFIX}="{NAMESPACE}" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{locations}" '
        f'timeStamp="{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}" '
        f'numberMatched="{extract.matched}" numberReturned="{extract.returned}">\n'
    ).encode()
    write = member(extract)
    async for rows in batches:
        yield "".join([f"<wfs:member>{write(row)}</wfs:member>\n" for row in rows]).encode()
    yield b"</wfs:FeatureCollection>\n"


class member:  # noqa: N801  (a function of a row that is made for a layer)
    """Writes rows of a layer as elements."""

    def __init__(self, extract: Extract) -> None:
        layer = extract.query.layer
        self._id = f"{layer.id}."
        self._open, self._close = f"<{PREFIX}:{layer.id} gml:id=", f"</{PREFIX}:{layer.id}>"
        self._srs = f' srsName="{escape(extract.query.crs.urn)}" gml:id='
        self._key = _tags(layer.id_field)
        self._shape = _tags(layer.geometry_field or "")
        self._values = [(*_tags(name), field.type == "text") for name, field in extract.properties.items()]

    def __call__(self, row: Sequence[str | None]) -> str:
        fid, geometry, *values = row
        assert fid is not None, "every feature has an id"
        name = self._id + name_part(fid)
        parts = [self._open, f'"{name}">', self._key[0], escape(fid), self._key[1]]
        for (start, end, is_text), value in zip(self._values, values, strict=True):
            if value is not None:
                parts += (start, escape(value) if is_text else value, end)
        if geometry:
            parts += (self._shape[0], self._geometry(geometry, name), self._shape[1])
        parts.append(self._close)
        return "".join(parts)

    def _geometry(self, geometry: str, name: str) -> str:
        head, first, *others = geometry.split(_ID_MARK)
        parts = [f'{head.rstrip(" ")}{self._srs}"{name}.g"{first}']
        parts += [f'gml:id="{name}.g.{number}"{other}' for number, other in enumerate(others, 1)]
        return "".join(parts)


def application_schema(layer: Layer) -> bytes:
    """The XML Schema of a layer's elements."""
    elements = [f'<xsd:element name="{layer.id_field}" type="{_XSD[layer.fields[layer.id_field].type]}"/>']
    elements += [
        f'<xsd:element name="{name}" type="{_XSD[field.type]}" minOccurs="0"/>'
        for name, field in layer.properties.items()
    ]
    if layer.geometry_type:
        kind = _PROPERTY_TYPES[layer.geometry_type]
        elements.append(f'<xsd:element name="{layer.geometry_field}" type="{kind}" minOccurs="0"/>')
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:gml="{GML}" xmlns:{PREFIX}="{NAMESPACE}" '
        f'targetNamespace="{NAMESPACE}" elementFormDefault="qualified">\n'
        f'<xsd:import namespace="{GML}" schemaLocation="{SCHEMAS[GML]}"/>\n'
        f'<xsd:element name="{layer.id}" type="{PREFIX}:{layer.id}Type" substitutionGroup="gml:AbstractFeature"/>\n'
        f'<xsd:complexType name="{layer.id}Type"><xsd:complexContent><xsd:extension base="gml:AbstractFeatureType">'
        "<xsd:sequence>\n" + "\n".join(elements) + "\n</xsd:sequence></xsd:extension></xsd:complexContent>"
        "</xsd:complexType>\n</xsd:schema>\n"
    ).encode()


def _tags(name: str) -> tuple[str, str]:
    return f"<{PREFIX}:{name}>", f"</{PREFIX}:{name}>"


FORMAT = Format("GML 3.2", MEDIA_TYPE, "gml", Form("gml", "text"), encode, follows_axes=True)
