"""Statistics of a station's series: trend, changes of level, decomposition, outliers and completeness."""

import math
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response

from altaigis.api import openapi, respond
from altaigis.api.links import Links
from altaigis.api.negotiation import CSV, JSON, parameters, wanted_format, wanted_language
from altaigis.api.state import Services, State
from altaigis.api.stations import parse_synthetic, title
from altaigis.domain.bucket import Width
from altaigis.domain.link import Link
from altaigis.domain.observation import SYNTHETIC
from altaigis.domain.series import Series
from altaigis.domain.text import Language
from altaigis.encoders import table as tables
from altaigis.errors import ParameterError
from altaigis.filters.stretch import parse_stretch
from altaigis.services.meanings import METHODS
from altaigis.services.statistics import LEAST_SHARE, TESTS, Finding, Step, Test, Wanted

router = APIRouter(tags=["Monitoring"])

TABLE = {"json": JSON, "csv": CSV}
#: What each resource takes beside its own parameters.
SHARED = ("parameter", "datetime", "bucket", "completeness", "synthetic")
DESCRIBED = ("measured", "stretch", "step", "completeness", "synthetic")


@router.get(
    "/stations/{station_id}/trend",
    summary="Whether a series rises or falls, and by how much in ten years",
    openapi_extra=openapi.operation((JSON, CSV), *DESCRIBED, "test", "alpha", schema="Statistics"),
)
async def trend(request: Request, services: Services, station_id: str) -> Response:
    asked = parameters(request, *SHARED, "test", "alpha")
    wanted = await _wanted(request, services, station_id, ("month", "season", "year"))
    alpha = _number("alpha", asked.get("alpha"), 0.05)
    found = await services.statistics.trend(wanted, _test(asked.get("test")), alpha)
    return _answer(request, wanted, found)


@router.get(
    "/stations/{station_id}/changes",
    summary="When the level of a series changed at once",
    openapi_extra=openapi.operation((JSON, CSV), *DESCRIBED, "alpha", "strictness", schema="Statistics"),
)
async def changes(request: Request, services: Services, station_id: str) -> Response:
    asked = parameters(request, *SHARED, "alpha", "strictness")
    wanted = await _wanted(request, services, station_id, ("month", "season", "year"))
    alpha, strictness = _number("alpha", asked.get("alpha"), 0.05), _number("strictness", asked.get("strictness"), 1.0)
    return _answer(request, wanted, await services.statistics.changes(wanted, alpha, strictness))


@router.get(
    "/stations/{station_id}/decomposition",
    summary="A series as the sum of its trend, its season and a remainder",
    openapi_extra=openapi.operation((JSON, CSV), *DESCRIBED, schema="Statistics"),
)
async def decomposition(request: Request, services: Services, station_id: str) -> Response:
    parameters(request, *SHARED)
    wanted = await _wanted(request, services, station_id, ("month", "season", "day"))
    return _answer(request, wanted, await services.statistics.decomposition(wanted))


@router.get(
    "/stations/{station_id}/outliers",
    summary="Values far from what their season and years make likely; they stay in the series",
    openapi_extra=openapi.operation((JSON, CSV), *DESCRIBED, "threshold", schema="Statistics"),
)
async def outliers(request: Request, services: Services, station_id: str) -> Response:
    asked = parameters(request, *SHARED, "threshold")
    wanted = await _wanted(request, services, station_id, ("day", "month", "season"))
    threshold = _number("threshold", asked.get("threshold"), 3.5)
    return _answer(request, wanted, await services.statistics.outliers(wanted, threshold))


@router.get(
    "/stations/{station_id}/completeness",
    summary="How much of each month and year a series has values for",
    openapi_extra=openapi.operation((JSON, CSV), "measured", "stretch", "synthetic", schema="Statistics"),
)
async def completeness(request: Request, services: Services, station_id: str) -> Response:
    parameters(request, "parameter", "datetime", "synthetic")
    wanted = await _wanted(request, services, station_id, ("month",))
    return _answer(request, wanted, await services.statistics.completeness(wanted))


async def _wanted(request: Request, services: State, station: str, steps: tuple[Step, ...]) -> Wanted:
    """What is to be analysed; the first of the steps serves who names none.

    Raises:
        StationNotFound: there is no such station.
        ParameterError: the station has no such series, or a parameter cannot be used.
    """
    asked = request.query_params
    width = Width.parse(asked.get("bucket", steps[0]))
    step = next((it for it in steps if it == width.unit), None)
    if step is None:
        raise ParameterError("bucket", f"'{asked['bucket'][:40]}' is not offered here; there are {', '.join(steps)}")
    least = _number("completeness", asked.get("completeness"), LEAST_SHARE)
    if not 0 <= least <= 1:
        raise ParameterError("completeness", f"is {least:g}; give a share from 0 to 1")
    synthetic = parse_synthetic(asked.get(SYNTHETIC))
    interval = parse_stretch(asked.get("datetime"))
    series = await services.series.find(station, asked.get("parameter"), synthetic, interval)
    return Wanted(series, interval, step, least)


def _test(name: str | None) -> Test | None:
    found = next((test for test in TESTS if test == name), None)
    if name is not None and found is None:
        raise ParameterError("test", f"'{name[:40]}' is none; there are {', '.join(TESTS)}")
    return found


def _number(name: str, text: str | None, default: float) -> float:
    try:
        found = default if text is None else float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ParameterError(name, f"'{(text or '')[:40]}' is no number")
    return found


def _answer(request: Request, wanted: Wanted, found: Finding) -> Response:
    chosen, series = wanted_format(request, TABLE), wanted.series
    if chosen == "csv":
        made_up = f"_{SYNTHETIC}" * series.synthetic
        name = f"{series.station}_{series.parameter}_{request.url.path.rsplit('/', 1)[-1]}{made_up}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return respond.data(request, _csv(found, series), CSV, headers=headers)
    language, steps = wanted_language(request), found.steps
    document = {
        "station": series.station,
        "parameter": {
            "code": series.parameter,
            "title": title(series, found.parameter, language),
            "unit": found.parameter.unit,
        },
        SYNTHETIC: series.synthetic,
        "bucket": steps.step,
        "interval": [steps.labels[0], steps.labels[-1]],
        "steps": len(steps.values),
        "values": int(np.isfinite(steps.values).sum()),
        "thin": int(steps.thin.sum()),
        "completeness": wanted.least,
        "methods": [_method(name, language) for name in found.methods],
        "result": found.figures,
        "rows": [dict(zip(found.table, row, strict=True)) for row in zip(*found.table.values(), strict=True)],
        "meaning": found.meaning.model_dump(),
        "links": [
            *(link.as_json() for link in Links(request).formats(TABLE, "json")),
            Link(Links(request).href("stations", series.station), "up", JSON).as_json(),
        ],
    }
    return respond.json(request, document)


def _method(name: str, language: Language) -> dict[str, Any]:
    method = METHODS[name]
    return {
        "id": name,
        "title": method.title.in_(language),
        "formula": method.formula,
        "citations": method.citations,
        "assumptions": method.assumptions.in_(language),
    }


def _csv(found: Finding, series: Series) -> bytes:
    """The table with a heading; what is missing is empty. What has no table, as a trend, is one row of its figures."""
    known = {"station": series.station, "parameter": series.parameter, "unit": series.unit}
    table = found.table or _figures(found)
    rows = [
        {**known, **dict(zip(table, row, strict=True)), SYNTHETIC: series.synthetic}
        for row in zip(*table.values(), strict=True)
    ]
    return tables.csv_of(rows, [*known, *table, SYNTHETIC])


def _figures(found: Finding) -> dict[str, list[Any]]:
    steps = found.steps
    told: dict[str, Any] = {
        "bucket": steps.step,
        "from": steps.labels[0],
        "to": steps.labels[-1],
        "values": int(np.isfinite(steps.values).sum()),
    }
    told |= {name: value for name, value in found.figures.items() if not isinstance(value, list)}
    return {name: [value] for name, value in (told | {"method": found.methods[0]}).items()}
