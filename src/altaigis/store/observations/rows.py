"""Rows of observations as columns in memory, and as the bytes of a binary COPY."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from psycopg.sql import SQL

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
#: The time that stands in a column ``moment``, as :class:`Rows` has it.
MOMENT = SQL("timestamptz 'epoch' + moment * interval '1 microsecond'")


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

    @classmethod
    def joined(cls, parts: Sequence["Rows"]) -> "Rows":
        """One after the other; at least one."""
        return parts[0] if len(parts) == 1 else cls(**{
            column.name: np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(cls)
        })  # fmt: skip

    def moved(self, column: str, moved: Mapping[int, int]) -> "Rows":
        """The same with other numbers in a column."""
        numbers = getattr(self, column).copy()
        for old, new in moved.items():
            numbers[getattr(self, column) == old] = new
        return replace(self, **{column: numbers})

    def have_distinct_keys(self) -> bool:
        """Whether no two have the same series and time, once they are sorted."""
        return bool(((self.series[1:] != self.series[:-1]) | (self.time[1:] != self.time[:-1])).all())

    def sorted(self) -> "Rows":
        """By series and time; those of one series and time as they came."""
        return self.take(np.lexsort((self.time, self.series)))

    def without_repeats(self) -> "Rows":
        """Of sorted neighbours that say the same the last one."""
        last = np.ones(len(self), bool)
        said = (self.series, self.time, self.value, self.flag)
        last[:-1] = np.logical_or.reduce([column[1:] != column[:-1] for column in said])
        return self if last.all() else self.take(last)

    def years(self) -> frozenset[int]:
        """The calendar years of UTC."""
        return frozenset(np.unique(self._years()).tolist())

    def _years(self) -> np.ndarray:
        years: np.ndarray = self.time.astype("datetime64[us]").astype("datetime64[Y]").astype(int) + 1970
        return years

    def by_year(self) -> Iterator[tuple[int, "Rows"]]:
        """The calendar years of UTC and the rows of each."""
        years = self._years()
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
