"""Observations: vetted column by column, converted, handed to the store; each refused row has its reason."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, BinaryIO, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Engine

from altaigis.domain.layer import Layer
from altaigis.domain.observation import (
    CLOCK_SKEW,
    COLUMNS,
    EARLIEST,
    PARAMETER_NAME,
    Conversion,
    Form,
    NoConversion,
    Origin,
    Receipt,
    Refusal,
    conversion,
    flag_code,
)
from altaigis.errors import AltaiError, DatabaseUnavailable, ObservationsError, ParameterError
from altaigis.etl.observation_files import Piece, Source
from altaigis.store import observations as store

#: Series and sources are kept in memory and written on the side; a file with more of them is not what it says.
MOST_SERIES = 1_000_000
MOST_SOURCES = 10_000
LONGEST_TEXT = 200
#: A receipt lists this many refused rows; the ledger has them all.
LISTED_REFUSALS = 10_000
#: So many reasons are counted each by itself.
COUNTED_REASONS = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Progress = Callable[[int, int, str], None]
T = TypeVar("T")


@dataclass
class Vetting:
    """What rows are checked against, and what they have brought so far."""

    known: store.Known
    now: datetime
    source: str
    zone: str | None = None
    units: dict[str, str] = field(default_factory=dict)
    series: dict[tuple[str, str], int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    _conversions: dict[tuple[str, str], Conversion | str] = field(default_factory=dict)

    def vet(self, piece: Piece) -> tuple[np.ndarray, list[Refusal]]:
        """The rows that are right, packed for the store, and the others."""
        verdict = _Verdict(len(piece.numbers))
        columns = {name: piece.table.column(name).combine_chunks() for name in COLUMNS}
        station, stations = _distinct(columns["station"])
        parameter, parameters = _distinct(columns["parameter"])
        unit, units = _distinct(columns["unit"])
        flag, flags = _distinct(columns["flag"])
        source, sources = _distinct(columns["source"])

        verdict.refuse(station, [self._wrong_station(name) for name in stations])
        verdict.refuse(parameter, [_wrong_parameter(name) for name in parameters])
        codes = [flag_code(name) if name is not None else None for name in flags]
        wrong = [None if code else f"unknown flag '{_clip(name)}'" for name, code in zip(flags, codes, strict=True)]
        verdict.refuse(flag, wrong)
        verdict.refuse(
            source, [None if name is not None and len(name) <= LONGEST_TEXT else "unfit source" for name in sources]
        )
        times = self._times(columns["time"], verdict)
        values = _values(columns["value"], piece.decimal_comma, verdict)
        self._convert(values, (parameter, parameters), (unit, units), verdict)

        good = verdict.good()
        places = self._places(station[good], stations, parameter[good], parameters)
        rows = store.packed(
            time=times[good],
            value=values[good],
            row=piece.numbers[good],
            series=places,
            source=self._source_places(source[good], sources),
            flag=np.array([code or 0 for code in codes], np.int16)[flag[good]],
        )
        return rows, [*piece.unreadable, *verdict.refusals(piece)]

    def _wrong_station(self, name: str | None) -> str | None:
        if name in self.known.stations:
            return None
        return f"there is no station '{_clip(name)}'" if name else "no station"

    def _times(self, column: pa.Array, verdict: "_Verdict") -> np.ndarray:
        """Microseconds since 1970 UTC."""
        kind = column.type
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            verdict.refuse_where(_nulls(column), "no time")
            zoned = pa.types.is_timestamp(kind) and kind.tz is not None
            moments = pc.cast(column, pa.timestamp("us", "UTC") if zoned else pa.timestamp("us"), safe=False)
            times = _micros(moments) if zoned else self._localize(moments, verdict)
        else:
            times = self._parse_times(column, verdict)
        verdict.refuse_where(times < _since_epoch(EARLIEST), f"before {EARLIEST.year}: a clock that was never set")
        verdict.refuse_where(times > _since_epoch(self.now + CLOCK_SKEW), "in the future")
        return times

    def _parse_times(self, column: pa.Array, verdict: "_Verdict") -> np.ndarray:
        try:
            texts = pc.cast(column, pa.string())
            if not texts.null_count:
                return _micros(pc.cast(texts, pa.timestamp("us", "UTC")))
        except pa.ArrowInvalid:
            pass  # some time is unfit or without a zone: the quick way is closed to this piece
        if self.zone:
            try:
                return self._localize(pc.cast(pc.cast(column, pa.string()), pa.timestamp("us")), verdict)
            except pa.ArrowInvalid:
                pass  # the same, or some have a zone: one by one
        times = np.zeros(len(column), np.int64)
        zone = ZoneInfo(self.zone) if self.zone else None
        for place, text in enumerate(_texts(column)):
            found = _time(text, zone)
            if isinstance(found, str):
                verdict.refuse_one(place, found)
            else:
                times[place] = found
        return times

    def _localize(self, moments: pa.Array, verdict: "_Verdict") -> np.ndarray:
        if not self.zone:
            verdict.refuse_where(np.ones(len(moments), bool), _NO_ZONE)
            return np.zeros(len(moments), np.int64)
        # earliest and latest differ where the clock showed a time twice, and where it jumped over it
        first, last = (
            _micros(pc.assume_timezone(moments, self.zone, ambiguous=which, nonexistent=which))
            for which in ("earliest", "latest")
        )
        verdict.refuse_where(first != last, _no_moment(self.zone))
        return first

    def _convert(
        self,
        values: np.ndarray,
        parameters: tuple[np.ndarray, list[str | None]],
        units: tuple[np.ndarray, list[str | None]],
        verdict: "_Verdict",
    ) -> None:
        """Bring the values into the units of their parameters, in place."""
        pairs = parameters[0].astype(np.int64) * len(units[1]) + units[0]
        pairs[~verdict.good()] = -1
        distinct, of = np.unique(pairs, return_inverse=True)
        for place, pair in enumerate(distinct):
            if pair < 0:
                continue
            name, unit = parameters[1][pair // len(units[1])], units[1][pair % len(units[1])]
            here = of == place if len(distinct) > 1 else np.ones(len(values), bool)
            how = self._conversion(name or "", unit or "")
            if isinstance(how, str):
                verdict.refuse_where(here, how)
                continue
            with np.errstate(over="ignore"):
                converted = how(values[here])
            values[here] = converted
            outside = np.zeros(len(values), bool)
            outside[here] = ~((converted >= how.low) & (converted <= how.high)) | ~np.isfinite(converted)
            verdict.refuse_where(outside, f"impossible value for {name} in {how.unit}")

    def _conversion(self, parameter: str, unit: str) -> Conversion | str:
        """How to convert, or why not. A parameter that is new gets its unit here."""
        found = self._conversions.get((parameter, unit))
        if found is None:
            try:
                found = conversion(parameter, unit, self.units.get(parameter) or self.known.units.get(parameter))
                self.units[parameter] = found.unit
            except NoConversion as reason:
                found = str(reason)
            if len(self._conversions) < MOST_SERIES:
                self._conversions[parameter, unit] = found
        return found

    def _places(
        self, station: np.ndarray, stations: list[str | None], parameter: np.ndarray, parameters: list[str | None]
    ) -> np.ndarray:
        pairs = station.astype(np.int64) * len(parameters) + parameter
        distinct, of = np.unique(pairs, return_inverse=True)
        places = np.empty(len(distinct), np.int32)
        for n, pair in enumerate(distinct):
            key = (stations[pair // len(parameters)] or "", parameters[pair % len(parameters)] or "")
            places[n] = self.series.setdefault(key, len(self.series))
        if len(self.series) > MOST_SERIES:
            raise ObservationsError(f"more than {MOST_SERIES} series in one file")
        chosen: np.ndarray = places[of]
        return chosen

    def _source_places(self, source: np.ndarray, sources: list[str | None]) -> np.ndarray:
        places = np.zeros(len(sources), np.int32)
        for place in np.unique(source):
            name = sources[place] or self.source
            places[place] = self.sources.setdefault(name, len(self.sources))
        if len(self.sources) > MOST_SOURCES:
            raise ObservationsError(f"more than {MOST_SOURCES} sources in one file")
        chosen: np.ndarray = places[source]
        return chosen


class _Verdict:
    """The first reason against each row."""

    def __init__(self, rows: int) -> None:
        self._reason = np.zeros(rows, np.int32)
        self._reasons: list[str] = [""]
        self._places: dict[str, int] = {}

    def refuse(self, codes: np.ndarray, wrong: list[str | None]) -> None:
        """Refuse rows by the reason, if any, against their distinct value."""
        if any(wrong):
            places = np.array([self._place(reason) if reason else 0 for reason in wrong], np.int32)[codes]
            self._reason = np.where(self._reason == 0, places, self._reason)

    def refuse_where(self, mask: np.ndarray, reason: str) -> None:
        if mask.any():
            self._reason[mask & (self._reason == 0)] = self._place(reason)

    def refuse_one(self, row: int, reason: str) -> None:
        if not self._reason[row]:
            self._reason[row] = self._place(reason)

    def good(self) -> np.ndarray:
        good: np.ndarray = self._reason == 0
        return good

    def refusals(self, piece: Piece) -> Iterator[Refusal]:
        rows = np.flatnonzero(self._reason)
        if not len(rows):
            return
        told = zip(rows, piece.table.take(rows).to_pylist(), strict=True)
        for row, values in told:
            shown = {name: _shown(value) for name, value in values.items() if value not in (None, b"", "")}
            yield Refusal(int(piece.numbers[row]), self._reasons[self._reason[row]], shown)

    def _place(self, reason: str) -> int:
        place = self._places.get(reason)
        if place is None:
            place = self._places[reason] = len(self._reasons)
            self._reasons.append(reason)
        return place


def load(
    database: Engine,
    stations: Layer,
    file: BinaryIO,
    origin: Origin,
    *,
    form: Form | None = None,
    largest: int | None = None,
    most_rows: int | None = None,
    wait_seconds: int | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Receipt:
    """Load one file or body of observations: all that is right in it, or, if it cannot be read, nothing.

    Args:
        stations: the layer that the stations are features of.
        file: opened for reading bytes; seekable, if it may be Parquet.
        form: where the sender has declared it; told by the content otherwise.
        largest: bound of the unpacked size in bytes. ``most_rows``: of the number of rows.
        wait_seconds: give up when another load keeps the same series for longer.
        dry_run: do everything, and undo it.
        progress: is told the rows and bytes that have been read, and what is done now.

    Raises:
        ObservationsError: the file cannot be read as observations; the ledger says so.
        ParameterError: there is no such zone.
        TooLarge, Busy, Unauthorized: nothing was taken.
    """
    _check_zone(origin.zone)
    tell = progress or (lambda *_: None)
    started, clock = datetime.now(UTC), time.monotonic()
    source = Source(file, largest, most_rows)
    vetting = Vetting(store.known(database, stations), started, origin.source, origin.zone)
    received = refused = 0
    reasons: Counter[str] = Counter()
    listed: list[Refusal] = []
    try:
        with store.intake(database, wait_seconds=wait_seconds, dry_run=dry_run) as intake:
            intake.open(origin, started)
            for rows, refusals in _ahead(vetting.vet(piece) for piece in source.pieces(form)):
                intake.add(rows)
                intake.refuse(refusals)
                received += len(rows) + len(refusals)
                refused += len(refusals)
                for refusal in refusals:
                    known = refusal.reason in reasons or len(reasons) < COUNTED_REASONS
                    reasons[refusal.reason if known else "other reasons"] += 1
                listed += refusals[: LISTED_REFUSALS - len(listed)]
                tell(received, source.read_bytes, "reading")
            used = {parameter: vetting.units[parameter] for _, parameter in vetting.series}
            counts = intake.merge(
                list(vetting.series),
                list(vetting.sources),
                used,
                lambda stage: tell(received, source.read_bytes, stage),
            )
            receipt = Receipt(
                None if dry_run else intake.load,
                received,
                counts.added,
                counts.corrected,
                counts.distinct - counts.added - counts.corrected,
                counts.staged - counts.distinct,
                refused,
                round(time.monotonic() - clock, 3),
                dict(reasons.most_common()),
                tuple(listed),
            )
            intake.close(receipt, source.checksum(), source.read_bytes)
            if origin.key is not None:
                intake.require_key(origin.key)
    except AltaiError as error:
        if not dry_run and not isinstance(error, DatabaseUnavailable):
            store.record_failure(database, origin, started, str(error))
        raise
    return receipt


def _ahead(work: Iterator[T]) -> Iterator[T]:
    """The same, with the next one made while the database takes this one."""
    with ThreadPoolExecutor(1) as pool:
        end = object()
        coming = pool.submit(next, work, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, work, end)
            yield item  # type: ignore[misc]


def _check_zone(zone: str | None) -> None:
    if zone is None:
        return
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ParameterError("zone", f"there is no time zone '{zone[:60]}'; a name looks like Asia/Barnaul") from None


_NO_ZONE = "time without zone"


def _no_moment(zone: str) -> str:
    return f"clocks in {zone} showed this time twice or never"


def _time(text: str | None, zone: ZoneInfo | None) -> int | str:
    """Microseconds since 1970 UTC, or why there are none."""
    if not text:
        return "no time"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return "no time of ISO 8601"
    if moment.tzinfo is not None:
        return (moment - _EPOCH) // _MICROSECOND
    if zone is None:
        return _NO_ZONE
    first, last = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != last.utcoffset():
        return _no_moment(str(zone))
    return (first - _EPOCH) // _MICROSECOND


def _values(column: pa.Array, decimal_comma: bool, verdict: _Verdict) -> np.ndarray:
    """Finite numbers; what is none is refused."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        verdict.refuse_where(_nulls(column), "no value")
        numbers = pc.cast(column, pa.float64(), safe=False).fill_null(0.0)
        values: np.ndarray = numbers.to_numpy(zero_copy_only=False).copy()
    else:
        values = _parse_values(column, decimal_comma, verdict)
    verdict.refuse_where(~np.isfinite(values), "value is not finite")
    return values


def _parse_values(column: pa.Array, decimal_comma: bool, verdict: _Verdict) -> np.ndarray:
    try:
        texts = pc.cast(column, pa.string())
        if decimal_comma:
            texts = pc.replace_substring(texts, ",", ".")
        if not texts.null_count:
            numbers: np.ndarray = pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False).copy()
            return numbers
    except pa.ArrowInvalid:
        pass  # some value is no number: one by one
    values = np.zeros(len(column))
    for place, text in enumerate(_texts(column)):
        number = _number(text.replace(",", ".") if text and decimal_comma else text)
        if number is None:
            verdict.refuse_one(place, "value is no number" if text else "no value")
        else:
            values[place] = number
    return values


def _number(text: str | None) -> float | None:
    # float() also takes 1_000 and digits of other scripts, which no instrument means
    if not text or "_" in text or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _wrong_parameter(name: str | None) -> str | None:
    if not name:
        return "no parameter"
    if PARAMETER_NAME.fullmatch(name):
        return None
    return f"unfit name of a parameter '{_clip(name)}': lower-case Latin letters, digits and _ are"


def _distinct(column: pa.Array) -> tuple[np.ndarray, list[str | None]]:
    """Codes, and the text that each stands for; ``None`` where bytes are no text."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode("encode")
    codes = encoded.indices
    texts: list[str | None] = [_decoded(value) for value in encoded.dictionary.to_pylist()]
    if codes.null_count:
        codes = codes.fill_null(len(texts))
        texts.append("")
    return codes.to_numpy(zero_copy_only=False), texts


def _decoded(value: Any) -> str | None:
    if isinstance(value, bytes):
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError:
            return None
    if value is None:
        return ""
    text = str(value).strip()
    # NUL, and what stands for bytes that were no UTF-8
    return None if "\x00" in text or "\ufffd" in text else text


def _texts(column: pa.Array) -> Iterator[str | None]:
    return (_decoded(value) for value in column.to_pylist())


def _nulls(column: pa.Array) -> np.ndarray:
    return pc.is_null(column).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _micros(moments: pa.Array) -> np.ndarray:
    return pc.cast(moments, pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _since_epoch(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _clip(text: str | None) -> str:
    return (text or "").replace("\x00", "\ufffd")[:40]


def _shown(value: Any) -> Any:
    """A value of a refused row as JSON can hold it."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value) and abs(value) < 1e300:
        return value
    text = value.isoformat() if isinstance(value, datetime | date) else str(value)
    return text.replace("\x00", "\ufffd")[:LONGEST_TEXT]
