"""Statistics of one series: its trend, changes of level, parts, outliers and completeness, each with its method and
with words for who knows no statistics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import anyio
import numpy as np
from anyio.to_thread import run_sync

from altaigis.analytics import change_points, completeness, outliers, seasonality, trends
from altaigis.analytics.steps import LEAST_SHARE, PERIODS, Step, Steps, local_days, regular
from altaigis.analytics.trends import ALPHAS, Test
from altaigis.domain.bucket import MONTHLY, Width, today
from altaigis.domain.catalog import Catalog
from altaigis.domain.observation import ZONE
from altaigis.domain.parameter import Parameter
from altaigis.domain.series import Interval, Series
from altaigis.domain.text import Text
from altaigis.errors import ParameterError
from altaigis.services import meanings
from altaigis.services.meanings import Subject
from altaigis.services.series import SeriesService
from altaigis.store.observations.reading import buckets

#: Computations at a time; others wait, so that tiles and features find a core.
AT_ONCE = 2
#: Years in a decade, which slopes are told in.
DECADE = 10
TESTS: tuple[Test, ...] = get_args(Test)

__all__ = ["ALPHAS", "LEAST_SHARE", "TESTS", "Finding", "StatisticsService", "Step", "Test", "Wanted"]

Column = list[Any]


@dataclass(frozen=True)
class Wanted:
    """What is analysed: a series in an interval, as means or sums of steps.

    Attributes:
        least: share of a step that has to be measured for its value to stand.
    """

    series: Series
    interval: Interval
    step: Step
    least: float


@dataclass(frozen=True)
class Finding:
    """What an analysis says.

    Attributes:
        parameter: of the series.
        steps: what it was made of.
        methods: ids in :data:`altaigis.services.meanings.METHODS`.
        figures: by name, fit for JSON.
        table: columns by name, all of the same length; empty where there is none.
        meaning: in plain words.
    """

    parameter: Parameter
    steps: Steps
    methods: tuple[str, ...]
    figures: Mapping[str, Any]
    meaning: Text
    table: Mapping[str, Column] = field(default_factory=dict)


class StatisticsService:
    def __init__(self, series: SeriesService, catalog: Catalog) -> None:
        self._series = series
        self._catalog = catalog
        self._turns = anyio.CapacityLimiter(AT_ONCE)

    async def trend(self, wanted: Wanted, test: Test | None, alpha: float) -> Finding:
        """Whether the series rises or falls.

        Args:
            test: None for the default one of the step.

        Raises:
            ParameterError: the test is not for the step, or the parameter is a direction.
            AnalysisError: the values cannot give a sound result.
        """
        offered = trends.offered(PERIODS[wanted.step])
        chosen = test or offered[0]
        if chosen not in offered:
            raise ParameterError("test", f"'{chosen}' is not for bucket={wanted.step}; there are {', '.join(offered)}")

        def work(subject: Subject) -> Finding:
            steps = subject.steps
            found = trends.by_name(steps.values, steps.period, chosen, alpha)
            slope = found.slope
            figures = {
                "direction": found.direction,
                "slope": DECADE * slope.value,
                "slope_low": None if slope.low is None else DECADE * slope.low,
                "slope_high": None if slope.high is None else DECADE * slope.high,
                "slope_unit": f"{subject.parameter.unit} per decade",
                "p": found.p,
                "z": found.z,
                "tau": found.tau,
                "score": found.score,
                "variance": found.variance,
                "inflation": found.inflation,
                "alpha": alpha,
                "line": _line(steps, found),
            }
            return _finding(subject, (chosen,), figures, meanings.trend(subject, found, DECADE))

        return await self._found(wanted, work)

    async def changes(self, wanted: Wanted, alpha: float, strictness: float) -> Finding:
        """When its level changed at once; of months and seasons what is left without the season.

        Raises:
            ParameterError, AnalysisError: as of :meth:`trend`.
        """

        def work(subject: Subject) -> Finding:
            steps = subject.steps
            values = seasonality.anomalies(steps.values, steps.period)
            change, spans = change_points.pettitt(values), change_points.pelt(values, strictness)
            figures = {
                "change": steps.labels[change.at],
                "significant": change.p <= alpha,
                "p": change.p,
                "statistic": change.statistic,
                "before": change.before,
                "after": change.after,
                "alpha": alpha,
                "anomalies": steps.period > 1,
                "penalty": spans.penalty,
                "strictness": strictness,
                "scatter": spans.scatter,
                "likeness": spans.likeness,
            }
            ends = np.append(spans.starts[1:], len(steps.values)) - 1
            table = {
                "from": [steps.labels[at] for at in spans.starts],
                "to": [steps.labels[at] for at in ends],
                "mean": spans.levels.tolist(),
            }
            meaning = meanings.changes(subject, change, spans, alpha)
            return _finding(subject, ("pettitt", "pelt"), figures, meaning, table)

        return await self._found(wanted, work)

    async def decomposition(self, wanted: Wanted) -> Finding:
        """Its trend, season and remainder.

        Raises:
            ParameterError, AnalysisError: as of :meth:`trend`.
        """

        def work(subject: Subject) -> Finding:
            steps = subject.steps
            found = seasonality.decompose(steps.values, steps.period)
            figures = {
                "trend_strength": found.trend_strength,
                "season_strength": found.season_strength,
                "filled": int(found.filled.sum()),
                "season_span": seasonality.SPAN,
            }
            table = {
                "time": steps.labels,
                "value": _told(steps.values),
                "trend": _told(found.trend),
                "season": _told(found.season),
                "remainder": _told(found.remainder),
            }
            return _finding(subject, ("stl",), figures, meanings.decomposition(subject, found), table)

        return await self._found(wanted, work)

    async def outliers(self, wanted: Wanted, threshold: float) -> Finding:
        """The values that are far from their season and years; they stay in the series.

        Raises:
            ParameterError, AnalysisError: as of :meth:`trend`.
        """

        def work(subject: Subject) -> Finding:
            steps = subject.steps
            usual = seasonality.usual(steps.values, steps.period)
            # winters scatter more than summers
            found = outliers.flagged(steps.values - usual, steps.phases % 12 // 3, threshold)
            figures = {"flagged": int(found.flagged.sum()), "threshold": threshold}
            at = np.flatnonzero(found.flagged)
            table = {
                "time": [steps.labels[place] for place in at],
                "value": _told(steps.values[at]),
                "usual": _told((usual + found.centre)[at]),
                "score": _told(found.score[at]),
            }
            return _finding(subject, ("hampel",), figures, meanings.outliers(subject, found), table)

        return await self._found(wanted, work)

    async def completeness(self, wanted: Wanted) -> Finding:
        """How much of each month and year has values; of years alone where values are further apart than months.

        Raises:
            AnalysisError: there are none.
        """

        def work(subject: Subject) -> Finding:
            found = completeness.calendar(subject.steps)
            figures = {
                "whole": found.whole,
                f"empty_{subject.steps.step}s": found.empty,
                "longest_gap": None if found.longest is None else [str(step) for step in found.longest],
                "years": [
                    {"year": int(year), "share": float(share), "months": _told(months)}
                    for year, share, months in zip(found.years, found.by_year, found.months, strict=True)
                ],
            }
            table = {subject.steps.step: subject.steps.labels, "share": _told(subject.steps.shares)}
            return _finding(subject, ("completeness",), figures, meanings.completeness(subject, found), table)

        is_seldom = (wanted.series.step or MONTHLY[1]) > MONTHLY[1]
        return await self._found(replace(wanted, step="year") if is_seldom else wanted, work, "count")

    async def _found(self, wanted: Wanted, work: Callable[[Subject], Finding], statistic: str | None = None) -> Finding:
        """What the work finds in the steps of a series: its means or sums, or another statistic."""
        series = wanted.series
        parameter = self._catalog.parameters.described(series.parameter, series.unit)
        told = statistic or parameter.totals
        if told == "direction":
            raise ParameterError("parameter", f"'{parameter.code}' is a direction: it has no mean that could rise")
        width, statistics = Width(wanted.step), (told, "completeness")
        table = await self._series.read(
            lambda connection: buckets(connection, series, width, wanted.interval, statistics)
        )

        def analyse() -> Finding:
            days = local_days(table["time"], ZONE)
            steps = regular(days, table[told], table["completeness"], wanted.step, wanted.least).over_by(today())
            return work(Subject(parameter, steps, series.synthetic))

        return await run_sync(analyse, limiter=self._turns)


def _finding(
    subject: Subject, methods: tuple[str, ...], figures: Mapping[str, Any], meaning: Text,
    table: Mapping[str, Column] | None = None,
) -> Finding:  # fmt: skip
    return Finding(subject.parameter, subject.steps, methods, figures, meaning, table or {})


def _line(steps: Steps, found: trends.Trend) -> list[dict[str, Any]]:
    """The two ends of the line that a chart draws."""
    ends = (0, len(steps.values) - 1)
    return [{"time": steps.labels[at], "value": found.intercept + found.slope.value * at / steps.period} for at in ends]


def _told(values: np.ndarray) -> Column:
    """Numbers for JSON, None where there is none."""
    return [None if np.isnan(value) else float(value) for value in values]
