"""What is loaded now, as the server sees it."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.catalog import Catalog
from altaigis.domain.derivation import Derived
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.errors import AltaiError, NotLoaded
from altaigis.store.derivations import last_retired, watch_derived
from altaigis.store.notices import REVISIONS, Notice, notices
from altaigis.store.revisions import watch_revisions

log = logging.getLogger("altaigis.services")

#: A load is seen after this many seconds at the latest, where nobody tells of it.
FRESH_SECONDS = 1.0
#: Who asks for a layer that is not there has it looked for, unless somebody else has had so long ago.
AGAIN_SECONDS = 0.25
#: Who listens looks all the same after so many seconds of silence: a backup that is restored tells nothing.
SILENT_SECONDS = 5.0
#: What is known while somebody listens is good for so long: he looks more often, unless something holds him up.
FOLLOWED_SECONDS = 3 * SILENT_SECONDS
#: Pauses between attempts to listen, the first and the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0


class Ledger:
    """The current revisions, and with them the derived layers of a catalog. While :meth:`follow` hears of changes,
    nobody has to ask for them; otherwise they are looked up again when they are older than :data:`FRESH_SECONDS`.

    ``hear`` is told all that is heard on the way, which may be of other things; and nothing, where something may have
    been missed.
    """

    def __init__(
        self,
        database: AsyncEngine,
        catalog: Catalog | None = None,
        hear: Callable[[Sequence[Notice]], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._hear = hear
        self._revisions: dict[str, Revision] = {}
        self._retired: datetime | None = None
        self._read_at = self._told_at = -float("inf")
        self._good_for = FRESH_SECONDS
        self._looking: asyncio.Future[dict[str, Revision]] | None = None

    async def revisions(self) -> dict[str, Revision]:
        """All current revisions by layer id."""
        if self._is_old():
            await self._look_together()
        return self._revisions

    async def expect(self, layer_ids: Collection[str]) -> None:
        """Looks for layers that the catalog does not know: another process may just have made them. There is no more
        than one look in :data:`AGAIN_SECONDS`, however many ask for what is not there."""
        if self._catalog is None or all(name in self._catalog for name in layer_ids):
            return
        if time.monotonic() - self._read_at > AGAIN_SECONDS:
            await self._look_together()

    async def _look_together(self) -> None:
        """All who ask share one look and its failure: a silent database must not be waited for in turns."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self.look())
        await asyncio.shield(self._looking)

    async def look(self) -> dict[str, Revision]:
        """All current revisions as the database has them at this moment."""
        begun = time.monotonic()
        found = await watch_revisions(self._database, self._revisions)
        derived = await self._derived(found)
        is_less = self._read_at == -float("inf") or not self._revisions.keys() <= found.keys()
        retired = await last_retired(self._database) if self._catalog and is_less else self._retired
        # One that began earlier and ends later must not bring back what was
        if begun >= self._read_at:
            if self._catalog is not None:
                self._catalog.bring(derived)
            self._revisions, self._retired, self._read_at = found, retired, begun
        return self._revisions

    async def _derived(self, found: Mapping[str, Revision]) -> dict[str, Derived]:
        """The derived layers among these; what has not changed since the last look is not read again."""
        if self._catalog is None:
            return {}
        former, known = self._revisions, self._catalog.derived
        undeclared = {name: one for name, one in found.items() if name not in self._catalog.declared}
        new = {one.relation for name, one in undeclared.items() if former.get(name) != one}
        read = await watch_derived(self._database, new) if new else {}
        now = {
            name: read.get(one.relation) if one.relation in new else known.get(name) for name, one in undeclared.items()
        }
        return {name: one for name, one in now.items() if one}

    @property
    def retired(self) -> datetime | None:
        """When a layer was taken away for the last time; None where none ever was."""
        return self._retired

    async def revision(self, layer: Layer) -> Revision:
        """The layer's current revision.

        Raises:
            NotLoaded: nothing has been loaded into it yet.
        """
        revision = (await self.revisions()).get(layer.id)
        if revision is None:
            raise NotLoaded(f"layer '{layer.id}' is declared, but has no data yet; run: altaigis etl run {layer.id}")
        return revision

    def known(self, layer: Layer) -> Revision | None:
        """The same where it is known without asking, else None."""
        return None if self._is_old() else self._revisions.get(layer.id)

    async def follow(self) -> NoReturn:
        """Listens to what loads and edits tell, and begins anew whenever the database has been away."""
        pause = FIRST_PAUSE
        while True:
            try:
                async with aclosing(notices(self._database, SILENT_SECONDS)) as heard:
                    async for told in heard:
                        self._hear(told)
                        if not told or any(notice.channel == REVISIONS for notice in told):
                            await self._look_anew(bool(told))
                        self._good_for, pause = FOLLOWED_SECONDS, FIRST_PAUSE
            except (AltaiError, SQLAlchemyError) as error:
                log.warning("changes are asked for, not heard of: %s", error)
            finally:
                self._good_for = FRESH_SECONDS
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _look_anew(self, is_told: bool) -> None:
        """A look for all who ask from now on; one that was begun before knows nothing of what has been told."""
        if is_told:
            self._told_at = time.monotonic()
        self._looking = asyncio.ensure_future(self.look())
        await self._looking

    def _is_old(self) -> bool:
        return self._read_at < self._told_at or time.monotonic() - self._read_at > self._good_for
