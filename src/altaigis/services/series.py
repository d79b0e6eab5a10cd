"""Stations and their series: which there are, what each says now, and one of them or a clear refusal."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.catalog import Catalog
from altaigis.domain.layer import Layer
from altaigis.domain.observation import STATIONS, SYNTHETIC
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.domain.series import Latest, Series, preferred
from altaigis.domain.text import Language
from altaigis.errors import ParameterError, StationNotFound
from altaigis.services.ledger import Ledger
from altaigis.store.features import read_features
from altaigis.store.observations.reading import known_series, latest
from altaigis.store.pool import reading

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


class SeriesService:
    """``database`` is the asynchronous engine for reading. Stations are remembered by the revision of their layer."""

    def __init__(self, database: AsyncEngine, ledger: Ledger, catalog: Catalog) -> None:
        self._database = database
        self._ledger = ledger
        self._catalog = catalog
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
        """One series of each parameter of a station, or of all of them; see :func:`preferred`."""
        stations = None if station is None else [station]
        return preferred(await self.read(lambda connection: known_series(connection, stations)), synthetic)

    async def latest(self, parameter: str | None = None, *, synthetic: bool | None = None) -> list[Latest]:
        """The newest value of each series that the same would find."""
        parameters = None if parameter is None else [parameter]
        found = await self.read(lambda connection: latest(connection, parameters=parameters))
        chosen = {one.number for one in preferred((it.series for it in found), synthetic)}
        return [it for it in found if it.series.number in chosen]

    async def find(self, station: str, parameter: str | None, synthetic: bool | None = None) -> Series:
        """The series of a parameter at a station: the measured one before the synthetic one, unless one is asked for.

        Raises:
            StationNotFound: there is no such station.
            ParameterError: it has no such series; the text says which it has.
        """
        await self.station(station)
        known = await self.read(lambda connection: known_series(connection, [station]))
        there = ", ".join(dict.fromkeys(it.parameter for it in known)) or "no parameter yet"
        if parameter is None:
            raise ParameterError("parameter", f"is required; station {station} has {there}")
        of_parameter = [it for it in known if it.parameter == parameter]
        if not of_parameter:
            raise ParameterError("parameter", f"station {station} has no '{parameter[:60]}'; it has {there}")
        found = preferred(of_parameter, synthetic)
        if not found:
            kind = SYNTHETIC if synthetic else "measured"
            raise ParameterError(SYNTHETIC, f"the series of {parameter} at station {station} is not {kind}")
        return found[0]


def _place(geometry: str | None) -> tuple[float, float] | None:
    if geometry is None:
        return None
    lon, lat = json.loads(geometry)["coordinates"][:2]
    return lon, lat
