"""What the tests share: a PostGIS of their own, the real layers loaded into it, and a server on them."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from altaigis.app import create_app
from altaigis.domain.catalog import Catalog
from altaigis.etl.pipeline import run
from altaigis.etl.rawdata import RawData
from altaigis.etl.workspace import Workspace
from altaigis.layerfiles import read_catalog
from altaigis.settings import Settings
from altaigis.store.cluster import Cluster
from altaigis.store.pool import engine, require_postgis
from altaigis.store.schema import migrate

ROOT = Path(__file__).parents[1]
START_SECONDS = 120

#: The same examples in each run, however slow the machine is; ``--hypothesis-profile search`` looks for new ones.
_PATIENT = hypothesis_settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
hypothesis_settings.register_profile("repeatable", _PATIENT, derandomize=True, database=None)
hypothesis_settings.register_profile("search", _PATIENT)
hypothesis_settings.load_profile("repeatable")

#: Fixtures of its own kind beside this file.
pytest_plugins = ["observing", "projects", "serving", "meadows", "formats"]


@pytest.fixture(autouse=True, scope="session")
def _own_environment() -> None:
    """No setting of the developer's shell reaches a test."""
    for name in [name for name in os.environ if name.startswith("ALTAIGIS_")]:
        del os.environ[name]


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
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{urlsplit(template).path[1:]}"')
        return cluster.url.replace("/altaigis?", f"/{name}?")

    return copy


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

    @property
    def workspace(self) -> Workspace:
        places = RawData((self.settings.raw_dir,)), self.settings.processed_dir
        return Workspace(*places, engine(self.url), indicators=self.catalog.indicators)


@pytest.fixture(scope="session")
def installation(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """All layers of the repository, loaded. Tests read it; those that write make one of their own."""
    project = make_project(tmp_path_factory.mktemp("installation") / "project")
    settings = Settings(project=project, database_url=new_database())
    installed = Installation(settings, read_catalog(settings.layers_dir), settings.database_url or "")
    workspace = installed.workspace
    require_postgis(workspace.database)
    migrate(workspace.database)
    for layer in installed.catalog.in_load_order():
        run(layer, workspace)
    workspace.database.dispose()
    return installed


@pytest.fixture(scope="session")
def client(installation: Installation) -> Iterator[TestClient]:
    """The application on the real layers, without a network."""
    app = create_app(installation.settings, installation.catalog, installation.url)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def server_url(installation: Installation) -> Iterator[str]:
    """A real server on the real layers, as ``altaigis serve`` runs it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = os.environ | {
        "ALTAIGIS_PROJECT": str(installation.settings.project),
        "ALTAIGIS_DATABASE_URL": installation.url,
        "ALTAIGIS_PORT": str(port),
    }
    server = subprocess.Popen([sys.executable, "-m", "altaigis", "serve"], env=environment)
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
