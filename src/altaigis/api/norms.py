"""Norms over HTTP: limits with their rivals, and series held against them."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from altaigis.api import html, openapi, respond
from altaigis.api.links import Links
from altaigis.api.negotiation import CSV, HTML, JSON, RESOURCE, parameters, wanted_format, wanted_language
from altaigis.api.state import Services
from altaigis.domain.link import Link
from altaigis.domain.norm import Limit, Norms, conflicts
from altaigis.domain.observation import SYNTHETIC
from altaigis.domain.series import ALWAYS, Interval, Series
from altaigis.domain.text import Language, Text
from altaigis.domain.wording import unit_in
from altaigis.encoders import table as tables
from altaigis.errors import ParameterError
from altaigis.filters.params import parse_switch
from altaigis.filters.stretch import parse_stretch
from altaigis.services.norms import COMPLETE, NORMS_LAYER, Question

if TYPE_CHECKING:
    from altaigis.services.judgements import Judgement, Told

router = APIRouter(tags=["Monitoring"])

TABLE = {"json": JSON, "csv": CSV}
#: Columns of an index as a table.
PARTS = (
    "station", "index", "value", "level", "part_of", "substance", "name", "mean", "limit", "limit_value", "unit",
    "hazard_class", "part", "reason", "source", "notes", SYNTHETIC,
)  # fmt: skip
#: Indices by name: what they are of.
INDICES: Mapping[str, str] = {"iza5": "air", "izv": "water"}
_GAP = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?")
_QUESTION = ("parameter", "norm", "limit", "datetime", "synthetic", "always")
_DESCRIBED = ("measured", "ofNorm", "limitId", "stretch", "synthetic", "always")

FORMULAS: Mapping[str, Text] = {
    "iza5": Text(
        ru="сумма пяти наибольших (среднее / ПДКсс)^k; k = 1,7; 1,3; 1,0; 0,85 для классов опасности 1–4; среднее — по "
        "средним полных суток",
        en="the sum of the five largest (mean / daily limit)^k; k = 1.7, 1.3, 1.0, 0.85 for hazard classes 1 to 4; the "
        "mean is that of the means of complete days",
    ),
    "izv": Text(
        ru="среднее шести отношений среднее / ПДК: кислород (ПДК / среднее), БПК и наибольшие из прочих",
        en="the mean of six ratios mean / limit: oxygen (limit / mean), BOD, and the largest of the others",
    ),
}
DISPUTED = Text(
    ru="Источники называют разные значения норм; индекс по другим — в alternatives.",
    en="The sources tell different values of limits; the index by the others is in alternatives.",
)
#: The index of the air is one of a year.
NEARLY_A_YEAR = timedelta(days=330)
SHORT = Text(
    ru="ИЗА5 определён для года; за меньшее время он не говорит об уровне загрязнения города.",
    en="The index is defined for a year; of a shorter time it says nothing of how polluted a town is.",
)
UNFINISHED = Text(
    ru="Это время ещё не кончилось: индекс — по тому, что измерено до сих пор.",
    en="This time is not over: the index is of what has been measured so far.",
)
LEVELS: Mapping[str, Text] = {
    "low": Text(ru="низкий", en="low"),
    "raised": Text(ru="повышенный", en="raised"),
    "high": Text(ru="высокий", en="high"),
    "very_high": Text(ru="очень высокий", en="very high"),
    "I": Text(ru="I — очень чистая", en="I, very clean"),
    "II": Text(ru="II — чистая", en="II, clean"),
    "III": Text(ru="III — умеренно загрязнённая", en="III, moderately polluted"),
    "IV": Text(ru="IV — загрязнённая", en="IV, polluted"),
    "V": Text(ru="V — грязная", en="V, dirty"),
    "VI": Text(ru="VI — очень грязная", en="VI, very dirty"),
    "VII": Text(ru="VII — чрезвычайно грязная", en="VII, extremely dirty"),
}
UNREAD = Text(
    ru="Формула и классы — по опубликованным пересказам; официальный текст не прочитан, для решений сверьте с ним.",
    en="Formula and classes are as published accounts tell them; the official text was not read: check it for rulings.",
)


@router.get(
    "/norms",
    summary="Norms: substances and their limits",
    openapi_extra=openapi.operation((JSON, HTML), schema="Norms"),
)
async def norms(request: Request, services: Services) -> Response:
    parameters(request)
    chosen, language, links = wanted_format(request, RESOURCE), wanted_language(request), Links(request)
    known = await services.norms.norms()
    substances = [
        {
            "substance": substance,
            "name": limits[0].name.in_(language),
            "environments": sorted({limit.environment for limit in limits}),
            "limits": len(limits),
            "conflicts": len(conflicts(limits)),
            "links": [Link(links.href("norms", substance), "item", JSON).as_json()],
        }
        for substance, limits in known.substances.items()
    ]
    titles = {limit.norm: limit.norm_title for limit in known.limits}
    document = {
        "norms": [{"id": name, "title": title.in_(language)} for name, title in titles.items()],
        "substances": substances,
        "links": [
            *(link.as_json() for link in links.formats(RESOURCE, chosen)),
            Link(links.href("collections", NORMS_LAYER), "related", JSON).as_json(),
        ],
    }
    if chosen == "html":
        return html.page(request, "norms.html", norms=document)
    return respond.json(request, document)


@router.get(
    "/norms/{substance}",
    summary="The limits of a substance, with their sources side by side",
    openapi_extra=openapi.operation((JSON, HTML), schema="Substance"),
)
async def substance(request: Request, services: Services, substance: str) -> Response:
    parameters(request)
    chosen, language, links = wanted_format(request, RESOURCE), wanted_language(request), Links(request)
    limits, known = await services.norms.substance(substance), await services.norms.norms()
    document = {
        "substance": substance,
        "name": limits[0].name.in_(language),
        "limits": [about_limit(limit, known, language) for limit in limits],
        "conflicts": [[limit.id for limit in group] for group in conflicts(limits)],
        "links": [
            *(link.as_json() for link in links.formats(RESOURCE, chosen)),
            Link(links.href("norms"), "up", JSON).as_json(),
        ],
    }
    if chosen == "html":
        return html.page(request, "substance.html", substance=document, unit=lambda unit: unit_in(unit, language))
    return respond.json(request, document)


@router.get(
    "/stations/{station_id}/exceedances",
    summary="How often, and by how much, a series passes its limits",
    openapi_extra=openapi.operation((JSON, CSV), *_DESCRIBED, schema="Exceedances"),
)
async def exceedances(request: Request, services: Services, station_id: str) -> Response:
    asked = await _question(services, station_id, parameters(request, *_QUESTION))
    chosen, language, known = wanted_format(request, TABLE), wanted_language(request), await services.norms.norms()
    judged = await services.norms.judge(asked)
    if chosen == "csv":
        return _table(request, asked.series, "exceedances", _averages(judged, asked.series))
    results = [_judgement(one, known, language) | _counts(one) for one in judged]
    return respond.json(request, _document(request, asked.series, language) | {"results": results})


@router.get(
    "/stations/{station_id}/episodes",
    summary="Times in which a series passed its limits again and again",
    openapi_extra=openapi.operation((JSON, CSV), *_DESCRIBED, "gap", schema="Episodes"),
)
async def episodes(request: Request, services: Services, station_id: str) -> Response:
    wanted = parameters(request, *_QUESTION, "gap")
    asked = await _question(services, station_id, wanted)
    chosen, language, known = wanted_format(request, TABLE), wanted_language(request), await services.norms.norms()
    found = await services.norms.episodes(asked, _gap(wanted.get("gap")))
    rows = [(told, one) for told in found for one in told.episodes]
    if chosen == "csv":
        lines = (
            {
                "limit": told.judged.limit.id,
                "begin": _time(one.begin),
                "end": _time(one.end),
                "peak": one.peak,
                "peak_time": _time(one.peak_time),
                "mean": one.mean,
                "count": one.count,
                "multiple": _multiple(told.judged, one.peak),
                "unit": asked.series.unit,
                "gap": _duration(told.gap),
                "joined_within": _duration(told.within),
            }
            for told, one in rows
        )
        return _table(request, asked.series, "episodes", lines)
    results = [
        _judgement(told.judged, known, language)
        | {
            "gap": _duration(told.gap),
            "joined_within": _duration(told.within),
            "episodes": [
                {
                    "begin": _time(one.begin),
                    "end": _time(one.end),
                    "peak": one.peak,
                    "peak_time": _time(one.peak_time),
                    "multiple": _multiple(told.judged, one.peak),
                    "mean": one.mean,
                    "count": one.count,
                }
                for one in told.episodes
            ],
        }
        for told in found
    ]
    return respond.json(request, _document(request, asked.series, language) | {"results": results})


@router.get(
    "/stations/{station_id}/index",
    summary="An index of pollution at a station, with its formula and parts",
    openapi_extra=openapi.operation((JSON, CSV), "pollutionIndex", "stretch", "synthetic", schema="PollutionIndex"),
)
async def index(request: Request, services: Services, station_id: str) -> Response:
    asked = parameters(request, "index", "datetime", "synthetic")
    chosen = wanted_format(request, TABLE)
    name = asked.get("index", "iza5")
    if name not in INDICES:
        raise ParameterError("index", f"'{name[:40]}' is none; there are {', '.join(INDICES)}")
    interval, synthetic = _interval(asked), _synthetic(asked)
    told = await services.norms.index(station_id, INDICES[name], interval, synthetic)
    document = _index(name, told, wanted_language(request))
    if chosen == "csv":
        headers = _attachment(station_id, name, made_up=told.synthetic)
        return respond.data(request, tables.csv_of(_parts(station_id, document), PARTS), CSV, headers=headers)
    up = Link(Links(request).href("stations", station_id), "up", JSON).as_json()
    own = [link.as_json() for link in Links(request).formats(TABLE, "json")]
    return respond.json(request, {"station": station_id} | document | {"links": [*own, up]})


async def _question(services: Services, station_id: str, asked: Mapping[str, str]) -> Question:
    interval = _interval(asked)
    series = await services.series.find(station_id, asked.get("parameter"), _synthetic(asked), interval or ALWAYS)
    limits = await services.norms.limits(series, asked.get("norm"), asked.get("limit"))
    return Question(series, limits, interval, parse_switch("always", asked.get("always")))


def _interval(asked: Mapping[str, str]) -> Interval | None:
    """None where none is asked for: that is not the same as one that is open at both ends."""
    return parse_stretch(asked["datetime"]) if "datetime" in asked else None


def _synthetic(asked: Mapping[str, str]) -> bool | None:
    return parse_switch(SYNTHETIC, asked[SYNTHETIC]) if SYNTHETIC in asked else None


def _gap(text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = _GAP.fullmatch(text.upper())
    if found is None or found.lastindex is None:
        raise ParameterError("gap", f"'{text[:40]}' is no duration of days, hours or minutes like PT3H or P1D")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _duration(of: timedelta) -> str:
    """A duration as it is asked for: ``PT20M``, ``P1DT0M``."""
    days, minutes = of.days, of.seconds / 60
    return f"P{f'{days}D' * bool(days)}T{minutes:g}M"


def _document(request: Request, series: Series, language: Language) -> dict[str, Any]:
    links = Links(request)
    return {
        "station": series.station,
        "parameter": series.parameter,
        "unit": series.unit,
        "unit_title": unit_in(series.unit, language),
        SYNTHETIC: series.synthetic,
        "completeness_rule": COMPLETE,
        "links": [
            *(link.as_json() for link in links.formats(TABLE, "json")),
            Link(links.href("stations", series.station), "up", JSON).as_json(),
        ],
    }


def about_limit(limit: Limit, known: Norms, language: Language) -> dict[str, Any]:
    """What is told of a limit wherever it stands, with its rivals."""
    return {
        "limit": limit.id,
        "norm": limit.norm,
        "norm_title": limit.norm_title.in_(language),
        "environment": limit.environment,
        "averaging": limit.averaging,
        "averaging_title": limit.averaging_title.in_(language),
        "bound": limit.bound,
        "value": limit.value,
        "unit": limit.unit,
        "hazard_class": limit.hazard_class,
        "valid_from": limit.valid_from,
        "valid_until": limit.valid_until,
        "note": limit.note.in_(language) if limit.note else None,
        "source": limit.source,
        "rivals": [
            {"limit": rival.id, "value": rival.value, "unit": rival.unit, "source": rival.source}
            for rival in known.rivals(limit)
        ],
    }


def _judgement(judged: "Judgement", known: Norms, language: Language) -> dict[str, Any]:
    return about_limit(judged.limit, known, language) | {
        "value_in_unit": judged.value,
        "interval": [_time(judged.interval.begin), _time(judged.interval.end)],
        "notes": [note.in_(language) for note in judged.notes],
    }


def _counts(judged: "Judgement") -> dict[str, Any]:
    found, at = judged.found, judged.found.largest
    worst = None
    if at is not None:
        row = found.averages.iloc[at]
        worst = {
            "begin": _time(row["begin"]),
            "end": _time(row["end"]),
            "value": float(row["value"]),
            "multiple": _finite(float(found.multiples[at])),
        }
    return {
        "periods": len(found.averages),
        "valid": int(found.valid.sum()),
        "exceeding": int(found.passed.sum()),
        "share": found.share,
        "worst": worst,
    }


def _index(name: str, told: "Told", language: Language) -> dict[str, Any]:
    index, single = told.index, told.single
    is_short = _is_short(name, told)

    def level(found: str | None) -> str | None:
        return None if is_short else found

    def part(substance: str, value: float) -> dict[str, Any]:
        load, limit = told.loads[substance], told.limits[substance]
        return {
            "substance": substance,
            "name": limit.name.in_(language),
            "mean": load.mean,
            "limit": limit.id,
            "limit_value": load.limit,
            "unit": told.units[substance],
            "hazard_class": load.hazard_class,
            "part": _finite(value),
        }

    return {
        "index": name,
        SYNTHETIC: told.synthetic,
        "interval": [_time(told.interval.begin), _time(told.interval.end)],
        "formula": FORMULAS[name].in_(language),
        "note": UNREAD.in_(language),
        "notes": [note.in_(language) for note in _notes(name, told, datetime.now(UTC))],
        "value": None if index.value is None else _finite(index.value),
        "level": (own := level(index.level)),
        "level_title": LEVELS[own].in_(language) if own else None,
        "parts": [part(substance, value) for substance, value in index.parts.items()],
        "others": [part(substance, value) for substance, value in index.others.items()],
        "missing_parts": index.missing,
        "partial": None if index.partial is None else _finite(index.partial),
        "alternatives": [
            {
                "substance": one.rival.substance,
                "name": one.rival.name.in_(language),
                "limit": one.rival.id,
                "limit_value": one.rival.value,
                "unit": one.rival.unit,
                "source": one.rival.source,
                "value": None if one.value is None else _finite(one.value),
                "level": (other := level(one.level)),
                "level_title": LEVELS[other].in_(language) if other else None,
            }
            for one in told.alternatives
        ],
        "left_out": [
            {"substance": substance, "name": one.name.in_(language), "reason": one.reason.in_(language)}
            for substance, one in told.left_out.items()
        ],
        "standard_index": None
        if single is None
        else {
            "substance": single[0],
            "value": single[1],
            "level": single[2],
            "title": LEVELS[single[2]].in_(language),
            "notes": [note.in_(language) for note in told.notes],
        },
    }


def _is_short(name: str, told: "Told") -> bool:
    """Whether an index is of too short a time to have a level."""
    return name == "iza5" and told.interval.end - told.interval.begin < NEARLY_A_YEAR


def _notes(name: str, told: "Told", now: datetime) -> Iterator[Text]:
    if told.alternatives:
        yield DISPUTED
    if _is_short(name, told):
        yield SHORT
    # the day of the newest value is hardly ever over
    if told.interval.end - now > timedelta(days=1):
        yield UNFINISHED


def _parts(station: str, document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A row for each part of an index, for what is there and does not count, for what is left out, and for each limit
    of another source, with the value and the level of the index by it."""
    known = {name: document[name] for name in ("index", "value", "level", SYNTHETIC)} | {
        "station": station,
        "notes": " ".join(document["notes"]),
    }
    for group in ("parts", "others", "left_out", "alternatives"):
        for row in document[group]:
            yield known | {"part_of": group} | {name: value for name, value in row.items() if name in PARTS}


def _multiple(judged: "Judgement", value: float) -> float | None:
    least = judged.limit.bound == "minimum"
    return _finite(judged.value / value if least and value else float("inf") if least else value / judged.value)


def _finite(value: float) -> float | None:
    return value if abs(value) != float("inf") else None


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _averages(judged: "Iterable[Judgement]", series: Series) -> Iterator[dict[str, Any]]:
    for one in judged:
        rows = one.found.averages.assign(valid=one.found.valid, passed=one.found.passed, multiple=one.found.multiples)
        for row in rows.itertuples():
            yield {
                "limit": one.limit.id,
                "begin": _time(row.begin),
                "end": _time(row.end),
                "value": row.value,
                "unit": series.unit,
                "completeness": round(float(row.completeness), 4),
                "valid": str(row.valid).lower(),
                "exceeds": str(row.passed).lower(),
                "multiple": row.multiple,
            }


def _table(request: Request, series: Series, what: str, rows: Iterable[Mapping[str, Any]]) -> Response:
    """CSV with a heading even where there are no rows; synthetic in each row and in the file's name."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    names: list[str] = []
    for row in rows:
        if not names:
            names = [*row]
            writer.writerow(["station", "parameter", *names, SYNTHETIC])
        writer.writerow([series.station, series.parameter, *row.values(), str(series.synthetic).lower()])
    if not names:
        writer.writerow(["station", "parameter", "limit", "begin", "end", SYNTHETIC])
    headers = _attachment(series.station, f"{series.parameter}_{what}", made_up=series.synthetic)
    return respond.data(request, text.getvalue().encode(), CSV, headers=headers)


def _attachment(station: str, what: str, *, made_up: bool) -> dict[str, str]:
    name = f"{station}_{what}{f'_{SYNTHETIC}' * made_up}.csv"
    # an id may have any letters, and a header has not
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-" for letter in name)
    return {"Content-Disposition": f'attachment; filename="{plain}"'}
