"""Tiles for every door: zooms, cache, and the revision that a tile belongs to."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.extent import BBox
from altaigis.domain.grid import BUFFER, TILE_UNITS
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.errors import NotLoaded, TileNotFound
from altaigis.services.cache import Cache
from altaigis.services.compression import compressed, gains
from altaigis.services.ledger import Ledger
from altaigis.services.seeds import Seeds
from altaigis.store import rasters, tiles


@dataclass(frozen=True, slots=True)
class Tile:
    """A finished tile; empty bytes where there is nothing to draw.

    The tag names the bytes as they are: whatever happens to the layer, who has them under this tag has them right.
    """

    content: bytes
    tag: str
    is_compressed: bool = False


EMPTY = Tile(b"", "empty")


class TileService:
    """Vector and raster tiles of the current revisions.

    What is finished is kept under the last revision that touched its area, so an edit takes nothing from the tiles
    around, nor a load, which touches everything, anything but what it has made old.
    """

    def __init__(self, database: AsyncEngine, ledger: Ledger, processed: Path, cache_bytes: int) -> None:
        self._database = database
        self._ledger = ledger
        self._processed = processed
        self._seeds = Seeds(processed)
        self._keeps = cache_bytes > 0
        self._cache: Cache[Tile] = Cache(cache_bytes, lambda tile: len(tile.content))

    async def tile(self, query: FeatureQuery, revision: Revision, coord: TileCoord, *, gzip: bool) -> Tile:
        """The tile of what a query selects in its layer's current revision, MVT or PNG by the kind of the layer, in
        gzip where that is wanted and gains.

        What is filtered is drawn for the one who asks: there are more questions than would be worth keeping.

        Raises:
            TileNotFound: the zoom is outside those of the layer.
            NotLoaded: the file of a raster is not there.
        """
        layer, zooms = query.layer, query.layer.tiles
        if not zooms.minzoom <= coord.z <= zooms.maxzoom:
            raise TileNotFound(
                "z", f"layer '{layer.id}' has tiles of zoom {zooms.minzoom} to {zooms.maxzoom}, not {coord.z}"
            )
        if _is_empty(revision, coord):
            return EMPTY
        plain = partial(self._drawn, query, revision, coord)
        if query.where is not None or not self._keeps:
            tile = await plain()
            return await _compressed(tile) if gzip and query.layer.kind != "raster" else tile
        get_plain = partial(self._cache.get, _key(layer, revision, coord, gzip=False), plain)
        if not gzip:
            return await get_plain()
        return await self._cache.get(_key(layer, revision, coord, gzip=True), partial(_in_gzip, layer, get_plain))

    def known(self, layer: Layer, revision: Revision, coord: TileCoord, *, gzip: bool) -> Tile | None:
        """The same where it is finished, else None."""
        return self._cache.known(_key(layer, revision, coord, gzip=gzip))

    async def together(self, queries: Mapping[FeatureQuery, Revision], coord: TileCoord, *, gzip: bool) -> Tile:
        """One tile of several vector layers: those that have none at this zoom are left out.

        It is put together each time: its parts are kept, not their combinations.

        Raises:
            TileNotFound: the zoom is outside those of all of them.
        """
        shown = [query for query in queries if query.layer.tiles.minzoom <= coord.z <= query.layer.tiles.maxzoom]
        # of none at all the first tells why
        wanted = shown or list(queries)[:1]
        found = await asyncio.gather(*(self.tile(query, queries[query], coord, gzip=False) for query in wanted))
        tile = _tile(b"".join(tile.content for tile in found))
        return await _compressed(tile) if gzip else tile

    async def point(self, layer: Layer, longitude: float, latitude: float) -> float | None:
        """The value of a raster layer at a point in degrees, None where it has none."""
        revision = await self._ledger.revision(layer)
        return await asyncio.to_thread(rasters.read_point, self._file(layer, revision), longitude, latitude)

    async def _drawn(self, query: FeatureQuery, revision: Revision, coord: TileCoord) -> Tile:
        if query.where is None and self._seeds.has(query.layer, revision):
            seeded = await asyncio.to_thread(self._seeds.read, query.layer, revision, coord)
            if seeded is not None:
                return _tile(seeded)
        if query.layer.kind == "raster":
            content = await asyncio.to_thread(rasters.read_tile, self._file(query.layer, revision), coord)
        else:
            content = await tiles.read_tile(self._database, revision, query, coord)
        return _tile(content)

    def _file(self, layer: Layer, revision: Revision) -> rasters.RasterFile:
        path = self._processed / revision.relation
        if not path.is_file():
            raise NotLoaded(
                f"the file of layer '{layer.id}', {path.name}, is not in the folder of processed files; "
                f"run: altaigis etl run {layer.id}"
            )
        return rasters.RasterFile(path, layer)


def _tile(content: bytes) -> Tile:
    return Tile(content, hashlib.blake2b(content, digest_size=12).hexdigest()) if content else EMPTY


async def _in_gzip(layer: Layer, plain: Callable[[], Awaitable[Tile]]) -> Tile:
    tile = await plain()
    return tile if layer.kind == "raster" else await _compressed(tile)


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
