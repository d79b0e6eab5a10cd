"""Styles: how a layer is drawn, declared once in its layer file."""

from fastapi import APIRouter, Request, Response

from altaigis.api import openapi, respond
from altaigis.api.negotiation import JSON, parameters, wanted_format
from altaigis.api.state import Services

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
    return respond.json(request, layer.style(style_id).model_dump(mode="json"))
