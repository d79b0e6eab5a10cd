"""Dates and moments: those of the calendar are read, all others are refused with the reason."""

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.layer import LayerField
from altaigis.etl.ranges import outside
from altaigis.etl.times import dates, moments, why_no_date, why_no_moment


def day(text: str) -> date | None:
    (found,) = dates(pd.Series([text], dtype="string"))
    return None if pd.isna(found) else found


def moment(text: str, zone: str | None = None) -> datetime | None:
    (found,) = moments(pd.Series([text], dtype="string"), zone)
    return None if pd.isna(found) else found.to_pydatetime()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31.02.2024", "no day of the calendar"),
        ("2023-02-29", "no day of the calendar"),
        ("2024-13-01", "no day of the calendar"),
        ("01.02.24", "two digits"),
        ("1/2/24", "two digits"),
        ("0001-01-01", "stands for something else"),
        ("9999-12-31", "stands for something else"),
        ("01.01.0001", "stands for something else"),
        ("2024", "has no day"),
        ("2024-05", "has no day"),
        ("45351", "is no date"),
        ("вчера", "is no date"),
    ],
)
def test_what_is_no_date(text: str, reason: str) -> None:
    assert day(text) is None
    assert reason in why_no_date(text)


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_every_day_comes_back(given: date) -> None:
    assert day(given.isoformat()) == given
    assert day(f" {given.day}.{given.month:02}.{given.year:04}") == given
    assert day(f"{given.isoformat()}T23:59:59+07:00".replace("T23:59:59+07:00", "T12:00:00")) == given


@given(st.text(max_size=30))
def test_no_text_makes_them_fail(text: str) -> None:
    assert day(text) is None or day(text) is not None
    assert why_no_date(text)
    assert moment(text, "Asia/Barnaul") is None or moment(text, "Asia/Barnaul").tzinfo  # type: ignore[union-attr]
    assert why_no_moment(text, None)
    assert why_no_moment(text, "Asia/Barnaul")


@pytest.mark.parametrize(
    ("text", "zone", "reason"),
    [
        ("2024-01-01T07:00", None, "source.timezone"),
        ("01.01.2024 07:00", None, "source.timezone"),
        ("2016-03-27 02:30:00", "Asia/Barnaul", "twice or never"),
        ("2014-10-26 01:30:00", "Asia/Barnaul", "twice or never"),
        ("2024-02-31T07:00:00Z", None, "no day of the calendar"),
        ("2024-02-29T25:00:00Z", None, "no day of the calendar"),
        ("0001-01-01T00:00:00Z", None, "stands for something else"),
        ("2024-01-01", "Asia/Barnaul", "no time of a day"),
        ("07:00", "Asia/Barnaul", "no time of a day"),
    ],
)
def test_what_is_no_moment(text: str, zone: str | None, reason: str) -> None:
    assert moment(text, zone) is None
    assert reason in why_no_moment(text, zone)


def test_times_of_one_zone() -> None:
    seven = datetime(2024, 1, 1, 0, 0, tzinfo=UTC)
    for text in ("2024-01-01T07:00", "2024-01-01 07:00:00", "01.01.2024 7:00", "1.1.2024, 07:00:00"):
        assert moment(text, "Asia/Barnaul") == seven
    assert moment("2024-01-01T03:00+03:00", "Asia/Barnaul") == seven, "a zone of its own overrules"
    assert moment("2016-03-26 07:00", "Asia/Barnaul") == datetime(2016, 3, 26, 1, tzinfo=UTC), "+06 before 27.03.2016"
    native = moments(pd.Series(pd.to_datetime(["2024-01-01 07:00"])), "Asia/Barnaul")
    assert native[0].to_pydatetime() == seven


@given(st.datetimes(datetime(1000, 1, 2), datetime(2999, 12, 30)), st.integers(-12, 14))
def test_every_moment_comes_back(given: datetime, hours: int) -> None:
    there = given.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert moment(there.isoformat()) == there


def field(kind: str, low: object, high: object) -> LayerField:
    return LayerField.model_validate({"type": kind, "range": [low, high]})


def test_ranges_of_dates() -> None:
    values = dates(pd.Series(["2019-12-31", "2020-01-01", "2024-12-31", "2025-01-01", None], dtype="string"))
    assert list(outside(values, field("date", "2020-01-01", "2024-12-31"))) == [True, False, False, True, False]
    assert list(outside(values, field("date", None, date(2019, 12, 31)))) == [False, True, True, True, False]
    coming = dates(pd.Series(["2020-01-01", "2900-01-01"], dtype="string"))
    assert list(outside(coming, field("date", None, "today"))) == [False, True]


def test_a_bound_of_moments_is_a_whole_day_in_barnaul() -> None:
    texts = ["2023-12-31T16:59:59Z", "2023-12-31T17:00:00Z", "2024-01-01T16:59:59Z", "2024-01-01T17:00:00Z", None]
    values = moments(pd.Series(texts, dtype="string"), None)
    found = outside(values, field("datetime", "2024-01-01", "2024-01-01"))
    assert list(found) == [True, False, False, True, False]
    coming = moments(pd.Series(["2900-01-01T00:00:00Z"], dtype="string"), None)
    assert list(outside(coming, field("datetime", None, "today"))) == [True]
