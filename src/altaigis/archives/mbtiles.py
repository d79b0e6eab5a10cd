"""MBTiles 1.3: tiles in SQLite, for QGIS, GDAL and programs on phones."""

import json
import os
from pathlib import Path

from altaigis.archives.metadata import metadata, vector_layers
from altaigis.archives.unfinished import Unfinished, writing
from altaigis.domain.tileset import Tileset

#: "MPBX", by which ``file`` tells it from other SQLite.
APPLICATION_ID = 0x4D504258


def finish(work: Unfinished, tileset: Tileset, target: Path, unfinished: Path) -> None:
    """Make the unfinished file the archive. Its notes stay in it: whoever is killed before it has its name goes on.

    Raises:
        NotWritten: it cannot be moved there.
    """
    told = metadata(tileset) | {"minzoom": str(tileset.minzoom), "maxzoom": str(tileset.maxzoom)}
    if tileset.bounds and tileset.center:
        told["bounds"] = ",".join(f"{n:.7f}" for n in tileset.bounds.as_list())
        longitude, latitude, zoom = tileset.center
        told["center"] = f"{longitude:.7f},{latitude:.7f},{zoom}"
    if tileset.layers:
        told["json"] = json.dumps({"vector_layers": vector_layers(tileset)}, ensure_ascii=False)
    work.connection.executemany("INSERT OR REPLACE INTO metadata VALUES (?, ?)", told.items())
    work.connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    work.connection.execute("COMMIT")
    work.connection.close()
    with writing(target):
        publish(unfinished, target)


def publish(made: Path, target: Path) -> None:
    """Put a file that is whole, on the disk too, in its place."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(target)
