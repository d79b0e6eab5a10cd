"""A page of points in GML on its way from the database: without tags and entities, which are put in here.

Every constant text travels as one control character, every value as it is, and what is absent as one character more.
So PostgreSQL has a fifth to write, copy and send, and no value to look into.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from altaigis.domain.extract import Form, Gml, Name, Slot, Template
from altaigis.store.quoting import ENTITIES, REPLACEMENT

#: Characters that no value in XML can have; the first is that of an absent one.
_CONTROLS = bytes((*range(0x01, 0x09), *range(0x0B, 0x0D), *range(0x0E, 0x20)))
_ABSENT, *_MARKS = (chr(code) for code in _CONTROLS)
_NONCHARACTERS = [chr(code).encode() for code in (0xFFFE, 0xFFFF)]
#: Forms that are remembered; each is a few kilobytes of text.
KEPT = 512
_IN_NAMES = rb'[^"<]*'


@dataclass(frozen=True)
class Shorthand:
    """The short form, and the way back: constant texts by their marks, how many marks a feature has, and what is
    written around an absent value."""

    form: Form
    texts: tuple[tuple[bytes, bytes], ...]
    marks: int
    absent: re.Pattern[bytes]

    def read(self, written: bytes, count: int, absent: int) -> bytes | None:
        """What the database has written of so many features, of which so many values are absent, in full; None where a
        value has a character of ours, so that nobody can tell."""
        if len(written) - len(written.translate(None, _CONTROLS)) != count * self.marks + absent:
            return None
        for character, entity in ENTITIES.items():
            written = written.replace(character.encode(), entity.encode())
        for noncharacter in _NONCHARACTERS:
            written = written.replace(noncharacter, REPLACEMENT.encode())
        for mark, text in self.texts:
            written = written.replace(mark, text)
        return self.absent.sub(b"", written) if absent else written


@lru_cache(KEPT)
def shorthand(form: Form) -> Shorthand | None:
    """The form in short; None where most of a page is geometry, or there are more texts than characters."""
    values = form.values
    if not isinstance(values, Template) or values.quoting != "gml" or isinstance(form.geometry, Gml):
        return None
    texts: list[str] = []
    parts: list[str | Name | Slot] = []
    for part in _joined(_apart(values.parts)):
        if isinstance(part, str):
            if part not in texts:
                texts.append(part)
            part = "" if len(texts) > len(_MARKS) else _MARKS[texts.index(part)]
        parts.append(part)
    if len(texts) > len(_MARKS):
        return None
    known = tuple((mark.encode(), text.encode()) for mark, text in zip(_MARKS, texts, strict=False))
    marks = sum(isinstance(part, str) for part in parts)
    short = replace(form, values=Template("marked", tuple(parts)))
    return Shorthand(short, known, marks, _around_absent(values.parts))


def _apart(parts: Sequence[str | Name | Slot]) -> Iterator[str | Name | Slot]:
    """The parts with slots of values alone."""
    for part in parts:
        if isinstance(part, Slot):
            yield from (*part.opening, Slot(part.fields, absent=_ABSENT), part.after)
        else:
            yield part


def _joined(parts: Iterator[str | Name | Slot]) -> list[str | Name | Slot]:
    """The same with texts that follow each other as one."""
    joined: list[str | Name | Slot] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return joined


def _around_absent(parts: Sequence[str | Name | Slot]) -> re.Pattern[bytes]:
    """An absent value with what stands around it, which is left out with it."""
    slots = [part for part in parts if isinstance(part, Slot)]
    pieces = [(*slot.opening, _ABSENT, slot.after) for slot in slots]
    return re.compile(b"|".join(b"".join(map(_pattern, piece)) for piece in pieces))


def _pattern(piece: str | Name) -> bytes:
    return _IN_NAMES if isinstance(piece, Name) else re.escape(piece.encode())
