"""Made-up pollution of the air: traffic and stoves, thinned by the wind, held by inversions, with episodes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from altaigis.analytics.demonstration.noise import HOUR, Chance, clock, is_weekend, steps, year_share
from altaigis.analytics.demonstration.weather import Place, weather


@dataclass(frozen=True)
class Pollutant:
    """``usual``: level of a year in the unit of the parameter. Shares of it come from ``traffic`` and ``heating``; the
    rest is always there. ``held``: how much stagnant air adds. ``smoke``: how strong fires in summer are in it.
    ``sun``: how much of it
    sunlight makes. ``like``: another pollutant with the same ups and downs."""

    usual: float
    unit: str = "µg/m³"
    digits: int = 0
    traffic: float = 0.3
    heating: float = 0.4
    held: float = 1.2
    smoke: float = 0.5
    sun: float = 0.0
    like: str | None = None


#: What an episode of one post adds to its level, for each unit of what stagnant air adds.
_OWN_EPISODES = 1.8

POLLUTANTS: Mapping[str, Pollutant] = {
    "total_suspended_particles": Pollutant(85, traffic=0.3, heating=0.3, smoke=1.5, like="pm10"),
    "pm10": Pollutant(30, smoke=2.5),
    "pm2_5": Pollutant(14, heating=0.55, smoke=3.0, like="pm10"),
    "nitrogen_dioxide": Pollutant(27, traffic=0.6, heating=0.25, smoke=0.1),
    "nitric_oxide": Pollutant(15, traffic=0.75, heating=0.15, held=1.8, smoke=0.0),
    "sulphur_dioxide": Pollutant(9, traffic=0.05, heating=0.8, smoke=0.1),
    "carbon_monoxide": Pollutant(0.7, "mg/m³", 2, traffic=0.45, heating=0.45, held=1.8, smoke=2.0),
    "ozone": Pollutant(48, traffic=-0.3, heating=-0.3, held=-0.3, smoke=0.2, sun=0.9),
    "formaldehyde": Pollutant(5.2, digits=1, traffic=0.35, heating=0.1, held=0.6, smoke=1.0, sun=0.6),
    "phenol": Pollutant(1.4, digits=1, traffic=0.1, heating=0.4, held=0.9, smoke=1.5),
    "hydrogen_sulphide": Pollutant(0.9, digits=1, traffic=0.0, heating=0.1, held=1.4, smoke=0.0),
    "benzo_a_pyrene": Pollutant(0.55, "ng/m³", 2, traffic=0.1, heating=0.85, held=1.6, smoke=0.5),
}


def concentration(code: str, place: Place, chance: Chance, year: int, step: np.timedelta64) -> np.ndarray:
    """Values at the steps of a year, in the pollutant's unit."""
    pollutant, times, there = POLLUTANTS[code], steps(year, step), weather(place, chance, year)
    name = f"{place.station}|{pollutant.like or code}"
    site = chance.rng(name, "site")
    now = {
        name: np.interp(times.astype(float), there.times.astype(float), getattr(there, name))
        for name in ("air_temperature", "wind_speed", "stagnation")
    }
    heating = np.clip((12 - now["air_temperature"]) / 25, 0, 1.7)
    always = 1 - pollutant.traffic - pollutant.heating
    emitted = always + pollutant.traffic * _traffic(times) * site.uniform(0.7, 1.4) + 1.4 * pollutant.heating * heating
    emitted += pollutant.sun * (_daylight(times) - 0.3)
    spread = (3.2 / (now["wind_speed"] + 1.2)) ** (0.5 if pollutant.held > 0 else -0.1)
    noise = 0.28 * chance.red(name, year, step, np.timedelta64(3, "h"))
    noise = noise + 0.25 * chance.red(f"{name}|days", year, HOUR * 24, np.timedelta64(60, "h")).repeat(
        int(HOUR * 24 / step)
    )
    held = np.exp(pollutant.held * (now["stagnation"] - 0.45))
    level = pollutant.usual * site.uniform(0.8, 1.3) * np.clip(emitted, 0.05, None) * spread * held * np.exp(noise)
    level *= 1 + pollutant.smoke * _episodes(chance, "smoke", year, times, 1.6, (0.5, 0.68))
    level *= 1 + _OWN_EPISODES * max(pollutant.held, 0) * _episodes(chance, name, year, times, 1.2, (0.0, 1.0))
    made: np.ndarray = np.round(level, pollutant.digits)
    return made


def _traffic(times: np.ndarray) -> np.ndarray:
    """How much is driven: two peaks of a working day, one of a day off; the mean is about 1."""
    hour = clock(times)
    peaks = 1.5 * np.exp(-(((hour - 8.5) / 1.5) ** 2)) + 1.7 * np.exp(-(((hour - 18.2) / 2.0) ** 2))
    day = 1 / (1 + np.exp(-(hour - 7))) / (1 + np.exp(hour - 22))
    driven: np.ndarray = np.where(is_weekend(times), 0.2 + 1.0 * day, 0.2 + 0.75 * day + peaks)
    return driven


def _daylight(times: np.ndarray) -> np.ndarray:
    """0 at night, up to 1 at noon of the longest day."""
    season = 0.55 * np.cos(2 * np.pi * year_share(times + 10 * 24 * HOUR))
    height = np.cos(2 * np.pi * (clock(times) - 13.2) / 24) - season
    light: np.ndarray = np.clip(height, 0, None) / 1.55
    return light


def _episodes(
    chance: Chance, name: str, year: int, times: np.ndarray, a_year: float, season: tuple[float, float]
) -> np.ndarray:
    """0, and up to about 2 in events that come and go within hours or days."""
    rng, share, made = chance.rng("episodes", name, year), year_share(times), np.zeros(len(times))
    for _ in range(rng.poisson(a_year)):
        middle, half, strength = rng.uniform(*season), rng.uniform(0.4, 2.0) / 365, rng.gamma(3.0, 0.4)
        made += strength * np.exp(-(((share - middle) / half) ** 2))
    return made
