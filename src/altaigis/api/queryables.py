"""What features can be asked by: queryables (OGC API Features Part 3) and sortables (Part 5)."""

from typing import Any

from fastapi import APIRouter, Request, Response

from altaigis.api import html, openapi, respond
from altaigis.api.fields import field_schema
from altaigis.api.links import Links
from altaigis.api.negotiation import HTML, RESOURCE, SCHEMA, parameters, wanted_format, wanted_language
from altaigis.api.state import Services
from altaigis.domain.layer import Layer
from altaigis.domain.text import Language

router = APIRouter(tags=["Data"])


@router.get(
    "/collections/{collection_id}/queryables",
    summary="Properties that filters may use",
    openapi_extra=openapi.operation((SCHEMA, HTML), schema="Schema"),
)
def queryables(request: Request, services: Services, collection_id: str) -> Response:
    layer = services.catalog.layer(collection_id, "vector", "table")
    return _answer(request, layer, "queryables", list(layer.fields))


@router.get(
    "/collections/{collection_id}/sortables",
    summary="Properties that features can be sorted by",
    openapi_extra=openapi.operation((SCHEMA, HTML), schema="Schema"),
)
def sortables(request: Request, services: Services, collection_id: str) -> Response:
    layer = services.catalog.layer(collection_id, "vector", "table")
    return _answer(request, layer, "sortables", [name for name in layer.fields if name != layer.geometry_field])


def _answer(request: Request, layer: Layer, kind: str, names: list[str]) -> Response:
    parameters(request)
    language = wanted_language(request)
    document: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": Links(request).href("collections", layer.id, kind),
        "type": "object",
        "title": layer.title.in_(language),
        "properties": {name: _property(layer, name, language) for name in names},
        "additionalProperties": False,
    }
    if wanted_format(request, RESOURCE | {"json": SCHEMA}) == "html":
        return html.page(request, "resource.html", heading=layer.title.in_(language), document=document)
    return respond.json(request, document, SCHEMA)


def _property(layer: Layer, name: str, language: Language) -> dict[str, Any]:
    field = layer.fields[name]
    document = field_schema(list(layer.fields).index(name) + 1, name, field, language)
    if field.is_geometry:
        # QGIS knows a geometry by this reference
        document["$ref"] = f"https://geojson.org/schema/{field.type}.json"
        del document["format"]
    return document
