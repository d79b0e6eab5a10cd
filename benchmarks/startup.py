"""Times to ready: the first start in an empty place, the second one, and the load of all layers by itself."""

import argparse
import sys
import time

from measure import empty_place, report

FIRST_SECONDS, SECOND_SECONDS, LOAD_SECONDS = 300, 5, 30


def measure() -> tuple[float, float, float]:
    """Seconds of the first start, the second start, and the load into an empty database."""
    with empty_place() as place:
        begun = time.perf_counter()
        with place.server():
            first = time.perf_counter() - begun
        begun = time.perf_counter()
        with place.server():
            second = time.perf_counter() - begun
    with empty_place() as place:
        place.run("db", "start")
        begun = time.perf_counter()
        place.run("etl", "run")
        load = time.perf_counter() - begun
        place.run("db", "stop")
    return first, second, load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="the median of so many runs is told (default: 3)")
    runs = [measure() for _ in range(parser.parse_args().runs)]
    first, second, load = zip(*runs, strict=True)
    kept = [
        report("first start: empty home to ready", first, "s", FIRST_SECONDS),
        report("second start to ready", second, "s", SECOND_SECONDS),
        report("all layers loaded (altaigis etl run)", load, "s", LOAD_SECONDS),
    ]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
