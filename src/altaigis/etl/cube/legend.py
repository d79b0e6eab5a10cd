"""Classes of an indicator with their colours: the same for its API, its styles and their legends."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from altaigis.analytics.classes import Classes, Method, classify, manual
from altaigis.analytics.values import Numbers
from altaigis.domain.indicator import ClassMethod, ClassRule, Indicator
from altaigis.domain.palette import diverging, sequential
from altaigis.domain.style import ClassesStyle, Symbol
from altaigis.domain.text import Language, Text
from altaigis.domain.wording import unit_in
from altaigis.errors import AnalysisError

METHODS: Mapping[ClassMethod, Text] = {
    "quantile": Text(ru="квантили: в классах примерно поровну", en="quantiles: about as many in each class"),
    "equal": Text(ru="равные интервалы", en="equal intervals"),
    "jenks": Text(ru="естественные границы Дженкса", en="natural breaks of Jenks"),
    "head_tail": Text(ru="границы «голова — хвост»", en="head/tail breaks"),
    "std": Text(ru="среднее и стандартные отклонения", en="mean and standard deviations"),
    "manual": Text(ru="заданные границы", en="given breaks"),
}
#: Where the breaks are those of all years together, a single year has no such classes.
_FIXED: Mapping[ClassMethod, Text] = {
    "quantile": Text(ru="квантили всех лет вместе", en="quantiles of all years together"),
}
_SAME = Text(ru="одни на все годы", en="the same for all years")
#: Methods that do not find the number of classes by themselves.
_COUNTED = ("quantile", "equal", "jenks")
#: Methods that say which values belong together, so that any bound between two values is as good as another.
_BETWEEN = ("quantile", "jenks", "head_tail")
MOST_DECIMALS = 9
_SIDES = Text(ru="по обе стороны от середины", en="on either side of the centre")
_SYMBOL = Symbol(stroke="#b8b2a6", width=0.6, opacity=0.85)


@dataclass(frozen=True)
class Legend:
    """Classes of the values of one period and their colours; the breaks may be those of all periods. The colours
    diverge from the centre, where there is one: it is among the breaks."""

    classes: Classes
    colours: tuple[str, ...]
    rule: ClassRule
    centre: float | None = None

    @property
    def method(self) -> Text:
        """How the breaks were found, in words, and why there are fewer than were asked for."""
        parts = [*self._found, *([self._fewer] if self._fewer else [])]
        return Text(ru=", ".join(part.ru for part in parts), en=", ".join(part.en for part in parts))

    @property
    def _found(self) -> tuple[Text, ...]:
        found = METHODS[self.rule.method]
        if self.centre is not None:
            # each year has a centre of its own
            return (_FIXED.get(self.rule.method, found) if self.rule.fixed else found), _SIDES
        return (_FIXED.get(self.rule.method, found), _SAME) if self.rule.fixed else (found,)

    @property
    def _fewer(self) -> Text | None:
        there, asked = len(self.classes.counts), self.rule.count
        if self.rule.method not in _COUNTED or there >= asked:
            return None
        return Text(
            ru=f"классов {there}, а не {asked}: равные значения не делятся",
            en=f"{there} classes and not {asked}: equal values are not parted",
        )


def legend_of(
    one: Indicator, series: Mapping[int, Sequence[float]], period: int, rule: ClassRule, centre: float | None = None
) -> Legend:
    """The legend of a period. Its colours diverge from zero, where values lie on both sides of it.

    Args:
        series: values of the units by period, NaN where missing.
        centre: one of the breaks, from which the colours diverge, where that is not zero; in the indicator's unit.

    Raises:
        AnalysisError: the values cannot be classed: all are missing, or the same.
    """
    of_all = [value for values in series.values() for value in values] if rule.fixed else series[period]
    centre = None if centre is None else _rounded([centre], _there(of_all), one.digits)[0]
    given = _classes(of_all, rule, centre)
    breaks = _legible(given.breaks, of_all, one.digits, rule.method, centre)
    there = np.asarray(series[period], dtype=np.float64)
    there = there[np.isfinite(there)]
    if not there.size:
        raise AnalysisError(f"all {len(series[period])} values of {period} are missing; choose another period")
    counts = np.bincount(np.searchsorted(breaks, there, side="right"), minlength=len(breaks) + 1)
    classes = Classes(
        rule.method,
        tuple(breaks),
        float(there.min()),
        float(there.max()),
        tuple(int(count) for count in counts),
        len(series[period]) - int(there.size),
        given.sampled,
    )
    return Legend(classes, _colours(one, classes, rule, centre), rule, centre)


def _classes(values: Sequence[float], rule: ClassRule, centre: float | None) -> Classes:
    """With a centre each side of it is classed by itself: it has half of the classes, and of an odd number of them one
    more where more values are."""
    if rule.method == "manual":
        return manual(values, rule.breaks)
    if centre is None:
        return classify(values, rule.method, rule.count)
    below = [value for value in values if value < centre]
    above = [value for value in values if value >= centre]
    more, less = rule.count - rule.count // 2, rule.count // 2
    of_below, of_above = (more, less) if len(below) > len(above) else (less, more)
    breaks = [*_inner(below, rule.method, of_below), centre, *_inner(above, rule.method, of_above)]
    return replace(manual(values, sorted(set(breaks))), method=rule.method)


def _inner(values: Sequence[float], method: Method, count: int) -> Sequence[float]:
    """The breaks within one side; none where its values do not differ."""
    return () if len(set(values)) < 2 or count < 2 else classify(values, method, count).breaks


def _colours(one: Indicator, classes: Classes, rule: ClassRule, centre: float | None) -> tuple[str, ...]:
    if centre is None and classes.low < 0 < classes.high and rule.palette is None:
        centre = 0
    if centre is not None:
        return diverging(classes.breaks, centre)
    return sequential(len(classes.breaks) + 1, one.direction, rule.palette)


def style_of(one: Indicator, series: Mapping[int, Sequence[float]], period: int) -> ClassesStyle:
    """The style of a period by the indicator's own rule; one class where the values cannot be classed."""
    try:
        return style_by(one, legend_of(one, series, period, one.classes), period, f"y{period}")
    except AnalysisError:
        alike = Text(ru="значения не различаются", en="the values do not differ")
        only = sequential(1, one.direction)
        return ClassesStyle(
            kind="classes",
            title=title_of(one, period),
            field=f"y{period}",
            method=alike,
            breaks=(),
            colours=only,
            symbol=_SYMBOL,
        )


def style_by(one: Indicator, legend: Legend, period: int, field: str) -> ClassesStyle:
    """The style of a field that has the values of a period, by a legend of theirs."""
    return ClassesStyle(
        kind="classes",
        title=title_of(one, period),
        field=field,
        method=legend.method,
        breaks=legend.classes.breaks,
        colours=legend.colours,
        symbol=_SYMBOL,
    )


def title_of(one: Indicator, period: int) -> Text:
    """What a map of a period is called: the indicator, its unit and the year."""
    return Text(ru=f"{_titled(one, 'ru')}, {period}", en=f"{_titled(one, 'en')}, {period}")


def _titled(one: Indicator, language: Language) -> str:
    title = one.title.in_(language)
    return title if one.unit == "1" else f"{title}, {unit_in(one.unit, language)}"


def _legible(
    breaks: Sequence[float], values: Sequence[float], digits: int, method: ClassMethod, centre: float | None
) -> list[float]:
    """Breaks as round as can be while every value stays in its class. Those that mean something by themselves (given
    ones, equal widths, deviations from the mean) keep the decimals of the indicator, and a centre stays what it is."""
    if method == "manual":
        return list(breaks)
    there = _there(values)
    if method in _BETWEEN:
        return [bound if bound == centre else _roundest(bound, there) for bound in breaks]
    return _rounded(breaks, there, digits)


def _there(values: Sequence[float]) -> Numbers:
    """Those that are not missing, in ascending order."""
    return np.sort([value for value in values if math.isfinite(value)])


def _rounded(breaks: Sequence[float], there: Numbers, digits: int) -> list[float]:
    """Breaks with as few decimals as put every value into the same class, from so many digits on."""
    wanted = np.searchsorted(breaks, there, side="right")
    for decimals in range(digits, digits + 4):
        rounded = [round(bound, decimals) for bound in breaks]
        if len(set(rounded)) == len(breaks) and (np.searchsorted(rounded, there, side="right") == wanted).all():
            return rounded
    return list(breaks)


def _roundest(bound: float, ordered: Numbers) -> float:
    """The number of the fewest digits that parts the values as a bound does: above those below it, and no larger than
    the next."""
    at = int(np.searchsorted(ordered, bound, side="left"))
    if not 0 < at < len(ordered):
        return bound
    low, high = float(ordered[at - 1]), float(ordered[at])
    largest = max(abs(low), abs(high))
    for decimals in range(-math.floor(math.log10(largest)), MOST_DECIMALS):
        unit = 10.0**-decimals
        tried = round(math.floor(high / unit) * unit, max(decimals, 0))
        if low < tried <= high:
            return tried
    return bound
