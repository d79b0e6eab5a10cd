"""HEAD, OPTIONS and trailing slashes for every route, so that no route has to think of them."""

from collections.abc import Mapping, Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Key of the scope: the client asked by HEAD, and what the application makes as for a GET will not be sent.
ASKED_BY_HEAD = "altaigis.asked_by_head"
#: Key of the scope: all routes there are.
ROUTES = "altaigis.routes"
_ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: Browsers must take every answer for what its media type says.
HARDENED = (b"x-content-type-options", b"nosniff")
#: What tells the media types of a method's body, where its route declares them (RFC 5789, W3C LDP).
_ACCEPTED = {"POST": "Accept-Post", "PATCH": "Accept-Patch"}


class Methods:
    """ASGI middleware: HEAD is a GET without its body; OPTIONS tells the methods; ``/x/`` is ``/x``."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, ROUTES: self._routes}
        # Of the path as it was sent: an escaped slash is the end of somebody's id
        raw: bytes = scope["raw_path"]
        if len(raw) > 1 and raw.endswith(b"/"):
            bare = raw.rstrip(b"/") or b"/"
            scope = {**scope, "raw_path": bare, "path": scope["path"][: len(bare) - len(raw)] or "/"}
        if scope["method"] == "HEAD":
            await self._app({**scope, "method": "GET", ASKED_BY_HEAD: True}, receive, _without_body(send))
        elif scope["method"] == "OPTIONS" and (told := allowed(scope)):
            # 200, not 204: OGC API Features Part 4 asks for it
            await Response(status_code=200, headers=told)(scope, receive, _hardened(send))
        else:
            await self._app(scope, receive, _hardened(send))


def allowed(scope: Scope) -> Mapping[str, str]:
    """The headers that say what can be done at an address; none where there is nothing."""
    methods: set[str] = set()
    headers: dict[str, str] = {}
    for route in scope[ROUTES]:
        if route.matches(scope)[0] is Match.NONE:
            continue
        # what is mounted holds files
        own = getattr(route, "methods", None) or {"GET"}
        methods |= own
        body = (getattr(route, "openapi_extra", None) or {}).get("requestBody")
        if body:
            headers |= {_ACCEPTED[method]: ", ".join(body["content"]) for method in own if method in _ACCEPTED}
    if not methods:
        return {}
    methods |= {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    return {"Allow": ", ".join(method for method in _ORDER if method in methods)} | headers


def _without_body(send: Send) -> Send:
    async def forward(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return _hardened(forward)


def _hardened(send: Send) -> Send:
    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", []), HARDENED]
            message = {**message, "headers": headers}
        await send(message)

    return forward
