"""Raster tiles: ours, uncached and cached, as PNG and WebP, beside titiler on the same files with as many pixels.

    python benchmarks/rasters.py [--seconds S] [--rounds N] [--connections N] [--peers FOLDER]

Uncached is uncached: our server keeps no tile then, and titiler never keeps any. Of Debian it needs wrk.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import peers
from features import hit
from measure import Place, empty_place
from peers import Peer

from altaigis.domain.tile import TileCoord

PACKAGES = ("titiler.core", "uvicorn[standard]")
TITILER = """
from fastapi import FastAPI
from titiler.core.factory import TilerFactory

app = FastAPI()
app.include_router(TilerFactory().router)
"""
#: What is drawn: our layer and style, and how titiler is asked for the nearest to it.
DRAWN = {
    "elevation": (
        "elevation",
        "default",
        {"rescale": "80,3200", "colormap_name": "terrain", "resampling": "bilinear", "reproject": "bilinear"},
    ),
    "hillshade": (
        "elevation",
        "hillshade",
        {"algorithm": "hillshade", "buffer": "3", "resampling": "cubic", "reproject": "cubic"},
    ),
    "slope": (
        "elevation",
        "slope",
        {
            "algorithm": "slope",
            "buffer": "3",
            "rescale": "0,8",
            "colormap_name": "ylorrd",
            "resampling": "cubic",
            "reproject": "cubic",
        },
    ),
    "landcover": ("landcover", "default", {"rescale": "0,16", "colormap_name": "tab20"}),
}
WEST, SOUTH, EAST, NORTH = 78.0, 50.6, 87.0, 54.4
ZOOMS = (6, 7, 8, 9)


def tiles() -> list[TileCoord]:
    """All over the krai, of these zooms."""
    found = []
    for z in ZOOMS:
        first, last = TileCoord.at(WEST, NORTH, z), TileCoord.at(EAST, SOUTH, z)
        found += [TileCoord(z, x, y) for x in range(first.x, last.x + 1) for y in range(first.y, last.y + 1)]
    return found


def paths(layer: str, style: str, form: str) -> list[str]:
    return [f"/tiles/{layer}/{t.z}/{t.x}/{t.y}.{form}?style={style}" for t in tiles()]


def their_paths(file: Path, form: str, asked: dict[str, str]) -> list[str]:
    query = urlencode({"url": str(file), **asked})
    return [f"/tiles/WebMercatorQuad/{t.z}/{t.x}/{t.y}.{form}?{query}" for t in tiles()]


def kilobytes(server: Peer, asked: Sequence[str]) -> float:
    """Of a tile on average."""
    total = 0
    for path in asked:
        with urllib.request.urlopen(server.url + path, timeout=60) as answer:
            total += len(answer.read())
    return total / 1000 / len(asked)


@contextmanager
def titiler(folder: Path, python: Path) -> Iterator[Peer]:
    """With one worker, as ours, and GDAL as it comes."""
    (folder / "tiler.py").write_text(TITILER)
    port = peers.free_port()
    # its slope overflows 16 bits, and says so each time
    command = [
        python,
        "-W",
        "ignore",
        "-m",
        "uvicorn",
        "tiler:app",
        "--app-dir",
        folder,
        "--port",
        str(port),
        "--no-access-log",
    ]
    process = subprocess.Popen([*command, "--log-level", "warning"])
    try:
        peer = Peer("titiler", f"http://127.0.0.1:{port}")
        while not peers._answers(peer.url):
            if process.poll() is not None:
                sys.exit(f"titiler ended with {process.returncode}")
        yield peer
    finally:
        process.terminate()
        process.wait(timeout=30)


def uncached(place: Place, our: Peer, other: Peer, options: argparse.Namespace) -> None:
    """Rounds of both in turn, for that what else the machine does falls on both alike."""
    for title, (layer, style, theirs) in DRAWN.items():
        file = next(place.processed.glob(f"{layer}.*.tif"))
        for form in ("png", "webp"):
            sides = {our.name: (our, paths(layer, style, form)), other.name: (other, their_paths(file, form, theirs))}
            rates: dict[str, list[float]] = {name: [] for name in sides}
            for _ in range(options.rounds):
                for name, (server, asked) in sides.items():
                    rates[name].append(hit(server, asked, options.seconds, options.connections, options.folder).rate)
            told = ", ".join(
                f"{name} {median(rates[name]):6.1f}/s of {kilobytes(server, asked):5.1f} kB"
                for name, (server, asked) in sides.items()
            )
            ratio = median(one / two for one, two in zip(*rates.values(), strict=True))
            print(f"{title + ' ' + form:<16} uncached: {told}; {ratio:.1f} ×", flush=True)


def cached(our: Peer, options: argparse.Namespace) -> None:
    for form in ("png", "webp"):
        asked = paths("elevation", "hillshade", form)
        kilobytes(our, asked)
        loads = [hit(our, asked, options.seconds, 64, options.folder) for _ in range(options.rounds)]
        rate, p99 = (median(getattr(load, key) for load in loads) for key in ("rate", "p99"))
        print(f"hillshade {form:<6} cached, 64 connections: {rate:.0f}/s, p99 {p99:.1f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=4, help="how long a server is asked at a time")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is told")
    parser.add_argument("--connections", type=int, default=4, help="at once, of uncached tiles")
    parser.add_argument("--peers", type=Path, help="folder of titiler's virtual environment, to keep it")
    options = parser.parse_args()
    with ExitStack() as stack:
        options.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="altaigis-", dir="/var/tmp")))
        python = peers.environment(options.peers or options.folder / "peers", PACKAGES)
        place = stack.enter_context(empty_place())
        our = Peer("altaigis", place.url)
        with place.server(ALTAIGIS_TILE_CACHE_MB="0"), titiler(options.folder, python) as other:
            uncached(place, our, other, options)
        with place.server():
            cached(our, options)
        print(f"{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}")


if __name__ == "__main__":
    main()
