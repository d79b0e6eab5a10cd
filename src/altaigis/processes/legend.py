"""Legends of results: classes of numbers, and categories with the colours that maps have for them."""

import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from altaigis.analytics.classes import Method, classify
from altaigis.analytics.values import Numbers
from altaigis.domain.style import CategoriesStyle, Category, ClassesStyle, Shape, SimpleStyle, Style, Symbol
from altaigis.domain.text import Text
from altaigis.domain.wording import number
from altaigis.errors import AnalysisError

#: From little to much, and from below to above a middle (ColorBrewer's YlGnBu and RdYlBu, the latter turned round).
SEQUENTIAL = ("#ffffd9", "#edf8b1", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#253494", "#081d58")
DIVERGING = ("#4575b4", "#74add1", "#abd9e9", "#e0f3f8", "#ffffbf", "#fee090", "#fdae61", "#f46d43", "#d73027")
#: Kinds that have no order (ColorBrewer's Set3 and Paired).
QUALITATIVE = (
    "#8dd3c7", "#fdb462", "#80b1d3", "#fb8072", "#b3de69", "#bebada", "#fccde5", "#bc80bd", "#ffed6f", "#ccebc5",
    "#1f78b4", "#33a02c", "#e31a1c", "#ff7f00", "#6a3d9a", "#b15928", "#a6cee3", "#b2df8a", "#fb9a99", "#cab2d6",
)  # fmt: skip
NEUTRAL = "#f0efe9"
NO_DATA = "#d9d9d9"
BORDER = {"stroke": "#8c8577", "width": 0.6}

_METHODS: dict[str, Text] = {
    "quantile": Text(ru="квантили: единиц в классах примерно поровну", en="quantiles: classes of about as many units"),
    "equal": Text(ru="равные интервалы", en="equal intervals"),
    "jenks": Text(ru="естественные границы (Дженкс)", en="natural breaks (Jenks)"),
    "head_tail": Text(ru="голова и хвост (Цзян)", en="head/tail breaks (Jiang)"),
    "std": Text(ru="среднее и стандартные отклонения", en="mean and standard deviations"),
}


def classes(
    field: str, title: Text, values: Numbers, *, method: Method = "quantile", colours: Sequence[str] = SEQUENTIAL
) -> Style:
    """Five classes of a numeric field; all alike where its values do not differ."""
    try:
        found = classify(values, method)
    except AnalysisError:
        return SimpleStyle(kind="simple", title=title, symbol=Symbol(fill=colours[len(colours) // 2], **BORDER))
    breaks = _short(found.breaks, values)
    return ClassesStyle(
        kind="classes",
        title=title,
        field=field,
        method=_METHODS[method],
        breaks=breaks,
        colours=spread(colours, len(breaks) + 1),
        symbol=Symbol(opacity=0.85, **BORDER),
        no_data=NO_DATA,
    )


def categories(
    field: str, title: Text, entries: Mapping[str, tuple[Text, str]], shapes: Mapping[str, Shape] | None = None
) -> CategoriesStyle:
    """A colour for each value of a field: by value, its title and its colour.

    Args:
        shapes: of points, by value; circles where there are none.
    """
    shape_of = dict(shapes or {})
    return CategoriesStyle(
        kind="categories",
        title=title,
        field=field,
        categories=tuple(
            Category(value=value, title=told, symbol=_symbol(colour, shape_of.get(value, "circle")))
            for value, (told, colour) in entries.items()
        ),
        other=Symbol(fill=NO_DATA, **BORDER),
    )


def _symbol(colour: str, shape: Shape) -> Symbol:
    return Symbol(fill=colour, shape=shape, opacity=0.85, **BORDER)


def between(breaks: Sequence[float], at: int) -> Text:
    """What the class with a number from 0 on holds."""
    low, high = (None, *breaks)[at], (*breaks, None)[at]
    if low is None or high is None:
        bound = next(bound for bound in (low, high) if bound is not None)
        ru, en = ("менее {}", "below {}") if low is None else ("{} и более", "{} and more")
        return Text(ru=ru.format(number(bound, "ru")), en=en.format(number(bound, "en")))
    return Text(ru=f"от {number(low, 'ru')} до {number(high, 'ru')}", en=f"{number(low, 'en')} to {number(high, 'en')}")


def _short(bounds: Sequence[float], values: Numbers) -> tuple[float, ...]:
    """Bounds with as few digits as leave every value in its class."""
    there = np.sort(values[~np.isnan(values)])
    return tuple(_between(there[there < bound].max(), there[there >= bound].min()) for bound in bounds)


def _between(below: float, above: float) -> float:
    """The number with the fewest digits that is more than one and no more than the other."""
    size = math.floor(math.log10(max(abs(below), abs(above))))
    for digits in range(-size, 16 - size):
        candidate = float(Decimal(above).quantize(Decimal(1).scaleb(-digits), ROUND_FLOOR))
        if below < candidate <= above:
            return candidate
    return above


def spread(colours: Sequence[str], count: int) -> tuple[str, ...]:
    """So many of the colours, evenly from one end to the other."""
    at = np.linspace(0, len(colours) - 1, count) if count > 1 else [len(colours) // 2]
    return tuple(colours[round(place)] for place in at)
