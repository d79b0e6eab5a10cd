"""Which series are made up: of which station, how often, since when; and the values of one in a year."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from altaigis.analytics.demonstration import air, rivers
from altaigis.analytics.demonstration.faults import Column, Instrument, with_faults
from altaigis.analytics.demonstration.noise import DAY, HOUR, Chance, steps
from altaigis.analytics.demonstration.radiation import RADIATION, activity
from altaigis.analytics.demonstration.weather import Place, daily_precipitation, daily_temperature, weather

#: Changes with what the same seed makes.
VERSION = 1
#: Stations whose temperature and precipitation are told by days over a generation, for trends.
LONG = ("WMO-29915", "WMO-29939", "WMO-36034", "WMO-36038", "WMO-29838")
#: One of them was moved, and has been colder since.
MOVED = ("WMO-36034", np.datetime64("2011-07-01"), -1.1)
LONG_YEARS, SHORT_YEARS, SAMPLED_YEARS = 30, 2, 10
#: Weather stations that tell every hour; the others tell every third, as synoptic stations do.
HOURLY = ("WMO-29838", "WMO-29839", "WMO-29833")
#: Gauges with a mean discharge of so many m³/s have long series; those of the larger rivers are sampled.
LARGE, SAMPLED = 450.0, 100.0
WEEKLY = ("GRDC-2910607", "GRDC-2910470")
#: The post whose instruments tell every 20 minutes, as single concentrations are meant.
QUICK = "AIR-BRN-3"
CONTINUOUS = ("pm10", "pm2_5", "nitrogen_dioxide", "nitric_oxide", "sulphur_dioxide", "carbon_monoxide")
#: What is sampled four times a day.
BY_HAND = ("total_suspended_particles", "formaldehyde", "phenol", "hydrogen_sulphide")
OZONE = ("AIR-BRN-3", "AIR-BSK-2")

_BY_WEATHER = {
    "air_temperature": ("°C", 1, -60.0, 50.0),
    "relative_humidity": ("%", 0, 5.0, 100.0),
    "wind_speed": ("m/s", 1, 0.0, 60.0),
    "wind_direction": ("°", 0, 0.0, 359.0),
    "pressure": ("hPa", 1, 800.0, 1080.0),
    "precipitation": ("mm", 1, 0.0, 120.0),
}
#: A day's value stands at a moment of that day by every clock that the region has had.
_NOON = 5 * HOUR

Kind = Literal["meteo", "air", "water", "radiation"]


@dataclass(frozen=True)
class Station:
    """A station of a kind, with its place, and for a river gauge what it gauges."""

    kind: Kind
    place: Place
    gauge: rivers.Gauge | None = None


@dataclass(frozen=True)
class Series:
    """A series that can be made: ``years`` back it goes at first, ``of`` a year it is made."""

    station: str
    parameter: str
    unit: str
    years: int
    of: Callable[[Chance, int], Column]


def planned(station: Station) -> Iterator[Series]:
    """The series of a station, always the same ones in the same order."""
    yield from _PLANS[station.kind](station)


def _of_weather(station: Station) -> Iterator[Series]:
    place = station.place
    every = 1 if place.station in HOURLY else 3
    for code, (unit, digits, low, high) in _BY_WEATHER.items():
        instrument = Instrument(f"{place.station}|{code}", digits, low, high, drifts=code in _DRIFTING)
        if place.station in LONG and code in _BY_DAYS:
            yield Series(place.station, code, unit, LONG_YEARS, _daily(place, code, instrument))
        else:
            yield Series(place.station, code, unit, SHORT_YEARS, _hourly(place, code, every, instrument))


_DRIFTING = frozenset({"relative_humidity", "pressure"})
_BY_DAYS = {"air_temperature": daily_temperature, "precipitation": daily_precipitation}


def _daily(place: Place, code: str, instrument: Instrument) -> Callable[[Chance, int], Column]:
    def of(chance: Chance, year: int) -> Column:
        days, values = steps(year, DAY), _BY_DAYS[code](place, chance, year)
        if (place.station, code) == (MOVED[0], "air_temperature"):
            values = values + MOVED[2] * (days >= MOVED[1])
        return with_faults(days + _NOON, np.round(values, 1), instrument, chance, year)

    return of


def _hourly(place: Place, code: str, every: int, instrument: Instrument) -> Callable[[Chance, int], Column]:
    def of(chance: Chance, year: int) -> Column:
        made = weather(place, chance, year)
        values = getattr(made, code)
        # a sum is that of all hours since the last time
        if code == "precipitation":
            values = np.convolve(values, np.ones(every))[: len(values)]
        return with_faults(made.times[::every], values[::every], instrument, chance, year)

    return of


def _of_air(station: Station) -> Iterator[Series]:
    name = station.place.station
    step = np.timedelta64(20, "m") if name == QUICK else HOUR
    ozone = ("ozone",) if name in OZONE else ()
    for code, each in (*((c, step) for c in (*CONTINUOUS, *ozone)), *((c, 6 * HOUR) for c in BY_HAND)):
        yield _pollutant(station.place, code, each, begin=HOUR * 0)
    yield _pollutant(station.place, "benzo_a_pyrene", DAY, begin=_NOON)


def _pollutant(place: Place, code: str, step: np.timedelta64, begin: np.timedelta64) -> Series:
    pollutant = air.POLLUTANTS[code]
    instrument = Instrument(f"{place.station}|{code}", pollutant.digits, low=0.0, drifts=bool(step <= HOUR))

    def of(chance: Chance, year: int) -> Column:
        values = air.concentration(code, place, chance, year, step)
        return with_faults(steps(year, step) + begin, values, instrument, chance, year)

    return Series(place.station, code, pollutant.unit, SHORT_YEARS, of)


def _of_rivers(station: Station) -> Iterator[Series]:
    gauge = station.gauge
    if gauge is None:
        return
    years = LONG_YEARS if gauge.mean >= LARGE else SHORT_YEARS
    for code, unit, made in (("discharge", "m³/s", rivers.discharge), ("water_level", "cm", rivers.level)):
        instrument = Instrument(f"{gauge.station}|{code}", 4 if code == "discharge" else 0, 0.0, drifts=False)
        yield Series(gauge.station, code, unit, years, _gauged(gauge, made, instrument))
    if gauge.mean >= SAMPLED:
        for code, substance in rivers.SUBSTANCES.items():
            yield Series(gauge.station, code, substance.unit, SAMPLED_YEARS, _sampled(gauge, code))


def _gauged(
    gauge: rivers.Gauge, made: Callable[[rivers.Gauge, Chance, int], np.ndarray], instrument: Instrument
) -> Callable[[Chance, int], Column]:
    def of(chance: Chance, year: int) -> Column:
        return with_faults(steps(year, DAY) + _NOON, made(gauge, chance, year), instrument, chance, year)

    return of


def _sampled(gauge: rivers.Gauge, code: str) -> Callable[[Chance, int], Column]:
    def of(chance: Chance, year: int) -> Column:
        days = steps(year, DAY)
        if gauge.station in WEEKLY:
            taken = np.arange(len(days)) % 7 == 2
        else:
            months = days.astype("datetime64[M]")
            drawn = chance.rng(gauge.station, "samples", year).integers(8, 22, 12)
            taken = (days - months.astype(days.dtype)) / DAY == drawn[months.astype(int) % 12]
        values = rivers.sample(code, gauge, chance, year)
        return Column(days + _NOON, values, np.ones(len(days), np.int16)).where(taken)

    return of


def _of_radiation(station: Station) -> Iterator[Series]:
    name = station.place.station
    for code, one in RADIATION.items():
        instrument = Instrument(f"{name}|{code}", one.digits, 0.0, drifts=False)
        yield Series(name, code, one.unit, SHORT_YEARS, _measured(station.place, code, instrument))


def _measured(place: Place, code: str, instrument: Instrument) -> Callable[[Chance, int], Column]:
    def of(chance: Chance, year: int) -> Column:
        times, values = activity(code, place, chance, year)
        return with_faults(times, values, instrument, chance, year)

    return of


_PLANS: dict[Kind, Callable[[Station], Iterator[Series]]] = {
    "meteo": _of_weather,
    "air": _of_air,
    "water": _of_rivers,
    "radiation": _of_radiation,
}
