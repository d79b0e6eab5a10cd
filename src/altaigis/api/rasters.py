"""Rasters: values at a point, and the file itself."""

from fastapi import APIRouter, Request, Response

from altaigis.api import openapi, ranges, respond
from altaigis.api.negotiation import COG, JSON, parameters, wanted_format, wanted_language
from altaigis.api.state import Services
from altaigis.domain.style import PaletteStyle, RampStyle
from altaigis.filters.params import parse_coordinate

router = APIRouter(tags=["Rasters"])


@router.get(
    "/rasters/{layer_id}/point",
    summary="Value at a point",
    openapi_extra=openapi.operation((JSON,), "lon", "lat", schema="PointValue"),
)
async def point(request: Request, services: Services, layer_id: str) -> Response:
    asked = parameters(request, "lon", "lat")
    wanted_format(request, {"json": JSON})
    layer = services.catalog.layer(layer_id, "raster")
    longitude, latitude = (
        parse_coordinate("lon", asked.get("lon"), 180),
        parse_coordinate("lat", asked.get("lat"), 90),
    )
    value = await services.rasters.point(layer, longitude, latitude)
    style = layer.styles["default"]
    document: dict[str, object] = {"layer": layer.id, "lon": longitude, "lat": latitude, "value": value}
    if isinstance(style, RampStyle):
        document["unit"] = style.unit
    elif isinstance(style, PaletteStyle):
        names = {entry.value: entry.title.in_(wanted_language(request)) for entry in style.entries}
        document["label"] = None if value is None else names.get(int(value))
    return respond.json(request, document)


@router.get(
    "/rasters/{layer_id}/cog.tif",
    summary="A raster as a file: Cloud-Optimized GeoTIFF, whole or by ranges",
    openapi_extra=openapi.operation((COG,)),
)
async def cog(request: Request, services: Services, layer_id: str) -> Response:
    parameters(request)
    layer = services.catalog.layer(layer_id, "raster")
    path = await services.rasters.file(layer)
    return ranges.answer(request, path, COG, {"content-disposition": f'attachment; filename="{layer.id}.tif"'})
