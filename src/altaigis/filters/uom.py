"""Units of length as clients of WFS name them."""

import math
import re

#: Metres of a degree of a great circle on the mean sphere (IUGG): a distance in degrees is an arc.
DEGREE = math.radians(1) * 6_371_008.8
#: Names of a unit: UCUM's, plain ones, and EPSG's code.
_UNITS = {
    1.0: "m metre metres meter meters 9001",
    1000.0: "km kilometre kilometres kilometer kilometers 9036",
    0.01: "cm centimetre centimetres centimeter centimeters 1033",
    0.001: "mm millimetre millimetres millimeter millimeters 1025",
    0.3048: "[ft_i] ft foot feet 9002",
    1200 / 3937: "[ft_us] ftus us-ft 9003",
    0.9144: "[yd_i] yd yard yards 9096",
    1609.344: "[mi_i] mi mile miles statutemile 9093",
    1852.0: "[nmi_i] nmi nauticalmile nauticalmiles 9030",
    DEGREE: "deg degree degrees ° 9102 9122",
    math.degrees(DEGREE): "rad radian radians 9101",
}
_METRES = {name: factor for factor, names in _UNITS.items() for name in names.split()}


def metres(name: str) -> float | None:
    """The length of a unit on the ground, in metres; None where it is unknown.

    ``km``, ``urn:ogc:def:uom:UCUM::km``, ``http://www.opengis.net/def/uom/EPSG/0/9036`` and ``#kilometre`` are the
    same.
    """
    last = re.split(r"[/#:]", name.strip())[-1]
    return _METRES.get(last.replace(" ", "").lower())
