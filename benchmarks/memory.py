"""Resident memory of the server after every door has been used, many times and by many at once."""

import argparse
import json
import math
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from measure import Place, empty_place, report

MOST_MEGABYTES, WITH_COLUMNS_MEGABYTES = 300, 450
CLIENTS = 8
#: Formats of whole layers that are text, and those of columns, for which GDAL and Arrow are loaded.
TEXTS, COLUMNS = ("geojson", "ndjson", "csv", "gml", "kml"), ("gpkg", "fgb", "parquet", "shp")


def collections_of(place: Place) -> list[dict[str, Any]]:
    with urllib.request.urlopen(place.url + "/collections?f=json") as answer:
        found: list[dict[str, Any]] = json.load(answer)["collections"]
    return found


def columns(place: Place) -> list[str]:
    """Whole layers in the formats of columns."""
    layers = [collection["id"] for collection in collections_of(place) if "itemType" in collection]
    return [f"/collections/{layer}/items?f={form}" for layer in layers for form in COLUMNS]


def doors(place: Place) -> list[str]:
    """Addresses of every kind: documents and pages of all layers, all pages of items, whole layers as text, tiles of
    all zooms, searches."""
    collections = collections_of(place)
    found = ["/", "/?f=html", "/conformance", "/api", "/api.html", "/collections", "/collections?f=html"]
    found += ["/tileMatrixSets", "/tileMatrixSets/WebMercatorQuad", "/readyz"]
    for collection in collections:
        layer = collection["id"]
        found += [f"/collections/{layer}?f={form}" for form in ("json", "html")]
        if "itemType" in collection:
            found += [f"/collections/{layer}/items?limit=10000&f={form}" for form in ("json", "html")]
            found += [f"/collections/{layer}/items?f={form}" for form in TEXTS]
            found += [f"/collections/{layer}/items?bbox=83,52,85,54", f"/collections/{layer}/schema"]
        if "altai:minzoom" in collection:
            ending = "png" if collection["altai:kind"] == "raster" else "mvt"
            found.append(f"/tiles/{layer}/tilejson.json")
            found += [f"/tiles/{layer}/{z}/{x}/{y}.{ending}" for z, x, y in tiles(collection)]
        if collection["altai:kind"] == "raster":
            found += [f"/rasters/{layer}/point?lon={lon}&lat=52.5" for lon in range(78, 87)]
    return found + [f"/search?q={q}" for q in ("%D0%B1", "%D0%B0%D0%BB%D1%82%D0%B0%D0%B9", "barnaul")]


def tiles(collection: dict[str, int]) -> list[tuple[int, int, int]]:
    """The tiles over the krai, up to zoom 9."""
    found = []
    for z in range(collection["altai:minzoom"], min(collection["altai:maxzoom"], 9) + 1):
        west, north = place_of(77.8, 54.5, z)
        east, south = place_of(87.2, 50.6, z)
        found += [(z, x, y) for x in range(west, east + 1) for y in range(north, south + 1)]
    return found


def place_of(longitude: float, latitude: float, z: int) -> tuple[int, int]:
    n = 1 << z
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * n
    return int((longitude + 180) / 360 * n), int(y)


def resident_megabytes(pid: int, field: str) -> float:
    """A field of /proc/PID/status: VmRSS is now, VmHWM the most so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def ask(place: Place, wanted: list[str]) -> None:
    """Each address twice, by all clients at once."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        for _ in range(2):
            answers = zip(wanted, clients.map(place.get, wanted), strict=True)
            bad = [path for path, status in answers if status not in (200, 204)]
            if bad:
                sys.exit(f"these did not answer: {bad[:10]}")


def measure() -> tuple[int, float, float, float]:
    """Number of requests; megabytes at the start, at the highest of every door, and at the highest of all."""
    with empty_place() as place, place.server() as server:
        at_start = resident_megabytes(server.pid, "VmRSS")
        wanted = doors(place)
        ask(place, wanted)
        highest = resident_megabytes(server.pid, "VmHWM")
        ask(place, columns(place))
        return 2 * len(wanted), at_start, highest, resident_megabytes(server.pid, "VmHWM")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="the median of so many runs is told (default: 3)")
    runs = [measure() for _ in range(parser.parse_args().runs)]
    count, at_start, highest, with_columns = zip(*runs, strict=True)
    print(f"{count[0]} requests by {CLIENTS} clients at once")
    kept = [
        report("resident after the start", at_start, "MB", MOST_MEGABYTES),
        report("at the highest of every door", highest, "MB", MOST_MEGABYTES),
        report("with GeoPackage and other formats of columns", with_columns, "MB", WITH_COLUMNS_MEGABYTES),
    ]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
