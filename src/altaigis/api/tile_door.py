"""The door of finished tiles: what is in memory goes out past the routes, the middleware and all that they look at."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from altaigis.api.methods import HARDENED
from altaigis.api.respond import reads_gzip
from altaigis.api.state import State
from altaigis.api.tile_answers import ENDINGS, VARY, TileAnswer, answer, caching
from altaigis.domain.layer import Layer
from altaigis.domain.picture import Picture
from altaigis.domain.tile import TileCoord
from altaigis.errors import TileNotFound

_XYZ = re.compile(rb"/tiles/([a-z0-9_]+)/(\d{1,2})/(\d{1,7})/(\d{1,7})(@2x)?\.(mvt|png|webp)")
_OGC = re.compile(rb"/collections/([a-z0-9_]+)/tiles/WebMercatorQuad/(\d{1,2})/(\d{1,7})/(\d{1,7})")
_QUERY = re.compile(rb"(?:style=([a-z][a-z0-9_]{0,39})(?:&|$))?(?:v=([0-9a-z-]{1,40}))?")
#: Addresses that need not be read again, and how long they are at most.
ADDRESSES, LONGEST_ADDRESS = 4096, 150
_READING = ("GET", "HEAD")


class TileDoor:
    """ASGI application in front of another: answers as that one would where it need not be asked.

    ``cors`` are the headers that the other one's middleware adds for pages of other origins.
    """

    def __init__(self, app: FastAPI, services: State, cors: Mapping[str, str]) -> None:
        self.app = app
        self._services = services
        self._layers = {
            (layer.id.encode(), ending.encode()): layer
            for layer in services.catalog
            for ending in ENDINGS.get(layer.kind, ())
        }
        self._asked = lru_cache(maxsize=ADDRESSES)(self._read)
        self._cors = [(name.lower().encode(), value.encode()) for name, value in cors.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._answer(scope) if scope["type"] == "http" and scope["method"] in _READING else None
        if found is None:
            await self.app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else found.body})

    def _answer(self, scope: Scope) -> TileAnswer | None:
        """The whole answer, None where it is not at hand or the request is of no kind that is expected."""
        path: bytes = scope["raw_path"]
        asked = self._asked(path) if len(path) <= LONGEST_ADDRESS else None
        query = _QUERY.fullmatch(scope["query_string"])
        if asked is None or query is None:
            return None
        layer, coord, picture = asked
        style, version = query.groups()
        revision = self._services.ledger.known(layer)
        if revision is None:
            return None
        headers = dict(reversed(scope["headers"]))  # of a header that stands there twice the first one counts
        gzip = reads_gzip(headers.get(b"accept-encoding", b"").decode("latin-1"))
        if picture is None:
            tile = None if style else self._services.tiles.known(layer, revision, coord, gzip=gzip)
        else:
            wanted = replace(picture, style=style.decode()) if style else picture
            tile = self._services.rasters.known(layer, revision, coord, wanted)
        if tile is None:
            return None
        known = headers.get(b"if-none-match")
        found = answer(
            "mvt" if picture is None else picture.format,
            tile,
            caching(revision.version, version.decode() if version else None, editable=layer.editable),
            None if known is None else known.decode("latin-1"),
            VARY + b", Origin",
        )
        found.headers.append(HARDENED)
        if b"origin" in headers:
            found.headers.extend(self._cors)
        return found

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
