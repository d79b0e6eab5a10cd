"""Classes of an indicator with their colours: the same for its API, its styles and their legends."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from altaigis.analytics.classes import Classes, classify, manual
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
_FIXED = Text(ru="одни на все годы", en="the same for all years")
_SYMBOL = Symbol(stroke="#b8b2a6", width=0.6, opacity=0.85)


@dataclass(frozen=True)
class Legend:
    """Classes of the values of one period and their colours; the breaks may be those of all periods."""

    classes: Classes
    colours: tuple[str, ...]
    rule: ClassRule

    @property
    def method(self) -> Text:
        """How the breaks were found, in words."""
        found = METHODS[self.rule.method]
        return Text(ru=f"{found.ru}, {_FIXED.ru}", en=f"{found.en}, {_FIXED.en}") if self.rule.fixed else found


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
    given = _classes(of_all, rule, centre)
    breaks = given.breaks if rule.method == "manual" else _legible(given.breaks, of_all, one.digits)
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
    return Legend(classes, _colours(one, classes, rule, centre), rule)


def _classes(values: Sequence[float], rule: ClassRule, centre: float | None) -> Classes:
    """With a centre each side of it is classed by itself, and has half of the classes."""
    if rule.method == "manual":
        return manual(values, rule.breaks)
    if centre is None:
        return classify(values, rule.method, rule.count)
    below = [value for value in values if value < centre]
    above = [value for value in values if value >= centre]
    breaks = [*_inner(below, rule), centre, *_inner(above, rule)]
    return replace(manual(values, sorted(set(breaks))), method=rule.method)


def _inner(values: Sequence[float], rule: ClassRule) -> Sequence[float]:
    """The breaks within one side; none where its values do not differ."""
    assert rule.method != "manual", "given breaks are not searched for"
    if len(set(values)) < 2 or rule.count < 4:
        return ()
    return classify(values, rule.method, rule.count // 2).breaks


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


def _legible(breaks: Sequence[float], values: Sequence[float], digits: int) -> list[float]:
    """Breaks with as few decimals as put every value into the same class, from those of the indicator on."""
    there = np.array([value for value in values if math.isfinite(value)])
    wanted = np.searchsorted(breaks, there, side="right")
    for decimals in range(digits, digits + 4):
        rounded = [round(bound, decimals) for bound in breaks]
        if len(set(rounded)) == len(breaks) and (np.searchsorted(rounded, there, side="right") == wanted).all():
            return rounded
    return list(breaks)
