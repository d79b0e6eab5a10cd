"""Numbers that stand for names: of series (station, parameter, and whether it is made up) and of sources.

A new name has its number reserved when it is first met, so that rows can be staged under it, and is entered only when
they are merged: until then the load holds no lock that another one would wait for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from psycopg import Cursor
from psycopg.sql import SQL, Identifier, Literal

from altaigis.store.driver import Driver

Name = tuple[str | bool, ...]


@dataclass
class Register:
    """A table of names in an open load.

    Args:
        columns: what a name consists of, and of which type each part is.
        number: the identity column.
    """

    connection: Driver
    table: str
    columns: Mapping[str, str]
    number: str
    numbers: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))
    _names: list[Name] = field(default_factory=list)
    _are_known: bool = True

    def learn(self, new: Sequence[Name]) -> None:
        """Find or reserve the numbers of more names."""
        if not new:
            return
        found = self._execute(
            "SELECT coalesce({number}, nextval(pg_get_serial_sequence({of}, {label}))::integer), {number} IS NULL "
            "FROM {given} LEFT JOIN {table} USING ({columns}) ORDER BY place",
            range(len(new)),
            new,
        ).fetchall()
        self._are_known = self._are_known and not any(is_reserved for _, is_reserved in found)
        self.numbers = np.append(self.numbers, np.array([number for number, _ in found], np.int32))
        self._names += new

    def settle(self) -> Mapping[int, int]:
        """Enter what is new; reserved numbers of names that another load has entered first, with the entered ones."""
        if self._are_known:
            return {}
        numbers = [int(number) for number in self.numbers]
        self._execute(
            "INSERT INTO {table} ({number}, {columns}) OVERRIDING SYSTEM VALUE "
            "SELECT place, {columns} FROM {given} LEFT JOIN {table} USING ({columns}) WHERE {number} IS NULL "
            "ORDER BY {columns} ON CONFLICT ({columns}) DO NOTHING",
            numbers,
            self._names,
        )
        moved = dict(
            self._execute(
                "SELECT place, {number} FROM {given} JOIN {table} USING ({columns}) WHERE {number} <> place",
                numbers,
                self._names,
            ).fetchall()
        )
        if moved:
            self.numbers = np.array([moved.get(number, number) for number in numbers], np.int32)
        return moved

    def _execute(self, statement: str, places: Iterable[int] = (), names: Sequence[Name] = ()) -> Cursor[Any]:
        columns = SQL(", ").join(map(Identifier, self.columns))
        composed = SQL(statement).format(
            table=Identifier("altaigis", self.table),
            of=Literal(f"altaigis.{self.table}"),
            number=Identifier(self.number),
            label=Literal(self.number),
            columns=columns,
            given=SQL("unnest(%b::integer[], {}) AS given (place, {})").format(
                SQL(", ").join(SQL("%b::{}[]").format(Identifier(kind)) for kind in self.columns.values()), columns
            ),
        )
        return self.connection.execute(composed, [list(places), *(list(column) for column in zip(*names, strict=True))])
