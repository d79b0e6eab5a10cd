"""Starting: the database, the load of what has changed, the server; and stopping them in order."""

import gc
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from threading import Thread

import uvicorn
from uvicorn.supervisors import Multiprocess

from altaigis.api.protocol import Protocol
from altaigis.api.tile_door import TileDoor
from altaigis.app import create_app
from altaigis.domain.catalog import Catalog
from altaigis.errors import SettingsError
from altaigis.etl.cube.outstanding import outstanding
from altaigis.etl.fingerprint import pending
from altaigis.etl.ledgers import ledger_marks
from altaigis.etl.rawdata import RawData
from altaigis.jobs.beside import Beside, environment
from altaigis.jobs.errand import Errand
from altaigis.settings import Settings
from altaigis.store.cluster import Cluster
from altaigis.store.pool import engine, require_postgis
from altaigis.store.revisions import current_revisions
from altaigis.store.schema import migrate

Say = Callable[[str], None]


def up(settings: Settings, catalog: Catalog, say: Say) -> None:
    """Start the database if it is ours, load what has changed, and serve until a signal comes.

    What cannot be loaded is told, and the former state of that layer is served.

    Raises:
        SettingsError, ClusterError, DatabaseUnavailable: nothing has been started.
    """
    with _listening(settings) as listener:
        if settings.database_url:
            _serve_loaded(settings, catalog, settings.database_url, listener, say)
            return
        cluster = Cluster(settings.home)
        say(f"==> PostGIS in {settings.home}")
        with cluster.use() as mine:
            cluster.start()
            try:
                _serve_loaded(settings, catalog, cluster.url, listener, say)
            finally:
                cluster.stop_unless_needed(mine)


def serve(settings: Settings, catalog: Catalog, database_url: str, say: Say) -> None:
    """Serve what is loaded until a signal comes.

    Raises:
        SettingsError, DatabaseUnavailable: nothing has been started.
    """
    settings = settings.model_copy(update={"demonstration": False})
    embedded = nullcontext() if settings.database_url else Cluster(settings.home).use()
    with _listening(settings) as listener, embedded:
        _serve(settings, catalog, database_url, listener, say)


def _serve_loaded(settings: Settings, catalog: Catalog, database_url: str, listener: socket.socket, say: Say) -> None:
    database = engine(database_url)
    require_postgis(database)
    migrate(database)
    revisions = current_revisions(database)
    work = pending(
        catalog.in_load_order(),
        RawData(settings.raw_dirs),
        settings.processed_dir,
        revisions,
        ledger_marks(database, revisions, catalog.indicators, frozenset(layer.id for layer in catalog)),
    )
    work_of_indicators = outstanding(database, catalog, revisions)
    database.dispose()
    if work or work_of_indicators:
        _load(settings, database_url, say)
    _serve(settings, catalog, database_url, listener, say)


def _load(settings: Settings, database_url: str, say: Say) -> None:
    say("==> Layers")
    # A process of its own: the libraries of the ETL would stay in the server's memory for ever.
    # A start does not wait for other people's servers where there is a copy of what they have.
    command = [sys.executable, "-m", "altaigis", "etl", "run", "--copies"]
    environment = os.environ | {
        "ALTAIGIS_DATABASE_URL": database_url,
        "ALTAIGIS_DATA": os.pathsep.join(map(str, settings.data)),
    }
    loaded = subprocess.run(command, env=environment, check=False)  # noqa: S603 - our own command
    if loaded.returncode:
        say("==> Not everything could be loaded (see above); the map shows what is there")


#: Made-up series come when the server answers already: they are shown, and nothing waits for them.
DEMONSTRATE = ("observations", "demonstrate", "--at-start")
#: GDAL would take a twentieth of the machine's memory for blocks of rasters that have been read; our tiles are cached.
GDAL_CACHE_MB = "32"


def _serve(settings: Settings, catalog: Catalog, database_url: str, listener: socket.socket, say: Say) -> None:
    database = engine(database_url)
    require_postgis(database)
    migrate(database)
    if not current_revisions(database):
        say("==> Nothing is loaded yet; load it with: altaigis etl run")
    database.dispose()
    os.environ.setdefault("GDAL_CACHEMAX", GDAL_CACHE_MB)
    _allow_connections()
    config = uvicorn.Config(
        partial(_application, settings, catalog, database_url),
        factory=True,
        http=Protocol,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=10,
        workers=settings.workers,
        timeout_worker_healthcheck=SILENT_WORKER_SECONDS,
    )
    place = f"==> The map is at {address(settings)}  (Ctrl-C ends it)"
    errand = Errand(DEMONSTRATE if settings.demonstration else (), environment(settings, database_url))
    with Beside(settings, database_url, say) as jobs, errand:
        ready = _Ready(place, say, jobs, errand)
        if settings.workers > 1:
            _Workers(config, listener, ready).run()
        else:
            _Server(config, ready).run(sockets=[listener])


#: Each connection is an open file, and everybody who listens to what is measured keeps one.
MOST_FILES = 65_536


def _allow_connections() -> None:
    """As many open files as the system lets us have: what it gives without being asked is often 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


#: A worker that says nothing for so long hangs, and another takes its place; on a slow machine a start takes a while.
SILENT_WORKER_SECONDS = 60
#: The server's clock ticks ten times a second.
TICKS_A_LOOK = 10


#: A thread that computes lets others go on after so long; Python's own 5 ms is most of what a small load takes.
TURN_SECONDS = 0.0005


def _application(settings: Settings, catalog: Catalog, database_url: str) -> TileDoor:
    """What a process serves; a worker ends with the process that has started it, however that one ends."""
    if starter := parent_process():
        Thread(target=_end_with, args=(starter,), daemon=True).start()
    application = create_app(settings, catalog, database_url)
    # What is there now stays for good: to look through it for garbage would hold up requests
    gc.collect()
    gc.freeze()
    # Who loads beside the server talks with the database all the time, and would wait its turn after each answer
    sys.setswitchinterval(TURN_SECONDS)
    return application


def _end_with(starter: BaseProcess) -> None:
    starter.join()
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass(frozen=True)
class _Ready:
    """What a server does when it answers: it says where, and has jobs and an errand done beside it."""

    place: str
    say: Say
    jobs: Beside
    errand: Errand

    def __call__(self, *more: str) -> None:
        self.say("\n".join([self.place, *more]))
        self.jobs.start()
        self.errand.start()


class _Server(uvicorn.Server):
    """Says where it is when it is there."""

    def __init__(self, config: uvicorn.Config, ready: _Ready) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_A_LOOK == 0:
            self._ready.jobs.look()
        return await super().on_tick(counter)


class _Workers(Multiprocess):
    """Several processes at one socket; one that ends is started again."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, ready: _Ready) -> None:
        super().__init__(config, [listener])
        self._ready = ready

    def init_processes(self) -> None:
        super().init_processes()
        self._hear_of_ends()
        if all(process.wait_until_ready(SILENT_WORKER_SECONDS) for process in self.processes):
            self._ready(f"==> {len(self.processes)} workers")

    def keep_subprocess_alive(self) -> None:
        before = [process.pid for process in self.processes]
        super().keep_subprocess_alive()
        self._hear_of_ends()
        self._ready.jobs.look()
        for former, process in zip(before, self.processes, strict=True):
            if process.pid != former:
                self._ready.say(f"==> Worker {former} has ended; worker {process.pid} takes its place")

    def _hear_of_ends(self) -> None:
        """Leave the workers' ends of the pipes to them alone: one that dies while it is asked how it is closes its own,
        and would not be missed for as long as an answer may take."""
        for process in self.processes:
            process.child_conn.close()


def address(settings: Settings) -> str:
    """Where a browser on this machine finds the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    host = f"[{host}]" if ":" in host else host
    return settings.public_url or f"http://{host}:{settings.port}"


def _listening(settings: Settings) -> socket.socket:
    """The server's socket, taken before any work begins: a busy port must not cost a load."""
    try:
        return socket.create_server((settings.host, settings.port), backlog=2048, family=_family(settings.host))
    except (OSError, UnicodeError) as error:  # UnicodeError: no host can have this name
        reason = getattr(error, "strerror", None) or str(error)
        place = f"{settings.host}:{settings.port}"
        raise SettingsError(f"cannot listen on {place}: {reason}; choose ALTAIGIS_HOST, ALTAIGIS_PORT") from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
