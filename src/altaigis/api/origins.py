"""CORS: what pages of other origins may do."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_EXPOSED = [
    *("Link", "ETag", "Content-Crs", "Content-Disposition", "OGC-NumberMatched", "OGC-NumberReturned"),
    *("Accept-Ranges", "Content-Range"),
]
#: What an answer tells pages of other origins that reaches them without the middleware.
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": ", ".join(_EXPOSED)}
_READING = ("GET", "HEAD", "OPTIONS")


class Origins:
    """ASGI middleware: all pages may read; at the address of WFS by POST too, as clients in browsers ask it.

    A Transaction comes the same way. It is safe: browsers add no key of theirs, for credentials are never allowed
    here, so that a page writes with a key that somebody has given to that page, or not at all.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._reading = _allowing(app, *_READING)
        self._asking = _allowing(app, *_READING, "POST")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_wfs = scope["type"] == "http" and scope["path"].rstrip("/") == "/wfs"
        await (self._asking if is_wfs else self._reading)(scope, receive, send)


def _allowing(app: ASGIApp, *methods: str) -> CORSMiddleware:
    # any header may be sent: the key of a Transaction stands in Authorization
    return CORSMiddleware(app, allow_origins=["*"], allow_methods=methods, allow_headers=["*"], expose_headers=_EXPOSED)
