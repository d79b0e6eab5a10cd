"""What an analysis says of the whole: figures, flags and plain words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from altaigis.domain.text import Text
from altaigis.processes.chart import Chart, told


@dataclass(frozen=True)
class Figure:
    """A number of the whole, or a word, with its name; ``unit`` as in fields of layers."""

    title: Text
    value: float | int | Text | None
    unit: str | None = None

    def json(self) -> dict[str, Any]:
        return {"title": self.title.model_dump(), "value": self._plain} | ({"unit": self.unit} if self.unit else {})

    @property
    def _plain(self) -> Any:
        if isinstance(self.value, Text):
            return self.value.model_dump()
        return None if isinstance(self.value, float) and not math.isfinite(self.value) else self.value


@dataclass(frozen=True)
class Flag:
    """Something that a reader of the result must know, and the ids of the units that it is about."""

    code: str
    text: Text
    units: Sequence[str | int] = ()

    def json(self) -> dict[str, Any]:
        return {"code": self.code, "text": self.text.model_dump(), "units": list(self.units)}


@dataclass(frozen=True)
class LeftOut:
    """Units that the analysis says nothing of, by id, and why."""

    reason: Literal["missing", "island", "outside", "incomplete"]
    text: Text
    units: Sequence[str | int]

    def json(self) -> dict[str, Any]:
        return {"reason": self.reason, "text": self.text.model_dump(), "units": list(self.units)}


@dataclass(frozen=True)
class Summary:
    """Of a result.

    Attributes:
        text: what the result means and what it does not, for a reader who knows no statistics.
        figures: by name.
        flags: what makes the result less sound than it looks.
        left_out: units without a result.
        tables: whole tables that belong to it (profiles of types, weights of indicators), JSON.
        chart: what is drawn of it beside the map.
    """

    text: Text
    figures: Mapping[str, Figure]
    flags: Sequence[Flag] = ()
    left_out: Sequence[LeftOut] = ()
    tables: Mapping[str, Any] = field(default_factory=dict)
    chart: Chart | None = None

    def json(self) -> dict[str, Any]:
        """As it is stored beside the layer."""
        return {
            "text": self.text.model_dump(),
            "figures": {name: figure.json() for name, figure in self.figures.items()},
            "flags": [flag.json() for flag in self.flags],
            "left_out": [group.json() for group in self.left_out if group.units],
            "tables": dict(self.tables),
        } | ({} if self.chart is None else {"chart": told(self.chart)})


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names for a sentence, an ellipsis for those that are too many for one."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
