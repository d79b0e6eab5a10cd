"""The door of WFS: one address, a table of operations, and reports of what is refused."""

import logging
import re
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from altaigis.api import respond
from altaigis.api.direct import Direct
from altaigis.api.errors import headers as refusal_headers
from altaigis.api.methods import allowed
from altaigis.api.presence import READS
from altaigis.api.state import Services, State
from altaigis.api.wfs import capabilities, edits, features, stored, transaction
from altaigis.api.wfs.body import read_body
from altaigis.api.wfs.capabilities import Service
from altaigis.api.wfs.exceptions import XML, Refusal, of_method, refusal, unforeseen
from altaigis.api.wfs.exchange import Exchange
from altaigis.api.wfs.formats import told_in
from altaigis.api.wfs.parameters import Parameters, pairs, read_parameters, version_of
from altaigis.api.wfs.protocol import V20, Version, known_version
from altaigis.api.wfs.request import (
    DescribeFeatureType,
    DescribeStoredQueries,
    GetCapabilities,
    GetFeature,
    ListStoredQueries,
    Transaction,
)
from altaigis.api.wfs.selection import layer_named
from altaigis.api.writing import HEAD, media_type, receive, token
from altaigis.domain.layer import Layer
from altaigis.encoders.gml.schema import application_schema
from altaigis.errors import AltaiError, ParameterError, Unauthorized, Unreadable
from altaigis.filters.xml import LARGEST, MOST_PARTS, parse_xml
from altaigis.services.admission import NEEDED

log = logging.getLogger("altaigis.wfs")


class _Reporting(Direct):
    """A route whose clients read reports, also of a method that it does not have."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        methods = allowed(scope)["Allow"]
        answer = _refused(of_method(scope["method"], methods))
        answer.headers["Allow"] = methods
        await answer(scope, receive, send)


router = APIRouter(tags=["WFS"], route_class=_Reporting, include_in_schema=False)

_FORM = "application/x-www-form-urlencoded"
_VERSION = re.compile(rb"""\sversion\s*=\s*["']([0-9.]{5})["']""")
#: A root that is a Transaction, behind a mark of UTF-8, a declaration and comments.
_TRANSACTION = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->)*+<(?:[A-Za-z_][\w.-]*:)?Transaction[\s>/]", re.DOTALL
)
#: Bodies above so many bytes wait on the disk, and are read and answered so many at a time: the tree of one takes ten
#: times its memory. Nobody waits for a client that sends slowly, and small requests wait for none of them.
_SMALL = 256_000
_TURNS = CapacityLimiter(2)
_VARY = "Accept-Encoding, Accept-Language"


@router.get("/wfs")
async def by_address(request: Request, services: Services) -> Response:
    """A request of key and value pairs."""
    return await _answer(request, services, None)


@router.post("/wfs", openapi_extra={"requestBody": {"content": {"text/xml": {}, "application/xml": {}, _FORM: {}}}})
async def by_body(request: Request, services: Services) -> Response:
    """A request in XML, or the pairs of a form."""
    with tempfile.SpooledTemporaryFile(_SMALL) as file:
        try:
            look = partial(_look, is_signed=bool(token(request)))
            size = await receive(request, file, transaction.LARGEST, look)  # type: ignore[arg-type]
        except AltaiError as error:
            file.seek(0)
            return _refused(refusal(error, _version_in(file.read(HEAD))))
        async with _TURNS if size > _SMALL else nullcontext():
            return await _answer(request, services, file.read())


def _look(head: bytes, *, is_signed: bool) -> int:
    """How many bytes a body with this head may have.

    Raises:
        Unauthorized: it changes features, and shows no key: the rest need not be read.
    """
    if not is_signed and _TRANSACTION.match(head):
        raise Unauthorized(NEEDED)
    return _bounds(head)[0]


async def _answer(request: Request, services: State, body: bytes | None) -> Response:
    """What the request asks for, or why not: in the version that it is written in, as far as that is understood."""
    version = V20
    try:
        parameters = None
        # Some clients call XML a form, for their library does
        if body is None or (media_type(request) == _FORM and not body.lstrip().startswith(b"<")):
            text = request.scope["query_string"] if body is None else body
            version = version_of(text)
            parameters = Parameters(pairs(text))
            operation = read_parameters(parameters)
        else:
            version = _version_in(body)
            operation = read_body(await run_sync(_parsed, body))
        version = operation.version
        if body is not None and not isinstance(operation, Transaction):
            request.scope[READS]()
        return await _HANDLERS[type(operation)](Exchange(request, services, parameters), operation)
    except AltaiError as error:
        found = refusal(error, version)
        if found.status >= 500:
            log.error("%s %s: %s", request.method, request.url.path, error)
        return _refused(found)
    except Exception:
        log.exception("%s %s failed", request.method, request.url.path)
        return _refused(unforeseen(version))


def _refused(found: Refusal) -> Response:
    return Response(found.body, found.status, refusal_headers(found.status), XML)


def _version_in(body: bytes) -> Version:
    """The version that a body says, before it is read."""
    found = _VERSION.search(body[:HEAD])
    return (found and known_version(found[1].decode())) or V20


def _bounds(head: bytes) -> tuple[int, int]:
    """Bytes and parts of a body with this head. Only a Transaction, which brings features, may be as large as they."""
    return (transaction.LARGEST, transaction.MOST_PARTS) if _TRANSACTION.match(head) else (LARGEST, MOST_PARTS)


def _parsed(body: bytes) -> Any:
    """The root of a request."""
    try:
        return parse_xml(body, "request", *_bounds(body[:HEAD]))
    except ParameterError as error:
        raise Unreadable("request", str(error).removeprefix("request: ")) from None


async def _capabilities(exchange: Exchange, asked: GetCapabilities) -> Response:
    services = exchange.services
    layers = await _loaded(services)
    service = Service(exchange.root, services.contact, exchange.language, layers, services.ledger.retired)
    return _xml(exchange, capabilities.document(asked, service))


async def _loaded(services: State) -> tuple[tuple[Layer, Any], ...]:
    """The layers with features that have data, with their revisions."""
    revisions = await services.ledger.revisions()
    return tuple(
        (layer, revisions[layer.id]) for layer in services.catalog if layer.kind != "raster" and layer.id in revisions
    )


async def _description(exchange: Exchange, asked: DescribeFeatureType) -> Response:
    version = told_in(asked.output_format, asked.version)
    await exchange.services.ledger.expect(asked.types)
    layers = [layer_named(exchange.services.catalog, layer_id) for layer_id in asked.types]
    layers = layers or [layer for layer, _ in await _loaded(exchange.services)]
    return _xml(exchange, application_schema(layers, version), version.media_type)


async def _stored_list(exchange: Exchange, _: ListStoredQueries) -> Response:
    layers = [layer for layer, _ in await _loaded(exchange.services)]
    return _xml(exchange, stored.listed(layers, exchange.language))


async def _stored(exchange: Exchange, asked: DescribeStoredQueries) -> Response:
    layers = [layer for layer, _ in await _loaded(exchange.services)]
    return _xml(exchange, stored.described(exchange.services.catalog, layers, asked.ids, exchange.language))


def _xml(exchange: Exchange, document: bytes, kind: str = XML) -> Response:
    answer = respond.data(exchange.request, document, kind, vary=_VARY)
    answer.headers["Content-Language"] = exchange.language
    return answer


_HANDLERS: Mapping[type, Callable[[Exchange, Any], Awaitable[Response]]] = {
    GetCapabilities: _capabilities,
    DescribeFeatureType: _description,
    GetFeature: features.answer,
    ListStoredQueries: _stored_list,
    DescribeStoredQueries: _stored,
    Transaction: edits.answer,
}
