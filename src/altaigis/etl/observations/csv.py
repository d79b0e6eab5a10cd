"""CSV of observations: every value as the bytes it is, and rows with a wrong number of values."""

import io
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from altaigis.domain.observation import COLUMNS, Refusal
from altaigis.errors import ObservationsError
from altaigis.etl.observations.pieces import LONGEST_LINE, PIECE_BYTES, Piece, check_columns, completed


def read_csv(file: io.BufferedReader) -> Iterator[Piece]:
    """The rows of a text in UTF-8.

    Raises:
        ObservationsError: its header is none of observations, or a quotation mark is not closed.
    """
    names, delimiter = _header(file)
    done = 0
    for block in _blocks(file):
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
        yield Piece(completed(table), good, unreadable, decimal_comma=delimiter != ",")


def _blocks(file: io.BufferedReader) -> Iterator[bytes]:
    """Whole lines, some megabytes of them at a time. Arrow's own stream would read far ahead."""
    rest, block = b"", file.read(PIECE_BYTES)
    while block:
        following = file.read(PIECE_BYTES)
        # the last line needs no end, and is no block of its own
        whole, newline, tail = (rest + block).rpartition(b"\n") if following else (rest + block, b"", b"")
        if len(tail) > PIECE_BYTES:
            raise ObservationsError(f"a line is longer than {PIECE_BYTES} bytes")
        rest, block = tail, following
        if whole.strip():
            yield whole + newline


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
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    if "\ufffd" in text or "\0" in text:
        raise ObservationsError("the file is neither CSV, JSON nor Parquet: its first line is no text")
    delimiter = max(",;\t", key=text.count)
    names = [name.strip().strip('"').lower() for name in text.split(delimiter)]
    check_columns(names)
    return names, delimiter
