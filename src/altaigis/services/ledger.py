"""What is loaded now, as the server sees it."""

import asyncio
import time

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.errors import NotLoaded
from altaigis.store.revisions import watch_revisions

#: A load is seen after this many seconds at the latest.
FRESH_SECONDS = 1.0


class Ledger:
    """The current revisions, looked up again when they are older than :data:`FRESH_SECONDS`."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database
        self._revisions: dict[str, Revision] = {}
        self._read_at = -float("inf")
        self._looking: asyncio.Future[dict[str, Revision]] | None = None

    async def revisions(self) -> dict[str, Revision]:
        """All current revisions by layer id."""
        if self._is_old():
            # All who ask share one look and its failure: a silent database must not be waited for in turns.
            if self._looking is None or self._looking.done():
                self._looking = asyncio.ensure_future(self.look())
            await asyncio.shield(self._looking)
        return self._revisions

    async def look(self) -> dict[str, Revision]:
        """All current revisions as the database has them at this moment."""
        begun = time.monotonic()
        found = await watch_revisions(self._database)
        # One that began earlier and ends later must not bring back what was
        if begun >= self._read_at:
            self._revisions, self._read_at = found, begun
        return self._revisions

    async def revision(self, layer: Layer) -> Revision:
        """The layer's current revision.

        Raises:
            NotLoaded: nothing has been loaded into it yet.
        """
        revision = (await self.revisions()).get(layer.id)
        if revision is None:
            raise NotLoaded(f"layer '{layer.id}' is declared, but has no data yet; run: altaigis etl run {layer.id}")
        return revision

    def _is_old(self) -> bool:
        return time.monotonic() - self._read_at > FRESH_SECONDS
