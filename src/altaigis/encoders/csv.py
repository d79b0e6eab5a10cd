"""CSV in UTF-8: for programs (commas, decimal points), and as a Russian Excel opens it with a double click.

PostgreSQL writes the lines, so that a layer of any size passes through here as it is.
"""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from functools import partial

from altaigis.domain.extract import Extract, Form, Quoting, Slot, Template, Texts
from altaigis.domain.query import FeatureQuery
from altaigis.encoders.format import Format
from altaigis.encoders.names import unique_names

#: The name by which GDAL and QGIS find geometry in a table.
WELL_KNOWN_TEXT = "WKT"
_END_OF_LINE = "\r\n"
_DELIMITERS: dict[Quoting, str] = {"csv": ",", "excel": ";"}


async def encode(extract: Extract, batches: Texts) -> AsyncIterator[bytes]:
    """A header line and a line a feature (RFC 4180), separated by commas."""
    yield _header(extract.query, _place(extract.query), _DELIMITERS["csv"])
    async for lines in batches:
        yield lines + _END_OF_LINE.encode()


async def encode_for_excel(extract: Extract, batches: Texts) -> AsyncIterator[bytes]:
    """As a Russian Excel expects it: a byte-order mark, semicolons, decimal commas; texts stay texts, whatever they
    look like. Points have their coordinates; what other features have does not fit into a cell, and is left out."""
    place = _place(extract.query) if _is_point(extract.query) else []
    yield b"\xef\xbb\xbf" + _header(extract.query, place, _DELIMITERS["excel"])
    async for lines in batches:
        yield lines + _END_OF_LINE.encode()


def _is_point(query: FeatureQuery) -> bool:
    return query.geometry_field is not None and query.layer.geometry_type == "Point"


def _place(query: FeatureQuery) -> Sequence[str]:
    """Where a feature lies: two columns for points, one of well-known text for all others, none for tables."""
    if _is_point(query):
        return ("lon", "lat") if query.crs.is_geographic else ("x", "y")
    return (WELL_KNOWN_TEXT,) if query.geometry_field else ()


def _header(query: FeatureQuery, place: Sequence[str], delimiter: str) -> bytes:
    key, *others = query.columns
    # A field's own name stands; a column of the place gives way
    names = unique_names([key, *others, *place])[1 + len(others) :]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=_END_OF_LINE).writerow([key, *names, *others])
    return text.getvalue().encode()


def _form(quoting: Quoting, query: FeatureQuery) -> Form:
    """The lines in the order of the header."""
    delimiter, place = _DELIMITERS[quoting], query.geometry_field
    cells = [Slot((query.layer.id_field,))]
    if place and _is_point(query):
        cells.append(Slot((place,), absent=delimiter))
    elif place and quoting == "csv":
        cells.append(Slot((place,)))
    cells += [Slot((name,)) for name in query.told]
    parts = [part for cell in cells for part in (delimiter, cell)][1:]
    return Form("xy" if _is_point(query) else "wkt", Template(quoting, tuple(parts)), between=_END_OF_LINE)


FORMAT = Format("CSV", "text/csv", "csv", partial(_form, "csv"), encode)
EXCEL = Format("CSV (Excel)", "text/csv", "csv", partial(_form, "excel"), encode_for_excel)
