"""PMTiles 3: tiles in one file that any server of files can hand out, for browsers ask for ranges of its bytes.

The library of the format's authors writes and reads its parts; they are put together here, for its own writer keeps
all of an archive's directory in memory and tells tiles apart by a number that changes from run to run.
"""

import gzip
import io
import json
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    serialize_directory,
    serialize_header,
    zxy_to_tileid,
)

from altaigis.archives.mbtiles import publish
from altaigis.archives.metadata import metadata, vector_layers
from altaigis.archives.unfinished import Unfinished, drop, writing
from altaigis.domain.tile import TileCoord
from altaigis.domain.tileset import Tileset

HEADER_BYTES = 127
#: The header and the root directory lie in the first 16 KiB.
ROOT_BYTES = 16384 - HEADER_BYTES
#: Entries of a leaf directory; more where the root would have more leaves than there is room for.
LEAF_ENTRIES, MOST_LEAVES = 512, 1000
#: Directories that are kept in memory.
DIRECTORIES = 32
#: A root, leaves below it, and leaves below these.
_DEEPEST = 4

_ORDER = """
CREATE TEMP TABLE entries AS
    SELECT pmtiles_id(zoom_level, tile_column, tile_row) AS id, tile_id FROM map ORDER BY id;
CREATE TEMP TABLE places AS
    SELECT tile_id, length, sum(length) OVER (ORDER BY first) - length AS place FROM (
        SELECT tile_id, min(id) AS first, length(tile_data) AS length FROM entries JOIN images USING (tile_id)
        GROUP BY tile_id);
CREATE UNIQUE INDEX temp.place_of ON places (tile_id);
"""
_ENTRIES = "SELECT id, place, length FROM entries JOIN places USING (tile_id) ORDER BY entries.rowid"
_CONTENTS = "SELECT tile_data FROM places CROSS JOIN images USING (tile_id) ORDER BY place"
_COUNTS = "SELECT (SELECT count(*) FROM entries), count(*), coalesce(sum(length), 0) FROM places"


def finish(work: Unfinished, tileset: Tileset, target: Path, unfinished: Path) -> None:
    """Write the archive and drop the unfinished file.

    Raises:
        NotWritten: there is no room for both.
    """
    made = unfinished.with_name(f"{unfinished.name}-new")
    with writing(made):
        try:
            with made.open("wb") as file:
                _write(work, tileset, file)
            publish(made, target)
        finally:
            made.unlink(missing_ok=True)
        work.connection.close()
        drop(unfinished)


class Archive:
    """A finished archive, read tile by tile. It is opened anew each time, so it may be taken away at any moment."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, ValueError: there is none, or it is no PMTiles that is whole."""
        self.path = path
        with path.open("rb") as file:
            self._stamp = _stamp(file)
            try:
                self._header = deserialize_header(_part(file, 0, HEADER_BYTES))
            except Exception as error:
                # the library has no common class for what it finds wrong
                raise ValueError(f"it is no PMTiles: {error or type(error).__name__}") from error
        if self._header["tile_data_offset"] + self._header["tile_data_length"] > self._stamp[0]:
            raise ValueError("it is cut short")
        self._directory = lru_cache(maxsize=DIRECTORIES)(self._read_directory)

    def tile(self, tile: TileCoord) -> bytes:
        """The tile without gzip, empty bytes where there is none.

        Raises:
            OSError, ValueError, EOFError, zlib.error: the file is gone, is another one now, or is damaged.
        """
        with self.path.open("rb") as file:
            if _stamp(file) != self._stamp:
                raise ValueError("it is another one now")
            content = self._find(file, zxy_to_tileid(tile.z, tile.x, tile.y))
        return gzip.decompress(content) if self._header["tile_compression"] is Compression.GZIP else content

    def _find(self, file: BinaryIO, tile_id: int) -> bytes:
        header = self._header
        offset, length = header["root_offset"], header["root_length"]
        for _ in range(_DEEPEST):
            entry = find_tile(self._directory(offset, length), tile_id)
            if entry is None:
                return b""
            if entry.run_length:
                return _part(file, header["tile_data_offset"] + entry.offset, entry.length)
            offset, length = header["leaf_directory_offset"] + entry.offset, entry.length
        raise ValueError("its directories have no end")

    def _read_directory(self, offset: int, length: int) -> list[Entry]:
        with self.path.open("rb") as file:
            return deserialize_directory(_part(file, offset, length))


def _part(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    found = file.read(length)
    if len(found) < length:
        raise ValueError("it is cut short")
    return found


def _stamp(file: BinaryIO) -> tuple[int, int, int]:
    told = os.fstat(file.fileno())
    return told.st_size, told.st_mtime_ns, told.st_ino


def _write(work: Unfinished, tileset: Tileset, file: BinaryIO) -> None:
    connection = work.connection
    connection.create_function("pmtiles_id", 3, _tile_id, deterministic=True)
    connection.executescript(_ORDER)
    addressed, contents, content_bytes = connection.execute(_COUNTS).fetchone()
    count, root, leaves = _directories(_runs(connection.execute(_ENTRIES)), max(LEAF_ENTRIES, addressed // MOST_LEAVES))
    layers = {"vector_layers": vector_layers(tileset)} if tileset.layers else {}
    told = gzip.compress(json.dumps(metadata(tileset) | layers, ensure_ascii=False).encode(), mtime=0)
    west, south, east, north = tileset.bounds.as_list() if tileset.bounds else (-180.0, -90.0, 180.0, 90.0)
    longitude, latitude, zoom = tileset.center or (0.0, 0.0, tileset.minzoom)
    header: HeaderDict = {
        "version": 3,
        "root_offset": HEADER_BYTES,
        "root_length": len(root),
        "metadata_offset": HEADER_BYTES + len(root),
        "metadata_length": len(told),
        "leaf_directory_offset": HEADER_BYTES + len(root) + len(told),
        "leaf_directory_length": len(leaves),
        "tile_data_offset": HEADER_BYTES + len(root) + len(told) + len(leaves),
        "tile_data_length": content_bytes,
        "addressed_tiles_count": addressed,
        "tile_entries_count": count,
        "tile_contents_count": contents,
        "clustered": True,
        "internal_compression": Compression.GZIP,
        "tile_compression": Compression.NONE if tileset.kind == "raster" else Compression.GZIP,
        "tile_type": TileType.PNG if tileset.kind == "raster" else TileType.MVT,
        "min_zoom": tileset.minzoom,
        "max_zoom": tileset.maxzoom,
        "min_lon_e7": _e7(west),
        "min_lat_e7": _e7(south),
        "max_lon_e7": _e7(east),
        "max_lat_e7": _e7(north),
        "center_zoom": zoom,
        "center_lon_e7": _e7(longitude),
        "center_lat_e7": _e7(latitude),
    }
    file.writelines((serialize_header(header), root, told, leaves))
    for (content,) in connection.execute(_CONTENTS):
        file.write(content)


def _directories(entries: Iterator[Entry], leaf: int) -> tuple[int, bytes, bytes]:
    """How many entries there are, the root directory, and the leaves below it, if it cannot do without."""
    count, root, leaves = 0, [], io.BytesIO()
    while some := list(islice(entries, leaf)):
        written = serialize_directory(some)
        root.append(Entry(some[0].tile_id, leaves.tell(), len(written), 0))
        leaves.write(written)
        count += len(some)
    if len(root) == 1 and leaves.tell() <= ROOT_BYTES:
        return count, leaves.getvalue(), b""
    return count, serialize_directory(root), leaves.getvalue()


def _runs(rows: Iterable[tuple[int, int, int]]) -> Iterator[Entry]:
    """Tiles in their order, those that follow each other with one content as one entry."""
    entry: Entry | None = None
    for tile_id, place, length in rows:
        if entry and entry.offset == place and entry.tile_id + entry.run_length == tile_id:
            entry.run_length += 1
            continue
        if entry:
            yield entry
        entry = Entry(tile_id, place, length, 1)
    if entry:
        yield entry


def _tile_id(zoom: int, column: int, row: int) -> int:
    return zxy_to_tileid(zoom, column, (1 << zoom) - 1 - row)


def _e7(degrees: float) -> int:
    return round(degrees * 10_000_000)
