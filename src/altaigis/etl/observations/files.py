"""Files of observations in pieces: CSV, JSON lines, a JSON array or Parquet, told by their content; gzip too.

Nothing here judges a value. A piece is a table with the columns of :data:`~altaigis.domain.observation.COLUMNS`, and
the records that are not even rows. Memory stays flat: a piece holds some ten thousand rows, whatever the file.
"""

import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, cast

import pyarrow as pa

from altaigis.domain.observation import Form
from altaigis.domain.source import known_encoding
from altaigis.errors import ObservationsError, ParameterError, TooLarge
from altaigis.etl.observations.csv import read_csv
from altaigis.etl.observations.json import read_array, read_lines
from altaigis.etl.observations.parquet import MAGIC, read_parquet
from altaigis.etl.observations.pieces import LONGEST_LINE, PIECE_BYTES, Piece
from altaigis.etl.observations.streams import Bounded, Counted, Utf8
from altaigis.etl.sources.encodings import UTF_8, Encoding, known

_GZIP = b"\x1f\x8b"
_READERS: Mapping[str, Callable[[Any], Iterator[Piece]]] = {"csv": read_csv, "jsonl": read_lines, "json": read_array}


@dataclass
class Source:
    """A file that is read once from its begin to its end; counts and checksums the bytes as they stand in the file.

    Args:
        file: opened for reading bytes; seekable, if it may be Parquet.
        form: where the sender has declared it; told by the content otherwise.
        largest: bound of the unpacked size in bytes.
        most_rows: bound of the number of records.
        encoding: of text, where somebody knows it; otherwise a byte order mark or, in a CSV, the letters tell.

    ``read_as`` is the encoding that a text was read by, once it has been read.
    """

    file: BinaryIO
    form: Form | None = None
    largest: int | None = None
    most_rows: int | None = None
    encoding: str | None = None
    read_bytes: int = 0
    read_as: Encoding = field(default=UTF_8, init=False)
    _digest: Any = field(default_factory=hashlib.sha256, init=False)

    def __post_init__(self) -> None:
        """Raises ParameterError: there is no such encoding."""
        try:
            known_encoding(self.encoding or UTF_8.name)
        except ValueError as error:
            raise ParameterError("encoding", f"{self.encoding!r:.60} {error}") from None

    def pieces(self) -> Iterator[Piece]:
        """The rows.

        Raises:
            ObservationsError: the file is cut short, or no form of observations.
            TooLarge: it is over one of the bounds.
        """
        raw = io.BufferedReader(Counted(self.file, self._see), PIECE_BYTES)
        plain = raw
        if raw.peek(4)[:2] == _GZIP:
            plain = io.BufferedReader(gzip.GzipFile(fileobj=raw), PIECE_BYTES)  # type: ignore[arg-type]
        try:
            bounded = io.BufferedReader(Bounded(cast("BinaryIO", plain), self.largest), LONGEST_LINE * 2)
            if bounded.peek(4)[:4] == MAGIC or self.form == "parquet":
                pieces = self._parquet(zipped=plain is not raw)
            else:
                pieces = self._text(cast("io.BufferedReader", bounded))
            yield from self._counted(pieces)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ObservationsError(f"the gzip file is damaged or cut short: {error}") from None
        except UnicodeError as error:  # of encodings that know no replacement
            raise ObservationsError(f"the text is not in the encoding {self.encoding}: {error}"[:300]) from None
        except pa.ArrowInvalid as error:
            raise ObservationsError((str(error) or type(error).__name__).splitlines()[0][:300]) from None

    def checksum(self) -> str:
        """SHA-256 of the file, once it has been read."""
        return str(self._digest.hexdigest())

    def _see(self, block: bytes) -> None:
        self.read_bytes += len(block)
        self._digest.update(block)

    def _text(self, file: io.BufferedReader) -> Iterator[Piece]:
        told = known(file.peek(4)[:4], self.encoding)
        if told is None and (form := self.form or _form(file.peek(LONGEST_LINE))) != "csv":
            yield from _READERS[form](file)  # in UTF-8, as all JSON
            return
        utf8 = Utf8(cast("BinaryIO", file), told)
        text = io.BufferedReader(utf8, PIECE_BYTES)
        for piece in _READERS[self.form or _form(text.peek(LONGEST_LINE))](text):
            self.read_as = utf8.encoding
            yield replace(piece, encoding=utf8.encoding.name)

    def _counted(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        rows = 0
        for piece in pieces:
            rows += len(piece.numbers) + len(piece.unreadable)
            if self.most_rows is not None and rows > self.most_rows:
                raise TooLarge(f"more than {self.most_rows} observations at once")
            yield piece

    def _parquet(self, zipped: bool) -> Iterator[Piece]:
        """Parquet is read from its end, so the checksum comes first."""
        if zipped:
            raise ObservationsError("a Parquet file compresses itself; unpack the gzip file")
        self.file.seek(0)
        self._digest = hashlib.sha256()
        while block := self.file.read(PIECE_BYTES):
            self._digest.update(block)
        size = self.file.seek(0, io.SEEK_END)
        if self.largest is not None and size > self.largest:
            raise TooLarge(f"more than {self.largest} bytes at once")
        for batch in read_parquet(self.file, size):
            self.read_bytes = max(self.read_bytes, self.file.tell())
            yield batch


def _form(start: bytes) -> Form:
    first = start.lstrip()[:1]
    if not first:
        raise ObservationsError("the file is empty")
    return {b"{": "jsonl", b"[": "json"}.get(first, "csv")  # type: ignore[return-value]
