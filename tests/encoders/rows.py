"""What the tests of encoders share: rows that no database has made, encoded in one go."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from altaigis.domain.extract import Extract
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery
from altaigis.encoders.format import Encoder

LAYER = Layer.model_validate(
    {
        "id": "places",
        "theme": "territory",
        "title": {"ru": "Места", "en": "Places"},
        "source": {"file": "x.csv", "licence": "CC0-1.0", "attribution": {"ru": "а", "en": "a"}},
        "fields": {
            "code": {"role": "id", "type": "text"},
            "name": {"role": "title", "type": "text"},
            "geom": {"role": "geometry", "type": "Point"},
        },
    }
)
Row = Sequence[Any]


def encoded(encode: Encoder, *batches: Sequence[Row]) -> bytes:
    """The whole file of the batches."""

    async def source() -> AsyncIterator[Sequence[Row]]:
        for batch in batches:
            yield batch

    async def collect() -> bytes:
        count = sum(map(len, batches))
        extract = Extract(FeatureQuery(LAYER), count, count, "http://localhost/collections/places")
        return b"".join([piece async for piece in encode(extract, source())])

    return asyncio.run(collect())
