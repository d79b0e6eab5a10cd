"""Export: the tiles of layers into one file, by several connections at once, on from where a former run has ended."""

import asyncio
import json
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.archives import mbtiles, pmtiles
from altaigis.archives.unfinished import Content, Unfinished, drop, unfinished, writing
from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.picture import Picture
from altaigis.domain.progress import Progress
from altaigis.domain.pyramid import REACH, Pyramid
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.domain.text import Language
from altaigis.domain.tile import TileCoord
from altaigis.domain.tileset import Tileset, drawn_state
from altaigis.errors import AltaiError, ExportStopped, NotFound, NotWritten, ParameterError
from altaigis.services.compression import compressed
from altaigis.services.ledger import Ledger
from altaigis.services.rasters import RasterService
from altaigis.services.seeds import Seeds
from altaigis.services.tiles import TileService, tile_cache
from altaigis.store.occupancy import occupied
from altaigis.store.pool import async_engine

#: Behind the name of the file that is made: what an export has done before it was stopped.
PARTIAL = ".partial"


class Finish(Protocol):
    """Makes an archive of the unfinished one and puts it in its place."""

    def __call__(self, work: Unfinished, tileset: Tileset, target: Path, unfinished: Path) -> None: ...


Format = Literal["pmtiles", "mbtiles"]
FORMATS: Mapping[Format, Finish] = MappingProxyType({"pmtiles": pmtiles.finish, "mbtiles": mbtiles.finish})

T = TypeVar("T")
_BEGINNINGS = {
    "nothing": "looking where there is something",
    "same": "going on where a former export has ended",
    "other": "begun anew, for a former export had other tiles",
}


@dataclass(frozen=True)
class Selection:
    """Which tiles: those of layers, each in a revision, of some zooms; of a box, if there is one."""

    states: Mapping[Layer, Revision]
    minzoom: int
    maxzoom: int
    box: BBox | None

    @classmethod
    def of(
        cls, states: Mapping[Layer, Revision], minzoom: int | None, maxzoom: int | None, box: BBox | None
    ) -> "Selection":
        """All tiles of the layers, or those of a part of their zooms and of their extent.

        Raises:
            ParameterError: rasters are not alone, or there are no such tiles.
            NotFound: the layers have nothing to draw.
        """
        if len(states) > 1 and any(layer.kind == "raster" for layer in states):
            raise ParameterError("LAYER", "a raster stands alone: only vector layers can share a tile")
        first, last = min(layer.tiles.minzoom for layer in states), max(layer.tiles.maxzoom for layer in states)
        lowest, highest = first if minzoom is None else minzoom, last if maxzoom is None else maxzoom
        for name, zoom in (("--minzoom", lowest), ("--maxzoom", highest)):
            if not first <= zoom <= last:
                raise ParameterError(name, f"there are tiles of zoom {first} to {last}, not {zoom}")
        if lowest > highest:
            raise ParameterError("--minzoom", f"{lowest} is above the last zoom, {highest}")
        found = cls(states, lowest, highest, box)
        if box and box.west > box.east:
            raise ParameterError("--bbox", "the western longitude stands first")
        if box and not box.intersects(found.extent):
            raise ParameterError("--bbox", f"there is nothing in it; the layers lie in {_told(found.extent)}")
        return found

    @property
    def extent(self) -> BBox:
        """Where the layers lie."""
        boxes = [revision.extent for revision in self.states.values() if revision.extent]
        if not boxes:
            raise NotFound(f"there is nothing to draw in {self.names}: no feature has a place")
        return reduce(BBox.united, boxes)

    @property
    def names(self) -> str:
        return ", ".join(layer.id for layer in self.states)

    @property
    def pyramid(self) -> Pyramid:
        return Pyramid(self.minzoom, self.maxzoom, self.extent, self.box)

    def tileset(self, language: Language) -> Tileset:
        """What its archive tells of itself."""
        extent, box = self.extent, self.box or self.extent
        bounds = BBox(
            max(extent.west, box.west),
            max(extent.south, box.south),
            min(extent.east, box.east),
            min(extent.north, box.north),
        )
        return Tileset.of(self.states, language).cut(self.minzoom, self.maxzoom, bounds)

    def job(self, form: Format) -> str:
        """The same text for the same tiles: what a former run has done is good for this one."""
        drawn = {layer.id: drawn_state(layer, revision) for layer, revision in self.states.items()}
        return json.dumps([form, drawn, self.minzoom, self.maxzoom, self.box.as_list() if self.box else None])


@dataclass(frozen=True)
class Target:
    """The file to be made."""

    path: Path
    form: Format
    language: Language = "ru"
    overwrite: bool = False

    @property
    def partial(self) -> Path:
        return self.path.with_name(self.path.name + PARTIAL)

    def make_folder(self) -> None:
        """Raises NotWritten: it cannot be made."""
        with writing(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)

    def require_free(self) -> None:
        """Raises NotWritten: the file is there and shall stay, or cannot be one."""
        if self.path.is_dir():
            raise NotWritten(f"{self.path} is a folder: name a file")
        if self.path.exists() and not self.overwrite:
            raise NotWritten(f"{self.path} exists: name another file, or ask to --overwrite it")


@dataclass(frozen=True)
class Archived:
    """A finished archive; ``begun`` tells what a former run had left: nothing, the same work, or other work."""

    path: Path
    selection: Selection
    content: Content
    bytes: int
    seconds: float
    begun: str

    def as_json(self) -> dict[str, Any]:
        z, x, y = self.content.largest
        return {
            "file": str(self.path),
            "layers": {layer.id: revision.number for layer, revision in self.selection.states.items()},
            "minzoom": self.selection.minzoom,
            "maxzoom": self.selection.maxzoom,
            "tiles": self.content.tiles,
            "different": self.content.different,
            "bytes": self.bytes,
            "largest": {"tile": f"{z}/{x}/{y}", "bytes": self.content.largest_bytes},
            "seconds": round(self.seconds, 3),
            "resumed": self.begun == "same",
        }


class Exporter:
    """Makes archives out of a database and the processed files of rasters, with so many connections."""

    def __init__(self, url: str, processed: Path, workers: int, progress: Progress) -> None:
        self._url = url
        self._processed = processed
        self._workers = workers
        self._progress = progress

    def export(self, selection: Selection, target: Target) -> Archived:
        """Make the file, whole; what is done when it cannot be stays beside it, and is not done again.

        Raises:
            NotWritten, Busy: nothing has been begun, for the file cannot be made.
            NotFound: the tiles are all empty.
            ExportStopped: the database has gone, or there is no more room.
        """
        started = time.monotonic()
        target.require_free()
        work: Unfinished | None = None
        try:
            with unfinished(target.partial, selection.job(target.form)) as work:
                self._progress(_BEGINNINGS[work.was], 0, None)
                asyncio.run(self._fill(selection, work))
                content = work.content
                if content is None:
                    raise NotFound(f"all tiles of {selection.names} in this part are empty")
                target.require_free()
                FORMATS[target.form](work, selection.tileset(target.language), target.path, target.partial)
        except NotFound:
            drop(target.partial)
            raise
        except AltaiError as error:
            if work and target.partial.exists():
                raise ExportStopped(
                    f"{error}; what is done stays in {target.partial}, and the same command goes on from there"
                ) from error
            raise
        size = target.path.stat().st_size
        return Archived(target.path, selection, content, size, time.monotonic() - started, work.was)

    async def _fill(self, selection: Selection, work: Unfinished) -> None:
        database = async_engine(self._url, self._workers, for_tiles=True)
        try:
            if not work.is_planned:
                await self._survey(database, selection, work)
            # what is drawn is written at once, so there is nothing to keep
            nothing, seeds = tile_cache(0), Seeds(self._processed)
            vectors = TileService(database, nothing, seeds)
            pictures = RasterService(Ledger(database), self._processed, nothing, seeds)
            await self._draw(_Drawing(selection, vectors, pictures), work)
        finally:
            await database.dispose()

    async def _survey(self, database: AsyncEngine, selection: Selection, work: Unfinished) -> None:
        """Note the blocks of tiles in which there is something, walking down."""
        pyramid, found = selection.pyramid, 0

        def note(block: TileCoord) -> None:
            nonlocal found
            tiles = sum(1 for _ in pyramid.tiles(block))
            work.plan(block, tiles)
            found += tiles

        note(TileCoord(0, 0, 0))
        for zoom in pyramid.zooms[:-1]:
            upper = work.blocks(zoom)
            while some := list(islice(upper, self._workers)):
                for blocks in await _all(_occupied(database, selection, block) for block in some):
                    for block in blocks:
                        note(block)
                self._progress(f"looking where there is something, {found} tiles so far", 0, None)
        work.planned()

    async def _draw(self, drawing: "_Drawing", work: Unfinished) -> None:
        """Draw the tiles of the blocks that are not done, several blocks at a time."""
        total, done = work.counts
        pending, writing = work.pending(), asyncio.Lock()

        async def draw() -> None:
            nonlocal done
            for block in pending:
                coords = list(drawing.selection.pyramid.tiles(block))
                drawn = await drawing.tiles(coords)
                async with writing:
                    await asyncio.to_thread(work.add, block, drawn)
                done += len(coords)
                self._progress("tiles", done, total)

        self._progress("tiles", done, total)
        await _all(draw() for _ in range(self._workers))


@dataclass(frozen=True)
class _Drawing:
    """How tiles are drawn."""

    selection: Selection
    vectors: TileService
    pictures: RasterService

    async def tiles(self, coords: Sequence[TileCoord]) -> list[tuple[TileCoord, bytes]]:
        """Those of the tiles that are not empty, as archives have them: vector tiles in gzip, however small."""
        found = [(coord, await self._tile(coord)) for coord in coords]
        shown = [(coord, content) for coord, content in found if content]
        if any(layer.kind == "raster" for layer in self.selection.states):
            return shown
        return await asyncio.to_thread(lambda: [(coord, compressed(content)) for coord, content in shown])

    async def _tile(self, coord: TileCoord) -> bytes:
        states = {
            FeatureQuery(layer): revision
            for layer, revision in self.selection.states.items()
            if layer.tiles.minzoom <= coord.z
        }
        if not states:
            return b""
        if len(states) > 1:
            return (await self.vectors.together(states, coord, gzip=False)).content
        ((query, revision),) = states.items()
        if query.layer.kind == "raster":
            return (await self.pictures.tile(query.layer, revision, coord, Picture())).content
        return (await self.vectors.tile(query, revision, coord, gzip=False)).content


async def _occupied(database: AsyncEngine, selection: Selection, block: TileCoord) -> list[TileCoord]:
    """The blocks right below one in which there may be something."""
    below = list(selection.pyramid.below(block))
    boxes = [block.bbox(REACH) for block in below]
    here: set[int] = set()
    for layer, revision in selection.states.items():
        if not below:
            continue
        if layer.kind == "raster":
            return below
        here |= await occupied(database, layer, revision, boxes)
    return [below[number] for number in sorted(here)]


async def _all(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What all of them bring; when one fails, none goes on."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            # who is told twice does not wait until PostgreSQL has cancelled its query
            if not task.cancelling():
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    failures = [error for task in tasks if not task.cancelled() and (error := task.exception())]
    if failures:
        raise failures[0]
    return [task.result() for task in tasks]


def _told(box: BBox) -> str:
    return ",".join(f"{n:.4f}" for n in box.as_list())
