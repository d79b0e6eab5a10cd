"""Search by name."""

import orjson
from fastapi import APIRouter, Request, Response

from altaigis.api import openapi, respond
from altaigis.api.negotiation import GEOJSON, parameters, wanted_format, wanted_language
from altaigis.api.openapi import DEFAULT_RESULTS, MOST_RESULTS
from altaigis.api.state import Services
from altaigis.domain.catalog import Catalog
from altaigis.domain.text import Language
from altaigis.errors import ParameterError
from altaigis.filters.params import parse_limit
from altaigis.services.search import Place

router = APIRouter(tags=["Search"])

LONGEST_QUESTION = 100


@router.get(
    "/search",
    summary="Places by name",
    openapi_extra=openapi.operation((GEOJSON,), "q", "results", schema="Places"),
)
async def search(request: Request, services: Services) -> Response:
    asked = parameters(request, "q", "limit")
    wanted_format(request, {"json": GEOJSON, "geojson": GEOJSON})
    words = " ".join(asked.get("q", "").replace("\x00", " ").split())
    if not words:
        raise ParameterError("q", "is required: a part of a name")
    if len(words) > LONGEST_QUESTION:
        raise ParameterError("q", f"is longer than {LONGEST_QUESTION} characters")
    places = await services.search.search(words, parse_limit(asked.get("limit"), DEFAULT_RESULTS, MOST_RESULTS))
    language = wanted_language(request)
    features = [_feature(place, services.catalog, language) for place in places]
    return respond.json(request, {"type": "FeatureCollection", "features": features}, GEOJSON)


def _feature(place: Place, catalog: Catalog, language: Language) -> dict[str, object]:
    properties = {
        "layer": place.layer,
        "layer_title": catalog.layer(place.layer).title.in_(language),
        "name": (place.name_ru if language == "ru" else place.name_en) or place.name_ru,
        "name_ru": place.name_ru,
        "name_en": place.name_en,
        "approximate": place.approximate,
    }
    feature: dict[str, object] = {"type": "Feature", "id": place.fid, "properties": properties}
    feature["geometry"] = orjson.loads(place.point) if place.point else None
    if place.extent:
        feature["bbox"] = place.extent.as_list()
    return feature
