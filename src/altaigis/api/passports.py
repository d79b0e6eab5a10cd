"""Passports: all that is known of a municipality, or of several taken together, as a document and as one page."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from altaigis.api import html, maps, openapi, respond
from altaigis.api.links import Links
from altaigis.api.negotiation import HTML, JSON, RESOURCE, parameters, wanted_format, wanted_language
from altaigis.api.state import Services, State
from altaigis.domain.layer import Layer
from altaigis.domain.passport import Chart, Named
from altaigis.domain.text import Language
from altaigis.domain.wording import unit_in
from altaigis.services.passports import Contents, Figure, Passport

router = APIRouter(tags=["Passports"])


@router.get(
    "/passports/{units}",
    summary="The passport of a municipality, of several taken together, or of a group",
    openapi_extra=openapi.operation((JSON, HTML), schema="Passport"),
)
async def passport(request: Request, services: Services, units: str) -> Response:
    parameters(request)
    chosen = wanted_format(request, RESOURCE)
    selection = await services.passports.select(units)
    found = await services.passports.passport(selection)
    document = _Told(request, services).document(found)
    if chosen == "json":
        return respond.json(request, document)
    return html.page(
        request,
        "passport.html",
        passport=document,
        unit=lambda unit: unit_in(unit, wanted_language(request)),
        key=[figure for figure in document["indicators"] if figure["is_key"]],
        map=await maps.units(services, services.passports.layer, await services.passports.names(), selection.ids),
        on_map=f"{Links(request).href()}?lang={wanted_language(request)}#units={','.join(selection.ids)}",
    )


class _Told:
    """A passport in the language of a request."""

    def __init__(self, request: Request, services: State) -> None:
        self._language: Language = wanted_language(request)
        self._links = Links(request)
        self._services = services
        self._units = services.passports.layer.id

    def document(self, passport: Passport) -> dict[str, Any]:
        rule, figures = self._services.passports.rule, {it.code: it for it in passport.figures}
        names = [self._name(unit) for unit in passport.units]
        return {
            "title": passport.group[1].in_(self._language) if passport.group else ", ".join(names),
            "group": passport.group[0] if passport.group else None,
            "units": [self._linked(self._units, unit) for unit in passport.units],
            "indicators": [
                self._figure(it, passport) | {"is_key": it.code in rule.key}
                for it in sorted(passport.figures, key=lambda it: _order(it.code, rule.key))
            ],
            "charts": [self._chart(name, chart, figures) for name, chart in rule.charts.items()],
            "land_cover": [
                {"title": it.title.in_(self._language), "colour": it.colour, "share": it.share} for it in passport.cover
            ],
            "elevation": {"lowest": passport.height[0], "highest": passport.height[1]} if passport.height else None,
            "contents": [self._contents(it) for it in passport.contents],
            "neighbours": [self._linked(self._units, it) for it in passport.neighbours],
            "beyond": [self._linked(rule.beyond or "", it) | self._places(it) for it in passport.beyond],
            "peers": {
                "indicators": [self._title(code) for code in rule.peers if code in figures],
                "units": [self._linked(self._units, it.unit) | {"distance": it.distance} for it in passport.peers],
            },
            "members": [
                self._linked(self._units, unit) | {"values": [self._short(it) for it in passport.members[unit.fid]]}
                for unit in passport.units
                if passport.members
            ],
            "sources": list(self._sources(passport)),
            "revisions": {name: one.number for name, one in passport.revisions.items()},
            "links": [link.as_json() for link in self._links.formats(RESOURCE, "json")],
        }

    def _name(self, named: Named) -> str:
        return named.name_ru if self._language == "ru" else named.name_en

    def _title(self, code: str) -> dict[str, str]:
        return {"code": code, "title": self._services.catalog.indicators.indicator(code).title.in_(self._language)}

    def _linked(self, layer: str, named: Named) -> dict[str, Any]:
        href = self._links.href("collections", layer, "items", named.fid)
        return {"id": named.fid, "name": self._name(named), "href": href}

    def _short(self, it: Figure) -> dict[str, Any]:
        """A figure in the table of several units."""
        value = it.value
        return {"code": it.code, "period": value.period, "value": value.value, "flag": value.flag, "place": it.place}

    def _figure(self, it: Figure, passport: Passport) -> dict[str, Any]:
        one, value = it.one, it.value
        territory = passport.group[0] if passport.group else ",".join(unit.fid for unit in passport.units)
        return {
            **self._title(it.code),
            "theme": self._services.catalog.indicators.theme_of(it.code),
            "unit": one.unit,
            "digits": one.digits,
            "direction": one.direction,
            "period": value.period,
            "value": value.value,
            "flag": value.flag,
            "processing": value.processing,
            "parts": value.parts,
            "parts_there": value.parts_there,
            "source": value.source,
            "place": it.place,
            "of": it.of,
            "whole": it.whole,
            "can_be_taken_together": it.can_be_taken_together,
            "href": self._links.href("indicators", it.code, "values", territory=territory, period=str(value.period)),
        }

    def _chart(self, name: str, chart: Chart, figures: Mapping[str, Figure]) -> dict[str, Any]:
        """The largest of its indicators, or all; each as a part of the whole, or of the largest one."""
        there = [figures[code] for code in chart.of if code in figures and figures[code].value.value is not None]
        values = {it.code: it.value.value or 0.0 for it in there}
        scale = sum(values.values()) if chart.top is None else max(values.values(), default=0)
        if chart.top is not None:
            there = sorted(there, key=lambda it: -values[it.code])[: chart.top]
        titles = [it.one.title.in_(self._language) for it in there]
        # "Wage: mining", "Wage: trade" have their first word in the title of the chart
        heads = {title.partition(": ")[0] for title in titles}
        told = len(heads.pop()) + 2 if len(heads) == 1 and len(titles) > 1 else 0
        return {
            "id": name,
            "title": chart.title.in_(self._language),
            "parts_of_whole": chart.top is None,
            "without_value": len(chart.of) - len(values),
            "parts": [
                {
                    "code": it.code,
                    "title": _capital(title[told:]),
                    "value": values[it.code],
                    "unit": it.one.unit,
                    "digits": it.one.digits,
                    "period": it.value.period,
                    "share": round(values[it.code] / scale, 4) if scale > 0 else 0,
                }
                for it, title in zip(there, titles, strict=True)
            ],
        }

    def _contents(self, contents: Contents) -> dict[str, Any]:
        layer, rule = contents.layer, self._services.passports.rule.inside[contents.layer.id]
        kinds = layer.titles_of(rule.kind) if rule.kind else {}
        unit = layer.fields[rule.size].unit if rule.size else None
        return {
            "layer": layer.id,
            "title": layer.title.in_(self._language),
            "count": contents.count,
            "size_title": self._field(layer, rule.size),
            "features": [
                self._linked(layer.id, it)
                | {"kind": kinds[it.kind].in_(self._language) if it.kind in kinds else it.kind}
                | {"size": it.size, "unit": unit if it.size is not None else None}
                for it in contents.found
            ],
        }

    def _field(self, layer: Layer, name: str | None) -> str | None:
        title = layer.fields[name].title if name else None
        return title.in_(self._language) if title else name

    def _places(self, named: Named) -> dict[str, str | None]:
        at = 0 if self._language == "ru" else 1
        return {
            "region": named.region[at] if named.region else None,
            "country": named.country[at] if named.country else None,
        }

    def _sources(self, passport: Passport) -> Iterable[dict[str, Any]]:
        """What the figures come of by the words of the cube, then the layers that are told of."""
        years: dict[str, set[int]] = {}
        for it in passport.figures:
            for word in filter(None, (it.value.source or "").split("; ")):
                years.setdefault(word, set()).add(it.value.period)
        for word, periods in sorted(years.items()):
            yield {"source": word, "periods": sorted(periods), "attribution": None, "licence": None}
        for name in passport.revisions:
            source = self._services.catalog.layer(name).source
            attribution = source.attribution.in_(self._language)
            yield {"source": name, "periods": [], "attribution": attribution, "licence": source.licence}


def _order(code: str, key: tuple[str, ...]) -> int:
    """Those that stand first, in their order, before all others."""
    return key.index(code) if code in key else len(key)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
