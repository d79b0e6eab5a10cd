"""Tiles for every door: zooms, cache, and the revision that a tile belongs to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.grid import BUFFER, TILE_UNITS
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.errors import TileNotFound
from altaigis.services.cache import ByteCache
from altaigis.services.ledger import Ledger
from altaigis.store import rasters, tiles


@dataclass(frozen=True)
class Tile:
    """A finished tile; empty bytes where there is nothing to draw. The tag changes when its content may."""

    content: bytes
    tag: str


class TileService:
    """Vector and raster tiles of the current revisions."""

    def __init__(self, database: AsyncEngine, ledger: Ledger, processed: Path, cache_bytes: int) -> None:
        self._database = database
        self._ledger = ledger
        self._processed = processed
        self._cache = ByteCache(cache_bytes)

    async def tile(self, layer: Layer, coord: TileCoord) -> Tile:
        """The layer's tile, MVT or PNG by its kind.

        Raises:
            TileNotFound: the zoom is outside those of the layer.
        """
        zooms = layer.tiles
        if not zooms.minzoom <= coord.z <= zooms.maxzoom:
            raise TileNotFound(
                "z", f"layer '{layer.id}' has tiles of zoom {zooms.minzoom} to {zooms.maxzoom}, not {coord.z}"
            )
        revision = await self._ledger.revision(layer)
        tag = f"{layer.id}.{revision.fingerprint[:12]}.{revision.number}.{coord.z}.{coord.x}.{coord.y}"
        if revision.extent is None or not revision.extent.intersects(coord.bbox(BUFFER / TILE_UNITS)):
            return Tile(b"", tag)
        if layer.kind == "raster":
            compute = partial(asyncio.to_thread, rasters.read_tile, self._file(layer, revision), coord)
        else:
            compute = partial(tiles.read_tile, self._database, revision, layer, coord)
        return Tile(await self._cache.get((layer.id, revision.number, coord), compute), tag)

    async def together(self, layers: Sequence[Layer], coord: TileCoord) -> Tile:
        """One tile of several vector layers: those that have none at this zoom are left out.

        Raises:
            TileNotFound: the zoom is outside those of all of them.
        """
        shown = [layer for layer in layers if layer.tiles.minzoom <= coord.z <= layer.tiles.maxzoom]
        # of none at all the first tells why
        found = [await self.tile(layer, coord) for layer in shown or layers[:1]]
        return Tile(b"".join(tile.content for tile in found), "+".join(tile.tag for tile in found))

    async def point(self, layer: Layer, longitude: float, latitude: float) -> float | None:
        """The value of a raster layer at a point in degrees, None where it has none."""
        revision = await self._ledger.revision(layer)
        return await asyncio.to_thread(rasters.read_point, self._file(layer, revision), longitude, latitude)

    def _file(self, layer: Layer, revision: Revision) -> rasters.RasterFile:
        return rasters.RasterFile(self._processed / revision.relation, layer)
