"""A snapshot as a page that holds all it needs: Leaflet, data, pictures, legends and words."""

import base64
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import folium
import orjson
from branca.element import Element, Figure, MacroElement
from folium.template import Template
from folium.utilities import JsCode

from altaigis.domain.legend import shape_of_layer
from altaigis.domain.snapshot import Drawing, Image, Snapshot
from altaigis.domain.text import Language, Text
from altaigis.encoders.snapshot import POLICY, Leaflet, shapes
from altaigis.encoders.styles import legend
from altaigis.encoders.styles.portrayal import Addresses, Portrayal
from altaigis.encoders.xml import element

LEGEND, SOURCES = Text(ru="Легенда", en="Legend"), Text(ru="Источники", en="Sources")
LIVING = Text(ru="Открыть в AltaiGIS", en="Open in AltaiGIS")
MADE = Text(ru="Снимок карты, {day:%d.%m.%Y}", en="Snapshot of the map, {day:%d.%m.%Y}")
CONTROLS = {
    "zoomIn": Text(ru="Приблизить", en="Zoom in"),
    "zoomOut": Text(ru="Отдалить", en="Zoom out"),
    "km": Text(ru="км", en="km"),
    "m": Text(ru="м", en="m"),
}
MAX_ZOOM = 14
#: Of Leaflet's panes: what is drawn lies above this one, and below marks.
_GROUND = 400
_HERE = Path(__file__).parent
#: A picture of Leaflet's controls that are not used here, or have signs of ours.
_PICTURE = re.compile(r"url\(images/[^)]*\)")


class _Verbatim(Element):
    """A part of the page as it is: no braces of it are a template's."""

    def __init__(self, text: str) -> None:
        super().__init__("{{ this.text }}")
        self.text = text


class _Furniture(MacroElement):
    """What is done when all layers are there."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "furnish({{ this._parent.get_name() }}, {{ this.words|tojson }});"
        "nameLargest({{ this._parent.get_name() }}, [{{ this.layers|join(', ') }}]);"
        "{% endmacro %}"
    )

    def __init__(self, layers: Sequence[str], language: Language) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._id = "furniture"
        self.layers = layers
        self.words = {name: text.in_(language) for name, text in CONTROLS.items()}


def encode(snapshot: Snapshot, leaflet: Leaflet) -> bytes:
    """The whole page."""
    sight = snapshot.sight
    map_ = folium.Map(
        location=[sight.latitude, sight.longitude],
        zoom_start=sight.zoom,  # type: ignore[arg-type]
        tiles=None,
        zoom_control=False,
        zoom_snap=0.25,
        max_zoom=MAX_ZOOM,
        attribution_control=False,
    )
    # the same page of the same map: folium would number its parts by chance
    map_._id = "snapshot"
    map_.default_js, map_.default_css = [], []
    map_.options["maxZoom"] = MAX_ZOOM
    figure = map_.get_root()
    assert isinstance(figure, Figure), "a map of folium makes a figure of its own"
    title = escape(snapshot.title)
    _add(
        figure.header,
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        f"<title>{title}</title>",
        f"<style>{_PICTURE.sub('none', leaflet.style)}</style>",
        f"<style>{_own('snapshot.css')}</style>",
        f"<script>{leaflet.script}</script>",
        f"<script>{_own('snapshot.js')}</script>",
    )
    drawn = [_drawn(part, snapshot, place) for place, part in enumerate(snapshot.parts)]
    for place, part in enumerate(drawn):
        pane = folium.map.CustomPane(_pane(place), z_index=_GROUND + place)
        pane._id = _pane(place)
        pane.add_to(map_)
        part.add_to(map_)
    controls = folium.LayerControl()
    controls._id = "layers"
    controls.add_to(map_)
    _add(figure.html, _hatches(snapshot), _heading(snapshot, title), _legends(snapshot))
    named = [part.get_name() for part in drawn if isinstance(part, folium.GeoJson)]
    _Furniture(named, snapshot.language).add_to(map_)
    page = str(figure.render())
    return page.replace("<html>", f'<html lang="{snapshot.language}">', 1).encode()


def _add(parent: Element, *parts: str) -> None:
    for place, part in enumerate(parts):
        parent.add_child(_Verbatim(part), name=f"part_{place}")


def _own(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _drawn(part: Drawing | Image, snapshot: Snapshot, place: int) -> folium.GeoJson | folium.raster_layers.ImageOverlay:
    """A part as folium adds it, in a pane of its own: one that is switched off and on again stays in its place."""
    language = snapshot.language
    name = escape(part.layer.title.in_(language))
    made: folium.GeoJson | folium.raster_layers.ImageOverlay
    if isinstance(part, Image):
        box = part.box
        made = folium.raster_layers.ImageOverlay(
            "data:image/png;base64," + base64.b64encode(part.content).decode(),
            [[box.south, box.west], [box.north, box.east]],
            opacity=part.opacity * 0.85,
            pixelated=False,
            name=name,
            pane=_pane(place),
        )
    else:
        looks = shapes.looks(part, is_covered=_is_covered(part, snapshot.parts))
        made = folium.GeoJson(
            shapes.features(part, language),
            name=name,
            style_function=lambda feature: dict(looks[feature["properties"]["sign"]]),
            on_each_feature=JsCode("tell"),
            smooth_factor=0.5,
            pane=_pane(place),
            **_points(part, place),
        )
    made._id = f"part{place}"
    return made


def _pane(place: int) -> str:
    return f"pane{place}"


def _points(part: Drawing, place: int) -> dict[str, Any]:
    """How points become marks."""
    if shape_of_layer(part.layer) != "point":
        return {}
    if part.radii:
        return {"pointToLayer": JsCode(f"circled('{_pane(place)}')")}
    signs = orjson.dumps(shapes.marks(part.layer)).decode().replace("<", "\\u003c")
    return {"pointToLayer": JsCode(f"marked({signs})")}


def _is_covered(part: Drawing, parts: Sequence[Drawing | Image]) -> bool:
    """Whether areas make room: a raster below is to be seen, or results that lie over the units."""
    if shape_of_layer(part.layer) != "area" or shapes.style_of(part.layer).kind != "classes":
        return False
    above = parts[parts.index(part) + 1 :]
    return any(isinstance(other, Image) for other in parts) or (
        part.layer.coverage is not None
        and any(
            other.layer.theme in ("statistics", "analysis") and shape_of_layer(other.layer) == "area" for other in above
        )
    )


def _hatches(snapshot: Snapshot) -> str:
    """The patterns that fills name."""
    drawings = [part for part in snapshot.parts if isinstance(part, Drawing)]
    stripes = (_stripes(colour) for colour in shapes.hatches(drawings))
    return element("svg", {"class": "hatches", "width": 0, "height": 0}, element("defs", {}, *stripes))


def _stripes(colour: str) -> str:
    box = {"id": f"hatch-{colour[1:]}", "width": 9, "height": 9, "patternUnits": "userSpaceOnUse"}
    stripe = element("rect", {"width": 1.2, "height": 9, "fill": colour})
    return element("pattern", box | {"patternTransform": "rotate(45)"}, stripe)


def _heading(snapshot: Snapshot, title: str) -> str:
    made = MADE.in_(snapshot.language).format(day=snapshot.made)
    link = f'<a href="{escape(snapshot.href)}" target="_blank" rel="noopener">{LIVING.in_(snapshot.language)}</a>'
    return f'<header class="title"><h1>{title}</h1><p>{made} · {link}</p></header>'


def _legends(snapshot: Snapshot) -> str:
    """The legends of all parts that say something: first of what fills the map, then from the top downwards; and the
    sources of everything."""
    parts = [part for part in reversed(snapshot.parts) if not _is_ground(part)]
    parts.sort(key=_rank)
    drawn = "".join(legend.svg(_portrayal(part, snapshot.language)) for part in parts)
    opened = f'<details class="legends" open><summary>{LEGEND.in_(snapshot.language)}</summary>'
    return f"{opened}{drawn}{_sources(snapshot)}</details>"


def _rank(part: Drawing | Image) -> int:
    style = shapes.style_of(part.layer)
    if isinstance(part, Image):
        return 0
    is_choropleth = style.kind == "classes" and shape_of_layer(part.layer) == "area"
    return 1 if is_choropleth or part.radii else 2


def _is_ground(part: Drawing | Image) -> bool:
    """Borders alone need no legend."""
    style = shapes.style_of(part.layer)
    return style.kind == "simple" and style.title is None and shape_of_layer(part.layer) == "area"


def _portrayal(part: Drawing | Image, language: Language) -> Portrayal:
    layer = part.layer
    if "default" not in layer.styles:
        layer = layer.model_copy(update={"styles": {"default": shapes.PLAIN}})
    return Portrayal(layer, "default", language, Addresses("", "", ""))


def _sources(snapshot: Snapshot) -> str:
    told = (part.layer.source.attribution.in_(snapshot.language).split(";") for part in snapshot.parts)
    distinct = dict.fromkeys(source.strip() for sources in told for source in sources)
    named = escape(" · ".join(source for source in distinct if source))
    return f'<footer class="sources">{SOURCES.in_(snapshot.language)}: {named}</footer>'
