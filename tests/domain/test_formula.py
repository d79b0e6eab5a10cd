"""Formulas of indicators: what they say is what they are read as, and their units are checked."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.formula import MAX_LENGTH, Formula, Negation, Node, Number, Operand, Operation, parse
from altaigis.domain.quantities import Quantities

UNITS = {"people": "persons", "area": "km²", "share": "%", "warmth": "°C", "pay": "RUB/month", "beds_there": "beds"}
SYSTEM = Quantities(("beds",))

codes = st.sampled_from(["a", "b_2", "people"])
leaves: st.SearchStrategy[Node] = st.one_of(st.floats(0, 1e12).map(Number), st.builds(Operand, codes, st.booleans()))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(st.builds(Negation, inner), st.builds(Operation, st.sampled_from("+-*/"), inner, inner)),
    max_leaves=8,
)


@given(trees.map(Formula).filter(lambda formula: len(str(formula)) <= MAX_LENGTH))
def test_text_of_a_formula_reads_as_the_same_formula(formula: Formula) -> None:
    assert parse(str(formula)) == formula


@given(st.text(alphabet="ab1.(+-*/) \n_previousé", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - any text is welcome
    else:
        assert parse(str(found)) == found


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3))
def test_it_means_what_python_means(given_values: list[float]) -> None:
    values = dict(zip(("a", "b", "c"), given_values, strict=True))
    for text in ("a - b - c", "a - (b - c)", "-a * -(b + c) + 2.5", "a * b + c"):
        found = parse(text).evaluate(float, lambda operand: values[operand.code])
        assert found == eval(text, {}, values)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "ends too early"),
        ("a +", "ends too early"),
        ("a b", "from character 3 on: «b»"),
        ("a ** b", "from character 4"),
        ("__import__('os')", "from character 1"),
        ("sum(a)", "no function sum"),
        ("previous(a + b)", "from character 12"),
        ("1e9", "from character 2"),
        ("a" * (MAX_LENGTH + 1), "characters long"),
    ],
)
def test_what_is_no_formula_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("(", r"\(")):
        parse(text)


@pytest.mark.parametrize(
    ("text", "unit", "told"),
    [
        ("people / area", "persons/km²", None),
        ("people / previous(people) - 1", "%", None),
        ("beds_there / people", "beds/persons", None),
        ("pay * 12", "RUB/year", None),
        ("people / area", "%", "which is no %"),
        ("people + area", "persons", "its units do not fit"),
        ("people + 1", "persons", "its units do not fit"),
        ("warmth * 2", "°C", "its units do not fit"),
        ("people / 0", "persons", "divides by zero"),
        ("people", "parsecs", "no unit that is known"),
        ("people", "9**9**9", "is no unit"),
    ],
)
def test_units_are_checked(text: str, unit: str, told: str | None) -> None:
    if told is None:
        SYSTEM.require_fit(parse(text), UNITS, unit)
        return
    with pytest.raises(ValueError, match=told.replace("*", r"\*")):
        SYSTEM.require_fit(parse(text), UNITS, unit)


def test_values_come_in_the_declared_unit() -> None:
    values = {"people": np.array([50.0, 1.0, math.nan]), "area": np.array([2.0, 0.0, 1.0])}
    with np.errstate(all="ignore"):
        found = SYSTEM.value(parse("people / area"), UNITS, lambda it: values[it.code], "persons/ha")
    assert found[0] == 0.25
    assert not np.isfinite(found[1:]).any()
