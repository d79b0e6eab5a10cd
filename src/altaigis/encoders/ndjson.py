"""Newline-delimited GeoJSON: a feature a line, for programs that read line by line."""

from collections.abc import AsyncIterator

from altaigis.domain.extract import Extract, Form, Texts
from altaigis.encoders.format import Format, of_all


async def encode(_: Extract, batches: Texts) -> AsyncIterator[bytes]:
    """One GeoJSON feature on each line."""
    async for lines in batches:
        yield lines + b"\n"


FORMAT = Format(
    title="GeoJSON, newline-delimited",
    media_type="application/x-ndjson",
    extension="ndjson",
    form=of_all(Form("geojson", "feature", between="\n")),
    encode=encode,
    follows_axes=True,
)
