"""Filters of WFS: other spellings of the tree that CQL2 says."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.expression import Box, Call, Expression, Geometry, Interval, Literal, Property, call
from altaigis.errors import ParameterError
from altaigis.filters import cql2_text
from altaigis.filters.fes import parse_fes_text
from altaigis.filters.fes_operators import COMPARISONS, FUNCTIONS, SPATIALS, TEMPORALS
from altaigis.filters.instants import print_instant
from altaigis.filters.resolve import resolve
from filters.examples import MEADOWS
from filters.fes_examples import EXAMPLES, FES, GML32, Example, eq, op, p, v
from filters.trees import COORDINATES, DAYS, NUMBERS, TIMES, calls, literals, patterns, properties

NORTH_FIRST = Crs(4326, axis_swapped=True)
NAMESPACES = f'xmlns:fes="{FES}" xmlns:gml="{GML32}"'


def read(filter_: str, default: Crs = NORTH_FIRST) -> Expression:
    return resolve(parse_fes_text(filter_, MEADOWS, default, aliases=["a"]), MEADOWS)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.fes[:90])
def test_all_versions_say_what_cql2_does(example: Example) -> None:
    expected = resolve(cql2_text.parse(example.text), MEADOWS)
    for written in example.filters():
        assert read(written) == expected


def test_each_operator_that_is_declared_has_an_example() -> None:
    told = " ".join(example.fes for example in EXAMPLES)
    names = [*COMPARISONS, *SPATIALS, *TEMPORALS]
    assert [name for name in names if f"<fes:{name}" not in told] == []
    assert all(f'name="{name}"' in told or f"<fes:{name}>" in told for name in FUNCTIONS if name != "casei")


# A printer of trees, to read what it writes


def printed(node: Expression) -> str:
    match node:
        case Property(name):
            return p(name)
        case Literal(date() as value):
            return v(print_instant(value))
        case Literal(bool() as value):
            return v(str(value).lower())
        case Literal(value):
            return v(escape(str(value), {"\r": "&#13;"}))
        case Geometry(wkb):
            return gml(shapely.from_wkb(wkb))
        case Box((west, south, east, north)):
            lower, upper = f"{south!r} {west!r}", f"{north!r} {east!r}"
            return (
                f"<gml:Envelope><gml:lowerCorner>{lower}</gml:lowerCorner>"
                f"<gml:upperCorner>{upper}</gml:upperCorner></gml:Envelope>"
            )
        case Interval(start, end):
            ends = zip(("begin", "end"), (start, end), strict=True)
            return f"<gml:TimePeriod>{''.join(position(name, found) for name, found in ends)}</gml:TimePeriod>"
        case Call(name, args):
            return printed_call(name, args)
    raise AssertionError(node)


def position(name: str, end: Expression | None) -> str:
    if end is None:
        return f'<gml:{name}Position indeterminatePosition="unknown"/>'
    assert isinstance(end, Literal)
    assert isinstance(end.value, date | datetime)
    return f"<gml:{name}Position>{print_instant(end.value)}</gml:{name}Position>"


def gml(shape: shapely.Geometry) -> str:
    points = " ".join(f"{y!r} {x!r}" for x, y in shapely.get_coordinates(shape).tolist())
    if shape.geom_type == "Point":
        return f"<gml:Point><gml:pos>{points}</gml:pos></gml:Point>"
    return f"<gml:LineString><gml:posList>{points}</gml:posList></gml:LineString>"


def printed_call(name: str, args: Sequence[Expression]) -> str:
    if name == "in":
        return op("Or", *(printed(call("=", args[0], choice)) for choice in args[1:]))
    if name == "between":
        value, low, high = map(printed, args)
        return op("PropertyIsBetween", value, op("LowerBoundary", low), op("UpperBoundary", high))
    if name == "like":
        return op("PropertyIsLike", *map(printed, args), wildCard="%", singleChar="_", escapeChar="\\")
    if name == "s_dwithin":
        metres = args[2]
        assert isinstance(metres, Literal)
        return op("DWithin", *map(printed, args[:2]), op("Distance", repr(metres.value), uom="m"))
    if name in WORDS:
        return op(WORDS[name], *map(printed, args))
    return op("Function", *map(printed, args), name=name)


WORDS = {
    "and": "And", "or": "Or", "not": "Not", "isNull": "PropertyIsNull",
    "=": "PropertyIsEqualTo", "<>": "PropertyIsNotEqualTo", "<": "PropertyIsLessThan", ">": "PropertyIsGreaterThan",
    "<=": "PropertyIsLessThanOrEqualTo", ">=": "PropertyIsGreaterThanOrEqualTo",
    "+": "Add", "-": "Sub", "*": "Mul", "/": "Div",
    **{relation: name for name, relation in TEMPORALS.items()},
    **{f"s_{name.lower()}": name for name in SPATIALS if name not in ("BBOX", "DWithin", "Beyond")},
}  # fmt: skip


def sayable() -> st.SearchStrategy[Expression]:
    """Conditions that Filter Encoding has words for; an ``or`` of equalities is an ``in``, and so it is here."""
    plain = st.text("Ёёлкайо%_\\'\"aC é100<&>", max_size=5)
    number = st.recursive(
        properties("count", "size"),
        lambda inner: calls(["+", "-", "*", "/"], inner, inner | literals(NUMBERS)),
        max_leaves=3,
    )
    text = properties("name", "other")
    text |= calls(["casei", "accenti"], text)
    instant = literals(DAYS) | literals(TIMES)
    interval = st.tuples(DAYS, DAYS).map(sorted).map(lambda ends: Interval(Literal(ends[0]), Literal(ends[1])))
    interval |= st.builds(Interval, instant, st.none()) | st.builds(Interval, st.none(), instant)
    shape = st.builds(shapely.Point, COORDINATES, COORDINATES) | st.builds(
        shapely.LineString, st.lists(st.tuples(COORDINATES, COORDINATES), min_size=2, max_size=4, unique=True)
    )
    place = shape.map(lambda found: Geometry(shapely.to_wkb(found))) | st.just(Box((80.0, 50.25, 81.5, 51.0)))
    order = ["=", "<>", "<", "<=", ">", ">="]
    values = st.lists(literals(NUMBERS), min_size=2, max_size=4, unique=True)
    leaves = st.one_of(
        calls(order, number, number | literals(NUMBERS)),
        calls(order, text, text | literals(plain)),
        calls(order, properties("day", "seen"), instant),
        calls(["between"], number, literals(NUMBERS), literals(NUMBERS)),
        calls(["like"], text, patterns(plain.filter(lambda said: not re.search(r"\\[^%_\\]", said)))),
        calls(["isNull"], properties("name", "count", "geom")),
        st.builds(lambda value, choices: Call("in", (value, *choices)), number, values),
        calls(list(TEMPORALS.values()), properties("day", "seen"), instant | interval),
        calls([name for name in WORDS if name.startswith("s_")], properties("geom"), place),
        calls(["s_dwithin"], properties("geom"), place, literals(st.floats(0, 1e6))),
    )
    parts = st.lists(leaves | calls(["not"], leaves), min_size=2, max_size=3)
    return leaves | calls(["not"], leaves) | parts.map(lambda found: Call("and", tuple(found)))


@settings(max_examples=200)
@given(sayable())
def test_what_is_written_can_be_read(tree: Expression) -> None:
    assert read(f"<fes:Filter {NAMESPACES}>{printed(tree)}</fes:Filter>") == resolve(tree, MEADOWS)


# Size


def test_a_thousand_values_are_one_list() -> None:
    tree = read(f"<fes:Filter {NAMESPACES}>{op('Or', *(eq('count', str(n)) for n in range(5000)))}</fes:Filter>")
    assert tree == Call("in", (Property("count"), *map(Literal, range(5000))))


def test_a_chain_of_alternatives_is_not_deep() -> None:
    chain = eq("count", "0")
    for number in range(1, 190):
        chain = op("Or", chain, op("PropertyIsLessThan", p("size"), v(str(number))))
    tree = read(f"<fes:Filter {NAMESPACES}>{chain}</fes:Filter>")
    assert isinstance(tree, Call)
    assert (tree.op, len(tree.args), tree.args[0]) == ("or", 190, call("=", Property("count"), Literal(0)))


# Errors


NEAR = p("geom") + "<gml:Point><gml:pos>50 80</gml:pos></gml:Point>"


@pytest.mark.parametrize(
    ("filter_", "told"),
    [
        ("", "Filter has 0 conditions"),
        (eq("count", "1") * 2, "Filter has 2 conditions"),
        ("<fes:Nothing/>", "no operator 'Nothing'; there are And, Or, Not, PropertyIsEqualTo"),
        (op("And"), "And has no conditions"),
        (op("Not"), "Not has 0 conditions"),
        (op("PropertyIsEqualTo", p("count")), "PropertyIsEqualTo takes 2 operands, not 1"),
        (op("PropertyIsEqualTo", p("nothing"), v("1")), "no property 'nothing'; there are number, name"),
        (op("PropertyIsEqualTo", p("lakes/count"), v("1")), "'lakes/count' is no property of 'meadows'"),
        (op("PropertyIsEqualTo", p("a/b/c"), v("1")), "'a/b/c' is no property"),
        (op("PropertyIsEqualTo", p("count[1]"), v("1")), "'count[1]' is no property"),
        (op("PropertyIsEqualTo", p(""), v("1")), "'' is no property"),
        (op("PropertyIsEqualTo", p("@count"), v("1")), "'@count' is an attribute"),
        (op("PropertyIsLessThan", p("@gml:id"), v("1")), "for equality"),
        (op("PropertyIsEqualTo", p("count"), v("many")), "'many' is not a number"),
        (op("PropertyIsEqualTo", p("count"), v("")), "'' is not a number"),
        (op("PropertyIsEqualTo", p("day"), v("soon")), "'soon' is not a date"),
        (op("PropertyIsEqualTo", p("count"), "<fes:Thing/>"), "'Thing' is no value"),
        (op("PropertyIsEqualTo", p("count"), v("<a/>")), "a Literal holds 'a'"),
        (op("PropertyIsEqualTo", p("count"), v("<a/><a/>")), "a Literal has 2 elements"),
        (op("PropertyIsEqualTo", p("count"), v("1"), matchCase="no"), "matchCase"),
        (op("PropertyIsEqualTo", p("count"), v("1"), matchAction="Some"), "matchAction"),
        (op("PropertyIsLike", p("name"), v("a*"), wildCard="*"), "needs the attributes"),
        (op("PropertyIsLike", p("name"), v("a*"), wildCard="*", singleChar="*", escapeChar="!"), "one sign for two"),
        (op("PropertyIsLike", p("name"), p("other"), wildCard="*", singleChar="?", escapeChar="!"), "no Literal"),
        (op("PropertyIsLike", p("name"), v("*" * 30), wildCard="*", singleChar="?", escapeChar="!"), "wildcards"),
        (op("PropertyIsBetween", p("count"), op("LowerBoundary", v("1"))), "has no UpperBoundary"),
        (op("PropertyIsBetween", op("LowerBoundary", v("1")), op("UpperBoundary", v("1"))), "has no property"),
        (op("PropertyIsEqualTo", op("Function", p("name"), name="buffer"), v("1")), "no function 'buffer'"),
        (op("PropertyIsEqualTo", op("Function", p("name")), v("1")), "no function ''"),
        (op("PropertyIsEqualTo", op("Add", p("count")), v("1")), "Add takes 2 operands, not 1"),
        (op("PropertyIsEqualTo", op("Add", p("name"), v("1")), v("1")), "'name' is a text"),
        (op("BBOX"), "BBOX has 0 parts"),
        (op("BBOX", p("name"), "<gml:Envelope><gml:pos>1 2</gml:pos><gml:pos>3 4</gml:pos></gml:Envelope>"), "'name'"),
        (op("Intersects", p("geom"), "<gml:Point/>"), "gml:Point has no coordinates"),
        (op("Intersects", p("geom"), v("here")), "'here' is not a geometry"),
        (op("DWithin", NEAR), "has no Distance"),
        (op("DWithin", NEAR, op("Distance", "5")), "no attribute uom"),
        (op("DWithin", NEAR, op("Distance", "5", uom="parsec")), "'parsec' is no unit of length"),
        (op("DWithin", NEAR, op("Distance", "far", uom="m")), "no number from 0: 'far'"),
        (op("DWithin", NEAR, op("Distance", "-1", uom="m")), "no number from 0: '-1'"),
        (op("DWithin", NEAR, op("Distance", "nan", uom="m")), "no number from 0: 'nan'"),
        (op("After", p("day"), "<gml:TimeInstant/>"), "is no time like"),
        (op("After", p("day"), "<gml:TimePeriod/>"), "has no beginPosition and endPosition"),
        (op("After", p("name"), v("2020-01-01")), "'name' is a text"),
        ("<fes:ResourceId/>", "ResourceId has no attribute rid"),
        ("<fes:Not>" * 60 + eq("count", "1") + "</fes:Not>" * 60, "nested deeper than 50"),
        (
            op("PropertyIsEqualTo", '<fes:Function name="lower">' * 60 + v("1") + "</fes:Function>" * 60, v("1")),
            "nested deeper than 50",
        ),
        (op("Or", *(op("PropertyIsLessThan", p("count"), v("1")) for _ in range(8000))), "more than 20000 parts"),
        (op("Or", *(eq("nothing", "1") for _ in range(20_001))), "more than 20000 parts"),
    ],
    ids=lambda value: value[:70],
)
def test_what_is_wrong_is_told(filter_: str, told: str) -> None:
    with pytest.raises(ParameterError) as caught:
        read(f"<fes:Filter {NAMESPACES}>{filter_}</fes:Filter>")
    assert told in str(caught.value)
    assert caught.value.parameter == "filter"
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize("text", ["", "<a/>", "count = 1", "<fes:Filter>", f"<Filter>{eq('count', '1')}"])
def test_what_is_no_filter(text: str) -> None:
    with pytest.raises(ParameterError, match="filter: "):
        read(text)


def test_what_qgis_gets_wrong_is_understood() -> None:
    expected = call("=", Property("count"), Literal(10))
    condition = eq("altai:count", "10")
    declared = 'xmlns:altai="urn:altaigis:layers"'
    for start in (f"fes:Filter {NAMESPACES} {declared} {declared}", f"fes:Filter {NAMESPACES}", "fes:Filter"):
        assert read(f"<{start}>{condition}</fes:Filter>") == expected


TAGS = st.sampled_from(
    [*COMPARISONS, *SPATIALS, *TEMPORALS, "And", "Or", "Not", "Literal", "ValueReference", "Function", "Distance"]
)
ELEMENTS = st.recursive(
    st.sampled_from(["", "count", "5", "<gml:Point/>"]),
    lambda inner: st.builds(op, TAGS, inner, inner) | st.builds(op, TAGS, inner),
    max_leaves=8,
)


@given(ELEMENTS)
def test_any_elements_are_a_condition_or_an_error(elements: str) -> None:
    refused = "filter"
    try:
        read(f"<fes:Filter {NAMESPACES}>{elements}</fes:Filter>", CRS84)
    except ParameterError as error:
        refused = error.parameter
    assert refused == "filter"
