"""What the tests of observations share: a database with the real stations, and rows to load."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from altaigis.domain.layer import Layer
from altaigis.domain.observation import STATIONS, Origin, Receipt
from altaigis.etl.observations import Source, load
from altaigis.etl.pipeline import Workspace, run
from altaigis.layerfiles import read_catalog
from altaigis.store.pool import engine, require_postgis
from altaigis.store.schema import migrate

ROOT = Path(__file__).parents[1]
BARNAUL = "WMO-29838"
HEADER = "station,parameter,time,value,unit"


@dataclass(frozen=True)
class Observatory:
    """A database that has the stations and no observations yet."""

    url: str
    database: Engine
    stations: Layer

    def load(self, data: bytes | str, *, zone: str | None = None, source: str = "test", **options: Any) -> Receipt:
        body = data.encode() if isinstance(data, str) else data
        origin = Origin("user test", "test.csv", source, zone)
        return load(self.database, self.stations, Source(io.BytesIO(body)), origin, **options)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def one(self, query: str) -> Any:
        return self.rows(query)[0][0]

    def frame(self, query: str) -> pd.DataFrame:
        with self.database.connect() as connection:
            return pd.read_sql(text(query), connection)


@pytest.fixture
def observatory(new_database: Callable[[], str], tmp_path: Path) -> Any:
    url = new_database()
    database = engine(url)
    require_postgis(database)
    migrate(database)
    layer = read_catalog(ROOT / "layers").layer(STATIONS)
    run(layer, Workspace(ROOT / "data" / "raw", tmp_path, database))
    yield Observatory(url, database, layer)
    database.dispose()


def csv(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def temperature(time: str, value: object, *, station: str = BARNAUL, unit: str = "°C") -> str:
    return f"{station},air_temperature,{time},{value},{unit}"
