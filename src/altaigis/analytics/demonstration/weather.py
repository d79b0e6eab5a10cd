"""Made-up weather: monthly normals, spells that neighbouring stations share, and the course of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import isnan

import numpy as np

from altaigis.analytics.demonstration.noise import DAY, HOUR, Chance, Field, annual, steps, sun

#: Warming since the middle of the years that the normals are of, in degrees a year.
WARMING, NORMALS_YEAR = 0.034, 1975
#: Standard deviation of a day's temperature, in winter and what is less in summer.
_SPREAD_WINTER, _SPREAD_LESS = 6.0, 3.0
_SPELL = np.timedelta64(4 * 24, "h")


@dataclass(frozen=True)
class Place:
    """A station: where it is, and the monthly normals there, 12 values each, by code: ``air_temperature_mean``,
    ``air_temperature_min_mean``, ``air_temperature_max_mean`` (°C), ``precipitation`` (mm), ``wet_days``,
    ``relative_humidity`` (%), ``wind_speed_10m`` (m/s)."""

    station: str
    lon: float
    lat: float
    elevation: float = 200.0
    normals: Mapping[str, Sequence[float]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if isnan(self.lon + self.lat + self.elevation):
            raise ValueError(f"{self.station} has no place")


@dataclass(frozen=True)
class Weather:
    """The hours of a year of UTC: times and what is measured at them; ``precipitation`` is that of the hour before.
    ``stagnation``: 0 to 1, how little the air moves up and along."""

    times: np.ndarray
    air_temperature: np.ndarray
    relative_humidity: np.ndarray
    wind_speed: np.ndarray
    wind_direction: np.ndarray
    pressure: np.ndarray
    precipitation: np.ndarray
    stagnation: np.ndarray


def daily_temperature(place: Place, chance: Chance, year: int) -> np.ndarray:
    """Means of the days of a year, in °C."""
    days = steps(year, DAY)
    normal = annual(place.normals["air_temperature_mean"], days + np.timedelta64(12, "h"))
    made: np.ndarray = normal + _warming(days) + _anomaly(place, chance, year)
    return made


def daily_precipitation(place: Place, chance: Chance, year: int) -> np.ndarray:
    """Sums of the days of a year, in mm: as many wet days as the normals have, and about their sums."""
    from scipy.special import ndtr

    month = steps(year, DAY).astype("datetime64[M]").astype(int) % 12
    lengths = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    wet = np.asarray(place.normals["wet_days"])[month] / lengths[month]
    each = np.asarray(place.normals["precipitation"])[month] / np.asarray(place.normals["wet_days"])[month]
    level = ndtr(-_shared("wet", place, chance, year, DAY, np.timedelta64(30, "h")))
    # what is left of the probability of a wet day tells how much it rains, about as an exponential distribution
    strength = -np.log(np.clip(level / wet, 1e-4, 1))
    return np.where(level < wet, np.round(each * strength, 1), 0.0)


@lru_cache(maxsize=8)
def weather(place: Place, chance: Chance, year: int) -> Weather:
    """The weather of a year at a place."""
    hours, days = steps(year, HOUR), steps(year, DAY)
    normals = place.normals
    own = {name: chance.red(f"{place.station}|{name}", year, HOUR, np.timedelta64(5, "h")) for name in ("t", "u", "rh")}
    wave = np.cos(2 * np.pi * (sun(hours, place.lon) - 14.5) / 24)
    swing = annual(normals["air_temperature_max_mean"], hours) - annual(normals["air_temperature_min_mean"], hours)
    high = _by_hours(_shared("high", place, chance, year, DAY, _SPELL), days, hours)
    wet = _by_hours(_shared("wet", place, chance, year, DAY, np.timedelta64(30, "h")), days, hours)

    mean = annual(normals["air_temperature_mean"], hours) + _warming(hours)
    mean = mean + _by_hours(_anomaly(place, chance, year), days, hours)
    # clouds make the course of the day flatter
    warmer = swing / 2 * np.clip(1 - 0.35 * wet, 0.3, 1.6) * wave
    temperature = mean + warmer + 0.7 * own["t"]

    stir = _shared("stir", place, chance, year, HOUR, np.timedelta64(20, "h"))
    speed = annual(normals["wind_speed_10m"], hours) * np.exp(0.5 * stir + 0.15 * own["u"] - 0.18)
    speed *= 1 + 0.28 * wave - 0.12 * high
    speed = np.clip(speed, 0, 35)
    turn = _shared("turn", place, chance, year, HOUR, np.timedelta64(36, "h"))
    direction = (225 + 55 * turn + 10 * own["u"]) % 360

    humidity = annual(normals["relative_humidity"], hours) - 2.2 * warmer + 7 * wet + 3 * own["rh"]
    sea_level = 1018 + 9 * np.cos(2 * np.pi * (hours - hours[0]) / (hours[-1] - hours[0])) + 8 * high
    pressure = sea_level * np.exp(-place.elevation / (29.3 * (temperature + 273.15)))
    winter = (1 - np.tanh((mean + 2) / 8)) / 2
    stagnation = 1 / (1 + np.exp(-(1.6 * high + 1.2 * winter - 1.1 * wave - 0.9 * (speed - 2.0))))
    return Weather(
        hours,
        np.round(temperature, 1),
        np.round(np.clip(humidity, 14, 100)),
        np.round(speed, 1),
        np.round(direction) % 360,
        np.round(pressure, 1),
        _rain(place, chance, year),
        stagnation,
    )


def _rain(place: Place, chance: Chance, year: int) -> np.ndarray:
    """The days' sums over some hours of each."""
    amounts = daily_precipitation(place, chance, year)
    rng = chance.rng(place.station, "showers", year)
    first, lasting = rng.integers(0, 22, len(amounts)), rng.integers(2, 11, len(amounts))
    hour = np.arange(24)
    share = ((hour >= first[:, None]) & (hour < first[:, None] + lasting[:, None])).astype(float)
    share *= rng.gamma(1.2, 1.0, share.shape)
    hourly = amounts[:, None] * share / share.sum(axis=1, keepdims=True)
    rain: np.ndarray = np.round(hourly.ravel(), 1)
    return rain


def _anomaly(place: Place, chance: Chance, year: int) -> np.ndarray:
    """How much warmer each day is than usual."""
    days = steps(year, DAY)
    winter = (1 + np.cos(2 * np.pi * np.arange(len(days)) / len(days))) / 2
    high = _shared("high", place, chance, year, DAY, _SPELL)
    warm = _shared("warm", place, chance, year, DAY, _SPELL)
    # under a high it is cold in winter and warm in summer
    mixed = (0.5 - winter) * high + np.sqrt(1 - (0.5 - winter) ** 2) * warm
    # a whole year is warmer or colder, too
    whole = chance.rng("year", year).normal(0, 0.7)
    made: np.ndarray = whole + mixed * (_SPREAD_WINTER - _SPREAD_LESS * (1 - winter))
    return made


def _warming(times: np.ndarray) -> np.ndarray:
    return WARMING * (times.astype("datetime64[M]").astype(int) / 12 + 1970 - NORMALS_YEAR)


def _shared(
    name: str, place: Place, chance: Chance, year: int, step: np.timedelta64, memory: np.timedelta64
) -> np.ndarray:
    return Field(chance, name).at(place.lon, place.lat, year, step, memory)


def _by_hours(values: np.ndarray, days: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Values of days, which stand for their noons, at hours."""
    made: np.ndarray = np.interp(hours.astype(float), (days + np.timedelta64(12, "h")).astype(float), values)
    return made
