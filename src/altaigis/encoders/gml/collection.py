"""Documents of features as each version of WFS has them, streamed around members that PostgreSQL has written."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from altaigis.domain.extract import Texts
from altaigis.encoders.gml.versions import GML21, GML31, GML32, NAMESPACE, PREFIX, GmlVersion
from altaigis.encoders.xml import start

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FEATURES, _VALUES = "wfs:FeatureCollection", "wfs:ValueCollection"


@dataclass(frozen=True)
class Collection:
    """What a document tells of its members.

    ``schema`` is the address of their application schema. ``matched`` counts the features on all pages, None where that
    is not known, ``returned`` those on this one; ``following`` and ``previous`` are addresses of the pages beside it.
    """

    version: GmlVersion
    schema: str
    matched: int | None
    returned: int
    following: str | None = None
    previous: str | None = None


async def features(collection: Collection, members: Texts) -> AsyncIterator[bytes]:
    """A collection of features."""
    async for written in _enclosed(_opened(_FEATURES, collection), members, _closed(_FEATURES)):
        yield written


async def several(whole: Collection, parts: Sequence[tuple[Collection, Texts]]) -> AsyncIterator[bytes]:
    """What several queries have found: in WFS 2.0 each a collection of its own within the whole, their members one
    behind the other in the versions before it."""
    nested = whole.version is GML32
    yield _opened(_FEATURES, whole)
    for part, members in parts:
        if nested:
            yield f"<wfs:member>{start(_FEATURES, _counts(part))}\n".encode()
        async for written in members:
            yield written
        if nested:
            yield f"</{_FEATURES}></wfs:member>\n".encode()
    yield _closed(_FEATURES)


async def values(collection: Collection, members: Texts) -> AsyncIterator[bytes]:
    """A collection of values of WFS 2.0."""
    async for written in _enclosed(_opened(_VALUES, collection), members, _closed(_VALUES)):
        yield written


async def _enclosed(before: bytes, members: Texts, after: bytes) -> AsyncIterator[bytes]:
    """Members between two texts, in as few pieces as they come in: each piece has its own way to the client."""
    held = before
    begun = False
    async for written in members:
        if begun:
            yield held
        held = written if begun else held + written
        begun = True
    yield held + after


def hits(collection: Collection) -> bytes:
    """How many features there are, without one of them."""
    if collection.version is not GML32:
        # it has one number for both
        collection = replace(collection, returned=collection.matched or 0)
    return _opened(_FEATURES, collection) + _closed(_FEATURES)


def feature(version: GmlVersion, schema: str, member: bytes) -> bytes:
    """A document of one feature and nothing else, out of the member that it is in a collection."""
    bare = member.decode().strip().removeprefix(f"<{version.member}>").removesuffix(f"</{version.member}>")
    name, _, rest = bare.removeprefix("<").partition(" ")
    return f"{_DECLARATION}{start(name, _namespaces(version, schema))[:-1]} {rest}\n".encode()


def _opened(name: str, collection: Collection) -> bytes:
    attributes = {**_namespaces(collection.version, collection.schema), **_counts(collection)}
    # a collection must have one, and to know it would take another look at all features
    unbounded = "<gml:boundedBy><gml:null>unknown</gml:null></gml:boundedBy>\n" if collection.version is GML21 else ""
    return f"{_DECLARATION}{start(name, attributes)}\n{unbounded}".encode()


def _closed(name: str) -> bytes:
    return f"</{name}>\n".encode()


def _namespaces(version: GmlVersion, schema: str) -> dict[str, object]:
    where = {version.namespace: version.schema, version.wfs_namespace: version.wfs_schema, NAMESPACE: schema}
    return {
        "xmlns:wfs": version.wfs_namespace,
        "xmlns:gml": version.namespace,
        f"xmlns:{PREFIX}": NAMESPACE,
        "xmlns:xsi": _XSI,
        "xsi:schemaLocation": " ".join(f"{namespace} {location}" for namespace, location in where.items()),
    }


def _counts(collection: Collection) -> dict[str, object]:
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if collection.version is GML21:
        return {}
    if collection.version is GML31:
        return {"timeStamp": now, "numberOfFeatures": collection.returned}
    return {
        "timeStamp": now,
        "numberMatched": "unknown" if collection.matched is None else collection.matched,
        "numberReturned": collection.returned,
        "next": collection.following,
        "previous": collection.previous,
    }
