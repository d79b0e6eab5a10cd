"""Rasters: values at a point, and the file itself."""

from fastapi import APIRouter, Request, Response

from altaigis.api import openapi, ranges, respond
from altaigis.api.negotiation import COG, JSON, parameters, wanted_format, wanted_language
from altaigis.api.state import Services, State
from altaigis.domain.derivation import Derived
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
    if derived := services.catalog.derived.get(layer.id):
        document |= await _of_result(services, derived, longitude, latitude)
    return respond.json(request, document)


async def _of_result(services: State, derived: Derived, longitude: float, latitude: float) -> dict[str, object]:
    """What a value that an analysis has estimated is not to be read without."""
    told: dict[str, object] = {"synthetic": derived.derivation.has_flag("synthetic")}
    error = derived.derivation.together.get("error")
    if error and error != derived.layer.id and error in services.catalog:
        told["error"] = await services.rasters.point(services.catalog.layer(error), longitude, latitude)
    return told


@router.get(
    "/rasters/{layer_id}/cog.tif",
    summary="A raster as a file: Cloud-Optimized GeoTIFF, whole or by ranges",
    openapi_extra=openapi.operation((COG,)),
)
async def cog(request: Request, services: Services, layer_id: str) -> Response:
    parameters(request)
    wanted_format(request, {"tif": COG})
    layer = services.catalog.layer(layer_id, "raster")
    path = await services.rasters.file(layer)
    name = respond.disposition(layer.id, layer.title.in_(wanted_language(request)), "tif")
    return ranges.answer(request, path, COG, {"content-disposition": name})
