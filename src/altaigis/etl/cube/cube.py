"""All values of all indicators, as rows of one table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from altaigis.domain.finding import Finding
from altaigis.domain.indicator import FLAGS, Indicator, Indicators, Mean
from altaigis.errors import ConformError
from altaigis.etl.cube.groups import Members, Notes, Together, together
from altaigis.etl.cube.measured import Measures
from altaigis.etl.cube.series import ESTIMATED, MISSING, Codes, Making, Numbers, Series, Words

Objects = npt.NDArray[np.object_]
#: The rule of findings about indicators that cannot be made.
NOT_MADE = "indicator"


@dataclass(frozen=True, eq=False)
class Material:
    """What the cube is made of. ``units`` has the ids of the territories as index; ``inputs`` tells the revisions."""

    units: gpd.GeoDataFrame
    published: pd.DataFrame
    measures: Measures
    inputs: str


def make_cube(indicators: Indicators, material: Material) -> tuple[pd.DataFrame, list[Finding]]:
    """One row a value, in the order of the indicators; and a finding for each indicator that cannot be made.

    Raises:
        ConformError: the groups do not fit the units.
    """
    return _Cube(indicators, material).rows()


class _Cube:
    def __init__(self, indicators: Indicators, material: Material) -> None:
        self._indicators = indicators
        self._material = material
        self._words, self._notes = Words(), Words()
        groups = indicators.territories.groups if indicators.territories else {}
        self._groups, self._members = groups, Members.of(groups, material.units)
        units = {code: one.unit for code, one in indicators.by_code.items()}
        self._making = Making(indicators.quantities, units, self._notes.code("derived"))
        self._published = dict(list(material.published.groupby("indicator", sort=False)))
        self._series: dict[str, Series] = {}

    def rows(self) -> tuple[pd.DataFrame, list[Finding]]:
        findings: list[Finding] = []
        tables: dict[str, list[pd.DataFrame]] = {}
        for code in self._indicators.order:
            one = self._indicators.by_code[code]
            try:
                lost = sorted(one.needs - self._series.keys())
                if lost:
                    raise ConformError(f"it is made from {', '.join(lost)}, which could not be made")
                self._series[code] = made = self._made(one)
                tables[code] = list(self._tables(code, one, made))
            except ConformError as error:
                self._series.pop(code, None)
                findings.append(Finding("warning", NOT_MADE, f"indicator {code}: {error}", fid=code))
        findings += self._undeclared()
        ordered = [table for code in self._indicators.by_code for table in tables.get(code, ())]
        return pd.concat(ordered, ignore_index=True) if ordered else pd.DataFrame(), findings

    def _made(self, one: Indicator) -> Series:
        if one.published:
            return self._of_published(one, one.published)
        if one.formula:
            return self._making.made(one.formula, self._series, one.unit)
        return self._measured(one)

    def _of_published(self, one: Indicator, name: str) -> Series:
        rows = self._published.get(name)
        if rows is None or rows["value"].isna().all():
            raise ConformError(f"the table of published values has none of {name}")
        places = self._material.units.index.get_indexer(rows["territory_id"])
        strangers = rows["territory_id"][places < 0]
        if len(strangers):
            raise ConformError(f"it has values of {strangers.iloc[0]}, which is no unit")
        if rows.duplicated(["territory_id", "period"]).any():
            twice = rows[rows.duplicated(["territory_id", "period"])].iloc[0]
            raise ConformError(f"{twice['territory_id']} has two values in {twice['period']}")
        periods = sorted({int(period) for period in rows["period"]})
        at = np.searchsorted(periods, rows["period"].to_numpy(dtype=np.int64)), places
        series = _empty(periods, len(self._material.units))
        series.values[at] = rows["value"].to_numpy(dtype=np.float64, na_value=np.nan) * self._factors(rows, one.unit)
        series.flags[at] = _coded(rows["flag"], lambda flag: FLAGS.index(flag) if flag in FLAGS else 0)
        series.sources[at] = _coded(rows["source"], self._words.code)
        series.processing[at] = _coded(rows["flag"], lambda flag: 0 if flag in FLAGS else self._notes.code(flag))
        return series.without_gaps_told()

    def _factors(self, rows: pd.DataFrame, unit: str) -> Numbers:
        try:
            factors = {given: self._indicators.quantities.factor(str(given), unit) for given in rows["unit"].unique()}
        except ValueError as error:
            raise ConformError(f"the table of published values has another unit: {error}") from None
        return np.array([factors[given] for given in rows["unit"]])

    def _measured(self, one: Indicator) -> Series:
        measures, factor = self._material.measures, self._indicators.quantities.factor
        territories = self._indicators.territories
        if one.raster is None:
            values, source = measures.area() * factor("km²", one.unit), territories.units if territories else ""
        else:
            values, source = measures.raster(one.raster), one.raster.layer
            values = values * factor("1", one.unit) if one.raster.share else values
        series = _empty([one.year or 0], len(values))
        series.values[0] = values
        series.flags[:] = ESTIMATED
        series.sources[:] = self._words.code(source)
        series.processing[:] = self._notes.code("derived")
        constant = Series(
            series.periods, series.values, series.flags, series.sources, series.processing, is_constant=True
        )
        return constant.without_gaps_told()

    def _tables(self, code: str, one: Indicator, series: Series) -> Iterator[pd.DataFrame]:
        kinds = np.full(len(self._material.units), "unit", dtype=object)
        yield self._table(code, one, series, self._material.units.index.to_numpy(), kinds)
        if one.aggregation == "none" or not self._members.names:
            return
        whole = self._together(one, series)
        kinds = np.array([group.kind for group in self._groups.values()], dtype=object)
        table = self._table(code, one, whole.series, np.array(self._members.names, dtype=object), kinds)
        parts = np.broadcast_to(self._members.belongs.sum(axis=1), whole.there.shape)
        yield table.assign(parts=parts.ravel(), parts_there=whole.there.ravel())

    def _together(self, one: Indicator, series: Series) -> Together:
        rule = one.aggregation if isinstance(one.aggregation, Mean) else None
        weight = None
        if rule and rule.mean.operands:
            weight = self._making.made(rule.mean, self._series).at(series.periods)
        notes = Notes(self._notes.code("aggregated"), self._notes.code("partial"))
        return together(series, rule, weight, self._members, notes)

    def _table(self, code: str, one: Indicator, series: Series, names: Objects, kinds: Objects) -> pd.DataFrame:
        count, periods = len(names), np.array(series.periods)
        territory, period = np.tile(names, len(periods)), np.repeat(periods, count)
        kind, values = np.tile(kinds, len(periods)), series.values.ravel()
        # what is published stands as it was
        as_it_was = (kind == "unit") & (one.published is not None)
        return pd.DataFrame(
            {
                "value_id": [f"{code}.{name}.{year}" for name, year in zip(territory, period, strict=True)],
                "territory_id": territory,
                "territory_kind": kind,
                "indicator": code,
                "name_ru": one.title.ru,
                "name_en": one.title.en,
                "period": period,
                "value": np.where(as_it_was, values, values.round(one.digits)),
                "unit": one.unit,
                "flag": np.array(FLAGS)[series.flags.ravel()],
                "processing": _texts(series.processing, self._notes),
                "parts": None,
                "parts_there": None,
                "source": _texts(series.sources, self._words),
                "inputs": self._material.inputs,
            }
        )

    def _undeclared(self) -> list[Finding]:
        declared = {one.published for one in self._indicators.by_code.values()}
        unknown = sorted(self._published.keys() - declared)
        problem = "the table of published values has values of {}, which no indicator declares"
        return [Finding("warning", NOT_MADE, problem.format(name), fid=name) for name in unknown]


def _empty(periods: list[int], count: int) -> Series:
    shape = (len(periods), count)
    sources, processing = (np.zeros(shape, dtype=np.int64) for _ in range(2))
    return Series(tuple(periods), np.full(shape, np.nan), np.full(shape, MISSING), sources, processing)


def _coded(words: pd.Series, code: Callable[[str], int]) -> Codes:
    codes: Mapping[str, int] = {word: code(word) for word in words.dropna().unique()}
    return np.array([codes.get(word, 0) for word in words], dtype=np.int64)


def _texts(codes: Codes, words: Words) -> Objects:
    each, place = np.unique(codes.ravel(), return_inverse=True)
    return np.array([words.text(int(code)) for code in each], dtype=object)[place]
