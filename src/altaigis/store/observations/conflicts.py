"""Rows of one load that contradict each other: one station, parameter and time, and another value or flag.

The last of them stands, as it would if each had come in a load of its own; one that says something else is refused, so
that none is lost. One that says what stands in the end is no conflict but a duplicate.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Self

import numpy as np
from psycopg.sql import SQL, Composed

from altaigis.domain.observation import FLAGS, Refusal
from altaigis.store.driver import Driver

CONTRADICTED = "conflicting in the file: a later row has another value or flag for this station, parameter and time"
#: Conflicts that are in memory at a time.
_BATCH = 10_000
_IN_MEMORY = 1 << 20
_NUMBER = np.dtype("<i8")


@dataclass
class RowNumbers:
    """Positions in the source of all rows that a load has staged, in the order of their staging.

    They are asked for only where rows contradict each other, so they lie in a file and not in the database.
    """

    _count: int = 0
    _file: IO[bytes] = field(default_factory=lambda: tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - by exit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, numbers: np.ndarray) -> int:
        """Keep more; the place of the first."""
        first = self._count
        self._file.seek(first * _NUMBER.itemsize)
        self._file.write(numbers.astype(_NUMBER).tobytes())
        self._count += len(numbers)
        return first

    def at(self, place: int) -> int:
        self._file.seek(place * _NUMBER.itemsize)
        return int(np.frombuffer(self._file.read(_NUMBER.itemsize), _NUMBER)[0])


@dataclass
class Extents:
    """Which of all staged rows one table has: it was filled in runs, with those of other tables between them."""

    _begins: list[int] = field(default_factory=list)
    _places: list[int] = field(default_factory=list)

    def add(self, begin: int, place: int) -> None:
        """The table's rows from this one on are those from ``place`` on."""
        self._begins.append(begin)
        self._places.append(place)

    def place(self, rank: int) -> int:
        """The place among all staged rows of the table's row ``rank``, from 0."""
        run = int(np.searchsorted(self._begins, rank, "right")) - 1
        return self._places[run] + rank - self._begins[run]


def conflicts(connection: Driver, staged: Composed, extents: Extents, numbers: RowNumbers) -> Iterator[list[Refusal]]:
    """The rows that the last one with their key contradicts, some at a time.

    Args:
        staged: the query for a table's rows under their final numbers, with their places in the table.
    """
    statement = SQL(
        "WITH ranked AS (SELECT *, row_number() OVER (ORDER BY place) - 1 AS rank FROM ({staged}) staged), "
        "torn AS (SELECT series, time FROM ranked GROUP BY 1, 2 "
        "HAVING min(value) <> max(value) OR min(flag) <> max(flag)), "
        "told AS (SELECT ranked.*, max(rank) OVER (PARTITION BY series, time) AS kept, "
        "last_value(value) OVER whole AS kept_value, last_value(flag) OVER whole AS kept_flag "
        "FROM ranked JOIN torn USING (series, time) WINDOW key AS (PARTITION BY series, time ORDER BY rank), "
        "whole AS (key ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) "
        "SELECT rank, kept, station, parameter, time AT TIME ZONE 'UTC', value, unit, flag, name "
        "FROM told JOIN altaigis.series USING (series) JOIN altaigis.parameters USING (parameter) "
        "JOIN altaigis.sources USING (source) WHERE value <> kept_value OR flag <> kept_flag ORDER BY rank"
    ).format(staged=staged)
    flags = {code: name for name, code in FLAGS.items()}

    def refusal(row: tuple[Any, ...]) -> Refusal:
        rank, kept, station, parameter, time, value, unit, flag, source = row
        values = {
            "station": station, "parameter": parameter, "time": f"{time.isoformat()}Z", "value": value, "unit": unit,
            "flag": flags[flag], "source": source, "kept row": numbers.at(extents.place(kept)),
        }  # fmt: skip
        return Refusal(numbers.at(extents.place(rank)), CONTRADICTED, values)

    with connection.cursor(name="conflicts") as found:
        found.execute(statement)
        while rows := found.fetchmany(_BATCH):
            yield [refusal(row) for row in rows]
