"""The legend of a style as a drawing: SVG made here, PNG of the same by resvg.

The drawing has one width whatever the reader's letters are: lines are broken as if they were of the widest family in
use, so nothing is cut off where Golos Text is not installed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from altaigis.domain.layer import Layer
from altaigis.domain.legend import Between, FeatureStyle, Missing, Rule, Unlisted, rules, shape_of_layer
from altaigis.domain.plane import Shape
from altaigis.domain.style import ClassesStyle, HillshadeStyle, PaletteStyle, RampStyle, SimpleStyle, Symbol
from altaigis.domain.text import Language, Text
from altaigis.domain.wording import number, unit_in
from altaigis.encoders.styles.marks import outline
from altaigis.encoders.styles.portrayal import Portrayal
from altaigis.encoders.styles.values import plain
from altaigis.encoders.xml import element, escape

WIDTH = 320
MARGIN = 16
INNER = WIDTH - 2 * MARGIN
#: Of the column of signs, and from its edge to the words.
SIGN, GAP = 28, 10
BAR = 14
FONTS = "Golos Text, system-ui, Segoe UI, DejaVu Sans, sans-serif"
INK, QUIET, PAPER, EDGE = "#1f1d19", "#5d584e", "#ffffff", "#b8b2a6"
SHADE, LIGHT = Text(ru="тень", en="shade"), Text(ru="свет", en="light")
METHOD, SOURCE = Text(ru="Классы", en="Classes"), Text(ru="Источник", en="Source")


@dataclass(frozen=True)
class Letters:
    """A size of letters, and from one line to the next, in pixels."""

    size: int
    line: int
    weight: int = 400
    colour: str = INK


HEADING, PLAIN, SMALL = Letters(15, 20, 600), Letters(13, 18), Letters(12, 16, colour=QUIET)


@dataclass(frozen=True)
class _Block:
    """A part of the drawing below the one before: its height, and its content (SVG) from its own top left corner."""

    height: float
    content: str


def svg(portrayal: Portrayal, scale: int = 1) -> str:
    """The legend, ``scale`` times as large as in pixels of CSS."""
    blocks = list(_blocks(portrayal))
    height = round(sum(block.height for block in blocks) + 2 * MARGIN)
    drawn, top = [], float(MARGIN)
    for block in blocks:
        drawn.append(element("g", {"transform": f"translate({MARGIN} {plain(round(top, 2))})"}, block.content))
        top += block.height
    root = {
        "xmlns": "http://www.w3.org/2000/svg",
        "width": WIDTH * scale,
        "height": height * scale,
        "viewBox": f"0 0 {WIDTH} {height}",
        "role": "img",
        "xml:lang": portrayal.language,
        "font-family": FONTS,
    }
    paper = element("rect", {"width": WIDTH, "height": height, "fill": PAPER})
    return element("svg", root, element("title", {}, escape(portrayal.title)), paper, *drawn)


@lru_cache(maxsize=64)
def png(drawing: str, fonts: tuple[Path, ...]) -> bytes:
    """A drawing as a picture of its own size, with letters of these files (TrueType)."""
    # only who asks for pictures pays for what makes them
    import resvg_py

    return resvg_py.svg_to_bytes(svg_string=drawing, skip_system_fonts=True, font_files=[str(path) for path in fonts])


def _blocks(portrayal: Portrayal) -> Iterator[_Block]:
    layer, style, language = portrayal.layer, portrayal.style, portrayal.language
    title = layer.title.in_(language)
    yield _paragraph(title, HEADING, after=2)
    if style.title and not isinstance(style, SimpleStyle):
        unit = style.unit if isinstance(style, RampStyle) else None
        yield _paragraph(_with_unit(style.title.in_(language), unit, language), PLAIN, after=2)
    yield _Block(6, "")
    match style:
        case RampStyle():
            yield _ramp(portrayal, style)
        case HillshadeStyle():
            yield _shades(portrayal)
        case PaletteStyle():
            for entry in style.entries:
                yield _entry(_box(Symbol(fill=entry.colour)), entry.title.in_(language))
        case _:
            yield from _rules(portrayal, style)
    yield _Block(10, "")
    if isinstance(style, ClassesStyle):
        yield _paragraph(f"{METHOD.in_(language)}: {style.method.in_(language)}", SMALL, after=2)
    yield _paragraph(f"{SOURCE.in_(language)}: {layer.source.attribution.in_(language)}", SMALL)


def _with_unit(title: str, unit: str | None, language: Language) -> str:
    told = unit_in(unit, language)
    return title if not told or told in title.split() else f"{title}, {told}"


# ---- rules ----------------------------------------------------------------------------------------


def _rules(portrayal: Portrayal, style: FeatureStyle) -> Iterator[_Block]:
    layer, language = portrayal.layer, portrayal.language
    shape = shape_of_layer(layer)
    for place, rule in enumerate(_shown(layer, rules(layer, style))):
        told = rule.title.in_(language)
        if place == 0 and isinstance(rule.when, Between):
            # said once, where reading begins
            told = f"{told} {unit_in(layer.fields[rule.when.field].unit, language)}".strip()
        yield _entry(_sign(rule.symbol, shape), told, _reach(rule.symbol, shape))


def _shown(layer: Layer, found: Sequence[Rule]) -> Sequence[Rule]:
    """Without the last rule where nothing can be left for it."""
    match found[-1].when:
        case Missing(field):
            is_empty = layer.fields[field].required
        case Unlisted(field, values):
            allowed = layer.fields[field].values
            is_empty = layer.fields[field].required and allowed is not None and set(allowed) <= set(map(plain, values))
        case _:
            is_empty = False
    return found[:-1] if is_empty else found


def _entry(sign: str, told: str, reach: float = 0) -> _Block:
    lines = _broken(told, PLAIN, INNER - SIGN - GAP)
    height = max(PLAIN.line * len(lines) + 4, 2 * reach + 4)
    first = height / 2 - PLAIN.line * (len(lines) - 1) / 2
    words = _lines(lines, PLAIN, SIGN + GAP, first + PLAIN.size * 0.36)
    middle = f"translate({SIGN / 2:g} {first:g})"
    return _Block(height, element("g", {"transform": middle}, sign) + words)


def _sign(symbol: Symbol, shape: Shape) -> str:
    if shape == "area":
        return _box(symbol)
    if shape == "line":
        path = {"d": f"M{-SIGN / 2:g} 3C-6 -7 6 9 {SIGN / 2:g} -3", "fill": "none", "stroke-opacity": symbol.opacity}
        return element("path", path | _stroke(symbol))
    mark = {"d": outline(symbol.shape, symbol.radius)}
    return element("path", mark | _fill(symbol) | _stroke(symbol))


def _box(symbol: Symbol) -> str:
    box = {"x": -13, "y": -7, "width": 26, "height": 14, "rx": 2}
    edge = {} if symbol.stroke or not _is_pale(symbol.fill) else {"stroke": EDGE, "stroke-width": 0.6}
    return element("rect", box | _fill(symbol) | _stroke(symbol) | edge)


def _is_pale(colour: str | None) -> bool:
    """Whether a sign of the colour would not be seen on paper."""
    return colour is not None and min(bytes.fromhex(colour[1:])) > 0xE0


def _fill(symbol: Symbol) -> dict[str, object]:
    return {"fill": symbol.fill or "none", "fill-opacity": plain(symbol.opacity) if symbol.fill else None}


def _stroke(symbol: Symbol) -> dict[str, object]:
    if not symbol.stroke or not symbol.width:
        return {}
    return {
        "stroke": symbol.stroke,
        "stroke-width": plain(symbol.width),
        "stroke-linejoin": "round",
        "stroke-dasharray": " ".join(map(plain, symbol.dash)) or None,
    }


def _reach(symbol: Symbol, shape: Shape) -> float:
    """From the middle of a mark to its edge: a star's is the farthest."""
    return symbol.radius * 1.5 + symbol.width / 2 if shape == "point" else 0


# ---- ramps ----------------------------------------------------------------------------------------


def _ramp(portrayal: Portrayal, style: RampStyle) -> _Block:
    low, high = style.stops[0].value, style.stops[-1].value
    shares = [(stop.value - low) / (high - low) for stop in style.stops]
    labels = [number(stop.value, portrayal.language) for stop in style.stops]
    colours = dict(zip(shares, (stop.colour for stop in style.stops), strict=True))
    return _bar(portrayal, colours, list(zip(shares, labels, strict=True)))


def _shades(portrayal: Portrayal) -> _Block:
    ends = [(share, end.in_(portrayal.language)) for share, end in ((0.0, SHADE), (1.0, LIGHT))]
    return _bar(portrayal, {0: "#000000", 1: "#ffffff"}, ends)


def _bar(portrayal: Portrayal, colours: Mapping[float, str], ticks: Sequence[tuple[float, str]]) -> _Block:
    """Colours, and what is told below them, by their part of the way from the left end to the right one."""
    name = f"{portrayal.name}-{portrayal.layer.id}"
    stops = (element("stop", {"offset": f"{share:.4f}", "stop-color": colour}) for share, colour in colours.items())
    gradient = element("linearGradient", {"id": name}, *stops)
    bar = element(
        "rect",
        {"width": INNER, "height": BAR, "rx": 2, "fill": f"url(#{name})", "stroke": EDGE, "stroke-width": 0.6},
    )
    told = "".join(_tick(share * INNER, label) for share, label in _apart(ticks))
    return _Block(BAR + 8 + SMALL.line + 4, element("defs", {}, gradient) + bar + told)


def _apart(ticks: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """The ticks whose numbers do not touch; both ends are always among them."""
    first, *inner, last = ticks
    kept = [first]
    for share, label in inner:
        if _left(share, label) > _right(*kept[-1]) and _right(share, label) < _left(*last):
            kept.append((share, label))
    return [*kept, last]


def _left(share: float, label: str) -> float:
    """Where a number begins, with some room before it."""
    width = _width(label, SMALL)
    return share * INNER - width * _ANCHORS[_anchor(share)] - 4


def _right(share: float, label: str) -> float:
    return _left(share, label) + _width(label, SMALL) + 8


def _tick(x: float, label: str) -> str:
    line = {"d": f"M{x:.1f} {BAR}v4", "stroke": QUIET, "stroke-width": 1}
    at = {"x": f"{x:.1f}", "y": BAR + 4 + SMALL.line, "text-anchor": _anchor(x / INNER)}
    return element("path", line) + element("text", at | _written(SMALL), escape(label))


_ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}


def _anchor(share: float) -> str:
    return "start" if share == 0 else "end" if share == 1 else "middle"


# ---- words ----------------------------------------------------------------------------------------


def _paragraph(text: str, letters: Letters, after: float = 0) -> _Block:
    lines = _broken(text, letters, INNER)
    return _Block(letters.line * len(lines) + after, _lines(lines, letters, 0, letters.size))


def _lines(lines: Sequence[str], letters: Letters, x: float, first: float) -> str:
    return "".join(
        element("text", {"x": plain(x), "y": f"{first + n * letters.line:.1f}"} | _written(letters), escape(line))
        for n, line in enumerate(lines)
    )


def _written(letters: Letters) -> dict[str, object]:
    weight = letters.weight if letters.weight != 400 else None
    return {"font-size": letters.size, "font-weight": weight, "fill": letters.colour}


def _broken(text: str, letters: Letters, width: float) -> list[str]:
    """Lines that are not wider; a word that is wider by itself is taken apart."""
    lines = [""]
    for word in text.split(" "):
        for piece in _pieces(word, letters, width):
            joined = f"{lines[-1]} {piece}" if lines[-1] else piece
            if _width(joined, letters) <= width:
                lines[-1] = joined
            else:
                lines.append(piece)
    return lines


def _pieces(word: str, letters: Letters, width: float) -> Iterator[str]:
    while _width(word, letters) > width:
        end = next(end for end in range(len(word), 0, -1) if end == 1 or _width(word[:end], letters) <= width)
        yield word[:end]
        word = word[end:]
    yield word


#: Widths of characters by the size of the letters, those of wide families like DejaVu Sans; else that of others.
_WIDE, _CAPITAL, _NARROW, _OTHERS = 0.97, 0.74, 0.38, 0.62
_WIDE_ONES = frozenset("ЖМФШЩЮЫмшщжфюыWMmw@%—…№©")
_NARROW_ONES = frozenset(" .,:;'|!()[]ijlftrI1-–/\u00a0")


def _width(text: str, letters: Letters) -> float:
    """How wide a line may become, in pixels; never less than it does."""
    bold = 1.08 if letters.weight > 400 else 1
    return sum(map(_share, text)) * letters.size * bold


def _share(character: str) -> float:
    if character in _WIDE_ONES:
        return _WIDE
    if character in _NARROW_ONES:
        return _NARROW
    return _CAPITAL if character.isupper() else _OTHERS
