"""The door of the processes to what is stored; it remembers which revisions it has given."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import rasterio
import shapely
from sqlalchemy import Engine

from altaigis.analytics.steps import Step, Steps, local_days, regular
from altaigis.analytics.values import Numbers
from altaigis.analytics.zonal import Band
from altaigis.domain.bucket import Width, midnight, today
from altaigis.domain.catalog import Catalog
from altaigis.domain.derivation import Derivation
from altaigis.domain.layer import NUMERIC_TYPES, Kind, Layer
from altaigis.domain.observation import STATIONS, ZONE
from altaigis.domain.parameter import Parameter
from altaigis.domain.revision import Revision
from altaigis.domain.series import Interval, Series, preferred
from altaigis.domain.source import Source
from altaigis.domain.text import LANGUAGES, Language, Text
from altaigis.errors import AnalysisError, LayerNotFound, NotLoaded, ParameterError
from altaigis.processes.inputs import FieldVariable, IndicatorVariable, ObservedValue, PastValue
from altaigis.processes.summary import listed
from altaigis.store.cogs import Pixels
from altaigis.store.derivations import read_derived
from altaigis.store.derived import Features, Raster, Shapes, publish_together, retire, sweep_files
from altaigis.store.frames import read_columns
from altaigis.store.observations.periods import Period, last_load, over
from altaigis.store.observations.reading import buckets, known_series
from altaigis.store.pool import transaction
from altaigis.store.revisions import current_revisions

if TYPE_CHECKING:
    from altaigis.processes.process import RasterPart

#: The layer with the values of all indicators.
INDICATORS = "indicator_values"
#: In the place of a layer among the revisions of what a result was made from.
OBSERVATIONS = "observations"
#: Flags of values that are no official figures.
MARKS = ("estimated", "synthetic")
#: After its last run.
RESULTS_STAY = timedelta(days=90)
#: Features of a layer that are taken into memory; the municipalities of the whole country are 2 300.
MOST_UNITS = 20_000


@dataclass(frozen=True, eq=False)
class Units:
    """The n features of a layer that an analysis is made of, in the order of their ids.

    Attributes:
        layer: where they come from.
        frame: index: their ids; columns: the fields that name them, and the geometry in EPSG:4326.
    """

    layer: Layer
    frame: gpd.GeoDataFrame

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def names(self) -> list[str]:
        """The fields of the layer that name a unit."""
        return [name for name in self.frame.columns if name != self.frame.geometry.name]

    @property
    def ids(self) -> list[str | int]:
        return list(self.frame.index)

    def named(self, which: Any) -> list[str | int]:
        """Ids of some of them, by a mask or by positions."""
        return list(self.frame.index[np.asarray(which)])

    def title(self, position: int) -> str:
        """What a person calls one of them."""
        column = self.layer.title_field
        return str(self.frame[column].iloc[position] if column in self.frame else self.frame.index[position])

    def name_en(self, position: int) -> str:
        """The same in English, where the layer has names in English."""
        return str(self.frame["name_en"].iloc[position]) if "name_en" in self.frame else self.title(position)

    def titles(self, which: Any, language: Language = "ru") -> list[str]:
        """The names of some, by a mask."""
        name = self.title if language == "ru" else self.name_en
        return [name(int(at)) for at in np.flatnonzero(which)]


@dataclass(frozen=True, eq=False)
class Rows:
    """What a layer with features is to hold: all of it, or all but the shapes, which are those of the units then."""

    table: pa.Table
    units: Units | None = None


@dataclass(frozen=True, eq=False)
class Values:
    """One number a unit.

    Attributes:
        name: short and unique, for the names of fields.
        title: what it is, with its period.
        unit: of measurement, None where nobody says.
        digits: decimals that they are good for.
        numbers: array (n,), NaN where a unit has none.
        less_is_better: None where nobody says.
        path: of the input that it was asked by.
        marks: ids of the units whose values are no official figures, by what they are: estimated, synthetic.
        incomplete: ids of the units that would have a value if more had been observed there.
    """

    name: str
    title: Text
    unit: str | None
    digits: int
    numbers: Numbers
    less_is_better: bool | None
    path: str
    marks: Mapping[str, list[str | int]] = field(default_factory=dict)
    incomplete: Sequence[str | int] = ()


@dataclass(frozen=True, eq=False)
class Observed:
    """What is observed of a parameter.

    Attributes:
        stations: those that observe it.
        series: of each, by its id.
        periods: what each was like over the time that was asked for, by its number; none where there is no value.
    """

    stations: Units
    parameter: Parameter
    series: Mapping[str, Series]
    periods: Mapping[int, Period]


@dataclass(frozen=True)
class Wanted:
    """Series of one parameter at all stations: as means or sums of steps, in years of the region's calendar.

    Attributes:
        since: the first year, None for that of the first value.
        until: the last one, included.
        least: share of a step that has to be measured for its value to stand.
    """

    parameter: str
    step: Step
    since: int | None
    until: int | None
    least: float

    @property
    def interval(self) -> Interval:
        begin, end = self.since, self.until and self.until + 1
        return Interval(*(midnight(date(year, 1, 1)) if year else None for year in (begin, end)))


@dataclass(frozen=True, eq=False)
class Stepped:
    """The series of a station."""

    parameter: Parameter
    steps: Steps
    synthetic: bool


class Data:
    """Frames, rasters and values of the current revisions, each layer in one revision throughout; and the way back for
    what has been made of them.

    Args:
        processed: the folder with the files of rasters.
        keep: how long a result stays after its last run; none: for ever.
    """

    def __init__(
        self, database: Engine, processed: Path, catalog: Catalog, keep: timedelta | None = RESULTS_STAY
    ) -> None:
        self._database, self._processed, self._catalog, self._keep = database, processed, catalog, keep
        self._current = current_revisions(database)
        self._derived = read_derived(database)
        self._given: dict[str, Layer] = {}
        self._loads: dict[str, int] = {}

    @property
    def revisions(self) -> Mapping[str, int]:
        """Numbers of the revisions that have been given, by layer id; of observations that of the last load."""
        return {layer_id: self._current[layer_id].number for layer_id in sorted(self._given)} | self._loads

    def source(self, maker: str) -> Source:
        """Where a result comes from: the terms of all that has been given go with it."""
        sources = [self._given[layer_id].source for layer_id in sorted(self._given)]
        attribution = {
            language: _together(source.attribution.in_(language) for source in sources) for language in LANGUAGES
        }
        licence = _together(source.licence for source in sources)
        return Source(derived=maker, licence=licence, attribution=Text(**attribution))

    def expiry(self, created: datetime) -> datetime | None:
        """When a result of that time may go; None for never."""
        return created + self._keep if self._keep else None

    def publish(self, layers: Sequence[tuple[Layer, "RasterPart | Rows"]], derivation: Derivation) -> None:
        """Make all layers of a result the current revisions of theirs, or none."""
        publish_together(self._database, [self._published(layer, part) for layer, part in layers], derivation)

    def _published(self, layer: Layer, part: "RasterPart | Rows") -> Features | Raster:
        if not isinstance(part, Rows):
            return Raster(layer, Pixels(part.values, part.transform, part.crs), self._processed)
        units = part.units
        return Features(layer, part.table, Shapes(units.layer, self._current[units.layer.id]) if units else None)

    def retire_expired(self, now: datetime) -> None:
        """Take away the results whose time is over."""
        for layer_id, one in read_derived(self._database).items():
            if one.derivation.expires and one.derivation.expires < now:
                with suppress(LayerNotFound):  # somebody else has just done it, or it went together with another
                    retire(self._database, layer_id)
        sweep_files(self._database, self._processed)

    def units(self, layer_id: str, path: str = "inputs.units", *, polygons: bool = False) -> Units:
        """All features of a layer with their names and geometry.

        Args:
            polygons: nothing else will do.

        Raises:
            ParameterError: there is no such layer, one of its features has no geometry, or another kind of it than is
                asked for, or there are more than :data:`MOST_UNITS`.
        """
        layer, revision = self._layer(layer_id, path, "vector")
        if polygons and not layer.is_of_polygons:
            raise ParameterError(path, f"layer '{layer_id}' has {layer.geometry_type}s; choose one of polygons")
        found = self._features(layer, revision, path)
        shapes = found.geometry
        bare = [str(fid) for fid in shapes.index[shapes.isna() | shapes.is_empty]]
        if bare:
            raise ParameterError(path, f"{len(bare)} features of '{layer_id}' have no geometry: {listed(bare)}")
        return Units(layer, found)

    def points(self, layer_id: str, path: str) -> Units:
        """The features of a layer of points with their names and places, but for those without a place.

        Raises:
            ParameterError: there is no such layer, it is not of points, it has none with a place, or more features than
                :data:`MOST_UNITS`.
        """
        layer, revision = self._layer(layer_id, path, "vector")
        if layer.geometry_type != "Point":
            raise ParameterError(path, f"layer '{layer_id}' has {layer.geometry_type}s; choose one of points")
        found = self._features(layer, revision, path)
        placed = found[~(found.geometry.isna() | found.geometry.is_empty)]
        if placed.empty:
            raise ParameterError(path, f"no feature of '{layer_id}' has a place")
        return Units(layer, placed)

    def _features(self, layer: Layer, revision: Revision, path: str) -> gpd.GeoDataFrame:
        """All features: index: their ids; columns: the fields that name them, and the geometry in EPSG:4326."""
        layer_id = layer.id
        if not 0 < revision.count <= MOST_UNITS:
            raise ParameterError(path, f"layer '{layer_id}' has {revision.count} features; 1 to {MOST_UNITS} are taken")
        texts = [name for name, field in layer.properties.items() if field.type == "text"]
        names = [name for name in texts if name in (layer.title_field, "name_en")]
        geometry = layer.geometry_field or ""
        read = read_columns(self._database, revision, [*names, geometry])
        table = pd.DataFrame(list(read.rows), columns=list(read.types)).set_index(read.key)
        shapes = gpd.GeoSeries(shapely.from_wkb(table[geometry].to_numpy(object)), index=table.index, crs=4326)
        return gpd.GeoDataFrame(table[names], geometry=shapes)

    def values(self, variable: IndicatorVariable | FieldVariable, units: Units, path: str) -> Values:
        """A variable of each unit.

        Raises:
            ParameterError: there is no such indicator, field or period, it is no number, or no unit has it.
        """
        if isinstance(variable, FieldVariable):
            found = self._field(variable, units, path)
        else:
            found = self._indicator(variable, units, path)
            if variable.per:
                found = _ratio(found, self._indicator(variable.per, units, f"{path}.per"))
        if np.isnan(found.numbers).all():
            raise ParameterError(path, f"none of the {len(units)} features of '{units.layer.id}' has a value")
        return found

    def observed(self, asked: ObservedValue, path: str) -> Observed:
        """What stations observe of a parameter, over a time. Measured series go before synthetic ones.

        Raises:
            ParameterError: no station with a place observes it.
        """
        points = self.points(STATIONS, path)
        with transaction(self._database) as connection:
            known = known_series(connection)
            first, last = asked.days
            time = Interval(midnight(first), midnight(last + timedelta(days=1)))
            mine = preferred((one for one in known if one.parameter == asked.parameter), asked.synthetic, time)
            numbers = [one.number for one in mine]
            periods, load = over(connection, numbers, *asked.days), last_load(connection, numbers)
        series = {one.station: one for one in mine}
        stations = points.frame[points.frame.index.isin(series)]
        if stations.empty:
            of_kind = {one.parameter for one in known if asked.synthetic in (None, one.synthetic)}
            there = listed(sorted(of_kind), 20) or "nothing at all"
            kind = {None: "", True: "synthetic ", False: "measured "}[asked.synthetic]
            raise ParameterError(
                f"{path}.parameter", f"no station has {kind}values of '{asked.parameter}'; there is {there}"
            )
        self._loads[OBSERVATIONS] = load
        parameter = self._catalog.parameters.described(asked.parameter, mine[0].unit)
        return Observed(Units(points.layer, stations), parameter, series, periods)

    def stepped(self, wanted: Wanted, path: str) -> tuple[Units, list[Stepped]]:
        """The stations that have a place and a series of a parameter, and their series: the measured one, and the
        synthetic one only where nothing is measured.

        Raises:
            ParameterError: there is no such station, or the parameter is a direction.
        """
        stations = self.points(STATIONS, path)
        with self._database.connect() as connection:
            every = known_series(connection, stations=[str(fid) for fid in stations.ids])
            known = preferred(every, interval=wanted.interval)
            series = [one for one in known if one.parameter == wanted.parameter]
            if not series:
                there = ", ".join(sorted({one.parameter for one in known})) or "none yet"
                raise ParameterError(path, f"no station measures '{wanted.parameter}'; there are {there}")
            parameter = self._catalog.parameters.described(wanted.parameter, series[0].unit)
            if parameter.totals == "direction":
                raise ParameterError(path, f"'{parameter.code}' is a direction: it has no mean that could rise")
            self._loads[OBSERVATIONS] = last_load(connection, [one.number for one in series])
            statistics = (parameter.totals, "completeness")
            table = buckets(connection, series, Width(wanted.step), wanted.interval, statistics)
        owner = table["series"].to_numpy()
        found = {}
        for one in series:
            part = table.filter(owner == one.number)
            if part.num_rows:
                values, shares = part[parameter.totals], part["completeness"]
                steps = regular(local_days(part["time"], ZONE), values, shares, wanted.step, wanted.least)
                found[one.station] = Stepped(parameter, steps.over_by(today()), one.synthetic)
        if not found:
            raise ParameterError(path, f"no station measures '{wanted.parameter}' in these years")
        frame = stations.frame[stations.frame.index.isin(found)]
        return Units(stations.layer, frame), [found[station] for station in frame.index]

    @contextmanager
    def raster(self, layer_id: str, path: str = "inputs.raster") -> Iterator[tuple[Layer, Band]]:
        """A raster layer, open for reading.

        Raises:
            ParameterError: there is no such layer.
            NotLoaded: its file is not there.
        """
        layer, revision = self._layer(layer_id, path, "raster")
        file = self._processed / revision.relation
        if not file.is_file():
            raise NotLoaded(f"the file of layer '{layer_id}' is not there; {layer.remedy}")
        with rasterio.open(file) as dataset:
            yield layer, Band(dataset)

    def _layer(self, layer_id: str, path: str, *kinds: Kind) -> tuple[Layer, Revision]:
        try:
            known = self._derived.get(layer_id)
            layer = known.layer if known else self._catalog.layer(layer_id)
            if layer.kind not in kinds:
                raise LayerNotFound(f"layer '{layer_id}' is a {layer.kind}, not a {' or '.join(kinds)}")
        except LayerNotFound as error:
            raise ParameterError(path, str(error)) from None
        revision = self._current.get(layer_id)
        if revision is None:
            raise NotLoaded(f"layer '{layer_id}' is not loaded yet; {layer.remedy}")
        self._given[layer_id] = layer
        return layer, revision

    def _field(self, variable: FieldVariable, units: Units, path: str) -> Values:
        name = variable.field
        layer, revision = self._layer(variable.layer or units.layer.id, f"{path}.layer", "vector", "table")
        declared = layer.fields.get(name)
        if declared is None or declared.type not in NUMERIC_TYPES:
            numeric = ", ".join(other for other, known in layer.fields.items() if known.type in NUMERIC_TYPES)
            raise ParameterError(f"{path}.field", f"'{name}' is no numeric field of '{layer.id}'; there are: {numeric}")
        if revision.count > MOST_UNITS:
            raise ParameterError(f"{path}.layer", f"'{layer.id}' has {revision.count} features; {MOST_UNITS} are taken")
        read = read_columns(self._database, revision, [name])
        columns = list(read.types)
        column = pd.DataFrame(list(read.rows), columns=columns).set_index(read.key)[name]
        numbers = _among(column, units)
        return Values(
            name=name,
            title=declared.title or Text(ru=name, en=name),
            unit=declared.unit,
            digits=decimals(numbers) if declared.digits is None else declared.digits,
            numbers=numbers,
            less_is_better=None,
            path=path,
        )

    def _indicator(self, asked: PastValue, units: Units, path: str) -> Values:
        _, revision = self._layer(INDICATORS, path, "table")
        read = read_columns(
            self._database,
            revision,
            ["territory_id", "name_ru", "name_en", "period", "value", "unit", "flag"],
            {"indicator": asked.indicator},
        )
        rows = pd.DataFrame(list(read.rows), columns=list(read.types))
        rows = rows[rows["territory_id"].isin(units.ids)]
        if rows.empty:
            raise ParameterError(
                f"{path}.indicator", f"no feature of '{units.layer.id}' has an indicator '{asked.indicator}'"
            )
        periods = sorted(rows["period"].unique())
        period = periods[-1] if asked.period is None else asked.period
        if period not in periods:
            raise ParameterError(
                f"{path}.period",
                f"'{asked.indicator}' has no values of {period}; there are {listed(list(map(str, periods)))}",
            )
        rows = rows[rows["period"] == period]
        first = rows.iloc[0]
        title = Text(ru=f"{first['name_ru']}, {period}", en=f"{first['name_en']}, {period}")
        column = rows.set_index("territory_id")["value"]
        known = self._catalog.indicators.by_code.get(asked.indicator)
        marks = {mark: rows["territory_id"][rows["flag"] == mark].tolist() for mark in MARKS}
        numbers = _among(column, units)
        return Values(
            name=f"{asked.indicator}_{period}",
            title=title,
            unit=first["unit"],
            digits=known.digits if known else decimals(numbers),
            numbers=numbers,
            less_is_better=_DIRECTIONS[known.direction] if known else None,
            path=path,
            marks={mark: ids for mark, ids in marks.items() if ids},
        )


#: Whether less is better; where neither is, nobody says.
_DIRECTIONS: Mapping[str, bool | None] = {"less_is_better": True, "more_is_better": False, "neither": None}


def _ratio(above: Values, below: Values) -> Values:
    if not (below.numbers[~np.isnan(below.numbers)] > 0).all():
        raise ParameterError(below.path, f"'{below.name}' is not above 0 everywhere; nothing can be divided by it")
    numbers = above.numbers / below.numbers
    return Values(
        name=f"{above.name}_per_{below.name}",
        title=Text(ru=f"{above.title.ru} / {below.title.ru}", en=f"{above.title.en} / {below.title.en}"),
        unit="1" if above.unit == below.unit else f"{above.unit}/{below.unit}",
        digits=decimals(numbers),
        numbers=numbers,
        less_is_better=above.less_is_better,
        path=above.path,
        marks={
            mark: sorted({*above.marks.get(mark, ()), *below.marks.get(mark, ())}, key=str)
            for mark in (*above.marks, *below.marks)
        },
    )


def decimals(numbers: Numbers) -> int:
    """As many as show four significant digits of the usual number, and none of whole ones."""
    there = abs(numbers[~np.isnan(numbers) & (numbers != 0)])
    if not there.size or (there == there.round()).all():
        return 0
    return int(np.clip(3 - np.floor(np.log10(np.median(there))), 0, 9))


def _together(terms: Iterable[str]) -> str:
    """Terms of several sources, of which some name several, each once."""
    return "; ".join(dict.fromkeys(term for told in terms for term in told.split("; ")))


def _among(column: "pd.Series[Any]", units: Units) -> Numbers:
    found: Numbers = column.reindex(units.frame.index).to_numpy(np.float64, na_value=np.nan)
    return found


@contextmanager
def blamed(path: str) -> Iterator[None]:
    """What an analysis refuses is told with the path of the input that has brought it about.

    Raises:
        ParameterError: in place of an AnalysisError.
    """
    try:
        yield
    except AnalysisError as error:
        raise ParameterError(path, str(error)) from None
