"""Moments from texts, of ISO 8601 or as in Russia, and typed columns.

Local times need a zone, and are refused where its clocks were moved.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from altaigis.domain.observation import CLOCK_SKEW, EARLIEST
from altaigis.errors import ParameterError
from altaigis.etl.iso import as_iso
from altaigis.etl.observations.columns import encoded, nulls
from altaigis.etl.observations.verdict import Verdict

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NO_ZONE = "time without zone"


@dataclass(frozen=True)
class Clock:
    """How times are read: the moment of the load, and the zone of times that name none."""

    now: datetime
    zone: str | None = None

    def moments(self, column: pa.Array, verdict: Verdict) -> np.ndarray:
        """Microseconds since 1970 UTC."""
        kind = column.type
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            verdict.refuse_where(nulls(column), "no time")
            zoned = pa.types.is_timestamp(kind) and kind.tz is not None
            moments = pc.cast(column, pa.timestamp("us", "UTC") if zoned else pa.timestamp("us"), safe=False)
            times = _micros(moments) if zoned else self._localized(moments, verdict)
        else:
            times = self._parsed(column, verdict)
        verdict.refuse_where(times < _since_epoch(EARLIEST), f"before {EARLIEST.year}: a clock that was never set")
        verdict.refuse_where(times > _since_epoch(self.now + CLOCK_SKEW), "in the future")
        return times

    def _parsed(self, column: pa.Array, verdict: Verdict) -> np.ndarray:
        try:
            spelled = pc.cast(column, pa.string())
            if not spelled.null_count:
                return _micros(pc.cast(spelled, pa.timestamp("us", "UTC")))
        except pa.ArrowInvalid:
            pass  # some time is unfit or without a zone: the quick way is closed to this piece
        if self.zone:
            try:
                return self._localized(pc.cast(pc.cast(column, pa.string()), pa.timestamp("us")), verdict)
            except pa.ArrowInvalid:
                pass  # the same, some have a zone, or they are written as in Russia: each spelling by itself
        zone = ZoneInfo(self.zone) if self.zone else None
        # what many stations tell of one moment is read once
        codes, spellings = encoded(column)
        found = [_time(text, zone) for text in spellings]
        verdict.refuse(codes, [why if isinstance(why, str) else None for why in found])
        chosen: np.ndarray = np.array([0 if isinstance(time, str) else time for time in found], np.int64)[codes]
        return chosen

    def _localized(self, moments: pa.Array, verdict: Verdict) -> np.ndarray:
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


def _no_moment(zone: str) -> str:
    return f"clocks in {zone} showed this time twice or never"


def _time(text: str | None, zone: ZoneInfo | None) -> int | str:
    """Microseconds since 1970 UTC, or why there are none."""
    if not text:
        return "no time"
    try:
        moment = datetime.fromisoformat(as_iso(text))
    except ValueError:
        return "no time, as 2026-01-15T07:00:00+07:00 or 15.01.2026 07:00 is"
    if moment.tzinfo is not None:
        return (moment - _EPOCH) // _MICROSECOND
    if zone is None:
        return _NO_ZONE
    first, last = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != last.utcoffset():
        return _no_moment(str(zone))
    return (first - _EPOCH) // _MICROSECOND


def _micros(moments: pa.Array) -> np.ndarray:
    return pc.cast(moments, pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _since_epoch(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def check_zone(zone: str | None) -> None:
    """Make sure that there is such a zone.

    Raises:
        ParameterError: there is none.
    """
    if zone is None:
        return
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ParameterError("zone", f"there is no time zone '{zone[:60]}'; a name looks like Asia/Barnaul") from None
