"""Buckets equal pandas on the raw table: across the change of the zone's offset, ends of years, gaps and bad values."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.domain.bucket import VECTOR_MEAN, Width
from altaigis.domain.observation import ZONE
from altaigis.domain.series import ALWAYS, Interval, Series
from altaigis.store.observations.reading import buckets, known_series
from observing import BARNAUL, HEADER, Observatory, csv, observatory_at

OTHER = "WMO-29937"
#: How pandas calls the calendar's buckets.
PERIODS = {"P1D": "D", "P1W": "W-SUN", "P1M": "M", "P3M": "Q-NOV", "P1Y": "Y"}
STATISTICS = ("mean", "min", "max", "sum", "count", "std", "p10", "p50", "p98")


@pytest.fixture(scope="module")
def observed(stations_url: str, copy_of_database: Any, drop_database: Any) -> Iterator[Observatory]:
    """Half-hourly values with gaps and bad ones, over the change of the offset and the end of a year; a station beside
    it that begins later."""
    url = copy_of_database(stations_url)
    rng = np.random.default_rng(20_160_327)
    rows = []
    for begin, hours in (("2015-12-20", 24 * 30), ("2016-03-20", 24 * 16)):
        for n in np.flatnonzero(rng.random(2 * hours) < 0.8):
            moment = np.datetime64(begin, "s") + int(n) * 1800
            flag = rng.choice(["good", "bad", "suspect"], p=[0.8, 0.1, 0.1])
            rows.append(f"{BARNAUL},air_temperature,{moment}Z,{rng.normal(-10, 8):.2f},°C,{flag}")
            rows.append(f"{OTHER},wind_direction,{moment}Z,{rng.integers(0, 361)},°,{flag}")
    with observatory_at(url) as made:
        made.load(csv(*rows, header=f"{HEADER},flag"))
        yield made
    drop_database(url)


def known(observed: Observatory, station: str = BARNAUL) -> list[Series]:
    with observed.database.connect() as connection:
        return list(known_series(connection, [station]))


def series_of(observed: Observatory, station: str = BARNAUL) -> Series:
    return known(observed, station)[0]


def found(observed: Observatory, one: Series, width: str, interval: Interval = ALWAYS, *names: str) -> pd.DataFrame:
    with observed.database.connect() as connection:
        return buckets(connection, one, Width.parse(width), interval, names or STATISTICS).to_pandas()


def raw(observed: Observatory, one: Series) -> pd.DataFrame:
    frame = observed.frame(f"SELECT time, value, flag FROM altaigis.observations WHERE series = {one.number}")
    return frame.assign(time=pd.to_datetime(frame["time"], utc=True)).sort_values("time")


def starts(times: pd.Series, width: str) -> pd.Series:
    """Where the bucket of each time begins, by pandas."""
    if width not in PERIODS:
        return times.dt.floor(pd.Timedelta(width))
    local = times.dt.tz_convert(ZONE).dt.tz_localize(None)
    return local.dt.to_period(PERIODS[width]).dt.start_time.dt.tz_localize(ZONE).dt.tz_convert("UTC")


@pytest.mark.parametrize("width", ["PT30M", "PT45M", "PT1H", "PT6H", *PERIODS])
def test_buckets_equal_pandas(observed: Observatory, width: str) -> None:
    one = series_of(observed)
    rows = raw(observed, one)
    good = rows[rows["flag"] != 4]
    grouped = good.groupby(starts(good["time"], width))["value"]
    expected = grouped.agg(["mean", "min", "max", "sum", "count", "std"])
    for name in ("p10", "p50", "p98"):
        expected[name] = grouped.quantile(int(name[1:]) / 100)
    for names in (STATISTICS, STATISTICS[:5]):  # from the values, and from the aggregates where they can serve
        told = found(observed, one, width, ALWAYS, *names).set_index("time")
        assert told.index[0] == starts(rows["time"], width).iloc[0]
        assert told.index[-1] == starts(rows["time"], width).iloc[-1]
        assert told.index.is_monotonic_increasing
        filled = told[told["count"] > 0]
        pd.testing.assert_index_equal(filled.index, expected.index, exact=False, check_names=False)
        for name in names:
            np.testing.assert_allclose(filled[name].astype(float), expected[name].astype(float), rtol=1e-9, atol=1e-9)
        assert told[told["count"] == 0][["mean", "sum", "min"]].isna().all(axis=None)
        bad = rows[rows["flag"] == 4].groupby(starts(rows[rows["flag"] == 4]["time"], width)).size()
        assert told["bad"].sum() == bad.sum() > 50
        assert (told.loc[bad.index, "bad"] == bad).all()


def test_a_day_is_complete_by_its_own_hours(observed: Observatory) -> None:
    one = series_of(observed)
    assert one.step == timedelta(minutes=30)
    told = found(observed, one, "P1D", ALWAYS, "count", "completeness").set_index("time")
    short = told.loc["2016-03-26T18:00Z"]  # of 23 hours
    assert short["completeness"] == min(short["count"] / 46, 1)
    next_one = told.loc["2016-03-27T17:00Z"]
    assert next_one["completeness"] == min(next_one["count"] / 48, 1)
    assert told.loc["2016-02-09T18:00Z", ["count", "completeness", "bad"]].tolist() == [0, 0, 0]


def test_who_samples_once_a_month_on_any_day_has_a_whole_year(
    stations_url: str, copy_of_database: Any, drop_database: Any
) -> None:
    """No gap is the usual one: the step is the middle one of them."""
    url = copy_of_database(stations_url)
    days = np.random.default_rng(8).integers(3, 28, 48)
    moments = [f"{2020 + at // 12}-{at % 12 + 1:02}-{day:02}T06:00Z" for at, day in enumerate(days)]
    with observatory_at(url) as made:
        made.load(csv(*(f"{BARNAUL},phenols,{moment},0.001,mg/l" for moment in moments)))
        (one,) = (it for it in known(made) if it.parameter == "phenols")
        assert one.step is not None
        assert 26 <= one.step.days <= 35
        assert found(made, one, "P1Y", ALWAYS, "completeness")["completeness"].tolist() == [1, 1, 1, 1]
        # what lies decades apart has no step: nobody could say that it is not silent
        made.load(csv(*(f"{BARNAUL},iron,{year}-01-01T06:00Z,0.1,mg/l" for year in (1931, 1990))))
        (stray,) = (it for it in known(made) if it.parameter == "iron")
        assert stray.step is None
    drop_database(url)


def test_an_interval_takes_whole_buckets(observed: Observatory) -> None:
    one = series_of(observed)
    whole = found(observed, one, "P1D")
    begin, end = datetime(2016, 1, 5, 12, tzinfo=UTC), datetime(2016, 1, 7, 18, tzinfo=UTC)
    told = found(observed, one, "P1D", Interval(begin, end))
    # the end is the midnight at which the 8th begins, so nothing is told of it
    days = pd.to_datetime(["2016-01-04T18:00Z", "2016-01-05T18:00Z", "2016-01-06T18:00Z"])
    pd.testing.assert_frame_equal(told, whole[whole["time"].isin(days)].reset_index(drop=True))
    for empty in (Interval(end=one.first), Interval(begin=one.last + timedelta(days=2))):
        assert found(observed, one, "PT1H", empty).empty
    far = Interval(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
    assert len(found(observed, one, "P1Y", far)) == 2


def test_directions_have_a_vector_for_their_mean(observed: Observatory) -> None:
    one = series_of(observed, OTHER)
    rows = raw(observed, one)
    good = rows[rows["flag"] != 4]
    angle = np.deg2rad(good["value"].astype(float))
    parts = pd.DataFrame({"x": np.sin(angle), "y": np.cos(angle)}).groupby(starts(good["time"], "P1D")).mean()
    expected = np.rad2deg(np.arctan2(parts["x"], parts["y"])) % 360
    told = found(observed, one, "P1D", ALWAYS, VECTOR_MEAN, "count").set_index("time")[VECTOR_MEAN].dropna()
    np.testing.assert_allclose(told, expected, atol=1e-9)
    assert told.between(0, 360, inclusive="left").all()


def test_several_series_are_told_one_after_the_other(observed: Observatory) -> None:
    both = [series_of(observed, OTHER), series_of(observed)]
    with observed.database.connect() as connection:
        told = buckets(connection, both, Width.parse("month"), ALWAYS, ["min"]).to_pandas()
    apart = pd.concat([found(observed, one, "P1M", ALWAYS, "min") for one in both])
    pd.testing.assert_frame_equal(told, apart.reset_index(drop=True))


@settings(max_examples=60)
@given(
    st.sampled_from([*PERIODS, "PT7M", "PT5H"]),
    st.datetimes(datetime(1921, 1, 1), datetime(2035, 1, 1)),
    st.integers(0, 900),
)
def test_a_moment_is_in_the_bucket_that_pandas_puts_it_in(width: str, first: datetime, hours: int) -> None:
    begin = first.replace(tzinfo=UTC)
    made = Width.parse(width).starts(begin, begin + timedelta(hours=hours))
    ends = made.edges.astype("datetime64[us]")
    assert ends[0] <= np.datetime64(first) < ends[1]
    assert ends[-2] <= np.datetime64(first + timedelta(hours=hours)) < ends[-1]
    if width in PERIODS:
        local = pd.Series(pd.to_datetime(ends[:-1]).tz_localize("UTC")).dt.tz_convert(ZONE).dt.tz_localize(None)
        # a clock that jumps at midnight begins the day at one
        assert (local.dt.to_period(PERIODS[width]).dt.start_time.dt.date == local.dt.date).all()
        assert (local.dt.hour <= 1).all()
