"""Marks of points: how large they are, and their outlines as paths of SVG."""

import math
from collections.abc import Callable, Mapping

#: Edge (of a circle and a star the diameter) by the radius of a symbol: all shapes cover about the same area.
SIZES: Mapping[str, float] = {"circle": 2.0, "square": 1.77, "triangle": 2.26, "diamond": 2.6, "star": 3.0}


def outline(shape: str, radius: float) -> str:
    """The path of a mark around the origin, as the map of this server draws it."""
    return _OUTLINES[shape](radius)


def _circle(radius: float) -> str:
    half = f"a{radius:g} {radius:g} 0 1 0"
    return f"M{-radius:g} 0{half} {2 * radius:g} 0{half} {-2 * radius:g} 0Z"


def _polygon(corners: int, radius: float, inner: float | None = None, turn: float = -90) -> str:
    """A regular polygon; a star where every second corner stands nearer. ``turn`` in degrees from the east."""
    points = []
    for corner in range(corners):
        reach = inner if inner is not None and corner % 2 else radius
        angle = math.radians(turn + 360 / corners * corner)
        points.append(f"{reach * math.cos(angle):.2f} {reach * math.sin(angle):.2f}")
    return f"M{'L'.join(points)}Z"


_OUTLINES: Mapping[str, Callable[[float], str]] = {
    "circle": _circle,
    "square": lambda radius: _polygon(4, radius * 1.25, turn=-45),
    "triangle": lambda radius: _polygon(3, radius * 1.4),
    "diamond": lambda radius: _polygon(4, radius * 1.3),
    "star": lambda radius: _polygon(10, radius * 1.5, inner=radius * 0.65),
}
