"""Rasters for every door: pictures of their tiles out of the cache, and values at points."""

import asyncio
import os
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.picture import Picture
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.errors import NotLoaded, ParameterError
from altaigis.services.cache import Cache
from altaigis.services.ledger import Ledger
from altaigis.services.seeds import Seeds
from altaigis.services.tiles import EMPTY, Tile, require_zoom
from altaigis.store import rasters
from altaigis.store.colours import COLORMAPS


class RasterService:
    """Pictures and values of the current revisions.

    A revision has a file of its own name. What the layer file declares is kept; what is drawn in a way that one client
    has thought of is not.
    """

    def __init__(self, ledger: Ledger, processed: Path, cache: Cache[Tile], seeds: Seeds) -> None:
        self._ledger = ledger
        self._processed = processed
        self._cache = cache
        self._seeds = seeds
        # a picture is all processor: more threads than those draw none sooner, and other work has its own
        self._drawers = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="drawer")

    async def tile(self, layer: Layer, revision: Revision, coord: TileCoord, picture: Picture) -> Tile:
        """The picture of a tile of the layer's current revision.

        Raises:
            TileNotFound: the zoom is outside those of the layer.
            ParameterError: there is no colour map of that name.
            NotLoaded: the file is not there.
        """
        require_zoom(layer, coord)
        if picture.colormap is not None and picture.colormap not in COLORMAPS:
            there = ", ".join(name for name in COLORMAPS if not name.endswith("_r"))
            raise ParameterError("colormap", f"there is no '{picture.colormap:.40}'; there are, and with _r: {there}")
        if revision.extent is None or not revision.extent.intersects(coord.bbox()):
            return EMPTY
        draw = partial(self._drawn, layer, revision, coord, picture)
        return await self._cache.get(_key(layer, revision, coord, picture), draw, keep=picture.is_declared)

    def known(self, layer: Layer, revision: Revision, coord: TileCoord, picture: Picture) -> Tile | None:
        """The same where it is finished, else None."""
        return self._cache.known(_key(layer, revision, coord, picture))

    async def point(self, layer: Layer, longitude: float, latitude: float) -> float | None:
        """The value of the layer at a point in degrees, None where it has none.

        Raises:
            NotLoaded: the file is not there.
        """
        revision = await self._ledger.revision(layer)
        return await asyncio.to_thread(rasters.read_point, self._file(layer, revision), longitude, latitude)

    async def whole(self, layer: Layer, side: int) -> tuple[bytes, BBox]:
        """All of the layer as one picture (PNG) in Web Mercator, no larger than ``side``, and where it lies.

        Raises:
            NotLoaded: the file is not there, or holds nothing.
        """
        revision = await self._ledger.revision(layer)
        if revision.extent is None:
            raise NotLoaded(f"layer '{layer.id}' holds nothing to draw")
        read = partial(rasters.read_box, self._file(layer, revision), revision.extent, side)
        drawn = await asyncio.get_running_loop().run_in_executor(self._drawers, read)
        return drawn, revision.extent

    async def file(self, layer: Layer) -> Path:
        """The Cloud-Optimized GeoTIFF of the layer's current revision.

        Raises:
            NotLoaded: the file is not there.
        """
        return self._file(layer, await self._ledger.revision(layer)).path

    async def _drawn(self, layer: Layer, revision: Revision, coord: TileCoord, picture: Picture) -> Tile:
        if picture == Picture():
            seeded = await self._seeds.read(layer, revision, coord)
            if seeded is not None:
                return Tile.of(seeded)
        file, loop = self._file(layer, revision), asyncio.get_running_loop()
        return Tile.of(await loop.run_in_executor(self._drawers, rasters.read_tile, file, coord, picture))

    def _file(self, layer: Layer, revision: Revision) -> rasters.RasterFile:
        path = self._processed / revision.relation
        if not path.is_file():
            raise NotLoaded(
                f"the file of layer '{layer.id}', {path.name}, is not in the folder of processed files; {layer.remedy}"
            )
        return rasters.RasterFile(path, layer)


def _key(layer: Layer, revision: Revision, coord: TileCoord, picture: Picture) -> Hashable:
    return layer.id, revision.sources, revision.number, coord, picture
