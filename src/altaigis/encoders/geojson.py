"""GeoJSON (RFC 7946). The database has written geometry and properties; here they are only placed."""

from collections.abc import Sequence

import orjson

from altaigis.domain.feature import Feature, Page
from altaigis.domain.link import Link

MEDIA_TYPE = "application/geo+json"


def encode_page(page: Page, links: Sequence[Link]) -> bytes:
    """A FeatureCollection with the paging members of OGC API Features."""
    head = orjson.dumps(
        {
            "type": "FeatureCollection",
            "numberMatched": page.matched,
            "numberReturned": len(page.features),
            "links": [link.as_json() for link in links],
        }
    )
    features = ",".join(_feature(feature) for feature in page.features)
    return b"".join([head[:-1], b',"features":[', features.encode(), b"]}"])


def with_time_stamp(document: bytes, time_stamp: str) -> bytes:
    """A FeatureCollection that also says when it was made (RFC 3339, UTC)."""
    return b"".join([document[:-1], b',"timeStamp":', orjson.dumps(time_stamp), b"}"])


def encode_feature(feature: Feature, links: Sequence[Link]) -> bytes:
    """One Feature with its links."""
    tail = orjson.dumps({"links": [link.as_json() for link in links]})
    return f"{_feature(feature)[:-1]},".encode() + tail[1:]


def _feature(feature: Feature) -> str:
    fid = orjson.dumps(feature.fid).decode()
    return f'{{"type":"Feature","id":{fid},"geometry":{feature.geometry or "null"},"properties":{feature.properties}}}'
