"""Newline-delimited GeoJSON: a feature a line, for programs that read line by line."""

from collections.abc import AsyncIterator

from altaigis.domain.extract import Batches, Extract, Form
from altaigis.encoders.format import Format
from altaigis.encoders.geojson import feature_text


async def encode(_: Extract, batches: Batches) -> AsyncIterator[bytes]:
    """One GeoJSON feature on each line."""
    async for rows in batches:
        yield "".join([f"{feature_text(*row)}\n" for row in rows]).encode()


FORMAT = Format(
    title="GeoJSON, newline-delimited",
    media_type="application/x-ndjson",
    extension="ndjson",
    form=Form("geojson", "json"),
    encode=encode,
    follows_axes=True,
)
