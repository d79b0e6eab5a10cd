"""GET /events: what is measured, as it comes, by server-sent events.

A stream is a few lines of text and has no end, so it is written here: each listener costs one task, signs of life are
sent to all by one clock, and the end of the server is the end of all streams at once. sse-starlette starts four tasks
for each of them, and finds out that the server ends by asking every half second.
"""

from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from altaigis.api import openapi
from altaigis.api.methods import ASKED_BY_HEAD
from altaigis.api.negotiation import parameters, wanted_format
from altaigis.api.protocol import at_end
from altaigis.api.state import Services, State
from altaigis.domain.news import Selection
from altaigis.domain.observation import STATIONS
from altaigis.domain.query import FeatureQuery
from altaigis.encoders.events import MEDIA_TYPE, encode_begin, encode_news, encode_reload, encode_sign
from altaigis.errors import ParameterError
from altaigis.filters.params import within_box
from altaigis.services.news import Listener, NewsService

__all__ = ["encode_news", "encode_sign", "router"]

router = APIRouter(tags=["Monitoring"])

FORMATS = {"sse": MEDIA_TYPE}
#: Ids or codes in a list, in characters; stations in a box.
LONGEST, MOST_STATIONS = 20_000, 100_000
_HEADERS = {
    "Cache-Control": "no-store, no-transform",
    # nginx passes on what comes as it comes
    "X-Accel-Buffering": "no",
}


@router.get(
    "/events",
    summary="New and corrected observations as they come",
    openapi_extra=openapi.operation((MEDIA_TYPE,), "heardStations", "heardParameters", "heardBox"),
)
async def events(request: Request, services: Services) -> Response:
    asked = parameters(request, "station", "parameter", "bbox")
    wanted_format(request, FORMATS)
    stations = await _stations(services, _listed("station", asked.get("station")), asked.get("bbox"))
    selection = Selection(stations, _listed("parameter", asked.get("parameter")))
    if request.scope.get(ASKED_BY_HEAD):
        return Response(media_type=MEDIA_TYPE, headers=_HEADERS)
    listener = await services.news.join(selection, request.headers.get("last-event-id"))
    return _Stream(services.news, listener)


class _Stream(Response):
    """All that a listener is told, until it goes or the server ends."""

    media_type = MEDIA_TYPE

    def __init__(self, news: NewsService, listener: Listener) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._news, self._listener = news, listener

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        at_end(scope, self._listener.close)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            text: bytes | None = encode_begin(self._news.last) if self._listener.is_idle else b":\n\n"
            while text is not None:
                await send({"type": "http.response.body", "body": text, "more_body": True})
                text = await self._listener.next()
                if text == b"":
                    text = encode_reload(self._news.last)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._news.leave(self._listener)


def _listed(name: str, text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    names = text.split(",")
    if len(text) > LONGEST or "" in names:
        raise ParameterError(name, "is one name, or several with commas between them")
    return frozenset(names)


async def _stations(services: State, asked: frozenset[str] | None, box: str | None) -> frozenset[str] | None:
    """The stations to tell of: those that are asked for, in the box as it is filled now.

    Raises:
        ParameterError: there is no such station, or no such box.
    """
    if asked is None and box is None:
        return None
    layer = services.catalog.layer(STATIONS)
    where = None if box is None else within_box(layer, box)
    page = await services.features.page(
        FeatureQuery(layer, where=where, limit=MOST_STATIONS, properties=(), geometry=False)
    )
    found = frozenset(str(feature.fid) for feature in page.features)
    if asked is None:
        return found
    if box is None and (unknown := sorted(asked - found)):
        raise ParameterError("station", f"there is no station '{unknown[0][:60]}'; /collections/{STATIONS} has them")
    return asked & found
