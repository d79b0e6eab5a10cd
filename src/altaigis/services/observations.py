"""Observations that come over HTTP: who may send them, how many at once, and in how many loads at a time."""

from typing import BinaryIO

import anyio
from anyio.to_thread import run_sync
from sqlalchemy import Engine

from altaigis.domain.catalog import Catalog
from altaigis.domain.key import Key
from altaigis.domain.observation import Form, Origin, Receipt
from altaigis.services.admission import admit
from altaigis.store.observations import REQUEST_LOCK_SECONDS

#: Bounds of one request, unpacked.
LARGEST_BODY = 50_000_000
MOST_ROWS = 1_000_000
#: Loads at the same time; others wait for their turn, so that memory stays bounded.
LOADS_AT_ONCE = 2


class ObservationService:
    """Loads bodies of observations; one body is one transaction. ``database`` is a blocking engine."""

    def __init__(self, database: Engine, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog
        self._turns = anyio.CapacityLimiter(LOADS_AT_ONCE)

    async def admit(self, token: str | None) -> Key:
        """The key of this token.

        Raises:
            Unauthorized: there is no token, or none in force.
            Forbidden: the key does not allow to observe.
        """
        return await admit(self._database, token, "observe")

    async def receive(
        self, key: Key, body: BinaryIO, form: Form | None, source: str | None, zone: str | None
    ) -> Receipt:
        """Load a body; ``form`` is what its sender calls it.

        Raises:
            ObservationsError, TooLarge, Busy, Unauthorized, ParameterError: nothing was taken.
        """
        origin = Origin(f"key {key.name}", "POST /observations", source or key.name, zone, key.key)

        def work() -> Receipt:
            # Arrow has its place in memory when the first observations come, not in every server
            from altaigis.etl.observations import Source, load

            return load(
                self._database,
                self._catalog,
                Source(body, form, LARGEST_BODY, MOST_ROWS),
                origin,
                wait_seconds=REQUEST_LOCK_SECONDS,
            )

        return await run_sync(work, limiter=self._turns)
