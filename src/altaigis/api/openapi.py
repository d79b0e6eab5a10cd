"""The OpenAPI 3.0 document.

FastAPI knows the paths; the parameters are declared here, once, in ``components``: QGIS reads its page size from
``components.parameters.limit`` and finds none where a framework writes parameters in line.
"""

from typing import Any

from fastapi import FastAPI

from altaigis.api import observations
from altaigis.filters.params import DEFAULT_LIMIT, MAX_LIMIT

PARAMETERS: dict[str, dict[str, Any]] = {
    "limit": {
        "description": "Features on a page; more than the maximum is served as the maximum.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    },
    "bbox": {
        "description": "Only features that share a point with the box west,south,east,north (degrees); "
        "with six numbers the heights are ignored.",
        "schema": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
    },
    "datetime": {
        "description": "A time or an interval (RFC 3339, '..' for open). Features without a time match every one.",
        "schema": {"type": "string"},
    },
    "after": {
        "description": "Id of the last feature of the page before; links with rel=next carry it.",
        "schema": {"type": "string"},
    },
    "f": {"description": "Format of the answer; beats the Accept header.", "schema": {"type": "string"}},
    "lang": {
        "description": "Language of titles and descriptions.",
        "schema": {"type": "string", "enum": ["ru", "en"]},
    },
    "q": {
        "description": "A part of a name in Russian or English.",
        "schema": {"type": "string"},
        "required": True,
    },
    "lon": {"description": "Longitude in degrees.", "schema": {"type": "number"}, "required": True},
    "lat": {"description": "Latitude in degrees.", "schema": {"type": "number"}, "required": True},
}
PATH_PARAMETERS = {
    "collection_id": "Id of a collection, as /collections lists them.",
    "layer_id": "Id of a layer, as /collections lists them.",
    "feature_id": "Id of a feature of the collection.",
    "style_id": "Name of a style of the layer.",
    "z": "Zoom.",
    "x": "Column of the tile, from the west.",
    "y": "Row of the tile, from the north.",
    "row": "Row of the tile, from the north.",
    "col": "Column of the tile, from the west.",
    "extension": "mvt for vector layers, png for rasters.",
}


def operation(media_types: tuple[str, ...], *names: str) -> dict[str, Any]:
    """What a route adds to the document: its parameters and the media types that it answers in."""
    return {
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in (*names, "f", "lang")],
        "responses": {
            "200": {
                "description": "The resource.",
                "content": {media_type: {} for media_type in media_types},
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


def document(app: FastAPI, root: str) -> dict[str, Any]:
    """The whole document, with ``root`` as the server's address."""
    spec = app.openapi()
    paths = {
        path: {method: _operation(op) for method, op in methods.items()} for path, methods in spec["paths"].items()
    }
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "AltaiGIS",
            "version": app.version,
            "description": "Web-GIS of Altai Krai: features, tiles and search.",
            "contact": {"name": "AltaiGIS"},
            "license": {"name": "MIT"},
        },
        "servers": [{"url": root}],
        "tags": spec.get("tags", []),
        "paths": {**paths, "/observations": {"post": observations.OPERATION}},
        "components": {
            "parameters": {name: _parameter(name, body) for name, body in PARAMETERS.items()},
            "responses": {
                "Problem": {
                    "description": "An error; the description names what is wrong.",
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
            "schemas": {"Problem": _PROBLEM},
            "securitySchemes": observations.SECURITY,
        },
    }


_PROBLEM = {
    "type": "object",
    "required": ["code", "description"],
    "properties": {
        **{
            name: {"type": "string"}
            for name in ("code", "description", "type", "title", "detail", "instance", "parameter")
        },
        "status": {"type": "integer"},
    },
}


def _operation(found: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {
        key: found[key]
        for key in ("tags", "summary", "description", "operationId", "parameters", "responses")
        if key in found
    }
    kept["parameters"] = [_path_parameter(p) if p.get("in") == "path" else p for p in kept.get("parameters", [])]
    responses = {status: answer for status, answer in kept["responses"].items() if status != "422"}
    # FastAPI's own guess of the answer has no content that would be ours
    if (
        "200" in responses
        and "application/json" in responses["200"].get("content", {})
        and len(responses["200"]["content"]) > 1
    ):
        own = responses["200"]["content"]
        responses["200"]["content"] = {
            name: body for name, body in own.items() if name != "application/json" or body != {"schema": {}}
        }
    kept["responses"] = responses
    return kept


def _path_parameter(found: dict[str, Any]) -> dict[str, Any]:
    name = found["name"]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": PATH_PARAMETERS[name],
        "schema": {"type": "string"},
    }


def _parameter(name: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "style": "form", "explode": False, **body}
