"""All stations at once: which parameters they measure, how each stands now, and how they went through a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from altaigis.domain.bucket import Width, midnight
from altaigis.domain.catalog import Catalog
from altaigis.domain.norm import DAILY, LEAST, SAMPLE, SINGLE, Limit, Norms
from altaigis.domain.parameter import Parameter
from altaigis.domain.series import Interval, Latest, Series
from altaigis.domain.standing import Compared, Standing
from altaigis.errors import NotLoaded, ParameterError
from altaigis.services.norms import COMPLETE, NormService
from altaigis.services.series import SeriesService
from altaigis.store.alerts import silent_since

if TYPE_CHECKING:
    import pyarrow as pa

#: The norm that a station stands against, by what is measured in: it is that of the alerts.
USUAL_NORMS = {"air": "pdk_air", "water": "pdk_fishery"}
#: Limits that say something of a moment; those of years do not.
_OF_VALUES = frozenset({SINGLE, SAMPLE, LEAST})
#: A mean of a day that is older than so many says nothing of now.
_NEW_DAYS = timedelta(days=3)
_USUAL_STEP = timedelta(hours=1)
_DAY = Width("day")
#: Without an interval the newest values are told, so many days of them.
USUAL_TIME = timedelta(days=31)
#: Values of all stations in one answer.
MOST_CELLS = 200_000


@dataclass(frozen=True)
class Measured:
    """A parameter with the series of it, one a station, and the limits that a station can be held against now."""

    parameter: Parameter
    series: tuple[Series, ...]
    limits: tuple[Limit, ...]


@dataclass(frozen=True)
class Frames:
    """Buckets of the series of a parameter: where each begins, in microseconds since 1970; a row a series of
    ``values`` (NaN where there is none)."""

    series: Sequence[Series]
    starts: np.ndarray
    values: np.ndarray


class OverviewService:
    def __init__(self, catalog: Catalog, series: SeriesService, norms: NormService) -> None:
        self._catalog = catalog
        self._series = series
        self._norms = norms

    async def parameters(self) -> list[Measured]:
        """What stations measure, in the order of the files of parameters; those that none has come last."""
        norms = await self._known_norms()
        found: dict[str, list[Series]] = {}
        for one in await self._series.series():
            found.setdefault(one.parameter, []).append(one)
        places = {code: place for place, code in enumerate(self._catalog.parameters)}
        return [
            Measured(self._series.parameter(its[0]), tuple(its), self._limits(its[0], norms, None))
            for _, its in sorted(found.items(), key=lambda item: (places.get(item[0], len(places)), item[0]))
        ]

    async def limits(self, one: Series, norm: str | None = None) -> tuple[tuple[Limit, ...], Norms]:
        """The limits that the values and days of a series are held against, and all norms.

        Raises:
            ParameterError: there is no such norm.
        """
        norms = await self._known_norms()
        if norm is not None and norm not in norms.names:
            raise ParameterError("norm", f"'{norm[:60]}' is none; there are {', '.join(norms.names)}")
        return self._limits(one, norms, norm), norms

    async def standings(
        self,
        *,
        station: str | None = None,
        parameter: str | None = None,
        norm: str | None = None,
        synthetic: bool | None = None,
        now: datetime | None = None,
    ) -> list[Standing]:
        """How the series of a station, or of a parameter at all stations, stand.

        Raises:
            ParameterError: there is no such norm.
        """
        newest = await self._series.latest(station, parameter, synthetic=synthetic)
        limits = {it.series.parameter: (await self.limits(it.series, norm))[0] for it in newest}
        silent = await self._silent(newest, now or datetime.now(UTC))
        days = await self._days([it for it in newest if it.series.number not in silent], limits)
        return [
            Standing(it, True, ())
            if it.series.number in silent
            else Standing(it, False, tuple(_compared(it, limits[it.series.parameter], days.get(it.series.number))))
            for it in newest
        ]

    async def frames(
        self, of: Sequence[Series], width: Width, interval: Interval, statistic: str | None
    ) -> tuple[Frames, str]:
        """The buckets of the series of one parameter in an interval, and which statistic they tell; without one the
        sum of what is summed, the mean of all else.

        Raises:
            ParameterError: there are too many of them.
        """
        end = min(interval.end or datetime.max.replace(tzinfo=UTC), max(one.last for one in of) + timedelta(seconds=1))
        begin = max(interval.begin or end - USUAL_TIME, min(one.first for one in of))
        name = statistic or ("sum" if self._series.parameter(of[0]).totals == "sum" else "mean")
        if begin >= end:
            return Frames(of, np.array([], np.int64), np.empty((len(of), 0))), name
        most = MOST_CELLS // len(of)
        if (end - begin).total_seconds() / _shortest(width) > most:
            raise ParameterError("datetime", f"holds more than {most} buckets of {width}; ask for less, or wider ones")
        edges = width.starts(begin, end - timedelta(microseconds=1)).edges[:-1]
        table = await self._series.together(of, width, Interval(begin, end), [name])
        values = np.full((len(of), len(edges)), np.nan)
        rows = {one.number: row for row, one in enumerate(of)}
        at = np.searchsorted(edges, table.column("time").cast("int64").to_numpy())
        values[[rows[number] for number in table.column("series").to_pylist()], at] = _numbers(table, name)
        return Frames(of, edges, values), name

    async def _known_norms(self) -> Norms:
        """A project may have none."""
        try:
            return await self._norms.norms()
        except NotLoaded:
            return Norms()

    def _limits(self, one: Series, norms: Norms, norm: str | None) -> tuple[Limit, ...]:
        """The first of those that say the same; the others are told as its rivals."""
        parameter = self._series.parameter(one)
        medium = parameter.medium or "air"
        wanted = norm or USUAL_NORMS.get(medium, "")
        return tuple(
            limit
            for limit in norms.of(parameter.substance or one.parameter, medium, (wanted,))
            if limit.id in norms.leading
            and (limit.averaging in _OF_VALUES or limit.averaging == DAILY)
            and limit.value_in(one.unit) is not None
        )

    async def _silent(self, newest: Sequence[Latest], now: datetime) -> set[int]:
        """Series without a usable value for longer than the rules of alerts allow, and all of a silent station."""
        rules = [rule.silence for rule in self._catalog.alerts.rules.values() if rule.silence]
        if not rules:
            return set()
        told = await self._series.read(silent_since)
        stations = {
            station for station, _, last, step in told if any(now - last > rule.patience(step) for rule in rules)
        }
        return {
            it.series.number
            for it in newest
            if it.series.station in stations
            or any(now - it.time > rule.patience(it.series.step or _USUAL_STEP) for rule in rules)
        }

    async def _days(
        self, newest: Sequence[Latest], limits: Mapping[str, Sequence[Limit]]
    ) -> Mapping[int, tuple[datetime, datetime, float]]:
        """Of each series with a limit of days the newest day that is over and complete: its begin, end and mean."""
        of = {
            it.series.number: it
            for it in newest
            if any(limit.averaging == DAILY for limit in limits[it.series.parameter])
        }
        if not of:
            return {}
        begin = min(it.time for it in of.values()) - _NEW_DAYS
        asked = [it.series for it in of.values()]
        table = await self._series.together(asked, _DAY, Interval(begin), ["mean", "count"])
        found: dict[int, tuple[datetime, datetime, float]] = {}
        now = datetime.now(UTC)
        for number, start, mean, count in zip(
            *(table.column(name).to_pylist() for name in ("series", "time", "mean", "count")), strict=True
        ):
            latest = of[number]
            end = datetime.fromtimestamp(int(_DAY.starts(start, start).edges[-1]) / 1e6, UTC)
            expected = max((end - start) / (latest.series.step or _USUAL_STEP), 1)
            if mean is None or end > now or start < latest.time - _NEW_DAYS:
                continue
            if count / expected >= COMPLETE:
                found[number] = start, end, mean
        return found


def _compared(latest: Latest, limits: Sequence[Limit], day: tuple[datetime, datetime, float] | None) -> list[Compared]:
    """The newest value against limits of values, the newest complete day against those of days; each in force then."""
    found = []
    for limit in limits:
        bound = limit.value_in(latest.series.unit)
        held = (latest.time, latest.time, latest.value) if limit.averaging in _OF_VALUES else day
        if bound is None or held is None or not _in_force(limit, held[0]):
            continue
        begin, end, value = held
        found.append(Compared(limit, bound, value, begin, end))
    return found


def _in_force(limit: Limit, moment: datetime) -> bool:
    return (limit.valid_from is None or moment >= midnight(limit.valid_from)) and (
        limit.valid_until is None or moment < midnight(limit.valid_until)
    )


#: Seconds of the shortest bucket of a calendar.
_SECONDS = {"day": 82_800, "week": 604_800, "month": 2_419_200, "season": 7_776_000, "year": 31_536_000}


def _shortest(width: Width) -> float:
    return _SECONDS[width.unit] if width.is_calendar else width.minutes * 60


def _numbers(table: "pa.Table", name: str) -> np.ndarray:
    found: np.ndarray = table.column(name).cast("float64").to_numpy()
    return found
