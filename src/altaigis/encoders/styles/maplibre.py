"""The style specification of MapLibre, version 8: for maps in browsers and on phones."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from altaigis.domain.legend import Between, FeatureStyle, Missing, Rule, Unlisted, Value, rules, shape_of_layer
from altaigis.domain.style import PaletteStyle, RampStyle, Symbol
from altaigis.encoders.styles.portrayal import Portrayal, StyleFormat

#: Of the tiles of rasters, in pixels; those of features have no such size.
TILE_PIXELS = 256
NOTHING = "rgba(0,0,0,0)"

Expression = Any
Draw = Callable[[Sequence[Rule], str], list[dict[str, Any]]]


def encode(portrayal: Portrayal) -> bytes:
    """A whole style document with the layer's tiles as its only source."""
    layer, style = portrayal.layer, portrayal.style
    source: dict[str, Any] = {"url": portrayal.addresses.tilejson}
    if isinstance(style, RampStyle | PaletteStyle):
        source |= {"type": "raster", "tileSize": TILE_PIXELS}
        resampling = "linear" if isinstance(style, RampStyle) else "nearest"
        layers = [{"id": layer.id, "type": "raster", "paint": {"raster-resampling": resampling}}]
    else:
        source |= {"type": "vector"}
        layers = _layers(portrayal, style)
    document = {
        "version": 8,
        "name": portrayal.title,
        "metadata": {"altai:layer": layer.id, "altai:style": portrayal.name},
        "sources": {layer.id: source},
        "layers": [{**drawn, "source": layer.id} for drawn in layers],
    }
    return orjson.dumps(document)


def _layers(portrayal: Portrayal, style: FeatureStyle) -> list[dict[str, Any]]:
    layer = portrayal.layer
    drawn = _DRAW[shape_of_layer(layer)](rules(layer, style), layer.id)
    # a tile of the largest zoom is drawn at any larger one, too
    return [{**each, "source-layer": layer.id, "minzoom": layer.tiles.minzoom} for each in drawn]


def _areas(found: Sequence[Rule], name: str) -> list[dict[str, Any]]:
    fill = {
        "fill-color": _each(found, lambda symbol: symbol.fill or NOTHING),
        "fill-opacity": _each(found, lambda symbol: symbol.opacity if symbol.fill else 0),
    }
    outlines = _lines([Rule(rule.title, _opaque(rule.symbol), rule.when) for rule in found], f"{name}-outline")
    return [{"id": f"{name}-fill", "type": "fill", "paint": fill}, *outlines]


def _opaque(symbol: Symbol) -> Symbol:
    """Its opacity is that of the area alone."""
    return symbol.model_copy(update={"opacity": 1.0})


def _lines(found: Sequence[Rule], name: str) -> list[dict[str, Any]]:
    """A layer for each pattern of dashes: it cannot follow the data in most versions."""
    patterns = list(dict.fromkeys(_dashes(rule.symbol) for rule in found if rule.symbol.stroke))
    layers = []
    for number, dashes in enumerate(patterns):
        paint = {
            "line-color": _each(found, lambda symbol: symbol.stroke or NOTHING),
            "line-width": _each(found, lambda symbol: symbol.width if symbol.stroke else 0),
            "line-opacity": _each(found, lambda symbol: symbol.opacity),
        }
        if dashes:
            paint["line-dasharray"] = list(dashes)
        drawn = {"id": f"{name}-{number}" if number else name, "type": "line", "paint": paint}
        drawn["layout"] = {"line-join": "round"}
        if len(patterns) > 1:
            drawn["filter"] = _filter(found, dashes)
        layers.append(drawn)
    return layers


def _filter(found: Sequence[Rule], dashes: tuple[float, ...]) -> Expression:
    return ["==", _each(found, lambda symbol: int(_dashes(symbol) == dashes)), 1]


def _dashes(symbol: Symbol) -> tuple[float, ...]:
    """Lengths of dashes and gaps, here in widths of the line."""
    return tuple(round(length / (symbol.width or 1), 3) for length in symbol.dash)


def _points(found: Sequence[Rule], name: str) -> list[dict[str, Any]]:
    """Circles whatever the shape: other marks would need pictures of them."""
    paint = {
        "circle-color": _each(found, lambda symbol: symbol.fill or NOTHING),
        "circle-opacity": _each(found, lambda symbol: symbol.opacity if symbol.fill else 0),
        "circle-radius": _each(found, lambda symbol: symbol.radius),
        "circle-stroke-color": _each(found, lambda symbol: symbol.stroke or NOTHING),
        "circle-stroke-width": _each(found, lambda symbol: symbol.width if symbol.stroke else 0),
    }
    return [{"id": f"{name}-circle", "type": "circle", "paint": paint}]


_DRAW: dict[str, Draw] = {"area": _areas, "line": _lines, "point": _points}


def _each(found: Sequence[Rule], of: Callable[[Symbol], Any]) -> Expression:
    """A property of the symbols by their rules; a constant where it is that of all."""
    values = [of(rule.symbol) for rule in found]
    if all(value == values[-1] for value in values):
        return values[-1]
    match found[-1].when:
        case Missing(field):
            # "step" gives a value that equals a stop what belongs to the class above
            breaks = [rule.when.low for rule in found if isinstance(rule.when, Between)]
            stops = [part for pair in zip(breaks, values, strict=False) for part in pair][1:]
            of_numbers = ["step", ["get", field], *stops] if len(stops) > 1 else stops[0]
            return ["case", ["==", ["typeof", ["get", field]], "number"], of_numbers, values[-1]]
        case Unlisted(field, listed):
            value, labels = _labels(["get", field], listed)
            return ["match", value, *(part for pair in zip(labels, values, strict=False) for part in pair), values[-1]]
        case _:
            return values[-1]


def _labels(value: Expression, listed: Sequence[Value]) -> tuple[Expression, Sequence[Value]]:
    """What "match" compares: it knows text and numbers alone."""
    if any(isinstance(label, bool) for label in listed):
        return ["to-string", value], [str(label).lower() for label in listed]
    return value, listed


FORMAT = StyleFormat("MapLibre", "application/vnd.mapbox.style+json", "json", encode, is_file=False)
