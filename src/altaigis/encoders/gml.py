"""GML 3.2, simple features profile: members of a wfs:FeatureCollection, as OGC API Features and WFS 2.0 have them.

PostGIS writes the geometry; here it gets its ids and the name of its CRS.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from altaigis.domain.extract import Batches, Extract, Form, Rows
from altaigis.domain.layer import GeometryType, Layer
from altaigis.encoders.format import Format
from altaigis.encoders.xml import column, escape, lines, name_parts

MEDIA_TYPE = "application/gml+xml; version=3.2"
#: Namespace of the layers' elements; its prefix is ASCII, for QGIS knows no other.
NAMESPACE, PREFIX = "urn:altaigis:layers", "altai"
GML, WFS = "http://www.opengis.net/gml/3.2", "http://www.opengis.net/wfs/2.0"
SCHEMAS = {
    GML: "http://schemas.opengis.net/gml/3.2.1/gml.xsd",
    WFS: "http://schemas.opengis.net/wfs/2.0/wfs.xsd",
}
_ID_MARK = ' gml:id="_"'

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
    async for rows in batches:
        yield _members(extract, rows)
    yield b"</wfs:FeatureCollection>\n"


def _members(extract: Extract, rows: Rows) -> bytes:
    layer = extract.query.layer
    fids, shapes, *values = zip(*rows, strict=True)
    ids = [f"{layer.id}.{part}" for part in name_parts(fids)]
    srs = f' srsName="{escape(extract.query.crs.urn)}" gml:id='
    start, end = _tags(layer.geometry_field or "")
    first, last = f'<wfs:member><{PREFIX}:{layer.id} gml:id="', f"</{PREFIX}:{layer.id}></wfs:member>\n"
    return lines(
        [f'{first}{name}">' for name in ids],
        column(fids, *_tags(layer.id_field)),
        *(column(told, *_tags(name)) for name, told in zip(extract.properties, values, strict=True)),
        [
            f"{start}{_geometry(shape, name, srs)}{end}{last}" if shape else last
            for name, shape in zip(ids, shapes, strict=True)
        ],
    )


def _geometry(shape: str, name: str, srs: str) -> str:
    """The geometry with the name of its CRS, and an id of its own for each of its parts."""
    named = shape.replace(_ID_MARK, f'{srs}"{name}.g"', 1)
    if _ID_MARK not in named:
        return named
    first, *others = named.split(_ID_MARK)
    return first + "".join(f' gml:id="{name}.g.{number}"{other}' for number, other in enumerate(others, 1))


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


def _tags(name: str) -> tuple[str, str]:
    return f"<{PREFIX}:{name}>", f"</{PREFIX}:{name}>"


FORMAT = Format("GML 3.2", MEDIA_TYPE, "gml", Form("gml", "text"), encode, follows_axes=True)
