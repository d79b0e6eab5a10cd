"""Norms held against series: limits and their rivals, exceedances, episodes, and indices of pollution."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pandas as pd

from altaigis.analytics import pollution
from altaigis.analytics.averaging import AVERAGES, DAY, ENOUGH, Measured, days, samples
from altaigis.analytics.exceedance import Episode, Exceedances, episodes, exceedances
from altaigis.domain.bucket import midnight
from altaigis.domain.catalog import Catalog
from altaigis.domain.norm import DAILY, SINGLE, Limit, Norms
from altaigis.domain.observation import BAD, ZONE
from altaigis.domain.revision import Revision
from altaigis.domain.series import Interval, Series
from altaigis.domain.text import Text
from altaigis.errors import NormNotFound, NotLoaded, ParameterError
from altaigis.services.ledger import Ledger
from altaigis.services.series import SeriesService
from altaigis.store.norms import LIMITS, read_norms
from altaigis.store.observations.reading import values

#: The layer of the limits, and the share of an average that has to be there.
NORMS_LAYER, COMPLETE = LIMITS, ENOUGH
#: More values than these are not averaged for one answer: twenty years of 20-minute values.
MOST_VALUES = 600_000
#: Without an interval the newest values are judged, so many days of them.
USUAL = timedelta(days=366)
#: An episode goes on over gaps of so many steps, if nothing else is asked for.
GAP_STEPS = 2
#: A limit of single values is one of 20 minutes.
SINGLE_STEP = timedelta(minutes=20)

COARSE = Text(
    ru="Норма — для 20-минутных значений, ряд реже: короткие превышения в нём не видны.",
    en="The limit is for values of 20 minutes, and the series is coarser: short exceedances are not seen in it.",
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


@dataclass(frozen=True)
class Span:
    """From a moment on and before another one, in UTC; both are known."""

    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Question:
    """What is to be judged: a series in an interval, by limits; ``always`` also by limits that were not in force."""

    series: Series
    limits: tuple[Limit, ...]
    interval: Interval
    always: bool = False


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


@dataclass(frozen=True, eq=False)
class Told:
    """An index with what it was made of, and what was left out, and why."""

    index: pollution.Index
    limits: Mapping[str, Limit]
    loads: Mapping[str, pollution.Load]
    left_out: Mapping[str, Text]
    single: tuple[str, float, str] | None
    synthetic: bool
    interval: Span


class NormService:
    """The limits are remembered by their revision."""

    def __init__(self, ledger: Ledger, catalog: Catalog, series: SeriesService) -> None:
        self._ledger = ledger
        self._catalog = catalog
        self._series = series
        self._norms: tuple[str, Norms] = ("", Norms())

    async def revision(self) -> Revision:
        """That of the table of limits.

        Raises:
            NotLoaded: there is none, or nothing is loaded into it.
        """
        if LIMITS not in self._catalog:
            raise NotLoaded(f"no layer file declares '{LIMITS}', so there are no norms")
        return await self._ledger.revision(self._catalog.layer(LIMITS))

    async def norms(self) -> Norms:
        """All limits."""
        revision = await self.revision()
        if self._norms[0] != revision.state:
            found = await self._series.read(lambda connection: read_norms(connection, revision))
            self._norms = revision.state, found
        return self._norms[1]

    async def substance(self, substance: str) -> tuple[Limit, ...]:
        """The limits of a substance.

        Raises:
            NormNotFound: there are none.
        """
        found = (await self.norms()).substances.get(substance)
        if found is None:
            raise NormNotFound(f"there is no limit for '{substance[:60]}'; /norms lists the substances")
        return found

    async def limits(self, series: Series, norm: str | None = None, limit: str | None = None) -> tuple[Limit, ...]:
        """The limits that a series can be held against: of one norm, or one alone, if asked for.

        Raises:
            ParameterError: there is no such norm, or limit of this parameter.
            NormNotFound: its parameter has no limit at all.
        """
        norms, parameter = await self.norms(), self._catalog.parameters.described(series.parameter, series.unit)
        of_all = norms.of(parameter.substance or series.parameter, parameter.medium or "air")
        there = tuple(one for one in of_all if one.value_in(series.unit) is not None)
        if not there:
            raise NormNotFound(f"no norm has a limit for {series.parameter}; /norms lists the substances")
        if limit is not None:
            chosen = tuple(one for one in there if one.id == limit)
            if not chosen:
                ids = ", ".join(one.id for one in there)
                raise ParameterError("limit", f"'{limit[:80]}' is no limit of {series.parameter}; there are {ids}")
            return chosen
        if norm is None:
            return there
        chosen = tuple(one for one in there if one.norm == norm)
        if not chosen:
            names = ", ".join(dict.fromkeys(one.norm for one in there))
            raise ParameterError("norm", f"'{norm[:60]}' has no limit for {series.parameter}; there are {names}")
        return chosen

    async def judge(self, asked: Question) -> list[Judgement]:
        """A series held against each limit, by the averages that the limit asks for.

        Raises:
            ParameterError: there are too many values in the interval.
        """
        span = _span(asked.interval, asked.series.last)
        measured, norms = await self._measured(asked.series, span), await self.norms()
        return await asyncio.to_thread(
            lambda: [_judgement(norms, asked, span, measured, limit) for limit in asked.limits]
        )

    async def episodes(self, asked: Question, gap: timedelta | None) -> list[tuple[Judgement, list[Episode]]]:
        """The episodes in which each limit was passed. Without a gap they go on over two steps of single values, and
        over none of longer averages."""
        step = asked.series.step or timedelta(hours=1)
        told: list[tuple[Judgement, list[Episode]]] = []
        for one in await self.judge(asked):
            usual = GAP_STEPS * step if AVERAGES[one.limit.averaging] is samples else timedelta(0)
            told.append((one, episodes(one.found, pd.Timedelta(usual if gap is None else gap))))
        return told

    async def index(self, station: str, environment: str, interval: Interval, synthetic: bool | None = None) -> Told:
        """ИЗА5 of the air or ИЗВ of water at a station in an interval, the year before its newest value without one.

        Raises:
            StationNotFound: there is no such station.
            ParameterError: it measures nothing that the index is made of.
        """
        await self._series.station(station)
        norms = await self.norms()
        known = await self._series.series(station, synthetic=synthetic)
        mine = [(one, self._limit_of(one, environment, norms)) for one in known]
        usable = [(one, limit) for one, limit in mine if limit is not None]
        if not usable:
            there = ", ".join(one.parameter for one in known) or "nothing"
            raise ParameterError(
                "index", f"station {station} measures nothing that has a limit in {environment}: {there}"
            )
        span = _span(interval, max(one.last for one, _ in usable))
        loads: dict[str, pollution.Load] = {}
        left_out: dict[str, Text] = {}
        highest: dict[str, float] = {}
        for one, limit in usable:
            measured = await self._measured(one, span)
            value, single = limit.value_in(one.unit), self._single(one, norms)
            why = _unfit(measured, span, limit, environment)
            if why is not None or value is None:
                left_out[limit.substance] = why or _UNIT
                continue
            mean = float(days(measured)["value"].mean()) if environment == "air" else float(measured.values.mean())
            loads[limit.substance] = pollution.Load(mean, value, limit.hazard_class, limit.bound == "minimum")
            if single:
                highest[limit.substance] = float(measured.values.max()) / single
        made = pollution.iza(loads) if environment == "air" else pollution.izv(loads)
        limits = {limit.substance: limit for _, limit in usable}
        made_up = any(one.synthetic for one, limit in usable if limit.substance in loads)
        return Told(made, limits, loads, left_out, pollution.single(highest), made_up, span)

    def _limit_of(self, series: Series, environment: str, norms: Norms) -> Limit | None:
        """What an index compares the mean with: the daily limit in air, that of fisheries in water."""
        parameter = self._catalog.parameters.described(series.parameter, series.unit)
        if parameter.medium != environment:
            return None
        wanted = (DAILY,) if environment == "air" else ("", "minimum")
        norm = "pdk_air" if environment == "air" else "pdk_fishery"
        limits = norms.of(parameter.substance or series.parameter, environment, (norm,))
        return next((one for one in limits if one.averaging in wanted and one.value_in(series.unit)), None)

    def _single(self, series: Series, norms: Norms) -> float | None:
        parameter = self._catalog.parameters.described(series.parameter, series.unit)
        limits = norms.of(parameter.substance or series.parameter, "air", ("pdk_air",))
        return next((one.value_in(series.unit) for one in limits if one.averaging == SINGLE), None)

    async def _measured(self, series: Series, span: Span) -> Measured:
        table = await self._series.read(
            lambda connection: values(connection, series, Interval(span.begin, span.end), MOST_VALUES + 1)
        )
        if len(table) > MOST_VALUES:
            raise ParameterError("datetime", f"holds more than {MOST_VALUES} values; ask for a shorter interval")
        frame = table.to_pandas().set_index("time")
        good = frame.loc[frame["flag"] != BAD, "value"]
        return Measured(good, pd.Timedelta(series.step or timedelta(hours=1)), ZONE)


_UNIT = Text(ru="единица другого рода, чем у нормы", en="the unit is of another kind than the limit's")
_NO_CLASS = Text(ru="источник не называет класса опасности", en="no source tells its hazard class")
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
    whole = (days(measured)["completeness"] >= ENOUGH).sum()
    return None if whole >= ENOUGH * ((interval.end - interval.begin) / DAY) - 1 else _THIN


def _judgement(norms: Norms, asked: Question, span: Span, measured: Measured, limit: Limit) -> Judgement:
    value, rivals = limit.value_in(asked.series.unit), norms.rivals(limit)
    assert value is not None, "the limits are of the kind of the series"
    judged = span if asked.always else _in_force(span, limit)
    inside = measured.values[(measured.values.index >= judged.begin) & (measured.values.index < judged.end)]
    averages = AVERAGES[limit.averaging](replace(measured, values=inside))
    notes = [
        *([COARSE] if limit.averaging == SINGLE and measured.step > pd.Timedelta(SINGLE_STEP) else []),
        *([BEFORE] if judged != span else []),
        *([DATELESS] if limit.valid_from is None else []),
        *([DISPUTED] if rivals else []),
    ]
    return Judgement(limit, value, rivals, judged, exceedances(averages, value, limit.bound), tuple(notes))


def _in_force(span: Span, limit: Limit) -> Span:
    """The part in which a limit is in force."""
    begin = max(span.begin, midnight(limit.valid_from)) if limit.valid_from else span.begin
    end = min(span.end, midnight(limit.valid_until)) if limit.valid_until else span.end
    return Span(begin, max(begin, end))


def _span(asked: Interval, last: datetime) -> Span:
    """Open ends closed: by the last value, and so many days before the end."""
    end = asked.end or last + timedelta(microseconds=1)
    begin = asked.begin or end - USUAL
    return Span(begin.astimezone(UTC), max(begin, end).astimezone(UTC))


def conflicts(limits: Collection[Limit]) -> list[tuple[Limit, ...]]:
    """Limits for the same of which the sources tell different values, each group once."""
    groups: dict[tuple[str, str, str], list[Limit]] = {}
    for limit in limits:
        groups.setdefault(limit.subject, []).append(limit)
    return [
        tuple(group)
        for group in groups.values()
        if any(one.value_in(other.unit) != other.value for one, other in pairwise(group))
    ]
