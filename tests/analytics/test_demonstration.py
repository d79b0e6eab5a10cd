"""The demonstration series: the same values whatever the span, and values as such stations tell."""

from itertools import pairwise

import numpy as np
import pytest

from altaigis.analytics.demonstration import Chance, Gauge, Place, Series, Station, planned
from altaigis.analytics.demonstration.faults import BAD, GOOD
from altaigis.analytics.demonstration.noise import DAY, HOUR, Field, annual, clock, steps
from altaigis.analytics.demonstration.weather import daily_precipitation, weather

#: Barnaul, CRU CL 2.0.
NORMALS = {
    "air_temperature_mean": (-16.2, -15.4, -7.7, 3.1, 12.0, 17.8, 19.8, 17.1, 11.5, 3.2, -6.8, -13.9),
    "air_temperature_min_mean": (-21.2, -21.2, -13.6, -2.7, 5.2, 11.1, 13.4, 10.8, 5.4, -1.3, -11.0, -18.6),
    "air_temperature_max_mean": (-11.2, -9.6, -1.8, 8.9, 18.9, 24.6, 26.3, 23.5, 17.6, 7.7, -2.7, -9.2),
    "precipitation": (24.3, 20.1, 19.4, 25.9, 40.7, 45.9, 61.0, 52.7, 30.2, 51.4, 35.5, 26.8),
    "wet_days": (15.2, 12.4, 11.0, 10.1, 12.4, 11.4, 11.8, 12.6, 10.0, 15.0, 16.1, 15.4),
    "relative_humidity": (93.3, 87.4, 82.8, 63.0, 52.9, 57.1, 65.1, 67.5, 65.5, 73.1, 88.1, 96.3),
    "wind_speed_10m": (3.2, 3.1, 3.1, 4.0, 4.0, 3.1, 2.1, 3.0, 3.1, 3.2, 4.1, 3.9),
}
CHANCE = Chance(8)


def station(kind: str, name: str = "WMO-1") -> Station:
    place = Place(name, 83.5, 53.4, 180.0, NORMALS)
    return Station(kind, place, Gauge(name, 1500.0, 169_000.0) if kind == "water" else None)  # type: ignore[arg-type]


def series(kind: str, parameter: str, name: str = "WMO-1") -> Series:
    return next(one for one in planned(station(kind, name)) if one.parameter == parameter)


@pytest.mark.parametrize("kind", ["meteo", "air", "water", "radiation"])
def test_a_year_is_a_function_of_seed_and_station_alone(kind: str) -> None:
    made = [one.of(CHANCE, 2024) for one in planned(station(kind))]
    # in another order, after other years
    for one, former in reversed(list(zip(planned(station(kind)), made, strict=True))):
        one.of(CHANCE, 2025)
        again = one.of(Chance(8), 2024)
        assert np.array_equal(again.times, former.times)
        assert np.array_equal(again.values, former.values)
        assert np.all(np.diff(again.times) > np.timedelta64(0)), one.parameter
        assert again.times[0] >= np.datetime64("2024-01-01")
        assert again.times[-1] < np.datetime64("2025-01-01")
        assert not np.array_equal(one.of(Chance(9), 2024).values, former.values)


def test_noise_runs_on_over_the_turn_of_the_year() -> None:
    memory = np.timedelta64(48, "h")
    years = [CHANCE.red("x", year, HOUR, memory) for year in range(2000, 2040)]
    jumps = [abs(after[0] - before[-1]) for before, after in pairwise(years)]
    usual = np.abs(np.diff(years[0]))
    assert np.mean(jumps) < 2 * usual.mean()
    assert np.std(np.concatenate(years)) == pytest.approx(1, abs=0.05)


def test_neighbours_have_like_weather() -> None:
    at = [Field(CHANCE, "warm").at(lon, 53.0, 2024, DAY, 4 * DAY) for lon in (83.0, 83.3, 79.0)]
    near, far = (np.corrcoef(at[0], other)[0, 1] for other in at[1:])
    assert near > 0.97 > far > 0.3


def test_a_course_of_the_year_keeps_the_means_of_the_months() -> None:
    days = steps(2023, DAY)
    course = annual(NORMALS["air_temperature_mean"], days + 12 * HOUR)
    months = days.astype("datetime64[M]").astype(int) % 12
    means = [course[months == month].mean() for month in range(12)]
    assert np.abs(np.array(means) - NORMALS["air_temperature_mean"]).max() < 1.0
    assert np.abs(np.diff(course)).max() < 0.6


def test_weather_is_about_as_the_normals_say() -> None:
    place = station("meteo").place
    years = [weather(place, CHANCE, year) for year in range(2016, 2024)]
    january = np.mean([one.air_temperature[: 31 * 24].mean() for one in years])
    assert -20 < january < -9  # it is warmer now than it was when the normals were made
    rain = np.mean([daily_precipitation(place, CHANCE, year).sum() for year in range(1995, 2025)])
    assert rain == pytest.approx(sum(NORMALS["precipitation"]), rel=0.2)
    for one in years:
        assert one.relative_humidity.max() <= 100
        assert 0 <= one.wind_speed.min() <= one.wind_speed.max() < 40


def test_the_sum_of_precipitation_does_not_depend_on_the_step() -> None:
    hourly = weather(station("meteo").place, CHANCE, 2024).precipitation
    made = series("meteo", "precipitation").of(CHANCE, 2024)
    assert len(made) > 2700
    assert made.values[made.flags == GOOD].sum() == pytest.approx(hourly.sum(), rel=0.05)


def test_the_clock_of_the_region() -> None:
    times = np.array(["2016-03-26T19:59", "2016-03-26T20:00", "2024-07-01T05:00"], "datetime64[us]")
    assert clock(times).round(2).tolist() == [1.98, 3.0, 12.0]


def test_air_is_worse_in_winter_and_exceeds_norms_now_and_then() -> None:
    made = series("air", "pm2_5", "AIR-1").of(CHANCE, 2024)
    month = made.times.astype("datetime64[M]").astype(int) % 12
    winter, summer = made.values[(month == 0) | (month == 11)].mean(), made.values[month == 4].mean()
    assert winter > 1.5 * summer
    days = np.unique(made.times.astype("datetime64[D]"), return_inverse=True)[1]
    daily = np.bincount(days, made.values) / np.bincount(days)
    assert 3 < (daily > 35).sum() < 150  # the daily limit, in µg/m³


def test_rivers_have_a_flood_in_spring_and_their_mean() -> None:
    one = series("water", "discharge")
    made = [one.of(CHANCE, year) for year in range(2000, 2020)]
    assert np.mean([column.values.mean() for column in made]) == pytest.approx(1500, rel=0.2)
    peaks = [column.times[np.argmax(column.values)].astype("datetime64[M]").astype(int) % 12 for column in made]
    assert np.isin(peaks, [3, 4, 5, 6]).mean() > 0.8


def test_instruments_fail_now_and_then() -> None:
    made = [one.of(CHANCE, 2024) for name in ("AIR-1", "AIR-2", "AIR-3") for one in planned(station("air", name))]
    hourly = [column for column in made if len(column) > 5000]
    assert all(len(column) < 8784 for column in hourly)
    flagged = sum(int((column.flags == BAD).sum()) for column in hourly)
    assert 5 < flagged < 0.01 * sum(map(len, hourly))
    assert all(column.values.min() >= 0 for column in hourly)
