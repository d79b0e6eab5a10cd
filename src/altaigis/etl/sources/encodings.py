"""Encodings of text: told by a byte order mark, declared, or detected among those that Russian files come in."""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

By = Literal["declared", "byte order mark", "detected", "file"]

#: What is asked of a text that is not UTF-8, the likeliest first; anything else has to be declared.
CYRILLIC = ["cp1251", "cp866", "koi8_r"]
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_CHUNK = 1 << 20
#: Bytes with letters beyond ASCII that are enough to tell an encoding by.
_ENOUGH = 1 << 16
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))


@dataclass(frozen=True)
class Encoding:
    """Name of a codec and who said so."""

    name: str
    by: By


#: What nobody has to be told of.
UTF_8 = Encoding("utf-8", "detected")


def known(head: bytes, declared: str | None) -> Encoding | None:
    """The encoding that the first bytes of a text tell, or else a person; None where neither does."""
    for mark, name in _MARKS.items():
        if head.startswith(mark) and (declared is None or declared.lower().replace("_", "-").startswith("utf")):
            return Encoding(name, "byte order mark")
    return Encoding(declared, "declared") if declared else None


def of_text(path: Path, declared: str | None) -> Encoding:
    """The encoding of a text file.

    Raises:
        ValueError: nothing is declared and the file is in none that can be told.
    """
    with path.open("rb") as file:
        if told := known(file.read(4), declared):
            return told
        file.seek(0)
        return detect(iter(lambda: file.read(_CHUNK), b""))


def detect(chunks: Iterable[bytes]) -> Encoding:
    """UTF-8 if all of it is that, else the likeliest of the Cyrillic encodings.

    Raises:
        ValueError: it is not UTF-8 and no Cyrillic text either.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    telling = bytearray()
    is_utf8, is_text = True, True
    for chunk in chunks:
        is_text = is_text and len(chunk.translate(None, _CONTROLS)) == len(chunk)
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        if len(telling) < _ENOUGH:
            telling += b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())[:_ENOUGH]
        elif not is_utf8:
            break
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
            return UTF_8
        except UnicodeDecodeError:
            pass  # it ends in the middle of a letter: something else, as below
    from charset_normalizer import from_bytes

    best = from_bytes(bytes(telling), cp_isolation=list(CYRILLIC)).best() if is_text else None
    if best is None:
        raise ValueError("it is neither UTF-8 nor Cyrillic text that can be told; name source.encoding")
    return Encoding(best.encoding, "detected")
