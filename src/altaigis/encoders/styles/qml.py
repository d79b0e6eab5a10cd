"""A style file of QGIS: the symbology of a layer of features, or of a raster in its own values."""

from collections.abc import Iterator, Mapping, Sequence

from altaigis.domain.legend import Equal, FeatureStyle, Rule, rules, shape_of_layer
from altaigis.domain.plane import Shape
from altaigis.domain.style import CategoriesStyle, ClassesStyle, PaletteStyle, RampStyle, RasterStyle
from altaigis.domain.text import Language
from altaigis.domain.wording import number
from altaigis.encoders.styles import qgis
from altaigis.encoders.styles.portrayal import Portrayal, StyleFormat
from altaigis.encoders.styles.values import coloured, plain
from altaigis.encoders.xml import element

#: The oldest version that reads all of it.
VERSION = "3.22.0"


#: Types of geometry as QGIS counts them.
GEOMETRIES: Mapping[Shape, int] = {"point": 0, "line": 1, "area": 2}


def encode(portrayal: Portrayal) -> bytes:
    """The categories of a file that concern symbology, and nothing else: what a person has set up stays."""
    style = portrayal.style
    if isinstance(style, RasterStyle):
        drawn = element("pipe", {}, _raster(coloured(style), portrayal.language))
    else:
        geometry = GEOMETRIES[shape_of_layer(portrayal.layer)]
        drawn = renderer(portrayal, style) + element("layerGeometryType", {}, str(geometry))
    root = element("qgis", {"version": VERSION, "styleCategories": "Symbology"}, drawn)
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{root}\n".encode()


def renderer(portrayal: Portrayal, style: FeatureStyle) -> str:
    """The renderer of a layer of features."""
    found, shape = rules(portrayal.layer, style), shape_of_layer(portrayal.layer)
    numbered = [(place, rule, rule.title.in_(portrayal.language)) for place, rule in enumerate(found)]
    kind, attributes, entries = "singleSymbol", {}, ""
    if isinstance(style, ClassesStyle):
        # not graduatedSymbol, which gives a value that equals a break to the class below
        kind, entries = "RuleRenderer", element("rules", {"key": "all"}, *_rules(numbered))
    elif isinstance(style, CategoriesStyle):
        kind, attributes = "categorizedSymbol", {"attr": style.field}
        entries = element("categories", {}, *_categories(numbered))
    symbols = (qgis.symbol(place, rule.symbol, shape) for place, rule, _ in numbered)
    return element("renderer-v2", {"type": kind, **attributes}, entries, element("symbols", {}, *symbols))


Numbered = Sequence[tuple[int, Rule, str]]


def _rules(numbered: Numbered) -> Iterator[str]:
    for place, rule, title in numbered:
        shown = {"filter": qgis.condition(rule.when), "symbol": place, "label": title, "key": place}
        yield element("rule", shown)


def _categories(numbered: Numbered) -> Iterator[str]:
    for place, rule, title in numbered:
        # the category of an empty text takes all values that have none of their own, and features without a value
        value = rule.when.value if isinstance(rule.when, Equal) else ""
        known = {"value": plain(value), "type": _TYPES[type(value)]}
        yield element("category", {**known, "symbol": place, "label": title, "render": "true"})


_TYPES: Mapping[type, str] = {str: "string", int: "long", bool: "bool"}


def _raster(style: RampStyle | PaletteStyle, language: Language) -> str:
    band = {"band": 1, "opacity": 1, "alphaBand": -1}
    if isinstance(style, PaletteStyle):
        entries = (
            _item("paletteEntry", entry.value, entry.colour, entry.title.in_(language)) for entry in style.entries
        )
        return element("rasterrenderer", {"type": "paletted", **band}, element("colorPalette", {}, *entries))
    values = [stop.value for stop in style.stops]
    ends = {"minimumValue": plain(values[0]), "maximumValue": plain(values[-1])}
    stops = (_item("item", stop.value, stop.colour, number(stop.value, language)) for stop in style.stops)
    ramp = element("colorrampshader", {"colorRampType": "INTERPOLATED", "clip": 0, **ends}, *stops)
    range_ = {"classificationMin": plain(values[0]), "classificationMax": plain(values[-1])}
    kind = {"type": "singlebandpseudocolor", **band, **range_}
    return element("rasterrenderer", kind, element("rastershader", {}, ramp))


def _item(name: str, value: float, colour: str, label: str) -> str:
    return element(name, {"value": plain(value), "color": colour, "alpha": 255, "label": label})


FORMAT = StyleFormat("QGIS (QML)", "application/x-qgis-layer-settings", "qml", encode, of_values=True)
