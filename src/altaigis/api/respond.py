"""Answers: compression, validators and the headers that all of them share."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import Request, Response
from starlette.datastructures import Headers

from altaigis import __version__
from altaigis.api.links import Links
from altaigis.api.negotiation import wanted_language
from altaigis.domain.revision import Revision
from altaigis.services.compression import compressed, gains

REVALIDATE = "public, max-age=0, must-revalidate"
NEGOTIATED = "Accept, Accept-Encoding, Accept-Language"


def data(
    request: Request,
    body: bytes,
    media_type: str,
    *,
    tag: str | None = None,
    vary: str = NEGOTIATED,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer with an entity tag, 304 where the client has it already, compressed where the client can read it.

    ``tag`` names the state of the content; without it the tag is a digest of the body. ``vary`` lists the request
    headers that the content depends on.
    """
    compress = can_gzip(request.headers) and gains(body) and not media_type.startswith("image/")
    tagged = etag(tag or digest(body), compressed=compress)
    all_headers = _headers(request, tagged, vary) | dict(headers or {})
    if matches(request.headers.get("if-none-match"), tagged):
        return Response(status_code=304, headers=all_headers)
    if not body:
        return Response(status_code=204, headers=all_headers)
    if compress:
        body = compressed(body)
        all_headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=media_type, headers=all_headers)


def unchanged(request: Request, tag: str, vary: str = NEGOTIATED) -> Response | None:
    """304 before any content has been made, where the client already has the content that the tag names."""
    known = request.headers.get("if-none-match")
    if known is None or known.strip() == "*":
        return None
    for tagged in (etag(tag, compressed=is_compressed) for is_compressed in (False, True)):
        if matches(known, tagged):
            return Response(status_code=304, headers=_headers(request, tagged, vary))
    return None


def data_tag(request: Request, revision: Revision, chosen: str) -> str:
    """A tag that names what data in a format depend on; it is known before a byte of them is."""
    asked = sorted(request.query_params.multi_items())
    data = (revision.layer, revision.number, revision.fingerprint)
    depends = (__version__, *data, chosen, wanted_language(request), asked, Links(request).root)
    return digest(repr(depends).encode())


def etag(tag: str, *, compressed: bool) -> str:
    """The entity tag of content in one of its two encodings."""
    return f'"{tag}{".gz" if compressed else ""}"'


def _headers(request: Request, tagged: str, vary: str) -> dict[str, str]:
    headers = {"ETag": tagged, "Cache-Control": REVALIDATE, "Vary": vary}
    if "Accept-Language" in vary:
        headers["Content-Language"] = wanted_language(request)
    return headers


def digest(content: bytes) -> str:
    """A tag for content that has no other name."""
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def disposition(name: str, title: str, extension: str) -> str:
    """A file's name in ASCII for old clients, and its title for all others (RFC 6266)."""
    titled = quote(f"{title}.{extension}", safe="")
    return f"attachment; filename=\"{name}.{extension}\"; filename*=UTF-8''{titled}"


def json(request: Request, document: Any, media_type: str = "application/json", **options: Any) -> Response:
    """An answer in JSON."""
    return data(request, orjson.dumps(document), media_type, **options)


def can_gzip(headers: Headers) -> bool:
    """Whether the client reads gzip."""
    return reads_gzip(headers.get("accept-encoding", ""))


@lru_cache(maxsize=64)
def reads_gzip(accept_encoding: str) -> bool:
    """The same by the header alone: there are few browsers and libraries, and each says the same all day."""
    accepted = (part.partition(";") for part in accept_encoding.split(","))
    return any(
        name.strip().lower() == "gzip" and weight.replace(" ", "") not in ("q=0", "q=0.0")
        for name, _, weight in accepted
    )


def matches(header: str | None, tagged: str) -> bool:
    """Whether the client's If-None-Match names this entity tag."""
    if header is None:
        return False
    # If-None-Match compares weakly (RFC 9110, 13.1.2)
    known = (tag.strip().removeprefix("W/") for tag in header.split(","))
    return header.strip() == "*" or tagged.removeprefix("W/") in known
