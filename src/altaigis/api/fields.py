"""Fields and features as JSON Schema, with roles and units (OGC API Features Part 5)."""

import re
from collections.abc import Mapping
from typing import Any

from altaigis.api.schemas import JSON_TYPES
from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.text import Language

_ROLES: Mapping[str | None, str] = {
    "id": "id",
    "geometry": "primary-geometry",
    "time": "primary-instant",
    "time_start": "primary-interval-start",
    "time_end": "primary-interval-end",
}
#: Python's regular expressions are almost those of JSON Schema; these parts of a pattern are not.
_PYTHON_ALONE = re.compile(r"\\[AZ]|\(\?(?![:=!]|<[=!])|[*+?}]\+")


def field_schema(number: int, name: str, field: LayerField, language: Language) -> dict[str, Any]:
    """What values of a field are, and which of them there may be; rules that only warn promise nothing."""
    document: dict[str, Any] = {
        "title": field.title.in_(language) if field.title else name,
        "x-ogc-propertySeq": number,
    }
    if field.description:
        document["description"] = field.description.in_(language)
    if field.is_geometry:
        document["format"] = f"geometry-{field.type.lower()}"
    else:
        document |= JSON_TYPES[field.type]
    if field.role in _ROLES:
        document["x-ogc-role"] = _ROLES[field.role]
    if field.unit:
        document["x-ogc-unit"] = field.unit
    if field.digits is not None:
        document["altai:digits"] = field.digits
    if field.compute:
        document["readOnly"] = True
    if field.severity == "error" or field.role == "id":
        document |= _limits(field)
    if field.values:
        titles = {value: title.in_(language) for value, title in field.values.items() if title}
        document |= {"altai:titles": titles} if titles else {}
    return document


def required(layer: Layer) -> list[str]:
    """The fields that every feature has a value of."""
    return [name for name, field in layer.fields.items() if field.required or field.role == "id"]


def feature_schema(layer: Layer, fields: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """A GeoJSON feature of the layer with these schemas of its fields: all have a place there, and what has no value is
    null; links and other members may stand beside."""
    there = required(layer)
    properties = {name: fields[name] if name in there else _or_null(fields[name]) for name in layer.properties}
    place: dict[str, Any] = {"type": "null"}
    if layer.geometry_field:
        form = {"type": {"type": "string", "enum": [layer.geometry_type]}, "coordinates": {"type": "array"}}
        place = {**fields[layer.geometry_field], "type": "object", "required": list(form), "properties": form}
        place = place if layer.geometry_field in there else _or_null(place)
    return {
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": _as_text(fields[layer.id_field]),
            "geometry": place,
            "properties": {
                "type": "object",
                "required": [name for name in there if name in properties],
                "properties": properties,
                "additionalProperties": False,
            },
        },
    }


def _limits(field: LayerField) -> dict[str, Any]:
    """The values that there may be: what the rules of a load have refused is not there. JSON Schema has no word for the
    range of a date."""
    found: dict[str, Any] = {}
    for word, bound in zip(("minimum", "maximum"), field.range or (), strict=False):
        if isinstance(bound, float):
            found[word] = int(bound) if bound.is_integer() else bound
    if field.pattern and not _PYTHON_ALONE.search(field.pattern):
        # of the whole value, while JSON Schema looks for a part that matches
        found["pattern"] = f"^(?:{field.pattern})$"
    if field.values:
        found["enum"] = list(field.values)
    return found


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    found = {**schema, "type": [schema["type"], "null"]}
    return found | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def _as_text(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an id where it is a member of its own, a text whatever the type of its field."""
    of_numbers = ("format", "minimum", "maximum")
    return {**{name: value for name, value in schema.items() if name not in of_numbers}, "type": "string"}
