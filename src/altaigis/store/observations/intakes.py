"""A load of observations in one transaction: opened, fed with rows and refusals, merged, closed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from psycopg import errors
from psycopg.sql import Literal
from sqlalchemy import Engine, Text, cast, func, select

from altaigis.domain.layer import Layer
from altaigis.domain.observation import Origin, Receipt, Refusal, SeriesName
from altaigis.errors import Busy, NotLoaded, ObservationsError, Unauthorized
from altaigis.store.arrays import bind_arrays
from altaigis.store.driver import Driver, driver, run
from altaigis.store.notices import tell_load
from altaigis.store.observations.conflicts import RowNumbers
from altaigis.store.observations.ledger import close_entry, keep_refusals, open_entry
from altaigis.store.observations.merge import Counts, Refuse, Say, merge
from altaigis.store.observations.register import Register
from altaigis.store.observations.rows import Rows
from altaigis.store.observations.staging import Staging
from altaigis.store.observations.turns import take_turns
from altaigis.store.pool import transaction
from altaigis.store.revisions import current_revision
from altaigis.store.versions import state

#: A request waits this long for another load of the same series.
REQUEST_LOCK_SECONDS = 10
#: Sorts of a year's rows stay in the database's memory up to this size.
SORT_MEMORY = "128MB"
_SERIES = {"station": "text", "parameter": "text", "synthetic": "bool"}


@dataclass(frozen=True)
class Known:
    """What incoming rows are checked against: ids of stations, and the unit of each parameter that is in use."""

    stations: frozenset[str]
    units: Mapping[str, str]


def known(database: Engine, stations: Layer) -> Known:
    """The stations that exist now, and the parameters.

    Raises:
        NotLoaded: the layer of the stations has no data.
        DatabaseUnavailable: it does not answer.
    """
    with transaction(database) as connection:
        now = current_revision(connection, stations)
        if now is None:
            raise NotLoaded(f"layer '{stations.id}' has no stations yet; run: altaigis etl run {stations.id}")
        fid = state(stations, now).c[stations.id_field]
        # one value, for rows by the thousand cost a small load more than all else
        found = frozenset(connection.execute(select(func.array_agg(cast(fid, Text)))).scalar_one() or ())
        units = dict(driver(connection).execute("SELECT parameter, unit FROM altaigis.parameters").fetchall())
    return Known(found, units)


@contextmanager
def intake(
    database: Engine, origin: Origin, started: datetime, *, wait_seconds: int | None = None, dry_run: bool = False
) -> Iterator["Intake"]:
    """An open load: all of it is there after the block, or nothing (always nothing with ``dry_run``).

    Raises:
        Busy: another load has kept the same series for longer than ``wait_seconds``.
        DatabaseUnavailable: it does not answer, or has gone in the middle.
    """
    with transaction(database) as connection, RowNumbers() as numbers:
        raw = driver(connection)
        bind_arrays(raw)
        try:
            with raw.pipeline():
                if wait_seconds is not None:
                    run(raw, "SET LOCAL lock_timeout = {}", Literal(f"{wait_seconds}s"))
                run(raw, "SET LOCAL work_mem = {}", Literal(SORT_MEMORY))
                load = open_entry(raw, origin, started)
            yield Intake(raw, load, numbers)
        except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
            raise Busy("another load of the same series is under way; try again") from error
        if dry_run:
            connection.rollback()


@dataclass
class Intake:
    """The open load. ``load`` is its number in the ledger."""

    connection: Driver
    load: int
    numbers: RowNumbers
    _staging: Staging = field(init=False)
    _series: Register = field(init=False)
    _sources: Register = field(init=False)

    def __post_init__(self) -> None:
        self._staging = Staging(self.connection, self.load, self.numbers)
        self._series = Register(self.connection, "series", _SERIES, "series")
        self._sources = Register(self.connection, "sources", {"name": "text"}, "source")

    def add(self, rows: Rows, new_series: Sequence[SeriesName], new_sources: Sequence[str]) -> None:
        """Stage rows.

        Args:
            new_series: the names of those positions in ``rows.series`` that no call has had yet.
            new_sources: the same for ``rows.source``.
        """
        if not len(rows):
            return
        self._series.learn(new_series)
        self._sources.learn([(name,) for name in new_sources])
        self._staging.add(rows.numbered(self._series.numbers, self._sources.numbers))

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Keep refused rows with their reasons."""
        keep_refusals(self.connection, self.load, refusals)

    def merge(self, units: Mapping[str, str], say: Say = lambda _: None, refused: Refuse = lambda _: None) -> Counts:
        """Bring the staged rows into the tables: new ones, corrections (the former value is kept), aggregates.

        Args:
            units: the unit of every parameter that has been added.
            refused: is told the rows that the last ones contradict, once they are kept as refused.

        Raises:
            ObservationsError: another load has meanwhile given a parameter another unit.
        """
        if not self._staging.received:
            return Counts()
        self._settle_units(units)
        self._staging.move("source", self._sources.settle())
        self._staging.move("series", self._series.settle())
        take_turns(self.connection, self._series.numbers)

        def refuse(refusals: Sequence[Refusal]) -> None:
            self.refuse(refusals)
            refused(refusals)

        return merge(self._staging, self._series.numbers.tolist(), say, refuse)

    def require_key(self, key: int) -> None:
        """Make sure that the key still holds; a revocation that comes now waits until this load is committed.

        Raises:
            Unauthorized: it has been revoked meanwhile.
        """
        statement = "SELECT 1 FROM altaigis.keys WHERE key = %s AND revoked IS NULL FOR SHARE"
        if self.connection.execute(statement, (key,)).fetchone() is None:
            raise Unauthorized("the key has been revoked meanwhile; nothing was taken")

    def close(self, receipt: Receipt, checksum: str, size: int) -> None:
        """Complete the entry in the ledger, and tell who listens when there is news."""
        close_entry(self.connection, self.load, receipt, checksum, size)
        if receipt.added or receipt.corrected:
            tell_load(self.connection, self.load)

    def _settle_units(self, units: Mapping[str, str]) -> None:
        names = sorted(units)
        self.connection.execute(
            "INSERT INTO altaigis.parameters (parameter, unit) "
            "SELECT * FROM unnest(%s::text[], %s::text[]) AS new (parameter, unit) ORDER BY 1 ON CONFLICT DO NOTHING",
            (names, [units[name] for name in names]),
        )
        rows = self.connection.execute(
            "SELECT parameter, unit FROM altaigis.parameters WHERE parameter = ANY(%s)", (names,)
        )
        for parameter, unit in rows:
            if units[parameter] != unit:
                raise ObservationsError(f"another load has just brought {parameter} in {unit}; load this again")
