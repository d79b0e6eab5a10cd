"""Indicators: what the numbers about territories mean, their values by territory and period, and their classes."""

import csv
import io
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from altaigis.api import html, openapi, respond
from altaigis.api.links import Links
from altaigis.api.negotiation import CSV, HTML, JSON, RESOURCE, parameters, wanted_format, wanted_language
from altaigis.api.state import Services
from altaigis.domain.catalog import Catalog
from altaigis.domain.formula import Formula
from altaigis.domain.indicator import LAYER_PREFIX, MOST_CLASSES, ClassRule, Indicator, Value
from altaigis.domain.link import Link
from altaigis.domain.palette import SEQUENTIAL
from altaigis.domain.text import Language
from altaigis.domain.wording import unit_in
from altaigis.errors import ParameterError
from altaigis.services.indicators import WHOLE, Classing, no_values

router = APIRouter(tags=["Indicators"])

VALUES = {"json": JSON, "csv": CSV}
COLUMNS = ("territory_id", "territory_kind", "period", "value", "flag", "processing", "parts", "parts_there", "source")
PUBLISHED = "published"
#: A list of years or an interval, in characters; of territories likewise.
LONGEST = 2000


@router.get(
    "/indicators",
    summary="Indicators by theme",
    openapi_extra=openapi.operation((JSON, HTML), schema="Indicators"),
)
async def indicators(request: Request, services: Services) -> Response:
    parameters(request)
    language, links, catalog = wanted_language(request), Links(request), services.catalog
    periods = await services.indicators.periods() if catalog.indicators.by_code else {}
    themes = [
        {
            "id": name,
            "title": theme.title.in_(language),
            "indicators": [
                _told(code, one, language) | {"periods": periods.get(code, ()), "links": [_self(code, links).as_json()]}
                for code, one in theme.indicators.items()
            ],
        }
        for name, theme in catalog.indicators.themes.items()
    ]
    if wanted_format(request, RESOURCE) == "html":
        return html.page(request, "indicators.html", themes=themes, unit=partial(unit_in, language=language))
    document = {"themes": themes, "links": [link.as_json() for link in links.formats(RESOURCE, "json")]}
    return respond.json(request, document)


@router.get(
    "/indicators/{code}",
    summary="An indicator: what it means, and where it comes from",
    openapi_extra=openapi.operation((JSON, HTML), schema="Indicator"),
)
async def indicator(request: Request, services: Services, code: str) -> Response:
    parameters(request)
    language, links, catalog = wanted_language(request), Links(request), services.catalog
    one = catalog.indicators.indicator(code)
    periods = (await services.indicators.periods()).get(code, ())
    document = _told(code, one, language) | {
        "theme": catalog.indicators.theme_of(code),
        "aggregation": one.aggregation if isinstance(one.aggregation, str) else f"mean, weighted by {one.weight}",
        "periods": periods,
        "per": [{"id": name, "title": title.in_(language)} for name, title in services.indicators.bases(code).items()],
        "source": _source(one, catalog),
        "attribution": catalog.attribution(catalog.indicators.origins(code), language),
        "inputs": [_told(name, catalog.indicators.indicator(name), language) for name in sorted(one.needs)],
        "classes": one.classes.model_dump(mode="json"),
        "links": [link.as_json() for link in _links(code, catalog, links)],
    }
    if wanted_format(request, RESOURCE) == "html":
        name = f"{LAYER_PREFIX}{code}"
        return html.page(
            request,
            "indicator.html",
            indicator=document,
            layer=name if name in catalog else None,
            weight=_in_words(one.weight, catalog, language) if one.weight else None,
            unit=partial(unit_in, language=language),
        )
    return respond.json(request, document)


def _in_words(formula: Formula, catalog: Catalog, language: Language) -> str:
    """A formula with the titles of indicators for their codes."""
    titles = {code: catalog.indicators.indicator(code).title.in_(language) for code in formula.codes}
    return re.sub(r"[a-z]\w*", lambda found: f"«{titles.get(found[0], found[0])}»", str(formula))


@router.get(
    "/indicators/{code}/values",
    summary="Values of an indicator",
    openapi_extra=openapi.operation((JSON, CSV), "periods", "territory", "units", "per", schema="IndicatorValues"),
)
async def values(request: Request, services: Services, code: str) -> Response:
    asked = parameters(request, "period", "territory", "units", "per")
    chosen = wanted_format(request, VALUES)
    one, found = await services.indicators.per(code, asked.get("per"))
    day = _day(asked.get("units", PUBLISHED))
    if day is not None and "per" in asked:
        raise ParameterError("per", "is told of the units as published; leave out units, or per")
    rows = found.values if day is None else await services.indicators.rebased(code, day)
    periods = _periods(asked.get("period"), found.periods)
    territories = _territories(asked.get("territory"), {row.territory for row in rows})
    rows = tuple(row for row in rows if row.period in periods and row.territory in territories)
    if chosen == "csv":
        name = "-".join(filter(None, (code, asked.get("per"), asked.get("period", "").replace("/", "-"))))
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return respond.data(request, _csv(rows), CSV, headers=headers)
    language, links = wanted_language(request), Links(request)
    document = _told(code, one, language) | {
        "revision": found.revision.number,
        "units": PUBLISHED if day is None else day.isoformat(),
        "values": [_row(row) for row in rows],
        "links": [link.as_json() for link in links.formats(VALUES, "json")],
    }
    if day is not None:
        document["territories"] = await _versions(services, {row.territory for row in rows if row.kind == "unit"}, day)
    return respond.json(request, document)


@router.get(
    "/indicators/{code}/classes",
    summary="Classes of an indicator with their colours",
    openapi_extra=openapi.operation(
        (JSON,),
        *("year", "method", "count", "breaks", "series", "per", "palette", "diverging"),
        schema="IndicatorClasses",
    ),
)
async def classes(request: Request, services: Services, code: str) -> Response:
    asked = parameters(request, "period", "method", "count", "breaks", "series", "per", "palette", "diverging")
    wanted_format(request, {"json": JSON})
    language = wanted_language(request)
    rule = class_rule(services.catalog.indicators.indicator(code), asked)
    centred = _one_of("diverging", asked.get("diverging"), (WHOLE,), "") == WHOLE
    if centred and "breaks" in asked:
        raise ParameterError("diverging", "is from the value of the whole, and breaks are given; leave out either")
    wanted = Classing(code, _year(asked.get("period")), asked.get("per"), rule, centred)
    one, legend, period = await services.indicators.legend(wanted)
    classes = legend.classes
    bounds = [None, *classes.breaks, None]
    document = {
        "indicator": code,
        "name": one.title.in_(language),
        "unit": one.unit,
        "digits": one.digits,
        "period": period,
        "method": legend.rule.method,
        "title": legend.method.in_(language),
        "fixed": legend.rule.fixed,
        "breaks": classes.breaks,
        "low": classes.low,
        "high": classes.high,
        "missing": classes.missing,
        "sampled": classes.sampled,
        "asked": legend.rule.count,
        "centre": legend.centre,
        "classes": [
            {"from": bounds[at], "below": bounds[at + 1], "count": count, "colour": legend.colours[at]}
            for at, count in enumerate(classes.counts)
        ],
        "links": [Link(Links(request).here(), "self", JSON).as_json()],
    }
    return respond.json(request, document)


def _told(code: str, one: Indicator, language: Language) -> dict[str, Any]:
    return {
        "code": code,
        "title": one.title.in_(language),
        "definition": one.definition.in_(language),
        "unit": one.unit,
        "direction": one.direction,
        "digits": one.digits,
    }


def _source(one: Indicator, catalog: Catalog) -> dict[str, Any]:
    about = catalog.indicators.territories
    units, published = (about.units, about.published) if about else ("", "")
    if one.published:
        return {"kind": "published", "layer": published, "code": one.published}
    if one.formula:
        return {"kind": "formula", "formula": str(one.formula), "inputs": list(one.formula.codes)}
    if one.raster:
        return {"kind": "raster", "layer": one.raster.layer, "share": list(one.raster.share), "year": one.year}
    return {"kind": "geometry", "layer": units, "measure": one.geometry, "year": one.year}


def _self(code: str, links: Links) -> Link:
    return Link(links.href("indicators", code), "item", JSON)


def _links(code: str, catalog: Catalog, links: Links) -> list[Link]:
    found = [
        *links.formats(RESOURCE, "json"),
        Link(links.href("indicators", code, "values"), "data", JSON, "Values"),
        Link(links.href("indicators", code, "values", f="csv"), "data", CSV, "Values"),
        Link(links.href("indicators", code, "classes"), "related", JSON, "Classes"),
    ]
    cube = next((layer.id for layer in catalog if layer.source.ledger == "indicators"), None)
    if cube:
        found.append(Link(links.href("collections", cube, "items", indicator=code), "items", JSON, "Values as records"))
    if f"{LAYER_PREFIX}{code}" in catalog:
        found.append(Link(links.href("collections", f"{LAYER_PREFIX}{code}"), "collection", JSON, "On the map"))
    return found


def _day(text: str) -> date | None:
    if text == PUBLISHED:
        return None
    try:
        if len(text) != len("2024-01-01"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError("units", f"'{text[:40]}' is neither {PUBLISHED} nor a day like 2024-01-01") from None


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise ParameterError("period", f"'{text[:40]}' is no year like 2024")
    return int(text)


def _periods(text: str | None, there: tuple[int, ...]) -> Collection[int]:
    """``2024``, ``2021,2023``, or ``2021/2024`` with ``..`` for an open end."""
    if text is None:
        return there
    if len(text) > LONGEST:
        raise ParameterError("period", f"is longer than {LONGEST} characters")
    if "/" not in text:
        years = [_year(part) or 0 for part in text.split(",")]
        lacking = next((year for year in years if year not in there), None)
        if lacking is not None:
            raise ParameterError("period", no_values(lacking, there))
        return years
    first, _, last = text.partition("/")
    low, high = (None if end == ".." else _year(end) for end in (first, last))
    found = [year for year in there if (low is None or low <= year) and (high is None or year <= high)]
    if not found:
        raise ParameterError("period", f"there are no values in {text}; there are in {', '.join(map(str, there))}")
    return found


def _territories(text: str | None, there: Collection[str]) -> Collection[str]:
    if text is None:
        return there
    if len(text) > LONGEST:
        raise ParameterError("territory", f"is longer than {LONGEST} characters")
    names = text.split(",")
    unknown = next((name for name in names if name not in there), None)
    if unknown is not None:
        raise ParameterError(
            "territory", f"'{unknown[:60]}' is no territory with values; /indicators/… without it has all"
        )
    return names


def class_rule(one: Indicator, asked: Mapping[str, str]) -> ClassRule | None:
    """The rule that is asked for; None for the indicator's own."""
    if not asked.keys() & {"method", "count", "breaks", "series", "palette"}:
        return None
    fixed = (
        _one_of("series", asked.get("series"), ("fixed", "each"), "fixed" if one.classes.fixed else "each") == "fixed"
    )
    breaks = _breaks(asked["breaks"]) if "breaks" in asked else ()
    usual = "manual" if breaks else one.classes.method
    method = _one_of("method", asked.get("method"), openapi.CLASS_METHODS, usual)
    if method == "manual" and not breaks:
        breaks = one.classes.breaks
    if (method == "manual") != bool(breaks):
        raise ParameterError("breaks", "are given with method=manual, and only with it")
    count = asked.get("count", str(one.classes.count))
    if count not in [str(number) for number in range(2, MOST_CLASSES + 1)]:
        raise ParameterError("count", f"'{count[:20]}' is not a whole number from 2 to {MOST_CLASSES}")
    palette = _one_of("palette", asked.get("palette"), tuple(SEQUENTIAL), "") or one.classes.palette
    return ClassRule.model_validate(
        {"method": method, "count": int(count), "breaks": breaks, "fixed": fixed, "palette": palette}
    )


def _one_of(name: str, text: str | None, offered: Collection[str], usual: str) -> str:
    if text is not None and text not in offered:
        raise ParameterError(name, f"'{text[:40]}' is not offered; there are {', '.join(offered)}")
    return usual if text is None else text


def _breaks(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text[:LONGEST].split(","))
    except ValueError:
        found = ()
    ascending = list(found) == sorted(set(found)) and all(map(math.isfinite, found))
    if not found or not ascending or len(found) >= MOST_CLASSES:
        raise ParameterError("breaks", f"are 1 to {MOST_CLASSES - 1} numbers in ascending order, like 10,20.5,40")
    return found


def _row(value: Value) -> dict[str, Any]:
    return dict(zip(COLUMNS, (getattr(value, field.name) for field in fields(value)), strict=True))


def _csv(rows: tuple[Value, ...]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_row(row) for row in rows)
    return text.getvalue().encode()


async def _versions(services: Services, units: Collection[str], day: date) -> list[dict[str, Any]]:
    territory = await services.indicators.territory()
    codes = await services.indicators.codes()
    found = []
    for unit in sorted(units):
        version = territory.version(unit, day, codes.get(unit))
        found.append(
            {
                "territory_id": unit,
                "oktmo": version.oktmo,
                "valid_from": version.since.isoformat() if version.since else None,
                "valid_to": version.until.isoformat() if version.until else None,
            }
        )
    return found
