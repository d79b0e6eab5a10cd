"""Series held against limits: by the averages that each asks for; and indices made of their means."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa

from altaigis.analytics import pollution
from altaigis.analytics.averaging import AVERAGES, DAY, ENOUGH, Measured, days, samples
from altaigis.analytics.exceedance import Episode, Exceedances, episodes, exceedances
from altaigis.domain.bucket import midnight
from altaigis.domain.norm import SINGLE, Limit, Norms
from altaigis.domain.observation import BAD, ZONE
from altaigis.domain.series import Series
from altaigis.domain.text import Text
from altaigis.services.norms import Question, Span

USUAL_STEP = timedelta(hours=1)
#: A limit of single values is one of 20 minutes.
SINGLE_STEP = timedelta(minutes=20)

COARSE = Text(
    ru="Норма — для 20-минутных значений, ряд реже: короткие превышения в нём не видны.",
    en="The limit is for values of 20 minutes, and the series is coarser: short exceedances are not seen in it.",
)
COARSE_SINGLE = Text(
    ru="СИ сравнивает с нормой для 20-минутных значений, а ряды реже: настоящий индекс может быть выше.",
    en="The standard index is by limits for values of 20 minutes, and the series are coarser: it may be higher.",
)
BEFORE = Text(
    ru="Часть ряда — до начала действия нормы и не оценена; always=true оценивает всё.",
    en="A part of the series is from before the limit came into force and is not judged; always=true judges all.",
)
DATELESS = Text(
    ru="Источник не называет, с какого дня действует норма: оценён весь ряд.",
    en="No source tells since when the limit is in force: the whole series is judged.",
)
DISPUTED = Text(
    ru="Источники называют разные значения этой нормы; другие показаны рядом.",
    en="The sources tell different values of this limit; the others stand beside it.",
)


@dataclass(frozen=True, eq=False)
class Judgement:
    """A series held against one limit. ``value`` is the limit in the unit of the series; ``interval`` what was judged;
    ``rivals`` tell another value of the same limit."""

    limit: Limit
    value: float
    rivals: tuple[Limit, ...]
    interval: Span
    found: Exceedances
    notes: tuple[Text, ...]


@dataclass(frozen=True)
class LeftOut:
    """What is measured and no part of an index, and why."""

    name: Text
    reason: Text


@dataclass(frozen=True)
class Alternative:
    """What an index would be by a rival of one of its limits."""

    rival: Limit
    value: float | None
    level: str | None


@dataclass(frozen=True, eq=False)
class Told:
    """An index with what it was made of, and what was left out, and why; and what it would be by other limits."""

    index: pollution.Index
    limits: Mapping[str, Limit]
    units: Mapping[str, str]
    loads: Mapping[str, pollution.Load]
    left_out: Mapping[str, LeftOut]
    single: tuple[str, float, str] | None
    synthetic: bool
    interval: Span
    alternatives: tuple[Alternative, ...] = ()
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, eq=False)
class Part:
    """What an index may be made of: a series, its limit with the rivals, that of single values in its unit, and its
    values."""

    series: Series
    limit: Limit
    rivals: tuple[Limit, ...]
    single: float | None
    values: pa.Table

    @property
    def measured(self) -> Measured:
        return _measured(self.series, self.values)


def undeclared(meant: Text | None) -> Text:
    """Why a parameter that no file declares is left out, with the one that was probably meant."""
    if meant is None:
        return _UNDECLARED
    return Text(ru=f"{_UNDECLARED.ru}; возможно, это «{meant.ru}»", en=f"{_UNDECLARED.en}; perhaps {meant.en} is meant")


def judge(norms: Norms, asked: Question, span: Span, table: pa.Table) -> list[Judgement]:
    """A series held against each limit."""
    measured = _measured(asked.series, table)
    return [_judgement(norms, asked, span, measured, limit) for limit in asked.limits]


@dataclass(frozen=True, eq=False)
class Passed:
    """The episodes in which a limit was passed.

    Attributes:
        gap: over which an episode goes on.
        within: from the end of one average to the begin of the next in an episode it is no longer than this. A single
            value speaks of the whole step that begins with it, so that between the times of two it is a step more.
    """

    judged: Judgement
    gap: timedelta
    within: timedelta
    episodes: list[Episode]


def passed(judged: Judgement, step: timedelta, gap: timedelta | None) -> Passed:
    """``gap`` None: a step of single values, and none of longer averages."""
    is_single = AVERAGES[judged.limit.averaging] is samples
    own = step if is_single else timedelta(0)
    gap = own if gap is None else gap
    within = gap + own
    return Passed(judged, gap, within, episodes(judged.found, pd.Timedelta(within)))


def index_of(environment: str, span: Span, parts: Sequence[Part], without: Mapping[str, LeftOut]) -> Told:
    """ИЗА5 of the air or ИЗВ of water, of series that are all measured or all synthetic.

    Args:
        without: what is left out already.
    """
    loads: dict[str, pollution.Load] = {}
    left_out = dict(without)
    highest: dict[str, float] = {}
    is_coarse = False
    for part in parts:
        limit, measured, value = part.limit, part.measured, part.limit.value_in(part.series.unit)
        why = _unfit(measured, span, limit, environment)
        if why is not None or value is None:
            left_out[limit.substance] = LeftOut(limit.name, why or _UNIT)
            continue
        mean = float((_whole_days(measured)["value"] if environment == "air" else measured.values).mean())
        loads[limit.substance] = pollution.Load(mean, value, limit.hazard_class, limit.bound == "minimum")
        if part.single:
            highest[limit.substance] = float(measured.values.max()) / part.single
            is_coarse |= measured.step > pd.Timedelta(SINGLE_STEP)
    index = pollution.iza if environment == "air" else pollution.izv
    made = index(loads)
    made_up = any(part.series.synthetic for part in parts)
    notes = (COARSE_SINGLE,) if is_coarse else ()
    limits = {part.limit.substance: part.limit for part in parts}
    units = {part.limit.substance: part.series.unit for part in parts}
    others = tuple(_alternatives(parts, loads, index)) if made.value is not None else ()
    return Told(made, limits, units, loads, left_out, pollution.single(highest), made_up, span, others, notes)


def _alternatives(
    parts: Sequence[Part],
    loads: Mapping[str, pollution.Load],
    index: Callable[[Mapping[str, pollution.Load]], pollution.Index],
) -> Iterator[Alternative]:
    """The index by each limit that another source tells otherwise."""
    for part in parts:
        load = loads.get(part.limit.substance)
        for rival in part.rivals:
            value = rival.value_in(part.series.unit)
            if load is not None and value is not None:
                made = index({**loads, part.limit.substance: replace(load, limit=value)})
                yield Alternative(rival, made.value, made.level)


def _whole_days(measured: Measured) -> pd.DataFrame:
    """Means of the days that are complete enough: those that the mean of a year is made of, too."""
    daily = days(measured)
    return daily[daily["completeness"] >= ENOUGH]


def _measured(series: Series, table: pa.Table) -> Measured:
    frame = table.to_pandas().set_index("time")
    good = frame.loc[frame["flag"] != BAD, "value"]
    return Measured(good, pd.Timedelta(series.step or USUAL_STEP), ZONE)


_UNIT = Text(ru="единица другого рода, чем у нормы", en="the unit is of another kind than the limit's")
_NO_CLASS = Text(ru="источник не называет класса опасности", en="no source tells its hazard class")
NO_LIMIT = Text(ru="у нормы индекса нет для него значения", en="the norm of the index has no limit for it")
_UNDECLARED = Text(ru="такой параметр не описан", en="no such parameter is declared")
OTHER_KIND = {
    False: Text(
        ru="измерено, а индекс — по синтетическим рядам", en="is measured, and the index is of synthetic series"
    ),
    True: Text(
        ru="синтетический ряд, а индекс — по измеренным", en="is synthetic, and the index is of measured series"
    ),
}
_NO_VALUES = Text(ru="нет значений", en="no values")
_THIN = Text(ru="меньше трёх четвертей дней с полными данными", en="less than three quarters of the days are complete")


def _unfit(measured: Measured, interval: Span, limit: Limit, environment: str) -> Text | None:
    """Why a mean is no part of an index."""
    if measured.values.empty:
        return _NO_VALUES
    if environment == "water":
        return None
    if limit.hazard_class is None:
        return _NO_CLASS
    whole = len(_whole_days(measured))
    # an interval of times may cut two days; but of no whole day nothing is told
    return None if whole >= max(1, ENOUGH * ((interval.end - interval.begin) / DAY) - 1) else _THIN


def _judgement(norms: Norms, asked: Question, span: Span, measured: Measured, limit: Limit) -> Judgement:
    value, rivals = limit.value_in(asked.series.unit), norms.rivals(limit)
    assert value is not None, "the limits are of the kind of the series"
    judged = span if asked.always else _in_force(span, limit)
    inside = measured.values[(measured.values.index >= judged.begin) & (measured.values.index < judged.end)]
    averages = AVERAGES[limit.averaging](replace(measured, values=inside))
    found = exceedances(averages, value, limit.bound, now=datetime.now(UTC))
    notes = [
        *([COARSE] if limit.averaging == SINGLE and measured.step > pd.Timedelta(SINGLE_STEP) else []),
        *([BEFORE] if judged != span else []),
        *([DATELESS] if limit.valid_from is None else []),
        *([DISPUTED] if rivals else []),
    ]
    return Judgement(limit, value, rivals, judged, found, tuple(notes))


def _in_force(span: Span, limit: Limit) -> Span:
    """The part in which a limit is in force."""
    begin = max(span.begin, midnight(limit.valid_from)) if limit.valid_from else span.begin
    end = min(span.end, midnight(limit.valid_until)) if limit.valid_until else span.end
    return Span(begin, max(begin, end))
