"""Text in XML: no character that XML 1.0 forbids, no name that is none."""

import re
from collections.abc import Iterable, Sequence

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
    whole = "".join(filter(None, values))
    if whole.isprintable() and not any(character in whole for character in '&<>"'):
        return [f"{start}{value}{end}" if value is not None else "" for value in values]
    return [f"{start}{escape(value)}{end}" if value is not None else "" for value in values]


def lines(*columns: Iterable[str]) -> bytes:
    """Columns side by side, as lines in UTF-8."""
    # Each by itself: one letter of a wide script would widen the text of all
    return b"".join(["".join(row).encode() for row in zip(*columns, strict=True)])


def name_parts(texts: Sequence[str]) -> Sequence[str]:
    """Texts as tails of ASCII NCNames; different texts stay different. ``№ 5`` is ``_x2116__x0020_5``."""
    if not _NOT_IN_NAMES.search("".join(texts)):
        return texts
    return [_NOT_IN_NAMES.sub(lambda found: f"_x{ord(found[0]):04X}_", text) for text in texts]


def _entity(found: re.Match[str]) -> str:
    return _ENTITIES.get(found[0], "\ufffd")
