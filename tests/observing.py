"""What the tests of observations share: a database with the real stations, and rows to load."""

import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
from sqlalchemy import Engine, text

from altaigis.domain.catalog import Catalog
from altaigis.domain.observation import STATIONS, Origin, Receipt
from altaigis.etl.observations import Source, load
from altaigis.etl.pipeline import run
from altaigis.etl.rawdata import RawData
from altaigis.etl.workspace import Workspace
from altaigis.store.pool import engine
from catalogs import ROOT, project_catalog

BARNAUL = "WMO-29838"
HEADER = "station,parameter,time,value,unit"


@dataclass(frozen=True)
class Observatory:
    """A database that has the stations and no observations yet."""

    url: str
    database: Engine
    catalog: Catalog

    def load(self, data: bytes | str, *, zone: str | None = None, source: str = "test", **options: Any) -> Receipt:
        body = data.encode() if isinstance(data, str) else data
        origin = Origin("user test", "test.csv", source, zone)
        return load(self.database, self.catalog, Source(io.BytesIO(body)), origin, **options)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def one(self, query: str) -> Any:
        return self.rows(query)[0][0]

    def frame(self, query: str) -> pd.DataFrame:
        with self.database.connect() as connection:
            return pd.read_sql(text(query), connection)


@pytest.fixture(scope="session")
def stations_url(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the real stations, to be copied."""
    url = new_database()
    load_stations(url, tmp_path_factory.mktemp("processed"))
    return url


def load_stations(url: str, folder: Path) -> None:
    """Into a database with our tables; ``folder`` is for what the ETL writes."""
    database = engine(url)
    workspace = Workspace(RawData((ROOT / "data" / "raw",)), folder, database)
    for layer in project_catalog().in_load_order([STATIONS]):
        run(layer, workspace)
    database.dispose()


@pytest.fixture
def observatory(
    stations_url: str, copy_of_database: Callable[[str], str], drop_database: Callable[[str], None]
) -> Iterator[Observatory]:
    url = copy_of_database(stations_url)
    with observatory_at(url) as made:
        yield made
    drop_database(url)


@contextmanager
def observatory_at(url: str) -> Iterator[Observatory]:
    """With the stations of a database that has them."""
    database = engine(url)
    yield Observatory(url, database, project_catalog())
    database.dispose()


def load_and_die(url: str, catalog: Catalog, data: str, statement: str) -> None:
    """Load, in a process of its own that ends by SIGKILL before the first statement that begins like this one."""

    def deadly(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
            if (query if isinstance(query, str) else query.as_string(None)).startswith(statement):
                os.kill(os.getpid(), signal.SIGKILL)
            return method(self, query, *arguments, **options)

        return call

    for name in ("execute", "copy"):
        setattr(psycopg.Cursor, name, deadly(getattr(psycopg.Cursor, name)))
    Observatory(url, engine(url), catalog).load(data)


def csv(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def temperature(time: str, value: object, *, station: str = BARNAUL, unit: str = "°C") -> str:
    return f"{station},air_temperature,{time},{value},{unit}"
