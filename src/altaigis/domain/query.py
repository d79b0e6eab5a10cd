"""The question that every door asks of a layer's features."""

from dataclasses import dataclass
from datetime import datetime

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.expression import Expression
from altaigis.domain.layer import Layer, LayerField


@dataclass(frozen=True)
class SortKey:
    """Features in the order of a field's values; those without a value come last, whichever way it goes."""

    field: str
    descending: bool = False


@dataclass(frozen=True)
class View:
    """How the geometry of one feature is answered; the same as in a :class:`FeatureQuery`."""

    crs: Crs = CRS84
    zoom: int | None = None


AS_STORED = View()


@dataclass(frozen=True)
class FeatureQuery:
    """Which features of a layer, which page of them, and what is told of each.

    ``where`` is resolved: it fits the layer. Features come in the order of ``order`` and then of their ids; ``after``
    is where the page before ended (``Page.next_after``), so that pages stay stable while the layer is edited, and
    ``offset`` says how many features behind it are skipped.
    ``as_of`` asks for a former revision, by its number or by a time at which it was the current one. ``crs`` is that
    of the geometry in the answer, which need be no finer than the level of ``zoom``; None for all its detail;
    where geometry is text, its coordinates have no more than ``decimals``.
    ``properties`` names those that are told, None for all; without ``geometry`` it is left out.
    """

    layer: Layer
    where: Expression | None = None
    limit: int = 1000
    after: str | None = None
    as_of: int | datetime | None = None
    crs: Crs = CRS84
    order: tuple[SortKey, ...] = ()
    properties: tuple[str, ...] | None = None
    geometry: bool = True
    zoom: int | None = None
    decimals: int | None = None
    offset: int = 0

    @property
    def told(self) -> tuple[str, ...]:
        """Names of the properties that are told, in the layer's order."""
        return tuple(name for name in self.layer.properties if self.properties is None or name in self.properties)

    @property
    def fields(self) -> dict[str, LayerField]:
        """The same with what they are."""
        return {name: self.layer.fields[name] for name in self.told}

    @property
    def columns(self) -> dict[str, LayerField]:
        """The same with the id before them."""
        return {self.layer.id_field: self.layer.fields[self.layer.id_field], **self.fields}

    @property
    def geometry_field(self) -> str | None:
        """Name of the geometry; None where there is none, or none was asked for."""
        return self.layer.geometry_field if self.geometry else None
