"""Formats that cannot be written from front to back: spooled to disk as Arrow, then written by GDAL, then sent."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from altaigis.domain.extract import Batches, Extract
from altaigis.encoders import arrow

if TYPE_CHECKING:
    import pyarrow as pa

PIECE_BYTES = 1 << 18


async def spooled(
    extract: Extract, batches: Batches, write: "Callable[[Extract, pa.RecordBatchReader, Path], Path]"
) -> AsyncIterator[bytes]:
    """The file that ``write`` makes, in an empty folder of its own, of all batches."""
    await arrow.imported("pyogrio")
    import pyarrow as pa

    schema = arrow.schema(extract)
    with tempfile.TemporaryDirectory(prefix="altaigis-") as name:
        folder = Path(name)
        spool = folder / "spool.arrow"
        with pa.OSFile(str(spool), "wb") as sink, pa.ipc.new_stream(sink, schema) as stream:
            async for rows in batches:
                await asyncio.to_thread(stream.write_table, arrow.table(extract, rows))
        writing = asyncio.ensure_future(asyncio.to_thread(_write, extract, spool, write))
        try:
            path = await asyncio.shield(writing)
        finally:
            # Nobody may want it any more, but a thread cannot be stopped, and its folder must not go before it
            await asyncio.wait([writing])
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield piece


def _write(extract: Extract, spool: Path, write: "Callable[[Extract, pa.RecordBatchReader, Path], Path]") -> Path:
    import pyarrow as pa

    folder = spool.parent / "made"
    folder.mkdir()
    with pa.OSFile(str(spool), "rb") as source, pa.ipc.open_stream(source) as reader:
        return write(extract, reader, folder)
