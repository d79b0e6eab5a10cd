"""What the routes work with: handed over once by ``create_app``, asked for by each route."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from altaigis.domain.catalog import Catalog
from altaigis.services.alerts import AlertService
from altaigis.services.editing import EditingService
from altaigis.services.features import FeatureService
from altaigis.services.indicators import IndicatorService
from altaigis.services.jobs import JobService
from altaigis.services.ledger import Ledger
from altaigis.services.news import NewsService
from altaigis.services.norms import NormService
from altaigis.services.observations import ObservationService
from altaigis.services.outlines import OutlineService
from altaigis.services.overview import OverviewService
from altaigis.services.passports import PassportService
from altaigis.services.rasters import RasterService
from altaigis.services.search import SearchService
from altaigis.services.series import SeriesService
from altaigis.services.snapshots import SnapshotService
from altaigis.services.statistics import StatisticsService
from altaigis.services.tiles import TileService
from altaigis.services.times import TimeService


@dataclass(frozen=True)
class State:
    """The catalog and the services of one server. ``archives`` is the folder of those that are served as files;
    ``public_url`` is the root of all links behind a proxy, ``contact`` who answers for the server."""

    catalog: Catalog
    ledger: Ledger
    features: FeatureService
    outlines: OutlineService
    times: TimeService
    tiles: TileService
    rasters: RasterService
    search: SearchService
    observations: ObservationService
    news: NewsService
    editing: EditingService
    jobs: JobService
    indicators: IndicatorService
    series: SeriesService
    norms: NormService
    overview: OverviewService
    alerts: AlertService
    statistics: StatisticsService
    passports: PassportService
    snapshots: SnapshotService
    archives: Path
    public_url: str | None
    contact: str


def state(request: Request) -> State:
    found = request.app.state.altaigis
    assert isinstance(found, State), "create_app hands the state over before it answers"
    return found


async def expecting(request: Request) -> State:
    """The same, when the layers that the address names have been looked for: another process may have made them."""
    found, parts = state(request), request.path_params
    if named := parts.get("collection_id") or parts.get("layer_id"):
        await found.ledger.expect(named.split(","))
    return found


Services = Annotated[State, Depends(expecting)]
