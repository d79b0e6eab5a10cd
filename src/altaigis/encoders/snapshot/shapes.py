"""The features of a snapshot as folium draws them: GeoJSON whose properties are what is told, and which sign it has."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import orjson

from altaigis.domain.feature import Feature
from altaigis.domain.layer import NUMERIC_TYPES, Layer
from altaigis.domain.legend import Rule, place_of, rules, shape_of_layer
from altaigis.domain.snapshot import Drawing
from altaigis.domain.style import ClassesStyle, SimpleStyle, Style, Symbol
from altaigis.domain.text import Language, Text
from altaigis.domain.wording import told as with_unit
from altaigis.encoders.styles.marks import outline
from altaigis.encoders.xml import element

#: Of a layer that declares none.
PLAIN = SimpleStyle(kind="simple", symbol=Symbol(fill="#8c8577", stroke="#5f5a50", opacity=0.7))
#: Rows of what is told of a feature: more is for the living map.
MOST_ROWS = 14
#: Themes whose areas are coloured; others are hatched over them.
COLOURED = ("territory", "water", "statistics", "analysis")
YES, NO = Text(ru="да", en="yes"), Text(ru="нет", en="no")
#: How opaque the stripes are of areas that lie on others.
HATCHED = 0.6


def style_of(layer: Layer) -> Style:
    return layer.styles.get("default", PLAIN)


def rules_of(layer: Layer) -> Sequence[Rule]:
    """The rules that the layer is drawn by."""
    style = style_of(layer)
    assert style.kind in ("simple", "classes", "categories"), "rasters are pictures"
    return rules(layer, style)


def features(drawing: Drawing, language: Language) -> dict[str, Any]:
    """The features that have a place. Texts are HTML, for Leaflet takes them for that."""
    layer, found = drawing.layer, rules_of(drawing.layer)
    style = style_of(layer)
    ranked = style.field if isinstance(style, ClassesStyle) and shape_of_layer(layer) == "point" else None
    told = []
    for feature in drawing.features:
        if feature.geometry is None:
            continue
        values = orjson.loads(feature.properties)
        name = _name(layer, feature, values, language)
        properties = {
            "name": escape(name),
            "told": _told(layer, values, name, language),
            "sign": place_of(found, values),
        }
        if feature.fid in drawing.radii:
            properties["radius"] = round(drawing.radii[feature.fid], 1)
        if ranked:
            properties["rank"] = values.get(ranked) or 0
        geometry = orjson.loads(feature.geometry)
        told.append({"type": "Feature", "id": feature.fid, "properties": properties, "geometry": geometry})
    return {"type": "FeatureCollection", "features": told}


def looks(drawing: Drawing, *, is_covered: bool) -> list[dict[str, Any]]:
    """How Leaflet draws the sign of each rule, as options of a path."""
    shape = shape_of_layer(drawing.layer)
    return [_look(rule, drawing, shape, is_covered=is_covered) for rule in rules_of(drawing.layer)]


def _look(rule: Rule, drawing: Drawing, shape: str, *, is_covered: bool) -> dict[str, Any]:
    symbol, share = rule.symbol, drawing.opacity
    look = {
        "color": symbol.stroke or symbol.fill or "#000000",
        "weight": symbol.width,
        "stroke": bool(symbol.stroke and symbol.width),
        "opacity": share,
        "dashArray": " ".join(f"{part:g}" for part in symbol.dash) or None,
        "fill": False,
    }
    if shape == "line":
        return look | {"opacity": symbol.opacity * share}
    if is_hatched(drawing.layer):
        striped = not symbol.dash and (symbol.stroke or symbol.fill)
        fill = f"url(#hatch-{striped[1:]})" if striped else "none"
        return look | {"stroke": True, "fill": True, "fillColor": fill, "fillOpacity": HATCHED * share}
    if symbol.fill:
        look |= {"fill": True, "fillColor": symbol.fill, "fillOpacity": 0 if is_covered else symbol.opacity * share}
    return look


def is_hatched(layer: Layer) -> bool:
    """Whether its areas are striped, so that what lies below stays readable."""
    return shape_of_layer(layer) == "area" and layer.theme not in COLOURED


def hatches(drawings: Sequence[Drawing]) -> list[str]:
    """The colours that areas are striped in."""
    symbols = [rule.symbol for drawing in drawings if is_hatched(drawing.layer) for rule in rules_of(drawing.layer)]
    return list(dict.fromkeys(symbol.stroke or symbol.fill or "#000000" for symbol in symbols if not symbol.dash))


def marks(layer: Layer) -> list[dict[str, Any]]:
    """The marks of points by rule: SVG, and the edge of the square that it takes in pixels."""
    return [_mark(rule.symbol) for rule in rules_of(layer)]


def _mark(symbol: Symbol) -> dict[str, Any]:
    edge = round(symbol.radius * 3 + symbol.width * 2)
    look = {
        "d": outline(symbol.shape, symbol.radius),
        "fill": symbol.fill or "none",
        "fill-opacity": symbol.opacity,
        "stroke": symbol.stroke or "none",
        "stroke-width": symbol.width,
    }
    box = {"width": edge, "height": edge, "viewBox": f"{-edge / 2:g} {-edge / 2:g} {edge} {edge}"}
    return {"html": element("svg", box, element("path", look)), "edge": edge}


# ---- words ----------------------------------------------------------------------------------------


def _name(layer: Layer, feature: Feature, values: Mapping[str, Any], language: Language) -> str:
    for name in (f"short_name_{language}", *layer.told_in(language)[:1]):
        if values.get(name):
            return str(values[name])
    return feature.fid


def _told(layer: Layer, values: Mapping[str, Any], name: str, language: Language) -> str:
    """A table of what is known, below the name; what the map is about stands first."""
    style = style_of(layer)
    first = getattr(style, "field", None)
    names = sorted(
        (it for it in layer.told_in(language) if values.get(it) not in (None, "", name)), key=lambda it: it != first
    )
    rows = "".join(
        f"<tr><th>{escape(_title(layer, it, language))}</th><td>{escape(_value(layer, it, values[it], language))}</td>"
        for it in names[:MOST_ROWS]
    )
    return f"<p>{escape(layer.title.in_(language))}</p><h2>{escape(name)}</h2><table>{rows}</table>"


def _title(layer: Layer, name: str, language: Language) -> str:
    title = layer.fields[name].title
    return title.in_(language) if title else name


def _value(layer: Layer, name: str, value: Any, language: Language) -> str:
    field, titles = layer.fields[name], layer.titles_of(name)
    if isinstance(value, bool):
        return (YES if value else NO).in_(language)
    # a whole number without a unit is a year or a code
    if field.type in NUMERIC_TYPES and (field.unit or field.type == "number"):
        digits = field.digits if field.digits is not None else 0 if field.type == "integer" else None
        return with_unit(value, None if field.unit == "1" else field.unit, language, digits)
    return titles[str(value)].in_(language) if str(value) in titles else str(value)
