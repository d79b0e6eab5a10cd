"""Rules for a layer as a whole; rules for single values stand with their field."""

from pydantic import Field

from altaigis.domain.declared import Declared, Identifier


class SumCheck(Declared):
    """The sum of a field must equal a known total within a relative tolerance."""

    field: Identifier
    equals: float
    tolerance: float = Field(0.0, ge=0)


class Checks(Declared):
    """Rules for the layer as a whole; rules for single values stand with their field."""

    count: int | None = Field(None, ge=0)
    sums: tuple[SumCheck, ...] = ()
