"""Compression of answers: what gains by it, and how hard it is tried."""

import gzip

#: Smaller bodies gain nothing.
SMALLEST_COMPRESSED = 1000
#: zlib's level: beyond it, time grows faster than bytes shrink.
GZIP_LEVEL = 5


def gains(body: bytes) -> bool:
    """Whether a body gets smaller by it, if it is no picture, which is compressed already."""
    return len(body) >= SMALLEST_COMPRESSED


def compressed(body: bytes) -> bytes:
    """The body in gzip, the same for the same body."""
    return gzip.compress(body, GZIP_LEVEL, mtime=0)
