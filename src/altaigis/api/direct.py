"""Routes without dependency injection, for addresses that are asked for in great numbers."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from altaigis.api.state import expecting


class Direct(APIRoute):
    """A route whose function takes the request, the services and the parameters of its path, and nothing else: the
    framework has nothing to find out for each request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def handle(request: Request) -> Response:
            answer: Response = await self.endpoint(request, await expecting(request), **request.path_params)
            return answer

        return handle
