"""Search by name over all layers that declare it."""

import asyncio
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.catalog import Catalog
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.domain.spelling import other_layout
from altaigis.services.ledger import Ledger
from altaigis.services.names import MISTAKE, Key, Names
from altaigis.store.search import Place, Searched, read_names, read_places, search_places

__all__ = ["Place", "SearchService"]

#: Names of layers with more features are not kept in memory: there a name is found as it is written.
MOST_NAMES = 100_000


class SearchService:
    """Finds places by a part of their name in either language; where there is none, by one that is spelt alike."""

    def __init__(self, database: AsyncEngine, ledger: Ledger, catalog: Catalog) -> None:
        self._database = database
        self._ledger = ledger
        self._catalog = catalog
        self._names: dict[str, tuple[Revision, Names]] = {}
        self._reading = asyncio.Lock()

    async def search(self, words: str, limit: int) -> list[Place]:
        """Places: the very name first, then names that begin with the words, by layer and length; where no name holds
        them, those that are approximate, the most alike first."""
        if not any(sign.isalnum() for sign in words):
            return []
        revisions = await self._ledger.revisions()
        searched = [layer for layer in self._catalog if layer.search and layer.kind == "vector"]
        loaded = [(layer, revisions[layer.id]) for layer in searched if layer.id in revisions]
        found = await search_places(self._database, loaded, words, limit)
        if found or len(words) < 2:
            return found
        swapped = other_layout(words)
        found = await search_places(self._database, loaded, swapped, limit) or await self._alike(
            loaded, (words, swapped), limit
        )
        return [replace(place, approximate=True) for place in found]

    async def _alike(self, layers: list[Searched], spellings: tuple[str, ...], limit: int) -> list[Place]:
        known = [
            (number, await self._names_of(*one)) for number, one in enumerate(layers) if one[1].count <= MOST_NAMES
        ]
        keys = await asyncio.to_thread(_most_alike, known, spellings)
        return await read_places(self._database, layers, keys[:limit])

    async def _names_of(self, layer: Layer, revision: Revision) -> Names:
        async with self._reading:
            known, names = self._names.get(layer.id, (None, None))
            if names is None or known != revision:
                named = await read_names(self._database, layer, revision)
                names = await asyncio.to_thread(Names, named, f"{layer.title.ru} {layer.title.en}")
                self._names[layer.id] = revision, names
            return names


def _most_alike(known: list[tuple[int, Names]], spellings: tuple[str, ...]) -> list[tuple[int, Key]]:
    """Keys of features behind the numbers of their layers, whose names are most like the first spelling that any is
    like."""
    for words in spellings:
        found = sorted((far, number, key) for number, names in known for key, far in names.like(words).items())
        if found:
            best = found[0][0] // MISTAKE
            # beside names with one mistake, those with two are worth showing; beside none, nothing is
            most = (best + 1 + (best > 0)) * MISTAKE
            return [(number, key) for far, number, key in found if far < most]
    return []
