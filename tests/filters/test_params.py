"""Query parameters: a query, or an error that names the parameter; never anything else."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.extent import BBox
from altaigis.domain.query import IntersectsBox
from altaigis.errors import ParameterError
from altaigis.filters.params import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    check_datetime,
    feature_query,
    parse_coordinate,
    parse_limit,
)
from altaigis.layerfiles import read_catalog
from conftest import ROOT

LAYER = read_catalog(ROOT / "layers").layer("districts")


def test_nothing_asked() -> None:
    query = feature_query(LAYER, {})
    assert (query.where, query.limit, query.after) == (None, DEFAULT_LIMIT, None)


def test_everything_asked() -> None:
    query = feature_query(LAYER, {"bbox": "77,50,88,55", "limit": "5", "after": "aleysk", "datetime": "2024-01-01"})
    assert query.where == IntersectsBox(BBox(77, 50, 88, 55))
    assert (query.limit, query.after) == (5, "aleysk")


@given(st.dictionaries(st.sampled_from(["bbox", "limit", "datetime", "after", "x"]), st.text()))
def test_any_parameters_make_a_query_or_name_the_parameter(parameters: Mapping[str, str]) -> None:
    limit, refused = 1, ""
    try:
        limit = feature_query(LAYER, parameters).limit
    except ParameterError as error:
        refused = error.parameter
    assert 1 <= limit <= MAX_LIMIT
    assert not refused or refused in parameters


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 1), ("0010", 10), ("10000", 10_000), ("10001", 10_000), ("9" * 5000, 10_000), (None, 1000)],
)
def test_limits(text: str | None, expected: int) -> None:
    assert parse_limit(text, DEFAULT_LIMIT, MAX_LIMIT) == expected


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "ten", "١", "1_0", " 1", "000"])
def test_no_limits(text: str) -> None:
    with pytest.raises(ParameterError, match="limit"):
        parse_limit(text, DEFAULT_LIMIT, MAX_LIMIT)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29",
        "2024-01-01T00:00:00Z",
        "2024-01-01t00:00:00.5z",
        "2024-01-01T00:00:00.123456789+07:00",
        "2023-01-01/2024-01-01",
        "2024-01-01/2024-01-01",
        "../2024-01-01",
        "2024-01-01/..",
        "/2024-01-01",
        "2024-01-01/",
        "../..",
        "2024-01-01T00:00:00+07:00/2024-01-01T00:00:00Z",
    ],
)
def test_times(text: str) -> None:
    check_datetime(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "..",
        "yesterday",
        "2024",
        "2024-13-45",
        "2023-02-29",
        "2024-01-01T25:00:00Z",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00+99:00",
        "20240101",
        "٢٠٢٤-01-01",
        "2024-01-02/2024-01-01",
        "2024-01-01T00:00:00Z/2024-01-01T00:00:00+07:00",
        "2024-01-01/2024-01-02/2024-01-03",
        "2024-01-01/2024-13-01",
        "2024-01-01/yesterday",
        "2024-01-01 ",
    ],
)
def test_no_times(text: str) -> None:
    with pytest.raises(ParameterError, match="datetime"):
        check_datetime(text)


@given(st.datetimes(timezones=st.timezones() | st.none()), st.datetimes(timezones=st.just(None)))
def test_dates_in_order_are_an_interval(one: object, other: object) -> None:
    first, last = sorted([str(one)[:10], str(other)[:10]])
    check_datetime(f"{first}/{last}")
    if first != last:
        with pytest.raises(ParameterError):
            check_datetime(f"{last}/{first}")


@given(st.none() | st.text() | st.floats().map(str))
def test_coordinates(text: str | None) -> None:
    value, refused = 0.0, "lon"
    try:
        value = parse_coordinate("lon", text, 180)
    except ParameterError as error:
        refused = error.parameter
    assert -180 <= value <= 180
    assert refused == "lon"
