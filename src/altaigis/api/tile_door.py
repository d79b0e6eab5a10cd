"""The door of tiles: they go out past the routes, the middleware and all that they look at."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from altaigis.api.errors import LastResort
from altaigis.api.methods import HARDENED
from altaigis.api.presence import Presence
from altaigis.api.respond import reads_gzip
from altaigis.api.state import State
from altaigis.api.tile_answers import ENDINGS, VARY, answer, caching
from altaigis.domain.layer import Layer
from altaigis.domain.picture import Picture
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.errors import AltaiError, TileNotFound
from altaigis.services.tiles import Tile

_XYZ = re.compile(rb"/tiles/([a-z0-9_]+)/(\d{1,2})/(\d{1,7})/(\d{1,7})(@2x)?\.(mvt|png|webp)")
_OGC = re.compile(rb"/collections/([a-z0-9_]+)/tiles/WebMercatorQuad/(\d{1,2})/(\d{1,7})/(\d{1,7})")
_QUERY = re.compile(rb"(?:style=([a-z][a-z0-9_]{0,39})(?:&|$))?(?:v=([0-9a-z-]{1,40}))?")
#: Addresses that need not be read again, and how long they are at most.
ADDRESSES, LONGEST_ADDRESS = 4096, 150
_READING = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request for a tile: of which revision, and what its headers say."""

    layer: Layer
    coord: TileCoord
    picture: Picture | None
    revision: Revision
    version: str | None
    gzip: bool
    known: str | None
    is_foreign: bool


class TileDoor:
    """ASGI application in front of another: answers as that one would where it need not be asked.

    ``cors`` are the headers that the other one's middleware adds for pages of other origins.
    """

    def __init__(self, app: FastAPI, services: State, cors: Mapping[str, str]) -> None:
        self.app = app
        self._services = services
        self._edition = -1
        self._cors = [(name.lower().encode(), value.encode()) for name, value in cors.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = self._asked(scope) if scope["type"] == "http" and scope["method"] in _READING else None
        if asked is None:
            await self.app(scope, receive, send)
        elif tile := self._known(asked):
            await self._answer(asked, tile, scope, send)
        elif asked.picture is None and asked.layer.tiles.has(asked.coord.z):
            await LastResort(Presence(partial(self._draw, asked)))(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _draw(self, asked: _Asked, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            tile = await self._services.tiles.tile(
                FeatureQuery(asked.layer), asked.revision, asked.coord, gzip=asked.gzip
            )
        except AltaiError:
            # it tries once more, and knows how to say what is wrong
            await self.app(scope, receive, send)
        else:
            await self._answer(asked, tile, scope, send)

    async def _answer(self, asked: _Asked, tile: Tile, scope: Scope, send: Send) -> None:
        layer = asked.layer
        found = answer(
            "mvt" if asked.picture is None else asked.picture.format,
            tile,
            caching(asked.revision.version, asked.version, editable=layer.editable),
            asked.known,
            VARY + b", Origin",
        )
        found.headers.append(HARDENED)
        if asked.is_foreign:
            found.headers.extend(self._cors)
        await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else found.body})

    def _known(self, asked: _Asked) -> Tile | None:
        """The tile where it is in memory."""
        if asked.picture is None:
            return self._services.tiles.known(asked.layer, asked.revision, asked.coord, gzip=asked.gzip)
        return self._services.rasters.known(asked.layer, asked.revision, asked.coord, asked.picture)

    def _asked(self, scope: Scope) -> _Asked | None:
        """What is asked for, None where the request is of no kind that is expected."""
        path: bytes = scope["raw_path"]
        if self._edition != self._services.catalog.edition:
            self._learn_layers()
        address = self._addresses(path) if len(path) <= LONGEST_ADDRESS else None
        query = _QUERY.fullmatch(scope["query_string"])
        if address is None or query is None:
            return None
        layer, coord, picture = address
        style, version = query.groups()
        revision = self._services.ledger.known(layer)
        if revision is None or (style and picture is None):
            return None
        headers = dict(reversed(scope["headers"]))  # of a header that stands there twice the first one counts
        known = headers.get(b"if-none-match")
        return _Asked(
            layer,
            coord,
            replace(picture, style=style.decode()) if picture and style else picture,
            revision,
            version.decode() if version else None,
            reads_gzip(headers.get(b"accept-encoding", b"").decode("latin-1")),
            None if known is None else known.decode("latin-1"),
            b"origin" in headers,
        )

    def _learn_layers(self) -> None:
        """What the addresses of tiles lead to, with the layers that there are now."""
        catalog = self._services.catalog
        self._edition = catalog.edition
        self._layers = {
            (layer.id.encode(), ending.encode()): layer for layer in catalog for ending in ENDINGS.get(layer.kind, ())
        }
        self._addresses = lru_cache(maxsize=ADDRESSES)(self._read)

    def _read(self, path: bytes) -> tuple[Layer, TileCoord, Picture | None] | None:
        """What a path leads to: the tile of a vector layer, or a picture of a raster in its default style."""
        if xyz := _XYZ.fullmatch(path):
            name, z, x, y, retina, ending = xyz.groups()
        elif ogc := _OGC.fullmatch(path):
            (name, z, y, x), retina, ending = ogc.groups(), None, b"mvt"
        else:
            return None
        layer = self._layers.get((name, ending))
        if layer is None or (retina and ending == b"mvt"):
            return None
        picture = None if ending == b"mvt" else Picture(format=ending.decode(), scale=2 if retina else 1)
        try:
            return layer, TileCoord(int(z), int(x), int(y)), picture
        except TileNotFound:
            return None
