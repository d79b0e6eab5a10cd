"""What happens to instruments: they are silent, stick, drift until they are calibrated, and tell nonsense."""

from dataclasses import dataclass

import numpy as np

from altaigis.analytics.demonstration.noise import Chance

GOOD, SUSPECT, BAD = 1, 3, 4


@dataclass(frozen=True)
class Column:
    """Values of a series: ``times`` (datetime64[us], UTC), ``values``, and ``flags`` by their codes in QARTOD."""

    times: np.ndarray
    values: np.ndarray
    flags: np.ndarray

    def __len__(self) -> int:
        return len(self.times)

    def where(self, wanted: np.ndarray) -> "Column":
        return Column(self.times[wanted], self.values[wanted], self.flags[wanted])


@dataclass(frozen=True)
class Instrument:
    """How it fails. ``spread`` is what its values usually differ by, ``low`` and ``high`` what it can tell."""

    name: str
    digits: int
    low: float = -np.inf
    high: float = np.inf
    drifts: bool = True


def with_faults(times: np.ndarray, values: np.ndarray, instrument: Instrument, chance: Chance, year: int) -> Column:
    """A year of values as the instrument tells them; some nonsense is flagged, some is not."""
    rng, count = chance.rng(instrument.name, "faults", year), len(values)
    values, flags = values.astype(float), np.full(count, GOOD, np.int16)
    spread = float(np.std(values)) or 1.0
    part = np.arange(count) / count
    # drawn always, so that what is drawn later does not depend on what this instrument does
    drift, begin, length, size = rng.uniform(size=4)
    if instrument.drifts and drift < 0.15:
        lasting = 0.08 + 0.2 * length
        ramp = np.clip((part - begin) / lasting, 0, 1) * (part < begin + lasting)
        values = values + (0.5 + size) * np.sign(size - 0.4) * spread * ramp
    for begin, hours in zip(rng.uniform(size=2), rng.uniform(0.0003, 0.0015, 2), strict=True):
        if instrument.drifts and hours > 0.0009:
            stuck = (part >= begin) & (part < begin + hours)
            values, flags = np.where(stuck, values[int(begin * count)], values), np.where(stuck, SUSPECT, flags)
    # a hundred draws stand for the year's worst moments, whatever the series' step
    wild = rng.uniform(size=count) < 0.0003
    values = values + wild * rng.choice([-1, 1], count) * rng.uniform(5, 9, count) * spread
    flags = np.where(wild & (rng.uniform(size=count) < 0.6), BAD, flags)
    values = np.round(np.clip(values, instrument.low, instrument.high), instrument.digits)

    there = rng.uniform(size=count) > 0.006
    for begin, lasting in zip(rng.uniform(size=5), rng.lognormal(-6.3, 1.1, 5), strict=True):
        there &= ~((part >= begin) & (part < begin + min(lasting, 0.08)))
    return Column(times, values, flags).where(there)
