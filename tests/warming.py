"""Thirty years of monthly means at five stations: one that gets warmer, one that does not, and others with faults."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from observing import BARNAUL, Observatory, csv, observatory_at, temperature

#: Warmer by 0.6 °C in ten years, without a trend, three years alone, made up, and with half of each year.
WARMER, STEADY, SHORT, MADE_UP, HALF = BARNAUL, "WMO-29937", "WMO-29822", "WMO-29816", "WMO-36034"
_FIRST, _LAST = 1991, 2020


def monthly(station: str, slope: float, first: int = _FIRST, last: int = _LAST, months: int = 12) -> list[str]:
    """Rows of temperatures with a season, some noise and a trend in °C a year."""
    rng = np.random.default_rng([first, last, months, *station.encode()])
    found = []
    for year in range(first, last + 1):
        for month in range(1, months + 1):
            value = -18 * np.cos(2 * np.pi * (month - 1) / 12) + slope * (year - _FIRST) + rng.normal(0, 0.8)
            # one January that nobody can believe
            value += 40 * (station == WARMER and (year, month) == (2005, 1))
            found.append(temperature(f"{year}-{month:02}-10T00:00:00Z", round(float(value), 2), station=station))
    return found


@pytest.fixture(scope="session")
def warming(
    stations_url: str, copy_of_database: Callable[[str], str], drop_database: Callable[[str], None]
) -> Iterator[Observatory]:
    """A database with these series; tests only read it."""
    url = copy_of_database(stations_url)
    with observatory_at(url) as made:
        parts = (
            *(monthly(WARMER, 0.06), monthly(STEADY, 0.0)),
            *(monthly(SHORT, 0.06, first=2018), monthly(HALF, 0.06, months=6)),
        )
        made.load(csv(*(row for part in parts for row in part)))
        made.load(csv(*monthly(MADE_UP, -0.06)), source="synthetic: a test")
        yield made
    drop_database(url)
