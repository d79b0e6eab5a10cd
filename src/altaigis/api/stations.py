"""Stations: which there are, what each measures, and what each says now."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from altaigis.api import openapi, respond, station_pages
from altaigis.api.links import Links
from altaigis.api.negotiation import CSV, GEOJSON, HTML, JSON, RESOURCE, parameters, wanted_format, wanted_language
from altaigis.api.state import Services
from altaigis.domain.extent import BBox
from altaigis.domain.link import Link
from altaigis.domain.observation import STATIONS
from altaigis.domain.parameter import Parameter
from altaigis.domain.series import SYNTHETIC_SERIES, Latest, Series
from altaigis.domain.text import Language
from altaigis.encoders import table as tables
from altaigis.errors import ParameterError
from altaigis.services.series import DIRECTION, SPEED, SeriesService, Station

router = APIRouter(tags=["Monitoring"])

LATEST = {"geojson": GEOJSON, "json": GEOJSON, "csv": CSV}
FILTERS = ("parameter", "medium", "bbox", "synthetic")
#: Columns of the latest values as a table, those of the features between the place's.
COLUMNS = (
    "station", "name", "medium", "longitude", "latitude", "parameter", "title", "value", "unit", "time", "flag",
    "synthetic", "note", "source", "bad_until",
)  # fmt: skip


@router.get(
    "/stations",
    summary="Stations and what each measures",
    openapi_extra=openapi.operation((JSON, HTML), "measured", "ofMedium", "bbox", "synthetic", schema="Stations"),
)
async def stations(request: Request, services: Services) -> Response:
    asked = parameters(request, *FILTERS)
    form, synthetic = wanted_format(request, RESOURCE), parse_synthetic(asked.get("synthetic"))
    language, links = wanted_language(request), Links(request)
    chosen = _chosen(await services.series.stations(), asked)
    if form == "html":
        newest = await services.series.latest(parameter=asked.get("parameter"), synthetic=synthetic)
        return station_pages.stations_page(request, services, chosen, newest)
    known = await services.series.series(synthetic=synthetic)
    told = partial(about, parameter_of=services.series.parameter, language=language)
    # who asks for a parameter or a kind of series asks for stations that have it
    must_have = "parameter" in asked or "synthetic" in asked
    of_station: dict[str, list[Series]] = {station.id: [] for station in chosen}
    for one in known:
        if one.station in of_station and asked.get("parameter", one.parameter) == one.parameter:
            of_station[one.station].append(one)
    document = {
        "stations": [
            head(station, language)
            | {
                "series": [told(one) for one in of_station[station.id]],
                "links": [Link(links.href("stations", station.id), "item", JSON).as_json()],
            }
            for station in chosen
            if of_station[station.id] or not must_have
        ],
        "links": [
            *(link.as_json() for link in links.formats(RESOURCE, "json")),
            Link(links.href("stations", "latest"), "related", GEOJSON, "Latest values").as_json(),
            Link(links.href("collections", STATIONS), "collection", JSON, "On the map").as_json(),
        ],
    }
    return respond.json(request, document)


@router.get(
    "/stations/latest",
    summary="The latest value of each series",
    openapi_extra=openapi.operation((GEOJSON, CSV), "measured", "ofMedium", "bbox", "synthetic", schema="LatestValues"),
)
async def latest(request: Request, services: Services) -> Response:
    asked = parameters(request, *FILTERS)
    chosen = wanted_format(request, LATEST)
    language, links = wanted_language(request), Links(request)
    of_id = {station.id: station for station in _chosen(await services.series.stations(), asked)}
    found = await services.series.latest(
        parameter=asked.get("parameter"), synthetic=parse_synthetic(asked.get("synthetic"))
    )
    rows = _rows([one for one in found if one.series.station in of_id], of_id, services.series, language)
    if chosen == "csv":
        for row in rows:
            row |= {name: iso(row[name]) for name in ("time", "bad_until") if row[name]}
        headers = {"Content-Disposition": 'attachment; filename="latest.csv"'}
        return respond.data(request, tables.csv_of(rows, COLUMNS), CSV, headers=headers)
    document = {
        "type": "FeatureCollection",
        "numberReturned": len(rows),
        "features": [_feature(row) for row in rows],
        "links": [link.as_json() for link in links.formats(LATEST, chosen)],
    }
    # times are written with the rest, which is much quicker than one by one
    return respond.data(request, orjson.dumps(document, option=orjson.OPT_UTC_Z), GEOJSON)


@router.get(
    "/stations/{station_id}",
    summary="A station: what it measures, and what it says now",
    openapi_extra=openapi.operation((JSON, HTML), schema="Station"),
)
async def station(request: Request, services: Services, station_id: str) -> Response:
    parameters(request)
    form = wanted_format(request, RESOURCE)
    language, links, service = wanted_language(request), Links(request), services.series
    one = await service.station(station_id)
    newest = {it.series.number: it for it in await service.latest(station_id)}
    known = await service.series(station_id)
    if form == "html":
        return station_pages.station_page(request, services, one, known, newest)
    # a measured series that a synthetic one has outlived is not hidden by it
    speaking = known
    known = [one for one in await service.known(station_id) if not one.synthetic or one in speaking]
    newest |= {it.series.number: it for it in await service.latest(station_id, synthetic=False)}
    of_station = partial(links.href, "stations", station_id)
    document = head(one, language) | {
        "properties": one.properties,
        "series": [
            about(it, service.parameter, language)
            | {"latest": _now(newest[it.number]) if it.number in newest else None}
            | {"links": [link.as_json() for link in _series_links(it, links)]}
            for it in known
        ],
        "links": [
            *(link.as_json() for link in links.formats(RESOURCE, "json")),
            Link(links.href("collections", STATIONS, "items", station_id), "canonical", GEOJSON, "Feature").as_json(),
            *_rose_links(known, of_station),
        ],
    }
    return respond.json(request, document)


def head(one: Station, language: Language) -> dict[str, Any]:
    """What is told of a station wherever it stands."""
    return {
        "id": one.id,
        "name": one.name(language),
        "medium": one.medium,
        "longitude": one.place[0] if one.place else None,
        "latitude": one.place[1] if one.place else None,
    }


def about(one: Series, parameter_of: Callable[[Series], Parameter], language: Language) -> dict[str, Any]:
    """What is told of a series wherever it stands; a synthetic one says so in its title, too."""
    parameter = parameter_of(one)
    return {
        "parameter": one.parameter,
        "title": title(one, parameter, language),
        "unit": one.unit,
        "unit_title": station_pages.unit_title(one.unit, language),
        "digits": parameter.digits,
        "totals": parameter.totals,
        "normal": parameter.normal,
        "substance": parameter.substance,
        "synthetic": one.synthetic,
        "note": note(one, language),
        "first": iso(one.first),
        "last": iso(one.last),
        "count": one.count,
        "step": one.step.total_seconds() if one.step else None,
    }


def title(one: Series, parameter: Parameter, language: Language) -> str:
    plain = parameter.title.in_(language)
    return f"{plain} ({SYNTHETIC_SERIES.in_(language)})" if one.synthetic else plain


def note(one: Series, language: Language) -> str | None:
    """What a reader must know of all values of a series."""
    return SYNTHETIC_SERIES.in_(language) if one.synthetic else None


def iso(moment: datetime) -> str:
    """A time in UTC as RFC 3339 writes it."""
    return moment.isoformat().replace("+00:00", "Z")


def parse_synthetic(text: str | None) -> bool | None:
    """Which kind of series is asked for, None for the measured one and where there is none the synthetic one.

    Raises:
        ParameterError: neither true nor false.
    """
    if text not in (None, "true", "false"):
        raise ParameterError("synthetic", f"'{text[:40]}' is neither true nor false")
    return None if text is None else text == "true"


def _chosen(known: Mapping[str, Station], asked: Mapping[str, str]) -> Sequence[Station]:
    """The stations of a medium, in a box."""
    found: Iterable[Station] = known.values()
    if (medium := asked.get("medium")) is not None:
        there = sorted({station.medium for station in known.values() if station.medium})
        if medium not in there:
            raise ParameterError("medium", f"'{medium[:40]}' is not observed; there are {', '.join(there)}")
        found = [station for station in found if station.medium == medium]
    if "bbox" in asked:
        box = BBox.parse(asked["bbox"])
        found = [one for one in found if one.place and box.intersects(BBox(*one.place, *one.place))]
    return list(found)


def _rows(
    found: Collection[Latest], of_id: Mapping[str, Station], service: SeriesService, language: Language
) -> list[dict[str, Any]]:
    # a parameter is described once, and not for each of a thousand stations
    titles: dict[tuple[str, str, bool], str] = {}
    rows = []
    for it in found:
        one, at = it.series, of_id[it.series.station]
        key = one.parameter, one.unit, one.synthetic
        if key not in titles:
            titles[key] = title(one, service.parameter(one), language)
        longitude, latitude = at.place or (None, None)
        told = (one.station, at.name(language), at.medium, longitude, latitude, one.parameter, titles[key])
        now = (it.value, one.unit, it.time, it.flag, one.synthetic, note(one, language), it.source, _bad_until(it))
        rows.append(dict(zip(COLUMNS, told + now, strict=True)))
    return rows


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    place = row.pop("longitude"), row.pop("latitude")
    return {
        "type": "Feature",
        "id": f"{row['station']}.{row['parameter']}",
        "geometry": None if place[0] is None else {"type": "Point", "coordinates": place},
        "properties": row,
    }


def _now(it: Latest) -> dict[str, Any]:
    bad_until = _bad_until(it)
    return {
        "time": iso(it.time),
        "value": it.value,
        "flag": it.flag,
        "source": it.source,
        "bad_until": iso(bad_until) if bad_until else None,
    }


def _bad_until(it: Latest) -> datetime | None:
    """The newest time of the series, if all behind the latest value is flagged bad."""
    return it.series.last if it.series.last > it.time else None


def _series_links(one: Series, links: Links) -> list[Link]:
    kind = {"synthetic": "true"} if one.synthetic else {}
    query = {"parameter": one.parameter, **kind}
    path = "stations", one.station
    return [
        Link(links.href(*path, "series", **query), "data", JSON, "Series"),
        Link(links.href(*path, "series", **query, bucket="raw", f="csv"), "data", CSV, "Values"),
        Link(links.href(*path, "calendar", **query), "related", JSON, "Calendar"),
        Link(links.href(*path, "completeness", **query), "related", JSON, "Completeness"),
    ]


def _rose_links(known: Sequence[Series], of_station: Callable[..., str]) -> list[dict[str, object]]:
    if not {SPEED, DIRECTION} <= {it.parameter for it in known}:
        return []
    return [Link(of_station("wind-rose"), "related", JSON, "Wind rose").as_json()]
