"""All stations at once over HTTP: what they measure, how each stands against its norms, and a parameter in time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from fastapi import APIRouter, Request, Response

from altaigis.api import openapi, respond
from altaigis.api.links import Links
from altaigis.api.negotiation import CSV, JSON, parameters, wanted_format, wanted_language
from altaigis.api.norms import about_limit
from altaigis.api.state import Services
from altaigis.api.station_pages import unit_title
from altaigis.api.stations import iso, note, parse_synthetic
from altaigis.api.stations import title as title_of
from altaigis.domain.bucket import Width, parse_statistics
from altaigis.domain.observation import ZONE
from altaigis.domain.series import Series
from altaigis.domain.standing import NEAR, TITLES, Standing
from altaigis.domain.text import Language, Text
from altaigis.encoders import table as tables
from altaigis.errors import ParameterError
from altaigis.filters.stretch import parse_stretch
from altaigis.services.series import SeriesService, Station

router = APIRouter(tags=["Monitoring"])

TABLE = {"json": JSON, "csv": CSV}
DOCUMENT = {"json": JSON}
#: How a status is found, as people are told.
RULE = Text(
    ru="Последнее значение — с разовой ПДК или ПДК пробы, последние полные сутки (не меньше 75 % значений) — со "
    "среднесуточной; решает худшее. Выше — больше ПДК (кислорода — меньше), близко — от 80 % ПДК. Молчит — нет "
    "пригодных значений дольше, чем разрешает правило тревог.",
    en="The latest value is held against the limit of single values or samples, the newest complete day (at least 75 % "
    "of its values) against that of days; the worse decides. Above is more than the limit (of oxygen less), near is "
    "from 80 % of it on. Silent has had no usable value for longer than the rule of alerts allows.",
)
_COLUMNS = (
    "station", "name", "medium", "longitude", "latitude", "parameter", "value", "unit", "time", "flag", "synthetic",
    "note", "status", "status_title", "limit", "averaging", "compared", "begin", "end", "bound", "multiple",
)  # fmt: skip


@router.get(
    "/stations/parameters",
    summary="What stations measure",
    openapi_extra=openapi.operation((JSON,), schema="MeasuredParameters"),
)
async def measured(request: Request, services: Services) -> Response:
    parameters(request)
    wanted_format(request, DOCUMENT)
    language, links = wanted_language(request), Links(request)
    found = [
        {
            **_about(it.series, services, language),
            "medium": it.parameter.medium,
            "stations": len(it.series),
            "synthetic_stations": sum(one.synthetic for one in it.series),
            "limits": len(it.limits),
            "first": iso(min(one.first for one in it.series)),
            "last": iso(max(one.last for one in it.series)),
            "step": _usual_step(it.series),
        }
        for it in await services.overview.parameters()
    ]
    own = [link.as_json() for link in links.formats(DOCUMENT, "json")]
    return respond.json(request, {"parameters": found, "links": own})


@router.get(
    "/stations/status",
    summary="How each station stands against the norms of a parameter now",
    openapi_extra=openapi.operation((JSON, CSV), "measured", "ofNorm", "synthetic", schema="StationStatus"),
)
async def status(request: Request, services: Services) -> Response:
    asked = parameters(request, "parameter", "norm", "synthetic")
    chosen, language, links = wanted_format(request, TABLE), wanted_language(request), Links(request)
    series = await _series(services, asked)
    limits, norms = await services.overview.limits(series[0], asked.get("norm"))
    standings = await services.overview.standings(
        parameter=series[0].parameter,
        norm=asked.get("norm"),
        synthetic=parse_synthetic(asked.get("synthetic")),
    )
    stations = await services.series.stations()
    rows = [
        _row(one, stations[one.latest.series.station], language)
        for one in standings
        if one.latest.series.station in stations
    ]
    if chosen == "csv":
        return _table(request, rows, series[0].parameter)
    counted = Counter(one["status"] for one in rows)
    document = {
        **_about(series, services, language),
        "norm": limits[0].norm if limits else None,
        "rule": RULE.in_(language),
        "near": NEAR,
        "statuses": [
            {"status": name, "title": title.in_(language), "count": counted[name]} for name, title in TITLES.items()
        ],
        "limits": [
            about_limit(limit, norms, language) | {"value_in_unit": limit.value_in(series[0].unit)} for limit in limits
        ],
        "numberReturned": len(rows),
        "stations": rows,
        "links": [link.as_json() for link in links.formats(TABLE, chosen)],
    }
    return respond.json(request, document)


@router.get(
    "/stations/{station_id}/status",
    summary="How each parameter of a station stands against its norms now",
    openapi_extra=openapi.operation((JSON, CSV), "ofNorm", "synthetic", schema="StatusOfStation"),
)
async def status_of(request: Request, services: Services, station_id: str) -> Response:
    asked = parameters(request, "norm", "synthetic")
    chosen, language, links = wanted_format(request, TABLE), wanted_language(request), Links(request)
    service = services.series
    station = await service.station(station_id)
    found = await services.overview.standings(
        station=station_id, norm=asked.get("norm"), synthetic=parse_synthetic(asked.get("synthetic"))
    )
    rows = [_row(one, station, language) for one in found]
    if chosen == "csv":
        return _table(request, rows, station_id)
    document = {
        **_head(station, language),
        "rule": RULE.in_(language),
        "near": NEAR,
        "parameters": [
            row | {"title": _title(one.latest.series, service, language)} for row, one in zip(rows, found, strict=True)
        ],
        "links": [link.as_json() for link in links.formats(TABLE, chosen)],
    }
    return respond.json(request, document)


@router.get(
    "/stations/series",
    summary="A parameter at all stations by buckets of time",
    openapi_extra=openapi.operation(
        (JSON,), *("measured", "stretch", "bucket", "statistic", "synthetic"), schema="StationFrames"
    ),
)
async def frames(request: Request, services: Services) -> Response:
    asked = parameters(request, "parameter", "datetime", "bucket", "statistic", "synthetic")
    wanted_format(request, DOCUMENT)
    language, links = wanted_language(request), Links(request)
    series, width = await _series(services, asked), Width.parse(asked.get("bucket", openapi.USUAL_BUCKET))
    of, statistic = series[0], None
    if "statistic" in asked:
        names = parse_statistics(asked["statistic"], services.series.parameter(of).totals)
        if len(names) != 1 or names[0] in ("count", "completeness"):
            raise ParameterError("statistic", "is one of what is told of values, as mean or max")
        (statistic,) = names
    found, told = await services.overview.frames(series, width, parse_stretch(asked.get("datetime")), statistic)
    stations = await services.series.stations()
    document = {
        **_about(series, services, language),
        "bucket": str(width),
        "zone": ZONE if width.is_calendar else "UTC",
        "statistic": told,
        "times": [f"{time}Z" for time in np.datetime_as_string(found.starts.astype("datetime64[us]"), "s")],
        "stations": [
            {
                **_head(stations[one.station], language),
                "synthetic": one.synthetic,
                "values": [None if np.isnan(value) else round(value, 6) for value in values.tolist()],
            }
            for one, values in zip(found.series, found.values, strict=True)
            if one.station in stations
        ],
        "links": [link.as_json() for link in links.formats(DOCUMENT, "json")],
    }
    return respond.data(request, orjson.dumps(document), JSON)


async def _series(services: Services, asked: Mapping[str, str]) -> list[Series]:
    """Of the parameter that is asked for, one a station.

    Raises:
        ParameterError: none is asked for, or nobody measures it.
    """
    known = await services.series.series(synthetic=parse_synthetic(asked.get("synthetic")))
    there = ", ".join(dict.fromkeys(one.parameter for one in known)) or "no parameter yet"
    if "parameter" not in asked:
        raise ParameterError("parameter", f"is required; stations have {there}")
    found = [one for one in known if one.parameter == asked["parameter"]]
    if not found:
        raise ParameterError("parameter", f"no station has '{asked['parameter'][:60]}'; they have {there}")
    return found


def _about(series: Sequence[Series], services: Services, language: Language) -> dict[str, Any]:
    """What is told of a parameter; where any of its series is made up, that is said."""
    parameter = services.series.parameter(series[0])
    made_up = next((one for one in series if one.synthetic), None)
    return {
        "parameter": parameter.code,
        "title": title_of(made_up, parameter, language) if made_up else parameter.title.in_(language),
        "unit": series[0].unit,
        "unit_title": unit_title(series[0].unit, language),
        "digits": parameter.digits,
        "totals": parameter.totals,
        "synthetic": made_up is not None,
        "note": note(made_up, language) if made_up else None,
    }


def _title(one: Series, service: SeriesService, language: Language) -> str:
    return title_of(one, service.parameter(one), language)


def _head(station: Station, language: Language) -> dict[str, Any]:
    longitude, latitude = station.place or (None, None)
    return {
        "station": station.id,
        "name": station.name(language),
        "medium": station.medium,
        "longitude": longitude,
        "latitude": latitude,
    }


def _table(request: Request, rows: Sequence[Mapping[str, Any]], of: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="status_{of}.csv"'}
    return respond.data(request, tables.csv_of(rows, _COLUMNS), CSV, headers=headers)


def _row(one: Standing, station: Station, language: Language) -> dict[str, Any]:
    latest, worst = one.latest, one.decisive
    values = (
        (worst.limit.id, worst.limit.averaging, worst.value, iso(worst.begin), iso(worst.end), worst.bound)
        if worst
        else (None,) * 6
    )
    return {
        **_head(station, language),
        "parameter": latest.series.parameter,
        "value": latest.value,
        "unit": latest.series.unit,
        "time": iso(latest.time),
        "flag": latest.flag,
        "synthetic": latest.series.synthetic,
        "note": note(latest.series, language),
        "status": one.status,
        "status_title": TITLES[one.status].in_(language),
        **dict(zip(("limit", "averaging", "compared", "begin", "end", "bound"), values, strict=True)),
        "multiple": worst.multiple if worst and worst.multiple != float("inf") else None,
    }


def _usual_step(series: Sequence[Series]) -> float | None:
    """The most frequent step, in seconds."""
    steps = Counter(one.step for one in series if one.step)
    return steps.most_common(1)[0][0].total_seconds() if steps else None
