"""The style specification of MapLibre, version 8: for maps in browsers and on phones, and for the tiles in QGIS.

Each class is a layer with a filter and plain values. One layer with expressions would be shorter, but QGIS knows hardly
any of them (3.22 draws a "step" of colours in blue), nor do editors of styles.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from altaigis.domain.legend import Between, Equal, FeatureStyle, Missing, Rule, Unlisted, rules, shape_of_layer
from altaigis.domain.plane import Shape
from altaigis.domain.style import PaletteStyle, RasterStyle, Symbol
from altaigis.encoders.styles.portrayal import Portrayal, StyleFormat

#: Of the tiles of rasters, in pixels; those of features have no such size.
TILE_PIXELS = 256
NOTHING = "rgba(0,0,0,0)"

Expression = list[Any]
Paint = dict[str, Any]


def encode(portrayal: Portrayal) -> bytes:
    """A whole style document with the layer's tiles as its only source."""
    layer, style = portrayal.layer, portrayal.style
    source: dict[str, Any] = {"url": portrayal.addresses.tilejson}
    if isinstance(style, RasterStyle):
        source |= {"type": "raster", "tileSize": TILE_PIXELS}
        resampling = "nearest" if isinstance(style, PaletteStyle) else "linear"
        layers = [{"id": layer.id, "type": "raster", "source": layer.id, "paint": {"raster-resampling": resampling}}]
    else:
        source |= {"type": "vector"}
        layers = list(_layers(portrayal, style))
    document = {
        "version": 8,
        "name": portrayal.title,
        "metadata": {"altai:layer": layer.id, "altai:style": portrayal.name},
        "sources": {layer.id: source},
        "layers": layers,
    }
    return orjson.dumps(document)


def _layers(portrayal: Portrayal, style: FeatureStyle) -> Iterator[dict[str, Any]]:
    layer = portrayal.layer
    found = rules(layer, style)
    for part, (kind, paint_of) in _PARTS[shape_of_layer(layer)].items():
        for number, (paint, members) in enumerate(_alike(found, paint_of)):
            drawn = {
                "id": f"{layer.id}-{part}-{number}",
                "type": kind,
                "metadata": {"altai:title": ", ".join(rule.title.in_(portrayal.language) for rule in members)},
                "source": layer.id,
                "source-layer": layer.id,
                # a tile of the largest zoom is drawn at any larger one, too
                "minzoom": layer.tiles.minzoom,
                "paint": paint,
            }
            if len(members) < len(found):
                drawn["filter"] = _any(members)
            yield drawn


def _alike(found: Sequence[Rule], paint_of: Callable[[Symbol], Paint]) -> list[tuple[Paint, list[Rule]]]:
    """The rules that are painted alike, with their paint; those without one are left out."""
    groups: dict[bytes, tuple[Paint, list[Rule]]] = {}
    for rule in found:
        paint = paint_of(rule.symbol)
        if paint:
            groups.setdefault(orjson.dumps(paint), (paint, []))[1].append(rule)
    return list(groups.values())


# ---- paint ----------------------------------------------------------------------------------------


def _fill(symbol: Symbol) -> Paint:
    return {"fill-color": symbol.fill, "fill-opacity": symbol.opacity} if symbol.fill else {}


def _outline(symbol: Symbol) -> Paint:
    # the opacity of an area is that of its inside alone
    return _line(symbol.model_copy(update={"opacity": 1.0}))


def _line(symbol: Symbol) -> Paint:
    if not symbol.stroke or not symbol.width:
        return {}
    paint: Paint = {"line-color": symbol.stroke, "line-width": symbol.width, "line-opacity": symbol.opacity}
    if symbol.dash:
        # here in widths of the line
        paint["line-dasharray"] = [round(length / symbol.width, 3) for length in symbol.dash]
    return paint


def _circle(symbol: Symbol) -> Paint:
    """A circle whatever the shape: other marks would need pictures of them."""
    return {
        "circle-color": symbol.fill or NOTHING,
        "circle-opacity": symbol.opacity if symbol.fill else 0,
        "circle-radius": symbol.radius,
        "circle-stroke-color": symbol.stroke or NOTHING,
        "circle-stroke-width": symbol.width if symbol.stroke else 0,
    }


_PARTS: Mapping[Shape, Mapping[str, tuple[str, Callable[[Symbol], Paint]]]] = {
    "area": {"fill": ("fill", _fill), "outline": ("line", _outline)},
    "line": {"line": ("line", _line)},
    "point": {"circle": ("circle", _circle)},
}


# ---- filters --------------------------------------------------------------------------------------


def _any(members: Sequence[Rule]) -> Expression:
    conditions = [_condition(rule.when) for rule in members if rule.when is not None]
    return conditions[0] if len(conditions) == 1 else ["any", *conditions]


def _condition(when: Between | Equal | Missing | Unlisted) -> Expression:
    """Of the properties of a tile, which leaves out those without a value."""
    has, value = ["has", when.field], ["get", when.field]
    match when:
        case Between(_, low, high):
            bounds = [[sign, value, bound] for sign, bound in ((">=", low), ("<", high)) if bound is not None]
            return ["all", has, *bounds] if bounds else has
        case Equal():
            return ["==", value, when.value]
        case Missing():
            return ["!", has]
        case Unlisted():
            return ["all", *(["!=", value, listed] for listed in when.values)]


FORMAT = StyleFormat("MapLibre", "application/vnd.mapbox.style+json", "json", encode, is_file=False)
