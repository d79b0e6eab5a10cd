"""The one tree that every filter becomes, whatever language it was written in.

A ``Call`` applies an operator by its name in CQL2 JSON (``and``, ``=``, ``like``, ``casei``, ``s_intersects``,
``t_after`` …) to its operands; the leaves are properties and values. As parsers make it the tree says what was
written; ``filters.resolve`` makes of it one that fits a layer: fields that there are, literals of their types, and
geometry in the CRS of storage with longitude first.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

#: What every door refuses more of: levels of operators in operators, and nodes in all.
MAX_DEPTH = 50
MAX_NODES = 20_000


@dataclass(frozen=True, slots=True)
class Property:
    """The value of a field."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value whose type is known. Times have a zone; whole numbers have 64 bits."""

    value: str | int | float | bool | date | datetime

    def __eq__(self, other: object) -> bool:
        # 1, 1.0 and True are the same to Python and are not in a filter
        return isinstance(other, Literal) and (type(self.value), self.value) == (type(other.value), other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Untyped:
    """A value in a language that writes all of them alike; it gets the type of what it meets."""

    text: str


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometry of two dimensions as well-known binary: in the filter's CRS until resolved, then in storage's."""

    wkb: bytes


@dataclass(frozen=True, slots=True)
class Box:
    """A box by its lower and its upper corner, in the filter's CRS. Resolved, it is one in the CRS of storage, with an
    area; all others are a ``Geometry``."""

    corners: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Interval:
    """A time from one instant to another, both included; None is an open end."""

    start: "Expression | None"
    end: "Expression | None"


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a function of its operands; an ``in`` has the value first, then what it may be."""

    op: str
    args: "tuple[Expression, ...]"


Expression: TypeAlias = Property | Literal | Untyped | Geometry | Box | Interval | Call


def number(value: int | float) -> Literal:
    """A number; a whole one of more than 64 bits is one of double precision, as in JSON."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return Literal(float(value) if abs(value) < 10**308 else math.inf)
    return Literal(value)


def call(op: str, *args: Expression) -> Call:
    return Call(op, args)


def conjunction(*parts: Expression | None) -> Expression | None:
    """All of the parts that there are; None where there is none."""
    known = tuple(part for part in parts if part is not None)
    return Call("and", known) if len(known) > 1 else next(iter(known), None)


def operands(expression: Expression) -> tuple[Expression, ...]:
    """The nodes right below."""
    if isinstance(expression, Call):
        return expression.args
    if isinstance(expression, Interval):
        return tuple(end for end in (expression.start, expression.end) if end is not None)
    return ()


def levels(expression: Expression) -> Iterator[list[Expression]]:
    """The nodes level by level from the top. It does not call itself, so that no depth is too deep for it."""
    level = [expression]
    while level:
        yield level
        level = [child for node in level for child in operands(node)]
