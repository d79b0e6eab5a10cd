"""CSV, workbooks and Parquet as frames.

In CSV and workbooks every value is text, and an empty one is missing; but numbers with decimals of a workbook stay
numbers, for as text their point could be taken for one that parts thousands.
"""

import csv
import io
import zipfile
import zlib
from array import array
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from altaigis.domain.finding import Finding
from altaigis.etl.sources.archives import MAX_BYTES, check_archive
from altaigis.etl.sources.encodings import of_text
from altaigis.etl.sources.rawfile import Mark, RawFile, Reading, check_columns, counted

_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE = 1 << 16
#: What openpyxl raises, as it stumbles, over damaged or strange workbooks.
_BROKEN_WORKBOOK = (zipfile.BadZipFile, zlib.error, ParseError, EOFError, KeyError, TypeError, AttributeError)
_LONGEST_HEADER = 1 << 20
_LONGEST_LINE = 64 << 20
#: Bytes of a file that takes pandas a while.
_LARGE = 1 << 20
#: Bytes that a cell takes in memory at the least, however small the file is that repeats it
_CELL = 8
csv.field_size_limit(_LONGEST_LINE)


def read_csv(path: Path, how: Reading) -> RawFile:
    """A CSV; encoding and separator are detected where they are not declared. Rows stand where their first line does.

    Decimals have a comma, if not declared, where the separator is none. Blank rows are left out; one
    of more fields than the header is refused.

    Raises:
        ValueError: it cannot be read; LookupError: the encoding is unknown.
    """
    lines = _counted_lines(path)
    encoding = of_text(path, how.encoding)
    with path.open(encoding=encoding.name, newline="") as file:
        header = file.readline(_LONGEST_HEADER)
        if len(header) == _LONGEST_HEADER:
            raise ValueError("its first line is too long for a header")
        if "\0" in header:
            raise ValueError("its header has bytes of zero; if it is UTF-16, name it in source.encoding")
        sample = header + file.read(_SAMPLE)
    separator = how.separator or _separator(sample)
    decimal: Mark = how.decimal or ("." if separator == "," else ",")
    check_columns(header.count(separator) + 1)
    rows = _plain_rows(path, header, separator) if encoding.name == "utf-8" and path.stat().st_size >= _LARGE else None
    findings: list[Finding] = []
    if rows is None:
        try:
            rows = _any_rows(path, encoding.name, separator)
        except pd.errors.ParserError:
            rows, findings = _with_longer_rows(path, encoding.name, separator)
    decisions: dict[str, Any] = {
        "encoding": {"name": encoding.name, "by": encoding.by},
        "separator": {"name": separator, "by": "declared" if how.separator else "detected"},
        "decimal": decimal,
    }
    rows.index = pd.RangeIndex(1, len(rows) + 1)
    blank = 0
    if len(rows) != lines:
        records = _records(path, encoding.name, separator)
        if len(records.lines) == len(rows):
            rows.index, blank = pd.Index(records.lines), records.blank
        else:
            decisions["rows"] = "counted by record, the header among them, not by line"
    filled, left_out = _filled(rows, [found.row for found in findings])
    if blank := blank or left_out:
        decisions["blank_rows"] = blank
    return RawFile(_under_header(filled), decimal, decisions, tuple(findings))


def _any_rows(path: Path, encoding: str, separator: str, longer: Literal["error", "skip"] = "error") -> pd.DataFrame:
    # a header of its own: pandas would rename what stands twice, and shift columns where rows are longer than it
    return pd.read_csv(
        path, sep=separator, dtype=str, encoding=encoding, keep_default_na=False, na_values=[""], header=None,
        on_bad_lines=longer,
    )  # fmt: skip


def _with_longer_rows(path: Path, encoding: str, separator: str) -> tuple[pd.DataFrame, list[Finding]]:
    """All rows, those of more fields than the header cut to its width, and refused if there is anything in the others.

    Raises:
        ValueError: no row fits, or a quote is not closed.
    """
    found = _records(path, encoding, separator)
    try:
        fitting = _any_rows(path, encoding, separator, "skip")
    except pd.errors.ParserError as error:
        raise ValueError(f"a quote in line {found.lines[-1]} is not closed") from error
    width = len(fitting.columns)
    lines = [line for line in found.lines if line not in found.longer]
    way_out = f"put text that holds {separator!r} in quotes, or name source.separator"
    if not found.longer:
        raise ValueError("its rows cannot be told apart; are its quotes closed?")
    if len(lines) != len(fitting) or len(lines) == 1:
        line, fields = next(iter(found.longer.items()))
        raise ValueError(f"line {line} has {len(fields)} fields, and the header {width}: {way_out}")
    findings = [
        Finding(
            "error",
            "fields",
            f"{len(fields)} fields, where the header has {width}, the last of them {fields[-1]!r:.100}: {way_out}",
            line,
        )
        for line, fields in found.longer.items()
        if any(fields[width:])
    ]
    cut = pd.DataFrame([[value or None for value in fields[:width]] for fields in found.longer.values()])
    return pd.concat([fitting.set_axis(lines), cut.set_axis(list(found.longer))]).sort_index(), findings


@dataclass
class _Records:
    """Lines where records begin, without those of no fields at all; how many blank ones stand among the others; and
    the fields of those that have more than the first."""

    lines: "array[int]" = field(default_factory=lambda: array("q"))
    blank: int = 0
    longer: dict[int, list[str]] = field(default_factory=dict)


def _records(path: Path, encoding: str, separator: str) -> _Records:
    """Where the records of a CSV stand. Slow: for files that have more lines than records.

    Raises:
        ValueError: a field is larger than any geometry, or a record has more fields than any table.
    """
    found = _Records()
    begins, blank, width = 1, 0, 0
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=separator)
        for fields in _checked(reader):
            if fields and (len(fields) > 1 or fields[0].strip(" \t")):
                found.lines.append(begins)
                width = width or len(fields)
                if len(fields) > width:
                    check_columns(len(fields))
                    found.longer[begins] = fields
            if any(value.strip(" \t") for value in fields):
                found.blank += blank
                blank = 0
            elif found.lines:
                blank += 1
            begins = reader.line_num + 1
    return found


def _checked(records: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from records
    except csv.Error as error:
        raise ValueError(f"it is no CSV: {error}") from error


def _filled(rows: pd.DataFrame, refused: Collection[int | None]) -> tuple[pd.DataFrame, int]:
    """Rows that have a value or are refused, and how many others stand among them."""
    blank = pd.Series(~rows.index.isin(refused), rows.index)
    for column in rows.columns:
        blank &= rows[column].isna()
        if not blank.any():
            return rows, 0
    filled = rows[~blank]
    return filled, int(blank.loc[: filled.index[-1]].sum()) if len(filled) else 0


def _plain_rows(path: Path, header: str, separator: str) -> pd.DataFrame | None:
    """The same as pandas reads, in a fifth of its time and half of its memory; None for a file that is less regular
    than Arrow asks for."""
    width = header.count(separator) + 1
    # in a single column Arrow takes for a value what pandas takes for an empty line
    if width == 1 or '"' in header or _ends_lines_oddly(path):
        return None
    names = [str(number) for number in range(width)]
    try:
        table = pa.csv.read_csv(
            path,
            pa.csv.ReadOptions(column_names=names),
            pa.csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if (last := table.column(width - 1)[-1].as_py()) and last.endswith(("\n", "\r")):
        return None  # the end of the file, in quotes that nothing closes
    return table.to_pandas().set_axis(range(width), axis="columns")


def _ends_lines_oddly(path: Path) -> bool:
    """Whether the last line has no end, or any ends as on computers of the last century, by a carriage return."""
    lone, last = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(_LONGEST_HEADER):
            lone += chunk.count(b"\r") - (last + chunk).count(b"\r\n")
            last = chunk[-1:]
    return lone > 0 or last != b"\n"


def read_workbook(path: Path, how: Reading) -> RawFile:
    """One sheet of an XLSX workbook: the declared one, or the only one that is not empty. Rows stand
    where they do in the sheet; blank ones are left out.

    Raises:
        ValueError: it cannot be read, or the sheet is missing or not the only one.
    """
    # takes as long to import as all the rest, and few files need it
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    check_archive(path)
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, *_BROKEN_WORKBOOK) as error:
        raise ValueError(f"it is no workbook: {error}") from error
    try:
        if how.layer and how.layer not in workbook.sheetnames:
            raise ValueError(f"it has no sheet {how.layer!r}; it has {', '.join(workbook.sheetnames)}")
        names = [how.layer] if how.layer else workbook.sheetnames
        filled = [(name, rows) for name in names if (rows := _sheet_rows(workbook[name]))]
    except _BROKEN_WORKBOOK as error:
        raise ValueError(f"it is no workbook that can be read: {error}") from error
    finally:
        workbook.close()
    if len(filled) != 1:
        said = ", ".join(name for name, _ in filled)
        raise ValueError(f"it has several sheets; name one in source.layer: {said}" if filled else "it is empty")
    ((name, rows),) = filled
    decisions: dict[str, Any] = {"sheet": name}
    frame = pd.DataFrame(rows.values(), index=pd.Index(rows), dtype=object)
    if blank := int(frame.index[-1] - frame.index[0]) + 1 - len(frame):
        decisions["blank_rows"] = blank
    return RawFile(_under_header(frame), how.decimal or ",", decisions)


def read_parquet(path: Path, how: Reading) -> RawFile:
    """Parquet, or GeoParquet where its metadata say so.

    Raises:
        ValueError: it cannot be read (pyarrow's errors are ValueErrors or OSErrors), or is larger than is allowed.
    """
    with pq.ParquetFile(path) as file:
        check_columns(file.metadata.num_columns)
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        size = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
        if max(size, rows * columns * _CELL) > MAX_BYTES:
            raise ValueError(f"it would unpack to {rows} rows and more than {MAX_BYTES >> 20} MB")
        has_geometry = b"geo" in (file.schema_arrow.metadata or {})
    try:
        frame = gpd.read_parquet(path) if has_geometry else pd.read_parquet(path)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"its metadata are damaged: {error}") from error
    return RawFile(counted(frame), how.decimal)


def _counted_lines(path: Path) -> int:
    """How many lines a text has.

    Raises:
        ValueError: a line is longer than any geometry.
    """
    length = lines = unended = 0
    with path.open("rb") as file:
        while chunk := file.read(_LONGEST_HEADER):
            lines += chunk.count(b"\n")
            unended = not chunk.endswith(b"\n")
            length = 0 if b"\n" in chunk or b"\r" in chunk else length + len(chunk)
            if length > _LONGEST_LINE:
                raise ValueError(f"it has a line of more than {_LONGEST_LINE >> 20} MB")
    return lines + unended


def _separator(sample: str) -> str:
    """The separator that cuts the first lines into the most columns, and into equally many."""
    found = {}
    for separator in _SEPARATORS:
        try:
            widths = Counter(len(row) for row in csv.reader(io.StringIO(sample), delimiter=separator) if row)
        except csv.Error:
            continue
        width, lines = widths.most_common(1)[0] if widths else (1, 0)
        if width > 1:
            found[separator] = (lines / widths.total() > 0.9, width)
    return max(found, key=lambda separator: found[separator], default=",")


def _under_header(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        raise ValueError("it has nothing but separators")
    names = rows.iloc[0].astype("string").str.strip().replace("", pd.NA)
    unusable = names.isna() | names.duplicated()
    if unusable.any():
        raise ValueError(f"its header has no name, or one that stands twice, in column {int(unusable.argmax()) + 1}")
    return rows.iloc[1:].set_axis(list(names), axis="columns")


def _sheet_rows(sheet: Any) -> dict[int, list[str | float | None]]:
    """Rows of a sheet as text, by their number in it, as wide as the widest, without those that are empty."""
    if not hasattr(sheet, "reset_dimensions"):  # a sheet that is a chart
        return {}
    sheet.reset_dimensions()  # what the file says of its size may be a million rows of nothing
    rows = {}
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        values = [_as_text(cell) for cell in cells]
        while values and values[-1] is None:
            values.pop()
        if values:
            check_columns(len(values))
            rows[number] = values
    width = max(map(len, rows.values()), default=0)
    return {number: row + [None] * (width - len(row)) for number, row in rows.items()}


def _as_text(cell: Any) -> str | float | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else cell
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
