"""Health, and what the server says when the database is away or empty."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from fastapi.testclient import TestClient

from altaigis.app import create_app
from altaigis.store.cluster import Cluster
from catalogs import project_catalog
from conftest import Installation

NEEDS_DATABASE = [
    "/collections",
    "/collections/districts",
    "/collections/districts/items",
    "/collections/districts/items?f=html",
    "/collections/districts/items/barnaul",
    "/tiles/districts/tilejson.json",
    "/tiles/districts/8/188/83.mvt",
    "/tiles/elevation/6/47/20.png",
    "/rasters/elevation/point?lon=84&lat=52",
    "/search?q=бийск",
    "/readyz",
]
NEEDS_NONE = ["/", "/conformance", "/api", "/healthz", "/collections/districts/schema", "/tileMatrixSets"]


def application(installation: Installation, url: str) -> TestClient:
    # what one database has derived is not brought into the catalog of another
    catalog = installation.catalog if url == installation.url else project_catalog()
    return TestClient(create_app(installation.settings, catalog, url), raise_server_exceptions=False)


def assert_unavailable(client: TestClient, path: str, code: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 503, path
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert "Traceback" not in answer.text
    if "f=html" in path:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    description: str = answer.json()["description"]
    return description


def test_a_server_with_all_layers_is_ready(client: TestClient, installation: Installation) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert answer.json() == {"status": "ready", "layers": len(installation.catalog)}
    assert answer.headers["cache-control"] == "no-store"


@pytest.fixture(scope="module")
def without_database(installation: Installation) -> Iterator[TestClient]:
    with application(installation, "postgresql://nobody@127.0.0.1:1/nothing") as client:
        yield client


@pytest.mark.parametrize("path", NEEDS_DATABASE)
def test_without_a_database_what_needs_it_says_so_at_once(without_database: TestClient, path: str) -> None:
    begun = time.monotonic()
    assert "database does not answer" in assert_unavailable(without_database, path, "DatabaseUnavailable")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("path", NEEDS_NONE)
def test_without_a_database_the_rest_goes_on(without_database: TestClient, path: str) -> None:
    assert without_database.get(path).status_code == 200


def test_a_password_in_the_address_of_the_database_is_not_told(installation: Installation) -> None:
    with application(installation, "postgresql://nobody:secret-word@127.0.0.1:1/nothing") as client:
        assert "secret-word" not in client.get("/readyz").text


def test_a_database_that_is_silent_holds_nobody_for_long(installation: Installation) -> None:
    """Something accepts the connection and never speaks, as a firewall or a hung machine does."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with application(installation, f"postgresql://nobody@127.0.0.1:{port}/nothing") as client:
            begun = time.monotonic()
            with ThreadPoolExecutor(4) as threads:
                answers = list(threads.map(client.get, ["/collections/districts/items"] * 4))
            assert time.monotonic() - begun < 15
            assert [answer.status_code for answer in answers] == [503] * 4


def test_a_database_that_goes_away_and_comes_back(
    installation: Installation, cluster: Cluster, new_database: Callable[[], str]
) -> None:
    url = new_database()
    name = url.partition("?")[0].rpartition("/")[2]
    with application(installation, url) as client:
        assert client.get("/collections").status_code == 200
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            connection.execute(f'ALTER DATABASE "{name}" RENAME TO "{name}_away"')
        time.sleep(1.1)
        assert_unavailable(client, "/collections", "DatabaseUnavailable")
        assert_unavailable(client, "/readyz", "DatabaseUnavailable")
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}_away" RENAME TO "{name}"')
        assert client.get("/collections").status_code == 200


def test_layers_that_are_not_loaded_are_named(installation: Installation, new_database: Callable[[], str]) -> None:
    url = new_database()
    with application(installation, url) as client:
        missing = assert_unavailable(client, "/readyz", "NotLoaded")
        assert all(layer.id in missing for layer in installation.catalog)
        for path in NEEDS_DATABASE[2:9]:
            assert_unavailable(client, path, "NotLoaded")
        listed = client.get("/collections/districts").json()
        assert listed["itemCount"] is None
        assert "extent" not in listed
        assert client.get("/search?q=бийск").json()["features"] == []
        for path in ("/collections", "/collections/districts"):
            page = client.get(f"{path}?f=html&lang=ru")
            assert page.status_code == 200
        assert "ещё не загружено" in page.text
