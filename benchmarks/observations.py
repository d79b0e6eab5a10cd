"""How fast observations are loaded, aggregates included, and in how much memory.

    python benchmarks/observations.py [ROWS] [--forms csv jsonl parquet] [--step MINUTES]

Makes seeded synthetic series in a temporary folder and a PostGIS of its own, loads them with the command that a user
would use, and prints rows per second and the peak memory of the loader: into an empty table, the same file again, and
a file of corrections and late rows; each form of file has a database of its own. The data are made up and say nothing
of any place.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from measure import peak_memory

from altaigis.store.cluster import Cluster

ROOT = Path(__file__).parents[1]
PARAMETERS = (("air_temperature", "°C"), ("pressure", "mmHg"), ("wind_speed", "km/h"), ("pm25", "mg/m³"))
SEED = 20_160_327
GOAL = 100_000
FORMS = ("csv", "jsonl", "parquet")
PIECE = 250_000


def write(path: Path, rows: int, stations: list[str], step: int, *, shift: float = 0.0, every: int = 1) -> None:
    """Rows as a network sends them: moment by moment, all stations and parameters of each."""
    rng = np.random.default_rng(SEED)
    names = pa.array(stations)
    parameters, units = (pa.array(column) for column in zip(*PARAMETERS, strict=True))
    width = len(stations) * len(PARAMETERS)
    writer = None
    for begin in range(0, rows, PIECE):
        n = np.arange(begin, min(begin + PIECE, rows)) * every
        moments = np.datetime64("2015-01-01T00:00:00", "us") + (n // width) * np.timedelta64(step * 60, "s")
        table = pa.table(
            {
                "station": names.take(pa.array(n % width // len(PARAMETERS))),
                "parameter": parameters.take(pa.array(n % len(PARAMETERS))),
                "time": pc.strftime(pa.array(moments), "%Y-%m-%dT%H:%M:%SZ"),
                "value": np.round(rng.gamma(4.0, 3.0, len(n)) + shift, 2),
                "unit": units.take(pa.array(n % len(PARAMETERS))),
            }
        )
        if path.suffix == ".jsonl":
            with path.open("a", encoding="utf-8") as lines:
                table.to_pandas().to_json(lines, orient="records", lines=True)
            continue
        if writer is None:
            kinds = {".csv": pa.csv.CSVWriter, ".parquet": pq.ParquetWriter}
            writer = kinds[path.suffix](path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def load(path: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak memory in megabytes of ``altaigis observations load``."""
    begin, peak = time.monotonic(), 0.0
    process = subprocess.Popen([sys.executable, "-m", "altaigis", "observations", "load", str(path)], env=environment)
    while process.poll() is None:
        peak = max(peak, peak_memory(process.pid))
        time.sleep(0.02)
    if process.returncode:
        sys.exit("the load failed")
    return time.monotonic() - begin, peak


def measure(form: str, rows: int, step: int) -> None:
    """Load a file of a form into an empty database, then again, then corrections; print what each took."""
    folder = Path(tempfile.mkdtemp(prefix="altaigis-bench-", dir="/var/tmp"))
    folder.chmod(0o711)
    cluster = Cluster(folder / "home")
    try:
        cluster.start()
        environment = os.environ | {"ALTAIGIS_PROJECT": str(ROOT), "ALTAIGIS_DATABASE_URL": cluster.url}
        subprocess.run(
            [sys.executable, "-m", "altaigis", "etl", "run", "monitoring_points"], env=environment, check=True
        )
        lines = (ROOT / "data" / "raw" / "monitoring_stations.csv").read_text(encoding="utf-8").splitlines()[1:]
        stations = [line.partition(",")[0] for line in lines]
        first, second = (folder / f"{name}.{form}" for name in ("first", "corrections"))
        write(first, rows, stations, step)
        tenth = max(rows // 10, 1)
        write(second, tenth, stations, step, shift=1.0, every=11)
        print(f"{rows} rows, {first.stat().st_size / 1e6:.0f} MB of {form}, {len(stations)} stations")
        for title, path, count in (
            ("empty tables", first, rows),
            ("the same file again", first, rows),
            ("corrections and later rows", second, tenth),
        ):
            seconds, memory = load(path, environment)
            print(f"{title:<28} {seconds:8.1f} s  {count / seconds:10,.0f} rows/s  {memory:6.0f} MB", flush=True)
    finally:
        cluster.stop()
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS)
    parser.add_argument("--step", type=int, default=10, help="minutes between two values of a series")
    asked = parser.parse_args()
    for form in asked.forms:
        measure(form, asked.rows, asked.step)
    load_average = os.getloadavg()[1]
    print(f"goal: {GOAL:,} rows/s, under 500 MB; {os.cpu_count()} cores, load average {load_average:.1f}")


if __name__ == "__main__":
    main()
