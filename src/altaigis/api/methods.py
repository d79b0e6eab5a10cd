"""HEAD, OPTIONS and trailing slashes for every route, so that no route has to think of them."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALLOWED = "GET, HEAD, OPTIONS"
#: Key of the scope: the client asked by HEAD, and what the application makes as for a GET will not be sent.
ASKED_BY_HEAD = "altaigis.asked_by_head"
#: Of addresses that are only written to.
WRITTEN = "POST, OPTIONS"


class Methods:
    """ASGI middleware: HEAD is a GET without its body; OPTIONS tells the methods; ``/x/`` is ``/x``."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if len(scope["path"]) > 1 and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
        if scope["method"] == "HEAD":
            await self._app({**scope, "method": "GET", ASKED_BY_HEAD: True}, receive, _without_body(send))
        elif scope["method"] == "OPTIONS" and self._exists(scope):
            await Response(status_code=204, headers={"Allow": ALLOWED})(scope, receive, _hardened(send))
        elif scope["method"] == "OPTIONS" and self._exists(scope, "POST"):
            await Response(status_code=204, headers={"Allow": WRITTEN})(scope, receive, _hardened(send))
        else:
            await self._app(scope, receive, _hardened(send))

    def _exists(self, scope: Scope, method: str = "GET") -> bool:
        return any(route.matches({**scope, "method": method})[0] is Match.FULL for route in self._routes)


def _without_body(send: Send) -> Send:
    async def forward(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return _hardened(forward)


def _hardened(send: Send) -> Send:
    """Browsers must take every answer for what its media type says."""

    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", []), (b"x-content-type-options", b"nosniff")]
            message = {**message, "headers": headers}
        await send(message)

    return forward
