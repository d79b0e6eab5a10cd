"""Tiles for every door: zooms, cache, and the revision that a tile belongs to."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.extent import BBox
from altaigis.domain.grid import BUFFER, TILE_UNITS
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.errors import TileNotFound
from altaigis.services.cache import Cache
from altaigis.services.compression import compressed, gains
from altaigis.services.seeds import Seeds
from altaigis.store import tiles


@dataclass(frozen=True, slots=True)
class Tile:
    """A finished tile; empty bytes where there is nothing to draw.

    The tag names the bytes as they are: whatever happens to the layer, who has them under this tag has them right.
    """

    content: bytes
    tag: str
    is_compressed: bool = False

    @classmethod
    def of(cls, content: bytes) -> "Tile":
        """The tile of these bytes, named by them."""
        return cls(content, hashlib.blake2b(content, digest_size=12).hexdigest()) if content else EMPTY


EMPTY = Tile(b"", "empty")


def tile_cache(capacity: int) -> Cache[Tile]:
    """Of so many bytes, for all tiles of a server."""
    return Cache(capacity, lambda tile: len(tile.content))


class TileService:
    """Vector tiles of the current revisions.

    What is finished is kept under the last revision that touched its area, so an edit takes nothing from the tiles
    around, nor a load, which touches everything, anything but what it has made old. ``database`` is an engine for
    tiles.
    """

    def __init__(self, database: AsyncEngine, cache: Cache[Tile], seeds: Seeds) -> None:
        self._database = database
        self._cache = cache
        self._seeds = seeds

    async def tile(self, query: FeatureQuery, revision: Revision, coord: TileCoord, *, gzip: bool) -> Tile:
        """The tile of what a query selects in its layer's current revision in MVT, in gzip where that is wanted and
        gains.

        What is filtered is drawn for the one who asks: there are more questions than would be worth keeping.

        Raises:
            TileNotFound: the zoom is outside those of the layer.
        """
        require_zoom(query.layer, coord)
        return await self._finished(query, revision, coord, gzip=gzip)

    async def _finished(self, query: FeatureQuery, revision: Revision, coord: TileCoord, *, gzip: bool) -> Tile:
        layer = query.layer
        if _is_empty(revision, coord):
            return EMPTY
        plain = partial(self._drawn, query, revision, coord)
        if query.where is not None:
            tile = await plain()
            return await _compressed(tile) if gzip else tile
        get_plain = partial(self._cache.get, _key(layer, revision, coord, gzip=False), plain)
        if not gzip:
            return await get_plain()
        return await self._cache.get(_key(layer, revision, coord, gzip=True), partial(_in_gzip, get_plain))

    def known(self, layer: Layer, revision: Revision, coord: TileCoord, *, gzip: bool) -> Tile | None:
        """The same where it is finished, else None."""
        if coord.z > layer.tiles.maxzoom:
            return None  # it may be part of another tile
        return self._cache.known(_key(layer, revision, coord, gzip=gzip))

    async def together(self, queries: Mapping[FeatureQuery, Revision], coord: TileCoord, *, gzip: bool) -> Tile:
        """One tile of several vector layers, those left out whose tiles begin at a higher zoom. Where the tiles of one
        end before those of others, it is drawn in full detail: maps enlarge the last tiles of all, not those of one.

        It is put together each time: its parts are kept, not their combinations.

        Raises:
            TileNotFound: the zoom is outside those of all of them.
        """
        shown = [query for query in queries if query.layer.tiles.minzoom <= coord.z]
        # of none at all the first tells why
        require_zoom(max(shown or queries, key=lambda query: query.layer.tiles.maxzoom).layer, coord)
        found = await asyncio.gather(*(self._finished(query, queries[query], coord, gzip=False) for query in shown))
        tile = Tile.of(b"".join(tile.content for tile in found))
        return await _compressed(tile) if gzip else tile

    async def _drawn(self, query: FeatureQuery, revision: Revision, coord: TileCoord) -> Tile:
        if query.where is None and coord.z <= query.layer.tiles.maxzoom:
            seeded = await self._seeds.read(query.layer, revision, coord)
            if seeded is not None:
                return Tile.of(seeded)
        return Tile.of(await tiles.read_tile(self._database, revision, query, coord))


def require_zoom(layer: Layer, coord: TileCoord) -> None:
    """Raises TileNotFound: the layer has no tiles of this zoom."""
    zooms = layer.tiles
    if not zooms.has(coord.z):
        raise TileNotFound(
            "z", f"layer '{layer.id}' has tiles of zoom {zooms.minzoom} to {zooms.maxzoom}, not {coord.z}"
        )


async def _in_gzip(plain: Callable[[], Awaitable[Tile]]) -> Tile:
    return await _compressed(await plain())


async def _compressed(tile: Tile) -> Tile:
    if not gains(tile.content):
        return tile
    return Tile(await asyncio.to_thread(compressed, tile.content), f"{tile.tag}.gz", is_compressed=True)


def _key(layer: Layer, revision: Revision, coord: TileCoord, *, gzip: bool) -> Hashable:
    number = revision.last_touched(_drawn_area(coord)) if revision.changes else revision.number
    # an edit keeps the name of the sources
    return layer.id, revision.sources, number, coord.z, coord.x, coord.y, gzip


def _is_empty(revision: Revision, coord: TileCoord) -> bool:
    return revision.extent is None or not revision.extent.intersects(_drawn_area(coord))


def _drawn_area(coord: TileCoord) -> BBox:
    return coord.bbox(BUFFER / TILE_UNITS)
