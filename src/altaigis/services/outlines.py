"""Outlines of whole layers for the small maps of the pages: made once for a revision."""

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.layer import Layer
from altaigis.services.ledger import Ledger
from altaigis.store.outlines import MOST, read_outlines_soon

#: Pixels across the map that the outlines are simplified for.
STEPS = 640


class OutlineService:
    """Remembers the outlines of the current revision of each layer."""

    def __init__(self, database: AsyncEngine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        self._known: dict[str, tuple[int, tuple[str, ...]]] = {}

    async def outlines(self, layer: Layer) -> tuple[str, ...]:
        """GeoJSON geometries in EPSG:4326. None where nothing is loaded, or more than makes a map that is small."""
        revision = (await self._ledger.revisions()).get(layer.id)
        if revision is None or revision.extent is None or revision.count > MOST:
            return ()
        number, found = self._known.get(layer.id, (0, ()))
        if number != revision.number:
            found = tuple(await read_outlines_soon(self._database, layer, revision, revision.extent, STEPS))
            self._known[layer.id] = (revision.number, found)
        return found
