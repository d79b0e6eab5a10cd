"""Newline-delimited GeoJSON: a feature a line, for programs that read line by line."""

from collections.abc import AsyncIterator

from altaigis.domain.extract import Batches, Extract, Form
from altaigis.encoders.format import Format


async def encode(_: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """One GeoJSON feature on each line."""
    async for rows in batches:
        yield "".join([f"{feature}\n" for _, feature in rows]).encode()


FORMAT = Format(
    title="GeoJSON, newline-delimited",
    media_type="application/x-ndjson",
    extension="ndjson",
    form=Form("geojson", "feature"),
    encode=encode,
    follows_axes=True,
)
