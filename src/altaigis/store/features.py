"""Features of a revision."""

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.feature import Feature
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.store import select
from altaigis.store.pool import reading
from altaigis.store.versions import state
from altaigis.store.where import typed_fid


async def read_features(database: AsyncEngine, revision: Revision, query: FeatureQuery) -> list[Feature]:
    """The features of a page, and the first of the next page behind them if there is one."""
    statement = select.features(query, state(query.layer, revision))
    async with reading(database) as connection:
        rows = await connection.execute(statement)
        return [Feature(*row) for row in rows]


async def read_feature(database: AsyncEngine, revision: Revision, layer: Layer, fid: str) -> Feature | None:
    """One feature, or None if the layer has none with this id."""
    key = typed_fid(layer, fid)
    if key is None:
        return None
    statement = select.one_feature(layer, state(layer, revision), key)
    async with reading(database) as connection:
        row = (await connection.execute(statement)).first()
        return Feature(*row) if row else None


async def count_features(database: AsyncEngine, revision: Revision, query: FeatureQuery) -> int:
    """How many features the query selects on all pages."""
    async with reading(database) as connection:
        result = await connection.execute(select.count(query, state(query.layer, revision)))
        return int(result.scalar_one())
