"""Dates and times by RFC 3339, read and written."""

import re
from datetime import UTC, date, datetime, time

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?", re.ASCII | re.IGNORECASE)
#: How an open end of an interval is written.
OPEN = ("", "..")


def parse_instant(text: str) -> date | datetime | None:
    """A date, or a time in UTC; None if the text is neither."""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        if len(text) == len("2024-01-01"):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # a day that no calendar has; a zone that leads out of it
        return None


#: What XML Schema has and RFC 3339 has not: a day with a zone, and a time without one, which is taken for UTC.
_ZONED_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})", re.ASCII)
_ZONELESS = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?", re.ASCII)


def parse_xsd_instant(text: str) -> date | datetime | None:
    """The same of an xsd:date or an xsd:dateTime, blanks around it included."""
    plain = text.strip()
    if found := _ZONED_DAY.fullmatch(plain):
        return parse_instant(found[1])
    return parse_instant(f"{plain}Z" if _ZONELESS.fullmatch(plain) else plain)


def is_zoneless(text: str) -> bool:
    """Whether it is an xsd:dateTime without a zone. A filter may ask so; what is kept must say its zone."""
    return _ZONELESS.fullmatch(text.strip()) is not None


def print_instant(instant: date | datetime) -> str:
    """What ``parse_instant`` reads."""
    if isinstance(instant, datetime):
        return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return instant.isoformat()


def first_moment(instant: date | datetime) -> datetime:
    """The instant itself, or the first moment of the day in UTC."""
    return instant if isinstance(instant, datetime) else datetime.combine(instant, time(), UTC)


def last_moment(instant: date | datetime) -> datetime:
    """The instant itself, or the last moment of the day in UTC."""
    return instant if isinstance(instant, datetime) else datetime.combine(instant, time.max, UTC)
