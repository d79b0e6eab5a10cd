"""Styled Layer Descriptor 1.0.0 (OGC 02-070): read by GeoServer, MapServer and QGIS."""

from collections.abc import Callable, Iterator, Sequence

from altaigis.domain.legend import Between, Equal, Missing, Rule, Unlisted, rules, shape_of_layer
from altaigis.domain.plane import Shape
from altaigis.domain.style import PaletteStyle, RampStyle, RasterStyle, Symbol
from altaigis.domain.text import Language
from altaigis.encoders.styles.marks import SIZES
from altaigis.encoders.styles.portrayal import Portrayal, StyleFormat
from altaigis.encoders.styles.values import coloured, plain
from altaigis.encoders.xml import element, escape

_NAMESPACES = {
    "version": "1.0.0",
    "xmlns": "http://www.opengis.net/sld",
    "xmlns:ogc": "http://www.opengis.net/ogc",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": "http://www.opengis.net/sld http://schemas.opengis.net/sld/1.0.0/StyledLayerDescriptor.xsd",
}


def encode(portrayal: Portrayal) -> bytes:
    """One named layer with one style; sizes are in pixels, as is the format's habit."""
    layer, style = portrayal.layer, portrayal.style
    if isinstance(style, RasterStyle):
        drawn = element("Rule", {}, _raster(coloured(style), portrayal.language))
    else:
        shape = shape_of_layer(layer)
        drawn = "".join(_rule(rule, shape, portrayal.language) for rule in rules(layer, style))
    user_style = element(
        "UserStyle",
        {},
        _text("Name", portrayal.name),
        _text("Title", portrayal.title),
        element("IsDefault", {}, "1") if portrayal.name == "default" else "",
        element("FeatureTypeStyle", {}, drawn),
    )
    named = element("NamedLayer", {}, _text("Name", layer.id), user_style)
    root = element("StyledLayerDescriptor", _NAMESPACES, named)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'.encode()


def _rule(rule: Rule, shape: Shape, language: Language) -> str:
    title = _text("Title", rule.title.in_(language))
    condition = "" if rule.when is None else element("ogc:Filter", {}, _condition(rule.when))
    return element("Rule", {}, title, condition, _SYMBOLIZERS[shape](rule.symbol))


def _condition(when: Between | Equal | Missing | Unlisted) -> str:
    match when:
        case Between(field, low, high):
            bounds = (("GreaterThanOrEqualTo", low), ("LessThan", high))
            tests = [_compare(kind, field, plain(bound)) for kind, bound in bounds if bound is not None]
            return _all(tests or [element("ogc:Not", {}, _is_null(field))])
        case Equal(field, value):
            return _compare("EqualTo", field, plain(value))
        case Missing(field):
            return _is_null(field)
        case Unlisted(field, values):
            # not ElseFilter: QGIS draws its rule for all features
            others = _all([_compare("NotEqualTo", field, plain(value)) for value in values])
            return element("ogc:Or", {}, _is_null(field), others)


def _all(tests: Sequence[str]) -> str:
    return tests[0] if len(tests) == 1 else element("ogc:And", {}, *tests)


def _is_null(field: str) -> str:
    return element("ogc:PropertyIsNull", {}, _text("ogc:PropertyName", field))


def _compare(kind: str, field: str, literal: str) -> str:
    return element(f"ogc:PropertyIs{kind}", {}, _text("ogc:PropertyName", field), _text("ogc:Literal", literal))


def _area(symbol: Symbol) -> str:
    return element("PolygonSymbolizer", {}, _fill(symbol), _stroke(symbol))


def _line(symbol: Symbol) -> str:
    return element("LineSymbolizer", {}, _stroke(symbol, symbol.opacity)) if symbol.stroke else ""


def _point(symbol: Symbol) -> str:
    # the standard knows no diamond: it is a square on its corner
    diamond = symbol.shape == "diamond"
    mark = element(
        "Mark", {}, _text("WellKnownName", "square" if diamond else symbol.shape), _fill(symbol), _stroke(symbol)
    )
    size = symbol.radius * (SIZES["diamond"] / 2**0.5 if diamond else SIZES[symbol.shape])
    graphic = [mark, element("Size", {}, plain(round(size, 2)))]
    if diamond:
        graphic.append(element("Rotation", {}, "45"))
    return element("PointSymbolizer", {}, element("Graphic", {}, *graphic))


_SYMBOLIZERS: dict[Shape, Callable[[Symbol], str]] = {"area": _area, "line": _line, "point": _point}


def _fill(symbol: Symbol) -> str:
    if not symbol.fill:
        return ""
    return element("Fill", {}, *_parameters({"fill": symbol.fill, "fill-opacity": plain(symbol.opacity)}))


def _stroke(symbol: Symbol, opacity: float = 1.0) -> str:
    if not symbol.stroke or not symbol.width:
        return ""
    values = {
        "stroke": symbol.stroke,
        "stroke-width": plain(symbol.width),
        "stroke-opacity": plain(opacity),
        "stroke-linejoin": "round",
    }
    if symbol.dash:
        values["stroke-dasharray"] = " ".join(map(plain, symbol.dash))
    return element("Stroke", {}, *_parameters(values))


def _parameters(values: dict[str, str]) -> Iterator[str]:
    return (element("CssParameter", {"name": name}, escape(value)) for name, value in values.items())


def _raster(style: RampStyle | PaletteStyle, language: Language) -> str:
    entries: Sequence[tuple[str, float, str]]
    if isinstance(style, RampStyle):
        kind, entries = "ramp", [(stop.colour, stop.value, plain(stop.value)) for stop in style.stops]
    else:
        kind = "values"
        entries = [(entry.colour, entry.value, entry.title.in_(language)) for entry in style.entries]
    colours = (
        element("ColorMapEntry", {"color": colour, "quantity": plain(value), "label": label, "opacity": "1"})
        for colour, value, label in entries
    )
    return element("RasterSymbolizer", {}, element("ColorMap", {"type": kind}, *colours))


def _text(name: str, text: str) -> str:
    return element(name, {}, escape(text))


FORMAT = StyleFormat("SLD", "application/vnd.ogc.sld+xml;version=1.0", "sld", encode, of_values=True)
