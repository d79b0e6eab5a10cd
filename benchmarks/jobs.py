"""Tiles while analyses run, and slices of the indicator cube, on the layers and data of this repository.

    python benchmarks/jobs.py [--seconds S] [--rounds N] [--rate R]

Tiles are offered at a steady rate, whether former ones are answered or not, and each is timed from the moment at which
it was due. The rounds with and without jobs take turns.
"""

import argparse
import asyncio
import itertools
import json
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles

from measure import Place, empty_place, told

from altaigis.domain.tile import TileCoord

SLOWER, SLICE_MS = 2.0, 10.0
CONNECTIONS = 16
#: Around the krai: west, south, east, north, degrees.
KRAI = (77.9, 50.6, 87.2, 54.5)
ZOOMS = range(5, 11)
SLICES = (
    "/indicators/census_pop_total/values?period=2021",
    "/indicators/wage_total/values?territory=altaysky",
    "/collections/indicator_values/items?indicator=pop_jan1&period=2024&limit=100",
    "/collections/ind_census_pop_total/items?limit=100",
)
#: A job that keeps a processor busy: no seed is the same, or the result would be there already.
JOB = ("local-moran", {"variable": {"indicator": "census_pop_total", "period": 2021}, "permutations": 9999})


def tiles() -> list[str]:
    """Paths of all tiles of the districts over the krai."""
    west, south, east, north = KRAI
    paths = []
    for zoom in ZOOMS:
        first, last = TileCoord.at(west, north, zoom), TileCoord.at(east, south, zoom)
        paths += [
            f"/tiles/districts/{zoom}/{x}/{y}.mvt"
            for x in range(first.x, last.x + 1)
            for y in range(first.y, last.y + 1)
        ]
    return paths


class Offered:
    """Tiles asked for at a steady rate over connections that stay open."""

    def __init__(self, place: Place, paths: list[str]) -> None:
        self._port = int(place.url.rpartition(":")[2])
        self._paths = itertools.cycle(paths)

    def milliseconds(self, rate: float, seconds: float) -> list[float]:
        """How long each answer took."""
        return asyncio.run(self._ask(rate, seconds))

    async def _ask(self, rate: float, seconds: float) -> list[float]:
        due: asyncio.Queue[float | None] = asyncio.Queue()
        taken: list[float] = []
        clients = [asyncio.create_task(self._client(due, taken)) for _ in range(CONNECTIONS)]
        begun = time.perf_counter()
        for number in range(int(rate * seconds)):
            moment = begun + number / rate
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            due.put_nowait(moment)
        for _ in clients:
            due.put_nowait(None)
        await asyncio.gather(*clients)
        return taken

    async def _client(self, due: "asyncio.Queue[float | None]", taken: list[float]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while (moment := await due.get()) is not None:
            writer.write(f"GET {next(self._paths)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            status, length = await _headers(reader)
            if status not in (b"200", b"204"):
                sys.exit(f"a tile was answered with {status.decode()}")
            await reader.readexactly(length)
            taken.append(1000 * (time.perf_counter() - moment))
        writer.close()


async def _headers(reader: asyncio.StreamReader) -> tuple[bytes, int]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    return lines[0].split()[1], length


class Jobs:
    """Analyses, one always running and one waiting."""

    def __init__(self, place: Place) -> None:
        self._place = place
        printed = place.run("keys", "add", "benchmark", "--can", "run")
        self._key = next(word for word in printed.split() if len(word) > 30)
        self._seeds = itertools.count(1)
        self.done = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        stopped = threading.Event()
        feeding = threading.Thread(target=self._feed, args=(stopped,))
        feeding.start()
        try:
            yield
        finally:
            stopped.set()
            feeding.join()

    def _feed(self, stopped: threading.Event) -> None:
        waiting: list[str] = []
        while not stopped.is_set():
            ended = [one for one in waiting if self._ask(one)["status"] not in ("accepted", "running")]
            self.done += len(ended)
            waiting = [one for one in waiting if one not in ended]
            while len(waiting) < 2:
                waiting.append(self._order())
            stopped.wait(0.25)

    def _order(self) -> str:
        process, inputs = JOB
        job = self._ask(f"/processes/{process}/execution", {"inputs": {**inputs, "seed": next(self._seeds)}})
        return f"/jobs/{job['jobID']}"

    def _ask(self, path: str, body: object = None) -> dict[str, str]:
        request = urllib.request.Request(self._place.url + path, json.dumps(body).encode() if body else None)
        for name, value in {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
            "Prefer": "respond-async",
        }.items():
            request.add_header(name, value)
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, str] = json.load(answer)
        return found


def slices(place: Place, rounds: int) -> bool:
    """Prints how long each slice of the cube takes; whether all are quick enough."""
    print("a slice of the indicator cube, never asked for before and again")
    kept = []
    for path in SLICES:
        taken = []
        for turn in range(max(rounds, 3) * 5):
            begun = time.perf_counter()
            # another order of the same words is another question to every cache
            if place.get(f"{path}&lang={'ru' if turn % 2 else 'en'}") != 200:
                sys.exit(f"{path} is not answered")
            taken.append(1000 * (time.perf_counter() - begun))
        kept.append(told(path.partition("?")[0], [median(taken)], "ms", SLICE_MS))
    return all(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="how long tiles are offered at a time")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is told")
    parser.add_argument("--rate", type=float, default=200, help="tiles offered a second")
    arguments = parser.parse_args()
    with empty_place() as place, place.server():
        kept = [slices(place, arguments.rounds)]
        offered, jobs = Offered(place, tiles()), Jobs(place)
        # the server reads what analyses there are when it is asked for the first time
        place.get("/processes")
        offered.milliseconds(arguments.rate, 5)
        idle, busy = [], []
        for _ in range(arguments.rounds):
            idle.append(_p99(offered.milliseconds(arguments.rate, arguments.seconds)))
            with jobs.running():
                busy.append(_p99(offered.milliseconds(arguments.rate, arguments.seconds)))
        print(f"tiles at {arguments.rate:g}/s offered, 99th percentile; {jobs.done} jobs ended meanwhile")
        told("idle", idle, "ms", float("inf"))
        told("while jobs run", busy, "ms", float("inf"))
        ratios = [one / other for one, other in zip(busy, idle, strict=True)]
        kept.append(told("the one as a multiple of the other", ratios, "×", SLOWER))
        kept.append(jobs.done > 0)
    sys.exit(0 if all(kept) else 1)


def _p99(milliseconds: list[float]) -> float:
    return quantiles(milliseconds, n=100)[98]


if __name__ == "__main__":
    main()
