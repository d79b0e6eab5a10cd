"""Search by name over all layers that declare it."""

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.catalog import Catalog
from altaigis.services.ledger import Ledger
from altaigis.store.search import Place, search_places

__all__ = ["Place", "SearchService"]


class SearchService:
    """Finds places by a part of their name in either language."""

    def __init__(self, database: AsyncEngine, ledger: Ledger, catalog: Catalog) -> None:
        self._database = database
        self._ledger = ledger
        self._catalog = catalog

    async def search(self, words: str, limit: int) -> list[Place]:
        """Places: the very name first, then names that begin with the words, by layer and length."""
        revisions = await self._ledger.revisions()
        searched = [layer for layer in self._catalog if layer.search and layer.kind == "vector"]
        loaded = [(layer, revisions[layer.id]) for layer in searched if layer.id in revisions]
        return await search_places(self._database, loaded, words, limit)
