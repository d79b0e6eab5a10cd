"""FlatGeobuf, streamed: without an index, which would have to stand before the first feature.

GDAL writes each batch as a file of its own; of all but the first only the features are kept, for a FlatGeobuf is a
header and features one behind the other (https://flatgeobuf.org). The header is that of an empty file: it gives no
number of features, so that readers read to the end.
"""

import asyncio
import io
import struct
from collections.abc import AsyncIterator

import pyogrio

from altaigis.domain.extract import Batches, Extract, Rows
from altaigis.encoders import arrow
from altaigis.encoders.format import Format

#: Magic bytes and the length of the header.
_MAGIC, _LENGTH = 8, struct.Struct("<I")


async def encode(extract: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """A header, then the features of each batch."""
    yield await asyncio.to_thread(_file, extract, ())
    async for rows in batches:
        content = await asyncio.to_thread(_file, extract, rows)
        (header,) = _LENGTH.unpack_from(content, _MAGIC)
        yield content[_MAGIC + _LENGTH.size + header :]


def _file(extract: Extract, rows: Rows) -> bytes:
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


FORMAT = Format("FlatGeobuf", "application/flatgeobuf", "fgb", arrow.FORM, encode)
