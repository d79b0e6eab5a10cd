"""Answers that are tiles, for the route and for the door around it: how long they are good, and their headers."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from altaigis.api.negotiation import MVT, PNG, WEBP
from altaigis.api.respond import REVALIDATE, matches
from altaigis.domain.picture import FORMATS
from altaigis.domain.revision import Revision
from altaigis.services.tiles import Tile

Headers = list[tuple[bytes, bytes]]

#: Endings of the addresses by the kind of layer, the usual one first.
ENDINGS = {"vector": ("mvt",), "raster": FORMATS}
#: Of an address that carries the current revision: what it answers never changes.
IMMUTABLE = b"public, max-age=31536000, immutable"
#: Of an address without: maps draw what they have while they ask whether it is still so.
FRESHEN = b"public, max-age=0, stale-while-revalidate=60"
#: Of an address that carries another revision: it answers with the current one, which nobody shall take for that.
OTHER = REVALIDATE.encode()
VARY = b"Accept-Encoding"
_TYPES = {
    ending: (b"content-type", media_type.encode())
    for ending, media_type in (("mvt", MVT), ("png", PNG), ("webp", WEBP))
}
_GZIP = (b"content-encoding", b"gzip")


@dataclass(frozen=True, slots=True)
class TileAnswer:
    """Status, headers and body as they are sent."""

    status: int
    headers: Headers
    body: bytes


def version(revisions: Sequence[Revision]) -> str:
    """What names the current revisions of the layers of a tile in its address."""
    if len(revisions) == 1:
        return revisions[0].version
    return hashlib.blake2b(" ".join(each.version for each in revisions).encode(), digest_size=8).hexdigest()


def caching(current: str, asked: str | None, *, editable: bool) -> bytes:
    """How long an answer of the current version is good for an address that carries the one asked for, or none."""
    if asked is None:
        # who has edited a layer looks at once whether it is there
        return OTHER if editable else FRESHEN
    return IMMUTABLE if asked == current else OTHER


def answer(ending: str, tile: Tile, cache_control: bytes, known: str | None, vary: bytes = VARY) -> TileAnswer:
    """The tile with this ending for a client that knows the tags in its If-None-Match, or none."""
    etag = f'"{tile.tag}"'
    headers = [(b"etag", etag.encode()), (b"cache-control", cache_control), (b"vary", vary)]
    if known is not None and matches(known, etag):
        return TileAnswer(304, headers, b"")
    if not tile.content:
        return TileAnswer(204, headers, b"")
    if tile.is_compressed:
        headers.append(_GZIP)
    headers += (b"content-length", b"%d" % len(tile.content)), _TYPES[ending]
    return TileAnswer(200, headers, tile.content)
