"""Monitoring against its goals: what stations say now and over the years, what they send, and who listens.

    python benchmarks/monitoring.py [ROWS] [--stations N] [--listeners N] [--rounds N] [--parts read listen send]

Makes seeded synthetic observations of so many synthetic stations (10 million rows, 1 000 stations) in a temporary
folder and a PostGIS of its own, loads them with the command that a user would use, and asks one worker over HTTP. The
data are made up and say nothing of any place.
"""

import argparse
import asyncio
import csv
import http.client
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.csv
from measure import ROOT, Place, empty_place, told

SEED = 20_160_327
RAW = ROOT / "data" / "raw" / "monitoring_stations.csv"
SOURCE = "synthetic: benchmark"
HEADER = ("station", "parameter", "time", "value", "unit", "source")
#: The first station has an hour's value for so many years; all the others have the rest of the rows, every 10 minutes.
YEARS = 30
LAST_YEAR = 2025
STEP_MINUTES = 10
PIECE = 250_000
#: Rows that are sent at a time; bounds are those of one worker.
BATCHES = ((1, 200), (100, 200), (1_000, 60), (50_000, 6))
FORMS = ("csv", "jsonl", "json")
GOAL_ROWS, GOAL_BATCH = 20_000, 1_000
#: Connections that send at once.
SENDERS = 2
PARTS = ("read", "listen", "send")


@dataclass
class Network:
    """Stations that are made up, and the moment up to which each has told its values."""

    stations: list[str]
    #: values that each has told of the year behind the last
    sent: int = 0

    @classmethod
    def made(cls, count: int) -> "Network":
        return cls([f"SYN-{n:05}" for n in range(count)])

    def write_stations(self, path: Path) -> None:
        """The stations of the layer, and the made-up ones beside them."""
        with RAW.open(encoding="utf-8", newline="") as known:
            rows = list(csv.DictReader(known))
        rng = np.random.default_rng(SEED)
        # each is like one of the known ones but for its name and place
        for name, lon, lat in zip(
            self.stations, rng.uniform(78, 87, len(self.stations)), rng.uniform(50, 54, len(self.stations)), strict=True
        ):
            own = {"station_id": name, "name_ru": f"{name} (синтетическая)", "name_en": f"{name} (synthetic)"}
            rows.append(rows[0] | {key: value for key, value in own.items() if key in rows[0]})
            rows[-1] |= {"lon": f"{lon:.4f}", "lat": f"{lat:.4f}"}
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)

    def write_observations(self, path: Path, rows: int) -> None:
        """An hourly series of many years, and of all other stations what comes to so many rows."""
        with pa.csv.CSVWriter(path, pa.schema([(name, pa.string()) for name in HEADER])) as writer:
            begin = np.datetime64(f"{LAST_YEAR + 1 - YEARS}-01-01T00", "h")
            hours = np.arange(begin, np.datetime64(f"{LAST_YEAR + 1}-01-01T00", "h"))
            writer.write_table(_table(np.full(len(hours), self.stations[0]), hours))
            others = np.array(self.stations[1:])
            left = rows - len(hours)
            end = np.datetime64(f"{LAST_YEAR + 1}-01-01T00:00", "m")
            first = end - (left // len(others)) * np.timedelta64(STEP_MINUTES, "m")
            for start in range(0, left, PIECE):
                n = np.arange(start, min(start + PIECE, left))
                moments = first + (n // len(others)) * np.timedelta64(STEP_MINUTES, "m")
                writer.write_table(_table(others[n % len(others)], moments))

    def next_rows(self, count: int) -> list[dict[str, object]]:
        """The next values of all stations, as a network sends them."""
        numbers = range(self.sent, self.sent + count)
        self.sent += count
        begin = np.datetime64(f"{LAST_YEAR + 1}-01-01T00:00:00", "s")
        return [
            {
                "station": self.stations[n % len(self.stations)],
                "parameter": "air_temperature",
                "time": f"{begin + n // len(self.stations) * np.timedelta64(60, 's')}Z",
                "value": (n * 7919 % 600) / 10 - 30,
                "unit": "°C",
            }
            for n in numbers
        ]


def _table(stations: np.ndarray, moments: np.ndarray) -> pa.Table:
    rng = np.random.default_rng(int(moments[0].astype("datetime64[m]").astype(int)))
    day = moments.astype("datetime64[m]").astype(np.int64) / 1440
    values = 5 + 15 * np.sin(2 * np.pi * day / 365.25) + 5 * np.sin(2 * np.pi * day) + rng.normal(0, 2, len(moments))
    columns = {
        "station": stations,
        "parameter": np.full(len(moments), "air_temperature"),
        "time": np.char.add(moments.astype("datetime64[s]").astype(str), "Z"),
        "value": np.round(values, 1).astype(str),
        "unit": np.full(len(moments), "°C"),
        "source": np.full(len(moments), SOURCE),
    }
    return pa.table({name: pa.array(column) for name, column in columns.items()})


@dataclass
class Door:
    """A connection to the server that is kept open, as that of a page is."""

    place: Place
    token: str
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(self.place.url).netloc, timeout=600)

    def get(self, path: str) -> bytes:
        self.connection.request("GET", path)
        return self._answer(path)

    def post(self, body: bytes, media_type: str) -> bytes:
        path = f"/observations?source={SOURCE.replace(' ', '%20')}"
        self.connection.request(
            "POST", path, body, {"Content-Type": media_type, "Authorization": f"Bearer {self.token}"}
        )
        return self._answer(path)

    def _answer(self, path: str) -> bytes:
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"{path} answers {answer.status}: {body[:400]!r}")
        return body


def body_of(form: str, rows: list[dict[str, object]]) -> tuple[bytes, str]:
    if form == "json":
        return json.dumps(rows).encode(), "application/json"
    if form == "jsonl":
        return "\n".join(map(json.dumps, rows)).encode(), "application/x-ndjson"
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    return "\n".join(lines).encode(), "text/csv"


def read(door: Door, network: Network, rounds: int) -> bool:
    """What pages ask for, each asked for with something that no cache knows."""
    first, others = network.stations[0], network.stations[1:]
    series = f"/stations/{first}/series?parameter=air_temperature&synthetic=true"

    def year(n: int) -> str:
        chosen = LAST_YEAR + 1 - YEARS + n % YEARS
        return f"{series}&bucket=day&datetime={chosen}-01-01T00:00:00Z/{chosen + 1}-01-01T00:00:00Z"

    def months(n: int) -> str:
        begin = f"{LAST_YEAR + 1 - YEARS}-01-01T00:{n % 60:02}:00Z"
        return f"{series}&bucket=month&datetime={begin}/{LAST_YEAR + 1}-01-01T00:00:00Z"

    asked: tuple[tuple[str, Callable[[int], str], float], ...] = (
        (f"latest of {len(others) + 1} stations", lambda _: "/stations/latest?synthetic=true", 20),
        ("a year of hourly values in daily buckets", year, 50),
        (f"{YEARS} years of hourly values in months", months, 100),
    )
    kept = True
    for title, path, bound in asked:
        door.get(path(0))
        medians = []
        for turn in range(rounds):
            taken = []
            for n in range(20):
                begun = time.perf_counter()
                door.get(path(1 + turn * 20 + n))
                taken.append((time.perf_counter() - begun) * 1000)
            medians.append(median(taken))
        kept &= told(title, medians, "ms", bound)
    return kept


def send(place: Place, token: str, network: Network, rounds: int) -> bool:
    """Batches of all sizes, in all forms, from two senders at once."""
    kept = True
    for size, times in BATCHES:
        for form in FORMS:
            rates = []
            for _ in range(rounds):
                bodies = [body_of(form, network.next_rows(size)) for _ in range(times)]
                rates.append(size * times / _sent(place, token, bodies))
            title = f"{form}, {size} rows a request"
            if size >= GOAL_BATCH:
                kept &= told(title, rates, "rows/s", GOAL_ROWS, least=True)
            else:
                print(f"  {title:<46} {median(rates):9.1f} rows/s", flush=True)
    return kept


def _sent(place: Place, token: str, bodies: list[tuple[bytes, str]]) -> float:
    """Seconds until all have been answered."""
    doors = [Door(place, token) for _ in range(SENDERS)]

    def work(door: Door) -> None:
        while bodies:
            try:
                body, media_type = bodies.pop()
            except IndexError:
                return
            door.post(body, media_type)

    threads = [threading.Thread(target=work, args=(door,)) for door in doors]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun


class Listeners:
    """Many connections to ``/events`` in one thread, and when each has heard of a value."""

    def __init__(self, place: Place, count: int) -> None:
        self._address = urlsplit(place.url)
        self._count = count
        self.heard: list[float] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.connected = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        self._thread.start()
        tasks = [asyncio.run_coroutine_threadsafe(self._listen(), self._loop) for _ in range(self._count)]
        try:
            while self.connected < self._count:
                if failed := [task for task in tasks if task.done()]:
                    failed[0].result()
                time.sleep(0.01)
            yield
        finally:
            for task in tasks:
                task.cancel()
            time.sleep(0.5)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def wait(self, begun: float) -> float:
        """Milliseconds until the last has heard."""
        while len(self.heard) < self._count:
            if time.perf_counter() - begun > 60:
                sys.exit(f"only {len(self.heard)} of {self._count} listeners have heard")
            time.sleep(0.001)
        return (max(self.heard) - begun) * 1000

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        writer.write(f"GET /events HTTP/1.1\r\nHost: {self._address.netloc}\r\n\r\n".encode())
        await reader.readuntil(b"retry: ")
        self.connected += 1
        while line := await reader.readline():
            if line.startswith(b"data: "):
                self.heard.append(time.perf_counter())


def listen(place: Place, token: str, network: Network, pid: int, asked: argparse.Namespace) -> bool:
    """From the moment that a value is sent until the last listener has it, and what they cost the worker."""
    door, before = Door(place, token), memory(pid)
    listeners = Listeners(place, asked.listeners)
    with listeners.listening():
        taken = []
        for _ in range(10 * asked.rounds):
            listeners.heard.clear()
            body = body_of("csv", network.next_rows(1))
            begun = time.perf_counter()
            door.post(*body)
            taken.append(listeners.wait(begun))
        after = memory(pid)
    groups = [taken[turn * 10 : turn * 10 + 10] for turn in range(asked.rounds)]
    kept = told(
        f"{asked.listeners} listeners: POST to the last of them", [median(group) for group in groups], "ms", 1_000
    )
    kept &= told("memory of the worker for each of them", [(after - before) * 1000 / asked.listeners], "kB", 100)
    print(f"  {'memory of the worker before and with them':<46} {before:9.1f} MB   {after:.1f} MB", flush=True)
    return kept


def memory(pid: int) -> float:
    """Megabytes that a process has in memory."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmRSS:"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--stations", type=int, default=1_000)
    parser.add_argument("--listeners", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    asked = parser.parse_args()
    network = Network.made(asked.stations)
    with empty_place() as place:
        place.replace_raw("monitoring_stations.csv", network.write_stations)
        file = place.folder / "observations.csv"
        network.write_observations(file, asked.rows)
        with place.server(ALTAIGIS_JOBS="0", ALTAIGIS_DEMONSTRATION="0") as server:
            begun = time.monotonic()
            place.run("observations", "load", str(file))
            print(f"{asked.rows} synthetic observations of {asked.stations} stations: {time.monotonic() - begun:.0f} s")
            file.unlink()
            token = place.run("keys", "add", "benchmark", "--can", "observe").split()[-1]
            parts = {
                "read": lambda: read(Door(place, token), network, asked.rounds),
                "send": lambda: send(place, token, network, asked.rounds),
                "listen": lambda: listen(place, token, network, server.pid, asked),
            }
            kept = [parts[name]() for name in asked.parts]
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
