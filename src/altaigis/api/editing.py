"""Edits of features (OGC API Features Part 4): create, replace, update and delete, with a key and If-Match.

Each editable layer has routes of its own, so that all others answer these methods as they do any that they lack.
"""

import io
import re
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from altaigis.api import html, respond
from altaigis.api.fields import field_schema
from altaigis.api.items import represent
from altaigis.api.links import Links
from altaigis.api.negotiation import GEOJSON, HTML, JSON, RESOURCE, parameters, wanted_format, wanted_language
from altaigis.api.paths import FEATURE_PATH, HISTORY_PATH
from altaigis.api.state import Services, State
from altaigis.api.writing import SIGNED, UNSIGNED, media_type, receive, refusal, token
from altaigis.domain.catalog import Catalog
from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.edit import Draft, shown
from altaigis.domain.layer import Layer
from altaigis.domain.link import Link
from altaigis.encoders import geojson
from altaigis.errors import EditConflict, EditRefused, UnsupportedMediaType
from altaigis.filters.params import parse_crs
from altaigis.services.editing import Done

MERGE_PATCH = "application/merge-patch+json"
#: What a body may be said to be, by method.
WHOLE, PART = (GEOJSON, JSON), (MERGE_PATCH,)
#: Room for the largest geometry that is taken.
LARGEST_BODY = 5_000_000
#: An entity tag of a feature, which begins with its version; what follows tells its representations apart.
_TAG = re.compile(r'"v([0-9]{1,9})\.[^"]*"')
_MEMBERS = ("type", "id", "geometry", "properties", "links", "bbox")


def router(catalog: Catalog) -> APIRouter:
    """The routes of the editable layers; :func:`paths` is their part of the OpenAPI document."""
    routes = APIRouter(include_in_schema=False)
    for layer in catalog:
        if layer.editable:
            door = _Door(layer)
            items = f"/collections/{layer.id}/items"
            item = f"{items}/{FEATURE_PATH}"
            routes.post(items, openapi_extra=_body(layer, WHOLE))(door.create)
            routes.put(item)(door.replace)
            routes.patch(item, openapi_extra=_body(layer, PART))(door.update)
            routes.delete(item)(door.delete)
            routes.get(f"{items}/{HISTORY_PATH}")(door.history)
    return routes


class _Door:
    """The edits of one layer."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer

    async def create(self, request: Request, services: Services) -> Response:
        parameters(request)
        key = await services.editing.admit(token(request), self._layer)
        draft = _whole(self._layer, await _document(request, WHOLE), _content_crs(request, self._layer))
        done = await services.editing.create(key, self._layer, draft)
        return await self._answer(request, services, done, 201)

    async def replace(self, request: Request, services: Services, feature_id: str) -> Response:
        parameters(request)
        key = await services.editing.admit(token(request), self._layer)
        draft = _whole(self._layer, await _document(request, WHOLE), _content_crs(request, self._layer))
        await self._require_unknown(request, services, feature_id)
        done = await services.editing.replace(key, self._layer, feature_id, draft, _versions(request))
        return await self._answer(request, services, done)

    async def update(self, request: Request, services: Services, feature_id: str) -> Response:
        parameters(request)
        key = await services.editing.admit(token(request), self._layer)
        draft = _draft(self._layer, await _document(request, PART), _content_crs(request, self._layer))
        await self._require_unknown(request, services, feature_id)
        done = await services.editing.update(key, self._layer, feature_id, draft, _versions(request))
        return await self._answer(request, services, done)

    async def delete(self, request: Request, services: Services, feature_id: str) -> Response:
        parameters(request)
        key = await services.editing.admit(token(request), self._layer)
        await self._require_unknown(request, services, feature_id)
        await services.editing.delete(key, self._layer, feature_id, _versions(request))
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    async def history(self, request: Request, services: Services, feature_id: str) -> Response:
        parameters(request)
        layer, links = self._layer, Links(request)
        edits = await services.editing.history(layer, feature_id)
        if not edits:
            # one that only loads have made has no edits; one that has never been is not found
            await services.features.feature(layer, feature_id)
        here = ("collections", layer.id, "items", feature_id)
        versions = [
            {
                "revision": edit.revision,
                "time": edit.time,
                "who": edit.who,
                "operation": edit.operation,
                "fields": edit.fields,
                # of one that is gone there is nothing to see
                "href": links.href(*here, asOf=str(edit.revision)) if edit.latter else None,
            }
            for edit in edits
        ]
        found = [*links.formats(RESOURCE, "json")]
        if not edits or edits[0].latter:
            found.append(Link(links.href(*here), "canonical", GEOJSON))
        if edits and edits[-1].former:
            loaded = links.href(*here, asOf=str(edits[-1].revision - 1))
            found.append(Link(loaded, "predecessor-version", GEOJSON, "Before the first edit"))
        document = {"versions": versions, "links": [link.as_json() for link in found]}
        if wanted_format(request, RESOURCE) == "html":
            plain = orjson.loads(orjson.dumps(document))
            heading = f"{layer.title.in_(wanted_language(request))}: {feature_id}"
            return html.page(request, "resource.html", heading=heading, document=plain)
        return respond.json(request, document)

    async def _require_unknown(self, request: Request, services: State, fid: str) -> None:
        """Heed If-None-Match (RFC 9110, 13.1.2). No lock is needed: later versions are none that the client knows.

        Raises:
            FeatureNotFound: there is no such feature, and edits of one make none.
            EditConflict: it is in a version that the header names; ``*`` names all.
        """
        told = ",".join(request.headers.getlist("if-none-match")).strip()
        if not told:
            return
        feature = await services.features.feature(self._layer, fid)
        if told == "*" or feature.version in _named(told.replace("W/", "")):
            raise EditConflict(
                f"feature '{fid[:80]}' of layer '{self._layer.id}' is there in version {feature.version}, which "
                "If-None-Match excludes"
            )

    async def _answer(self, request: Request, services: Services, done: Done, status: int = 200) -> Response:
        """The feature as the edit has left it, whatever others have made of it since."""
        links = Links(request).at("collections", self._layer.id, "items", done.fid)
        feature = await services.features.feature(self._layer, done.fid, done.revision)
        body, tag = represent(links, self._layer, feature)
        headers = {"ETag": f'"{tag}"', "Content-Crs": f"<{CRS84.uri}>", "Cache-Control": "no-store"}
        if status == 201:
            headers["Location"] = links.here()
        if done.warnings:
            body = geojson.with_member(body, "altai:warnings", done.warnings)
        return Response(body, status, headers, GEOJSON)


async def _document(request: Request, read: tuple[str, ...]) -> dict[str, Any]:
    """The body, which is an object of JSON.

    Raises:
        EditRefused: it is not, or nobody says that it is.
        UnsupportedMediaType, TooLarge: it is something else, or too much.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise UnsupportedMediaType(f"Content-Encoding '{encoding[:40]}' is not read here; send the body as it is")
    told = media_type(request)
    if not told:
        raise EditRefused(f"Content-Type: is missing; it must be {' or '.join(read)}")
    if told not in read:
        raise UnsupportedMediaType(f"'{told[:60]}' is not read here; {request.method} takes {' or '.join(read)}")
    body = io.BytesIO()
    await receive(request, body, LARGEST_BODY)
    try:
        document = orjson.loads(body.getbuffer())
    except orjson.JSONDecodeError as error:
        raise EditRefused(f"the body is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise EditRefused("the body is no object of JSON, as a Feature is")
    return document


def _content_crs(request: Request, layer: Layer) -> Crs:
    told = request.headers.get("content-crs")
    if told is None:
        return CRS84
    return parse_crs(layer, told.strip().removeprefix("<").removesuffix(">"), "Content-Crs")


def _versions(request: Request) -> frozenset[int] | None:
    """The versions that If-Match names, by strong comparison (RFC 9110, 13.1.1); None where any will do."""
    told = ",".join(request.headers.getlist("if-match")).strip()
    if told in ("", "*"):
        return None
    return _named(told)


def _named(tags: str) -> frozenset[int]:
    return frozenset(int(found[1]) for tag in tags.split(",") if (found := _TAG.fullmatch(tag.strip())))


def _whole(layer: Layer, document: Mapping[str, Any], crs: Crs) -> Draft:
    """A Feature that says all of itself.

    Raises:
        EditRefused: it is none.
    """
    _require_feature(document)
    for member in ("type", "properties", *(("geometry",) if layer.geometry_field else ())):
        if member not in document:
            hint = "null says that the place is not known" if member == "geometry" else "a GeoJSON Feature has it"
            raise EditRefused(f"{member}: is missing; {hint}")
    return _draft(layer, document, crs)


def _draft(layer: Layer, document: Mapping[str, Any], crs: Crs) -> Draft:
    """A Feature, or a part of one.

    Raises:
        EditRefused: a member is wrong.
    """
    _require_feature(document)
    for member in document.keys() - set(_MEMBERS):
        where = "; properties stand in the member properties" if member in layer.fields else ""
        raise EditRefused(f"{member[:80]}: is no member that is read here{where}; there are {', '.join(_MEMBERS)}")
    given, geometry = document.get("properties", {}), document.get("geometry")
    if given is not None and not isinstance(given, dict):
        raise EditRefused("properties: is neither an object nor null")
    if geometry is not None and not (isinstance(geometry, dict) and layer.geometry_field):
        raise EditRefused(f"geometry: is neither {'a GeoJSON geometry nor ' if layer.geometry_field else ''}null")
    # null takes all of them away
    values = dict.fromkeys(layer.properties) if given is None else dict(given)
    if layer.geometry_field in values:
        raise EditRefused(f"{layer.geometry_field}: stands in the member geometry, not in properties")
    if layer.geometry_field and "geometry" in document:
        values[layer.geometry_field] = geometry
    return Draft(_fid(layer, document.get("id"), values.pop(layer.id_field, None)), values, crs)


def _require_feature(document: Mapping[str, Any]) -> None:
    if document.get("type", "Feature") != "Feature":
        raise EditRefused(f"type: is {shown(document['type'])}, not 'Feature'; one Feature is taken at a time")


def _fid(layer: Layer, *told: Any) -> str | None:
    """The id, which may stand beside the properties, among them, or in both places."""
    for value in told:
        if not (value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))):
            raise EditRefused(f"id: {shown(value)} is neither a text nor a whole number")
    fids = {str(value) for value in told if value is not None}
    if len(fids) > 1:
        raise EditRefused(f"{layer.id_field}: the member id says otherwise")
    return next(iter(fids), None)


def paths(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """Operations of the OpenAPI document by path and method."""
    found: dict[str, dict[str, Any]] = {}
    for layer in catalog:
        if layer.editable:
            items = f"/collections/{layer.id}/items"
            item = f"{items}/{{feature_id}}"
            found[items] = {"post": _operation(layer, "create", "Add a feature", _CREATED, _body(layer, WHOLE))}
            found[item] = {
                "put": _operation(layer, "replace", "Give a feature other values", _EDITED, _body(layer, WHOLE)),
                "patch": _operation(layer, "update", "Give some properties other values", _EDITED, _body(layer, PART)),
                "delete": _operation(layer, "delete", "Take a feature away", _DELETED),
            }
            found[f"{item}/history"] = {"get": _history(layer)}
    return found


def _operation(
    layer: Layer, verb: str, summary: str, answers: Mapping[str, Any], body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    crs = [_CONTENT_CRS] if body and layer.geometry_field else []
    return {
        "tags": ["Editing"],
        "summary": summary,
        "operationId": f"{verb}_{layer.id}",
        "security": SIGNED,
        "parameters": [*(() if verb == "create" else (_FEATURE_ID, _IF_MATCH, _IF_NONE_MATCH)), *crs],
        **(body or {}),
        "responses": {**answers, **UNSIGNED, **_REFUSALS, "default": {"$ref": "#/components/responses/Problem"}},
    }


def _body(layer: Layer, media_types: tuple[str, ...]) -> dict[str, Any]:
    required = [] if media_types == PART else ["type", "properties", *(("geometry",) if layer.geometry_field else ())]
    properties = {name: _property(layer, name) for name in layer.properties}
    schema = {
        "type": "object",
        **({"required": required} if required else {}),
        "additionalProperties": False,
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string", "description": "Made up where a new feature has none; cannot be changed."},
            "geometry": {"$ref": "#/components/schemas/Geometry"},
            "properties": {
                "type": "object",
                "nullable": True,
                "additionalProperties": False,
                "properties": properties,
            },
            "links": {"type": "array", "items": {}, "description": "Unheeded."},
            "bbox": {"type": "array", "items": {}, "description": "Unheeded."},
        },
    }
    return {"requestBody": {"required": True, "content": {name: {"schema": schema} for name in media_types}}}


def _property(layer: Layer, name: str) -> dict[str, Any]:
    field = layer.fields[name]
    known = field_schema(0, name, field, "en")
    schema: dict[str, Any] = {key: known[key] for key in known if key in _PLAIN}
    if field.values:
        schema["enum"] = [*field.values, None]
    if field.compute:
        schema["description"] = "Computed anew; what is given is unheeded."
    return {**schema, "nullable": True}


def _history(layer: Layer) -> dict[str, Any]:
    version = {
        "type": "object",
        "required": ["revision", "time", "who", "operation", "fields", "href"],
        "properties": {
            "revision": {"type": "integer"},
            "time": {"type": "string", "format": "date-time"},
            "who": {"type": "string"},
            "operation": {"type": "string", "enum": ["insert", "replace", "update", "delete"]},
            "fields": {"type": "array", "items": {"type": "string"}},
            "href": {"type": "string", "format": "uri", "nullable": True, "description": "null where it is gone"},
        },
    }
    schema = {"type": "object", "properties": {"versions": {"type": "array", "items": version}}}
    return {
        "tags": ["Editing"],
        "summary": "What people have made of a feature, the newest first",
        "operationId": f"history_{layer.id}",
        "parameters": [_FEATURE_ID],
        "responses": {
            "200": {
                "description": "The edits; none where only loads have made it.",
                "content": {JSON: {"schema": schema}, HTML: {"schema": {"type": "string"}}},
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


#: The keys of a field's schema that OpenAPI 3.0 knows, too.
_PLAIN = ("title", "description", "type", "format")
_TEXT = {"schema": {"type": "string"}}
_FEATURE_ID = {"name": "feature_id", "in": "path", "required": True, "description": "Id of a feature.", **_TEXT}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "ETag of the state that the edit was made on; 412 where the feature has another by now. Without it "
    "whatever is there is edited.",
    **_TEXT,
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETags of states that are not to be edited, * for all: 412 where the feature is in one of them.",
    **_TEXT,
}
_CONTENT_CRS = {
    "name": "Content-Crs",
    "in": "header",
    "required": False,
    "description": "CRS of the geometry, whose axes it follows: one of the collection's crs, CRS84 without it.",
    **_TEXT,
}
_FEATURE = {"content": {GEOJSON: {"schema": {"$ref": "#/components/schemas/Feature"}}}}
_CREATED = {
    "201": {"description": "The new feature.", "headers": {"Location": _TEXT, "ETag": _TEXT}, **_FEATURE},
    "409": refusal("There is a feature with this id."),
}
_CONFLICT = {
    "404": refusal("There is no such feature."),
    "412": refusal("Somebody has changed it in the meantime, or it is in a version that If-None-Match excludes."),
}
_EDITED = {"200": {"description": "The feature as it is now.", "headers": {"ETag": _TEXT}, **_FEATURE}, **_CONFLICT}
_DELETED = {"204": {"description": "It is gone; its former states stay readable."}, **_CONFLICT}
_REFUSALS = {
    "400": refusal("The layer cannot have such a feature; the description tells everything that is wrong."),
    "413": refusal("Too much at once."),
    "415": refusal("Not a form that is read here."),
}
