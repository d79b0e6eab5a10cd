"""Text in XML: no character that XML 1.0 forbids, no name that is none."""

import re
from collections.abc import Iterable

_SPECIAL = re.compile('[&<>"\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.\-_]|_(?=x[0-9A-F]{4,6}_)")


def escape(text: str) -> str:
    """Text for an element or an attribute in double quotes; what XML cannot hold becomes U+FFFD."""
    return _SPECIAL.sub(_entity, text) if _SPECIAL.search(text) else text


def column(values: Iterable[str | None], start: str, end: str) -> list[str]:
    """Each value escaped between its tags, nothing where there is no value."""
    values = list(values)
    # One look at a whole column, for most hold nothing that would have to be escaped
    if not _SPECIAL.search("".join(filter(None, values))):
        return [f"{start}{value}{end}" if value is not None else "" for value in values]
    return [f"{start}{escape(value)}{end}" if value is not None else "" for value in values]


def lines(*columns: Iterable[str]) -> str:
    """Columns side by side, as lines of text."""
    return "".join(map("".join, zip(*columns, strict=True)))


def name_part(text: str) -> str:
    """Text as the tail of an ASCII NCName; different texts stay different. ``№ 5`` is ``_x2116__x0020_5``."""
    return _NOT_IN_NAMES.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _entity(found: re.Match[str]) -> str:
    return _ENTITIES.get(found[0], "\ufffd")
