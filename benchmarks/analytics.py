"""The analyses: local Moran, zonal statistics, composite indices and kriging, beside the libraries that do the same.

    python benchmarks/analytics.py [--runs N] [--peers FOLDER]

Each part runs in a process of its own, so that its memory is its own. The values are synthetic, the polygons real.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import peers
import rasterio
from measure import ROOT, report
from rasterio.transform import from_bounds
from rasterio.windows import Window

from altaigis.analytics import autocorrelation, composite, weights, zonal
from altaigis.analytics.autocorrelation import Inference
from altaigis.analytics.interpolation import stations, surface
from altaigis.analytics.interpolation.kriging import Kriging

PACKAGES = ("rasterstats",)
DISTRICTS = ROOT / "data" / "raw" / "boundaries" / "altai_krai_adm2.geojson"
SIDE, BLOCK = 10_000, 512
LEVELS = (0.25, 0.5, 0.75)
#: Metres.
EXTENT = 500_000
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
RASTERSTATS = """
import json, sys, time
from rasterstats import zonal_stats
begun = time.perf_counter()
found = zonal_stats(sys.argv[1], sys.argv[2], stats="mean min max std percentile_25 median percentile_75")
print(json.dumps({"seconds": time.perf_counter() - begun, "means": [zone["mean"] for zone in found]}))
"""


def raster(path: Path, bounds: tuple[float, float, float, float]) -> None:
    """Heights that rise and fall (synthetic), whole metres, compressed in tiles as a COG is."""
    rng = np.random.default_rng(1)
    profile = {"driver": "GTiff", "width": SIDE, "height": SIDE, "count": 1, "dtype": "int16", "nodata": -9999}
    tiles = {"tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK, "compress": "deflate", "zlevel": 1}
    place = {"crs": "EPSG:4326", "transform": from_bounds(*bounds, SIDE, SIDE)}
    across = 900 + 700 * np.sin(np.arange(SIDE) / 900)
    with rasterio.open(path, "w", **profile, **tiles, **place) as made:
        for row in range(0, SIDE, BLOCK):
            height = min(BLOCK, SIDE - row)
            along = 300 * np.cos(np.arange(row, row + height) / 700)
            values = across + along[:, None] + rng.integers(-3, 4, size=(height, SIDE))
            made.write(values.astype(np.int16), 1, window=Window(0, row, SIDE, height))


def lattice(side: int) -> weights.Weights:
    """Squares that share borders."""
    numbers = np.arange(side**2).reshape(side, side)
    across = zip(numbers[:, :-1].flat, numbers[:, 1:].flat, strict=True)
    down = zip(numbers[:-1].flat, numbers[1:].flat, strict=True)
    return weights.from_pairs([(int(a), int(b)) for a, b in (*across, *down)], side**2)


def moran(neighbours: weights.Weights) -> Callable[[], Any]:
    values = np.random.default_rng(2).normal(size=neighbours.size)
    return lambda: autocorrelation.local_moran(values, neighbours, Inference(np.random.default_rng(3), 9_999))


def moran_by_esda() -> Callable[[], Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import esda
        from libpysal.weights import WSP

    w = WSP(lattice(48).matrix).to_W(silence_warnings=True)
    w.transform = "r"
    values = np.random.default_rng(2).normal(size=w.n)
    return lambda: esda.Moran_Local(values, w, permutations=9_999, seed=3)


def ranks() -> Callable[[], Any]:
    table = np.random.default_rng(4).normal(size=(69, 10))
    index = composite.composite(pd.DataFrame(table, columns=list("abcdefghij")))
    return lambda: composite.rank_intervals(index, np.random.default_rng(5), draws=10_000)


def zones(folder: Path) -> Callable[[], Any]:
    districts = gpd.read_file(folder / "districts.geojson")

    def measured() -> list[float]:
        with rasterio.open(folder / "heights.tif") as dataset:
            found: list[float] = zonal.statistics(zonal.Band(dataset), districts, LEVELS).mean.tolist()
        return found

    return measured


def known() -> stations.Stations:
    """A hundred stations (synthetic) in the krai's extent, metres."""
    rng = np.random.default_rng(6)
    xy = rng.uniform(0, EXTENT, (100, 2))
    values = np.sin(xy[:, 0] / 1e5) + np.cos(xy[:, 1] / 8e4) + rng.normal(0, 0.1, 100)
    return stations.stations(stations.Places.at(xy), values)


def kriging() -> Callable[[], list[float]]:
    measured, cells = known(), surface.Grid.around((0, 0, EXTENT, EXTENT), EXTENT / 500)
    everywhere = np.ones((cells.rows, cells.columns), np.bool_)

    def drawn() -> list[float]:
        found = surface.drawn(Kriging.fitted(measured, "exponential", lags=6, reach=1), cells, everywhere)
        return [*found.values[::50, ::50].ravel(), *found.errors[::50, ::50].ravel()]

    return drawn


def kriging_by_pykrige() -> Callable[[], list[float]]:
    from pykrige.ok import OrdinaryKriging

    measured, cells = known(), surface.Grid.around((0, 0, EXTENT, EXTENT), EXTENT / 500)

    def drawn() -> list[float]:
        theirs = OrdinaryKriging(*measured.places.xy.T, measured.values, "exponential")
        values, variances = theirs.execute("grid", cells.x, cells.y)
        return [*np.ma.getdata(values)[::50, ::50].ravel(), *np.sqrt(np.ma.getdata(variances))[::50, ::50].ravel()]

    return drawn


#: By name of a part, what is made ready and then timed.
PARTS: dict[str, Callable[[Path], Callable[[], Any]]] = {
    "moran-69": lambda folder: moran(weights.queen(gpd.read_file(folder / "districts.geojson"))),
    "moran-2304": lambda _: moran(lattice(48)),
    "moran-esda": lambda _: moran_by_esda(),
    "ranks": lambda _: ranks(),
    "zones": zones,
    "kriging": lambda _: kriging(),
    "kriging-pykrige": lambda _: kriging_by_pykrige(),
}


def part(name: str, folder: Path) -> dict[str, Any]:
    """Seconds of the second run (the first one imports libraries), peak megabytes of the process, and the result."""
    run = PARTS[name](folder)
    run()
    begun = time.perf_counter()
    result = run()
    seconds = time.perf_counter() - begun
    status = Path("/proc/self/status").read_text(encoding="ascii")
    megabytes = next(int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmHWM:"))
    return {"seconds": seconds, "megabytes": megabytes, "means": result if isinstance(result, list) else None}


def apart(name: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--part", name, folder],
        check=True,
        text=True,
        capture_output=True,
        # a job has one processor, and so has the peer
        env=os.environ | (ONE_THREAD if name.startswith("kriging") else {}),
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="the median of so many runs is told (default: 3)")
    parser.add_argument("--peers", type=Path, help="a virtual environment with rasterstats, kept for the next time")
    parser.add_argument("--part", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(part(asked.part[0], Path(asked.part[1]))))
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="altaigis-benchmark-", dir="/var/tmp")))
        python = peers.environment(asked.peers or folder / "peers", PACKAGES)
        districts = gpd.read_file(DISTRICTS)
        districts.geometry = districts.make_valid()
        districts[["geometry"]].to_file(folder / "districts.geojson")
        raster(folder / "heights.tif", tuple(districts.total_bounds))
        runs = {name: [apart(name, folder) for _ in range(asked.runs)] for name in PARTS}
        theirs = [
            json.loads(
                subprocess.run(
                    [python, "-c", RASTERSTATS, folder / "districts.geojson", folder / "heights.tif"],
                    check=True,
                    text=True,
                    capture_output=True,
                ).stdout
            )
            for _ in range(asked.runs)
        ]
    seconds = {name: [run["seconds"] for run in done] for name, done in runs.items()}
    kept = [
        report("local Moran, 69 units, 9999 permutations", seconds["moran-69"], "s", 1),
        report("local Moran, 2304 units, 9999 permutations", seconds["moran-2304"], "s", 10),
        report("composite index, 10 000 draws of weights", seconds["ranks"], "s", 0.5),
        report("zones: 69 districts, 10 000 x 10 000 cells", seconds["zones"], "s", 6),
        report("kriging: 100 stations, 500 x 500 cells", seconds["kriging"], "s", 2),
        report("zones: peak memory", [run["megabytes"] for run in runs["zones"]], "MB", 600),
    ]
    faster = median(run["seconds"] for run in theirs) / median(seconds["zones"])
    apart_by = max(
        abs(ours / other - 1) for ours, other in zip(runs["zones"][0]["means"], theirs[0]["means"], strict=True)
    )
    print(f"rasterstats takes {faster:.2f} times as long; parts of cells make up to {apart_by:.1%} of a mean")
    ours, pykrige = (runs[name] for name in ("kriging", "kriging-pykrige"))
    apart_by = np.abs(np.subtract(ours[0]["means"], pykrige[0]["means"])).max()
    print(
        f"PyKrige takes {median(seconds['kriging-pykrige']) / median(seconds['kriging']):.2f} times as long, and "
        f"{median(run['megabytes'] for run in pykrige):.0f} MB where ours takes "
        f"{median(run['megabytes'] for run in ours):.0f}; they differ by {apart_by:.1e} of values about 1"
    )
    print(
        f"esda takes {median(seconds['moran-esda']) / median(seconds['moran-2304']):.2f} times as long as ours (2304)"
    )
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
