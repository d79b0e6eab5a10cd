"""Jobs that come over HTTP: who may order and dismiss them, and how long one waits for what becomes of them."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from anyio.to_thread import run_sync
from sqlalchemy import Engine

from altaigis.domain.catalog import Catalog
from altaigis.domain.derivation import Derivation, Derived
from altaigis.domain.job import ENDED, Job, Order, Wanted
from altaigis.domain.key import Key
from altaigis.domain.revision import Revision
from altaigis.errors import Forbidden
from altaigis.services.admission import admit
from altaigis.services.ledger import Ledger
from altaigis.store import jobs

#: Pauses between looks at a job that somebody waits for, the first and the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25
TOMORROW = timedelta(days=1)


class JobService:
    """Orders jobs, and tells of them. ``database`` is a blocking engine, ``processed`` the folder of rasters."""

    def __init__(self, database: Engine, ledger: Ledger, catalog: Catalog, processed: Path) -> None:
        self._database = database
        self._processed = processed
        self._ledger = ledger
        self._catalog = catalog

    async def admit(self, token: str | None) -> Key:
        """The key of this token.

        Raises:
            Unauthorized, Forbidden: there is none in force, or it does not allow to run processes.
        """
        return await admit(self._database, token, "run")

    async def order(self, key: Key, order: Order) -> Job:
        """A job that waits for its turn; or one that is done already, where the same was run before on the same data.

        Raises:
            Busy: too many jobs of this key wait already.
        """
        revisions = await self._ledger.look()
        numbers = {layer: revision.number for layer, revision in revisions.items()}

        def work() -> Job:
            for result in jobs.earlier_results(self._database, order):
                made = self.derivation_of(result)
                if made and _stays(made) and made.inputs.items() <= numbers.items() and self._is_whole(made, revisions):
                    return jobs.record_done(self._database, order, key.name, result)
            return jobs.order_job(self._database, order, key.name)

        return await run_sync(work)

    async def ended(self, job: Job, seconds: float) -> Job:
        """The job when it has ended, or as it is after so many seconds."""
        pause, deadline = FIRST_PAUSE, time.monotonic() + seconds
        while job.status not in ENDED and time.monotonic() < deadline:
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, LONGEST_PAUSE)
            job = await self.job(job.id)
        # whoever is told of a result finds it
        await self._ledger.look()
        return job

    async def job(self, job: UUID) -> Job:
        """
        Raises:
            JobNotFound: there is none with this id, or no longer.
        """
        return await run_sync(jobs.find_job, self._database, job)

    async def list(self, wanted: Wanted, limit: int, offset: int) -> tuple[list[Job], int]:
        """So many jobs, the newest first, and how many there are in all."""
        return await run_sync(jobs.list_jobs, self._database, wanted, limit, offset)

    def _is_whole(self, made: Derivation, revisions: Mapping[str, Revision]) -> bool:
        """Whether all layers of a run are there, and the files of its rasters: a backup has none of those."""
        layers = [name for name in made.together.values() if name in self._catalog]
        rasters = [name for name in layers if self._catalog.layer(name).kind == "raster"]
        return len(layers) == len(made.together) and all(
            name in revisions and (self._processed / revisions[name].relation).is_file() for name in rasters
        )

    def derivation_of(self, result: str) -> Derivation | None:
        """How a result was made; None where it is no longer kept."""
        return self._catalog.derivations.get(result)

    async def run_of(self, derived: Derived) -> UUID | None:
        """The job that a layer is the result of; None where it is of none, or of one that has been forgotten."""
        main = next(iter(derived.derivation.together.values()), derived.layer.id)
        return await run_sync(jobs.last_run, self._database, main)

    async def dismiss(self, key: Key, job: UUID) -> Job:
        """End a job, or forget one that has ended.

        Raises:
            JobNotFound: there is none with this id, or no longer.
            Forbidden: another key has ordered it.
        """
        found = await self.job(job)
        if found.key != key.name:
            raise Forbidden(f"job '{job}' is for the key to dismiss that has ordered it")
        return await run_sync(jobs.dismiss_job, self._database, job)


def _stays(made: Derivation) -> bool:
    """Whether a result is still there for those who look at it tomorrow; another run keeps it for longer."""
    return made.expires is None or made.expires - datetime.now(UTC) > TOMORROW
