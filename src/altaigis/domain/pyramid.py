"""A pyramid of tiles, walked down in blocks: where a block is empty, nobody looks for the tiles below it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from altaigis.domain.extent import BBox
from altaigis.domain.grid import BUFFER, TILE_UNITS
from altaigis.domain.tile import TileCoord

#: Zooms of a block: of its tile, of those four below it, and of those sixteen.
DEPTH = 3
#: How far beyond a block, in parts of its side, something may lie that one of its tiles shows: the margin that tiles
#: are drawn with, and what generalising may move.
REACH = 1 / 16


@dataclass(frozen=True)
class Pyramid:
    """The tiles of some zooms in which there may be something: those that ``extent`` touches and, of these, those that
    ``box`` does."""

    minzoom: int
    maxzoom: int
    extent: BBox
    box: BBox | None = None

    @property
    def zooms(self) -> tuple[int, ...]:
        """Zooms of the blocks, from the top: the last ones are whole."""
        return 0, *reversed(range(self.maxzoom - DEPTH + 1, 0, -DEPTH))

    def below(self, block: TileCoord) -> Iterator[TileCoord]:
        """The blocks right below one, none below the last."""
        later = [zoom for zoom in self.zooms if zoom > block.z]
        return _descendants(block, later[0], self._reaches) if later else iter(())

    def tiles(self, block: TileCoord) -> Iterator[TileCoord]:
        """The tiles of a block."""
        end = min((zoom for zoom in self.zooms if zoom > block.z), default=self.maxzoom + 1)
        for zoom in range(max(block.z, self.minzoom), end):
            yield from _descendants(block, zoom, self._holds)

    def _reaches(self, block: TileCoord) -> bool:
        return self.extent.intersects(block.bbox(REACH)) and self._is_wanted(block)

    def _holds(self, tile: TileCoord) -> bool:
        return self.extent.intersects(tile.bbox(BUFFER / TILE_UNITS)) and self._is_wanted(tile)

    def _is_wanted(self, tile: TileCoord) -> bool:
        return self.box is None or self.box.intersects(tile.bbox())


def _descendants(tile: TileCoord, zoom: int, fits: Callable[[TileCoord], bool]) -> Iterator[TileCoord]:
    """The tiles of a zoom under a tile that fit, in rows."""
    side = 1 << (zoom - tile.z)
    for y in range(tile.y * side, (tile.y + 1) * side):
        for x in range(tile.x * side, (tile.x + 1) * side):
            if fits(found := TileCoord(zoom, x, y)):
                yield found
