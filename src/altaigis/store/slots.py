"""Queries without their values: those that differ in values alone share one statement, composed once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from altaigis.domain.expression import Box, Call, Expression, Geometry, Interval, Literal


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value of this type is bound when the statement runs, or with ``many`` a list of such values."""

    name: str
    kind: type
    many: bool = False


@dataclass
class Slots:
    """The values that have been taken out, by the names of their slots."""

    values: dict[str, Any] = field(default_factory=dict)

    def take(self, value: Any) -> Any:
        """A slot in place of the value."""
        return self._slot(value, type(value), many=False)

    def take_all(self, node: Expression) -> Expression:
        """The tree with slots for values in literals, geometries and boxes."""
        match node:
            case Literal(value):
                return Literal(self.take(value))
            case Geometry(wkb):
                return Geometry(self.take(wkb))
            case Box((west, south, east, north)):
                return Box((self.take(west), self.take(south), self.take(east), self.take(north)))
            case Interval(start, end):
                return Interval(start and self.take_all(start), end and self.take_all(end))
            case Call("in", (value, *choices)) if kind := _one_type(choices):
                many = self._slot([choice.value for choice in choices], kind, many=True)  # type: ignore[union-attr]
                return Call("in", (self.take_all(value), Literal(many)))
            case Call(op, args):
                return Call(op, tuple(map(self.take_all, args)))
        return node

    def _slot(self, value: Any, kind: type, *, many: bool) -> Any:
        slot = Slot(f"v{len(self.values)}", kind, many)
        self.values[slot.name] = value
        return slot


def _one_type(choices: Sequence[Expression]) -> type | None:
    """The type of all values, None where they have several or are no values."""
    kinds = {type(choice.value) if isinstance(choice, Literal) else None for choice in choices}
    return kinds.pop() if len(kinds) == 1 else None
