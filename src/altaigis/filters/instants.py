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


def print_instant(instant: date | datetime) -> str:
    """What ``parse_instant`` reads."""
    if isinstance(instant, datetime):
        return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return instant.isoformat()


def first_moment(instant: date | datetime) -> datetime:
    """The instant itself, or the first moment of the day in UTC."""
    return instant if isinstance(instant, datetime) else datetime.combine(instant, time(), UTC)
