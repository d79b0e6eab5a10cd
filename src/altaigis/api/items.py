"""Items: the features of a collection."""

from dataclasses import replace
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from altaigis.api import downloads, openapi, pages, respond
from altaigis.api.links import Links
from altaigis.api.negotiation import FEATURE, FEATURES, GEOJSON, HTML, JSON, parameters, wanted_format
from altaigis.api.state import Services
from altaigis.domain.crs import CRS84
from altaigis.domain.link import Link
from altaigis.encoders import geojson
from altaigis.encoders.formats import FORMATS
from altaigis.filters.params import PARAMETERS, feature_query, parse_as_of, parse_crs, query_parameters

router = APIRouter(tags=["Data"])


@router.get(
    "/collections/{collection_id}/items",
    summary="Features of a collection",
    openapi_extra=openapi.operation(tuple(dict.fromkeys(FEATURES.values())), *PARAMETERS, "values", schema="Features"),
)
async def items(request: Request, services: Services, collection_id: str) -> Response:
    layer = services.catalog.layer(collection_id, "vector", "table")
    asked = parameters(request, *query_parameters(layer))
    chosen = wanted_format(request, FEATURES)
    query = feature_query(layer, pages.filled(asked) if chosen == "html" else asked)
    if chosen in FORMATS:
        return await downloads.answer(request, services, query, chosen)
    if chosen == "html":
        return await pages.items_page(request, services, replace(query, crs=CRS84))
    page = await services.features.page(query)
    links = Links(request)
    found = links.formats(FEATURES, chosen)
    if page.next_after is not None:
        found.append(Link(links.here(after=page.next_after), "next", GEOJSON))
    found.append(Link(links.href("collections", layer.id), "collection", JSON))
    revision = await services.features.revision(layer, query.as_of)
    headers = {
        "Content-Crs": f"<{query.crs.uri}>",
        "OGC-NumberMatched": str(page.matched),
        "OGC-NumberReturned": str(len(page.features)),
        # The same links for clients that do not read the body
        "Link": ", ".join(f'<{link.href}>; rel="{link.rel}"; type="{link.type}"' for link in found),
        "Last-Modified": revision.created.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    content = geojson.encode_page(page, found)
    # The tag is that of the content without its time: the same question to the same data has the same answer
    body = geojson.with_time_stamp(content, _timestamp(datetime.now(UTC)))
    return respond.data(request, body, GEOJSON, tag=respond.digest(content), headers=headers)


@router.get(
    "/collections/{collection_id}/items/{feature_id}",
    summary="One feature",
    openapi_extra=openapi.operation((GEOJSON, HTML), "asOf", "crs", schema="Feature"),
)
async def item(request: Request, services: Services, collection_id: str, feature_id: str) -> Response:
    asked = parameters(request, "asOf", "crs")
    layer = services.catalog.layer(collection_id, "vector", "table")
    as_of, crs = parse_as_of(asked.get("asOf")), parse_crs(layer, asked.get("crs"))
    chosen = wanted_format(request, FEATURE)
    if chosen == "html":
        feature = await services.features.feature(layer, feature_id, as_of)
        return await pages.item_page(request, services, layer, feature)
    feature = await services.features.feature(layer, feature_id, as_of, crs)
    links = Links(request)
    found = [*links.formats(FEATURE, chosen), Link(links.href("collections", layer.id), "collection", JSON)]
    return respond.data(
        request, geojson.encode_feature(feature, found), GEOJSON, headers={"Content-Crs": f"<{crs.uri}>"}
    )


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
