"""What a file of observations goes through on its way to the reader of its form: counted, bounded, brought to UTF-8."""

import codecs
import io
from collections.abc import Callable
from typing import Any, BinaryIO

from altaigis.errors import TooLarge
from altaigis.etl.sources.encodings import UTF_8, Encoding, detect


class Counted(io.RawIOBase):
    """The file below everything; ``seen`` is given all that is read."""

    def __init__(self, file: BinaryIO, seen: Callable[[bytes], object]) -> None:
        self._file = file
        self._seen = seen

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._file.read(len(buffer))
        buffer[: len(block)] = block
        self._seen(block)
        return len(block)


class Utf8(io.RawIOBase):
    """A text as UTF-8, the replacement character where bytes are no text.

    A row that is no text must not take the others with it, and Arrow would drop one with a wrong number of values
    without a word. The encoding, if nobody has told it, is that of the first bytes beyond ASCII and what comes with
    them.
    """

    def __init__(self, file: BinaryIO, told: Encoding | None) -> None:
        self.encoding = told or UTF_8
        self._file = file
        self._decoder = _decoder(told) if told else None
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            block = self._file.read(len(buffer))
            if self._decoder is None and not block.isascii():
                self.encoding = _encoding(block)
                self._decoder = _decoder(self.encoding)
            self._ready = self._decoder.decode(block, final=not block).encode() if self._decoder else block
            if not block:
                break
        given, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)


def _decoder(encoding: Encoding) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encoding.name)("replace")


def _encoding(block: bytes) -> Encoding:
    """UTF-8, unless there is nothing of it and all is Cyrillic text in another encoding."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(block)
    except UnicodeDecodeError:
        if any(_is_utf8(line) for line in block.split(b"\n") if not line.isascii()):
            return UTF_8  # with damaged rows
        try:
            return detect([block])
        except ValueError:
            pass  # each row is refused by itself
    return UTF_8


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class Bounded(io.RawIOBase):
    """The unpacked bytes, up to a bound."""

    def __init__(self, file: BinaryIO, largest: int | None) -> None:
        self._file = file
        self._largest = largest
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._file.read(len(buffer))
        buffer[: len(block)] = block
        self._read += len(block)
        if self._largest is not None and self._read > self._largest:
            raise TooLarge(f"more than {self._largest} bytes at once")
        return len(block)
