"""What QGIS's own documents share: symbols, and conditions as expressions of QGIS (3.22 and newer)."""

from collections.abc import Callable

from altaigis.domain.legend import Between, Equal, Missing, Unlisted, Value
from altaigis.domain.plane import Shape
from altaigis.domain.style import Symbol
from altaigis.encoders.styles.marks import SIZES
from altaigis.encoders.styles.values import plain
from altaigis.encoders.xml import element

#: Millimetres in a pixel of CSS: a print at any resolution is as fine as the screen.
PIXEL = 25.4 / 96

Options = dict[str, str]


def symbol(name: int, drawn: Symbol, shape: Shape) -> str:
    """A symbol that renderers call by its number."""
    kind, layers = _KINDS[shape]
    return element(
        "symbol",
        {"name": name, "type": kind, "alpha": 1, "clip_to_extent": 1, "force_rhr": 0},
        *(_layer(of_class, options) for of_class, options in layers(drawn)),
    )


def _layer(of_class: str, options: Options) -> str:
    written = (element("Option", {"name": name, "type": "QString", "value": value}) for name, value in options.items())
    return element(
        "layer",
        {"class": of_class, "enabled": 1, "locked": 0, "pass": 0},
        element("Option", {"type": "Map"}, *written),
    )


def _area(drawn: Symbol) -> list[tuple[str, Options]]:
    fill = {
        "color": colour(drawn.fill, drawn.opacity if drawn.fill else 0),
        "style": "solid" if drawn.fill else "no",
        "joinstyle": "round",
    }
    if not drawn.dash:
        return [("SimpleFill", fill | _outline(drawn))]
    # the outline of a simple fill knows no dashes of its own lengths
    return [("SimpleFill", fill | {"outline_style": "no"}), *_line(drawn.model_copy(update={"opacity": 1.0}))]


def _line(drawn: Symbol) -> list[tuple[str, Options]]:
    options = {
        "line_color": colour(drawn.stroke, drawn.opacity if drawn.stroke else 0),
        "line_style": "solid" if drawn.stroke and drawn.width else "no",
        "line_width": _length(drawn.width),
        "line_width_unit": "MM",
        "joinstyle": "round",
        "capstyle": "flat" if drawn.dash else "round",
    }
    if drawn.dash:
        dashes = ";".join(map(_length, drawn.dash))
        options |= {"use_custom_dash": "1", "customdash": dashes, "customdash_unit": "MM"}
    return [("SimpleLine", options)]


def _point(drawn: Symbol) -> list[tuple[str, Options]]:
    options = {
        "name": drawn.shape,
        "color": colour(drawn.fill, drawn.opacity if drawn.fill else 0),
        "size": _length(drawn.radius * SIZES[drawn.shape]),
        "size_unit": "MM",
        "joinstyle": "round",
    }
    return [("SimpleMarker", options | _outline(drawn))]


_KINDS: dict[Shape, tuple[str, Callable[[Symbol], list[tuple[str, Options]]]]] = {
    "area": ("fill", _area),
    "line": ("line", _line),
    "point": ("marker", _point),
}


def _outline(drawn: Symbol) -> Options:
    return {
        "outline_color": colour(drawn.stroke, 1 if drawn.stroke else 0),
        "outline_style": "solid" if drawn.stroke and drawn.width else "no",
        "outline_width": _length(drawn.width),
        "outline_width_unit": "MM",
    }


def _length(pixels: float) -> str:
    return plain(round(pixels * PIXEL, 4))


def colour(written: str | None, opacity: float = 1) -> str:
    """``#rrggbb`` as QGIS writes it: red, green, blue and opacity, each up to 255."""
    red, green, blue = bytes.fromhex((written or "#000000")[1:])
    return f"{red},{green},{blue},{round(opacity * 255)}"


def condition(when: Between | Equal | Missing | Unlisted | None) -> str:
    """The expression that holds for the features of a rule; empty where it holds for all."""
    match when:
        case Between(field, low, high):
            bounds = ((">=", low), ("<", high))
            tests = [f"{_field(field)} {sign} {plain(bound)}" for sign, bound in bounds if bound is not None]
            return " AND ".join(tests) or f"{_field(field)} IS NOT NULL"
        case Equal(field, value):
            return f"{_field(field)} = {_literal(value)}"
        case Missing(field):
            return f"{_field(field)} IS NULL"
        case Unlisted(field, values):
            return f"{_field(field)} IS NULL OR {_field(field)} NOT IN ({', '.join(map(_literal, values))})"
        case None:
            return ""


def _field(name: str) -> str:
    return f'"{name}"'


def _literal(value: Value) -> str:
    if not isinstance(value, str):
        return plain(value)
    escaped = value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\t", "\\t")
    return f"'{escaped}'"
