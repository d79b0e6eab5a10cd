"""Files of features: a whole collection, or a page of it, streamed as it is read."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC
from typing import Any, cast

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from altaigis.api import respond
from altaigis.api.links import Links, header
from altaigis.api.methods import ASKED_BY_HEAD
from altaigis.api.negotiation import FEATURES, JSON, wanted_language
from altaigis.api.state import State
from altaigis.domain.extract import Extract
from altaigis.domain.layer import Layer
from altaigis.domain.link import Link
from altaigis.domain.query import FeatureQuery
from altaigis.encoders.formats import FORMATS
from altaigis.errors import ParameterError
from altaigis.services.compression import compressed_pieces
from altaigis.services.features import Part


async def answer(request: Request, services: State, query: FeatureQuery, chosen: str) -> Response:
    """Features in one of the formats of files: all that the query selects, or one page where ``limit`` asks for it.

    Raises:
        ParameterError: the format knows no such CRS.
    """
    form = FORMATS[chosen]
    if form.only_crs and query.crs != form.only_crs:
        raise ParameterError("crs", f"{form.title} knows {form.only_crs.uri} alone")
    query = replace(query, crs=form.crs(query.crs))
    revision = await services.features.revision(query.layer, query.as_of)
    asked_form = form.form(query)
    # The other formats are compressed already, or made to be read from a disk
    compress = asked_form.is_text and respond.can_gzip(request.headers)
    tag = "W/" + respond.etag(respond.data_tag(request, revision, chosen), compressed=compress)
    links = Links(request)
    found = [Link(links.href("collections", query.layer.id), "collection", JSON), *links.formats(FEATURES, chosen)]
    matched = await services.features.count(query)
    if "limit" in request.query_params or "after" in request.query_params:
        part = await services.features.part(query, asked_form)
        if part.following is not None:
            found.append(Link(links.here(after=part.following), "next", form.media_type))
        returned, batches = part.count, _one(part)
    else:
        returned, batches = matched, await services.features.all(query, asked_form)
    href = links.href("collections", query.layer.id)
    extract = Extract(query, matched, returned, href, wanted_language(request))
    headers = {
        "Content-Type": form.media_type + ("; charset=utf-8" if form.media_type.startswith("text/") else ""),
        "Content-Disposition": respond.disposition(extract.query.layer.id, extract.title, form.extension),
        "Content-Language": extract.language,
        "Last-Modified": revision.created.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
        **header(found),
        "OGC-NumberMatched": str(matched),
        "OGC-NumberReturned": str(returned),
        "ETag": tag,
        "Cache-Control": respond.REVALIDATE,
        "Vary": respond.NEGOTIATED,
    }
    if extract.geometry_field:
        headers["Content-Crs"] = f"<{query.crs.uri}>"
    if respond.matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    content = cast("AsyncGenerator[bytes]", form.encode(extract, batches))
    if compress:
        headers["Content-Encoding"] = "gzip"
        content = compressed_pieces(content)
    return Streamed(content, headers)


def offers(request: Request, layer: Layer) -> list[dict[str, str]]:
    """Title and address of each format, for the pages: files of all that the request selects."""
    links = Links(request)
    return [{"title": form.title, "href": links.whole(layer.id, name)} for name, form in FORMATS.items()]


class Streamed(Response):
    """Bytes sent as they are made. What fails before the first of them is an answer of its own; what fails later
    breaks the connection off, so that no client takes a part for the whole."""

    def __init__(self, content: AsyncIterator[bytes], headers: dict[str, str]) -> None:
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._content = cast("AsyncGenerator[bytes]", content)

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        async with aclosing(self._content):
            if scope.get(ASKED_BY_HEAD):
                await self._begin(send)
                await send({"type": "http.response.body"})
            else:
                await self._send(send)

    async def _send(self, send: Send) -> None:
        begun = False
        async for piece in self._content:
            if not begun:
                await self._begin(send)
                begun = True
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if not begun:
            await self._begin(send)
        await send({"type": "http.response.body"})

    async def _begin(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})


async def _one(part: Part) -> AsyncIterator[Any]:
    if part.count:
        yield part.content
