"""A piece of a file of observations: consecutive rows, and the records between them that are none."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from altaigis.domain.observation import COLUMNS, REQUIRED_COLUMNS, Refusal
from altaigis.errors import ObservationsError

PIECE_ROWS = 65_536
PIECE_BYTES = 4 << 20
#: A header, or a record of JSON lines, is never longer.
LONGEST_LINE = 64 << 10


@dataclass(frozen=True)
class Piece:
    """Consecutive rows. ``numbers``: position of each in the source, from 1, counted over everything but the header
    and empty lines. ``unreadable``: records between them that are no rows. ``encoding``: by which its text was read."""

    table: pa.Table
    numbers: np.ndarray
    unreadable: tuple[Refusal, ...] = ()
    decimal_comma: bool = False
    encoding: str = "utf-8"


def completed(table: pa.Table) -> pa.Table:
    """Optional columns that are not there, as empty ones."""
    for name in COLUMNS:
        if name not in table.column_names:
            table = table.append_column(name, pa.repeat(pa.scalar(b"", pa.binary()), table.num_rows))
    return table.select(list(COLUMNS))


def check_columns(names: list[str]) -> None:
    """Raises ObservationsError: a column is missing, unknown, or there twice."""
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    problems = [
        *([f"has no column {', '.join(missing)}"] if missing else []),
        *([f"has unknown columns: {', '.join(repr(name[:40]) for name in unknown[:5])}"] if unknown else []),
        *(["names a column twice"] if len(set(names)) < len(names) else []),
    ]
    if problems:
        optional = [name for name in COLUMNS if name not in REQUIRED_COLUMNS]
        needed = f"{', '.join(REQUIRED_COLUMNS)}, and may have {', '.join(optional)}"
        raise ObservationsError(f"the file {' and '.join(problems)}; it needs {needed}")
