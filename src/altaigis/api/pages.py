"""Features as people read them: a table with a map, and the sheet of one feature."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import Request, Response

from altaigis.api import downloads, html, maps
from altaigis.api.links import Links
from altaigis.api.negotiation import COMMON, wanted_language
from altaigis.api.state import State
from altaigis.api.wording import CONDITIONS
from altaigis.domain.feature import Feature
from altaigis.domain.layer import NUMERIC_TYPES, Layer
from altaigis.domain.query import FeatureQuery
from altaigis.domain.text import Language
from altaigis.domain.wording import unit_in
from altaigis.filters.params import PARAMETERS

#: Records on a page where the reader asks for no other number.
ROWS = 100
#: Parameters that ask for something else than a field of the same name.
_NO_FIELDS = COMMON.union(PARAMETERS)
#: A field with more values is no choice that one makes by a click.
_MOST_CHOICES = 12


def filled(asked: Mapping[str, str]) -> dict[str, str]:
    """The parameters without the filter of an empty box, which a form sends too."""
    return {name: value for name, value in asked.items() if value or name != "filter"}


async def items_page(request: Request, services: State, query: FeatureQuery) -> Response:
    """The features that are asked for, a page of them at a time."""
    layer, language, links = query.layer, wanted_language(request), Links(request)
    if "limit" not in request.query_params:
        query = replace(query, limit=ROWS)
    page = await services.features.page(query)
    own = layer.told_in(language)
    told = [name for name in own if name in query.told] or own[:1]
    # as it was asked: the links of the page stay in the same past
    past = {"asOf": request.query_params["asOf"]} if query.as_of is not None else {}
    rows = []
    for feature in page.features:
        cells = _values(layer, feature)
        name = str(next((cells[title] for title in told[:1]), None) or feature.fid)
        href = links.href("collections", layer.id, "items", feature.fid, f="html", lang=language, **past)
        rows.append(_Row(name, href, feature.fid, cells))
    drawn = ((feature.geometry, row.name, row.href) for feature, row in zip(page.features, rows, strict=True))
    return html.page(
        request,
        "items.html",
        collection={"id": layer.id, "title": layer.title.in_(language)},
        columns=[column(layer, name, language) | _sorting(query, name, links) for name in told],
        id_column=column(layer, layer.id_field, language) | _sorting(query, layer.id_field, links),
        rows=rows,
        matched=page.matched,
        map=await maps.places(services, layer, drawn),
        conditions=list(_conditions(request, layer, language)),
        choices=list(_choices(request, layer, language)),
        filter=request.query_params.get("filter", ""),
        kept=[pair for pair in request.query_params.multi_items() if pair[0] not in ("filter", "filter-lang", "after")],
        examples=[(text, links.here(filter=text, after=None)) for text in _examples(layer, language, page.features)],
        everything=links.href("collections", layer.id, "items", f="html", lang=language),
        files=downloads.offers(request, layer),
        geojson=links.here(f="json"),
        first=links.here(after=None) if query.after else None,
        next=links.here(after=page.next_after) if page.next_after is not None else None,
    )


async def item_page(request: Request, services: State, layer: Layer, feature: Feature) -> Response:
    """The sheet of one feature."""
    language, links = wanted_language(request), Links(request)
    values = _values(layer, feature)
    name = values.get(f"name_{language}") or values.get(layer.title_field) or feature.fid
    geometry = orjson.loads(feature.geometry) if feature.geometry else None
    on_map = f"{links.href()}?lang={language}#sel={layer.id}/{quote(feature.fid, safe='')}"
    return html.page(
        request,
        "item.html",
        heading_text=name,
        collection={"id": layer.id, "title": layer.title.in_(language)},
        columns=[column(layer, name, language) for name in layer.properties],
        id_column=column(layer, layer.id_field, language),
        fid=feature.fid,
        values=values,
        point=geometry["coordinates"] if geometry and geometry["type"] == "Point" else None,
        geojson=links.here(f="json"),
        history=_history(layer, feature, links, language),
        on_map=on_map if geometry else None,
        map=await maps.place(services, feature.geometry, str(name), on_map),
    )


def _history(layer: Layer, feature: Feature, links: Links, language: Language) -> str | None:
    """Where the edits of the feature are told, if its layer can be edited."""
    here = ("collections", layer.id, "items", feature.fid, "history")
    return links.href(*here, f="html", lang=language) if layer.editable else None


def column(layer: Layer, name: str, language: Language) -> dict[str, Any]:
    """How a field is written on a page. A whole number without a unit is a year or a code: it is not grouped."""
    field = layer.fields[name]
    return {
        "name": name,
        "title": field.title.in_(language) if field.title else name,
        "description": field.description.in_(language) if field.description else "",
        "unit": unit_in(field.unit, language),
        "digits": field.digits,
        "numeric": field.type in NUMERIC_TYPES,
        "grouped": field.type == "number" or bool(field.unit),
        "titles": {value: title.in_(language) for value, title in layer.titles_of(name).items()},
    }


@dataclass(frozen=True)
class _Row:
    """A line of the table: what the feature is called, where it is told of, and its values."""

    name: str
    href: str
    fid: str
    cells: dict[str, Any]


def _values(layer: Layer, feature: Feature) -> dict[str, Any]:
    values = orjson.loads(feature.properties)
    return {name: values.get(name) for name in layer.properties}


def _sorting(query: FeatureQuery, name: str, links: Links) -> dict[str, str]:
    """How the column is sorted now, and the address that sorts by it: numbers from the largest, or the other way."""
    first = query.order[0] if query.order else None
    now = "" if first is None or first.field != name else "descending" if first.descending else "ascending"
    numeric = query.layer.fields[name].type in NUMERIC_TYPES
    downwards = now == "ascending" if now else numeric
    return {"sorted": now, "sort": links.here(sortby=f"-{name}" if downwards else name, after=None)}


def _conditions(request: Request, layer: Layer, language: Language) -> Iterator[dict[str, str]]:
    """What the selection is narrowed by, in words, and the address without it."""
    links = Links(request)
    for name, value in filled(request.query_params).items():
        if name in CONDITIONS:
            title = CONDITIONS[name].in_(language)
        elif name in layer.fields and name not in _NO_FIELDS:
            told = column(layer, name, language)
            title, value = told["title"], told["titles"].get(value, value)
        else:
            continue
        yield {"title": title, "value": value, "without": links.here(**{name: None, "after": None})}


def _choices(request: Request, layer: Layer, language: Language) -> Iterator[dict[str, Any]]:
    """Fields with few values, and the address of each value."""
    links = Links(request)
    for name, field in layer.properties.items():
        titles = layer.titles_of(name)
        if titles and field.values and len(field.values) <= _MOST_CHOICES and name not in request.query_params:
            values = [(titles[v].in_(language) if v in titles else v, v) for v in field.values]
            yield {
                "title": field.title.in_(language) if field.title else name,
                "values": [(title, links.here(**{name: value, "after": None})) for title, value in values],
            }


def _examples(layer: Layer, language: Language, features: tuple[Feature, ...]) -> Iterator[str]:
    """Filters that select some of these features."""
    known = [_values(layer, feature) for feature in features[:ROWS]]
    name = f"name_{language}" if f"name_{language}" in layer.properties else layer.title_field
    first = next((str(values[name]) for values in known if values.get(name)), "")
    if name in layer.properties and first[:1].isalpha():
        yield f"CASEI({name}) LIKE CASEI('%{first[:3].strip()}%')"
    for field in (name for name, field in layer.properties.items() if field.type in NUMERIC_TYPES and field.unit):
        numbers = sorted(values[field] for values in known if values[field] is not None)
        if numbers:
            # one digit is enough to be about the middle
            yield f"{field} > {float(f'{numbers[len(numbers) // 2]:.0e}'):f}".rstrip("0").rstrip(".")
            return
