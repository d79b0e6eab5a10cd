"""Compression of answers: what gains by it, and how hard it is tried."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

#: Smaller bodies gain nothing.
SMALLEST_COMPRESSED = 1000
#: zlib's level: beyond it, time grows faster than bytes shrink.
GZIP_LEVEL = 5
#: The same for what is sent as it is made: the database must not wait for it.
STREAM_GZIP_LEVEL = 1
#: zlib's name for the format of gzip.
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def gains(body: bytes) -> bool:
    """Whether a body gets smaller by it, if it is no picture, which is compressed already."""
    return len(body) >= SMALLEST_COMPRESSED


def compressed(body: bytes) -> bytes:
    """The body in gzip, the same for the same body."""
    return gzip.compress(body, GZIP_LEVEL, mtime=0)


async def compressed_pieces(content: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """The pieces in gzip, each of them complete, so that the client has it when it is made.

    It is done in a thread: others are answered meanwhile, and the next piece is made.
    """
    packer = zlib.compressobj(STREAM_GZIP_LEVEL, wbits=_GZIP_WINDOW)

    def pack(piece: bytes) -> bytes:
        return packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)

    async with aclosing(content):
        async for piece in content:
            yield await asyncio.to_thread(pack, piece)
    yield packer.flush()
