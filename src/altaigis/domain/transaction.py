"""Transactions: several edits of several layers, of which all are done or none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from altaigis.domain.edit import Draft
from altaigis.domain.expression import Expression
from altaigis.domain.layer import Layer


@dataclass(frozen=True)
class Insert:
    """Features that come. ``handle`` is the client's name for the action."""

    layer: Layer
    drafts: tuple[Draft, ...]
    handle: str | None = None


@dataclass(frozen=True)
class Update:
    """Fields that get other values, in all features that ``where`` selects; it is resolved, None for all of them.

    ``values`` are as of a :class:`~altaigis.domain.edit.Draft` in CRS84.
    """

    layer: Layer
    where: Expression | None
    values: Mapping[str, Any]
    handle: str | None = None


@dataclass(frozen=True)
class Replace:
    """The one feature that ``where`` selects gets the values of the draft; what this does not name becomes null."""

    layer: Layer
    where: Expression
    draft: Draft
    handle: str | None = None


@dataclass(frozen=True)
class Delete:
    """All features that ``where`` selects go."""

    layer: Layer
    where: Expression
    handle: str | None = None


Action: TypeAlias = Insert | Update | Replace | Delete


@dataclass(frozen=True)
class Transaction:
    """Actions in the order in which they are done."""

    actions: tuple[Action, ...]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that it edits, each once."""
        return tuple({action.layer.id: action.layer for action in self.actions}.values())


@dataclass(frozen=True)
class Changed:
    """A feature that an action has changed."""

    handle: str | None
    layer: str
    fid: str


@dataclass(frozen=True)
class Outcome:
    """What a transaction has done, in the order of its actions; and what a load would warn of."""

    inserted: tuple[Changed, ...] = ()
    updated: tuple[Changed, ...] = ()
    replaced: tuple[Changed, ...] = ()
    deleted: tuple[Changed, ...] = ()
    warnings: tuple[str, ...] = ()
