"""FlatGeobuf, streamed: without an index, which would have to stand before the first feature.

GDAL writes each batch as a file of its own; of all but the first only the features are kept, for a FlatGeobuf is a
header and features one behind the other (https://flatgeobuf.org). The header is that of an empty file: it gives no
number of features, so that readers read to the end, and its box is taken out, so that they find it on the way.
"""

import asyncio
import io
import struct
from collections.abc import AsyncIterator

from altaigis.domain.extract import Batches, Extract, Rows
from altaigis.encoders import arrow
from altaigis.encoders.format import Format

#: What a file begins with: version 3.0 of the format.
MAGIC = b"fgb\x03fgb\x01"
#: The length of the header, which stands behind it.
_LENGTH = struct.Struct("<I")
#: Of a FlatBuffers table: how far before it the list of its fields lies, what this list begins with, and an entry, 0
#: where the field is not there. The box is the second field of the header.
_BACK, _BEFORE_FIELDS, _FIELD, _ENVELOPE = struct.Struct("<i"), 4, struct.Struct("<H"), 1


async def encode(extract: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """A header, then the features of each batch."""
    # The answer begins at once, also where GDAL has still to be imported
    yield MAGIC
    await arrow.imported("pyogrio")
    header = _without_box(await asyncio.to_thread(_file, extract, ()))
    if not header.startswith(MAGIC):
        raise RuntimeError(f"GDAL writes FlatGeobuf of another version: {header[: len(MAGIC)]!r}")
    yield header[len(MAGIC) :]
    async for rows in batches:
        content = await asyncio.to_thread(_file, extract, rows)
        (header,) = _LENGTH.unpack_from(content, len(MAGIC))
        yield content[len(MAGIC) + _LENGTH.size + header :]


def _file(extract: Extract, rows: Rows) -> bytes:
    import pyogrio

    layer = extract.query.layer
    content = io.BytesIO()
    pyogrio.write_arrow(
        arrow.table(extract, rows),
        content,
        driver="FlatGeobuf",
        layer=layer.id,
        layer_options={"SPATIAL_INDEX": "NO", "TITLE": extract.title},
        **arrow.geometry_options(extract),
    )
    return content.getvalue()


def _without_box(content: bytes) -> bytes:
    """The file without the box in its header: of no features it is no number, and GDAL and QGIS would believe it."""
    header = len(MAGIC) + _LENGTH.size
    (table,) = _LENGTH.unpack_from(content, header)
    (back,) = _BACK.unpack_from(content, header + table)
    found = bytearray(content)
    _FIELD.pack_into(found, header + table - back + _BEFORE_FIELDS + _ENVELOPE * _FIELD.size, 0)
    return bytes(found)


FORMAT = Format("FlatGeobuf", "application/flatgeobuf", "fgb", arrow.FORM, encode)
