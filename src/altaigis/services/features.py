"""Features for every door: the layer's revision, the page, and how many there are in all."""

from collections import OrderedDict
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.expression import Expression
from altaigis.domain.feature import Feature, Page
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.errors import FeatureNotFound
from altaigis.services.ledger import Ledger
from altaigis.store.features import count_features, read_feature, read_features
from altaigis.store.revisions import read_past_revision

#: Counts that are remembered; each is a small number under a small key.
REMEMBERED_COUNTS = 1000


class FeatureService:
    """Answers feature queries on the current revisions."""

    def __init__(self, database: AsyncEngine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        self._counts: OrderedDict[tuple[str, int, Expression], int] = OrderedDict()

    async def page(self, query: FeatureQuery) -> Page:
        """The features of one page, in the query's order."""
        revision = await self.revision(query.layer, query.as_of)
        features = await read_features(self._database, revision, query)
        more = len(features) > query.limit
        shown = tuple(features[: query.limit])
        after = (shown[-1].cursor or shown[-1].fid) if more else None
        return Page(shown, await self._count(query, revision), after)

    async def count(self, query: FeatureQuery) -> int:
        """How many features the query selects; counted once for a revision and an expression."""
        return await self._count(query, await self.revision(query.layer, query.as_of))

    async def _count(self, query: FeatureQuery, revision: Revision) -> int:
        if query.where is None:
            return revision.count
        key = (query.layer.id, revision.number, query.where)
        if key not in self._counts:
            self._counts[key] = await count_features(self._database, revision, query)
            if len(self._counts) > REMEMBERED_COUNTS:
                self._counts.popitem(last=False)
        return self._counts[key]

    async def revision(self, layer: Layer, as_of: int | datetime | None = None) -> Revision:
        """The layer's current revision, or a former one by its number or a time at which it was current.

        Raises:
            NotLoaded: nothing has been loaded into the layer yet.
            RevisionNotFound: there is no such revision, or its data cannot be read any more.
        """
        now = await self._ledger.revision(layer)
        if as_of is None or as_of == now.number:
            return now
        return await read_past_revision(self._database, layer, as_of)

    async def feature(self, layer: Layer, fid: str, as_of: int | datetime | None = None) -> Feature:
        """One feature.

        Raises:
            FeatureNotFound: the layer has none with this id.
            RevisionNotFound: there is no revision that ``as_of`` names.
        """
        revision = await self.revision(layer, as_of)
        feature = await read_feature(self._database, revision, layer, fid)
        if feature is None:
            raise FeatureNotFound(f"layer '{layer.id}' has no feature '{fid[:80]}'")
        return feature
