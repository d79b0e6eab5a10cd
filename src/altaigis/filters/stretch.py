"""The stretch of time that is asked of series: days are those of the region."""

from datetime import date, datetime, timedelta

from altaigis.domain.bucket import midnight
from altaigis.domain.expression import Expression, Literal
from altaigis.domain.series import ALWAYS, Interval
from altaigis.errors import ParameterError
from altaigis.filters.params import parse_datetime


def parse_stretch(text: str | None) -> Interval:
    """An RFC 3339 date or time, or an interval of two of them with ``..`` or nothing for an open end. A date is the
    whole day of the region; a time ends the interval and is no part of it.

    Raises:
        ParameterError: anything else, or an interval that ends before it starts.
    """
    if text is None:
        return ALWAYS
    asked = parse_datetime(text)
    try:
        begin, end = _begin(_instant(asked.start)), _end(_instant(asked.end))
    except OverflowError:
        raise ParameterError("datetime", f"'{text[:80]}' leads out of the calendar") from None
    if begin is not None and begin == end:
        return Interval(begin, begin + timedelta(microseconds=1))
    return Interval(begin, end)


def _instant(end: Expression | None) -> date | datetime | None:
    return end.value if isinstance(end, Literal) and isinstance(end.value, date) else None


def _begin(instant: date | datetime | None) -> datetime | None:
    return instant if isinstance(instant, datetime) or instant is None else midnight(instant)


def _end(instant: date | datetime | None) -> datetime | None:
    return instant if isinstance(instant, datetime) or instant is None else midnight(instant + timedelta(days=1))
