"""Passports of territories: what is known of a unit, or of several taken together, with its source and its place."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import pandas as pd
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.analytics import typology
from altaigis.domain.catalog import Catalog
from altaigis.domain.indicator import Indicator, Territories, Value
from altaigis.domain.layer import Layer
from altaigis.domain.passport import Named, PassportRule, Place
from altaigis.domain.revision import Revision
from altaigis.domain.text import Text
from altaigis.errors import AnalysisError, FeatureNotFound, NotLoaded, ParameterError
from altaigis.etl.cube.selection import take_together
from altaigis.services.cache import Cache
from altaigis.services.ground import Grid, Share, cover_of, grid_of, height_of
from altaigis.services.indicators import IndicatorService
from altaigis.services.ledger import Ledger
from altaigis.services.rasters import RasterService
from altaigis.store.passports import read_inside, read_shapes, read_touching, read_units

#: Of a list of names in an address, in characters: those of all units have room in it.
LONGEST = 2000
#: Features of a layer that are listed, and peers of a unit.
MOST_LISTED, PEERS = 30, 5
#: Passports that are remembered, and what one weighs, about.
KEPT_BYTES, WEIGHT = 16_000_000, 30_000
#: Values by indicator.
Cube = Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True)
class Figure:
    """An indicator of the territory in the last period that has a value: its ``place`` among the units (the best first,
    or the largest where none is better; none where the ``grid`` that it comes of cannot tell it), and the value of the
    ``whole``. Without a value there is none of the units taken together where ``can_be_taken_together`` is false, else
    none was published."""

    code: str
    one: Indicator
    value: Value
    place: Place | None
    whole: float | None
    can_be_taken_together: bool
    grid: Grid | None

    @property
    def is_too_fine(self) -> bool:
        """Whether there is a value, but its grid cannot tell it."""
        return self.grid is not None and self.value.value is not None and not self.grid.tells(self.value.value)


@dataclass(frozen=True)
class Contents:
    """What lies of a layer in the territory: how many, and the largest of them."""

    layer: Layer
    count: int
    found: tuple[Named, ...]


@dataclass(frozen=True)
class Peer:
    """A unit that is much like another: root mean square difference in standard deviations."""

    unit: Named
    distance: float


@dataclass(frozen=True)
class Passport:
    """All that is told of ``units``. They are a ``group`` where they are exactly its members. ``height`` is the lowest
    and the highest value of the raster, ``grids`` are those of rasters by layer. ``peers`` are those of each unit.
    ``revisions`` are those that it is made from, by layer."""

    units: tuple[Named, ...]
    group: tuple[str, Text] | None
    figures: tuple[Figure, ...]
    members: Mapping[str, tuple[Figure, ...]]
    cover: tuple[Share, ...]
    height: tuple[float, float] | None
    grids: Mapping[str, Grid]
    contents: tuple[Contents, ...]
    neighbours: tuple[Named, ...]
    beyond: tuple[Named, ...]
    peers: Mapping[str, tuple[Peer, ...]]
    revisions: Mapping[str, Revision]

    @property
    def is_of_one(self) -> bool:
        """Whether it is of a single unit."""
        return len(self.units) == 1


@dataclass(frozen=True)
class Selection:
    """Units that are asked for, and the state of everything that is told of them."""

    units: tuple[Named, ...]
    group: str | None
    revisions: Mapping[str, Revision]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(unit.fid for unit in self.units)

    @property
    def state(self) -> tuple[object, ...]:
        """What a passport depends on."""
        return self.ids, *sorted((layer, one.state) for layer, one in self.revisions.items())


class PassportService:
    def __init__(
        self,
        database: AsyncEngine,
        ledger: Ledger,
        catalog: Catalog,
        indicators: IndicatorService,
        rasters: RasterService,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._catalog = catalog
        self._indicators = indicators
        self._rasters = rasters
        self._known: Cache[Passport] = Cache(KEPT_BYTES, lambda _: WEIGHT)
        self._units: tuple[str, tuple[tuple[Named, tuple[object, ...]], ...]] = ("", ())

    @property
    def about(self) -> Territories:
        """Raises NotLoaded: no indicators are declared."""
        found = self._catalog.indicators.territories
        if found is None:
            raise NotLoaded("no file of layers/indicators tells what territories there are, so there are no passports")
        return found

    @property
    def layer(self) -> Layer:
        """The units."""
        return self._catalog.layer(self.about.units)

    @property
    def rule(self) -> PassportRule:
        return self.about.passport

    async def select(self, text: str) -> Selection:
        """Units by their ids and groups by theirs, parted by commas, each unit once.

        Raises:
            FeatureNotFound: there is neither a unit nor a group of such a name.
            ParameterError: the list is too long.
            NotLoaded: the units are not loaded.
        """
        if len(text) > LONGEST:
            raise ParameterError(
                "units", f"is longer than {LONGEST} characters; a group like krai has all of its units"
            )
        known, groups = await self._all_units()
        ids: dict[str, None] = {}
        for name in filter(None, (part.strip() for part in text.split(","))):
            if name not in known and name not in groups:
                there = f"/collections/{self.layer.id}/items lists the units; groups are {', '.join(groups)}"
                raise FeatureNotFound(f"there is no territory '{name[:60]}'; {there}")
            ids |= dict.fromkeys(groups.get(name, (name,)))
        if not ids:
            raise FeatureNotFound("a passport is of one unit at least, like /passports/smolensky")
        group = next((name for name, members in groups.items() if {*members} == {*ids}), None)
        return Selection(tuple(known[name] for name in ids), group if len(ids) > 1 else None, await self._revisions())

    async def passport(self, selection: Selection) -> Passport:
        """All that is told of a selection.

        Raises:
            NotLoaded: no values of indicators are loaded.
        """
        return await self._known.get(selection.state, partial(self._made, selection))

    async def names(self) -> tuple[Named, ...]:
        """All units, in the order of their ids."""
        return tuple((await self._all_units())[0].values())

    async def _made(self, selection: Selection) -> Passport:
        cube, zones = await self._cube(), await self._zones(selection)
        grids = await self._grids(selection, zones)
        contents, neighbours, beyond = await self._around(selection)
        cover, height = await self._ground(selection, zones)
        return Passport(
            units=selection.units,
            group=(selection.group, self.about.groups[selection.group].title) if selection.group else None,
            figures=await self._figures(selection, cube, grids),
            members=await self._members(selection, cube, zones),
            cover=cover,
            height=height,
            grids=grids,
            contents=contents,
            neighbours=neighbours,
            beyond=beyond,
            peers=await self._peers(selection, cube),
            revisions=selection.revisions,
        )

    async def _revisions(self) -> Mapping[str, Revision]:
        revisions = await self._ledger.revisions()
        named = {self.layer.id, self._indicators.layer.id} | self.rule.layers
        return {name: revisions[name] for name in sorted(named) if name in revisions}

    async def _all_units(self) -> tuple[dict[str, Named], dict[str, tuple[str, ...]]]:
        """The units by id, and the members of groups."""
        revision, groups = await self._ledger.revision(self.layer), self.about.groups
        fields = sorted({field for group in groups.values() for field in group.where})
        if self._units[0] != revision.state:
            self._units = revision.state, tuple(await read_units(self._database, self.layer, revision, fields))
        rows = [(unit.fid, dict(zip(fields, values, strict=True))) for unit, values in self._units[1]]
        members = {
            name: tuple(fid for fid, told in rows if all(told[key] == wanted for key, wanted in group.where.items()))
            for name, group in groups.items()
        }
        return {unit.fid: unit for unit, _ in self._units[1]}, members

    async def _cube(self) -> Cube:
        there = await self._indicators.periods()
        if not there:
            raise NotLoaded(f"there are no values of indicators yet; run: altaigis etl run {self._indicators.layer.id}")
        codes = [code for code in self._catalog.indicators.by_code if code in there]
        return {code: (await self._indicators.slice(code)).values for code in codes}

    async def _figures(self, selection: Selection, cube: Cube, grids: Mapping[str, Grid]) -> tuple[Figure, ...]:
        if len(selection.ids) == 1 or selection.group:
            return self._told(cube, _of(selection.group or selection.ids[0], cube), grids)
        made = await asyncio.to_thread(take_together, self._catalog.indicators, cube, selection.ids)
        return self._told(cube, made, grids)

    def _told(self, cube: Cube, own: Mapping[str, Sequence[Value]], grids: Mapping[str, Grid]) -> tuple[Figure, ...]:
        """All indicators of a territory whose ``own`` values these are."""
        found = []
        for code, rows in cube.items():
            one = self._catalog.indicators.by_code[code]
            value = _last(own.get(code, ())) or _nothing(max(row.period for row in rows))
            grid = _coarsest(grids[word] for word in (value.source or "").split("; ") if word in grids)
            place = None if grid and not grid.tells(value.value or 0) else _place(value, rows, one)
            whole = (it.value for it in rows if it.territory == self.about.whole and it.period == value.period)
            together = one.aggregation != "none" or value.kind == "unit"
            found.append(Figure(code, one, value, place, next(whole, None), together, grid))
        return tuple(found)

    async def _members(
        self, selection: Selection, cube: Cube, zones: gpd.GeoDataFrame
    ) -> Mapping[str, tuple[Figure, ...]]:
        """The first figures of each unit, where there are several."""
        if len(selection.ids) == 1:
            return {}
        first = {code: cube[code] for code in self.rule.key if code in cube}
        return {
            unit: self._told(first, _of(unit, first), await self._grids(selection, zones.loc[[unit]]))
            for unit in selection.ids
        }

    async def _zones(self, selection: Selection) -> gpd.GeoDataFrame:
        """The polygons of the units by their ids."""
        shapes = await read_shapes(self._database, self.layer, selection.revisions[self.layer.id], selection.ids)
        geometry = gpd.GeoSeries.from_wkb([wkb for _, wkb in shapes], index=[fid for fid, _ in shapes], crs="EPSG:4326")
        return gpd.GeoDataFrame(geometry=geometry)

    async def _grids(self, selection: Selection, zones: gpd.GeoDataFrame) -> Mapping[str, Grid]:
        """The cells of the rasters that the passport tells of, by layer."""
        names = [name for name in (self.rule.cover, self.rule.height) if name and name in selection.revisions]
        files = {name: await self._rasters.file(self._catalog.layer(name)) for name in names}
        return {name: grid_of(file, zones) for name, file in files.items()}

    async def _around(self, selection: Selection) -> tuple[tuple[Contents, ...], tuple[Named, ...], tuple[Named, ...]]:
        """What lies inside, the units that touch it, and what touches it from beyond."""
        revisions, contents = selection.revisions, []
        for name, rule in self.rule.inside.items():
            if name in revisions:
                layer = self._catalog.layer(name)
                count, found = await read_inside(
                    self._database, layer, revisions[name], rule, selection.units, MOST_LISTED
                )
                contents.append(Contents(layer, count, tuple(found)))
        mine = self.layer, revisions[self.layer.id]
        neighbours = await read_touching(self._database, mine, selection.ids, mine)
        beyond: list[Named] = []
        if self.rule.beyond and self.rule.beyond in revisions:
            other = self._catalog.layer(self.rule.beyond), revisions[self.rule.beyond]
            beyond = await read_touching(self._database, mine, selection.ids, other)
        return tuple(contents), tuple(neighbours), tuple(beyond)

    async def _ground(
        self, selection: Selection, zones: gpd.GeoDataFrame
    ) -> tuple[tuple[Share, ...], tuple[float, float] | None]:
        """What covers the land, and its lowest and highest place."""
        there = selection.revisions
        cover, height = (
            self._catalog.layer(name) if name and name in there else None
            for name in (self.rule.cover, self.rule.height)
        )
        return (
            await asyncio.to_thread(cover_of, await self._rasters.file(cover), cover, zones) if cover else (),
            await asyncio.to_thread(height_of, await self._rasters.file(height), zones) if height else None,
        )

    async def _peers(self, selection: Selection, cube: Cube) -> Mapping[str, tuple[Peer, ...]]:
        """The units most like each; none where it lacks one of the indicators."""
        codes = [code for code in self.rule.peers if code in cube]
        if not codes:
            return {}
        units = await self.names()
        columns = {code: _latest(cube[code]) for code in codes}
        frame = pd.DataFrame({code: [column.get(unit.fid) for unit in units] for code, column in columns.items()})
        return await asyncio.to_thread(_alike, frame.astype(float), units, selection.ids)


def _alike(frame: pd.DataFrame, units: Sequence[Named], ids: Sequence[str]) -> Mapping[str, tuple[Peer, ...]]:
    """The units most like each of ``ids``; a row of the frame a unit."""
    at, alike = {unit.fid: row for row, unit in enumerate(units)}, {}
    for fid in ids:
        try:
            found = typology.peers(frame, at[fid], PEERS)
        except AnalysisError:
            continue
        pairs = zip(found.units, found.distances, strict=True)
        alike[fid] = tuple(Peer(units[int(place)], round(float(far), 2)) for place, far in pairs)
    return alike


def _last(values: Sequence[Value]) -> Value | None:
    """The last value that is there, else the last one that is missing."""
    return max(values, key=lambda it: (it.value is not None, it.period), default=None)


def _of(territory: str, cube: Cube) -> Cube:
    return {code: tuple(row for row in rows if row.territory == territory) for code, rows in cube.items()}


def _nothing(period: int) -> Value:
    return Value("", "zone", period, None, "missing", None, None, None, None)


def _coarsest(grids: Iterable[Grid]) -> Grid | None:
    return max(grids, key=lambda grid: grid.minutes, default=None)


def _place(value: Value, rows: Sequence[Value], one: Indicator) -> Place | None:
    """The place of a unit among those that have a value in the same period; equal ones share theirs."""
    if value.kind != "unit" or value.value is None:
        return None
    others = [row.value for row in rows if row.kind == "unit" and row.period == value.period and row.value is not None]
    own = value.value
    before = [it < own if one.direction == "less_is_better" else it > own for it in others]
    return Place(1 + sum(before), others.count(own), len(others))


def _latest(rows: Sequence[Value]) -> dict[str, float]:
    """The values of units in the last period."""
    last = max(row.period for row in rows)
    return {
        row.territory: row.value for row in rows if row.period == last and row.kind == "unit" and row.value is not None
    }
