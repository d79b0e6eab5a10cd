"""GetFeature and GetPropertyValue: what is selected, as a document or a file that is sent as it is made."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, cast

from fastapi import Response

from altaigis.api import respond
from altaigis.api.downloads import Streamed
from altaigis.api.links import header
from altaigis.api.wfs.capabilities import COUNT_DEFAULT
from altaigis.api.wfs.exchange import Exchange
from altaigis.api.wfs.formats import chosen
from altaigis.api.wfs.protocol import V20
from altaigis.api.wfs.request import GetFeature
from altaigis.api.wfs.selection import Selection, longitude_first, named_types, selections, value_field
from altaigis.api.wfs.words import MOST
from altaigis.domain.expression import Property, call, conjunction
from altaigis.domain.extract import Extract, Form
from altaigis.domain.link import Link
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.encoders.formats import FORMATS
from altaigis.encoders.gml import collection as gml
from altaigis.encoders.gml.members import member_form, value_form
from altaigis.encoders.gml.versions import GML21, GML32, GmlVersion
from altaigis.errors import NotIdentified, OptionNotSupported, ParameterError
from altaigis.services.compression import compressed_pieces

#: Answers differ by these headers of requests.
_VARY = "Accept-Encoding, Accept-Language"


@dataclass(frozen=True)
class Found:
    """A page of a selection: ``matched`` counts all of them; ``members`` are read as they are sent."""

    selection: Selection
    matched: int
    returned: int
    members: AsyncIterator[Any]


async def answer(exchange: Exchange, asked: GetFeature) -> Response:
    """The features or values that are asked for, or how many there are.

    Raises:
        ParameterError, NotIdentified: naming the parameter.
        NotLoaded, DatabaseUnavailable, QueryTooLong: there is no answer.
    """
    form = chosen(asked.output_format, asked.version)
    await exchange.services.ledger.expect(named_types(asked))
    found = selections(exchange.services.catalog, asked)
    services = exchange.services.features
    revisions = [await services.revision(selection.query.layer) for selection in found]
    tag = _tag(exchange, revisions)
    if tag and (same := respond.unchanged(exchange.request, tag, _VARY)):
        return same
    # The features and their number are those of one revision, whatever is loaded meanwhile
    found = [
        replace(selection, query=replace(selection.query, as_of=revision.number))
        for selection, revision in zip(found, revisions, strict=True)
    ]
    if isinstance(form, GmlVersion):
        content, headers = await _document(exchange, asked, [_written(selection, form) for selection in found], form)
    else:
        content, headers = await _file(exchange, asked, found, form)
    return await _sent(exchange, content, headers, tag)


async def _document(
    exchange: Exchange, asked: GetFeature, found: Sequence[Selection], version: GmlVersion
) -> tuple[AsyncIterator[bytes], dict[str, str]]:
    headers = {"Content-Type": version.media_type}
    schema = exchange.schema([selection.query.layer for selection in found], version)
    if asked.value_reference is not None:
        return await _values(exchange, asked, found[0], schema), {"Content-Type": GML32.media_type}
    if len(found) == 1 and found[0].is_one and not asked.is_count:
        return await _one(exchange, found[0], version, schema), headers
    if asked.is_count or asked.count == 0:
        matched = await _counted(exchange, found)
        return _at_once(gml.hits(gml.Collection(version, schema, matched, 0))), headers
    if len(found) == 1:
        form = member_form(found[0].query, version, found[0].srs_name)
        page = await _page(exchange, asked, found[0], form, version)
        collection = _collection(exchange, asked, schema, version, page.matched, page.returned)
        document = gml.features(collection, page.members)
    else:
        collection, document = await _several(exchange, asked, found, version, schema)
    # The elements of older GML have no room for it
    return document, headers if version is GML32 else headers | _paging(collection, version.media_type)


async def _several(
    exchange: Exchange, asked: GetFeature, found: Sequence[Selection], version: GmlVersion, schema: str
) -> tuple[gml.Collection, AsyncIterator[bytes]]:
    """What several queries find, counted and skipped as if they were one."""
    parts = []
    start, left = asked.start, _most(asked, version)
    matched = returned = 0
    for selection in found:
        count = await exchange.services.features.count(selection.query)
        skipped = min(start, count)
        query = replace(selection.query, offset=skipped, limit=min(left, count - skipped))
        start, left = start - skipped, left - query.limit
        matched, returned = matched + count, returned + query.limit
        part = gml.Collection(version, schema, count, query.limit)
        parts.append((part, _later(exchange, query, member_form(query, version, selection.srs_name))))
    whole = _collection(exchange, asked, schema, version, matched, returned)
    return whole, gml.several(whole, parts)


async def _later(exchange: Exchange, query: FeatureQuery, form: Form) -> AsyncIterator[bytes]:
    """Members that are not read before it is their turn."""
    if query.limit:
        found = await exchange.services.features.excerpt(query, form)
        async with aclosing(cast("AsyncGenerator[bytes]", found.content)) as members:
            async for written in members:
                yield written


async def _values(exchange: Exchange, asked: GetFeature, found: Selection, schema: str) -> AsyncIterator[bytes]:
    if isinstance(form := chosen(asked.output_format, V20), str) or form is not GML32:
        raise ParameterError("outputFormat", f"values are told in {GML32.media_type} alone")
    field = value_field(asked, found.query.layer)
    if field is not None and field != found.query.layer.id_field:
        # What has no value has no member, and is none of those that are counted
        known = call("not", call("isNull", Property(field)))
        found = replace(found, query=replace(found.query, where=conjunction(found.query.where, known)))
    if asked.is_count or asked.count == 0:
        matched = await exchange.services.features.count(found.query)
        return gml.values(gml.Collection(GML32, schema, matched, 0), _nothing())
    page = await _page(exchange, asked, found, value_form(found.query, field, GML32, found.srs_name), GML32)
    return gml.values(_collection(exchange, asked, schema, GML32, page.matched, page.returned), page.members)


async def _one(exchange: Exchange, found: Selection, version: GmlVersion, schema: str) -> AsyncIterator[bytes]:
    """One feature as a document of its own."""
    part = await exchange.services.features.part(found.query, member_form(found.query, version, found.srs_name))
    if not part.count:
        raise NotIdentified("ID", f"layer '{found.query.layer.id}' has no such feature")
    return _at_once(gml.feature(version, schema, part.content))


async def _file(
    exchange: Exchange, asked: GetFeature, found: Sequence[Selection], short: str
) -> tuple[AsyncIterator[bytes], dict[str, str]]:
    """A file of one type."""
    form = FORMATS[short]
    if len(found) != 1:
        raise OptionNotSupported("outputFormat", f"a file in {form.title} holds features of one type; ask for each")
    if asked.value_reference is not None:
        raise ParameterError("outputFormat", f"values are told in {GML32.media_type} alone")
    query = found[0].query
    if asked.is_count:
        matched = await _counted(exchange, found)
        return _at_once(b'{"numberMatched":%d}' % matched), {"Content-Type": "application/json"}
    # Files of WFS have easting first: nobody would look for a name of the CRS in them
    query = replace(query, crs=form.only_crs or query.crs.easting_first)
    wanted = replace(found[0], query=query)
    page = await _page(exchange, asked, wanted, form.form(query), short)
    extract = Extract(
        query, page.matched, page.returned, f"{exchange.root}/collections/{query.layer.id}", exchange.language
    )
    collection = _collection(exchange, asked, "", GML32, page.matched, page.returned)
    headers = {
        "Content-Type": form.media_type + ("; charset=utf-8" if form.media_type.startswith("text/") else ""),
        "Content-Disposition": respond.disposition(extract.query.layer.id, extract.title, form.extension),
        **_paging(collection, form.media_type),
    }
    return form.encode(extract, page.members), headers


async def _page(
    exchange: Exchange, asked: GetFeature, found: Selection, form: Form, sent_as: GmlVersion | str
) -> Found:
    query = replace(found.query, offset=asked.start, limit=_most(asked, sent_as))
    excerpt = await exchange.services.features.excerpt(query, form)
    return Found(found, excerpt.matched, excerpt.returned, excerpt.content)


async def _counted(exchange: Exchange, found: Sequence[Selection]) -> int:
    return sum([await exchange.services.features.count(selection.query) for selection in found])


def _most(asked: GetFeature, sent_as: GmlVersion | str) -> int:
    """How many features are sent at most. Clients of the older versions, and readers of older GML and of files, do not
    look for a next page: they get everything."""
    if asked.count is not None:
        return asked.count
    return COUNT_DEFAULT if asked.version is V20 and sent_as is GML32 else MOST


def _paging(collection: gml.Collection, media_type: str) -> dict[str, str]:
    """Headers that tell of the page and the next, for content which has no place for it."""
    following = [Link(collection.following, "next", media_type)] if collection.following else []
    return {
        "OGC-NumberMatched": str(collection.matched),
        "OGC-NumberReturned": str(collection.returned),
        **header(following),
    }


def _collection(
    exchange: Exchange, asked: GetFeature, schema: str, version: GmlVersion, matched: int, returned: int
) -> gml.Collection:
    """What the document tells of the page, with the pages beside it."""
    end, size = asked.start + returned, asked.count or COUNT_DEFAULT
    # who has begun behind the end gets back to the last page
    start = min(asked.start, matched)
    return gml.Collection(
        version,
        schema,
        matched,
        returned,
        exchange.page(asked, end, size) if returned and end < matched else None,
        exchange.page(asked, max(start - size, 0), min(size, start)) if start else None,
    )


def _written(selection: Selection, version: GmlVersion) -> Selection:
    """The same with the CRS as a version of GML has it: the oldest always has easting first."""
    if version is not GML21:
        return selection
    crs, srs_name = longitude_first(selection.query.crs, selection.srs_name)
    return replace(selection, query=replace(selection.query, crs=crs), srs_name=srs_name)


def _tag(exchange: Exchange, revisions: Sequence[Revision]) -> str | None:
    """Names what the answer depends on; None where a body was sent, for such answers are not kept by anybody."""
    if exchange.request.method != "GET":
        return None
    states = [(revision.layer, revision.version) for revision in revisions]
    query = exchange.request.scope["query_string"]
    return respond.digest(repr((states, query, exchange.language, exchange.root)).encode())


async def _sent(
    exchange: Exchange, content: AsyncIterator[bytes], headers: dict[str, str], tag: str | None
) -> Response:
    """The answer, of which the first piece is there: what fails later breaks the connection off."""
    is_text = not headers["Content-Type"].startswith("application/") or "ml" in headers["Content-Type"]
    compress = is_text and respond.can_gzip(exchange.request.headers)
    pieces = _begun(cast("AsyncGenerator[bytes]", content), await anext(content, b""))
    headers = {**headers, "Vary": _VARY, "Cache-Control": respond.REVALIDATE if tag else "no-store"}
    if tag:
        headers["ETag"] = "W/" + respond.etag(tag, compressed=compress)
    if compress:
        headers["Content-Encoding"] = "gzip"
        pieces = compressed_pieces(pieces)
    return Streamed(pieces, headers)


async def _begun(content: AsyncGenerator[bytes], first: bytes) -> AsyncGenerator[bytes]:
    async with aclosing(content):
        yield first
        async for piece in content:
            yield piece


async def _at_once(document: bytes) -> AsyncIterator[bytes]:
    yield document


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
