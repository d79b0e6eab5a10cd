"""Tiles: XYZ addresses with TileJSON for map libraries, and OGC API Tiles."""

from collections.abc import Sequence
from typing import Any

import morecantile
from fastapi import APIRouter, Request, Response

from altaigis.api import html, openapi, pictures, respond
from altaigis.api.collections import CRS84
from altaigis.api.links import Links
from altaigis.api.negotiation import (
    HTML,
    JSON,
    MVT,
    PNG,
    RESOURCE,
    WEBP,
    parameters,
    wanted_format,
    wanted_language,
)
from altaigis.api.state import Services, State
from altaigis.api.tile_answers import answer, caching, version
from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.link import Link
from altaigis.domain.text import Language, Text
from altaigis.domain.tile import MAX_ZOOM, TileCoord
from altaigis.domain.tileset import Tileset
from altaigis.errors import ParameterError, TileNotFound
from altaigis.filters.params import TILE_PARAMETERS, tile_query

router = APIRouter(tags=["Tiles"])

MATRIX_SET = "WebMercatorQuad"
MATRIX_SET_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{MATRIX_SET}"
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
TILING_REL = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
TILES_REL = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
MATRIX_SETS = Text(ru="Схемы разбиения на тайлы", en="Tile matrix sets")
#: In one tile: each costs a query.
MOST_LAYERS = 10


@router.get(
    "/tiles/{layer_id}/tilejson.json",
    summary="TileJSON of a layer",
    openapi_extra=openapi.operation((JSON,), *pictures.TEMPLATE_PARAMETERS, *TILE_PARAMETERS, schema="TileJson"),
)
async def tilejson(request: Request, services: Services, layer_id: str) -> Response:
    layers = _layers(services, layer_id)
    wanted_format(request, {"json": JSON})
    revisions = [await services.ledger.revision(layer) for layer in layers]
    language = wanted_language(request)
    current = version(revisions)
    if layers[0].kind == "raster":
        own = pictures.tilejson(request, layers[0], current)
    else:
        own = {"tiles": [_template(request, layers, current)]}
    told = Tileset.of(dict(zip(layers, revisions, strict=True)), language)
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": told.name,
        "description": told.description,
        "attribution": told.attribution,
        "version": f"{told.number}.0.0",
        "scheme": "xyz",
        **own,
        "minzoom": told.minzoom,
        "maxzoom": told.maxzoom,
    }
    if told.bounds:
        document |= {"bounds": told.bounds.as_list(), "center": told.center}
    if told.kind == "vector":
        document["vector_layers"] = [
            {
                "id": layer.id,
                "fields": {name: attribute.title for name, attribute in layer.attributes.items()},
                "minzoom": layer.minzoom,
                "maxzoom": layer.maxzoom,
            }
            for layer in told.layers
        ]
    return respond.json(request, document)


def _layers(services: State, names: str) -> list[Layer]:
    """One layer with tiles, or several vector layers with commas between them."""
    ids = names.split(",", MOST_LAYERS)
    if len(ids) == 1:
        return [services.catalog.layer(names, "vector", "raster")]
    if len(ids) > MOST_LAYERS or len(set(ids)) < len(ids):
        raise TileNotFound("layer_id", f"a tile has up to {MOST_LAYERS} layers, each of them once")
    return [services.catalog.layer(name, "vector") for name in ids]


def _template(request: Request, layers: Sequence[Layer], current: str) -> str:
    """The address of tiles of vector layers, with what the request selects in them."""
    asked = parameters(request, *TILE_PARAMETERS)
    for layer in layers:
        tile_query(layer, asked)  # refuses what no tile would be drawn for
    selection = {name: asked[name] for name in TILE_PARAMETERS if name in asked}
    names = ",".join(layer.id for layer in layers)
    return Links(request).href("tiles", names, "{z}", "{x}", "{y}.mvt", **selection, v=current)


@router.get(
    "/tiles/{layer_id}/{z}/{x}/{y}.{extension}",
    summary="A tile",
    openapi_extra=openapi.operation((MVT, PNG, WEBP), *pictures.PARAMETERS, *TILE_PARAMETERS),
)
async def tile(request: Request, services: Services, layer_id: str, z: str, x: str, y: str, extension: str) -> Response:
    layers = _layers(services, layer_id)
    if layers[0].kind == "raster":
        return await pictures.picture(request, services, layers[0], (z, x, y), extension)
    if extension != "mvt":
        raise TileNotFound("extension", f"layer '{layers[0].id}' has .mvt tiles, not .{extension[:20]}")
    return await _tile(request, services, layers, TileCoord.parse(z, x, y))


async def _tile(request: Request, services: State, layers: Sequence[Layer], coord: TileCoord) -> Response:
    """A tile comes in one format, whatever the client accepts: map libraries ask for tiles as for any picture."""
    asked = parameters(request, "v", *TILE_PARAMETERS)
    if asked.get("f", "mvt") != "mvt":
        raise ParameterError("f", f"tiles of layer '{layers[0].id}' come as mvt")
    revisions = [await services.ledger.revision(layer) for layer in layers]
    queries = {tile_query(layer, asked): revision for layer, revision in zip(layers, revisions, strict=True)}
    gzip = respond.can_gzip(request.headers)
    if len(queries) == 1:
        found = await services.tiles.tile(*queries.popitem(), coord, gzip=gzip)
    else:
        found = await services.tiles.together(queries, coord, gzip=gzip)
    editable = any(layer.editable for layer in layers)
    good = caching(version(revisions), asked.get("v"), editable=editable)
    made = answer("mvt", found, good, request.headers.get("if-none-match"))
    response = Response(made.body, made.status)
    response.raw_headers = made.headers
    return response


@router.get(
    "/tileMatrixSets",
    summary="Tile matrix sets",
    openapi_extra=openapi.operation((JSON, HTML), schema="TileMatrixSets"),
)
def matrix_sets(request: Request) -> Response:
    links = Links(request)
    entry = {
        "id": MATRIX_SET,
        "title": "Google Maps Compatible for the World",
        "uri": MATRIX_SET_URI,
        "crs": MERCATOR,
        "links": [Link(links.href("tileMatrixSets", MATRIX_SET), "self", JSON).as_json()],
    }
    return _resource(request, MATRIX_SETS.in_(wanted_language(request)), {"tileMatrixSets": [entry]})


@router.get(
    "/tileMatrixSets/{matrix_set}",
    summary="A tile matrix set",
    openapi_extra=openapi.operation((JSON, HTML), schema="TileMatrixSet"),
)
def matrix_set(request: Request, matrix_set: str) -> Response:
    _require_matrix_set(matrix_set)
    document = morecantile.tms.get(MATRIX_SET).model_dump(mode="json", exclude_none=True, by_alias=True)
    document["tileMatrices"] = document["tileMatrices"][: MAX_ZOOM + 1]
    return _resource(request, MATRIX_SET, document)


@router.get(
    "/collections/{collection_id}/tiles",
    summary="Tilesets of a collection",
    openapi_extra=openapi.operation((JSON, HTML), schema="TileSets"),
)
async def tilesets(request: Request, services: Services, collection_id: str) -> Response:
    layer = services.catalog.layer(collection_id, "vector")
    links, language = Links(request), wanted_language(request)
    own = [link.as_json() for link in links.formats(RESOURCE, "json")]
    entry = _tileset(
        layer,
        language,
        [Link(links.href("collections", layer.id, "tiles", MATRIX_SET), "self", JSON), _scheme(links)],
    )
    return _resource(request, layer.title.in_(language), {"links": own, "tilesets": [entry]})


@router.get(
    "/collections/{collection_id}/tiles/{matrix_set}",
    summary="A tileset of a collection",
    openapi_extra=openapi.operation((JSON, HTML), schema="TileSet"),
)
async def tileset(request: Request, services: Services, collection_id: str, matrix_set: str) -> Response:
    _require_matrix_set(matrix_set)
    layer = services.catalog.layer(collection_id, "vector")
    links, language = Links(request), wanted_language(request)
    template = links.href("collections", layer.id, "tiles", MATRIX_SET, "{tileMatrix}", "{tileRow}", "{tileCol}")
    found = [*links.formats(RESOURCE, "json"), Link(template, "item", MVT, templated=True), _scheme(links)]
    document = _tileset(layer, language, found)
    revision = await services.ledger.revision(layer)
    if revision.extent:
        box = revision.extent
        document["boundingBox"] = {
            "lowerLeft": [box.west, box.south],
            "upperRight": [box.east, box.north],
            "crs": CRS84,
        }
        zooms = range(layer.tiles.minzoom, layer.tiles.maxzoom + 1)
        document["tileMatrixSetLimits"] = [_limits(box, z) for z in zooms]
    return _resource(request, layer.title.in_(language), document)


def _limits(box: BBox, z: int) -> dict[str, Any]:
    """The rows and columns of a zoom that may hold something."""
    first, last = TileCoord.at(box.west, box.north, z), TileCoord.at(box.east, box.south, z)
    return {
        "tileMatrix": str(z),
        "minTileRow": first.y,
        "maxTileRow": last.y,
        "minTileCol": first.x,
        "maxTileCol": last.x,
    }


@router.get(
    "/collections/{collection_id}/tiles/WebMercatorQuad/{z}/{row}/{col}",
    summary="A vector tile (row before column)",
    openapi_extra=openapi.operation((MVT,), "v", *TILE_PARAMETERS),
)
async def ogc_tile(request: Request, services: Services, collection_id: str, z: str, row: str, col: str) -> Response:
    layer = services.catalog.layer(collection_id, "vector")
    return await _tile(request, services, [layer], TileCoord.parse(z, col, row))


def _tileset(layer: Layer, language: Language, links: list[Link]) -> dict[str, Any]:
    return {
        "title": layer.title.in_(language),
        "dataType": "vector",
        "crs": MERCATOR,
        "tileMatrixSetURI": MATRIX_SET_URI,
        "links": [link.as_json() for link in links],
    }


def _scheme(links: Links) -> Link:
    return Link(links.href("tileMatrixSets", MATRIX_SET), TILING_REL, JSON)


def _require_matrix_set(name: str) -> None:
    if name != MATRIX_SET:
        raise TileNotFound("matrix_set", f"there is no tile matrix set '{name[:60]}'; there is {MATRIX_SET}")


def _resource(request: Request, heading: str, document: dict[str, Any]) -> Response:
    parameters(request)
    if wanted_format(request, RESOURCE) == "html":
        return html.page(request, "resource.html", heading=heading, document=document)
    return respond.json(request, document)
