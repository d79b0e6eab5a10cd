"""A database with the synthetic layer of ``filters.examples``."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest
import shapely
from sqlalchemy import Engine, select, text

from altaigis.domain.expression import Expression
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.domain.run import Run
from altaigis.store import load
from altaigis.store.pool import engine, require_postgis
from altaigis.store.revisions import current_revisions
from altaigis.store.schema import layer_table, migrate
from altaigis.store.where import condition
from filters.examples import COLUMNS, MEADOWS, ROWS


class Meadows:
    """The layer in a database."""

    def __init__(self, url: str, database: Engine, revision: Revision) -> None:
        self.url, self.database, self.revision = url, database, revision
        self.table = layer_table(MEADOWS, revision.relation)

    def select(self, where: Expression) -> tuple[int, ...]:
        statement = select(self.table.c.number).where(condition(FeatureQuery(MEADOWS, where), self.table))
        with self.database.connect() as connection:
            return tuple(connection.execute(statement.order_by(self.table.c.number)).scalars())

    def plan(self, where: Expression) -> str:
        statement = select(self.table.c.number).where(condition(FeatureQuery(MEADOWS, where), self.table))
        compiled = statement.compile(self.database)
        with self.database.connect() as connection:
            connection.execute(text("SET enable_seqscan = off"))
            return "\n".join(connection.exec_driver_sql(f"EXPLAIN {compiled}", compiled.params).scalars())


def _stored(value: Any) -> Any:
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkb(value)
    return value


@pytest.fixture(scope="session")
def meadows(new_database: Callable[[], str]) -> Iterator[Meadows]:
    url = new_database()
    database = engine(url)
    require_postgis(database)
    migrate(database)
    assert tuple(MEADOWS.fields) == COLUMNS
    columns = ([_stored(value) for value in column] for column in zip(*ROWS, strict=True))
    rows = pa.table(dict(zip(COLUMNS, columns, strict=True)))
    load.load_table(database, MEADOWS, load.Incoming(rows, Run("meadows", "loaded", "f", {})))
    yield Meadows(url, database, current_revisions(database)["meadows"])
    database.dispose()
