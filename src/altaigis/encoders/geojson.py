"""GeoJSON (RFC 7946). The database has written geometry and properties; here they are only placed."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson

from altaigis.domain.extract import Extract, Form, Texts
from altaigis.domain.feature import Feature, WrittenPage
from altaigis.domain.link import Link
from altaigis.encoders.format import Format, of_all

MEDIA_TYPE = "application/geo+json"


def encode_page(page: WrittenPage, links: Sequence[Link], time_stamp: str) -> bytes:
    """A FeatureCollection with the paging members of OGC API Features, made at ``time_stamp`` (RFC 3339, UTC)."""
    head = orjson.dumps(
        {
            "type": "FeatureCollection",
            "numberMatched": page.matched,
            "numberReturned": page.returned,
            "timeStamp": time_stamp,
            "links": [link.as_json() for link in links],
        }
    )
    return b"".join([head[:-1], b',"features":[', page.features, b"]}"])


def with_member(document: bytes, name: str, value: Any) -> bytes:
    """A document with one more member, which comes last."""
    return b"".join([document[:-1], b",", orjson.dumps({name: value})[1:]])


def encode_feature(feature: Feature, links: Sequence[Link]) -> bytes:
    """One Feature with its links."""
    tail = orjson.dumps({"links": [link.as_json() for link in links]})
    fid = orjson.dumps(feature.fid).decode()
    members = f'"id":{fid},"geometry":{feature.geometry or "null"},"properties":{feature.properties}'
    return f'{{"type":"Feature",{members},'.encode() + tail[1:]


async def encode(extract: Extract, batches: Texts) -> AsyncIterator[bytes]:
    """A FeatureCollection of any size."""
    counts = {"numberMatched": extract.matched, "numberReturned": extract.returned}
    head = {"type": "FeatureCollection", "name": extract.query.layer.id, **counts}
    separator = orjson.dumps(head)[:-1] + b',"features":[\n'
    async for features in batches:
        yield separator + features
        separator = b",\n"
    # Of an empty collection the head has still to be written
    yield b"\n]}\n" if separator == b",\n" else separator + b"]}\n"


FORMAT = Format(
    title="GeoJSON",
    media_type=MEDIA_TYPE,
    extension="geojson",
    form=of_all(Form("geojson", "feature", between=",\n")),
    encode=encode,
    follows_axes=True,
)
