"""News of observations as server-sent events, the stream that EventSource of browsers reads."""

from typing import Any

import orjson

from altaigis.domain.news import News, Selection

MEDIA_TYPE = "text/event-stream"
#: After so many milliseconds a client comes again.
RETRY_MS = 3_000


def encode_news(news: News, selection: Selection) -> bytes:
    """An event ``observations`` with values, or ``summary`` with the series that have changed; nothing where there is
    nothing in it for the selection."""
    items = selection.among(news.items)
    if not items and not news.is_partial:
        return b""
    name = "summary" if news.is_summary else "observations"
    told: dict[str, Any] = {"load": news.load}
    if news.is_summary:
        told |= {"count": news.count, "partial": news.is_partial, "series": items}
    else:
        told |= {"values": items}
    return f"event: {name}\nid: {news.load}\ndata: ".encode() + orjson.dumps(told, option=orjson.OPT_UTC_Z) + b"\n\n"


def encode_begin(load: int) -> bytes:
    """What a stream begins with: its place, so that who comes again has missed nothing since."""
    return f"retry: {RETRY_MS}\nid: {load}\n\n".encode()


def encode_sign(load: int) -> bytes:
    """A sign of life, which no listener sees."""
    return f": alive\nid: {load}\n\n".encode()


def encode_reload(load: int) -> bytes:
    """An event ``reload``: something has been missed, all that is shown is to be asked for anew."""
    told = {"load": load, "reason": "too much has been missed, or nobody knows what; ask for what you show anew"}
    return f"event: reload\nid: {load}\ndata: ".encode() + orjson.dumps(told) + b"\n\n"
