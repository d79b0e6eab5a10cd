"""The formats of styles, by their short name in ``f=``: a new one is a module and a line here."""

from collections.abc import Mapping

from altaigis.encoders.styles import json, maplibre, qlr, qml, sld
from altaigis.encoders.styles.portrayal import StyleFormat

FORMATS: Mapping[str, StyleFormat] = {
    "json": json.FORMAT,
    "maplibre": maplibre.FORMAT,
    "sld": sld.FORMAT,
    "qml": qml.FORMAT,
    "qlr": qlr.FORMAT,
}
