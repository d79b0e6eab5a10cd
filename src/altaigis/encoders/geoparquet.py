"""GeoParquet 1.1, streamed: a row group a batch; the footer, which tells where they are, comes last by itself."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

from altaigis.domain.crs import CRS84
from altaigis.domain.extract import Batches, Extract
from altaigis.encoders import arrow
from altaigis.encoders.format import Format


async def encode(extract: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """A Parquet file with the columns' metadata of GeoParquet."""
    await arrow.imported("pyarrow.parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = arrow.schema(extract)
    if extract.geometry_field:
        # Said once: a reader that knows Arrow's extension types would find the geometry described twice
        schema = pa.schema([pa.field(column.name, column.type) for column in schema])
        schema = schema.with_metadata({"geo": json.dumps(_metadata(extract))})
    sink = _Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        async for rows in batches:
            await asyncio.to_thread(writer.write_table, arrow.table(extract, rows).cast(schema))
            yield sink.drain()
    yield sink.drain()


def _metadata(extract: Extract) -> dict[str, Any]:
    layer, crs = extract.query.layer, extract.query.crs
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": [layer.geometry_type]}
    if crs != CRS84:
        column["crs"] = crs.definition.to_json_dict()
    return {"version": "1.1.0", "primary_column": layer.geometry_field, "columns": {layer.geometry_field: column}}


class _Sink(io.RawIOBase):
    """Takes what is written and gives it away; remembers only how much it was."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._written = 0

    def write(self, content: Any) -> int:
        self._waiting.append(bytes(content))
        self._written += len(content)
        return len(content)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def drain(self) -> bytes:
        """What has been written since the last time."""
        content = b"".join(self._waiting)
        self._waiting.clear()
        return content


FORMAT = Format("GeoParquet", "application/vnd.apache.parquet", "parquet", arrow.FORM, encode)
