"""Styles: how a layer is drawn, declared once in its layer file, told in the words of each program; and its legend."""

from typing import Any

from fastapi import APIRouter, Request, Response

from altaigis.api import html, openapi, respond
from altaigis.api.links import Links
from altaigis.api.negotiation import (
    HTML,
    JSON,
    LEGEND,
    PNG,
    RESOURCE,
    STYLE,
    SVG,
    parameters,
    wanted_format,
    wanted_language,
)
from altaigis.api.state import Services
from altaigis.api.web import legend_fonts
from altaigis.domain.layer import Layer
from altaigis.domain.link import Link
from altaigis.domain.text import Language, Text
from altaigis.encoders.styles import legend
from altaigis.encoders.styles.formats import formats_of
from altaigis.encoders.styles.portrayal import Addresses, Portrayal
from altaigis.errors import ParameterError

router = APIRouter(tags=["Styles"])

LEGEND_TITLE = Text(ru="Легенда", en="Legend")
LEGEND_REL = "http://www.opengis.net/def/rel/ogc/1.0/legend"


@router.get(
    "/collections/{collection_id}/styles",
    summary="Styles of a collection",
    openapi_extra=openapi.operation((JSON, HTML), schema="Styles"),
)
def styles(request: Request, services: Services, collection_id: str) -> Response:
    parameters(request)
    layer = services.catalog.layer(collection_id)
    links = Links(request)
    document: dict[str, Any] = {
        "styles": [
            {
                "id": name,
                "title": _portrayal(request, layer, name).title,
                "links": [link.as_json() for link in links_of(layer, name, links)],
            }
            for name in layer.styles
        ],
        "links": [link.as_json() for link in links.formats(RESOURCE, "json")],
    }
    if "default" in layer.styles:
        document["default"] = "default"
    if wanted_format(request, RESOURCE) == "html":
        heading = layer.title.in_(wanted_language(request))
        return html.page(request, "resource.html", heading=heading, document=document)
    return respond.json(request, document)


@router.get(
    "/collections/{collection_id}/styles/{style_id}",
    summary="A style, for a program that draws by it",
    openapi_extra=openapi.operation(tuple(STYLE.values()), schema="Style"),
)
def style(request: Request, services: Services, collection_id: str, style_id: str) -> Response:
    parameters(request)
    layer = services.catalog.layer(collection_id)
    offered = formats_of(layer.style(style_id))
    form = offered[wanted_format(request, {name: form.media_type for name, form in offered.items()})]
    found = _portrayal(request, layer, style_id)
    headers = {}
    if form.is_file:
        headers["Content-Disposition"] = f'attachment; filename="{found.layer.id}-{found.name}.{form.extension}"'
    return respond.data(request, form.encode(found), form.media_type, headers=headers)


@router.get(
    "/collections/{collection_id}/styles/{style_id}/legend",
    summary="The legend of a style",
    openapi_extra=openapi.operation(tuple(LEGEND.values()), "scale"),
)
def legend_of_style(request: Request, services: Services, collection_id: str, style_id: str) -> Response:
    scale = _scale(parameters(request, "scale").get("scale", "1"))
    chosen = wanted_format(request, LEGEND)
    drawing = legend.svg(_portrayal(request, services.catalog.layer(collection_id), style_id), scale)
    if chosen == "svg":
        return respond.data(request, drawing.encode(), SVG)
    tag = respond.digest(drawing.encode())
    # who has the picture already shall not wait until it is made again
    return respond.unchanged(request, tag) or respond.data(request, legend.png(drawing, legend_fonts()), PNG, tag=tag)


def links_of(layer: Layer, name: str, links: Links) -> list[Link]:
    """A style in each of its formats, and its legend."""
    here = ("collections", layer.id, "styles", name)
    stylesheets = [
        Link(links.href(*here, f=f), "stylesheet", form.media_type, form.title)
        for f, form in formats_of(layer.style(name)).items()
    ]
    legends = [
        Link(links.href(*here, "legend", f=f), LEGEND_REL, media_type, f"Legend: {f.upper()}")
        for f, media_type in LEGEND.items()
    ]
    return stylesheets + legends


def offers(layer: Layer, links: Links, language: Language) -> list[dict[str, str]]:
    """Title and address of the default style in each format, then of its legend, for the pages; empty without one."""
    here = ("collections", layer.id, "styles", "default")
    if "default" not in layer.styles:
        return []
    found = [
        {"title": form.title, "href": links.href(*here, f=f, lang=language)}
        for f, form in formats_of(layer.style("default")).items()
    ]
    legends = [
        {"title": LEGEND_TITLE.in_(language) + f" {f.upper()}", "href": links.href(*here, "legend", f=f, lang=language)}
        for f in LEGEND
    ]
    return found + legends


def _portrayal(request: Request, layer: Layer, name: str) -> Portrayal:
    layer.style(name)  # refuses what it has not
    links, language = Links(request), wanted_language(request)
    # features are drawn by who reads the document, pictures are drawn already
    ending, drawn = ("png", {"style": name}) if layer.kind == "raster" else ("mvt", {})
    addresses = Addresses(
        server=links.root,
        tilejson=links.href("tiles", layer.id, "tilejson.json", lang=language, **drawn),
        tiles=links.href("tiles", layer.id, "{z}", "{x}", "{y}." + ending, **drawn),
    )
    return Portrayal(layer, name, language, addresses)


def _scale(asked: str) -> int:
    if asked not in [str(scale) for scale in range(1, openapi.MOST_SCALE + 1)]:
        raise ParameterError("scale", f"'{asked[:20]}' is not a whole number from 1 to {openapi.MOST_SCALE}")
    return int(asked)
