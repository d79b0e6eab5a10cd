"""Styles: how a layer is drawn, declared once in its layer file."""

from fastapi import APIRouter, Request, Response

from altaigis.api import openapi, respond
from altaigis.api.negotiation import JSON, parameters, wanted_format
from altaigis.api.state import Services
from altaigis.errors import StyleNotFound

router = APIRouter(tags=["Styles"])


@router.get(
    "/collections/{collection_id}/styles/{style_id}",
    summary="A style",
    openapi_extra=openapi.operation((JSON,), schema="Style"),
)
def style(request: Request, services: Services, collection_id: str, style_id: str) -> Response:
    parameters(request)
    wanted_format(request, {"json": JSON})
    layer = services.catalog.layer(collection_id)
    found = layer.styles.get(style_id)
    if found is None:
        there = ", ".join(layer.styles) or "none"
        raise StyleNotFound(f"layer '{layer.id}' has no style '{style_id[:60]}'; there are: {there}")
    return respond.json(request, found.model_dump(mode="json"))
