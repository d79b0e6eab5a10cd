"""The time that a layer's features lie in: looked for once for a revision."""

from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.extent import Span
from altaigis.domain.layer import Layer
from altaigis.services.ledger import Ledger
from altaigis.store.times import read_span


class TimeService:
    """Remembers the span of the current revision of each layer."""

    def __init__(self, database: AsyncEngine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        self._known: dict[str, tuple[int, Span | None]] = {}

    async def span(self, layer: Layer) -> Span | None:
        """None where nothing is loaded, or no feature has a time."""
        revision = (await self._ledger.revisions()).get(layer.id)
        if revision is None or layer.kind == "raster":
            return None
        number, found = self._known.get(layer.id, (0, None))
        if number != revision.number:
            found = await read_span(self._database, layer, revision)
            self._known[layer.id] = (revision.number, found)
        return found
