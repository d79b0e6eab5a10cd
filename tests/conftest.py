"""What the tests share: a PostGIS of their own, the real layers loaded into it, and a server on them."""

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine

from altaigis.app import create_app
from altaigis.domain.catalog import Catalog
from altaigis.domain.observation import Origin
from altaigis.etl.observations import Source, load
from altaigis.etl.pipeline import run
from altaigis.etl.rawdata import RawData
from altaigis.etl.workspace import Workspace
from altaigis.settings import Settings
from altaigis.store.cluster import Cluster
from altaigis.store.jobs import jobs
from altaigis.store.pool import engine, require_postgis
from altaigis.store.schema import migrate
from catalogs import ROOT, project_catalog
from jobs.toys import made

#: A station of the air with a day of values.
AIR = "AIR-BRN-1"
#: A job that is done, in the installation that the tests share.
JOB = UUID("6f3c1b52-6f0e-4a3e-9d0c-2b8f3f6f0a11")
START_SECONDS = 120

#: The same examples in each run, however slow the machine is; ``--hypothesis-profile search`` looks for new ones.
_PATIENT = hypothesis_settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
hypothesis_settings.register_profile("repeatable", _PATIENT, derandomize=True, database=None)
hypothesis_settings.register_profile("search", _PATIENT)
hypothesis_settings.load_profile("repeatable")

#: Fixtures of its own kind beside this file.
pytest_plugins = ["observing", "projects", "serving", "meadows", "formats", "warming"]


@pytest.fixture(autouse=True, scope="session")
def _own_environment() -> None:
    """No setting of the developer's shell reaches a test."""
    for name in [name for name in os.environ if name.startswith("ALTAIGIS_")]:
        del os.environ[name]
    # a server of a test has no worker beside it, but where it is about jobs
    os.environ["ALTAIGIS_JOBS"] = "0"
    # nor series that it makes up
    os.environ["ALTAIGIS_DEMONSTRATION"] = "0"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running PostGIS. Not in pytest's own folder: that is closed to the user that PostgreSQL runs as."""
    home = Path(tempfile.mkdtemp(prefix="altaigis-", dir="/var/tmp"))
    home.chmod(0o711)
    cluster = Cluster(home, durable=False)
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def copy_of_database(cluster: Cluster) -> Callable[[str], str]:
    """Copies a database of the cluster that nobody is connected to; from URL to URL."""

    def copy(template: str) -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            # by files: through the log, every block would be written twice
            source = urlsplit(template).path[1:]
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy')
        return cluster.url.replace("/altaigis?", f"/{name}?")

    return copy


@pytest.fixture(scope="session")
def drop_database(cluster: Cluster) -> Callable[[str], None]:
    """Takes a database away. What tests leave behind by the hundred would be written to the disk in the end."""

    def drop(url: str) -> None:
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{urlsplit(url).path[1:]}" WITH (FORCE)')

    return drop


@pytest.fixture(scope="session")
def empty_database(cluster: Cluster, copy_of_database: Callable[[str], str]) -> Callable[[], str]:
    """Makes a database in the cluster with nothing in it and gives its URL."""
    return partial(copy_of_database, cluster.url.replace("/altaigis?", "/template0?"))


@pytest.fixture(scope="session")
def new_database(empty_database: Callable[[], str], copy_of_database: Callable[[str], str]) -> Callable[[], str]:
    """The same with PostGIS and our own tables, copied: to make them takes longer than most tests."""
    template = empty_database()
    prepare(template)
    return partial(copy_of_database, template)


def prepare(url: str) -> None:
    """Makes our own tables in a database."""
    database = engine(url)
    require_postgis(database)
    migrate(database)
    database.dispose()


def make_project(folder: Path, *, layers: Path = ROOT / "layers", raw: Path = ROOT / "data" / "raw") -> Path:
    """A project folder with layer files and raw data of somebody's and a data/processed of its own."""
    (folder / "data" / "processed").mkdir(parents=True)
    (folder / "layers").symlink_to(layers)
    (folder / "data" / "raw").symlink_to(raw)
    return folder


@dataclass(frozen=True)
class Installation:
    """The project's real layers in a database."""

    settings: Settings
    catalog: Catalog
    url: str
    #: The same database for copies: nobody is ever connected to it.
    template: str = ""

    @property
    def workspace(self) -> Workspace:
        places = RawData((self.settings.raw_dir,)), self.settings.processed_dir
        return Workspace(*places, engine(self.url), indicators=self.catalog.indicators)


@pytest.fixture(scope="session")
def installation(
    new_database: Callable[[], str], copy_of_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """All layers of the repository, loaded. Tests read it; those that write make one of their own."""
    project = make_project(tmp_path_factory.mktemp("installation") / "project")
    settings = Settings(project=project, database_url=new_database())
    installed = Installation(settings, project_catalog(), settings.database_url or "")
    workspace = installed.workspace
    require_postgis(workspace.database)
    migrate(workspace.database)
    for layer in installed.catalog.in_load_order():
        run(layer, workspace)
    row = {"id": JOB, "process": "zonal-statistics", "version": "1", "inputs": {}, "digest": "", "result": "districts"}
    with workspace.database.begin() as connection:
        connection.execute(jobs.insert().values(**row, status="successful", progress=100))
    observe_wind(workspace.database, installed.catalog)
    workspace.database.dispose()
    copied = replace(installed, template=copy_of_database(installed.url))
    # series that are long enough for statistics, of which the copies know nothing
    observe_months(workspace.database, installed.catalog)
    workspace.database.dispose()
    return copied


def observe_months(database: Engine, catalog: Catalog) -> None:
    """Twelve years of temperatures at one station, and a day of nitrogen dioxide at another."""
    # plugins are no modules to import before they are registered
    from observing import csv
    from warming import HALF, monthly

    day = [f"{AIR},nitrogen_dioxide,2024-01-01T{hour:02}:00:00Z,{hour},µg/m³" for hour in range(24)]
    body = csv(*monthly(HALF, 0.06, first=2001, last=2012), *day).encode()
    load(database, catalog, Source(io.BytesIO(body)), Origin("user test", "months.csv", "test"))


def observe_wind(database: Engine, catalog: Catalog) -> None:
    """A day of wind at one station."""
    told = [("wind_speed", "m/s", range(24)), ("wind_direction", "°", range(0, 360, 15))]
    rows = [
        f"WMO-29838,{parameter},2020-01-01T{hour:02}:00:00Z,{value},{unit}"
        for parameter, unit, values in told
        for hour, value in enumerate(values)
    ]
    body = "\n".join(["station,parameter,time,value,unit", *rows]).encode()
    load(database, catalog, Source(io.BytesIO(body)), Origin("user test", "wind.csv", "test"))


@pytest.fixture(scope="session")
def client(installation: Installation) -> Iterator[TestClient]:
    """The application on the real layers, without a network."""
    app = create_app(installation.settings, installation.catalog, installation.url)
    with pytest.MonkeyPatch.context() as patched, TestClient(app, raise_server_exceptions=False) as client:
        # of this application alone: others run beside it in the same process
        jobs = app._services.jobs
        patched.setattr(jobs, "derivation_of", partial(made, jobs))
        yield client


@pytest.fixture(scope="session")
def server_url(installation: Installation) -> Iterator[str]:
    """A real server on the real layers, as ``altaigis serve`` runs it."""
    with running_server(installation.settings.project, installation.url) as url:
        yield url


@contextmanager
def running_server(project: Path, database_url: str, **environment: str) -> Iterator[str]:
    """``altaigis serve`` on the layers of a project that are in a database; its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    told = {
        "ALTAIGIS_PROJECT": str(project),
        "ALTAIGIS_DATABASE_URL": database_url,
        "ALTAIGIS_PORT": str(port),
    }
    server = subprocess.Popen([sys.executable, "-m", "altaigis", "serve"], env=os.environ | told | environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=START_SECONDS)


def wait_until_ready(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Return when the server answers; fail when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, f"the server ended with {server.returncode}"
        try:
            if httpx.get(f"{url}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(f"no answer at {url} within {START_SECONDS} seconds")
