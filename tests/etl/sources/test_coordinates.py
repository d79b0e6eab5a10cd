"""Coordinates as people write them."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from altaigis.etl.sources.coordinates import Coordinate, parse_coordinate

LATITUDE = 52 + 1 / 60 + 23 / 3600


@pytest.mark.parametrize(
    ("text", "value", "axis"),
    [
        ("52.0231", 52.0231, None),
        ("52,0231", 52.0231, None),
        ("-5.5", -5.5, None),
        ("−5,5", -5.5, None),
        ("421000", 421000, None),
        ("5 751 000,25", 5751000.25, None),
        ("52°01'23\"N", LATITUDE, "y"),
        ("52°01′23″ с.ш.", LATITUDE, "y"),
        ("52 01 23,5 с.ш.", LATITUDE + 0.5 / 3600, "y"),
        ("52 01 23", LATITUDE, None),
        ("52:01:23", LATITUDE, None),
        ("52° 01' 23'' С. Ш.", LATITUDE, "y"),
        ("N 52°01'23\"", LATITUDE, "y"),
        ("52°1.5'", 52.025, None),
        ("52,5°", 52.5, None),
        ("85°30' в.д.", 85.5, "x"),
        ("85°30' В", 85.5, "x"),
        ("12°30'W", -12.5, "x"),
        ("12°30' з. д.", -12.5, "x"),
        ("12.5 ю.ш.", -12.5, "y"),
        ("-12°30'00\"", -12.5, None),
        ("179°59'59,999\"E", 180 - 0.001 / 3600, "x"),
    ],
)
def test_what_is_read(text: str, value: float, axis: str | None) -> None:
    found = parse_coordinate(text)
    assert found is not None
    assert found.value == pytest.approx(value, abs=1e-10)
    assert found.axis == axis


@pytest.mark.parametrize(
    "text",
    ["", "east", "N", "52 01", "52°60'00\"", "52°01'60\"", "-12°30'W", "N52°01'S", "91°00'N", "181°E", "52.5°30'",
     "1,234", "1_0", "1e5", "nan", "inf", "0x10", "52..1", "52°01'23\"45", "5 75 000", "٥٢°x"],
)  # fmt: skip
def test_what_is_none_or_could_be_two(text: str) -> None:
    assert parse_coordinate(text) is None


def test_a_comma_before_three_digits_is_read_where_commas_are_declared() -> None:
    assert parse_coordinate("52,023", ",") == Coordinate(52.023)
    assert parse_coordinate("52,023", ".") is None


@given(st.text(max_size=40), st.sampled_from(".,"))
@example("٥٢.٥", ".")
def test_no_text_makes_it_fail(text: str, decimal: str) -> None:
    found = parse_coordinate(text, decimal)
    assert found is None or math.isfinite(found.value)


@given(
    st.integers(0, 89), st.integers(0, 59), st.integers(0, 59_999),
    st.sampled_from("NSEWСЮВЗ"), st.sampled_from(["°'\"", "°′″", "   ", "::"]), st.sampled_from(".,"),
)  # fmt: skip
def test_every_angle_comes_back(degrees: int, minutes: int, millis: int, side: str, marks: str, point: str) -> None:
    seconds = f"{millis // 1000:02d}{point}{millis % 1000:03d}"
    text = f"{degrees}{marks[0]}{minutes:02d}{marks[1]}{seconds}{marks[2:]} {side}"
    found = parse_coordinate(text)
    assert found is not None
    expected = degrees + minutes / 60 + millis / 3_600_000
    assert found.value == pytest.approx(-expected if side in "SWЮЗ" else expected, abs=1e-9)
    assert found.axis == ("y" if side in "NSСЮ" else "x")


@given(st.floats(-1e7, 1e7), st.sampled_from(".,"))
def test_every_number_comes_back(value: float, point: str) -> None:
    found = parse_coordinate(f"{value:.6f}".replace(".", point))
    assert found is not None
    assert found.value == pytest.approx(value, abs=1e-6)
