"""Formulas of indicators: numbers, codes of indicators, ``previous(code)``, + - * / and brackets.

A formula is a tree that any arithmetic can go through: numbers, arrays, or quantities with units.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

#: Characters; what is longer is to be told in steps, each an indicator.
MAX_LENGTH = 300
PREVIOUS = "previous"

_GRAMMAR = r"""
?start: sum
?sum: product | sum SIGN product -> operation
?product: factor | product MULTIPLICATION factor -> operation
?factor: NUMBER -> number
    | CODE -> operand
    | CODE "(" CODE ")" -> function
    | "-" factor -> negation
    | "(" sum ")"

SIGN: "+" | "-"
MULTIPLICATION: "*" | "/"
NUMBER: /[0-9]+(\.[0-9]+)?/
CODE: /[a-z][a-z0-9_]*/
%ignore /\s+/
"""

T = TypeVar("T")
_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@dataclass(frozen=True)
class Number:
    value: float

    def __str__(self) -> str:
        return format(Decimal(repr(self.value)), "f")


@dataclass(frozen=True)
class Operand:
    """The value of an indicator in the same period, or with ``previous`` in the year before."""

    code: str
    previous: bool = False

    def __str__(self) -> str:
        return f"{PREVIOUS}({self.code})" if self.previous else self.code


@dataclass(frozen=True)
class Negation:
    of: "Node"

    def __str__(self) -> str:
        return f"-({self.of})" if isinstance(self.of, Operation) else f"-{self.of}"


@dataclass(frozen=True)
class Operation:
    sign: str
    left: "Node"
    right: "Node"

    def __str__(self) -> str:
        return " ".join((self._part(self.left), self.sign, self._part(self.right, behind=True)))

    def _part(self, node: "Node", *, behind: bool = False) -> str:
        """A part as text, in brackets where it would otherwise be read with what stands beside it."""
        looser = isinstance(node, Operation) and (
            (node.sign in "+-" and self.sign in "*/") or (behind and (node.sign in "+-") == (self.sign in "+-"))
        )
        return f"({node})" if looser else str(node)


Node = Number | Operand | Negation | Operation


@dataclass(frozen=True)
class Formula:
    """``str`` of it is text that reads as the same formula."""

    root: Node

    def __str__(self) -> str:
        return str(self.root)

    @property
    def operands(self) -> tuple[Operand, ...]:
        """What it is made from, each once, in the order of the text."""
        return tuple(dict.fromkeys(_operands(self.root)))

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the indicators that it is made from, each once."""
        return tuple(dict.fromkeys(operand.code for operand in self.operands))

    def evaluate(self, number: Callable[[float], T], operand: Callable[[Operand], T]) -> T:
        """Its value in an arithmetic whose ``number`` and ``operand`` make its parts."""
        return _evaluate(self.root, number, operand)


def parse(text: str) -> Formula:
    """Read a formula.

    Raises:
        ValueError: it cannot be read; tells where.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"is {len(text)} characters long; {MAX_LENGTH} are the most: tell it in steps")
    try:
        return Formula(_parser().parse(text))  # type: ignore[arg-type]
    except UnexpectedInput as error:
        if isinstance(error, UnexpectedToken) and error.token.type == "$END":
            raise ValueError("ends too early to be a formula") from None
        place = error.pos_in_stream or 0
        raise ValueError(
            f"cannot be read from character {place + 1} on: «{text[place : place + 20]}»; a formula has numbers, "
            f"codes of indicators, {PREVIOUS}(code), + - * / and brackets"
        ) from None
    except VisitError as error:
        raise ValueError(str(error.orig_exc)) from None


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=_Tree())


@v_args(inline=True)
class _Tree(Transformer[Token, Node]):
    def number(self, text: Token) -> Node:
        return Number(float(text))

    def operand(self, code: Token) -> Node:
        return Operand(str(code))

    def function(self, name: Token, code: Token) -> Node:
        if name != PREVIOUS:
            raise ValueError(f"there is no function {name}; there is {PREVIOUS}(code)")
        return Operand(str(code), previous=True)

    def negation(self, of: Node) -> Node:
        return Negation(of)

    def operation(self, left: Node, sign: Token, right: Node) -> Node:
        return Operation(str(sign), left, right)


def _operands(node: Node) -> Iterator[Operand]:
    match node:
        case Operand():
            yield node
        case Negation():
            yield from _operands(node.of)
        case Operation():
            yield from _operands(node.left)
            yield from _operands(node.right)


def _evaluate(node: Node, number: Callable[[float], T], operand: Callable[[Operand], T]) -> T:
    match node:
        case Number():
            return number(node.value)
        case Operand():
            return operand(node)
        case Negation():
            negative: T = -_evaluate(node.of, number, operand)  # type: ignore[operator]
            return negative
        case Operation():
            left, right = (_evaluate(part, number, operand) for part in (node.left, node.right))
            value: T = _OPERATIONS[node.sign](left, right)
            return value
