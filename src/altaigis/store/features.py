"""Features of a revision."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import InternalError
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.extract import Form, Rows
from altaigis.domain.feature import Feature
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.errors import ParameterError
from altaigis.store import select
from altaigis.store.pool import reading
from altaigis.store.versions import state
from altaigis.store.where import typed_fid


async def read_features(database: AsyncEngine, revision: Revision, query: FeatureQuery) -> list[Feature]:
    """The features of a page, and the first of the next page behind them if there is one.

    Raises:
        ParameterError: a feature cannot be brought into the query's CRS.
    """
    statement = select.features(query, state(query.layer, revision))
    async with _transforming(query.crs), reading(database) as connection:
        rows = await connection.execute(statement)
        return [Feature(*row) for row in rows]


async def read_rows(database: AsyncEngine, revision: Revision, query: FeatureQuery, form: Form) -> Rows:
    """The same as rows in the form that an encoder asks for."""
    statement = select.features(query, state(query.layer, revision), form)
    async with _transforming(query.crs), reading(database) as connection:
        rows: Rows = (await connection.execute(statement)).all()
        return rows


async def read_feature(
    database: AsyncEngine, revision: Revision, layer: Layer, fid: str, crs: Crs = CRS84
) -> Feature | None:
    """One feature, or None if the layer has none with this id."""
    key = typed_fid(layer, fid)
    if key is None:
        return None
    statement = select.one_feature(layer, state(layer, revision), key, crs)
    async with _transforming(crs), reading(database) as connection:
        row = (await connection.execute(statement)).first()
        return Feature(row.fid, row.geometry, row.properties, version=row.version) if row else None


async def count_features(database: AsyncEngine, revision: Revision, query: FeatureQuery) -> int:
    """How many features the query selects on all pages."""
    async with reading(database) as connection:
        result = await connection.execute(select.count(query, state(query.layer, revision)))
        return int(result.scalar_one())


@asynccontextmanager
async def _transforming(crs: Crs) -> AsyncIterator[None]:
    try:
        yield
    except InternalError as error:
        # PROJ's way of saying that a place lies beyond what a projection can show
        if "transform" not in str(error.orig):
            raise
        raise ParameterError("crs", f"{crs.uri} has no coordinates for some of these features") from error
