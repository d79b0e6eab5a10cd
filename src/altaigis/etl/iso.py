"""Times written as in Russia, put as ISO 8601 has them."""

import re

#: Day before month: with points between them there is no other order.
RUSSIAN_TIME = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})[ T,]+(\d{1,2}:\d{2}(?::\d{2})?)", re.ASCII)


def as_iso(text: str) -> str:
    """``29.02.2024 7:00`` as ``2024-02-29 07:00``, what follows it kept; any other text as it is."""
    return RUSSIAN_TIME.sub(match_as_iso, text)


def match_as_iso(match: re.Match[str]) -> str:
    day, month, year, time = match.groups()
    hour, rest = time.split(":", 1)
    return f"{year}-{month:0>2}-{day:0>2} {hour:0>2}:{rest}"
