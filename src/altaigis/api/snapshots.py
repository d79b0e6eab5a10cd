"""The map in one file, as somebody sees it: what is on it is told as in a link to the map."""

import asyncio
import math
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from altaigis.api import openapi, respond
from altaigis.api.html import KRAI, MEDIA_TYPE
from altaigis.api.indicators import class_rule
from altaigis.api.links import Links
from altaigis.api.negotiation import HTML, parameters, wanted_format, wanted_language
from altaigis.api.state import Services, State
from altaigis.api.web import leaflet
from altaigis.domain.snapshot import Sight, Snapshot
from altaigis.domain.text import Text
from altaigis.encoders.snapshot import POLICY, Leaflet
from altaigis.errors import IndicatorNotFound, ParameterError
from altaigis.services.indicators import Classing
from altaigis.services.snapshots import Seen, Theme

router = APIRouter(tags=["Snapshots"])

PARAMETERS = ("map", "layers", "opacity", "ind", "title")
#: Its scripts run as if they came from nowhere: whatever stands in the data, nothing of this server is theirs.
SANDBOX = f"{POLICY}; sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox"
TITLE = Text(ru="Алтайский край", en="Altai Krai")
#: Of lists in an address, characters.
LONGEST = 2000
MOST_ZOOM, MOST_LATITUDE = 14, 85
_OPTIONS = ("period", "per", "method", "count", "palette")
_WORDS = ("diverging", "symbols")


@router.get(
    "/snapshot.html",
    summary="The map in one file that needs no server",
    openapi_extra=openapi.operation((HTML,), "sight", "layers", "opacity", "ind", "title"),
)
async def snapshot(request: Request, services: Services) -> Response:
    asked = parameters(request, *PARAMETERS)
    wanted_format(request, {"html": HTML})
    language, links = wanted_language(request), Links(request)
    layers = _listed("layers", asked["layers"]) if "layers" in asked else None
    await services.ledger.expect(layers or ())
    sight = _sight(asked["map"]) if "map" in asked else await _whole(services)
    opacity = _opacity(asked.get("opacity", ""))
    try:
        theme = _theme(services, asked["ind"]) if "ind" in asked else None
        parts = await services.snapshots.parts(Seen(sight, layers, opacity, theme))
    except ParameterError as error:
        # what elsewhere are parameters are parts of one here
        raise ParameterError("ind", str(error)) if error.parameter in _OPTIONS else error from None
    title = asked.get("title", "").strip()
    if len(title) > openapi.MOST_TITLE:
        raise ParameterError("title", f"is longer than {openapi.MOST_TITLE} characters")
    made = Snapshot(
        title or TITLE.in_(language),
        language,
        sight,
        parts,
        f"{links.href()}?lang={language}#{_hash(asked)}",
        datetime.now(KRAI).date(),
    )
    body = await asyncio.to_thread(_encoded, made)
    headers = {
        "Content-Security-Policy": SANDBOX,
        "Content-Disposition": f'inline; filename="altaigis-{made.made:%Y-%m-%d}.html"',
    }
    return respond.data(request, body, MEDIA_TYPE, headers=headers)


def _encoded(made: Snapshot) -> bytes:
    # folium is large, and only who asks for a snapshot pays for it
    from altaigis.encoders.snapshot.page import encode

    return encode(made, Leaflet(*leaflet()))


async def _whole(services: State) -> Sight:
    """All of the territory that the map is about, or of whatever there is."""
    revisions = await services.ledger.revisions()
    below = [layer.id for layer in services.catalog if layer.coverage]
    found = (revisions[name].extent for name in (*below, *revisions) if name in revisions)
    box = next((extent for extent in found if extent), None)
    return Sight.around(box) if box else Sight(0, 0, 0)


def _sight(text: str) -> Sight:
    try:
        zoom, latitude, longitude = (float(part) for part in text[:LONGEST].split("/"))
    except ValueError:
        raise ParameterError("map", f"'{text[:60]}' is not zoom/latitude/longitude") from None
    bounds = {"zoom": (zoom, 0, MOST_ZOOM), "latitude": (latitude, -MOST_LATITUDE, MOST_LATITUDE)}
    for name, (value, low, high) in {**bounds, "longitude": (longitude, -180, 180)}.items():
        if not (math.isfinite(value) and low <= value <= high):
            raise ParameterError("map", f"{name} {value:g} is not within {low} and {high}")
    return Sight(zoom, latitude, longitude)


def _listed(name: str, text: str) -> tuple[str, ...]:
    if len(text) > LONGEST:
        raise ParameterError(name, f"is longer than {LONGEST} characters")
    return tuple(dict.fromkeys(filter(None, text.split(","))))


def _opacity(text: str) -> Mapping[str, float]:
    found = {}
    for pair in _listed("opacity", text):
        told = re.fullmatch(r"([^:]+):(\d{1,3})", pair, re.ASCII)
        if not told or int(told[2]) > 100:
            raise ParameterError("opacity", f"'{pair[:60]}' is not a layer and a percentage, like rivers:50")
        found[told[1]] = int(told[2]) / 100
    return found


def _theme(services: State, text: str) -> Theme:
    code, *parts = text[:LONGEST].split("/")
    try:
        one = services.catalog.indicators.indicator(code)
    except IndicatorNotFound as error:
        raise ParameterError("ind", str(error)) from None
    options: dict[str, str] = {}
    for part in parts:
        name, colon, value = part.partition(":")
        if not (name in _OPTIONS and value) and not (name in _WORDS and not colon):
            raise ParameterError("ind", f"'{part[:60]}' is none of {', '.join((*_OPTIONS, *_WORDS))}")
        options[name] = value
    period = options.pop("period", None)
    if period is not None and not re.fullmatch(r"\d{4}", period, re.ASCII):
        raise ParameterError("ind", f"'{period[:20]}' is no year like 2024")
    told = {name: options[name] for name in options.keys() & {"method", "count", "palette"}}
    # the breaks stay the same over the years, as on the living map
    rule = class_rule(one, {**told, "series": "fixed"})
    year = int(period) if period else None
    classing = Classing(code, year, options.get("per"), rule, diverging="diverging" in options)
    return Theme(classing, circles="symbols" in options)


def _hash(asked: Mapping[str, str]) -> str:
    """The same as the living map has it in its address."""
    names = (name for name in PARAMETERS if name in asked and name != "title")
    return "&".join(f"{name}={quote(asked[name], safe='/,:')}" for name in names)
