"""Items: the features of a collection."""

from dataclasses import replace
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from altaigis.api import downloads, openapi, pages, respond
from altaigis.api.direct import Direct
from altaigis.api.links import Links, header
from altaigis.api.negotiation import FEATURE, FEATURES, GEOJSON, HTML, JSON, parameters, wanted_format
from altaigis.api.paths import FEATURE_PATH
from altaigis.api.state import Services
from altaigis.domain.crs import CRS84
from altaigis.domain.feature import Feature
from altaigis.domain.layer import Layer
from altaigis.domain.link import Link
from altaigis.encoders import geojson
from altaigis.encoders.formats import FORMATS
from altaigis.filters.params import (
    PARAMETERS,
    VIEW_PARAMETERS,
    feature_query,
    parse_as_of,
    parse_switch,
    parse_view,
    query_parameters,
)

router = APIRouter(tags=["Data"], route_class=Direct)


@router.get(
    "/collections/{collection_id}/items",
    summary="Features of a collection",
    openapi_extra=openapi.operation(
        tuple(dict.fromkeys(FEATURES.values())), *PARAMETERS, "values", "links", schema="Features"
    ),
)
async def items(request: Request, services: Services, collection_id: str) -> Response:
    layer = services.catalog.layer(collection_id, "vector", "table")
    asked = dict(parameters(request, *query_parameters(layer), "links"))
    linked = parse_switch("links", asked.pop("links", "true"))
    chosen = wanted_format(request, FEATURES)
    query = feature_query(layer, pages.filled(asked) if chosen == "html" else asked)
    if chosen in FORMATS:
        return await downloads.answer(request, services, query, chosen)
    if chosen == "html":
        return await pages.items_page(request, services, replace(query, crs=CRS84))
    revision = await services.features.revision(layer, query.as_of)
    tag = respond.data_tag(request, revision, chosen)
    if same := respond.unchanged(request, tag):
        return same
    page = await services.features.written_page(query)
    links = Links(request)
    following = [Link(links.here(after=page.next_after), "next", GEOJSON)] if page.next_after is not None else []
    around = [*links.formats(FEATURES, chosen), Link(links.href("collections", layer.id), "collection", JSON)]
    found = [*around, *following] if linked else following
    headers = {
        "Content-Crs": f"<{query.crs.uri}>",
        "OGC-NumberMatched": str(page.matched),
        "OGC-NumberReturned": str(page.returned),
        # For clients that do not read the body, which has all the links
        **header(following),
        "Last-Modified": revision.created.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    # The tag knows nothing of the time: the same question to the same data has the same answer
    body = geojson.encode_page(page, found, _timestamp(datetime.now(UTC)))
    return respond.data(request, body, GEOJSON, tag=tag, headers=headers)


@router.get(
    f"/collections/{{collection_id}}/items/{FEATURE_PATH}",
    summary="One feature",
    openapi_extra=openapi.operation((GEOJSON, HTML), "asOf", *VIEW_PARAMETERS, schema="Feature"),
)
async def item(request: Request, services: Services, collection_id: str, feature_id: str) -> Response:
    asked = parameters(request, "asOf", *VIEW_PARAMETERS)
    layer = services.catalog.layer(collection_id, "vector", "table")
    as_of, view = parse_as_of(asked.get("asOf")), parse_view(layer, asked)
    chosen = wanted_format(request, FEATURE)
    if chosen == "html":
        feature = await services.features.feature(layer, feature_id, as_of)
        return await pages.item_page(request, services, layer, feature)
    feature = await services.features.feature(layer, feature_id, as_of, view)
    body, tag = represent(Links(request), layer, feature, chosen)
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


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
