"""Pictures: the tiles of rasters, by ending, scale and style."""

from typing import Any

from fastapi import Request, Response

from altaigis.api.links import Links
from altaigis.api.negotiation import parameters, wanted_language
from altaigis.api.state import State
from altaigis.api.tile_answers import ENDINGS, answer, caching
from altaigis.domain.layer import Layer
from altaigis.domain.picture import Picture
from altaigis.domain.tile import TileCoord
from altaigis.errors import ParameterError, TileNotFound

#: Parameters of a picture, and those of the TileJSON that leads to some.
PARAMETERS = ("v", "style", "rescale", "colormap")
TEMPLATE_PARAMETERS = ("style", "format")
#: Behind the row of a tile with twice the pixels on a side.
RETINA = "@2x"


async def picture(
    request: Request, services: State, layer: Layer, place: tuple[str, str, str], ending: str
) -> Response:
    """The picture of the tile at a place, which is three segments of a path: z, x, and y with its scale."""
    z, x, y = place
    asked = parameters(request, *PARAMETERS)
    if ending not in ENDINGS["raster"]:
        endings = " and .".join(ENDINGS["raster"])
        raise TileNotFound("extension", f"layer '{layer.id}' has .{endings} tiles, not .{ending[:20]}")
    if asked.get("f", ending) != ending:
        raise ParameterError("f", f"this address is that of a {ending}; the ending tells the format")
    coord = TileCoord.parse(z, x, y.removesuffix(RETINA))
    wanted = Picture.parse(layer, ending, 2 if y.endswith(RETINA) else 1, asked)
    revision = await services.ledger.revision(layer)
    found = await services.rasters.tile(layer, revision, coord, wanted)
    fresh = caching(revision.version, asked.get("v"), editable=layer.editable)
    if not wanted.is_declared:
        # of those there is no end, and no cache between us and the client shall fill with them
        fresh = fresh.replace(b"public", b"private")
    made = answer(ending, found, fresh, request.headers.get("if-none-match"))
    response = Response(made.body, made.status)
    response.raw_headers = made.headers
    return response


def tilejson(request: Request, layer: Layer, version: str) -> dict[str, Any]:
    """What the TileJSON of a raster has of its own: the address of its tiles in the style and the format that are
    asked for, and the names of all there are."""
    asked, language = parameters(request, *TEMPLATE_PARAMETERS), wanted_language(request)
    endings = ENDINGS["raster"]
    ending = asked.get("format", endings[0])
    if ending not in endings:
        raise ParameterError("format", f"'{ending[:40]}' is not offered; there are {', '.join(endings)}")
    wanted = Picture.parse(layer, ending, 1, asked)
    style = {} if wanted == Picture(format=ending) else {"style": wanted.style}
    template = Links(request).href("tiles", layer.id, "{z}", "{x}", "{y}." + ending, **style, v=version)
    titles = {name: each.title.in_(language) for name, each in layer.styles.items() if each.title}
    return {"tiles": [template], "altai:formats": list(endings), "altai:styles": titles}
