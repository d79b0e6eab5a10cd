"""Random expressions about the synthetic layer of ``examples``."""

from datetime import UTC, date, datetime

import shapely
from hypothesis import strategies as st

from altaigis.domain.expression import Box, Call, Expression, Geometry, Interval, Literal, Property

LETTERS = "Ёёлкайо%_\\'\"aC é100"
TEXTS = st.text(LETTERS, max_size=5)
#: What CQL2 text has a spelling for.
SAYABLE = TEXTS.filter(lambda text: "\\'" not in text and not text.endswith("\\"))
NUMBERS = st.sampled_from([0, 1, -1, 2, 4, 7, 10, 2**53 + 1, 2**63 - 1]) | st.sampled_from([0.25, -0.5, 1.5, 1e10])
DAYS = st.sampled_from([date(2020, 1, 1), date(2020, 2, 29), date(1999, 12, 31), date(2021, 6, 15), date(2010, 1, 1)])
TIMES = st.sampled_from(
    [
        datetime(2020, 1, 1, 12, tzinfo=UTC),
        datetime(2020, 2, 29, tzinfo=UTC),
        datetime(2021, 6, 15, 23, 59, 59, 500000, UTC),
    ]
)


def calls(ops: list[str], *args: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.builds(lambda op, *given: Call(op, given), st.sampled_from(ops), *args)


def literals(values: st.SearchStrategy[object]) -> st.SearchStrategy[Expression]:
    return values.map(Literal)  # type: ignore[arg-type]


def properties(*names: str) -> st.SearchStrategy[Expression]:
    return st.sampled_from([Property(name) for name in names])


def patterns(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Expression]:
    """Of ``like``: no escape character at the end."""
    return literals(texts.filter(lambda text: (len(text) - len(text.rstrip("\\"))) % 2 == 0))


def conditions(texts: st.SearchStrategy[str] = TEXTS) -> st.SearchStrategy[Expression]:
    """Conditions that need no more than Python to be evaluated."""
    number = st.recursive(
        properties("count", "size") | literals(NUMBERS),
        lambda inner: calls(["+", "-", "*"], inner, inner),
        max_leaves=4,
    )
    whole = properties("count") | literals(st.sampled_from([0, 1, 2, -3, 4]))
    number |= calls(["%", "div", "/"], whole, whole)
    text = properties("name", "other") | literals(texts)
    text |= calls(["casei", "accenti"], text)
    instant = properties("day", "seen") | literals(DAYS) | literals(TIMES)
    end = literals(DAYS) | literals(TIMES)
    days = st.tuples(DAYS, DAYS).map(sorted).map(lambda ends: Interval(Literal(ends[0]), Literal(ends[1])))
    times = st.tuples(TIMES, TIMES).map(sorted).map(lambda ends: Interval(Literal(ends[0]), Literal(ends[1])))
    interval = st.builds(Interval, end, st.none()) | st.builds(Interval, st.none(), end) | days | times
    order = ["=", "<>", "<", "<=", ">", ">="]
    relations = [
        "t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_finishedby", "t_finishes",
        "t_intersects", "t_meets", "t_metby", "t_overlappedby", "t_overlaps", "t_startedby", "t_starts",
    ]  # fmt: skip
    leaves = st.one_of(
        calls(order, number, number),
        calls(order, text, text),
        calls(order, instant, instant),
        calls(["between"], number, number, number),
        calls(["between"], text, text, text),
        calls(["in"], number, number, number),
        calls(["in"], text, literals(texts), literals(texts)),
        calls(["like"], text, patterns(texts)),
        calls(["isNull"], number | text | instant | properties("wet")),
        calls(relations, instant | interval, instant | interval),
        properties("wet"),
        literals(st.booleans()),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda op, parts: Call(op, tuple(parts)), st.sampled_from(["and", "or"]),
                      st.lists(inner, min_size=2, max_size=3)),
            calls(["not", "isNull"], inner),
            calls(order, inner, inner),
            calls(["between"], inner, inner, inner),
            calls(["in"], inner, inner, inner),
        ),
        max_leaves=6,
    )  # fmt: skip


#: WKT knows no negative zero.
COORDINATES = st.floats(-180, 180, allow_nan=False).map(lambda number: number + 0.0)


def expressions() -> st.SearchStrategy[Expression]:
    """Whatever can be said in both languages, with sense or without."""
    shape = st.builds(shapely.Point, COORDINATES, COORDINATES) | st.builds(
        lambda points: shapely.LineString(points),
        st.lists(st.tuples(COORDINATES, COORDINATES), min_size=2, max_size=4),
    )
    geometry = shape.map(lambda found: Geometry(shapely.to_wkb(found)))
    box = st.tuples(COORDINATES, COORDINATES, COORDINATES, COORDINATES).map(Box)
    names = st.text("abЁё_.: \"'(,", min_size=1, max_size=6) | st.sampled_from(["and", "in", "POINT", "div", "null"])
    place = geometry | box | names.map(Property)
    return st.one_of(
        conditions(SAYABLE),
        calls(["s_intersects", "s_touches"], place, place),
        st.builds(lambda name, arg: Call(name, (arg,)), names.map(lambda name: f"f{name}"), names.map(Property)),
        literals(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1)),
    )
