"""Alerts as they are asked for: some of them, with the words and places of their stations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from altaigis.alerts.words import words
from altaigis.domain.alert import Alert
from altaigis.domain.catalog import Catalog
from altaigis.domain.text import Text
from altaigis.services.series import SeriesService
from altaigis.store.alerts import Wanted, read_alerts

__all__ = ["AlertService", "Told", "Wanted"]


@dataclass(frozen=True)
class Told:
    """An alert, what it says in few words, and where its station stands, in degrees, if that is known."""

    alert: Alert
    words: Text
    place: tuple[float, float] | None


class AlertService:
    def __init__(self, catalog: Catalog, series: SeriesService) -> None:
        self._catalog = catalog
        self._series = series

    async def alerts(self, wanted: Wanted, limit: int, offset: int = 0) -> tuple[Sequence[Told], int]:
        """Those that are wanted, the newest first, and how many there are in all."""
        found, count = await self._series.read(lambda connection: read_alerts(connection, wanted, limit, offset))
        now = datetime.now(UTC)
        stations = await self._series.stations() if found else {}
        told = []
        for alert in found:
            station = stations.get(alert.held.station)
            properties = station.properties if station else {}
            told.append(Told(alert, words(alert, self._catalog, properties, now), station.place if station else None))
        return told, count
