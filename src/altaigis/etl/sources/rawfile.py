"""What one raw file gave, and how it is to be read."""

from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from altaigis.domain.finding import Finding

#: What stands before decimals in numbers that are text. None where nobody says: in files that have numbers of their
#: own, text may be what a program or what a person has written.
Mark = Literal[".", ","] | None
#: A table with more columns is a mistake or an attack.
MAX_COLUMNS = 2000


@dataclass(frozen=True)
class Reading:
    """How a file is to be read, as far as the layer file says; what is None is told by the file or detected."""

    encoding: str | None = None
    separator: str | None = None
    decimal: Mark = None
    #: Layer of a GeoPackage, sheet of a workbook
    layer: str | None = None
    #: File inside an archive
    member: str | None = None


@dataclass(frozen=True)
class RawFile:
    """A frame in the file's own columns, the mark before decimals in its text, and the decisions for the report.

    The frame's index is where each row stands: the line of a text, the row of a sheet, or its number from 1. By it
    findings name rows.
    """

    frame: pd.DataFrame
    decimal: Mark = "."
    decisions: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def counted(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its rows counted from 1."""
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame


def check_columns(count: int) -> None:
    """Raises ValueError: there are more columns than any table has in earnest."""
    if count > MAX_COLUMNS:
        raise ValueError(f"it has {count} columns, more than {MAX_COLUMNS}")
