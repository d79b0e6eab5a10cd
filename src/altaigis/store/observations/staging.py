"""The rows of a load before they are merged: a table for each calendar year of UTC.

A handful stays in memory. Of more, those of a year that has no rows yet lie in a table that can become the year's own;
the others in a temporary one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from psycopg.sql import SQL, Composed, Identifier, Literal

from altaigis.domain.observation import Refusal
from altaigis.store.driver import Driver, run
from altaigis.store.observations.conflicts import Extents, RowNumbers, conflicts
from altaigis.store.observations.handful import MOST_ROWS
from altaigis.store.observations.partitions import make_table, present_years
from altaigis.store.observations.rows import COPY_COLUMNS, COPY_HEAD, COPY_TAIL, Rows


@dataclass
class StagedYear:
    """The rows of one year in a table with the columns of ``altaigis.observations``, without an index."""

    year: int
    table: Identifier
    #: whether the table can become the year's own
    lasting: bool
    rows: int = 0
    extents: Extents = field(default_factory=Extents)


@dataclass
class Staging:
    """The staged rows of an open load."""

    connection: Driver
    load: int
    numbers: RowNumbers
    #: how many came, before those with one key were told apart
    received: int = 0
    years: dict[int, StagedYear] = field(default_factory=dict)
    _held: list[Rows] | None = field(default_factory=list)
    _present: frozenset[int] | None = None
    _moved: dict[str, Mapping[int, int]] = field(default_factory=dict)

    def add(self, rows: Rows) -> None:
        """Stage rows; ``series`` and ``source`` are numbers of the registers."""
        self.received += len(rows)
        if self._held is not None:
            self._held.append(rows)
            if self.received > MOST_ROWS:
                self.spill()
            return
        self._stage(rows)

    def handful(self) -> Rows | None:
        """All rows under their final numbers, if they are few, none contradicts another, and all of their years are
        there."""
        if self._held is None:
            return None
        rows = Rows.joined(self._held)
        for column, moved in self._moved.items():
            rows = rows.moved(column, moved)
        rows = rows.sorted().without_repeats()
        is_plain = rows.have_distinct_keys() and rows.years() <= self._years_there()
        return rows if is_plain else None

    def spill(self) -> None:
        """Stage in tables what is held in memory."""
        held, self._held = self._held or [], None
        for rows in held:
            self._stage(rows)

    def _stage(self, rows: Rows) -> None:
        # piece by piece: the whole load is never sorted, and still what a series has told lies together
        for year, those in rows.sorted().by_year():
            staged = self.years.get(year) or self._open(year)
            copying = SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(staged.table, SQL(COPY_COLUMNS))
            with self.connection.cursor() as cursor, cursor.copy(copying) as copy:
                copy.write(COPY_HEAD)
                copy.write(those.wire(self.load))
                copy.write(COPY_TAIL)
            staged.extents.add(staged.rows, self.numbers.add(those.number))
            staged.rows += len(those)

    def move(self, column: str, moved: Mapping[int, int]) -> None:
        """From now on other numbers stand for those that were staged in a column."""
        if moved:
            self._moved[column] = moved

    def is_final(self, staged: StagedYear) -> bool:
        """Whether the year's rows stand in a table that can last, as they are."""
        return staged.lasting and not self._moved

    def distinct(self, staged: StagedYear) -> Composed:
        """The query for a year's rows under their final numbers; of rows with one key the last that came."""
        # Rows are compared by one whole number before they are compared in full: that halves the time of the sort.
        # They were only ever appended, all of one length, so their places in the table tell which came last.
        return SQL(
            "SELECT DISTINCT ON ((series::bigint << 32) + date_part('epoch', time)::bigint, time) "
            "time, value, series, source, load, flag FROM ({staged}) staged "
            "ORDER BY (series::bigint << 32) + date_part('epoch', time)::bigint, time, place DESC"
        ).format(staged=self._final(staged))

    def conflicts(self, staged: StagedYear) -> Iterator[list[Refusal]]:
        """Those of a year's rows that the last one with the same key contradicts, some at a time."""
        return conflicts(self.connection, self._final(staged), staged.extents, self.numbers)

    def _final(self, staged: StagedYear) -> Composed:
        """The query for a year's rows under their final numbers, with their places in the table."""
        joins = SQL(" ").join(_renumbering(column, moved) for column, moved in self._moved.items())
        numbers = SQL(", ").join(
            SQL("coalesce({}.new, s.{}) AS {}").format(Identifier(f"moved_{name}"), Identifier(name), Identifier(name))
            if name in self._moved
            else SQL("s.{}").format(Identifier(name))
            for name in ("series", "source")
        )
        return SQL("SELECT s.time, s.value, {numbers}, s.load, s.flag, s.ctid AS place FROM {table} s {joins}").format(
            table=staged.table, numbers=numbers, joins=joins
        )

    def _open(self, year: int) -> StagedYear:
        lasting = year not in self._years_there()
        if lasting:
            staged = StagedYear(year, Identifier("altaigis", f"incoming_{year}_{self.load}"), lasting)
            make_table(self.connection, "observations", staged.table)
        else:
            staged = StagedYear(year, Identifier(f"incoming_{year}"), lasting)
            run(
                self.connection,
                "CREATE TEMPORARY TABLE {} (LIKE altaigis.observations) ON COMMIT DROP",
                staged.table,
            )
        self.years[year] = staged
        return staged

    def _years_there(self) -> frozenset[int]:
        if self._present is None:
            self._present = present_years(self.connection)
        return self._present


def _renumbering(column: str, moved: Mapping[int, int]) -> Composed:
    """The join that has the new number, if any, for the number in a column."""
    pairs = SQL(", ").join(SQL("({}, {})").format(Literal(old), Literal(new)) for old, new in moved.items())
    return SQL("LEFT JOIN (VALUES {pairs}) AS {name} (old, new) ON {name}.old = s.{column}").format(
        pairs=pairs, name=Identifier(f"moved_{column}"), column=Identifier(column)
    )
