"""Stations and their series: which there are, what each says now, and what is asked of one of them."""

import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from anyio import to_thread
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.analytics.normals import normals_of
from altaigis.domain.bucket import VECTOR_MEAN, Starts, Width, first_starts, moment_of
from altaigis.domain.catalog import Catalog
from altaigis.domain.layer import Layer
from altaigis.domain.observation import FLAGS, STATIONS, SYNTHETIC
from altaigis.domain.parameter import Parameter
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.domain.series import ALWAYS, Interval, Latest, Series, preferred
from altaigis.domain.text import Language
from altaigis.domain.wind import Division, Rose
from altaigis.errors import ParameterError, StationNotFound
from altaigis.services.ledger import Ledger
from altaigis.services.normals import Normals, NormalService
from altaigis.store.features import read_features
from altaigis.store.observations.reading import buckets, known_series, latest, values
from altaigis.store.observations.rose import read_rose
from altaigis.store.pool import reading

if TYPE_CHECKING:
    import pyarrow as pa

#: What a wind rose is made of.
SPEED, DIRECTION = "wind_speed", "wind_direction"
#: Shares of a month that have to be there for its mean, or its sum, to be held against the normal.
ENOUGH, WHOLE = 0.75, 1 - 1e-9
T = TypeVar("T")


@dataclass(frozen=True)
class Station:
    """A feature of the layer of stations; ``place`` is its longitude and latitude in degrees, if it has any."""

    id: str
    place: tuple[float, float] | None
    properties: Mapping[str, Any]

    @property
    def medium(self) -> str | None:
        return self.properties.get("medium")

    def name(self, language: Language) -> str:
        found = self.properties.get(f"name_{language}") or self.properties.get("name_ru")
        return str(found or self.id)


@dataclass(frozen=True)
class Question:
    """What is asked of a series: buckets of a width, or without one its values; no more than ``limit`` of them.

    With ``anomaly`` buckets have what is normal for them beside what is asked for.
    """

    series: Series
    width: Width | None
    interval: Interval
    statistics: tuple[str, ...]
    limit: int
    anomaly: bool = False

    def told(self, normals: Normals | None) -> tuple[str, ...]:
        """The statistics, with those that an anomaly is made of and judged by."""
        if normals is None:
            return self.statistics
        return tuple(dict.fromkeys((*self.statistics, "sum" if normals.is_total else "mean", "count", "completeness")))


@dataclass(frozen=True)
class Page:
    """An answer. ``table``: of values ``time``, ``value``, ``flag``; of buckets ``time`` (where each begins),
    ``period`` (of the calendar's, what people call it), the statistics, ``bad``, and with anomalies ``normal`` and
    ``anomaly``. ``following`` is where the next page begins, if there is one."""

    question: Question
    table: "pa.Table"
    following: datetime | None
    normals: Normals | None = None


class SeriesService:
    """``database`` is the asynchronous engine for reading. Stations are remembered by the revision of their layer."""

    def __init__(self, database: AsyncEngine, ledger: Ledger, catalog: Catalog) -> None:
        self._database = database
        self._ledger = ledger
        self._catalog = catalog
        self._normals = NormalService(database, ledger, catalog)
        self._stations: tuple[str, dict[str, Station]] = ("", {})

    @property
    def layer(self) -> Layer:
        """The layer of the stations.

        Raises:
            LayerNotFound: the project has none.
        """
        return self._catalog.layer(STATIONS)

    async def revision(self) -> Revision:
        """That of the layer of the stations.

        Raises:
            NotLoaded: nothing has been loaded into it.
        """
        return await self._ledger.revision(self.layer)

    async def stations(self) -> Mapping[str, Station]:
        """All stations by id, in the order of the ids."""
        revision = await self.revision()
        if self._stations[0] != revision.version:
            features = await read_features(self._database, revision, FeatureQuery(self.layer, limit=revision.count))
            found = {it.fid: Station(it.fid, _place(it.geometry), json.loads(it.properties)) for it in features}
            self._stations = revision.version, found
        return self._stations[1]

    async def station(self, station: str) -> Station:
        """A station by its id.

        Raises:
            StationNotFound: there is none.
        """
        found = (await self.stations()).get(station)
        if found is None:
            raise StationNotFound(f"there is no station '{station[:60]}'; /stations lists them")
        return found

    async def read(self, question: Callable[[Connection], T]) -> T:
        """What a function of :mod:`altaigis.store.observations.reading` finds on a connection.

        Raises:
            DatabaseUnavailable, QueryTooLong: there is no answer, or none in time.
        """
        async with reading(self._database) as connection:
            return await connection.run_sync(question)

    async def series(self, station: str | None = None, *, synthetic: bool | None = None) -> list[Series]:
        """What speaks now of each parameter of a station, or of all of them; see :func:`preferred`."""
        stations = None if station is None else [station]
        return preferred(await self.read(lambda connection: known_series(connection, stations)), synthetic)

    async def latest(
        self, station: str | None = None, parameter: str | None = None, *, synthetic: bool | None = None
    ) -> list[Latest]:
        """The newest value of each series that the same would find."""
        stations, parameters = (None if it is None else [it] for it in (station, parameter))
        found = await self.read(lambda connection: latest(connection, stations, parameters))
        chosen = {one.number for one in preferred((it.series for it in found), synthetic)}
        return [it for it in found if it.series.number in chosen]

    async def find(
        self, station: str, parameter: str | None, synthetic: bool | None = None, interval: Interval = ALWAYS
    ) -> Series:
        """The series of a parameter at a station that speaks of an interval; see :func:`preferred`.

        Raises:
            StationNotFound: there is no such station.
            ParameterError: it has no such series; the text says which it has.
        """
        known = await self.known(station)
        there = ", ".join(dict.fromkeys(it.parameter for it in known)) or "no parameter yet"
        if parameter is None:
            raise ParameterError("parameter", f"is required; station {station} has {there}")
        of_parameter = [it for it in known if it.parameter == parameter]
        if not of_parameter:
            raise ParameterError("parameter", f"station {station} has no '{parameter[:60]}'; it has {there}")
        found = preferred(of_parameter, synthetic, interval)
        if not found:
            kind = SYNTHETIC if synthetic else "measured"
            raise ParameterError(SYNTHETIC, f"the series of {parameter} at station {station} is not {kind}")
        return found[0]

    async def page(self, question: Question) -> Page:
        """The values or buckets that are asked for, no more than the limit.

        Raises:
            ParameterError: anomalies are asked for where there are no normals, or of buckets shorter than a day.
            DatabaseUnavailable, QueryTooLong: there is no answer, or none in time.
        """
        await _arrow()
        one, width, limit = question.series, question.width, question.limit
        if width is None:
            table = await self.read(lambda connection: values(connection, one, question.interval, limit + 1))
            following = table.column("time")[limit].as_py() if table.num_rows > limit else None
            return Page(question, await to_thread.run_sync(_with_flags, table.slice(0, limit)), following)
        normals = await self._normals_of(one, width) if question.anomaly else None
        starts, following = first_starts(one, width, question.interval, limit)
        names = question.told(normals)
        stored = [self._stored(one, name) for name in names]
        asked, interval = ([one], starts.interval) if starts else ([], ALWAYS)
        found = await self.read(lambda connection: buckets(connection, asked, width, interval, stored))
        table = found.drop_columns(["series"]).rename_columns(["time", *names, "bad"])
        if normals and starts:
            table = _with_anomalies(table, starts, normals, one.unit)
            table = _sound(table, starts, await self._least(one, width, starts), is_total=normals.is_total)
        return Page(question, _with_periods(table, starts, width), following, normals)

    async def together(
        self, of: Sequence[Series], width: Width, interval: Interval, statistics: Sequence[str]
    ) -> "pa.Table":
        """Buckets of several series of one parameter, as :func:`altaigis.store.observations.buckets.buckets` has them.

        Raises:
            DatabaseUnavailable, QueryTooLong: there is no answer, or none in time.
        """
        await _arrow()
        names = [self._stored(of[0], name) for name in statistics]
        found = await self.read(lambda connection: buckets(connection, of, width, interval, names))
        return found.rename_columns(["series", "time", *statistics, "bad"])

    async def known(self, station: str) -> list[Series]:
        """All series of a station, the measured one of a parameter before the synthetic one.

        Raises:
            StationNotFound: there is no such station.
        """
        await self.station(station)
        return await self.read(lambda connection: known_series(connection, [station]))

    async def wind(
        self, station: str, synthetic: bool | None = None, interval: Interval = ALWAYS
    ) -> tuple[Series, Series]:
        """The series of the speed and the direction of the wind: both measured, or both made up; the measured ones
        where :func:`preferred` takes both.

        Raises:
            StationNotFound: there is no such station.
            ParameterError: it has not both.
        """
        known = await self.known(station)
        pairs = {
            kind: (found[SPEED], found[DIRECTION])
            for kind in ((False, True) if synthetic is None else (synthetic,))
            if {SPEED, DIRECTION} <= (found := {it.parameter: it for it in known if it.synthetic == kind}).keys()
        }
        if pairs:
            speaking = preferred(chain.from_iterable(pairs.values()), synthetic, interval)
            return pairs[any(it.synthetic for it in speaking)]
        there = ", ".join(dict.fromkeys(it.parameter for it in known)) or "no parameter yet"
        kind_told = {None: "", True: "synthetic ", False: "measured "}[synthetic]
        raise ParameterError(
            "station", f"a wind rose needs {kind_told}{SPEED} and {DIRECTION}; station {station} has {there}"
        )

    async def rose(self, speed: Series, direction: Series, interval: Interval, division: Division) -> Rose:
        """The winds in an interval by direction and speed."""
        return await self.read(lambda connection: read_rose(connection, speed, direction, interval, division))

    async def _least(self, one: Series, width: Width, starts: Starts) -> np.ndarray:
        """How complete each bucket is, or, where it has months, the least complete of these: a year without its winter
        would be warmer than its normal, whatever the weather."""
        parts = width if width.unit in ("day", "week") else Width("month")
        told = await self.read(lambda connection: buckets(connection, one, parts, starts.interval, ("completeness",)))
        return await to_thread.run_sync(_least_of_parts, told, parts, starts)

    def parameter(self, one: Series) -> Parameter:
        """What the series is of, in its unit."""
        return self._catalog.parameters.described(one.parameter, one.unit)

    def _stored(self, one: Series, statistic: str) -> str:
        """What the store calls a statistic."""
        return VECTOR_MEAN if statistic == "mean" and self.parameter(one).totals == "direction" else statistic

    async def _normals_of(self, one: Series, width: Width) -> Normals:
        if not width.is_calendar:
            raise ParameterError("anomaly", "normals are those of months: buckets must have a day or more (bucket=P1D)")
        return await self._normals.of(one.station, one.parameter, self.parameter(one).normal)


async def _arrow() -> None:
    """It weighs much, so it comes with the first question that needs it, and beside the event loop."""
    if "pyarrow" not in sys.modules:
        await to_thread.run_sync(importlib.import_module, "pyarrow")


def _with_flags(table: "pa.Table") -> "pa.Table":
    import pyarrow as pa

    names = np.array(["", *FLAGS])
    assert [*FLAGS.values()] == [*range(1, len(names))], "codes of flags are their places"
    flags = pa.array(names[table.column("flag").to_numpy()], pa.string())
    return table.set_column(2, "flag", flags)


def _with_periods(table: "pa.Table", starts: Starts | None, width: Width) -> "pa.Table":
    """With what people call the buckets of a calendar."""
    import pyarrow as pa

    if not width.is_calendar:
        return table
    keys = starts.keys.tolist() if starts else []
    return table.add_column(1, "period", pa.array([width.label(key) for key in keys], pa.string()))


def _with_anomalies(table: "pa.Table", starts: Starts, normals: Normals, unit: str) -> "pa.Table":
    """With what is normal for each bucket, and by how much its mean or sum is above it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    told = normals_of(starts.first_days, normals.in_unit(unit), total=normals.is_total)
    # the mean of equal normals is that normal
    normal = pa.array(np.round(told, 9), from_pandas=True)
    anomaly = pc.subtract(table.column("sum" if normals.is_total else "mean"), normal)
    return table.append_column("normal", normal).append_column("anomaly", anomaly)


def _least_of_parts(told: "pa.Table", parts: Width, starts: Starts) -> np.ndarray:
    """Of each bucket the least complete of its parts; one that is not told has nothing."""
    every = parts.starts(moment_of(starts.edges[0]), moment_of(starts.edges[-1] - 1))
    shares = np.zeros(len(every))
    times = told.column("time").to_numpy().astype("datetime64[us]").astype(np.int64)
    shares[np.searchsorted(every.edges, times)] = told.column("completeness").to_numpy()
    least: np.ndarray = np.minimum.reduceat(shares, np.searchsorted(every.edges, starts.edges[:-1]))
    return least


def _sound(table: "pa.Table", starts: Starts, least: np.ndarray, *, is_total: bool) -> "pa.Table":
    """Anomalies only of buckets that are over, and complete enough: a mean where three quarters are there (as for
    limits, and near to the 20 days of a month that WMO-No. 1203, 4.4.1, asks for), a sum where nothing is missing (as
    there); each month of a longer bucket by itself."""
    import pyarrow as pa
    import pyarrow.compute as pc

    enough = least >= (WHOLE if is_total else ENOUGH)
    is_over = starts.edges[1:] <= datetime.now(UTC).timestamp() * 1e6
    anomaly = pc.if_else(pa.array(enough & is_over), table.column("anomaly"), None)
    return table.set_column(table.column_names.index("anomaly"), "anomaly", anomaly)


def _place(geometry: str | None) -> tuple[float, float] | None:
    if geometry is None:
        return None
    lon, lat = json.loads(geometry)["coordinates"][:2]
    return lon, lat
