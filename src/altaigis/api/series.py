"""Series of stations: by buckets of time with anomalies, the rose of the winds, and a value a day of a year."""

import asyncio
import math
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
from fastapi import APIRouter, Request, Response

from altaigis.api import openapi, respond
from altaigis.api.links import Links, header
from altaigis.api.negotiation import CSV, JSON, parameters, wanted_format, wanted_language
from altaigis.api.state import Services
from altaigis.api.stations import about, iso, note, parse_synthetic
from altaigis.domain.bucket import SEASONS, Width, midnight, parse_statistics
from altaigis.domain.link import Link
from altaigis.domain.observation import ZONE
from altaigis.domain.series import ALWAYS, Interval, Series
from altaigis.domain.text import Language
from altaigis.domain.wind import CALM, SECTORS, SPEEDS, Division, Rose
from altaigis.encoders import table as tables
from altaigis.errors import ParameterError
from altaigis.filters.params import parse_limit
from altaigis.filters.stretch import parse_stretch
from altaigis.services.normals import Normals
from altaigis.services.series import DIRECTION, SPEED, Page, Question, SeriesService, Station

router = APIRouter(tags=["Monitoring"])

FORMATS = {"json": JSON, "csv": CSV, "parquet": tables.PARQUET}
TABLE = {"json": JSON, "csv": CSV}
RAW = "raw"
#: Days of no year are more.
MOST_DAYS = 366
#: Since the first instrument of the region.
MOST_YEARS = 500
MOST_CLASSES = 12


@router.get(
    "/stations/{station_id}/series",
    summary="A series of a station by buckets of time",
    openapi_extra=openapi.operation(
        (JSON, CSV, tables.PARQUET),
        *("measured", "stretch", "bucket", "statistics", "anomaly", "synthetic", "rows"),
        schema="StationSeries",
    ),
)
async def series(request: Request, services: Services, station_id: str) -> Response:
    names = ("parameter", "datetime", "bucket", "statistics", "anomaly", "synthetic", "limit")
    asked = parameters(request, *names)
    chosen = wanted_format(request, FORMATS)
    service, language, links = services.series, wanted_language(request), Links(request)
    at = await service.station(station_id)
    synthetic, interval = parse_synthetic(asked.get("synthetic")), parse_stretch(asked.get("datetime"))
    one = await service.find(station_id, asked.get("parameter"), synthetic, interval)
    page = await service.page(_question(one, asked, chosen, service))
    following = _next(page, links)
    headers = header(following)
    if chosen == "json":
        own = [*links.formats(FORMATS, chosen), *following, _station_link(station_id, links)]
        body = await asyncio.to_thread(_body, page, at, service, language, [link.as_json() for link in own])
        return respond.data(request, body, JSON, headers=headers)
    told = await asyncio.to_thread(_file, page, chosen, language)
    return respond.data(request, told, FORMATS[chosen], headers=headers | _attachment(page.question, chosen))


@router.get(
    "/stations/{station_id}/wind-rose",
    summary="How often the wind comes from where, and how strong",
    openapi_extra=openapi.operation(
        (JSON, CSV), "stretch", "sectors", "speeds", "calm", "season", "synthetic", schema="WindRose"
    ),
)
async def wind_rose(request: Request, services: Services, station_id: str) -> Response:
    asked = parameters(request, "datetime", "sectors", "classes", "calm", "season", "synthetic")
    chosen = wanted_format(request, TABLE)
    service, language, links = services.series, wanted_language(request), Links(request)
    division, interval = _division(asked), parse_stretch(asked.get("datetime"))
    at = await service.station(station_id)
    speed, direction = await service.wind(station_id, parse_synthetic(asked.get("synthetic")), interval)
    rose = await service.rose(speed, direction, interval, division)
    bounds = [*division.speeds, None]
    classes = [{"from": low, "below": high} for low, high in pairwise(bounds)]
    if chosen == "csv":
        rows = _rose_rows(rose, division, classes, speed, language)
        headers = {"Content-Disposition": f'attachment; filename="{_file_name(speed, "wind-rose")}.csv"'}
        return respond.data(request, tables.csv_of(rows, list(rows[0])), CSV, headers=headers)
    document = {
        "station": station_id,
        "name": at.name(language),
        "parameters": [SPEED, DIRECTION],
        "unit": speed.unit,
        "synthetic": speed.synthetic,
        "note": note(speed, language),
        "interval": _interval(interval),
        "season": division.season,
        "classes": classes,
        "sectors": [
            {
                "direction": division.direction(n),
                "name": point.in_(language) if (point := division.point(n)) else None,
                "counts": counts.tolist(),
                "share": _share(int(counts.sum()), rose),
            }
            for n, counts in enumerate(rose.counts)
        ],
        "calm": {"below": division.speeds[0], "count": rose.calm, "share": _share(rose.calm, rose)},
        "undirected": rose.undirected,
        "count": rose.count,
        "bad": rose.bad,
        "completeness": rose.completeness(speed, interval, division.season),
        "links": [*(it.as_json() for it in links.formats(TABLE, chosen)), _station_link(station_id, links).as_json()],
    }
    return respond.json(request, document)


@router.get(
    "/stations/{station_id}/calendar",
    summary="A value a day of a year",
    openapi_extra=openapi.operation(
        (JSON, CSV), "measured", "calendarYear", "statistic", "synthetic", schema="StationCalendar"
    ),
)
async def calendar(request: Request, services: Services, station_id: str) -> Response:
    asked = parameters(request, "parameter", "year", "statistic", "synthetic")
    chosen = wanted_format(request, TABLE)
    service, language, links = services.series, wanted_language(request), Links(request)
    at = await service.station(station_id)
    one = await service.find(station_id, asked.get("parameter"), parse_synthetic(asked.get("synthetic")))
    years = await _years(one, service)
    year, statistic = _year(asked.get("year"), years), _statistic(asked.get("statistic"), one, service)
    interval = Interval(midnight(date(year, 1, 1)), midnight(date(year + 1, 1, 1)))
    names = tuple(dict.fromkeys((statistic, "count", "completeness")))
    page = await service.page(Question(one, Width("day"), interval, names, MOST_DAYS))
    days = _days(tables.columns(page.table), year, statistic)
    if chosen == "csv":
        columns = {name: [value] * len(days["date"]) for name, value in _constants(one).items()} | days
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        headers = {"Content-Disposition": f'attachment; filename="{_file_name(one, str(year))}.csv"'}
        return respond.data(request, tables.csv_of(rows, list(columns)), CSV, headers=headers)
    document = {
        "station": station_id,
        "name": at.name(language),
        **about(one, service.parameter, language),
        "zone": ZONE,
        "year": year,
        "years": years,
        "statistic": statistic,
        "values": days,
        "links": [*(it.as_json() for it in links.formats(TABLE, chosen)), _station_link(station_id, links).as_json()],
    }
    return respond.json(request, document)


def _question(one: Series, asked: Mapping[str, str], chosen: str, service: SeriesService) -> Question:
    """What the parameters of a request ask of a series."""
    usual = openapi.USUAL_ROWS if chosen == "json" else openapi.MOST_ROWS
    limit = parse_limit(asked.get("limit"), usual, openapi.MOST_ROWS)
    interval, bucket = parse_stretch(asked.get("datetime")), asked.get("bucket", openapi.USUAL_BUCKET)
    anomaly = asked.get("anomaly", "false")
    if anomaly not in ("true", "false"):
        raise ParameterError("anomaly", f"'{anomaly[:40]}' is neither true nor false")
    if bucket == RAW:
        for name in ("statistics", "anomaly"):
            if name in asked:
                raise ParameterError(name, "is told of buckets, and not of single values (bucket=raw)")
        return Question(one, None, interval, (), limit)
    width = Width.parse(bucket)
    statistics = parse_statistics(asked.get("statistics"), service.parameter(one).totals)
    return Question(one, width, interval, statistics, limit, anomaly == "true")


def _body(page: Page, at: Station, service: SeriesService, language: Language, links: list[dict[str, object]]) -> bytes:
    """Beside the event loop: a hundred thousand rows take it too long."""
    return orjson.dumps(_document(page, at, service, language) | {"links": links})


def _document(page: Page, at: Station, service: SeriesService, language: Language) -> dict[str, Any]:
    asked, one = page.question, page.question.series
    columns = tables.columns(page.table)
    return {
        "station": one.station,
        "name": at.name(language),
        **about(one, service.parameter, language),
        "bucket": str(asked.width or RAW),
        "zone": ZONE if asked.width and asked.width.is_calendar else "UTC",
        "interval": _interval(asked.interval),
        "normals": _normals(page.normals),
        "numberReturned": page.table.num_rows,
        "values": columns,
    }


def _file(page: Page, chosen: str, language: Language) -> bytes:
    """The table with what a file must say by itself, in each row."""
    one = page.question.series
    table = tables.marked(page.table, _constants(one))
    if chosen == "csv":
        return tables.csv(table)
    told = {"bucket": str(page.question.width or RAW), "zone": ZONE, "note": note(one, language) or ""}
    return tables.parquet(table, {name: str(value) for name, value in (_constants(one) | told).items()})


def _constants(one: Series) -> dict[str, str | bool]:
    return {"station": one.station, "parameter": one.parameter, "unit": one.unit, "synthetic": one.synthetic}


def _attachment(asked: Question, chosen: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{_file_name(asked.series, str(asked.width or RAW))}.{chosen}"'
    }


def _file_name(one: Series, what: str) -> str:
    name = "_".join([one.station, one.parameter, what, *(["synthetic"] if one.synthetic else [])])
    # an id may have any letters, and a header has not
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-" for letter in name)


def _next(page: Page, links: Links) -> list[Link]:
    if page.following is None:
        return []
    end = page.question.interval.end
    following = f"{iso(page.following)}/{iso(end) if end else '..'}"
    # another interval may have another series: pages that follow are of this one
    kind = str(page.question.series.synthetic).lower()
    return [Link(links.here(synthetic=kind, datetime=following), "next", JSON)]


def _station_link(station_id: str, links: Links) -> Link:
    return Link(links.href("stations", station_id), "up", JSON)


def _interval(interval: Interval) -> list[str | None]:
    return [None if end is None else iso(end) for end in (interval.begin, interval.end)]


def _normals(normals: Normals | None) -> dict[str, Any] | None:
    if normals is None:
        return None
    months = [None if math.isnan(value) else value for value in normals.months]
    return {
        "parameter": normals.parameter,
        "kind": normals.kind,
        "source": normals.source,
        "period": normals.period,
        "unit": normals.unit,
        "months": months,
    }


def _division(asked: Mapping[str, str]) -> Division:
    sectors = asked.get("sectors", str(Division().sectors))
    if sectors not in map(str, SECTORS):
        raise ParameterError("sectors", f"'{sectors[:20]}' is not offered; there are {', '.join(map(str, SECTORS))}")
    season = asked.get("season")
    if season not in (None, *SEASONS):
        raise ParameterError("season", f"'{season[:20]}' is no season; there are {', '.join(SEASONS)}")
    calm = _calm(asked.get("calm", str(CALM)))
    classes = _speeds("classes", asked["classes"]) if "classes" in asked else [it for it in SPEEDS if it > calm]
    if classes and classes[0] <= calm:
        raise ParameterError("calm", f"{calm:g} is not below all classes, the first of which is {classes[0]:g}")
    return Division(int(sectors), (calm, *classes), season)


def _calm(text: str) -> float:
    """Below which there is no wind to speak of."""
    try:
        calm = float(text[:200])
    except ValueError:
        calm = math.nan
    if not 0 < calm < math.inf:
        raise ParameterError("calm", f"'{text[:40]}' is no speed above 0, like 0.5")
    return calm


def _speeds(name: str, text: str) -> list[float]:
    """Speeds in ascending order, with commas between them."""
    try:
        found = [float(part) for part in text[:200].split(",")]
    except ValueError:
        found = []
    ascending = found == sorted(set(found)) and all(0 < it < math.inf for it in found)
    if not found or not ascending or len(found) > MOST_CLASSES:
        raise ParameterError(
            name, f"'{text[:40]}' is not 1 to {MOST_CLASSES} speeds above 0 in ascending order, like 2,4,6"
        )
    return found


def _share(count: int, rose: Rose) -> float | None:
    return round(count / rose.count, 6) if rose.count else None


def _rose_rows(
    rose: Rose, division: Division, classes: list[dict[str, float | None]], speed: Series, language: Language
) -> list[dict[str, Any]]:
    """A row for each sector and class, and one for calm."""
    known = {"station": speed.station, "unit": speed.unit, "synthetic": speed.synthetic}
    calm = {"direction": None, "name": None, "from": 0, "below": division.speeds[0], "count": rose.calm}
    rows: list[dict[str, Any]] = [known | calm]
    for (n, at), count in np.ndenumerate(rose.counts):
        point = division.point(n)
        whence = {"direction": division.direction(n), "name": point.in_(language) if point else None}
        rows.append(known | whence | classes[at] | {"count": int(count)})
    return rows


async def _years(one: Series, service: SeriesService) -> list[int]:
    """Those that have values, be they bad."""
    page = await service.page(Question(one, Width("year"), ALWAYS, ("count",), MOST_YEARS))
    told = tables.columns(page.table)
    rows = zip(told["period"], told["count"], told["bad"], strict=True)
    return [int(year) for year, count, bad in rows if count or bad]


def _year(text: str | None, years: list[int]) -> int:
    if text is None:
        return years[-1]
    if text not in map(str, years):
        raise ParameterError("year", f"'{text[:20]}' has no values; there are those of {_runs(years)}")
    return int(text)


def _runs(years: list[int]) -> str:
    """``1991 to 1995, 2001``."""
    firsts = [year for year in years if year - 1 not in years]
    lasts = [year for year in years if year + 1 not in years]
    return ", ".join(f"{a}" if a == b else f"{a} to {b}" for a, b in zip(firsts, lasts, strict=True))


def _statistic(text: str | None, one: Series, service: SeriesService) -> str:
    """One statistic; without any the sum of what is summed, the mean of all else."""
    totals = service.parameter(one).totals
    if text is None:
        return "sum" if totals == "sum" else "mean"
    try:
        (found,) = parse_statistics(text, totals)
    except ParameterError as error:
        raise ParameterError("statistic", str(error).removeprefix("statistics: ")) from None
    except ValueError:
        raise ParameterError("statistic", "is one") from None
    return found


def _days(found: Mapping[str, list[Any]], year: int, statistic: str) -> dict[str, list[Any]]:
    """All days of a year, with those that have values in their places."""
    places = {day: at for at, day in enumerate(found["period"])}
    days = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]").astype(str).tolist()
    told = {"value": (statistic, None), "count": ("count", 0), "completeness": ("completeness", 0), "bad": ("bad", 0)}
    columns = {
        name: [found[column][places[day]] if day in places else absent for day in days]
        for name, (column, absent) in told.items()
    }
    return {"date": days, **columns}
