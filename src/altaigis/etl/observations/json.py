"""JSON of observations, lines or an array: one object a row."""

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from altaigis.domain.observation import COLUMNS, Refusal
from altaigis.errors import ObservationsError, TooLarge
from altaigis.etl.observations.pieces import LONGEST_LINE, PIECE_ROWS, Piece

#: A JSON array is read as a whole.
LARGEST_ARRAY = 50_000_000


def read_lines(file: io.BufferedReader) -> Iterator[Piece]:
    """One object a line; a line that is none is refused by itself."""

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


def read_array(file: io.BufferedReader) -> Iterator[Piece]:
    """The elements of an array.

    Raises:
        ObservationsError: it is no array, or broken; what stood before that has been given.
        TooLarge: it is longer than ``LARGEST_ARRAY``.
    """
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


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
