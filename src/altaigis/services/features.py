"""Features for every door: the layer's revision, the page, and how many there are in all."""

from collections import OrderedDict

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.feature import Feature, Page
from altaigis.domain.layer import Layer
from altaigis.domain.query import Expression, FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.errors import FeatureNotFound
from altaigis.services.ledger import Ledger
from altaigis.store.features import count_features, read_feature, read_features

#: Counts that are remembered; each is a small number under a small key.
REMEMBERED_COUNTS = 1000


class FeatureService:
    """Answers feature queries on the current revisions."""

    def __init__(self, database: AsyncEngine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        self._counts: OrderedDict[tuple[str, int, Expression], int] = OrderedDict()

    async def page(self, query: FeatureQuery) -> Page:
        """The features of one page, in the order of their ids."""
        revision = await self._ledger.revision(query.layer)
        features = await read_features(self._database, revision, query)
        more = len(features) > query.limit
        shown = tuple(features[: query.limit])
        return Page(shown, await self._count(query, revision), shown[-1].fid if more else None)

    async def count(self, query: FeatureQuery) -> int:
        """How many features the query selects; counted once for a revision and an expression."""
        return await self._count(query, await self._ledger.revision(query.layer))

    async def _count(self, query: FeatureQuery, revision: Revision) -> int:
        if query.where is None:
            return revision.count
        key = (query.layer.id, revision.number, query.where)
        if key not in self._counts:
            self._counts[key] = await count_features(self._database, revision, query)
            if len(self._counts) > REMEMBERED_COUNTS:
                self._counts.popitem(last=False)
        return self._counts[key]

    async def feature(self, layer: Layer, fid: str) -> Feature:
        """One feature.

        Raises:
            FeatureNotFound: the layer has none with this id.
        """
        revision = await self._ledger.revision(layer)
        feature = await read_feature(self._database, revision, layer, fid)
        if feature is None:
            raise FeatureNotFound(f"layer '{layer.id}' has no feature '{fid[:80]}'")
        return feature
