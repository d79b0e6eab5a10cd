"""Any units taken together: what their values make by the same rules as those of the groups of the cube."""

from collections.abc import Mapping, Sequence

import numpy as np

from altaigis.domain.indicator import FLAGS, Indicator, Indicators, Mean, Value
from altaigis.errors import ConformError
from altaigis.etl.cube.groups import Members, Notes, together
from altaigis.etl.cube.series import MISSING, Making, Series, Words

#: How the units taken together are called among the territories.
SELECTION = "selection"
_BETWEEN = "; "


def take_together(
    indicators: Indicators, cube: Mapping[str, Sequence[Value]], units: Sequence[str]
) -> dict[str, tuple[Value, ...]]:
    """The values of units taken together, by indicator; none of those that have no rule for it.

    Formulas are worked out anew from what was published, so that nothing is rounded twice; what comes of rasters is
    taken as the cube has it.

    Args:
        cube: values by indicator; indicators that are not in it are left out.
        units: ids, each once.
    """
    return _Selection(indicators, cube, units).values()


class _Selection:
    def __init__(self, indicators: Indicators, cube: Mapping[str, Sequence[Value]], units: Sequence[str]) -> None:
        self._indicators, self._cube, self._units = indicators, cube, units
        self._words, self._notes = Words(), Words()
        told = {code: one.unit for code, one in indicators.by_code.items()}
        self._making = Making(indicators.quantities, told, self._notes.code("derived"))
        self._members = Members((SELECTION,), np.ones((1, len(units)), dtype=bool))
        self._measured: set[str] = set()
        self._series: dict[str, Series] = {}

    def values(self) -> dict[str, tuple[Value, ...]]:
        found = {}
        for code in self._indicators.order:
            one = self._indicators.by_code[code]
            if code not in self._cube or not one.needs <= self._series.keys():
                continue
            self._series[code] = made = self._made(code, one)
            if one.aggregation != "none":
                found[code] = self._together(one, made)
        return found

    def _made(self, code: str, one: Indicator) -> Series:
        if one.raster or (one.formula and self._measured.intersection(one.formula.codes)):
            self._measured.add(code)
        if one.formula and code not in self._measured:
            return self._making.made(one.formula, self._series, one.unit)
        return self._read(code, one)

    def _read(self, code: str, one: Indicator) -> Series:
        """The units' values as they stand in the cube."""
        place = {unit: at for at, unit in enumerate(self._units)}
        rows = [value for value in self._cube[code] if value.kind == "unit" and value.territory in place]
        periods = sorted({row.period for row in rows})
        shape = len(periods), len(self._units)
        values, flags = np.full(shape, np.nan), np.full(shape, MISSING)
        sources, processing = (np.zeros(shape, dtype=np.int64) for _ in range(2))
        for row in rows:
            at = periods.index(row.period), place[row.territory]
            values[at] = np.nan if row.value is None else row.value
            flags[at] = FLAGS.index(row.flag) if row.flag in FLAGS else 0
            sources[at] = _coded(self._words, row.source)
            processing[at] = _coded(self._notes, row.processing)
        constant = one.is_constant or bool(
            one.formula and all(self._series[it].is_constant for it in one.formula.codes)
        )
        return Series(tuple(periods), values, flags, sources, processing, constant).without_gaps_told()

    def _together(self, one: Indicator, series: Series) -> tuple[Value, ...]:
        rule = one.aggregation if isinstance(one.aggregation, Mean) else None
        weight = None
        if rule and rule.mean.operands:
            try:
                weight = self._making.made(rule.mean, self._series).at(series.periods)
            except ConformError:
                return ()
        notes = Notes(self._notes.code("aggregated"), self._notes.code("partial"))
        whole = together(series, rule, weight, self._members, notes)
        return tuple(
            Value(
                territory=SELECTION,
                kind="zone",
                period=period,
                value=None
                if np.isnan(whole.series.values[at, 0])
                else round(float(whole.series.values[at, 0]), one.digits),
                flag=FLAGS[whole.series.flags[at, 0]],
                processing=self._notes.text(int(whole.series.processing[at, 0])),
                parts=len(self._units),
                parts_there=int(whole.there[at, 0]),
                source=self._words.text(int(whole.series.sources[at, 0])),
            )
            for at, period in enumerate(series.periods)
        )


def _coded(words: Words, text: str | None) -> int:
    return sum(words.code(word) for word in dict.fromkeys((text or "").split(_BETWEEN)) if word)
