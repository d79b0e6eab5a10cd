"""Passports: all that is known of a municipality, or of several taken together, as a document and as one page."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from altaigis.api import html, openapi, respond, unit_maps
from altaigis.api.credits import Credits
from altaigis.api.links import Links
from altaigis.api.negotiation import HTML, JSON, RESOURCE, parameters, wanted_format, wanted_language
from altaigis.api.state import Services, State
from altaigis.domain.layer import Layer
from altaigis.domain.passport import Chart, Named
from altaigis.domain.text import Language
from altaigis.domain.wording import unit_in
from altaigis.services.ground import Grid
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
        map=await unit_maps.units(
            services,
            services.passports.layer,
            await services.passports.names(),
            selection.ids,
            wanted_language(request),
        ),
        on_map=f"{Links(request).href()}?lang={wanted_language(request)}#units={','.join(selection.ids)}",
        here=Links(request).href("passports", units, f="html", lang=wanted_language(request)),
        today=datetime.now(UTC),
    )


class _Told:
    """A passport in the language of a request."""

    def __init__(self, request: Request, services: State) -> None:
        self._language: Language = wanted_language(request)
        self._links = Links(request)
        self._services = services
        self._units = services.passports.layer.id
        self._credits = Credits(services.catalog, services.passports.about.published, self._language)

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
            "land_cover_of": self._raster(rule.cover, passport) if passport.cover else None,
            "elevation": {"lowest": passport.height[0], "highest": passport.height[1]}
            | self._raster(rule.height, passport)
            if passport.height
            else None,
            "contents": [self._contents(it) for it in passport.contents],
            "neighbours": [self._linked(self._units, it) for it in passport.neighbours],
            "beyond": [self._linked(rule.beyond or "", it) | self._places(it) for it in passport.beyond],
            "neighbours_notes": self._credits.of_layer(self._units),
            "beyond_notes": self._credits.of_layer(rule.beyond) if passport.beyond and rule.beyond else [],
            "peers": {
                "indicators": [self._title(code) for code in rule.peers if code in figures],
                "units": self._peers(passport.units[0].fid, passport) if passport.is_of_one else [],
            },
            "members": [
                self._linked(self._units, unit)
                | {"values": [self._short(it) for it in passport.members[unit.fid]]}
                | {"peers": self._peers(unit.fid, passport)}
                for unit in passport.units
                if passport.members
            ],
            "sources": self._credits.as_json(),
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

    def _peers(self, unit: str, passport: Passport) -> list[dict[str, Any]]:
        alike = passport.peers.get(unit, ())
        return [self._linked(self._units, it.unit) | {"distance": it.distance} for it in alike]

    def _raster(self, name: str | None, passport: Passport) -> dict[str, Any]:
        """What is said beside all that comes of a raster: its year, its grid, and where it is from."""
        raster = self._services.catalog.indicators.by_code.values()
        year = next((one.year for one in raster if one.raster and one.raster.layer == name), None)
        notes = self._credits.of_layer(name or "", year)
        return {"period": year, "grid": _grid(passport.grids.get(name or "")), "notes": notes}

    def _short(self, it: Figure) -> dict[str, Any]:
        """A figure in the table of several units."""
        value = it.value
        return {"code": it.code, "period": value.period, "value": value.value, "flag": value.flag} | _place(it)

    def _notes(self, it: Figure) -> list[int]:
        return self._credits.of_words(it.value.source, it.value.period)

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
            "notes": self._notes(it),
            **_place(it),
            "grid": _grid(it.grid),
            "is_too_fine": it.is_too_fine,
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
            "notes": sorted(
                {note for it in there for note in self._credits.of_words(it.value.source, it.value.period)}
            ),
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
            "title": (rule.title or layer.title).in_(self._language),
            "count": contents.count,
            "notes": self._credits.of_layer(layer.id),
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


def _place(it: Figure) -> dict[str, int | None]:
    """``shared`` units have places from ``place`` on, among ``of``."""
    place = it.place
    return {
        "place": place.first if place else None,
        "shared": place.shared if place else None,
        "of": place.of if place else None,
    }


def _grid(grid: Grid | None) -> dict[str, float] | None:
    if grid is None:
        return None
    return {
        "minutes": grid.minutes,
        "width_km": round(grid.width_km, 1),
        "height_km": round(grid.height_km, 1),
        "cells": round(grid.cells, 1),
    }


def _order(code: str, key: tuple[str, ...]) -> int:
    """Those that stand first, in their order, before all others."""
    return key.index(code) if code in key else len(key)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
