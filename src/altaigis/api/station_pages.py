"""Stations as people read them: the list with what each says now, and a station with the chart of its series."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response

from altaigis.api import html, web
from altaigis.api.links import Links
from altaigis.api.methods import ROUTES
from altaigis.api.negotiation import wanted_language
from altaigis.api.state import State
from altaigis.domain.observation import STATIONS
from altaigis.domain.parameter import Parameter
from altaigis.domain.series import Latest, Series
from altaigis.domain.text import Language, Text
from altaigis.domain.wording import number, unit_in
from altaigis.services.series import Station

MEDIA: Mapping[str, Text] = {
    "meteo": Text(ru="Погода", en="Weather"),
    "air": Text(ru="Воздух", en="Air"),
    "water": Text(ru="Вода", en="Water"),
    "radiation": Text(ru="Радиация", en="Radiation"),
    "seismic": Text(ru="Сейсмика", en="Seismic"),
    "infrasound": Text(ru="Инфразвук", en="Infrasound"),
}
FLAGS: Mapping[str, Text] = {
    "good": Text(ru="проверено", en="good"),
    "unchecked": Text(ru="не проверено", en="unchecked"),
    "suspect": Text(ru="сомнительно", en="suspect"),
    "bad": Text(ru="брак", en="bad"),
    "estimated": Text(ru="оценка", en="estimated"),
}
#: A list has a column for each of so many parameters of a medium, those that most of its stations have.
MOST_COLUMNS = 5
#: A station is silent that has told nothing for so many of its steps, and for a day.
SILENT_STEPS, SILENT_TIME = 3, timedelta(days=1)
#: What may be asked of a series; of some alone where there are norms.
_RESOURCES: Mapping[str, Text] = {
    "trend": Text(ru="тренд", en="trend"),
    "changes": Text(ru="сдвиги", en="changes"),
    "decomposition": Text(ru="сезонность", en="seasons"),
    "outliers": Text(ru="выбросы", en="outliers"),
    "exceedances": Text(ru="превышения", en="exceedances"),
    "episodes": Text(ru="эпизоды", en="episodes"),
}
_OF_STATION = re.compile(r"/stations/\{\w+\}/[a-z-]+$")
_OF_NORMS = frozenset({"exceedances", "episodes"})
#: The script of the front end that draws the chart.
SCRIPT = "src/station-page.ts"


@dataclass(frozen=True)
class _Cell:
    """A value as it is written, with its unit, moment and flag."""

    parameter: Parameter
    title: str
    value: str
    unit: str
    time: datetime
    flag: str
    synthetic: bool


@dataclass(frozen=True)
class _Row:
    """A station in a list; ``cells`` by code of the parameter."""

    station: Station
    name: str
    href: str
    cells: Mapping[str, _Cell]
    newest: datetime | None
    silent: bool
    synthetic: bool


def stations_page(request: Request, services: State, stations: Iterable[Station], newest: Iterable[Latest]) -> Response:
    """Stations by medium, with their latest values."""
    language, links = wanted_language(request), Links(request)
    by_station: dict[str, list[Latest]] = {}
    for one in newest:
        by_station.setdefault(one.series.station, []).append(one)
    rows = [_row(services, station, by_station.get(station.id, []), links, language) for station in stations]
    of_medium = {medium: [row for row in rows if row.station.medium == medium] for medium in MEDIA}
    return html.page(
        request,
        "stations.html",
        sections=[_section(services, medium, its, language) for medium, its in of_medium.items() if its],
        synthetic=any(row.synthetic for row in rows),
        moment=lambda time: _moment(time, language),
        csv=links.href("stations", "latest", f="csv"),
        geojson=links.href("stations", "latest", f="json"),
    )


def station_page(
    request: Request, services: State, station: Station, series: Sequence[Series], newest: Mapping[int, Latest]
) -> Response:
    """A station: what it is, what it says now, and its series in a chart.

    Args:
        newest: latest values by number of the series.
    """
    language, links = wanted_language(request), Links(request)
    cells = [
        (one, _cell(services, newest[one.number], language) if one.number in newest else None)
        for one in _in_order(services, series)
    ]
    about = services.series.layer
    facts = [
        (about.fields[name].title, _fact(station.properties.get(name), language), about.fields[name].unit)
        for name in _facts(language)
        if name in about.fields and station.properties.get(name) is not None
    ]
    return html.page(
        request,
        "station.html",
        policy=html.WITH_SCRIPT,
        station=station,
        name=station.name(language),
        medium=MEDIA[medium].in_(language) if (medium := station.medium or "") in MEDIA else medium,
        facts=[(title.in_(language) if title else "", value, unit_in(unit, language)) for title, value, unit in facts],
        series=cells,
        synthetic=any(one.synthetic for one in series),
        measured=any(not one.synthetic for one in series),
        moment=lambda time: _moment(time, language),
        on_map=f"{links.href()}?lang={language}#sel={STATIONS}/{quote(station.id, safe='')}",
        feature=links.href("collections", STATIONS, "items", station.id, f="html", lang=language),
        described=lambda one: services.catalog.parameters.described(one.parameter, one.unit).title.in_(language),
        assets=web.assets(SCRIPT),
        offers=lambda one: list(_offers(request, services, one, links, language)),
        data=_data(services, station, series, language, links) if series else None,
    )


def _offers(
    request: Request, services: State, one: Series, links: Links, language: Language
) -> Iterator[tuple[str, str]]:
    """Title and address of what else this server tells of a series."""
    parameter = services.catalog.parameters.described(one.parameter, one.unit)
    paths = (getattr(route, "path", "") for route in request.scope[ROUTES])
    known = {path.rpartition("/")[2] for path in paths if _OF_STATION.match(path)}
    for name, title in _RESOURCES.items():
        if name in known and (name not in _OF_NORMS or parameter.substance):
            yield title.in_(language), links.href("stations", one.station, name, parameter=one.parameter, f="json")


def _data(services: State, station: Station, series: Iterable[Series], language: Language, links: Links) -> str:
    """What the chart is told, as JSON that no element of a page can end."""
    offered = []
    for one in _in_order(services, series):
        parameter = services.catalog.parameters.described(one.parameter, one.unit)
        offered.append(
            {
                "parameter": one.parameter,
                "title": parameter.title.in_(language),
                "unit": unit_title(one.unit, language),
                "code": one.unit,
                "digits": parameter.digits,
                "totals": parameter.totals,
                "normal": parameter.normal,
                "substance": parameter.substance,
                "synthetic": one.synthetic,
                "first": round(one.first.timestamp() * 1000),
                "last": round(one.last.timestamp() * 1000),
                "step": round(one.step.total_seconds() * 1000) if one.step else None,
            }
        )
    told = {
        "station": station.id,
        "name": station.name(language),
        "language": language,
        "root": f"{links.href().rstrip('/')}/",
        "series": offered,
    }
    return json.dumps(told, ensure_ascii=False).replace("<", "\\u003c")


def _in_order(services: State, series: Iterable[Series]) -> list[Series]:
    """As the files of parameters have them; those that none has come last."""
    places = _places(services)
    return sorted(series, key=lambda one: places(one.parameter))


def _places(services: State) -> Callable[[str], tuple[int, str]]:
    known = {code: place for place, code in enumerate(services.catalog.parameters)}
    return lambda code: (known.get(code, len(known)), code)


def _row(services: State, station: Station, newest: Sequence[Latest], links: Links, language: Language) -> _Row:
    cells = {one.series.parameter: _cell(services, one, language) for one in newest}
    times = [one.time for one in newest]
    now = datetime.now(UTC)
    steps = [one.series.step for one in newest if one.series.step]
    patience = max(SILENT_STEPS * min(steps, default=SILENT_TIME), SILENT_TIME)
    last = max(times, default=None)
    return _Row(
        station,
        station.name(language),
        links.href("stations", station.id, f="html", lang=language),
        cells,
        last,
        last is not None and now - last > patience,
        any(one.series.synthetic for one in newest),
    )


def _section(services: State, medium: str, rows: Sequence[_Row], language: Language) -> dict[str, Any]:
    places, told = _places(services), dict[str, int]()
    for row in rows:
        for code in row.cells:
            told[code] = told.get(code, 0) + 1
    codes = sorted(sorted(told, key=places), key=lambda code: -told[code])[:MOST_COLUMNS]
    columns = [next(row.cells[code] for row in rows if code in row.cells) for code in codes]
    return {"id": medium, "title": MEDIA[medium].in_(language), "columns": columns, "rows": rows}


def _cell(services: State, one: Latest, language: Language) -> _Cell:
    parameter = services.catalog.parameters.described(one.series.parameter, one.series.unit)
    return _Cell(
        parameter,
        parameter.title.in_(language),
        number(one.value, language, parameter.digits if parameter.is_declared else None),
        unit_title(one.series.unit, language),
        one.time,
        FLAGS[one.flag].in_(language),
        one.series.synthetic,
    )


def unit_title(unit: str, language: Language) -> str:
    """A number has none."""
    return "" if unit == "1" else unit_in(unit, language)


def _facts(language: Language) -> Iterator[str]:
    yield from (f"{name}_{language}" for name in ("network", "operator", "river"))
    yield from ("elevation_m", "catchment_km2", "mean_discharge_m3s", "wmo_index")
    yield f"note_{language}"


def _fact(value: Any, language: Language) -> str:
    return number(value, language) if isinstance(value, int | float) else str(value)


def _moment(time: datetime, language: Language) -> str:
    """By the region's clock."""
    return f"{time.astimezone(html.KRAI):{'%d.%m.%Y, %H:%M' if language == 'ru' else '%Y-%m-%d, %H:%M'}}"
