"""A style of features as a list of rules: the one reading that each format of styles writes in its own words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from altaigis.domain.layer import NUMERIC_TYPES, Layer
from altaigis.domain.plane import SHAPES, Shape
from altaigis.domain.style import CategoriesStyle, ClassesStyle, SimpleStyle, Symbol
from altaigis.domain.text import LANGUAGES, Language, Text
from altaigis.domain.wording import number

NO_DATA = Text(ru="нет данных", en="no data")
OTHER = Text(ru="Прочее", en="Other")
ANY = Text(ru="есть данные", en="with data")

Value = str | int | bool
FeatureStyle = SimpleStyle | ClassesStyle | CategoriesStyle


@dataclass(frozen=True)
class Between:
    """Numbers from ``low`` on and below ``high``; None leaves that side open."""

    field: str
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Equal:
    """One value of a field, of the field's own type."""

    field: str
    value: Value


@dataclass(frozen=True)
class Missing:
    """No value of a field."""

    field: str


@dataclass(frozen=True)
class Unlisted:
    """No value of a field, or none of these."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Rule:
    """How the features are drawn that meet a condition, or all without one.

    Each feature meets the condition of one rule of a style. What other rules leave over is the last one's.
    """

    title: Text
    symbol: Symbol
    when: Between | Equal | Missing | Unlisted | None = None

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether a feature with these values meets the condition."""
        match self.when:
            case Between(field, low, high):
                value = values.get(field)
                return value is not None and (low is None or value >= low) and (high is None or value < high)
            case Equal(field, wanted):
                return values.get(field) == wanted
            case Missing(field):
                return values.get(field) is None
            case Unlisted(field, listed):
                return values.get(field) not in listed
        return True


def place_of(found: Sequence[Rule], values: Mapping[str, Any]) -> int:
    """Which of the rules of a style draws a feature with these values."""
    return next((place for place, rule in enumerate(found) if rule.holds(values)), len(found) - 1)


def shape_of_layer(layer: Layer) -> Shape:
    """What the features of a vector layer are drawn as."""
    return SHAPES[(layer.geometry_type or "").removeprefix("Multi")]


def rules(layer: Layer, style: FeatureStyle) -> tuple[Rule, ...]:
    """The rules of a style, in the order of the legend."""
    match style:
        case SimpleStyle():
            return (Rule(style.title or layer.title, style.symbol),)
        case ClassesStyle():
            return _classes(layer, style)
        case CategoriesStyle():
            return _categories(layer, style)


def _classes(layer: Layer, style: ClassesStyle) -> tuple[Rule, ...]:
    # a line has no inside that could be filled
    part = "stroke" if shape_of_layer(layer) == "line" else "fill"
    bounds = pairwise((None, *style.breaks, None))
    classes = (
        Rule(_class_title(low, high), style.symbol.model_copy(update={part: colour}), Between(style.field, low, high))
        for (low, high), colour in zip(bounds, style.colours, strict=True)
    )
    return (*classes, Rule(NO_DATA, style.symbol.model_copy(update={part: style.no_data}), Missing(style.field)))


def _categories(layer: Layer, style: CategoriesStyle) -> tuple[Rule, ...]:
    type_ = layer.fields[style.field].type
    typed: Callable[[str | int], Value] = str
    if type_ in NUMERIC_TYPES:
        typed = int
    elif type_ == "boolean":
        typed = _truth
    values = tuple(typed(entry.value) for entry in style.categories)
    listed = (
        Rule(entry.title, entry.symbol, Equal(style.field, value))
        for entry, value in zip(style.categories, values, strict=True)
    )
    return (*listed, Rule(OTHER, style.other, Unlisted(style.field, values)))


def _truth(value: str | int) -> bool:
    return str(value).lower() in ("true", "1")


def _class_title(low: float | None, high: float | None) -> Text:
    """The same words as in the legend of the map."""
    if low is None and high is None:
        return ANY
    words: dict[Language, tuple[str, str, str]] = {
        "ru": ("менее {high}", "от {low} до {high}", "{low} и более"),
        "en": ("below {high}", "{low} to {high}", "{low} and more"),
    }
    which = 0 if low is None else 2 if high is None else 1
    told = {
        language: words[language][which].format(low=_told(low, language), high=_told(high, language))
        for language in LANGUAGES
    }
    return Text(**told)


def _told(bound: float | None, language: Language) -> str:
    return "" if bound is None else number(bound, language)
