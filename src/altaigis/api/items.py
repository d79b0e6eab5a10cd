"""Items: the features of a collection."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request, Response

from altaigis.api import downloads, html, openapi, respond
from altaigis.api.collections import describe
from altaigis.api.direct import Direct
from altaigis.api.links import Links
from altaigis.api.negotiation import FEATURE, FEATURES, GEOJSON, HTML, JSON, parameters, wanted_format, wanted_language
from altaigis.api.state import Services
from altaigis.api.wording import unit_in
from altaigis.domain.feature import Feature, Page
from altaigis.domain.layer import Layer
from altaigis.domain.link import Link
from altaigis.domain.query import FeatureQuery
from altaigis.domain.text import Language
from altaigis.encoders import geojson
from altaigis.encoders.formats import FORMATS
from altaigis.filters.params import (
    PARAMETERS,
    VIEW_PARAMETERS,
    feature_query,
    parse_as_of,
    parse_view,
    query_parameters,
)

router = APIRouter(tags=["Data"], route_class=Direct)


@router.get(
    "/collections/{collection_id}/items",
    summary="Features of a collection",
    openapi_extra=openapi.operation(tuple(dict.fromkeys(FEATURES.values())), *PARAMETERS, "values", schema="Features"),
)
async def items(request: Request, services: Services, collection_id: str) -> Response:
    layer = services.catalog.layer(collection_id, "vector", "table")
    query = feature_query(layer, parameters(request, *query_parameters(layer)))
    chosen = wanted_format(request, FEATURES)
    if chosen in FORMATS:
        return await downloads.answer(request, services, query, chosen)
    if chosen == "html":
        return await _items_page(request, services, query, await services.features.page(query))
    revision = await services.features.revision(layer, query.as_of)
    tag = respond.data_tag(request, revision, chosen)
    if same := respond.unchanged(request, tag):
        return same
    page = await services.features.written_page(query)
    links = Links(request)
    found = links.formats(FEATURES, chosen)
    if page.next_after is not None:
        found.append(Link(links.here(after=page.next_after), "next", GEOJSON))
    found.append(Link(links.href("collections", layer.id), "collection", JSON))
    headers = {
        "Content-Crs": f"<{query.crs.uri}>",
        "OGC-NumberMatched": str(page.matched),
        "OGC-NumberReturned": str(page.returned),
        # The same links for clients that do not read the body
        "Link": ", ".join(f'<{link.href}>; rel="{link.rel}"; type="{link.type}"' for link in found),
        "Last-Modified": revision.created.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    # The tag knows nothing of the time: the same question to the same data has the same answer
    body = geojson.encode_page(page, found, _timestamp(datetime.now(UTC)))
    return respond.data(request, body, GEOJSON, tag=tag, headers=headers)


@router.get(
    "/collections/{collection_id}/items/{feature_id}",
    summary="One feature",
    openapi_extra=openapi.operation((GEOJSON, HTML), "asOf", *VIEW_PARAMETERS, schema="Feature"),
)
async def item(request: Request, services: Services, collection_id: str, feature_id: str) -> Response:
    asked = parameters(request, "asOf", *VIEW_PARAMETERS)
    layer = services.catalog.layer(collection_id, "vector", "table")
    as_of, view = parse_as_of(asked.get("asOf")), parse_view(layer, asked)
    chosen = wanted_format(request, FEATURE)
    feature = await services.features.feature(layer, feature_id, as_of, view)
    links = Links(request)
    if chosen == "html":
        return _item_page(request, layer, feature)
    body, tag = represent(links, layer, feature, chosen)
    return respond.data(request, body, GEOJSON, tag=tag, headers={"Content-Crs": f"<{view.crs.uri}>"})


def represent(links: Links, layer: Layer, feature: Feature, chosen: str = "json") -> tuple[bytes, str]:
    """A feature as GeoJSON, and its entity tag; that of an editable layer begins with the version, for If-Match."""
    found = [*links.formats(FEATURE, chosen), Link(links.href("collections", layer.id), "collection", JSON)]
    if feature.version is not None:
        past = links.href("collections", layer.id, "items", feature.fid, "history")
        found.append(Link(past, "version-history", JSON))
    body = geojson.encode_feature(feature, found)
    tag = respond.digest(body)
    return body, tag if feature.version is None else f"v{feature.version}.{tag}"


async def _items_page(request: Request, services: Services, query: FeatureQuery, page: Page) -> Response:
    layer = query.layer
    language, links = wanted_language(request), Links(request)
    revisions = await services.ledger.revisions()
    own = _own_language(layer, language)
    told = [name for name in own if name in query.told] or own[:1]
    columns = [_column(layer, name, language) for name in told]
    # as it was asked: the links of the page stay in the same past
    state = {"asOf": request.query_params["asOf"]} if query.as_of is not None else {}
    return html.page(
        request,
        "items.html",
        collection=describe(layer, revisions.get(layer.id), language, links),
        id_column=_column(layer, layer.id_field, language),
        columns=columns,
        rows=[{"fid": feature.fid, "values": _values(layer, feature)} for feature in page.features],
        matched=page.matched,
        files=downloads.offers(request, layer),
        state=state,
        geojson=links.here(f="json"),
        first=links.href("collections", layer.id, "items", f="html", lang=language, **state) if query.after else None,
        next=links.here(after=page.next_after) if page.next_after is not None else None,
    )


def _item_page(request: Request, layer: Layer, feature: Feature) -> Response:
    language, links = wanted_language(request), Links(request)
    values = _values(layer, feature)
    name = values.get(f"name_{language}") or values.get(layer.title_field) or feature.fid
    geometry = orjson.loads(feature.geometry) if feature.geometry else None
    on_map = f"{links.href()}?lang={language}#sel={layer.id}/{quote(feature.fid, safe='')}"
    return html.page(
        request,
        "item.html",
        heading_text=name,
        collection={"id": layer.id, "title": layer.title.in_(language)},
        columns=[_column(layer, name, language) for name in layer.properties],
        id_column=_column(layer, layer.id_field, language),
        fid=feature.fid,
        values=values,
        point=geometry["coordinates"] if geometry and geometry["type"] == "Point" else None,
        geojson=links.here(f="json"),
        map=on_map if geometry else None,
    )


def _values(layer: Layer, feature: Feature) -> dict[str, Any]:
    values = orjson.loads(feature.properties)
    return {name: values.get(name) for name in layer.properties}


def _own_language(layer: Layer, language: Language) -> list[str]:
    """The properties without those that say the same in the other language; the name stands first."""
    other = "en" if language == "ru" else "ru"
    names = [
        name
        for name in layer.properties
        if not (name.endswith(f"_{other}") and f"{name.removesuffix(other)}{language}" in layer.properties)
    ]
    own_name = f"name_{language}" if f"name_{language}" in names else layer.title_field
    return sorted(names, key=lambda name: name != own_name)


def _column(layer: Layer, name: str, language: Language) -> dict[str, Any]:
    """How a field is written on a page. A whole number without a unit is a year or a code: it is not grouped."""
    field = layer.fields[name]
    return {
        "name": name,
        "title": field.title.in_(language) if field.title else name,
        "description": field.description.in_(language) if field.description else "",
        "unit": unit_in(field.unit, language),
        "digits": field.digits,
        "numeric": field.type in ("integer", "number"),
        "grouped": field.type == "number" or bool(field.unit),
    }


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
