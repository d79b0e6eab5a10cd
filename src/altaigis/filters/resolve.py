"""Expression as written -> expression that fits a layer, or an error that says which part does not and what there is.

Afterwards every property is a field, operands have types that their operator takes, untyped values have the type of
what they meet, and geometry is valid and in the CRS of storage.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.expression import (
    MAX_DEPTH,
    MAX_NODES,
    Box,
    Call,
    Expression,
    Geometry,
    Interval,
    Literal,
    Property,
    Untyped,
    levels,
    number,
)
from altaigis.domain.layer import Layer, LayerField
from altaigis.errors import ParameterError
from altaigis.filters.cql2_json import print_json
from altaigis.filters.instants import first_moment, parse_xsd_instant
from altaigis.filters.shapes import located, located_box, surroundings

#: What PostgreSQL's LIKE takes short time for, on any text.
MAX_PATTERN, MAX_WILDCARDS = 1000, 20

TEXT, NUMBER, BOOLEAN, DATE, DATETIME = "text", "number", "boolean", "date", "datetime"
GEOMETRY, INTERVAL, ARRAY, UNTYPED = "geometry", "interval", "array", "untyped"
_SCALARS = frozenset({TEXT, NUMBER, BOOLEAN, DATE, DATETIME})
_INSTANTS = frozenset({DATE, DATETIME})


@dataclass(frozen=True)
class Rule:
    """What an operator takes: kinds of its operands, how many, whether they are alike, and of what kind the last is
    where it is of another; and the kind that it gives."""

    takes: frozenset[str]
    least: int
    most: int | None
    gives: str = BOOLEAN
    alike: bool = False
    last: str | None = None

    def takes_at(self, place: int) -> frozenset[str]:
        """The kinds of the operand at a place."""
        return frozenset({self.last}) if self.last and self.most == place + 1 else self.takes

    @property
    def untyped(self) -> str:
        """The kind of operands that say nothing of theirs."""
        return next(iter(self.takes)) if len(self.takes) == 1 else TEXT


_SPATIAL = ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
_TEMPORAL = (
    "after", "before", "contains", "disjoint", "during", "equals", "finishedby", "finishes", "intersects", "meets",
    "metby", "overlappedby", "overlaps", "startedby", "starts",
)  # fmt: skip
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(("and", "or"), Rule(frozenset({BOOLEAN}), 1, None)),
    "not": Rule(frozenset({BOOLEAN}), 1, 1),
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">="), Rule(_SCALARS, 2, 2, alike=True)),
    "between": Rule(_SCALARS, 3, 3, alike=True),
    "in": Rule(_SCALARS, 2, None, alike=True),
    "isNull": Rule(_SCALARS | {GEOMETRY}, 1, 1),
    "like": Rule(frozenset({TEXT}), 2, 2),
    **dict.fromkeys(("casei", "accenti"), Rule(frozenset({TEXT}), 1, 1, TEXT)),
    **dict.fromkeys(("+", "-", "*", "/", "%", "div", "^"), Rule(frozenset({NUMBER}), 2, 2, NUMBER)),
    **{f"s_{name}": Rule(frozenset({GEOMETRY}), 2, 2) for name in _SPATIAL},
    # How far apart, in metres on the ground
    "s_dwithin": Rule(frozenset({GEOMETRY}), 3, 3, last=NUMBER),
    **{f"t_{name}": Rule(_INSTANTS | {INTERVAL}, 2, 2) for name in _TEMPORAL},
    **{f"a_{name}": Rule(frozenset({ARRAY}), 2, 2) for name in ("equals", "contains", "containedby", "overlaps")},
}


def resolve(expression: Expression, layer: Layer, crs: Crs = CRS84, parameter: str = "filter") -> Expression:
    """The expression, fitted to the layer; geometry in it is written in ``crs``.

    Raises:
        ParameterError: it is too large, asks for what the layer does not have, or compares what cannot be compared.
    """
    depth = nodes = 0
    for level in levels(expression):
        depth, nodes = depth + 1, nodes + len(level)
        if depth > MAX_DEPTH:
            raise ParameterError(parameter, f"is nested deeper than {MAX_DEPTH} levels")
        if nodes > MAX_NODES:
            raise ParameterError(parameter, f"has more than {MAX_NODES} parts")
    found, kind = _Resolver(layer, crs, parameter).resolve(expression)
    if kind != BOOLEAN:
        raise ParameterError(parameter, f"{_shown(found)} is {_a(kind)}, not a condition")
    return found


def kind_of(field: LayerField) -> str:
    """The kind that a field's values have in filters."""
    if field.is_geometry:
        return GEOMETRY
    return NUMBER if field.type in ("integer", "number") else field.type


class _Resolver:
    def __init__(self, layer: Layer, crs: Crs, parameter: str) -> None:
        self._layer, self._crs, self._parameter = layer, crs, parameter

    def resolve(self, node: Expression) -> tuple[Expression, str]:
        """The node fitted to the layer, and its kind."""
        match node:
            case Property(name):
                return node, self._field(name)
            case Literal(value):
                return self._literal(node), next(kind for types, kind in _KINDS if isinstance(value, types))
            case Untyped():
                return node, UNTYPED
            case Geometry() | Box():
                return self._located(node), GEOMETRY
            case Interval(start, end):
                return self._interval(start, end), INTERVAL
            case Call("array", _):
                return node, ARRAY
            case Call(op, args):
                return self._call(op, args)

    def _field(self, name: str) -> str:
        if name not in self._layer.fields:
            if name.lower() == "null":
                raise self._error("nothing is equal to null; IS NULL asks for what has no value")
            there = ", ".join(self._layer.fields)
            raise self._error(f"layer '{self._layer.id}' has no property '{name[:60]}'; there are {there}")
        return kind_of(self._layer.fields[name])

    def _literal(self, node: Literal) -> Literal:
        if isinstance(node.value, float) and not math.isfinite(node.value):
            raise self._error("a number is too large")
        # PostgreSQL's texts hold neither; JSON's escapes can say both
        if isinstance(node.value, str) and re.search("[\0\ud800-\udfff]", node.value):
            raise self._error("a text holds a NUL character or half of a surrogate pair")
        return node

    def _located(self, node: Geometry | Box) -> Geometry | Box:
        try:
            return located_box(node, self._crs) if isinstance(node, Box) else located(node, self._crs)
        except ValueError as error:
            raise self._error(f"a geometry {error}") from None

    def _interval(self, start: Expression | None, end: Expression | None) -> Interval:
        match Interval(self._end(start), self._end(end)):
            case Interval(Literal(date() as first), Literal(date() as last)) if first_moment(last) < first_moment(
                first
            ):
                raise self._error(f"the interval {first} to {last} ends before it starts")
            case found:
                return found

    def _end(self, end: Expression | None) -> Expression | None:
        if end is None:
            return None
        found, kind = self.resolve(end)
        if kind not in _INSTANTS:
            raise self._error(f"{_shown(found)} is {_a(kind)} and cannot be an end of an interval")
        return found

    def _call(self, op: str, args: Sequence[Expression]) -> tuple[Expression, str]:
        rule = RULES.get(op)
        if rule is None:
            raise self._error(f"there is no function '{op[:60]}'; there are casei, accenti, s_…, t_…")
        if len(args) < rule.least or (rule.most is not None and len(args) > rule.most):
            count = f"{rule.least}" if rule.least == rule.most else f"{rule.least} or more"
            raise self._error(f"'{op}' takes {count} operands, not {len(args)}")
        typed = self._typed([self.resolve(arg) for arg in args], rule.untyped)
        for place, (node, kind) in enumerate(typed):
            if kind not in (takes := rule.takes_at(place)):
                if takes == {ARRAY}:
                    raise self._error(f"'{op}' takes arrays, and no property of layer '{self._layer.id}' is one")
                wanted = " or ".join(sorted(takes))
                raise self._error(f"{_shown(node)} is {_a(kind)}; '{op}' takes {wanted}")
        if rule.alike:
            self._check_alike(op, typed)
        found = Call(op, tuple(node for node, _ in typed))
        if op == "like":
            self._check_pattern(found.args[1])
        if op == "in":
            found = _of_one_type(found)
        if op == "s_dwithin":
            found = self._near(*found.args)
        return _power(found) if op == "^" else found, rule.gives

    def _near(self, one: Expression, other: Expression, distance: Expression) -> Call:
        """With the place that is looked for in the index first, and the box around the other in which it must be."""
        if not isinstance(distance, Literal) or not isinstance(metres := distance.value, int | float) or metres < 0:
            raise self._error(f"{_shown(distance)} is no distance: 's_dwithin' takes a number of metres from 0")
        if isinstance(one, Geometry | Box):
            one, other = other, one
        if not isinstance(other, Geometry | Box):
            return Call("s_dwithin", (one, other, Literal(float(metres))))
        try:
            return Call("s_dwithin", (one, *surroundings(other, metres)))
        except ValueError as error:
            raise self._error(f"a geometry {error}") from None

    def _typed(self, found: list[tuple[Expression, str]], untyped: str) -> list[tuple[Expression, str]]:
        """Untyped values with the type of the first operand that has one."""
        kind = next((kind for _, kind in found if kind != UNTYPED), untyped)
        return [(self._as(kind, node), kind) if isinstance(node, Untyped) else (node, own) for node, own in found]

    def _as(self, kind: str, node: Untyped) -> Literal:
        read = _READERS.get(kind)
        value = read(node.text) if read else None
        if value is None:
            raise self._error(f"'{node.text[:60]}' is not {_a(kind)}")
        return self._literal(Literal(value))

    def _check_alike(self, op: str, typed: Sequence[tuple[Expression, str]]) -> None:
        first, kind = typed[0]
        for node, other in typed[1:]:
            if other != kind and not {kind, other} <= _INSTANTS:
                raise self._error(
                    f"{_shown(first)} is {_a(kind)} and {_shown(node)} is {_a(other)}: '{op}' cannot compare them"
                )

    def _check_pattern(self, pattern: Expression) -> None:
        while isinstance(pattern, Call) and pattern.op in ("casei", "accenti"):
            pattern = pattern.args[0]
        if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
            raise self._error("the pattern of 'like' is a text, not a property")
        text = pattern.value
        escaped = len(text) - len(text.rstrip("\\"))
        if escaped % 2:
            raise self._error("the pattern of 'like' ends with the escape character; \\\\ is a backslash")
        if len(text) > MAX_PATTERN or text.count("%") > MAX_WILDCARDS:
            raise self._error(
                f"a pattern of 'like' has {MAX_PATTERN} characters and {MAX_WILDCARDS} wildcards '%' at the most"
            )

    def _error(self, problem: str) -> ParameterError:
        return ParameterError(self._parameter, problem)


#: bool before int and datetime before date: to Python each is a kind of the other.
_KINDS: Sequence[tuple[type | tuple[type, ...], str]] = (
    (bool, BOOLEAN),
    ((int, float), NUMBER),
    (datetime, DATETIME),
    (date, DATE),
    (str, TEXT),
)


def _number(text: str) -> int | float | None:
    found = re.fullmatch(
        r"[+-]?([0-9]{1,19}|(?:[0-9]*\.?[0-9]+|[0-9]+\.)(?:e[+-]?[0-9]{1,3})?)", text.strip(), re.ASCII | re.I
    )
    if found is None:
        return None
    return number(int(text)).value if (found[1] or "").isdigit() else float(text)  # type: ignore[return-value]


def _boolean(text: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(text.strip().lower())


_READERS: Mapping[str, Callable[[str], str | float | bool | date | None]] = {
    TEXT: str,
    NUMBER: _number,
    BOOLEAN: _boolean,
    DATE: parse_xsd_instant,
    DATETIME: parse_xsd_instant,
    INTERVAL: parse_xsd_instant,
}


def _of_one_type(found: Call) -> Call:
    """A list of whole numbers and others with all of them in double precision, as they are compared: so it is one
    value to the database, however long it is."""
    value, *choices = found.args
    known = [choice.value for choice in choices if isinstance(choice, Literal)]
    if len(known) < len(choices) or {type(one) for one in known} != {int, float}:
        return found
    return Call("in", (value, *(Literal(float(one)) for one in known if isinstance(one, int | float))))


def _power(found: Call) -> Call:
    """By a negative number as a division, so that a power of nothing is unknown as what is divided by nothing is."""
    match found.args:
        case (base, Literal(int() | float() as exponent)) if exponent < 0:
            return Call("/", (Literal(1), Call("^", (base, Literal(-float(exponent))))))
    return found


def _shown(node: Expression) -> str:
    if isinstance(node, Property):
        return f"'{node.name}'"
    if isinstance(node, Geometry | Box):
        return "a geometry"
    return print_json(node)[:60]


def _a(kind: str) -> str:
    return {INTERVAL: "an interval", ARRAY: "an array", DATETIME: "a time"}.get(kind, f"a {kind}")
