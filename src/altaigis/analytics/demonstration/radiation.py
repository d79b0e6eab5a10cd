"""Made-up radiation: the background, which rain raises for hours, and beryllium-7, which the upper air brings."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from altaigis.analytics.demonstration.noise import DAY, HOUR, Chance, steps, year_share
from altaigis.analytics.demonstration.weather import Place, weather


@dataclass(frozen=True)
class Quantity:
    usual: float
    unit: str
    digits: int


RADIATION: Mapping[str, Quantity] = {
    "gamma_dose_rate": Quantity(0.105, "µSv/h", 3),
    "beryllium_7": Quantity(0.0032, "Bq/m³", 5),
}


def activity(code: str, place: Place, chance: Chance, year: int) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of a year: doses by hours, activities by days."""
    usual, digits = RADIATION[code].usual, RADIATION[code].digits
    if code == "gamma_dose_rate":
        there = weather(place, chance, year)
        # daughters of radon come down with the rain, and decay within hours
        washed = np.convolve(there.precipitation, 0.6 ** np.arange(8))[: len(there.times)]
        snow = 0.1 * np.clip(np.cos(2 * np.pi * (year_share(there.times) - 0.09)), 0, None)
        noise = 0.03 * chance.red(f"{place.station}|{code}", year, HOUR, np.timedelta64(3, "h"))
        return there.times, np.round(usual * (1 - snow + noise + 0.05 * washed), digits)
    days = steps(year, DAY)
    summer = 1 - 0.4 * np.cos(2 * np.pi * (year_share(days) - 0.04))
    noise = 0.25 * chance.red(f"{place.station}|{code}", year, DAY, np.timedelta64(48, "h"))
    return days + 5 * HOUR, np.round(usual * summer * np.exp(noise), digits)
