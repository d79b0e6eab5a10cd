"""Seeds: archives of whole layers, out of which a server answers what it would otherwise have to draw."""

import asyncio
import logging
import re
import time
import zlib
from pathlib import Path

from altaigis.archives.pmtiles import Archive
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.domain.tileset import drawn_state

log = logging.getLogger("altaigis.services")

#: Below data/processed: archives that are made there, or put there by somebody, are served as files, too.
FOLDER = "tiles"
#: A new seed is seen after so many seconds.
LOOK_SECONDS = 1.0


def seed_path(processed: Path, layer: Layer, revision: Revision) -> Path:
    """Where the seed of a revision is, or would be. Another state of data or of layer file has another name."""
    return processed / FOLDER / f"{layer.id}_{drawn_state(layer, revision)}.pmtiles"


def is_archive(path: Path) -> bool:
    """Whether a file is a PMTiles, and whole."""
    try:
        Archive(path)
    except (OSError, ValueError):
        return False
    return True


def former_seeds(current: Path, layer: Layer) -> list[Path]:
    """Seeds of other states of the layer than the current one, and what is left of exports of them."""
    name = re.compile(rf"{layer.id}_\d+-[0-9a-f]{{8}}\.pmtiles(\..+)?")
    return [path for path in current.parent.iterdir() if name.fullmatch(path.name) and path.name != current.name]


class Seeds:
    """The seeds of the current revisions, as far as there are any."""

    def __init__(self, processed: Path) -> None:
        self._processed = processed
        self._looks: dict[str, tuple[Revision, float, Archive | None]] = {}

    async def read(self, layer: Layer, revision: Revision, coord: TileCoord) -> bytes | None:
        """The tile, empty bytes where nothing is drawn; None where there is no seed, or none that can be read."""
        archive = self._archive(layer, revision)
        if archive is None:
            return None
        try:
            return await asyncio.to_thread(archive.tile, coord)
        except (OSError, ValueError, EOFError, zlib.error) as error:
            self._give_up(layer, revision, archive.path, error)
            return None

    def _archive(self, layer: Layer, revision: Revision) -> Archive | None:
        known = self._looks.get(layer.id)
        if known and known[0] == revision and (known[2] or time.monotonic() - known[1] < LOOK_SECONDS):
            return known[2]
        path = seed_path(self._processed, layer, revision)
        try:
            archive = Archive(path) if path.exists() else None
        except (OSError, ValueError) as error:
            self._give_up(layer, revision, path, error)
            return None
        self._looks[layer.id] = revision, time.monotonic(), archive
        return archive

    def _give_up(self, layer: Layer, revision: Revision, path: Path, error: Exception) -> None:
        log.warning("tiles of %s are drawn, for the seed %s cannot be read: %s", layer.id, path.name, error)
        self._looks[layer.id] = revision, time.monotonic(), None
