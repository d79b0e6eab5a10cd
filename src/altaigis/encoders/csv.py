"""CSV in UTF-8: for programs (commas, decimal points), and as a Russian Excel opens it with a double click."""

import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from altaigis.domain.extract import Batches, Extract, Form
from altaigis.domain.layer import LayerField
from altaigis.encoders.format import Format
from altaigis.encoders.names import unique_names

#: The name by which GDAL and QGIS find geometry in a table.
WELL_KNOWN_TEXT = "WKT"
#: A spreadsheet takes such a text for a formula, and runs it.
_FORMULA = re.compile(r"\s*[=+\-@|%]|[\t\r\n]")
#: A spreadsheet takes such a text for a number or a date: codes lose their zeros, a range becomes a day.
_NUMBER_LIKE = re.compile(r"[\d\s.,:/\-+]*\d[\d\s.,:/\-+]*(e[+-]?\d+)?", re.IGNORECASE)

Cell = Callable[[str], str]


async def encode(extract: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """A header line and a line a feature (RFC 4180), separated by commas."""
    place = _Place(extract)
    yield _lines([place.header], ",")
    async for rows in batches:
        yield _lines((place.row(row) for row in rows), ",")


async def encode_for_excel(extract: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """As a Russian Excel expects it: a byte-order mark, semicolons, decimal commas; texts stay texts, whatever they
    look like. Points have their coordinates; what other features have does not fit into a cell, and is left out."""
    place = _Place(extract, points_only=True)
    yield b"\xef\xbb\xbf" + _lines([place.header], ";")
    key, *others = extract.columns.values()
    cells = [
        _cell(key),
        *[_comma] * place.columns,
        *map(_cell, others),
    ]
    async for rows in batches:
        yield _lines(
            (
                [None if value is None else cell(value) for cell, value in zip(cells, place.row(row), strict=True)]
                for row in rows
            ),
            ";",
        )


class _Place:
    """Where a feature lies: two columns for points, one of well-known text for all others, none for tables."""

    def __init__(self, extract: Extract, points_only: bool = False) -> None:
        layer = extract.query.layer
        self.is_point = extract.geometry_field is not None and layer.geometry_type == "Point"
        axes = ["lon", "lat"] if extract.query.crs.is_geographic else ["x", "y"]
        names = axes if self.is_point else [WELL_KNOWN_TEXT] if extract.geometry_field and not points_only else []
        self.columns = len(names)
        # A field's own name stands; a column of the place gives way
        others = list(extract.columns)
        place = unique_names([*others, *names])[len(others) :]
        self.header = [layer.id_field, *place, *extract.properties]

    def row(self, row: Sequence[str | None]) -> Sequence[str | None]:
        """The values in the order of the header."""
        fid, geometry, *values = row
        if self.is_point:
            # POINT(83.78 53.35)
            place = geometry[6:-1].split(" ") if geometry and not geometry.endswith("EMPTY") else (None, None)
            return (fid, *place, *values)
        return row if self.columns else (fid, *values)


def _lines(rows: Iterable[Sequence[str | None]], delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def _cell(field: LayerField) -> Cell:
    if field.type == "number":
        return _comma
    return _literal if field.type == "text" else str


def _comma(number: str) -> str:
    return number.replace(".", ",")


def _literal(text: str) -> str:
    """A text that a spreadsheet shows as it is."""
    if _NUMBER_LIKE.fullmatch(text) and len(text) < 250 and "\n" not in text and "\r" not in text:
        return f'="{text}"'
    return f"'{text}" if _FORMULA.match(text) else text


_FORM = Form("wkt", "text")
FORMAT = Format("CSV", "text/csv", "csv", _FORM, encode)
EXCEL = Format("CSV (Excel)", "text/csv", "csv", _FORM, encode_for_excel)
