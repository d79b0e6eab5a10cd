"""The demonstration series: made up for the stations that are loaded, and loaded as any file of observations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import hypot
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from sqlalchemy import Engine

from altaigis.analytics.demonstration import VERSION, Chance, Column, Gauge, Kind, Place, Series, Station, planned
from altaigis.domain.catalog import Catalog
from altaigis.domain.observation import STATIONS
from altaigis.domain.progress import Progress, silent
from altaigis.errors import NotLoaded
from altaigis.store.frames import read_columns
from altaigis.store.observations.reading import known_series
from altaigis.store.observations.removal import REMOVED, has_series, last_entry
from altaigis.store.pool import transaction
from altaigis.store.revisions import current_revision

#: How the name of the source begins, whatever the seed.
SOURCE = "synthetic: demonstration series"
#: A demonstration that ends so long ago goes on at the next start.
OLD = timedelta(days=1)
#: Layer of monthly normals; a station without any has those of the nearest one.
NORMALS = "climate_normals"
#: Of several normals the later ones in this list stand.
_PREFERRED = ("worldclim_1_4", "cru_cl_2", "sp131")
_SCHEMA = pa.schema(
    [
        *((name, pa.dictionary(pa.int32(), pa.string())) for name in ("station", "parameter", "unit", "flag")),
        ("time", pa.timestamp("us", "UTC")),
        ("value", pa.float64()),
    ]
)


def source_name(seed: int) -> str:
    return f"{SOURCE}, seed {seed}, generator {VERSION}"


@dataclass(frozen=True)
class Span:
    """From which moment on, and until which one (not included). Without ``since`` a series goes on where it ends, and
    a new one begins as far back as it is planned."""

    until: datetime
    since: datetime | None = None


@dataclass(frozen=True)
class Missing:
    """A part of a series that is to be made."""

    series: Series
    since: np.datetime64
    until: np.datetime64

    def made(self, chance: Chance) -> Iterator[Column]:
        """Its values, a year at a time."""
        for year in self.years:
            column = self.series.of(chance, year)
            yield column.where((column.times >= self.since) & (column.times < self.until))

    @property
    def years(self) -> range:
        first, last = (int(str(end)[:4]) for end in (self.since, self.until))
        return range(first, last + 1)


def is_due(database: Engine, now: datetime) -> bool:
    """Whether a start of the server makes the demonstration, or goes on with it: where nobody has brought anything, and
    where it ends more than a day ago. One that was taken away stays away.

    Raises:
        DatabaseUnavailable: it does not answer.
    """
    last = last_entry(database, SOURCE)
    if last is None:
        return not has_series(database)
    outcome, when = last
    return outcome != REMOVED and now - when > OLD


def missing(database: Engine, catalog: Catalog, span: Span) -> list[Missing]:
    """What the demonstration lacks in a span.

    Raises:
        NotLoaded: there are no stations or no normals.
        DatabaseUnavailable: it does not answer.
    """
    with transaction(database) as connection:
        ends = {(one.station, one.parameter): one.last for one in known_series(connection) if one.synthetic}
    until = _moment(span.until)
    found = []
    for station in _stations(database, catalog):
        for series in planned(station):
            end = ends.get((series.station, series.parameter))
            if span.since is not None:
                since = _moment(span.since)
            elif end is not None:
                since = _moment(end) + 1
            else:
                since = _moment(span.until - timedelta(days=365.25 * series.years))
            if since < until:
                found.append(Missing(series, since, until))
    return found


def write(path: Path, parts: Sequence[Missing], seed: int, tell: Progress = silent) -> int:
    """Make what is missing as a Parquet file of observations; the number of its rows."""
    chance, rows, done, total = Chance(seed), 0, 0, sum(len(part.years) for part in parts)
    with pq.ParquetWriter(path, _SCHEMA) as file:
        for part in parts:
            for column in part.made(chance):
                done += 1
                tell("making", done, total)
                if len(column):
                    file.write_table(_table(part.series, column))
                    rows += len(column)
    return rows


def _table(series: Series, column: Column) -> pa.Table:
    count = len(column)
    same = {
        name: pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), [text])
        for name, text in (("station", series.station), ("parameter", series.parameter), ("unit", series.unit))
    }
    codes, flags = np.unique(column.flags, return_inverse=True)
    flag = pa.DictionaryArray.from_arrays(flags.astype(np.int32), [str(code) for code in codes])
    time = pa.array(column.times.astype(np.int64), pa.timestamp("us", "UTC"))
    return pa.table({**same, "flag": flag, "time": time, "value": column.values}, _SCHEMA)


def _stations(database: Engine, catalog: Catalog) -> Iterator[Station]:
    """The stations that something can be made up for, in the order of their ids."""
    known = _rows(database, catalog, STATIONS)
    normals = _normals(database, catalog)
    places = {
        row["station_id"]: (point.x, point.y)
        for row in known
        if (point := shapely.from_wkb(row["geom"])) is not None and not point.is_empty
    }
    with_normals = [name for name in normals if name in places]
    for row in known:
        name, kind, mean = row["station_id"], row["medium"], row.get("mean_discharge_m3s")
        if kind not in get_args(Kind) or (kind == "water") != (mean is not None) or not with_normals:
            continue
        # a gauge needs no place, for its river is known
        lon, lat = places.get(name, (0.0, 0.0))
        if kind != "water" and name not in places:
            continue
        nearest = min(with_normals, key=lambda other: (other != name, _apart((lon, lat), places[other])))
        place = Place(name, lon, lat, float(row.get("elevation_m") or 200), normals[nearest])
        gauge = Gauge(name, float(mean), row.get("catchment_km2")) if mean is not None else None
        yield Station(cast("Kind", kind), place, gauge)


def _normals(database: Engine, catalog: Catalog) -> Mapping[str, Mapping[str, Sequence[float]]]:
    """Twelve values by station and parameter, where there are twelve."""
    found: dict[tuple[str, str], dict[int, tuple[int, float]]] = {}
    for row in _rows(database, catalog, NORMALS):
        if row["month"] is None or row["source"] not in _PREFERRED:
            continue
        months = found.setdefault((row["station_id"], row["parameter"]), {})
        rank = _PREFERRED.index(row["source"])
        months[row["month"]] = max(months.get(row["month"], (rank, row["value"])), (rank, row["value"]))
    made: dict[str, dict[str, Sequence[float]]] = {}
    for (station, parameter), months in found.items():
        if len(months) == 12:
            made.setdefault(station, {})[parameter] = tuple(months[month][1] for month in range(1, 13))
    return made


def _rows(database: Engine, catalog: Catalog, name: str) -> list[dict[str, Any]]:
    with transaction(database) as connection:
        revision = current_revision(connection, catalog.layer(name))
    if revision is None:
        raise NotLoaded(f"layer '{name}' has no data yet; run: altaigis etl run {name}")
    columns = read_columns(database, revision)
    return [dict(zip(columns.types, row, strict=True)) for row in columns.rows]


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return hypot((one[0] - other[0]) * 0.6, one[1] - other[1])


def _moment(time: datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "us")
