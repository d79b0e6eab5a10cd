"""Alerts over HTTP: a list to be filtered, and a feed that readers of RSS follow."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any, get_args
from xml.etree import ElementTree

from fastapi import APIRouter, Request, Response

from altaigis.api import html, openapi, respond
from altaigis.api.links import Links, header
from altaigis.api.negotiation import CSV, HTML, JSON, parameters, wanted_format, wanted_language
from altaigis.api.openapi import DEFAULT_ENTRIES, MOST_ENTRIES, parse_offset
from altaigis.api.state import Services, State
from altaigis.domain.alert import Kind
from altaigis.domain.alert import State as Condition
from altaigis.domain.link import Link
from altaigis.domain.observation import REGION, SYNTHETIC
from altaigis.domain.text import Language, Text
from altaigis.errors import ParameterError
from altaigis.filters.params import parse_limit, parse_switch
from altaigis.filters.stretch import parse_stretch
from altaigis.services.alerts import Told, Wanted

router = APIRouter(tags=["Monitoring"])

FORMS = {"json": JSON, "html": HTML, "csv": CSV}
RSS = "application/rss+xml"
ATOM = "http://www.w3.org/2005/Atom"
#: Alerts of the feed.
IN_FEED = 100
TITLE = Text(ru="Тревоги наблюдений Алтайского края", en="Alerts of observations in Altai Krai")
ABOUT = Text(
    ru="Превышения норм и молчащие пункты; синтетические ряды названы в заголовках.",
    en="Limits that were passed and stations that are silent; synthetic series are named in the titles.",
)
STATES: Mapping[str, Text] = {
    "open": Text(ru="идёт", en="goes on"),
    "closed": Text(ru="закончилась", en="is over"),
    "withdrawn": Text(ru="отозвана: данные исправлены", en="withdrawn: the data were corrected"),
}
_CONDITIONS = ("state", "kind", "station", "parameter", "rule", "synthetic", "datetime")
_DESCRIBED = ("alertState", "alertKind", "ofStation", "measured", "ofRule", "synthetic", "stretch")


@router.get(
    "/alerts",
    summary="Alerts, the newest first",
    openapi_extra=openapi.operation((JSON, CSV, HTML), "jobs", "offset", *_DESCRIBED, schema="Alerts"),
)
async def alerts(request: Request, services: Services) -> Response:
    asked = parameters(request, "limit", "offset", *_CONDITIONS)
    chosen, language, links = wanted_format(request, FORMS), wanted_language(request), Links(request)
    limit = parse_limit(asked.get("limit"), DEFAULT_ENTRIES, MOST_ENTRIES)
    offset = parse_offset(asked.get("offset"))
    found, count = await services.alerts.alerts(await _wanted(asked, services), limit, offset)
    own = links.formats(FORMS, chosen)
    if offset + limit < count:
        own.append(Link(links.here(offset=str(offset + limit)), "next", FORMS[chosen]))
    rows = [_alert(told, language, links) for told in found]
    if chosen == "csv":
        headers = header(own) | {"Content-Disposition": 'attachment; filename="alerts.csv"'}
        return respond.data(request, _csv(rows), CSV, headers=headers)
    own.append(Link(links.href("alerts.rss"), "alternate", RSS, TITLE.in_(language)))
    document = {"alerts": rows, "numberMatched": count, "numberReturned": len(rows)}
    if chosen == "html":
        following = next((link.href for link in own if link.rel == "next"), None)
        return html.page(request, "alerts.html", alerts=rows, count=count, next=following, states=STATES, local=_local)
    return respond.json(request, document | {"links": [link.as_json() for link in own]}, headers=header(own))


@router.get("/alerts.rss", summary="The newest alerts as RSS", openapi_extra=openapi.operation((RSS,), *_DESCRIBED))
async def feed(request: Request, services: Services) -> Response:
    asked = parameters(request, *_CONDITIONS)
    wanted_format(request, {"rss": RSS})
    language, links = wanted_language(request), Links(request)
    found, _ = await services.alerts.alerts(await _wanted(asked, services), IN_FEED)
    return respond.data(request, _feed(found, language, links), RSS)


async def _wanted(asked: Mapping[str, str], services: State) -> Wanted:
    """What is asked for, of stations, parameters and rules that there are: nobody shall wait for others for ever."""
    if "station" in asked:
        await services.series.station(asked["station"])
    if asked.get("parameter", "") not in {"", *services.catalog.parameters}:
        measured = {one.parameter for one in await services.series.series()}
        _one_of("parameter", asked["parameter"], sorted(measured))
    interval = parse_stretch(asked.get("datetime"))
    return Wanted(
        state=_one_of("state", asked.get("state"), get_args(Condition)),
        kind=_one_of("kind", asked.get("kind"), get_args(Kind)),
        station=asked.get("station"),
        parameter=asked.get("parameter"),
        rule=_one_of("rule", asked.get("rule"), [*services.catalog.alerts.rules]),
        synthetic=parse_switch(SYNTHETIC, asked[SYNTHETIC]) if SYNTHETIC in asked else None,
        begin=interval.begin,
        end=interval.end,
    )


def _one_of(name: str, text: str | None, offered: Sequence[str]) -> Any:
    if text is not None and text not in offered:
        raise ParameterError(name, f"'{text[:40]}' is none; there are {', '.join(offered)}")
    return text


def _alert(told: Told, language: Language, links: Links) -> dict[str, Any]:
    alert, held = told.alert, told.alert.held
    return {
        "id": alert.number,
        "title": told.words.in_(language),
        "kind": alert.kind,
        "state": alert.state,
        "rule": held.rule,
        "station": held.station,
        "parameter": held.parameter,
        SYNTHETIC: held.synthetic,
        "begin": _time(held.begin),
        "end": None if held.going_on else _time(held.end),
        "limit": held.limit,
        "limit_value": held.limit_value,
        "unit": held.unit,
        "peak": held.peak,
        "peak_time": _time(held.peak_time) if held.peak_time else None,
        "multiple": alert.multiple,
        "count": held.count,
        "opened": _time(alert.opened),
        "updated": _time(alert.updated),
        "lon": told.place[0] if told.place else None,
        "lat": told.place[1] if told.place else None,
        "href": links.href("stations", held.station),
    }


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _local(text: str) -> str:
    """A time by the region's clock, for people."""
    return f"{datetime.fromisoformat(text).astimezone(REGION):%Y-%m-%d %H:%M}"


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _NAMES)
    writer.writeheader()
    writer.writerows({**row, SYNTHETIC: str(row[SYNTHETIC]).lower()} for row in rows)
    return text.getvalue().encode()


_NAMES = (
    "id", "title", "kind", "state", "rule", "station", "parameter", SYNTHETIC, "begin", "end", "limit", "limit_value",
    "unit", "peak", "peak_time", "multiple", "count", "opened", "updated", "lon", "lat", "href",
)  # fmt: skip


def _feed(found: Sequence[Told], language: Language, links: Links) -> bytes:
    """RSS 2.0; an item's guid is its number, so that a reader sees each alert once."""
    ElementTree.register_namespace("atom", ATOM)
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    own = links.here()
    for name, text in (
        ("title", TITLE.in_(language)),
        ("link", links.href("alerts", f="html", lang=language)),
        ("description", ABOUT.in_(language)),
        ("language", language),
        *((("lastBuildDate", format_datetime(max(it.alert.updated for it in found))),) if found else ()),
    ):
        ElementTree.SubElement(channel, name).text = text
    ElementTree.SubElement(channel, f"{{{ATOM}}}link", href=own, rel="self", type=RSS)
    for told in found:
        item = ElementTree.SubElement(channel, "item")
        number = links.href("alerts") + f"#{told.alert.number}"
        ElementTree.SubElement(item, "title").text = _plain(told.words.in_(language))
        ElementTree.SubElement(item, "link").text = links.href(
            "stations", told.alert.held.station, f="html", lang=language
        )
        ElementTree.SubElement(item, "guid", isPermaLink="false").text = number
        ElementTree.SubElement(item, "pubDate").text = format_datetime(told.alert.opened)
        ElementTree.SubElement(item, "category").text = told.alert.kind
        ElementTree.SubElement(item, "description").text = _plain(_described(told, language))
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _described(told: Told, language: Language) -> str:
    held = told.alert.held
    state = STATES[told.alert.state].in_(language)
    peak = f"; {held.peak:g} {held.unit}" if held.peak is not None else ""
    limit = f" ({held.limit}: {held.limit_value:g})" if held.limit_value is not None else ""
    return f"{told.words.in_(language)}: {state}{peak}{limit}"


def _plain(text: str) -> str:
    """Without what XML 1.0 has no form for."""
    return "".join(sign for sign in text if sign in "\t\n\r" or ord(sign) >= 0x20)
