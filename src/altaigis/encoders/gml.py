"""GML 3.2, simple features profile: members of a wfs:FeatureCollection, as OGC API Features and WFS 2.0 have them.

PostgreSQL writes the members; here they are only placed.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from altaigis.domain.extract import Extract, Form, GeometryForm, Name, Slot, Template, Texts
from altaigis.domain.layer import GeometryType, Layer
from altaigis.domain.query import FeatureQuery
from altaigis.encoders.format import Format
from altaigis.encoders.xml import escape

MEDIA_TYPE = "application/gml+xml; version=3.2"
#: Namespace of the layers' elements; its prefix is ASCII, for QGIS knows no other.
NAMESPACE, PREFIX = "urn:altaigis:layers", "altai"
GML, WFS = "http://www.opengis.net/gml/3.2", "http://www.opengis.net/wfs/2.0"
SCHEMAS = {
    GML: "http://schemas.opengis.net/gml/3.2.1/gml.xsd",
    WFS: "http://schemas.opengis.net/wfs/2.0/wfs.xsd",
}

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


async def encode(extract: Extract, batches: Texts) -> AsyncIterator[bytes]:
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
    async for members in batches:
        yield members
    yield b"</wfs:FeatureCollection>\n"


def form(query: FeatureQuery) -> Form:
    """Members of the collection."""
    layer = query.layer
    fields = [*query.columns, *([query.geometry_field] if query.geometry_field else [])]
    elements = (Slot((name,), f"<{PREFIX}:{name}>", f"</{PREFIX}:{name}>") for name in fields)
    start, end = f'<wfs:member><{PREFIX}:{layer.id} gml:id="', f"</{PREFIX}:{layer.id}></wfs:member>\n"
    place: GeometryForm = "pos" if layer.geometry_type == "Point" else "gml"
    return Form(place, Template("gml", (start, Name.OF_FEATURE, '">', *elements, end)), between="")


def application_schema(layer: Layer, *, with_id: bool = True) -> bytes:
    """The XML Schema of a layer's elements; without its id that of features which have it elsewhere, as in GeoJSON."""
    named = f'<xsd:element name="{layer.id_field}" type="{_XSD[layer.fields[layer.id_field].type]}"/>'
    elements = [named] if with_id else []
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


FORMAT = Format("GML 3.2", MEDIA_TYPE, "gml", form, encode, follows_axes=True)
