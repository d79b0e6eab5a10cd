"""Rules between rows, layers and totals that a layer file declares; rules for single values stand with their field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from altaigis.domain.declared import Declared, Identifier
from altaigis.domain.finding import Severity


@dataclass(frozen=True)
class Need:
    """A layer that another is made from or checked against, and what it must have for that.

    With ``of_values`` it must have ``field``, by default its id. ``same_as`` is the field of the layer that needs it
    which must be of the same type; without it the field must be numeric.
    """

    layer: str
    geometry: Literal["polygons", "any"] | None = None
    of_values: bool = False
    field: str | None = None
    same_as: str | None = None


class Reference(Declared):
    """A foreign key: the values must be values of a field of another layer, by default of its id."""

    layer: Identifier
    field: Identifier | None = None


class Relation(Declared):
    """Where features must lie: each ``within`` a feature of the layer, or on one at least (``intersects``).

    With ``agree`` the values of the fields that it names must be those of a feature in which it lies: ``agree:
    {territory_id: territory_id}`` finds the station whose code is not that of the unit where it stands. What has no
    geometry, or no value there, is not asked.
    """

    relation: Literal["within", "intersects"]
    layer: Identifier
    agree: Mapping[Identifier, Identifier] = Field(default_factory=dict)
    severity: Severity = "error"


class Cover(Declared):
    """The layer as a whole covers every feature of another one, up to ``tolerance_km2`` for each feature."""

    layer: Identifier
    tolerance_km2: float = Field(0.0, ge=0)
    severity: Severity = "error"


class Totals(Declared):
    """Known totals that stand in a numeric field of another layer."""

    layer: Identifier
    field: Identifier


def _kind_of_total(value: object) -> str:
    """Which is meant, so that a mistake is told of that one alone."""
    return "of a layer" if isinstance(value, Mapping | Totals) else "number"


Total = Annotated[Annotated[float, Tag("number")] | Annotated[Totals, Tag("of a layer")], Discriminator(_kind_of_total)]


class SumCheck(Declared):
    """The sum of a field equals a known total within a relative tolerance.

    The total is a number, or the sum of another layer's field; with ``per``, a field that holds ids of that layer,
    the sum over each group of rows is compared with the value of its feature.
    """

    field: Identifier
    equals: Total
    tolerance: float = Field(0.0, ge=0)
    per: Identifier | None = None
    severity: Severity = "error"

    @model_validator(mode="after")
    def _groups_have_totals(self) -> "SumCheck":
        if self.per and not isinstance(self.equals, Totals):
            raise ValueError("per needs totals of another layer: equals: {layer: …, field: …}")
        return self


class Checks(Declared):
    """Rules for the layer as a whole. ``unique`` lists groups of fields whose values together stand once."""

    count: int | None = Field(None, ge=0)
    unique: tuple[Annotated[tuple[Identifier, ...], Field(min_length=2)], ...] = ()
    relations: tuple[Relation, ...] = ()
    covers: tuple[Cover, ...] = ()
    sums: tuple[SumCheck, ...] = ()

    @property
    def needs(self) -> Iterator[tuple[str, Need]]:
        """The layers that it is checked against, by the key that names them."""
        for number, relation in enumerate(self.relations):
            key = f"checks.relations.{number}"
            yield f"{key}.layer", Need(relation.layer, "polygons" if relation.relation == "within" else "any")
            for own, other in relation.agree.items():
                yield f"{key}.agree.{own}", Need(relation.layer, "any", True, other, own)
        for number, cover in enumerate(self.covers):
            yield f"checks.covers.{number}.layer", Need(cover.layer, "polygons")
        for number, check in enumerate(self.sums):
            if isinstance(check.equals, Totals):
                key = f"checks.sums.{number}.equals.layer"
                yield key, Need(check.equals.layer, None, True, check.equals.field)

    @property
    def fields(self) -> Iterator[tuple[str, str]]:
        """The layer's own fields that it speaks of, by the key that names them."""
        for number, group in enumerate(self.unique):
            for place, name in enumerate(group):
                yield f"checks.unique.{number}.{place}", name
        for number, relation in enumerate(self.relations):
            for name in relation.agree:
                yield f"checks.relations.{number}.agree.{name}", name
        for number, check in enumerate(self.sums):
            yield f"checks.sums.{number}.field", check.field
            if check.per:
                yield f"checks.sums.{number}.per", check.per
