"""Numbers with a unit: converted where the layer file says from what, and refused where nobody says."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.layer import LayerField
from altaigis.domain.units import UNITS, converted
from altaigis.etl.sources.rawfile import Mark
from altaigis.etl.units import in_our_unit, legible, why_no_number

AREA = LayerField(type="number", unit="km²", from_unit="ha")
PEOPLE = LayerField(type="integer", unit="persons", from_unit="persons")


def one(text: str, field: LayerField = AREA, decimal: Mark = ",") -> object:
    (found,), _ = in_our_unit(pd.Series([text], dtype="string"), field, decimal)
    return found


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("12", AREA, 0.12),
        ("12 га", AREA, 0.12),
        ("1 234,5 га", AREA, 12.345),
        ("12,5 км²", AREA, 12.5),
        ("3 кв. км", AREA, 3),
        ("500 м2", AREA, 0.0005),
        ("1e3", AREA, 10),
        ("120 тыс.", PEOPLE, 120_000),
        ("120,5 тыс. чел.", PEOPLE, 120_500),
        ("2,1 млн человек", PEOPLE, 2_100_000),
        ("17 чел", PEOPLE, 17),
    ],
)
def test_what_is_read(text: str, field: LayerField, value: float) -> None:
    assert one(text, field) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("12 га", LayerField(type="number"), "holds a unit; name that of the source in from_unit"),
        ("120 тыс.", LayerField(type="integer"), "holds a unit"),
        ("12 футов", AREA, "not known: футов"),
        ("12 кг", AREA, "is in kg, which cannot become km²"),
        ("много", AREA, "is not of type number"),
        ("12_000", AREA, "is no number that can be read"),
        ("1_000", LayerField(type="integer"), "is no number that can be read"),
        ("1e400", LayerField(type="number"), "is no number that can be read"),
        ("1.234,5", LayerField(type="number"), "is no number that can be read"),
        ("1,234,567.5", LayerField(type="number"), "is no number that can be read"),
        ("0x10", LayerField(type="number"), "is no number that can be read"),
        ("1.234", LayerField(type="number"), "can be read in two ways"),
        ("1.234", LayerField(type="number"), "declare source.decimal: '.' in the layer file"),
        ("1.234 га", AREA, "can be read in two ways"),
        ("5 e5", AREA, "is no number that can be read"),
    ],
)
def test_what_is_not(text: str, field: LayerField, reason: str) -> None:
    if field.from_unit and "two ways" not in reason:
        assert one(text, field) == text, "as it came, for the finding"
    assert reason in why_no_number(text, field, ",")


def test_a_comma_is_read_where_it_is_declared() -> None:
    assert one("1,5 га", decimal=".") == "1,5 га"
    assert one("1.5 га", decimal=".") == pytest.approx(0.015)


def test_a_column_of_numbers_is_converted_and_counted() -> None:
    values, count = in_our_unit(pd.Series([100.0, None, 250.0]), AREA, ".")
    assert (list(values.dropna()), count) == ([1.0, 2.5], 2)


@pytest.mark.parametrize(
    ("values", "decimal", "read"),
    [
        (["1,5", "1.234", "2.345 га"], ",", ["1,5", None, None]),
        (["1.000", "-12.500"], ",", [None, None]),
        (["1.5", "1.234", "0.123"], ",", ["1.5", "1.234", "0.123"]),
        (["1.5", "1.234", "2,5"], ",", ["1.5", None, "2,5"]),
        (["0.125", "1234.567", "1.2345"], ",", ["0.125", "1234.567", "1.2345"]),
        (["1.234", "2,5"], ".", ["1.234", "2,5"]),
        ([1.234, "2,5", None], ",", [1.234, "2,5", None]),
        (["1.234", "-12.500", "2.345 га"], None, ["1.234", "-12.500", "2.345 га"]),
        (["1.234", "2,5"], None, [None, "2,5"]),
        (["−5,5", "\u2212 7", "5−6"], ",", ["-5,5", "- 7", "5-6"]),
    ],
)
def test_a_point_before_three_digits_is_read_where_it_can_be_but_one(
    values: list[object], decimal: Mark, read: list[object]
) -> None:
    found = legible(pd.Series(values, dtype=object), decimal)
    assert [None if pd.isna(value) else value for value in found] == read
    as_strings = legible(pd.Series(["1.234"], dtype="string"), decimal)
    assert as_strings.isna().all() == (decimal == ",")


def test_numbers_are_left_alone() -> None:
    numbers = pd.Series([1.234, 2.5])
    assert legible(numbers, ",") is numbers


@given(st.text(max_size=30))
def test_no_text_makes_it_fail(text: str) -> None:
    one(text)
    assert why_no_number(text, AREA, ",")


@given(st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)), st.floats(-1e6, 1e6))
def test_a_way_to_another_unit_and_back(one: str, other: str, value: float) -> None:
    if UNITS[one].kind == UNITS[other].kind:
        there = converted(value, UNITS[one], UNITS[other])
        assert converted(there, UNITS[other], UNITS[one]) == pytest.approx(value, rel=1e-9, abs=1e-6)
