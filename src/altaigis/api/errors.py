"""Failures -> status, code and JSON: one table, one renderer; and a page for readers of pages."""

import logging

import orjson
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from altaigis import errors
from altaigis.api import html
from altaigis.api.methods import allowed
from altaigis.api.negotiation import PROBLEM, is_reader

log = logging.getLogger("altaigis.api")

#: Status and code of each failure; a class that is not listed takes those of its nearest ancestor.
TABLE: dict[type[errors.AltaiError], tuple[int, str]] = {
    errors.AltaiError: (500, "InternalError"),
    errors.ParameterError: (400, "InvalidParameterValue"),
    errors.NotFound: (404, "NotFound"),
    errors.NotAcceptable: (406, "NotAcceptable"),
    errors.NotLoaded: (503, "NotLoaded"),
    errors.DatabaseUnavailable: (503, "DatabaseUnavailable"),
    errors.QueryTooLong: (503, "QueryTooLong"),
    errors.ObservationsError: (400, "InvalidBody"),
    errors.Unauthorized: (401, "Unauthorized"),
    errors.Forbidden: (403, "Forbidden"),
    errors.TooLarge: (413, "TooLarge"),
    errors.UnsupportedMediaType: (415, "UnsupportedMediaType"),
    errors.Busy: (503, "Busy"),
    errors.FeatureExists: (409, "FeatureExists"),
    errors.EditConflict: (412, "EditConflict"),
    errors.EditRefused: (400, "InvalidBody"),
    errors.AnalysisError: (400, "AnalysisRefused"),
    errors.JobFailed: (500, "JobFailed"),
}
_OGC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
#: Failures to which OGC API - Processes has given names.
TYPES: dict[type[errors.AltaiError], str] = {
    errors.ProcessNotFound: f"{_OGC}/no-such-process",
    errors.JobNotFound: f"{_OGC}/no-such-job",
    errors.ResultNotReady: f"{_OGC}/result-not-ready",
}
TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    412: "Precondition failed",
    413: "Content too large",
    414: "URI too long",
    415: "Unsupported media type",
    416: "Range not satisfiable",
    500: "Internal error",
    503: "Service unavailable",
}
RETRY_SECONDS = "5"
#: One header with both ways to show a key: some clients heed the first header alone.
CHALLENGE = 'Bearer realm="AltaiGIS", Basic realm="AltaiGIS", charset="UTF-8"'


def install(app: FastAPI) -> None:
    """Make every failure of the application an answer in JSON."""
    app.add_exception_handler(errors.AltaiError, _known)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(LastResort)


def problem(request: Request, status: int, code: str, description: str, **members: str) -> Response:
    """OGC's ``code`` and ``description`` with the members of RFC 9457. Errors are never cached."""
    body = problem_document(request.url.path, status, code, description, **members)
    return Response(body, status, headers(status), PROBLEM)


def problem_document(path: str | None, status: int, code: str, description: str, **members: str) -> bytes:
    """The body alone; ``path`` is None where the request was none."""
    body = {
        "code": code,
        "description": description,
        "type": "about:blank",
        "title": TITLES.get(status, code),
        "status": status,
        "detail": description,
        **({} if path is None else {"instance": path}),
        **members,
    }
    return orjson.dumps(body)


def _refusal(request: Request, status: int, code: str, description: str, **members: str) -> Response:
    """The same, or a page for those who read pages."""
    if request.method != "GET" or not is_reader(request):
        return problem(request, status, code, description, **members)
    page = html.refusal(request, status, description, members.get("parameter"))
    page.headers.update(headers(status))
    return page


def headers(status: int) -> dict[str, str]:
    """What stands with every refusal of a status."""
    found = {"Cache-Control": "no-store"}
    found |= {"Retry-After": RETRY_SECONDS} if status == 503 else {}
    return found | ({"WWW-Authenticate": CHALLENGE} if status == 401 else {})


def _known(request: Request, error: Exception) -> Response:
    status, code = next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    if status >= 500:
        log.error("%s %s: %s", request.method, request.url.path, error)
    members = {"parameter": error.parameter} if isinstance(error, errors.ParameterError | errors.TileNotFound) else {}
    members |= {"pointer": error.pointer} if isinstance(error, errors.InputsRefused | errors.AnalysisRefused) else {}
    named = next((TYPES[kind] for kind in type(error).__mro__ if kind in TYPES), None)
    members |= {"type": named} if named else {}
    return _refusal(request, status, code, str(error), **members)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "registered for this class alone"
    if error.status_code == 404:
        return _refusal(request, 404, "NotFound", f"there is nothing at {request.url.path[:200]}; begin at /")
    if error.status_code == 405:
        methods = allowed(request.scope)["Allow"]
        answer = _refusal(request, 405, "MethodNotAllowed", f"{request.method[:20]} is not for this address: {methods}")
        answer.headers["Allow"] = methods
        return answer
    code = TITLES.get(error.status_code, "Error").title().replace(" ", "")
    return _refusal(request, error.status_code, code, str(error.detail))


class LastResort:
    """ASGI middleware: an error that nobody foresaw is logged, and is an answer like all the others to the client.

    The framework's own place for it lies outside all middleware: a browser would be told of CORS instead.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if begun or scope["type"] != "http":
                raise
            request = Request(scope)
            log.exception("%s %s failed", request.method, request.url.path)
            answer = problem(
                request, 500, "InternalError", "the server met an error of its own; it is in the server's log"
            )
            await answer(scope, receive, send)
