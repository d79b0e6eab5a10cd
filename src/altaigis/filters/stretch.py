"""The stretch of time that is asked of series: days are those of the region."""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta

from altaigis.domain.bucket import midnight
from altaigis.domain.expression import Expression, Literal
from altaigis.domain.series import ALWAYS, Interval
from altaigis.errors import ParameterError
from altaigis.filters.params import parse_datetime

_SHORT = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?", re.ASCII)


def parse_stretch(text: str | None) -> Interval:
    """An RFC 3339 date or time, a year or a month (``2024``, ``2024-05``), or an interval of two of them with ``..`` or
    nothing for an open end. A date is the whole day of the region, a month all of its days; a time ends the interval
    and is no part of it.

    Raises:
        ParameterError: anything else, or an interval that ends before it starts.
    """
    if text is None:
        return ALWAYS
    asked = parse_datetime(_in_days(text))
    try:
        begin, end = _begin(_instant(asked.start)), _end(_instant(asked.end))
    except OverflowError:
        raise ParameterError("datetime", f"'{text[:80]}' leads out of the calendar") from None
    if begin is not None and begin == end:
        return Interval(begin, begin + timedelta(microseconds=1))
    return Interval(begin, end)


def _in_days(text: str) -> str:
    """With the first and the last day of years and months in their place."""
    parts = text.split("/")
    first, last = _days(parts[0])[0], _days(parts[-1])[1]
    return first if first == last and len(parts) == 1 else "/".join([first, *parts[1:-1], last])


def _days(part: str) -> tuple[str, str]:
    found = _SHORT.fullmatch(part)
    if not found:
        return part, part
    year, month = found[1], found[2]
    return f"{year}-{month or '01'}-01", f"{year}-{month or '12'}-{monthrange(int(year), int(month or 12))[1]}"


def _instant(end: Expression | None) -> date | datetime | None:
    return end.value if isinstance(end, Literal) and isinstance(end.value, date) else None


def _begin(instant: date | datetime | None) -> datetime | None:
    return instant if isinstance(instant, datetime) or instant is None else midnight(instant)


def _end(instant: date | datetime | None) -> datetime | None:
    return instant if isinstance(instant, datetime) or instant is None else midnight(instant + timedelta(days=1))
