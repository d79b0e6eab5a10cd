"""Rows of observations as columns in memory, and as the bytes of a binary COPY."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np

_FIELDS = (
    ("time", ">i8", 8), ("value", ">f8", 8), ("series", ">i4", 4),
    ("source", ">i4", 4), ("load", ">i4", 4), ("flag", ">i2", 2),
)  # fmt: skip
#: One row of the binary COPY: each field behind its length. Times are microseconds since 2000-01-01 UTC.
_WIRE = np.dtype(
    [
        ("fields", ">i2"),
        *(part for name, kind, _ in _FIELDS for part in ((f"{name}_length", ">i4"), (name, kind))),
    ]
)
COPY_COLUMNS = ", ".join(name for name, _, _ in _FIELDS)
COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TAIL = b"\xff\xff"
_POSTGRES_EPOCH_US = 946_684_800_000_000


@dataclass(frozen=True)
class Rows:
    """Columns of one length, in the order of the file.

    ``time``: int64, microseconds since 1970 UTC. ``value``: float64, in the parameter's unit. ``series``, ``source``:
    int32, positions in the lists that :meth:`Intake.add` is given. ``flag``: int16. ``number``: int64, position in the
    file, from 1.
    """

    time: np.ndarray
    value: np.ndarray
    series: np.ndarray
    source: np.ndarray
    flag: np.ndarray
    number: np.ndarray

    def __len__(self) -> int:
        return len(self.time)

    def take(self, places: np.ndarray) -> "Rows":
        return Rows(**{column.name: getattr(self, column.name)[places] for column in fields(self)})

    def numbered(self, series: np.ndarray, source: np.ndarray) -> "Rows":
        """The same with what stands in these arrays at the positions of ``series`` and ``source``."""
        return replace(self, series=series[self.series], source=source[self.source])

    def sorted(self) -> "Rows":
        """By series and time; of neighbours that say the same the last one."""
        ordered = self.take(np.lexsort((self.time, self.series)))
        last = np.ones(len(self), bool)
        said = (ordered.series, ordered.time, ordered.value, ordered.flag)
        last[:-1] = np.logical_or.reduce([column[1:] != column[:-1] for column in said])
        return ordered if last.all() else ordered.take(last)

    def by_year(self) -> Iterator[tuple[int, "Rows"]]:
        """The calendar years of UTC and the rows of each."""
        years = self.time.astype("datetime64[us]").astype("datetime64[Y]").astype(int) + 1970
        for year in np.unique(years):
            of = years == year
            yield int(year), self if of.all() else self.take(of)

    def wire(self, load: int) -> bytes:
        """The rows of a binary COPY into :data:`COPY_COLUMNS`, without its head and tail."""
        rows = np.empty(len(self), _WIRE)
        rows["fields"] = len(_FIELDS)
        for name, _, length in _FIELDS:
            rows[f"{name}_length"] = length
        rows["time"] = self.time - _POSTGRES_EPOCH_US
        rows["load"] = load
        for name in ("value", "series", "source", "flag"):
            rows[name] = getattr(self, name)
        return rows.tobytes()
