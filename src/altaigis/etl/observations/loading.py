"""Loading a file of observations: all that is right in it, or, if it cannot be read, nothing."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import Engine

from altaigis.domain.catalog import Catalog
from altaigis.domain.observation import STATIONS, Origin, Receipt, Refusal
from altaigis.domain.parameter import Parameters
from altaigis.errors import AltaiError, DatabaseUnavailable
from altaigis.etl.observations.files import Source
from altaigis.etl.observations.times import Clock, check_zone
from altaigis.etl.observations.vetting import Vetted, Vetting
from altaigis.store import observations as store

#: A receipt lists this many refused rows; the ledger has them all.
LISTED_REFUSALS = 10_000
#: So many reasons are counted each by itself.
COUNTED_REASONS = 200

Progress = Callable[[int, int, str], None]
T = TypeVar("T")


def load(
    database: Engine,
    catalog: Catalog,
    source: Source,
    origin: Origin,
    *,
    wait_seconds: int | None = None,
    dry_run: bool = False,
    progress: Progress = lambda _rows, _bytes, _stage: None,
) -> Receipt:
    """Load one file or body of observations: all that is right in it, or, if it cannot be read, nothing.

    Args:
        catalog: has the layer of the stations, and the parameters.
        wait_seconds: give up when another load keeps the same series for longer.
        dry_run: do everything, and undo it.
        progress: is told the rows and bytes that have been read, and what is done now.

    Raises:
        ObservationsError: the file cannot be read as observations; the ledger says so.
        ParameterError: there is no such zone.
        TooLarge, Busy, Unauthorized, DatabaseUnavailable: nothing was taken.
    """
    check_zone(origin.zone)
    started, tally = datetime.now(UTC), _Tally()
    known = store.known(database, catalog.layer(STATIONS))
    measured_before = frozenset(known.units)
    vetting = Vetting(known, Clock(started, origin.zone), origin.source, catalog.parameters)
    try:
        with store.intake(database, origin, started, wait_seconds=wait_seconds, dry_run=dry_run) as intake:
            for vetted in _ahead(vetting.vet(piece) for piece in source.pieces()):
                intake.add(vetted.rows, vetted.new_series, vetted.new_sources)
                intake.refuse(vetted.refusals)
                tally.add(vetted)
                progress(tally.received, source.read_bytes, "reading")
            counts = intake.merge(
                {parameter: vetting.units[parameter] for _, parameter, _ in vetting.series},
                lambda stage: progress(tally.received, source.read_bytes, stage),
                tally.refuse,
            )
            receipt = replace(
                tally.receipt(None if dry_run else intake.load, counts),
                new_parameters=tuple(sorted({parameter for _, parameter, _ in vetting.series} - measured_before)),
                suggestions=_suggestions({parameter for _, parameter, _ in vetting.series}, catalog.parameters),
            )
            intake.close(receipt, source.checksum(), source.read_bytes)
            if origin.key is not None:
                intake.require_key(origin.key)
    except AltaiError as error:
        if not dry_run and not isinstance(error, DatabaseUnavailable):
            store.record_failure(database, origin, started, str(error))
        raise
    return receipt


@dataclass
class _Tally:
    """What has been read so far."""

    received: int = 0
    refused: int = 0
    _clock: float = field(default_factory=time.monotonic)
    _reasons: Counter[str] = field(default_factory=Counter)
    _listed: list[Refusal] = field(default_factory=list)

    def add(self, vetted: Vetted) -> None:
        self.received += len(vetted.rows) + len(vetted.refusals)
        self.refuse(vetted.refusals)

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        self.refused += len(refusals)
        for refusal in refusals:
            known = refusal.reason in self._reasons or len(self._reasons) < COUNTED_REASONS
            self._reasons[refusal.reason if known else "other reasons"] += 1
        self._listed = sorted([*self._listed, *refusals], key=lambda refusal: refusal.row)[:LISTED_REFUSALS]

    def receipt(self, load: int | None, counts: store.Counts) -> Receipt:
        return Receipt(
            load=load,
            received=self.received,
            added=counts.added,
            corrected=counts.corrected,
            unchanged=counts.distinct - counts.added - counts.corrected,
            duplicates=counts.staged - counts.distinct - counts.conflicting,
            refused=self.refused,
            seconds=round(time.monotonic() - self._clock, 3),
            reasons=dict(sorted(self._reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
            refusals=tuple(self._listed),
        )


def _suggestions(sent: Iterable[str], declared: Parameters) -> dict[str, str]:
    """What was probably meant by the parameters that nobody has declared."""
    return {code: meant for code in sorted(sent) if code not in declared and (meant := declared.like(code))}


def _ahead(work: Iterable[T]) -> Iterator[T]:
    """The same, with the next one made while the database takes this one."""
    items = iter(work)
    # what comes in one piece, as most requests do, needs no second thread
    first = list(islice(items, 2))
    yield from first[:1]
    if len(first) < 2:
        return
    end = object()
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, end)
        yield first[1]
        while (item := coming.result()) is not end:
            coming = pool.submit(next, items, end)
            yield item  # type: ignore[misc]
