"""An archive in the making: a file beside the archive that outlives whoever makes it, so that another one can go on.

It is an MBTiles, with notes of what is done. Tiles alike are kept once.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from altaigis.domain.tile import TileCoord
from altaigis.errors import Busy, NotWritten

#: What is done is on the disk after so many seconds.
COMMIT_SECONDS = 1.0
#: Blocks that are read at once.
BATCH = 1000

_TABLES = """
CREATE TABLE metadata (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE map (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_id BLOB,
                  PRIMARY KEY (zoom_level, tile_column, tile_row)) WITHOUT ROWID;
CREATE TABLE images (tile_id BLOB PRIMARY KEY, tile_data BLOB);
CREATE VIEW tiles AS SELECT zoom_level, tile_column, tile_row, tile_data FROM map JOIN images USING (tile_id);
CREATE TABLE job (told TEXT, is_planned INTEGER);
CREATE TABLE blocks (z INTEGER, x INTEGER, y INTEGER, tiles INTEGER, is_done INTEGER DEFAULT 0,
                     PRIMARY KEY (z, x, y)) WITHOUT ROWID;
"""
_ADD = "INSERT OR REPLACE INTO map VALUES (?, ?, ?, ?)"
_KEEP = "INSERT OR IGNORE INTO images VALUES (?, ?)"
_DONE = "UPDATE blocks SET is_done = 1 WHERE (z, x, y) = (?, ?, ?)"
_PENDING = "SELECT z, x, y FROM blocks WHERE NOT is_done AND (z, x, y) > (?, ?, ?) ORDER BY z, x, y LIMIT ?"
_OF_ZOOM = "SELECT z, x, y FROM blocks WHERE z = ? AND (z, x, y) > (?, ?, ?) ORDER BY z, x, y LIMIT ?"
_COUNTS = "SELECT coalesce(sum(tiles), 0), coalesce(sum(tiles) FILTER (WHERE is_done), 0) FROM blocks"
_HELD = "SELECT count(*) FROM map", "SELECT count(*) FROM images"
_LARGEST = """
SELECT zoom_level, tile_column, tile_row, length(tile_data) FROM map JOIN images USING (tile_id)
WHERE tile_id = (SELECT tile_id FROM images ORDER BY length(tile_data) DESC LIMIT 1) LIMIT 1
"""


@dataclass(frozen=True)
class Content:
    """What an archive holds: tiles, how many of them differ, and the largest with its bytes."""

    tiles: int
    different: int
    largest: tuple[int, int, int]
    largest_bytes: int


class Unfinished:
    """Tiles by blocks. One at a time may call it, from any thread.

    ``was`` tells what was there at the beginning: nothing, the same job (then it goes on) or another one (which has
    been thrown away).
    """

    def __init__(self, connection: sqlite3.Connection, was: str) -> None:
        self.connection = connection
        self.was = was
        self._committed = time.monotonic()

    @property
    def is_planned(self) -> bool:
        """Whether all blocks are known."""
        return bool(self.connection.execute("SELECT is_planned FROM job").fetchone()[0])

    def plan(self, block: TileCoord, tiles: int) -> None:
        """Note a block, and how many tiles it may have; they are all forgotten if it ends before :meth:`planned`."""
        self.connection.execute("INSERT INTO blocks (z, x, y, tiles) VALUES (?, ?, ?, ?)", (*_key(block), tiles))

    def planned(self) -> None:
        """All blocks are noted."""
        self.connection.execute("UPDATE job SET is_planned = 1")
        self.commit()

    def blocks(self, zoom: int) -> Iterator[TileCoord]:
        """The blocks of a zoom; others may be noted meanwhile."""
        return self._walk(_OF_ZOOM, zoom)

    def pending(self) -> Iterator[TileCoord]:
        """The blocks that are not done yet; they may be done meanwhile."""
        return self._walk(_PENDING)

    @property
    def counts(self) -> tuple[int, int]:
        """How many tiles there may be, and of how many that is known."""
        all_tiles, done = self.connection.execute(_COUNTS).fetchone()
        return all_tiles, done

    @property
    def content(self) -> Content | None:
        """What it holds by now, None where that is nothing."""
        row = self.connection.execute(_LARGEST).fetchone()
        if row is None:
            return None
        (tiles,), (different,) = (self.connection.execute(query).fetchone() for query in _HELD)
        zoom, column, row_number, size = row
        return Content(tiles, different, (zoom, column, (1 << zoom) - 1 - row_number), size)

    def add(self, block: TileCoord, tiles: Iterable[tuple[TileCoord, bytes]]) -> None:
        """The tiles of a block, without those that are empty: with them it is done."""
        for tile, content in tiles:
            digest = hashlib.blake2b(content, digest_size=16).digest()
            self.connection.execute(_KEEP, (digest, content))
            # rows are counted from the south
            self.connection.execute(_ADD, (tile.z, tile.x, (1 << tile.z) - 1 - tile.y, digest))
        self.connection.execute(_DONE, _key(block))
        if time.monotonic() - self._committed > COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        self.connection.execute("COMMIT")
        self.connection.execute("BEGIN")
        self._committed = time.monotonic()

    def _walk(self, query: str, *values: int) -> Iterator[TileCoord]:
        last = (-1, -1, -1)
        while rows := self.connection.execute(query, (*values, *last, BATCH)).fetchall():
            yield from (TileCoord(*row) for row in rows)
            last = rows[-1]


@contextmanager
def unfinished(path: Path, job: str) -> Iterator[Unfinished]:
    """Work on the file at ``path``; it stays, with all that is done, however the block ends, unless nothing is.

    Args:
        job: tells what is to be made, down to the state of the data; what another job has left is thrown away.

    Raises:
        NotWritten: the file cannot be made or written, or is not ours.
        Busy: another process works on it.
    """
    with writing(path):
        is_new = not path.exists()
        path.open("ab").close()  # says why where it cannot be
    with _telling(path):
        connection, was = _open(path, job, is_new)
    work = Unfinished(connection, was)
    is_worth = False
    try:
        with _telling(path):
            is_worth = work.is_planned
            try:
                yield work
            finally:
                with suppress(sqlite3.ProgrammingError):  # it has been finished and closed
                    is_worth = work.is_planned
                    if is_worth and connection.in_transaction:
                        connection.execute("COMMIT")
    finally:
        connection.close()
        if not is_worth:
            drop(path)


def drop(path: Path) -> None:
    """Remove an unfinished file, and the journal that a killed process has left of it."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raises NotWritten for what the file system refuses in this block."""
    try:
        yield
    except OSError as error:
        problem = os.strerror(error.errno) if error.errno else str(error)
        raise NotWritten(f"{path} cannot be written: {problem}") from error


def _open(path: Path, job: str, is_new: bool) -> tuple[sqlite3.Connection, str]:
    connection = _connect(path)
    try:
        known = None if is_new else _job(connection)
        if known == job:
            return connection, "same"
        if known is not None:
            connection.close()
            drop(path)
            connection = _connect(path)
        connection.execute("COMMIT")
        connection.executescript(_TABLES)
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("INSERT INTO job VALUES (?, 0)", (job,))
        connection.execute("COMMIT")
        connection.execute("BEGIN")
    except BaseException:
        connection.close()
        if is_new:
            drop(path)
        raise
    return connection, "nothing" if known is None else "other"


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN EXCLUSIVE")
    return connection


def _job(connection: sqlite3.Connection) -> str | None:
    """What an unfinished archive was to become; None for a file without content."""
    tables: Sequence[str] = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
    if not tables:
        return None
    if "job" not in tables:
        raise sqlite3.DatabaseError("it is not an unfinished archive; remove it, or name another file")
    (told,) = connection.execute("SELECT told FROM job").fetchone() or ("",)
    return str(told)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise Busy(f"another process is writing {path}") from error
        if "not a database" in str(error):
            raise NotWritten(f"{path} is not an unfinished archive; remove it, or name another file") from error
        raise NotWritten(f"{path} cannot be written: {error}") from error


def _key(tile: TileCoord) -> tuple[int, int, int]:
    return tile.z, tile.x, tile.y
