"""What a filter selects, in plain Python: a second opinion on the SQL."""

import math
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

import shapely

from altaigis.domain.expression import Box, Call, Expression, Geometry, Interval, Literal, Property


class Span(NamedTuple):
    first: Any
    last: Any


FOREVER = datetime.max.replace(tzinfo=UTC)
NEVER = datetime.min.replace(tzinfo=UTC)


def evaluate(node: Expression, row: Mapping[str, Any]) -> Any:
    """The value of a resolved expression for a row; None is unknown."""
    match node:
        case Property(name):
            return row[name]
        case Literal(value):
            return value
        case Geometry(wkb):
            return shapely.from_wkb(wkb)
        case Box(corners):
            return shapely.box(*corners)
        case Call("and", args):
            return _all([evaluate(arg, row) for arg in args])
        case Call("or", args):
            return _not(_all([_not(evaluate(arg, row)) for arg in args]))
        case Call("not", (arg,)):
            return _not(evaluate(arg, row))
        case Call("isNull", (arg,)):
            return evaluate(arg, row) is None
        case Call("in", (first, *choices)):
            return _in(evaluate(first, row), [evaluate(choice, row) for choice in choices])
        case Call("between", (value, low, high)):
            seen, least, most = (evaluate(arg, row) for arg in (value, low, high))
            return _all([_compare(operator.ge, seen, least), _compare(operator.le, seen, most)])
        case Call(op, (left, right)) if op.startswith("t_"):
            return _relation(op, _ends(left, row), _ends(right, row))
        case Call(op, args):
            values = [evaluate(arg, row) for arg in args]
            return None if None in values else _FUNCTIONS[op](*values)
    raise AssertionError(node)


def _ends(node: Expression, row: Mapping[str, Any]) -> tuple[Any, Any]:
    """First and last instant; ``...`` for an open end."""
    start, end = (node.start, node.end) if isinstance(node, Interval) else (node, node)
    return tuple(... if part is None else evaluate(part, row) for part in (start, end))  # type: ignore[return-value]


def _relation(op: str, left: tuple[Any, Any], right: tuple[Any, Any]) -> bool | None:
    if None in (*left, *right):
        return None
    if any(isinstance(end, datetime) for end in (*left, *right)):
        left, right = ((_moment(first, time.min), _moment(last, time.max)) for first, last in (left, right))
        earliest, latest = NEVER, FOREVER
    else:
        earliest, latest = date.min, date.max
    spans = [
        Span(earliest if first is ... else first, latest if last is ... else last) for first, last in (left, right)
    ]
    return _TEMPORAL[op](*spans)


def _moment(value: Any, at: time) -> Any:
    if value in (None, ...) or isinstance(value, datetime):
        return value
    return datetime.combine(value, at, UTC)


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _all(values: list[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def _in(value: Any, choices: list[Any]) -> bool | None:
    if any(isinstance(choice, float) for choice in choices):
        choices = [None if choice is None else float(choice) for choice in choices]
    return _not(_all([_not(_compare(operator.eq, value, choice)) for choice in choices]))


def _compare(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(left, float) or isinstance(right, float):
        left, right = float(left), float(right)
    if isinstance(left, datetime) or isinstance(right, datetime):
        left, right = _moment(left, time.min), _moment(right, time.min)
    return compare(left, right)


def _like(value: str, pattern: str) -> bool:
    found = "".join(
        {"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in re.findall(r"\\.|.", pattern, re.DOTALL)
    )
    return re.fullmatch(found, value, re.DOTALL) is not None


def _bare(text: str) -> str:
    kept = ""
    for mark in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(mark) or (mark == "\u0306" and kept[-1:] in tuple("иИуУ")):
            kept += mark
    return unicodedata.normalize("NFC", kept)


def _divided(compute: Callable[[float, float], float]) -> Callable[[float, float], float | None]:
    return lambda left, right: None if right == 0 else float(compute(float(left), float(right)))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: lambda left, right, compare=compare: _compare(compare, left, right)
        for name, compare in {
            "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
            ">=": operator.ge,
        }.items()
    },
    "like": _like,
    "casei": str.lower,
    "accenti": _bare,
    "+": lambda left, right: float(left) + float(right),
    "-": lambda left, right: float(left) - float(right),
    "*": lambda left, right: float(left) * float(right),
    "/": _divided(operator.truediv),
    "%": _divided(math.fmod),
    "div": _divided(lambda left, right: math.trunc(left / right)),
    "^": lambda left, right: float(left) ** float(right),
    **{
        f"s_{name}": getattr(shapely, name)
        for name in ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
    },
}  # fmt: skip

_TEMPORAL: dict[str, Callable[[Span, Span], bool]] = {
    "t_after": lambda one, two: one.first > two.last,
    "t_before": lambda one, two: one.last < two.first,
    "t_contains": lambda one, two: one.first < two.first and two.last < one.last,
    "t_disjoint": lambda one, two: not (one.first <= two.last and two.first <= one.last),
    "t_during": lambda one, two: two.first < one.first and one.last < two.last,
    "t_equals": lambda one, two: (one.first, one.last) == (two.first, two.last),
    "t_finishedby": lambda one, two: one.first < two.first and one.last == two.last,
    "t_finishes": lambda one, two: two.first < one.first and one.last == two.last,
    "t_intersects": lambda one, two: max(one.first, two.first) <= min(one.last, two.last),
    "t_meets": lambda one, two: one.first < one.last == two.first < two.last,
    "t_metby": lambda one, two: two.first < two.last == one.first < one.last,
    "t_overlappedby": lambda one, two: two.first < one.first < two.last < one.last,
    "t_overlaps": lambda one, two: one.first < two.first < one.last < two.last,
    "t_startedby": lambda one, two: one.first == two.first and two.last < one.last,
    "t_starts": lambda one, two: one.first == two.first and one.last < two.last,
}
