"""Averages that norms ask for, held against pandas and against sums by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.analytics import averaging

ZONE = "Asia/Barnaul"
HOUR = pd.Timedelta(hours=1)


def hourly(begin: str, hours: int, values: object = 1.0) -> "pd.Series[float]":
    """Synthetic."""
    index = pd.date_range(begin, periods=hours, freq="h", tz="UTC")
    return pd.Series(np.broadcast_to(np.asarray(values, float), hours), index)


def test_days_are_those_of_the_region_also_where_its_clock_was_changed() -> None:
    # on 27 March 2016 the clock went from +06 to +07: that day has 23 hours
    found = averaging.days(averaging.Measured(hourly("2016-03-25T18:00", 72, np.arange(72)), HOUR, ZONE))
    assert [str(begin) for begin in found["begin"]] == [
        "2016-03-25 18:00:00+00:00", "2016-03-26 18:00:00+00:00", "2016-03-27 17:00:00+00:00",
        "2016-03-28 17:00:00+00:00",
    ]  # fmt: skip
    assert found["value"].tolist() == [11.5, 35.0, 58.5, 71.0]
    assert found["completeness"].tolist() == [1, 1, 1, pytest.approx(1 / 24)]


def test_a_day_with_gaps_tells_how_complete_it_is() -> None:
    series = hourly("2024-01-09T17:00", 24).drop(pd.date_range("2024-01-10T00:00", periods=9, freq="h", tz="UTC"))
    (day,) = averaging.days(averaging.Measured(series, HOUR, ZONE)).to_dict("records")
    assert day["completeness"] == pytest.approx(15 / 24)


def test_years_are_means_of_complete_days() -> None:
    year = hourly("2022-12-31T17:00", 8760, np.repeat(np.arange(365), 24))
    (found,) = averaging.years(averaging.Measured(year, HOUR, ZONE)).to_dict("records")
    assert (found["value"], found["completeness"]) == (182.0, 1.0)
    (worst,) = averaging.days_99(averaging.Measured(year, HOUR, ZONE)).to_dict("records")
    assert worst["value"] == pytest.approx(np.percentile(np.arange(365), 99))


def test_eight_hours_are_the_highest_of_the_day() -> None:
    values = np.zeros(48)
    values[24 + 10 : 24 + 18] = 80
    found = averaging.hours_8(averaging.Measured(hourly("2024-06-09T17:00", 48, values), HOUR, ZONE))
    assert found["value"].max() == 80
    assert found["completeness"].iloc[1] == 1
    few = averaging.hours_8(averaging.Measured(hourly("2024-06-09T17:00", 5), HOUR, ZONE))
    assert few.empty, "five hours of eight are too few"


def test_the_peak_season_is_the_highest_six_months_in_a_row() -> None:
    index = pd.date_range("2022-12-31T17:00", "2023-12-31T16:00", freq="h", tz="UTC")
    local = index.tz_convert(ZONE)
    series = pd.Series(np.where((local.month >= 4) & (local.month <= 9), 100.0, 40.0), index)
    (found,) = averaging.peak_season(averaging.Measured(series, HOUR, ZONE)).to_dict("records")
    assert found["begin"].tz_convert(ZONE).month == 4
    assert found["value"] == pytest.approx(100, abs=0.5)


@pytest.mark.parametrize(("lost", "whole"), [(12, True), (31, True), (60, False)])
def test_a_summer_with_gaps_is_not_passed_over_for_the_winter(lost: int, whole: bool) -> None:
    index = pd.date_range("2022-12-31T17:00", "2023-12-31T16:00", freq="h", tz="UTC")
    local = index.tz_convert(ZONE)
    series = pd.Series(np.where((local.month >= 4) & (local.month <= 9), 100.0, 40.0), index)
    gap = (local >= "2023-07-01") & (local < pd.Timestamp("2023-07-01", tz=ZONE) + lost * pd.Timedelta(days=1))
    (found,) = averaging.peak_season(averaging.Measured(series[~gap], HOUR, ZONE)).to_dict("records")
    # 31 of 183 days are a sixth, 60 a third: then the season is that of the most complete months, or another half-year
    assert (found["begin"].tz_convert(ZONE).month == 4) is whole
    if whole:
        assert found["value"] == pytest.approx(100, abs=0.5)
        assert found["completeness"] == pytest.approx(1 - lost / 183, abs=0.01)


def test_a_season_of_too_few_days_is_told_and_not_judged() -> None:
    index = pd.date_range("2023-03-31T17:00", "2023-09-30T16:00", freq="h", tz="UTC")
    thin = index[index.tz_convert(ZONE).day <= 15]
    series = pd.Series(100.0, thin)
    (found,) = averaging.peak_season(averaging.Measured(series, HOUR, ZONE)).to_dict("records")
    assert 0.4 < found["completeness"] < averaging.ENOUGH


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=120), st.integers(0, 10_000))
def test_days_equal_those_of_pandas_and_are_never_more_than_complete(there: list[bool], offset: int) -> None:
    index = pd.date_range("2016-03-26", periods=len(there), freq="h", tz="UTC")[np.array(there)]
    series = pd.Series(np.arange(len(index), dtype=float) + offset, index)
    found = averaging.days(averaging.Measured(series, HOUR, ZONE))
    expected = series.groupby(series.index.tz_convert(ZONE).date).mean()
    assert found["value"].tolist() == pytest.approx(expected.tolist())
    assert found["completeness"].between(0, 1).all()
    assert (found["end"] > found["begin"]).all()


@pytest.mark.parametrize("name", averaging.AVERAGES)
def test_nothing_has_no_averages(name: str) -> None:
    empty = pd.Series([], index=pd.DatetimeIndex([], tz="UTC"), dtype=float)
    assert averaging.AVERAGES[name](averaging.Measured(empty, HOUR, ZONE)).empty
