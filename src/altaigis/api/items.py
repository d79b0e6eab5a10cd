"""Items: the features of a collection."""

from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from altaigis.api import html, openapi, respond
from altaigis.api.collections import CRS84, describe
from altaigis.api.links import Links
from altaigis.api.negotiation import FEATURES, GEOJSON, HTML, JSON, parameters, wanted_format, wanted_language
from altaigis.api.state import Services
from altaigis.domain.feature import Feature, Page
from altaigis.domain.layer import Layer
from altaigis.domain.link import Link
from altaigis.domain.text import Language
from altaigis.encoders import geojson
from altaigis.filters.params import feature_query

router = APIRouter(tags=["Data"])


@router.get(
    "/collections/{collection_id}/items",
    summary="Features of a collection",
    openapi_extra=openapi.operation((GEOJSON, HTML), "limit", "bbox", "datetime", "after"),
)
async def items(request: Request, services: Services, collection_id: str) -> Response:
    layer = services.catalog.layer(collection_id, "vector", "table")
    query = feature_query(layer, parameters(request, "limit", "bbox", "datetime", "after"))
    chosen = wanted_format(request, FEATURES)
    page = await services.features.page(query)
    links = Links(request)
    if chosen == "html":
        return await _items_page(request, services, layer, page)
    found = links.formats(FEATURES, chosen)
    if page.next_after is not None:
        found.append(Link(links.here(after=page.next_after), "next", GEOJSON))
    found.append(Link(links.href("collections", layer.id), "collection", JSON))
    revision = await services.ledger.revision(layer)
    headers = {
        "Content-Crs": f"<{CRS84}>",
        "OGC-NumberMatched": str(page.matched),
        "OGC-NumberReturned": str(len(page.features)),
        # The same links for clients that do not read the body
        "Link": ", ".join(f'<{link.href}>; rel="{link.rel}"; type="{link.type}"' for link in found),
        # The time stamp is the revision's: the same question to the same data has the same answer
        "Last-Modified": revision.created.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    body = geojson.encode_page(page, found, _timestamp(revision.created))
    return respond.data(request, body, GEOJSON, headers=headers)


@router.get(
    "/collections/{collection_id}/items/{feature_id}",
    summary="One feature",
    openapi_extra=openapi.operation((GEOJSON, HTML)),
)
async def item(request: Request, services: Services, collection_id: str, feature_id: str) -> Response:
    parameters(request)
    layer = services.catalog.layer(collection_id, "vector", "table")
    chosen = wanted_format(request, FEATURES)
    feature = await services.features.feature(layer, feature_id)
    links = Links(request)
    if chosen == "html":
        return _item_page(request, layer, feature)
    found = [*links.formats(FEATURES, chosen), Link(links.href("collections", layer.id), "collection", JSON)]
    return respond.data(request, geojson.encode_feature(feature, found), GEOJSON, headers={"Content-Crs": f"<{CRS84}>"})


async def _items_page(request: Request, services: Services, layer: Layer, page: Page) -> Response:
    language, links = wanted_language(request), Links(request)
    revisions = await services.ledger.revisions()
    collection = describe(layer, revisions.get(layer.id), language, links)
    collection["id_title"] = _title(layer, layer.id_field, language)
    rows = [{"fid": feature.fid, "values": list(_values(layer, feature).values())} for feature in page.features]
    following = links.here(after=page.next_after) if page.next_after is not None else None
    titles = [_title(layer, name, language) for name in layer.properties]
    content: dict[str, Any] = {"collection": collection, "page": page, "titles": titles, "rows": rows}
    return html.page(request, "items.html", **content, geojson=links.here(f="json"), next=following)


def _item_page(request: Request, layer: Layer, feature: Feature) -> Response:
    language, links = wanted_language(request), Links(request)
    values = _values(layer, feature)
    rows = [(_title(layer, layer.id_field, language), feature.fid)]
    rows += [(_title(layer, name, language), value) for name, value in values.items()]
    name = values.get(f"name_{language}") or values.get(layer.title_field) or feature.fid
    collection = {"id": layer.id, "title": layer.title.in_(language)}
    where = links.href() + f"?lang={language}#sel={layer.id}/{feature.fid}"
    return html.page(
        request,
        "item.html",
        heading=name,
        collection=collection,
        rows=rows,
        geojson=links.here(f="json"),
        map=where,
    )


def _values(layer: Layer, feature: Feature) -> dict[str, Any]:
    values = orjson.loads(feature.properties)
    return {name: values[name] for name in layer.properties}


def _title(layer: Layer, name: str, language: Language) -> str:
    field = layer.fields[name]
    title = field.title.in_(language) if field.title else name
    return f"{title}, {field.unit}" if field.unit else title


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
