"""Norms held against series: limits and their rivals, exceedances, episodes, and indices of pollution."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from altaigis.domain.bucket import midnight
from altaigis.domain.catalog import Catalog
from altaigis.domain.norm import DAILY, SINGLE, Limit, Norms
from altaigis.domain.observation import REGION
from altaigis.domain.revision import Revision
from altaigis.domain.series import Interval, Series
from altaigis.errors import NormNotFound, NotLoaded, ParameterError
from altaigis.services.ledger import Ledger
from altaigis.services.series import SeriesService
from altaigis.store.norms import LIMITS, read_norms
from altaigis.store.observations.reading import values

if TYPE_CHECKING:
    import pyarrow as pa

    from altaigis.services.judgements import Judgement, LeftOut, Passed, Told

#: The layer of the limits, and the share of an average that has to be there.
NORMS_LAYER, COMPLETE = LIMITS, 0.75
#: More values than these are not averaged for one answer: twenty years of 20-minute values.
MOST_VALUES = 600_000
#: Without an interval the newest values are judged, so many days of them.
USUAL = timedelta(days=366)


@dataclass(frozen=True)
class Span:
    """From a moment on and before another one, in UTC; both are known."""

    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Question:
    """What is to be judged: a series in an interval, the newest year if there is none, by limits; ``always`` also by
    limits that were not in force."""

    series: Series
    limits: tuple[Limit, ...]
    interval: Interval | None
    always: bool = False


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

    async def judge(self, asked: Question) -> "list[Judgement]":
        """A series held against each limit, by the averages that the limit asks for.

        Raises:
            ParameterError: there are too many values in the interval.
        """
        # pandas has its place in memory when the first series is judged, not in every server
        from altaigis.services import judgements

        span = _span(asked.interval, asked.series.first, asked.series.last)
        table, norms = await self._values(asked.series, span), await self.norms()
        return await asyncio.to_thread(judgements.judge, norms, asked, span, table)

    async def episodes(self, asked: Question, gap: timedelta | None) -> "list[Passed]":
        """The episodes in which each limit was passed, over gaps that are asked for, or as the limit has them."""
        from altaigis.services import judgements

        step = asked.series.step or judgements.USUAL_STEP
        return [judgements.passed(one, step, gap) for one in await self.judge(asked)]

    async def index(
        self, station: str, environment: str, interval: Interval | None, synthetic: bool | None = None
    ) -> "Told":
        """ИЗА5 of the air or ИЗВ of water at a station in an interval, the year before its newest value without one:
        of the measured series, unless only the synthetic ones have all that the index is made of.

        Raises:
            StationNotFound: there is no such station.
            ParameterError: it measures nothing that the index is made of.
        """
        norms, every = await self.norms(), await self._series.known(station)
        known = [one for one in every if synthetic in (None, one.synthetic)]
        usable = {one: limit for one in known if (limit := self._limit_of(one, environment, norms))}
        if not usable:
            there = ", ".join(dict.fromkeys(one.parameter for one in known)) or "nothing"
            raise ParameterError(
                "index", f"station {station} measures nothing that has a limit in {environment}: {there}"
            )
        span = _span(interval, min(one.first for one in usable), max(one.last for one in usable))
        from altaigis.services import judgements

        # as of one series, the measured ones go first where they can tell; and no index is made of both kinds
        told: list[Told] = []
        for kind in sorted({one.synthetic for one in usable}):
            mine = {one: limit for one, limit in usable.items() if one.synthetic == kind}
            parts = [
                judgements.Part(
                    one, limit, norms.rivals(limit), self._single(one, norms), await self._values(one, span)
                )
                for one, limit in mine.items()
            ]
            without = self._without(known, usable, kind, environment)
            told.append(await asyncio.to_thread(judgements.index_of, environment, span, parts, without))
            if told[-1].index.value is not None:
                return told[-1]
        return next((one for one in told if one.loads), told[0])

    def _without(
        self, known: Sequence[Series], usable: Mapping[Series, Limit], kind: bool, environment: str
    ) -> "dict[str, LeftOut]":
        """What is known of a station and is no part of an index of the measured or the synthetic series."""
        from altaigis.services import judgements

        declared, found = self._catalog.parameters, {}
        parts = {limit.substance for one, limit in usable.items() if one.synthetic == kind}
        for one in known:
            parameter = declared.described(one.parameter, one.unit)
            if one in usable:
                if usable[one].substance not in parts:
                    reason = judgements.OTHER_KIND[one.synthetic]
                    found[usable[one].substance] = judgements.LeftOut(usable[one].name, reason)
            elif not parameter.is_declared:
                meant = declared.like(one.parameter)
                reason = judgements.undeclared(declared[meant].title if meant else None)
                found[one.parameter] = judgements.LeftOut(parameter.title, reason)
            elif parameter.medium == environment and parameter.substance:
                found[one.parameter] = judgements.LeftOut(parameter.title, judgements.NO_LIMIT)
        return found

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

    async def _values(self, series: Series, span: Span) -> "pa.Table":
        table = await self._series.read(
            lambda connection: values(connection, series, Interval(span.begin, span.end), MOST_VALUES + 1)
        )
        if len(table) > MOST_VALUES:
            raise ParameterError("datetime", f"holds more than {MOST_VALUES} values; ask for a shorter interval")
        return table


def _span(asked: Interval | None, first: datetime, last: datetime) -> Span:
    """Open ends closed: by the days of the first and the last value; without an interval so many days before the
    last."""
    newest = midnight(last.astimezone(REGION).date() + timedelta(days=1))
    if asked is None:
        return Span((newest - USUAL).astimezone(UTC), newest.astimezone(UTC))
    end, begin = asked.end or newest, asked.begin or midnight(first.astimezone(REGION).date())
    return Span(begin.astimezone(UTC), max(begin, end).astimezone(UTC))
