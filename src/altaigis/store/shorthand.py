"""Constant texts of a page on their way from the database: each travels as one character that no value in XML can have,
and is put in its place here. Of a page of points in GML a fifth is left to be written, copied and sent so."""

from dataclasses import dataclass, replace

from altaigis.domain.extract import Form, Gml, Name, Slot, Template

_CHARACTERS = [chr(code) for code in (*range(0x01, 0x09), *range(0x0E, 0x20))]
#: Texts of fewer letters stay as they are.
_WORTH_IT = 8


@dataclass(frozen=True)
class Shorthand:
    """A form in which characters stand for texts, and these."""

    form: Form
    texts: tuple[tuple[bytes, bytes], ...] = ()

    def read(self, written: bytes) -> bytes:
        """What the database has written, in full."""
        for character, text in self.texts:
            written = written.replace(character, text)
        return written


def shorthand(form: Form) -> Shorthand:
    """The form in short; as it is where most of a page is geometry, or a value may have any character."""
    values = form.values
    if not isinstance(values, Template) or values.quoting != "gml" or isinstance(form.geometry, Gml):
        return Shorthand(form)
    texts = {text for part in values.parts for text in _texts(part) if len(text) >= _WORTH_IT}
    longest = sorted(texts, key=lambda text: (-len(text), text))
    marks = dict(zip(longest, _CHARACTERS, strict=False))
    parts = tuple(_short(part, marks) for part in values.parts)
    known = tuple((mark.encode(), text.encode()) for text, mark in marks.items())
    return Shorthand(replace(form, values=replace(values, parts=parts)), known)


def _texts(part: str | Name | Slot) -> list[str]:
    if isinstance(part, Slot):
        return [text for piece in (*part.opening, part.after) for text in _texts(piece)]
    return [part] if isinstance(part, str) else []


def _short(part: str | Name | Slot, marks: dict[str, str]) -> str | Name | Slot:
    if isinstance(part, Slot):
        before = tuple(marks.get(piece, piece) if isinstance(piece, str) else piece for piece in part.opening)
        return replace(part, before=before, after=marks.get(part.after, part.after))
    return marks.get(part, part) if isinstance(part, str) else part
