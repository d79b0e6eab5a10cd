"""Slices of the indicator cube, remembered by its revision; their classes; and series of units of another day."""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.analytics.rebasing import Change, Changes
from altaigis.domain.catalog import Catalog
from altaigis.domain.formula import Formula
from altaigis.domain.indicator import ClassRule, Indicator, Mean, Value
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.domain.text import Text
from altaigis.errors import NotLoaded, ParameterError
from altaigis.etl.cube.legend import Legend, legend_of
from altaigis.services.ledger import Ledger
from altaigis.store.indicators import read_periods, read_rows, read_values

#: What a share of the whole is asked for by, and how it is told.
WHOLE = "whole"
SHARE_DIGITS = 2
SHARE = Text(ru="доля в целом", en="share of the whole")
#: Slices that are remembered: some hundred values each.
MOST_SLICES = 512
_CHANGES = ("date", "known_by", "predecessor", "successor", "share", "share_back", "oktmo_before", "oktmo_after")


@dataclass(frozen=True)
class Slice:
    """All values of an indicator in a revision of the cube."""

    revision: Revision
    values: tuple[Value, ...]

    @property
    def periods(self) -> tuple[int, ...]:
        return tuple(sorted({value.period for value in self.values}))

    @property
    def units(self) -> Mapping[int, tuple[float, ...]]:
        """Values of the units by period, NaN where missing."""
        of_units = [value for value in self.values if value.kind == "unit"]
        return {
            period: tuple(math.nan if it.value is None else it.value for it in of_units if it.period == period)
            for period in self.periods
        }


@dataclass(frozen=True)
class Version:
    """A unit as it is from one day to another; the code is None where it is not known."""

    oktmo: str | None
    since: date | None
    until: date | None


@dataclass(frozen=True)
class Territory:
    """The changes of all units: their parts, and their codes with the day by which each is known to have changed."""

    changes: Changes
    codes: tuple[tuple[date, str, str, str | None, str | None], ...]

    def version(self, unit: str, day: date, oktmo: str | None) -> Version:
        """A unit on a day; ``oktmo`` is its code where nothing has changed."""
        before = [it for it in self.codes if it[0] <= day and it[2] == unit]
        after = [it for it in self.codes if it[0] > day and it[1] == unit]
        code = before[-1][4] if before else after[0][3] if after else oktmo
        return Version(code, before[-1][0] if before else None, after[0][0] if after else None)


@dataclass(frozen=True)
class Classing:
    """Which classes are asked for: of an indicator in a period (the last one without any), told ``per`` something, by a
    rule (the indicator's own without any); ``diverging`` from the value of the whole."""

    code: str
    period: int | None = None
    per: str | None = None
    rule: ClassRule | None = None
    diverging: bool = False


class IndicatorService:
    def __init__(self, database: AsyncEngine, ledger: Ledger, catalog: Catalog) -> None:
        self._database = database
        self._ledger = ledger
        self._catalog = catalog
        self._slices: OrderedDict[tuple[str, str], Slice] = OrderedDict()
        self._periods: tuple[str, dict[str, tuple[int, ...]]] = ("", {})
        self._territory: tuple[str, Territory] | None = None
        self._codes: tuple[str, dict[str, str]] | None = None

    @property
    def layer(self) -> Layer:
        """The cube as a layer.

        Raises:
            NotLoaded: no layer is made of it.
        """
        found = next((layer for layer in self._catalog if layer.source.ledger == "indicators"), None)
        if found is None:
            raise NotLoaded("no layer file has source: {ledger: indicators}, so there are no values of indicators")
        return found

    async def periods(self) -> dict[str, tuple[int, ...]]:
        """The periods of each indicator that has values; none of any while nothing is loaded."""
        revision = (await self._ledger.revisions()).get(self.layer.id)
        if revision is None:
            return {}
        if self._periods[0] != revision.state:
            self._periods = revision.state, await read_periods(self._database, revision)
        return self._periods[1]

    async def slice(self, code: str) -> Slice:
        """All values of an indicator.

        Raises:
            NotLoaded: the cube is not loaded, or could not be made for this indicator.
        """
        revision = await self._ledger.revision(self.layer)
        key = revision.state, code
        if key not in self._slices:
            values = await read_values(self._database, revision, code)
            if not values:
                told = f"indicator '{code}' has no values; altaigis etl report {self.layer.id} tells why"
                raise NotLoaded(told)
            self._slices[key] = Slice(revision, values)
            while len(self._slices) > MOST_SLICES:
                self._slices.popitem(last=False)
        self._slices.move_to_end(key)
        return self._slices[key]

    async def per(self, code: str, per: str | None) -> tuple[Indicator, Slice]:
        """An indicator and its values, per inhabitants or area as the catalog declares it, or as shares of the whole.

        Raises:
            ParameterError: it is no sum, so that nothing can be told per something; there is no such base.
        """
        one, found = self._catalog.indicators.indicator(code), await self.slice(code)
        if per is None:
            return one, found
        if one.aggregation != "sum":
            raise ParameterError("per", f"{code} is no sum: it is told per something already, or cannot be divided")
        about, offered = self._catalog.indicators.territories, self.bases(code)
        if per not in offered or about is None:
            raise ParameterError("per", f"'{per[:40]}' is not offered; there are {', '.join(offered)}")
        if per == WHOLE:
            return _renamed(one, SHARE, "%", SHARE_DIGITS), _shares(found, about.whole or "")
        base = about.per[per]
        ratio = _ratio(found, await self.slice(base.by), base.times)
        return _renamed(one, base.title, f"{one.unit}/{base.unit}", base.digits), ratio

    def bases(self, code: str) -> dict[str, Text]:
        """What an indicator can be told per: by the name that it is asked for, in words. Nothing but sums can, and
        nothing per itself."""
        one, about = self._catalog.indicators.indicator(code), self._catalog.indicators.territories
        if about is None or one.aggregation != "sum":
            return {}
        bases = {name: base.title for name, base in about.per.items() if base.by != code}
        return bases | ({WHOLE: SHARE} if about.whole else {})

    async def legend(self, asked: Classing) -> tuple[Indicator, Legend, int]:
        """The indicator as it is told, its classes and their period.

        Raises:
            ParameterError: there are no values in that period, or the indicator cannot be told so.
            AnalysisError: the values cannot be classed so.
        """
        one, found = await self.per(asked.code, asked.per)
        chosen = found.periods[-1] if asked.period is None else asked.period
        if chosen not in found.periods:
            raise ParameterError("period", no_values(chosen, found.periods))
        centre = self._centre(found, chosen) if asked.diverging else None
        rule = asked.rule or one.classes
        return one, await asyncio.to_thread(legend_of, one, found.units, chosen, rule, centre), chosen

    def _centre(self, found: Slice, period: int) -> float:
        """The value of the whole, which those of the units are compared with; their mean for sums."""
        about = self._catalog.indicators.territories
        whole = math.nan if about is None or about.whole is None else _value(found, about.whole, period)
        units = [value for value in found.units[period] if not math.isnan(value)]
        is_between = not math.isnan(whole) and min(units, default=math.inf) < whole < max(units, default=-math.inf)
        if not is_between and not units:
            raise ParameterError("period", f"all values of {period} are missing; choose another period")
        return whole if is_between else math.fsum(units) / len(units)

    async def territory(self) -> Territory:
        """The changes of the units; none where no table of them is named or loaded.

        Raises:
            AnalysisError: the parts of a unit do not make the whole.
        """
        about = self._catalog.indicators.territories
        revision = (await self._ledger.revisions()).get(about.changes) if about and about.changes else None
        if revision is None:
            return Territory(Changes(), ())
        if self._territory is None or self._territory[0] != revision.state:
            rows = await read_rows(self._database, revision, _CHANGES)
            changes = Changes.of(Change(row[0] or row[1], *row[2:6]) for row in rows)
            codes = sorted(((row[0] or row[1], row[2], row[3], *row[6:8]) for row in rows), key=lambda it: it[:3])
            self._territory = revision.state, Territory(changes, tuple(codes))
        return self._territory[1]

    async def codes(self) -> dict[str, str]:
        """The OKTMO codes that the layer of the units tells."""
        about = self._catalog.indicators.territories
        units = self._catalog.layer(about.units) if about else None
        if units is None or "oktmo" not in units.fields:
            return {}
        revision = await self._ledger.revision(units)
        if self._codes is None or self._codes[0] != revision.state:
            rows = await read_rows(self._database, revision, (units.id_field, "oktmo"))
            self._codes = revision.state, dict(rows)
        return self._codes[1]

    async def rebased(self, code: str, day: date) -> tuple[Value, ...]:
        """The values of the units that there were on a day: sums are split by the parts of the changes, means weighted.
        Groups stay as they are. A value of a year is taken for one of the units of its first day.

        Raises:
            ParameterError: the indicator has no rule by which parts of units make others.
        """
        one, found, territory = self._catalog.indicators.indicator(code), await self.slice(code), await self.territory()
        rebased: list[Value] = []
        for period in found.periods:
            of_period = {value.territory: value for value in found.values if value.period == period}
            units = {name: value for name, value in of_period.items() if value.kind == "unit"}
            values = {name: math.nan if value.value is None else value.value for name, value in units.items()}
            weights = await self._weights(one, code, period, values)
            moved = territory.changes.rebase(values, date(period, 1, 1), day, weights)
            rebased += [_moved(units.get(name), name, period, value) for name, value in sorted(moved.items())]
            rebased += [value for value in of_period.values() if value.kind != "unit"]
        return tuple(rebased)

    async def _weights(
        self, one: Indicator, code: str, period: int, values: Mapping[str, float]
    ) -> dict[str, float] | None:
        """What the units of a mean weigh, None for a sum."""
        if one.aggregation == "sum":
            return None
        rule = one.aggregation.mean if isinstance(one.aggregation, Mean) else None
        if rule is None:
            if await self._changes_parts(values):
                raise ParameterError("units", f"indicator {code} has no rule by which parts of units make others")
            return dict.fromkeys(values, 1.0)
        weighing = {operand.code: await self.slice(operand.code) for operand in rule.operands}
        return {unit: _weight(rule, weighing, unit, period) for unit in values}

    async def _changes_parts(self, values: Mapping[str, float]) -> bool:
        changes = (await self.territory()).changes.all
        return any(
            one.share < 1 or one.share_back < 1 for one in changes if {one.predecessor, one.successor} & {*values}
        )


def no_values(period: int, there: tuple[int, ...]) -> str:
    """What is told to who asks for another period than there are."""
    return f"there are no values in {period}; there are in {', '.join(map(str, there))}"


def _weight(rule: Formula, weighing: Mapping[str, Slice], unit: str, period: int) -> float:
    """What a unit weighs in a period, NaN where that cannot be told."""
    try:
        return rule.evaluate(float, lambda it: _value(weighing[it.code], unit, period - it.previous))
    except ZeroDivisionError:
        return math.nan


def _value(found: Slice, unit: str, period: int) -> float:
    """The value of a unit in a period, or in the only one that there is."""
    only = found.periods[0] if len(found.periods) == 1 else period
    value = next((it.value for it in found.values if it.territory == unit and it.period in (period, only)), None)
    return math.nan if value is None else value


def _renamed(one: Indicator, title: Text, unit: str, digits: int) -> Indicator:
    told = Text(ru=f"{one.title.ru}, {title.ru}", en=f"{one.title.en}, {title.en}")
    return one.model_copy(update={"title": told, "unit": unit, "digits": digits, "classes": ClassRule()})


def _ratio(above: Slice, below: Slice, times: float) -> Slice:
    """Each value by that of another indicator for the same territory and period; missing where either is, or is 0."""
    return replace(
        above, values=tuple(_divided(it, _value(below, it.territory, it.period) / times) for it in above.values)
    )


def _shares(found: Slice, whole: str) -> Slice:
    """Each value in percent of that of the whole in its period."""
    return replace(found, values=tuple(_divided(it, _value(found, whole, it.period) / 100) for it in found.values))


def _divided(value: Value, by: float) -> Value:
    told = None if value.value is None or not by or math.isnan(by) else _ratio_of(value.value, by)
    return replace(value, value=told, flag=value.flag if told is not None else "missing")


def _ratio_of(above: float, below: float) -> float:
    """As many digits as division is good for: classes would part equal ratios that are not equal numbers."""
    return float(f"{above / below:.12g}")


def _moved(former: Value | None, unit: str, period: int, value: float) -> Value:
    """A value of a unit, made of those of others where it is not what it was."""
    if former is not None and (former.value == value or (former.value is None and math.isnan(value))):
        return former
    told = None if math.isnan(value) else value
    flag = "missing" if told is None else "estimated"
    made = former or Value(unit, "unit", period, None, flag, None, None, None, None)
    return replace(made, value=told, flag=flag, processing="; ".join(filter(None, (made.processing, "rebased"))))
