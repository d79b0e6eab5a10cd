"""Files of observations in pieces: CSV, JSON lines, a JSON array or Parquet, told by their content; gzip too.

Nothing here judges a value. A piece is a table with the columns of :data:`~altaigis.domain.observation.COLUMNS`, and
the records that are not even rows. Memory stays flat: a piece holds some ten thousand rows, whatever the file.
"""

import codecs
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from altaigis.domain.observation import COLUMNS, REQUIRED_COLUMNS, Form, Refusal
from altaigis.errors import ObservationsError, TooLarge
from altaigis.etl.sources.encodings import detect

PIECE_ROWS = 65_536
PIECE_BYTES = 4 << 20
#: A header, or a record of JSON lines, is never longer.
LONGEST_LINE = 64 << 10
#: A JSON array is read as a whole.
LARGEST_ARRAY = 50_000_000
#: The description of a Parquet file's columns and groups; that of 10 million observations has some kilobytes.
LARGEST_FOOTER = 16 << 20
#: One column of one group of a Parquet file, unpacked; Arrow may have to hold all of it.
LARGEST_CHUNK = 256 << 20
_GZIP, _PARQUET, _BOM = b"\x1f\x8b", b"PAR1", b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Piece:
    """Consecutive rows. ``numbers``: position of each in the source, from 1, counted over everything but the header
    and empty lines. ``unreadable``: records between them that are no rows."""

    table: pa.Table
    numbers: np.ndarray
    unreadable: tuple[Refusal, ...] = ()
    decimal_comma: bool = False


@dataclass
class Source:
    """A file that is read once from its begin to its end; counts and checksums the bytes as they stand in the file.

    Args:
        file: opened for reading bytes; seekable, if it may be Parquet.
        form: where the sender has declared it; told by the content otherwise.
        largest: bound of the unpacked size in bytes.
        most_rows: bound of the number of records.
        encoding: of a CSV, once it has been read; everything else is UTF-8.
    """

    file: BinaryIO
    form: Form | None = None
    largest: int | None = None
    most_rows: int | None = None
    encoding: str = "utf-8"
    read_bytes: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def pieces(self) -> Iterator[Piece]:
        """The rows.

        Raises:
            ObservationsError: the file is cut short, or no form of observations.
            TooLarge: it is over one of the bounds.
        """
        raw = io.BufferedReader(_Counted(self), PIECE_BYTES)
        head = raw.peek(4)[:4]
        text = raw
        if head[:2] == _GZIP:
            text = io.BufferedReader(gzip.GzipFile(fileobj=raw), PIECE_BYTES)  # type: ignore[arg-type]
        try:
            bounded = io.BufferedReader(_Bounded(cast("BinaryIO", text), self.largest), LONGEST_LINE * 2)
            start = bounded.peek(LONGEST_LINE)
            if start[:4] == _PARQUET or self.form == "parquet":
                pieces = self._parquet(zipped=text is not raw)
            else:
                if start.startswith(_BOM):
                    bounded.read(len(_BOM))
                    start = start[len(_BOM) :]
                pieces = _READERS[self.form or _form(start)](cast("io.BufferedReader", bounded), self)
            yield from self._counted(pieces)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ObservationsError(f"the gzip file is damaged or cut short: {error}") from None
        except pa.ArrowInvalid as error:
            raise ObservationsError(_first_line(error)) from None

    def checksum(self) -> str:
        """SHA-256 of the file, once it has been read."""
        return str(self._digest.hexdigest())

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
        self.file.seek(max(0, size - 8))
        tail = self.file.read(8)
        if tail[4:] != _PARQUET:
            raise ObservationsError("the Parquet file is cut short")
        if int.from_bytes(tail[:4], "little") > LARGEST_FOOTER:
            raise ObservationsError(f"the Parquet file describes itself in more than {LARGEST_FOOTER} bytes")
        self.file.seek(0)
        yield from _read_parquet(self.file, self)


class _Counted(io.RawIOBase):
    """The file below everything: counts and checksums what is read."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._source.file.read(len(buffer))
        buffer[: len(block)] = block
        self._source.read_bytes += len(block)
        self._source._digest.update(block)
        return len(block)


class _Utf8(io.RawIOBase):
    """A text as UTF-8, the replacement character where bytes are no text.

    A row that is no text must not take the others with it, and Arrow would drop one with a wrong number of values
    without a word. The encoding is told by the first bytes beyond ASCII and what comes with them.
    """

    def __init__(self, file: BinaryIO, source: Source) -> None:
        self._file = file
        self._source = source
        self._decoder: codecs.IncrementalDecoder | None = None
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            block = self._file.read(len(buffer))
            if self._decoder is None and not block.isascii():
                self._source.encoding = _encoding(block)
                self._decoder = codecs.getincrementaldecoder(self._source.encoding)("replace")
            self._ready = self._decoder.decode(block, final=not block).encode() if self._decoder else block
            if not block:
                break
        given, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)


def _encoding(block: bytes) -> str:
    """UTF-8, unless there is nothing of it and all is Cyrillic text in another encoding."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(block)
    except UnicodeDecodeError:
        if any(_is_utf8(line) for line in block.split(b"\n") if not line.isascii()):
            return "utf-8"  # with damaged rows
        try:
            return detect([block]).name
        except ValueError:
            pass  # each row is refused by itself
    return "utf-8"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Bounded(io.RawIOBase):
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


def _form(start: bytes) -> Form:
    first = start.lstrip()[:1]
    if not first:
        raise ObservationsError("the file is empty")
    return {b"{": "jsonl", b"[": "json"}.get(first, "csv")  # type: ignore[return-value]


def _read_csv(file: io.BufferedReader, source: Source) -> Iterator[Piece]:
    names, delimiter = _header(file)
    done = 0
    for block in _blocks(io.BufferedReader(_Utf8(file, source), PIECE_BYTES)):
        bad: list[pa.csv.InvalidRow] = []
        table = pa.csv.read_csv(
            pa.BufferReader(block),
            # one thread and one block: the position of a row that is no row is known only then
            read_options=pa.csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=names),
            parse_options=pa.csv.ParseOptions(delimiter=delimiter, invalid_row_handler=_keeper(bad)),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.binary()), strings_can_be_null=False
            ),
        )
        numbers = np.arange(done + 1, done + 1 + table.num_rows + len(bad))
        if b'"' in block and (any("\n" in row.text for row in bad) or _has_newlines(table)):
            # such a record has swallowed others
            raise ObservationsError(
                f"a quotation mark is opened and not closed, between rows {done + 1} and {numbers[-1]}"
            )
        unreadable = tuple(
            Refusal(
                done + row.number, f"{row.actual_columns} values, not {row.expected_columns}", {"line": row.text[:500]}
            )
            for row in bad
        )
        good = numbers[~np.isin(numbers, [refusal.row for refusal in unreadable])]
        done += len(numbers)
        yield Piece(_whole(table), good, unreadable, decimal_comma=delimiter != ",")


def _blocks(file: io.BufferedReader) -> Iterator[bytes]:
    """Whole lines, some megabytes of them at a time. Arrow's own stream would read far ahead."""
    rest = b""
    while block := file.read(PIECE_BYTES):
        whole, newline, tail = (rest + block).rpartition(b"\n")
        if len(tail) > PIECE_BYTES:
            raise ObservationsError(f"a line is longer than {PIECE_BYTES} bytes")
        rest = tail
        if whole.strip():
            yield whole + newline
    if rest.strip():
        yield rest


def _keeper(bad: "list[pa.csv.InvalidRow]") -> "Callable[[pa.csv.InvalidRow], str]":
    def keep(row: pa.csv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    return keep


def _has_newlines(table: pa.Table) -> bool:
    return any(pc.any(pc.match_substring(column, "\n")).as_py() for column in table.columns)


def _header(file: io.BufferedReader) -> tuple[list[str], str]:
    line = file.readline(LONGEST_LINE)
    if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
        raise ObservationsError(f"the header is longer than {LONGEST_LINE} bytes; it names {', '.join(COLUMNS)}")
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ObservationsError("the file is neither CSV, JSON nor Parquet: its first line is no text") from None
    delimiter = max(",;\t", key=text.count)
    names = [name.strip().strip('"').lower() for name in text.split(delimiter)]
    _check_columns(names)
    return names, delimiter


def _check_columns(names: list[str]) -> None:
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    problems = [
        *([f"has no column {', '.join(missing)}"] if missing else []),
        *([f"has unknown columns: {', '.join(repr(name[:40]) for name in unknown[:5])}"] if unknown else []),
        *(["names a column twice"] if len(set(names)) < len(names) else []),
    ]
    if problems:
        optional = [name for name in COLUMNS if name not in REQUIRED_COLUMNS]
        needed = f"{', '.join(REQUIRED_COLUMNS)}, and may have {', '.join(optional)}"
        raise ObservationsError(f"the file {' and '.join(problems)}; it needs {needed}")


def _read_lines(file: io.BufferedReader, _source: Source) -> Iterator[Piece]:
    def records() -> Iterator[tuple[int, Any]]:
        number = 0
        while line := file.readline(LONGEST_LINE):
            whole = line.endswith(b"\n") or len(line) < LONGEST_LINE
            if not line.strip() and whole:
                continue
            number += 1
            if not whole:
                yield number, Refusal(number, f"longer than {LONGEST_LINE} bytes", {"line": _text(line[:500])})
                while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    pass
                continue
            try:
                yield number, orjson.loads(line)
            except orjson.JSONDecodeError as error:
                yield number, Refusal(number, f"no JSON: {error.msg}", {"line": _text(line[:500])})

    return _from_records(records())


def _read_array(file: io.BufferedReader, _source: Source) -> Iterator[Piece]:
    body = file.read(LARGEST_ARRAY + 1)
    if len(body) > LARGEST_ARRAY:
        raise TooLarge(f"a JSON array of more than {LARGEST_ARRAY} bytes; write one object a line")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ObservationsError(f"the JSON is not UTF-8 at byte {error.start}") from None
    return _from_records(_elements(text))


def _elements(text: str) -> Iterator[tuple[int, Any]]:
    """The elements of an array one by one: as a whole it would be many times as big as its text."""
    decode = json.JSONDecoder().raw_decode
    blank = " \t\r\n"
    place = len(text) - len(text.lstrip(blank)) + 1
    number, more = 0, True
    if not text.lstrip(blank).startswith("["):
        raise ObservationsError("the JSON is no array of observations")
    while True:
        while text[place : place + 1] in blank and place < len(text):
            place += 1
        if text[place : place + 1] == "]" and (number == 0 or not more):
            break
        if number and not more:
            if text[place : place + 1] != ",":
                raise ObservationsError(f"the JSON is broken behind element {number}")
            place, more = place + 1, True
            continue
        number += 1
        try:
            value, place = decode(text, place)
        except (ValueError, RecursionError) as error:
            what = "is nested too deeply" if isinstance(error, RecursionError) else f"is broken: {error}"
            raise ObservationsError(f"the JSON {what}, at element {number}"[:300]) from None
        more = False
        yield number, value
    if text[place + 1 :].strip(blank):
        raise ObservationsError("there is something behind the end of the JSON array")


def _from_records(records: Iterator[tuple[int, Any]]) -> Iterator[Piece]:
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    bad: list[Refusal] = []
    known = set(COLUMNS)
    for number, record in records:
        if isinstance(record, Refusal):
            bad.append(record)
        elif not isinstance(record, dict):
            bad.append(Refusal(number, "is no object", {"line": str(record)[:500]}))
        elif not record.keys() <= known:
            unknown = ", ".join(repr(name[:40]) for name in sorted(record.keys() - known)[:5])
            bad.append(
                Refusal(
                    number,
                    f"has unknown members: {unknown}",
                    {k[:60]: str(v)[:200] for k, v in list(record.items())[:20]},
                )
            )
        else:
            rows.append(record)
            numbers.append(number)
        if len(rows) + len(bad) >= PIECE_ROWS:
            yield _piece(rows, numbers, bad)
            rows, numbers, bad = [], [], []
    yield _piece(rows, numbers, bad)


def _piece(rows: list[dict[str, Any]], numbers: list[int], bad: list[Refusal]) -> Piece:
    columns: dict[str, pa.Array] = {}
    for name in COLUMNS:
        values = [row.get(name) for row in rows]
        if name == "value" and all(type(value) is float or type(value) is int for value in values):
            columns[name] = pa.array([_float(value) for value in values], pa.float64())
        else:
            columns[name] = pa.array([_plain(value) for value in values], pa.binary())
    return Piece(pa.table(columns), np.array(numbers, np.int64), tuple(bad))


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _plain(value: Any) -> bytes:
    if value is None:
        return b""
    # a string of JSON may hold half of a surrogate pair, which no UTF-8 can; what is refused later must be read first
    return (value if isinstance(value, str) else repr(value)[:500]).encode("utf-8", "replace")


def _read_parquet(file: BinaryIO, source: Source) -> Iterator[Piece]:
    try:
        parquet = pq.ParquetFile(file, pre_buffer=False, memory_map=False, buffer_size=1 << 20)
        _check_columns(parquet.schema_arrow.names)
        _check_chunks(parquet.metadata)
        for column in parquet.schema_arrow:
            if not _is_plain(column.type):
                raise ObservationsError(
                    f"column {column.name} is a {str(column.type)[:60]}; it must be text, number or time"
                )
        number = 1
        for batch in parquet.iter_batches(PIECE_ROWS, use_threads=False):
            source.read_bytes = max(source.read_bytes, file.tell())
            yield Piece(_whole(pa.Table.from_batches([batch])), np.arange(number, number + batch.num_rows))
            number += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise ObservationsError(f"the Parquet file cannot be read: {_first_line(error)}") from None


def _check_chunks(described: pq.FileMetaData) -> None:
    for group in map(described.row_group, range(described.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            if column.total_uncompressed_size > LARGEST_CHUNK:
                raise ObservationsError(
                    f"column {column.path_in_schema[:40]} has {column.total_uncompressed_size} bytes in one group of "
                    f"rows; write the Parquet file in groups of fewer rows: {LARGEST_CHUNK} bytes are read at once"
                )


def _is_plain(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(value)
        or pa.types.is_large_string(value)
        or pa.types.is_integer(value)
        or pa.types.is_floating(value)
        or pa.types.is_decimal(value)
        or pa.types.is_timestamp(value)
        or pa.types.is_date(value)
    )


def _whole(table: pa.Table) -> pa.Table:
    """Optional columns that are not there, as empty ones."""
    for name in COLUMNS:
        if name not in table.column_names:
            table = table.append_column(name, pa.repeat(pa.scalar(b"", pa.binary()), table.num_rows))
    return table.select(list(COLUMNS))


def _empty() -> pa.Table:
    return pa.table({name: pa.array([], pa.binary()) for name in COLUMNS})


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__


_READERS = {"csv": _read_csv, "jsonl": _read_lines, "json": _read_array}
