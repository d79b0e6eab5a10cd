"""create_app: the one place where the parts meet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.routing import Mount

from altaigis import __version__
from altaigis.api import (
    alerts,
    archives,
    collections,
    editing,
    errors,
    events,
    health,
    indicators,
    items,
    jobs,
    landing,
    norms,
    notebooks,
    observations,
    overview,
    passports,
    processes,
    queryables,
    rasters,
    search,
    series,
    snapshots,
    stations,
    statistics,
    styles,
    tiles,
    web,
)
from altaigis.api.methods import Methods
from altaigis.api.origins import CORS, Origins
from altaigis.api.presence import Presence
from altaigis.api.state import State
from altaigis.api.tile_door import TileDoor
from altaigis.api.wfs import router as wfs
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
from altaigis.services.seeds import FOLDER, Seeds
from altaigis.services.series import SeriesService
from altaigis.services.snapshots import SnapshotService
from altaigis.services.statistics import StatisticsService
from altaigis.services.tiles import TileService, tile_cache
from altaigis.services.times import TimeService
from altaigis.settings import Settings
from altaigis.store.pool import async_engine, engine

#: What is asked for most stands first, for a request is held against one route after the other.
ROUTERS = (
    *(items, tiles, wfs, landing, collections, queryables, rasters, styles, search, indicators, observations, archives),
    *(events, overview, stations, series, statistics, norms, alerts, passports, snapshots, processes, jobs),
    *(notebooks, health),
)


def create_app(settings: Settings, catalog: Catalog, database_url: str) -> TileDoor:
    """The server of a catalog on a database. It needs none to begin, and connects when there is one."""
    database, drawing = async_engine(database_url), async_engine(database_url, for_tiles=True)
    writable = engine(database_url)
    news = NewsService(database, events.encode_news, events.encode_sign)
    ledger = Ledger(database, catalog, news.hear)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        following = [asyncio.create_task(service.follow()) for service in (ledger, news)]
        yield
        for task in following:
            task.cancel()
        await asyncio.wait(following)
        writable.dispose()
        await database.dispose()
        await drawing.dispose()

    app = FastAPI(
        title="AltaiGIS",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    observed = SeriesService(database, ledger, catalog)
    held = NormService(ledger, catalog, observed)
    cache, seeds = tile_cache(settings.tile_cache_mb * 1_000_000), Seeds(settings.processed_dir)
    rasters_of = RasterService(ledger, settings.processed_dir, cache, seeds)
    indicators_of = IndicatorService(database, ledger, catalog)
    features_of = FeatureService(database, ledger)
    app.state.altaigis = state = State(
        catalog=catalog,
        ledger=ledger,
        features=features_of,
        outlines=OutlineService(database, ledger),
        times=TimeService(database, ledger),
        tiles=TileService(drawing, cache, seeds),
        rasters=rasters_of,
        search=SearchService(database, ledger, catalog),
        observations=ObservationService(writable, catalog),
        news=news,
        editing=EditingService(writable, ledger),
        jobs=JobService(writable, ledger, catalog, settings.processed_dir),
        indicators=indicators_of,
        passports=PassportService(database, ledger, catalog, indicators_of, rasters_of),
        snapshots=SnapshotService(catalog, features_of, rasters_of, indicators_of),
        series=observed,
        norms=held,
        overview=OverviewService(catalog, observed, held),
        alerts=AlertService(catalog, observed),
        statistics=StatisticsService(observed, catalog),
        archives=settings.processed_dir / FOLDER,
        public_url=settings.public_url,
        contact=settings.contact,
    )
    routers = [*(module.router for module in ROUTERS), editing.router(catalog)]
    for router in routers:
        app.include_router(router)
    web.mount(app)
    errors.install(app)
    mounted = [route for route in app.routes if isinstance(route, Mount)]
    app.add_middleware(Methods, routes=[*(route for router in routers for route in router.routes), *mounted])
    app.add_middleware(Origins)
    app.add_middleware(Presence)
    return TileDoor(app, state, CORS)
