"""The application schema: which elements the features of a layer have, and of which types."""

from collections.abc import Sequence

from altaigis.domain.layer import Layer
from altaigis.domain.text import LANGUAGES, Text
from altaigis.encoders.gml.versions import NAMESPACE, PREFIX, GmlVersion
from altaigis.encoders.xml import element, escape

_TYPES = {
    "text": "xsd:string",
    "integer": "xsd:long",
    "number": "xsd:double",
    "boolean": "xsd:boolean",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
}


def application_schema(layers: Sequence[Layer], version: GmlVersion, *, with_id: bool = True) -> bytes:
    """The XML Schema of the features of layers; without their ids that of features which have them elsewhere, as in
    GeoJSON. Titles are told as annotations."""
    declared = "\n".join(_feature(layer, version, with_id=with_id) for layer in layers)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:gml="{version.namespace}" '
        f'xmlns:{PREFIX}="{NAMESPACE}" targetNamespace="{NAMESPACE}" elementFormDefault="qualified">\n'
        f'<xsd:import namespace="{version.namespace}" schemaLocation="{version.schema}"/>\n{declared}\n</xsd:schema>\n'
    ).encode()


def _feature(layer: Layer, version: GmlVersion, *, with_id: bool) -> str:
    kind, named = f"{layer.id}Type", layer.fields[layer.id_field]
    top = {"name": layer.id, "type": f"{PREFIX}:{kind}", "substitutionGroup": version.feature}
    fields = [_field(layer.id_field, _TYPES[named.type], named.title, optional=False)] if with_id else []
    fields += [_field(name, _TYPES[field.type], field.title) for name, field in layer.properties.items()]
    if layer.geometry_type and layer.geometry_field:
        shape = layer.fields[layer.geometry_field]
        fields.append(_field(layer.geometry_field, version.property_types[layer.geometry_type], shape.title))
    return (
        f"{element('xsd:element', top, _annotation(layer.title))}\n"
        f'<xsd:complexType name="{kind}"><xsd:complexContent><xsd:extension base="gml:AbstractFeatureType">'
        "<xsd:sequence>\n" + "\n".join(fields) + "\n</xsd:sequence></xsd:extension></xsd:complexContent>"
        "</xsd:complexType>"
    )


def _field(name: str, kind: str, title: Text | None, *, optional: bool = True) -> str:
    # OWSLib takes for required what is not nillable
    beside = {"minOccurs": 0, "nillable": "true"} if optional else {}
    return element("xsd:element", {"name": name, "type": kind, **beside}, *([_annotation(title)] if title else []))


def _annotation(title: Text) -> str:
    texts = [element("xsd:documentation", {"xml:lang": name}, escape(title.in_(name))) for name in LANGUAGES]
    return element("xsd:annotation", {}, *texts)
