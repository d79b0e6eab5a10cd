"""Connections: what is refused, what is survived, and how it is said."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from altaigis.app import create_app
from altaigis.errors import DatabaseUnavailable, QueryTooLong
from altaigis.layerfiles import read_catalog
from altaigis.settings import Settings
from altaigis.store import pool, schema
from altaigis.store.cluster import Cluster
from altaigis.store.pool import async_engine, engine, reading, require_postgis, transaction
from altaigis.store.revisions import current_revisions
from altaigis.store.schema import NEWEST, migrate
from conftest import make_project


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    database = engine(url)
    try:
        yield database
    finally:
        database.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody:secret@127.0.0.1:1/none",
        "postgresql://nobody@nowhere.invalid/none",
        "postgresql://nobody@/none?host=/nowhere",
    ],
)
@pytest.mark.parametrize("act", [require_postgis, current_revisions])
def test_an_unreachable_database_is_one_line(url: str, act: Callable[[Engine], object]) -> None:
    with opened(url) as database:
        with pytest.raises(DatabaseUnavailable) as error:
            act(database)
        assert "\n" not in str(error.value)
        assert "secret" not in str(error.value)


@pytest.mark.parametrize("url", ["", "nonsense", "postgresql://h:port/x", "mysql://h/x", "http://h/x", "sqlite://"])
def test_what_is_no_database_url(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="database URL"):
        engine(url)


def test_an_option_that_no_database_has() -> None:
    with opened("postgresql://127.0.0.1:1/none?nonsense=1") as database, pytest.raises(DatabaseUnavailable):
        require_postgis(database)


def test_a_missing_database_and_an_old_postgis(empty_database: Callable[[], str]) -> None:
    url = empty_database()
    elsewhere = url.replace("/test_", "/nothing_")
    with opened(elsewhere) as database, pytest.raises(DatabaseUnavailable, match="does not exist"):
        require_postgis(database)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis SCHEMA public")
        connection.execute("ALTER FUNCTION public.postgis_lib_version() RENAME TO real_version")
        connection.execute("CREATE FUNCTION postgis_lib_version() RETURNS text LANGUAGE sql AS $$ SELECT '3.2.7' $$")
    needed = r"has PostGIS 3\.2\.7; 3\.3 or newer is needed"
    with opened(url) as database, pytest.raises(DatabaseUnavailable, match=needed):
        require_postgis(database)


@pytest.mark.parametrize("version", ["3.3.0", "3.10.1", "4.0.0dev"])
def test_a_new_enough_postgis(empty_database: Callable[[], str], version: str) -> None:
    url = empty_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis SCHEMA public")
        connection.execute("ALTER FUNCTION public.postgis_lib_version() RENAME TO real_version")
        connection.execute(
            f"CREATE FUNCTION postgis_lib_version() RETURNS text LANGUAGE sql AS $$ SELECT '{version}' $$".encode()
        )
    with opened(url) as database:
        require_postgis(database)


def test_migrations_can_run_again(empty_database: Callable[[], str]) -> None:
    url = empty_database()

    def bring_up() -> None:
        with opened(url) as database:
            require_postgis(database)
            migrate(database)

    bring_up()
    bring_up()
    with opened(url) as database:
        with transaction(database) as connection:
            versions = connection.execute(text("SELECT version_num FROM altaigis.alembic_version")).scalars().all()
            assert versions == [NEWEST]
            assert connection.execute(text("SHOW TimeZone")).scalar_one() == "UTC"
        assert current_revisions(database) == {}


def test_the_newest_form_is_that_of_the_last_migration() -> None:
    folder = Path(schema.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == NEWEST


def test_a_second_start_does_without_alembic(empty_database: Callable[[], str]) -> None:
    url = empty_database()
    script = (
        "import sys\n"
        "from altaigis.store.pool import engine, require_postgis\n"
        "from altaigis.store.schema import migrate\n"
        "database = engine(sys.argv[1])\n"
        "require_postgis(database)\n"
        "migrate(database)\n"
        "print('alembic' in sys.modules)\n"
    )
    said = [subprocess.check_output([sys.executable, "-c", script, url], text=True).strip() for _ in range(2)]
    assert said == ["True", "False"]


def test_processes_that_start_at_once_make_the_tables_once(empty_database: Callable[[], str]) -> None:
    url = empty_database()
    script = (
        "import sys\n"
        "from altaigis.store.pool import engine, require_postgis\n"
        "from altaigis.store.schema import migrate\n"
        "database = engine(sys.argv[1])\n"
        "require_postgis(database)\n"
        "migrate(database)\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script, url], stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    complaints = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0] * len(started), complaints


def test_a_long_query_is_cancelled(empty_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "STATEMENT_SECONDS", 1)

    async def wait() -> None:
        database = async_engine(empty_database())
        with pytest.raises(QueryTooLong):
            async with reading(database) as connection:
                await connection.execute(text("SELECT pg_sleep(30)"))
        await database.dispose()

    asyncio.run(wait())


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    home = Path(tempfile.mkdtemp(prefix="altaigis-", dir="/var/tmp"))
    home.chmod(0o711)
    cluster = Cluster(home, durable=False)
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(home)


def test_the_server_survives_a_restart_of_the_database(own_cluster: Cluster, tmp_path: Path) -> None:
    settings = Settings(project=make_project(tmp_path / "project"), database_url=own_cluster.url)
    with opened(own_cluster.url) as database:
        require_postgis(database)
        migrate(database)
    app = create_app(settings, read_catalog(settings.layers_dir), own_cluster.url)
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/search", params={"q": "Барнаул"}).status_code == 200
        own_cluster.stop()
        assert client.get("/readyz").status_code == 503
        own_cluster.start()
        assert client.get("/search", params={"q": "Барнаул"}).status_code == 200


def test_who_asks_for_features_is_not_told_where_the_database_is(tmp_path: Path) -> None:
    async def ask() -> None:
        database = async_engine(f"postgresql://nobody@/nothing?host={tmp_path}")
        try:
            async with reading(database):
                pass
        finally:
            await database.dispose()

    with pytest.raises(DatabaseUnavailable, match="the database does not answer: ") as told:
        asyncio.run(ask())
    assert str(tmp_path) not in str(told.value)
