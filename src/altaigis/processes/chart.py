"""How a result is drawn beside its map: what is in it, not how it looks.

Fields are those of the features of the result, or keys of the rows of a table of its summary.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal


@dataclass(frozen=True)
class Scatter:
    """A point for each: ``y`` against ``x``.

    Attributes:
        line: what is drawn across: where both are ``equal``, or the ``means`` of both.
        table: of the summary, where the features have not both.
    """

    kind: ClassVar[str] = "scatter"
    x: str
    y: str
    line: Literal["equal", "means"] = "means"
    table: str | None = None


@dataclass(frozen=True)
class Bars:
    """A bar for each by its ``value``, in the order of ``value``, from the least one on where ``ascending``."""

    kind: ClassVar[str] = "bars"
    value: str
    ascending: bool = False
    table: str | None = None


@dataclass(frozen=True)
class Intervals:
    """A mark for each at its ``value``, with a line from ``low`` to ``high``."""

    kind: ClassVar[str] = "intervals"
    value: str
    low: str
    high: str
    ascending: bool = False


@dataclass(frozen=True)
class Profiles:
    """For each row of a table its ``deviations``, in standard deviations, by what they are of."""

    kind: ClassVar[str] = "profiles"
    table: str


Chart = Scatter | Bars | Intervals | Profiles


def told(chart: Chart) -> dict[str, Any]:
    """As JSON."""
    return {"kind": chart.kind} | {name: value for name, value in asdict(chart).items() if value is not None}
