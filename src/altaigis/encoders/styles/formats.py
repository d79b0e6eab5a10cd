"""The formats of styles, by their short name in ``f=``: a new one is a module and a line here."""

from collections.abc import Mapping

from altaigis.domain.style import HillshadeStyle, RampStyle, Style
from altaigis.encoders.styles import json, maplibre, qlr, qml, sld
from altaigis.encoders.styles.portrayal import StyleFormat

FORMATS: Mapping[str, StyleFormat] = {
    "json": json.FORMAT,
    "maplibre": maplibre.FORMAT,
    "sld": sld.FORMAT,
    "qml": qml.FORMAT,
    "qlr": qlr.FORMAT,
}


def formats_of(style: Style) -> Mapping[str, StyleFormat]:
    """Those that can say the style: what is computed from a raster's values is there in its tiles alone."""
    is_computed = isinstance(style, HillshadeStyle) or (isinstance(style, RampStyle) and style.of != "values")
    return {name: form for name, form in FORMATS.items() if not (is_computed and form.of_values)}
