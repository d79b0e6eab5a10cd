"""CQL2 in text and in JSON: two spellings of one tree."""

import json
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.expression import Expression, Literal
from altaigis.errors import ParameterError
from altaigis.filters import cql2_json, cql2_text
from filters.examples import EXAMPLES, Example
from filters.trees import expressions

Parser = Callable[[str], Expression]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.text)
def test_text_and_json_say_the_same(example: Example) -> None:
    tree = cql2_text.parse(example.text)
    assert cql2_json.parse(json.dumps(example.json)) == tree
    assert cql2_text.parse(cql2_text.print_text(tree)) == tree
    assert cql2_json.parse(cql2_json.print_json(tree)) == tree


@given(expressions())
def test_what_is_written_can_be_read(tree: Expression) -> None:
    assert cql2_text.parse(cql2_text.print_text(tree)) == tree
    assert cql2_json.parse(cql2_json.print_json(tree)) == tree


def test_numbers_of_more_than_64_bits_are_floats() -> None:
    for parse in (cql2_text.parse, cql2_json.parse):
        assert parse(str(2**63 - 1)) == Literal(2**63 - 1)
        assert parse(str(-(2**63))) == Literal(-(2**63))
        assert parse(str(2**63)) == Literal(2.0**63)
        assert parse(str(-(2**63) - 1)) == Literal(-(2.0**63))
    assert cql2_text.parse("9" * 350) == Literal(math.inf)


def test_what_text_has_no_spelling_for() -> None:
    tree = cql2_json.parse('"a\\\\"')
    with pytest.raises(ValueError, match="backslash"):
        cql2_text.print_text(tree)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "too early"),
        ("count =", "too early"),
        ("count = 10 AND", "too early"),
        ("(count = 10", "too early"),
        ("count = 10)", "character 11"),
        ("count == 10", "character 8"),
        ("count = 'x", "character 9"),
        ('"count = 1', "character 1"),
        ("count = 10; DROP TABLE x", "character 11"),
        ("count BETWEEN 1", "too early"),
        ("count IN ()", "character 11"),
        ("count IS 5", "character 10"),
        ("2 ^ 3 ^ 2 = 1", "character 7"),
        ("day = DATE('2020-02-30')", "DATE"),
        ("day = DATE(5)", "DATE"),
        ("seen = TIMESTAMP('2020-02-29')", "TIMESTAMP"),
        ("T_AFTER(day, INTERVAL('x','..'))", "INTERVAL"),
        ("T_AFTER(day, INTERVAL('..'))", "INTERVAL"),
        ("S_INTERSECTS(geom, POINT(80))", "geometry"),
        ("S_INTERSECTS(geom, POLYGON((80 50,81 50,81 51)))", "closed"),
        ("S_INTERSECTS(geom, BBOX(1,2,3))", "BBOX"),
        ("S_INTERSECTS(geom, CIRCLE(1 2))", "character"),
        ("count = " + "9" * 5000, "digits"),
        ("count = 1 \0", "character"),
    ],
)
def test_what_is_no_text(text: str, problem: str) -> None:
    with pytest.raises(ParameterError, match=problem) as caught:
        cql2_text.parse(text)
    assert caught.value.parameter == "filter"
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "NaN",
        "{}",
        '{"op": "="}',
        '{"op": 5, "args": []}',
        '{"op": "=", "args": {}}',
        '{"op": "=", "args": [null]}',
        '{"property": 5}',
        '{"date": "2020-02-30"}',
        '{"date": "2020-02-29T00:00:00Z"}',
        '{"timestamp": "2020-02-29"}',
        '{"interval": [".."]}',
        '{"interval": ["..", 5]}',
        '{"interval": ["..", {"op": "+", "args": []}]}',
        '{"bbox": [1, 2, 3]}',
        '{"bbox": [1, 2, 3, true]}',
        '{"type": "Circle"}',
        '{"type": "Point", "coordinates": ["a"]}',
        '{"type": "Polygon", "coordinates": [[[1, 2]]]}',
        '{"type": "Feature", "geometry": null}',
        '"\\ud800"',
    ],
)
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(ParameterError, match="filter: is not"):
        cql2_json.parse(text)


def test_a_geometry_may_be_long() -> None:
    ring = ",".join(f"{80 + number / 1000} {50 + number % 2 / 1000}" for number in range(4000))
    text = f"S_INTERSECTS(geom, POLYGON(({ring},83 49,80 50)))"
    assert cql2_text.MAX_WORDS < len(text) < cql2_text.MAX_LENGTH
    tree = cql2_text.parse(text)
    assert cql2_text.parse(cql2_text.print_text(tree)) == tree


@pytest.mark.parametrize(
    "text", ["name = 'x' OR " * 2_000 + "wet", "mypoint(" + "1+" * 10_000 + "1) = 1", "x" * 16_400]
)
def test_what_has_too_many_words(text: str) -> None:
    with pytest.raises(ParameterError, match="without texts and geometry"):
        cql2_text.parse(text)


def check_any_text(parse: Parser, text: str) -> None:
    """An expression or an error that names the parameter."""
    refused = ""
    try:
        parse(text)
    except ParameterError as error:
        refused = error.parameter
    assert refused in ("", "filter")


@pytest.mark.parametrize("parse", [cql2_text.parse, cql2_json.parse])
@given(text=st.text() | st.text("()'\"aANDOR=1,.{}[]: "))
def test_any_text_is_an_expression_or_an_error(parse: Parser, text: str) -> None:
    check_any_text(parse, text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 8_000 + "wet" + ")" * 8_000,
        "NOT " * 4_000 + "wet",
        "count" + " + 1" * 4_000 + " = 1",
        "POLYGON(" * 2_000,
        "S_INTERSECTS(geom, GEOMETRYCOLLECTION" + "(" * 16_000,
        "name LIKE '" + "'" * 16_000,
        "name = " + "'\\'" * 20_000,
        "name = '" + "x" * 60_000,
        "POINT(" * 10_000,
        "x" * 70_000,
        "S_INTERSECTS(geom, LINESTRING(" + "1 2," * 1_000_000 + "1 2))",
    ],
)
def test_long_text_takes_short_time(text: str) -> None:
    # Those that can be read are refused by their depth when they meet a layer
    if len(text) > cql2_text.MAX_LENGTH:
        with pytest.raises(ParameterError, match="characters long"):
            cql2_text.parse(text)
    else:
        check_any_text(cql2_text.parse, text)


@pytest.mark.parametrize(
    "text", ['{"op":"not","args":[' * 1000 + "true" + "]}" * 1000, "[" * 100_000, "[" * 900 + "]" * 900]
)
def test_deep_json_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="filter"):
        cql2_json.parse(text)
