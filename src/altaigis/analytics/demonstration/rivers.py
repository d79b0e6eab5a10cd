"""Made-up rivers: discharge with a flood of snow, levels, and samples of the water."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from altaigis.analytics.demonstration.noise import DAY, Chance, steps, year_share


@dataclass(frozen=True)
class Gauge:
    """A river gauge: ``mean`` discharge in m³/s, ``catchment`` in km² where it is known."""

    station: str
    mean: float
    catchment: float | None = None

    @property
    def is_of_mountains(self) -> bool:
        """Rivers of the mountains bring more from each square kilometre, and have their flood later and longer."""
        return self.mean * 1000 / (self.catchment or self.mean * 100) > 6


def discharge(gauge: Gauge, chance: Chance, year: int) -> np.ndarray:
    """Means of the days of a year, in m³/s; over many years about the gauge's mean."""
    days = steps(year, DAY)
    share = year_share(days)
    rich, late = chance.rng("flood", year).normal(0, (0.22, 0.018))
    own = chance.rng(gauge.station, "flood", year)
    rise, fall, peak, height = (0.045, 0.13, 0.38, 3.4) if gauge.is_of_mountains else (0.018, 0.045, 0.295, 11.0)
    peak = peak + late + own.normal(0, 0.006)
    flood = np.where(share < peak, np.exp(-(((share - peak) / rise) ** 2)), np.exp(-((share - peak) / fall)))
    shape = 0.28 + height * np.exp(rich + own.normal(0, 0.12)) * flood
    for _ in range(own.poisson(4)):
        begin, strength = own.uniform(0.45, 0.85), own.gamma(1.5, 0.25)
        shape += strength * np.where(share < begin, 0, np.exp(-(share - begin) / 0.018))
    shape *= np.exp(0.1 * chance.red(f"{gauge.station}|discharge", year, DAY, np.timedelta64(12 * 24, "h")))
    made: np.ndarray = gauge.mean * shape / (1.05 if gauge.is_of_mountains else 1.15)
    return _significant(made)


def level(gauge: Gauge, chance: Chance, year: int) -> np.ndarray:
    """Levels of the days above the gauge's zero, in cm: higher under ice than the discharge tells."""
    share = year_share(steps(year, DAY))
    ice = np.clip(np.cos(2 * np.pi * (share - 0.02)) - 0.35, 0, None)
    size = 40 + 75 * gauge.mean**0.18
    made: np.ndarray = np.round(40 + size * (discharge(gauge, chance, year) / gauge.mean) ** 0.55 + 45 * ice)
    return made


@dataclass(frozen=True)
class Substance:
    """``usual`` level in its unit; what the ``flood``, the ``winter`` and chance make of it: factors and the standard
    deviation of the logarithm."""

    usual: float
    unit: str = "mg/l"
    digits: int = 2
    flood: float = 1.0
    winter: float = 1.0
    spread: float = 0.35


SUBSTANCES: Mapping[str, Substance] = {
    "cod": Substance(11, digits=1, flood=1.9, winter=0.8, spread=0.25),
    "bod_total": Substance(1.9, digits=1, flood=1.4, spread=0.3),
    "dissolved_oxygen": Substance(9.4, digits=1, flood=1.05, winter=0.82, spread=0.09),
    "petroleum_products": Substance(0.04, digits=3, flood=1.6, spread=0.6),
    "phenols": Substance(0.0009, digits=4, flood=1.5, spread=0.5),
    "ammonium_n": Substance(0.2, flood=1.2, winter=1.7, spread=0.5),
    "nitrite_n": Substance(0.011, digits=3, flood=1.4, spread=0.55),
    "nitrate_n": Substance(0.8, flood=1.3, winter=1.6, spread=0.35),
    "iron_total": Substance(0.11, flood=2.4, winter=0.7, spread=0.4),
    "copper_total": Substance(0.0022, digits=4, flood=1.5, spread=0.45),
    "ph": Substance(7.8, "1", 1, flood=0.97, spread=0.03),
}


def sample(code: str, gauge: Gauge, chance: Chance, year: int) -> np.ndarray:
    """What a sample would have on each day of a year, in the substance's unit."""
    substance, share = SUBSTANCES[code], year_share(steps(year, DAY))
    flood = np.exp(-(((share - 0.31) / 0.05) ** 2))
    winter = np.clip(np.cos(2 * np.pi * (share - 0.05)), 0, None)
    site = np.exp(chance.rng(gauge.station, code).normal(0, substance.spread / 2))
    noise = chance.red(f"{gauge.station}|{code}", year, DAY, np.timedelta64(15 * 24, "h"))
    factor = (1 + (substance.flood - 1) * flood) * (1 + (substance.winter - 1) * winter)
    made: np.ndarray = substance.usual * site * factor * np.exp(substance.spread * noise)
    return np.round(made, substance.digits)


def _significant(values: np.ndarray) -> np.ndarray:
    """With three digits that count, as discharges are told."""
    places = np.clip(2 - np.floor(np.log10(np.maximum(values, 1e-6))), 0, 4)
    rounded: np.ndarray = np.round(values * 10**places) / 10**places
    return rounded
