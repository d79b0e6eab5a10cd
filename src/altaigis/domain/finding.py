"""Findings: what a check has to say about the data."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    A finding with a ``row`` speaks of that row, by where it stands in the source: the line of a CSV, the row of a
    sheet, or its number from 1. With severity ``error`` the row is refused and kept in ``values``. One without speaks
    of the layer as a whole: with severity ``error`` nothing is loaded.
    """

    severity: Severity
    rule: str
    message: str
    row: int | None = None
    fid: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    #: Longitude and latitude in degrees of what it speaks of.
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class FoundIssue:
    """A finding as the ledger keeps it: its number there, the layer, and when the run that found it ended."""

    number: int
    layer: str
    time: datetime
    finding: Finding
