"""A connection whose queries end when they are cancelled."""

import asyncio
import select
import time
from typing import Any

import psycopg

#: Between two attempts to cancel a query.
AGAIN_SECONDS = 0.05


class Insistent(psycopg.AsyncConnection[Any]):
    """PostgreSQL forgets a cancellation that comes before the query does, as it may on a busy machine: the driver
    cancels once, and this class until there is an answer."""

    async def cancel_safe(self, *, timeout: float = 30.0) -> None:
        """Cancel the query that is running, and wait for its end for so many seconds at most."""
        deadline = time.monotonic() + timeout
        answer = select.poll()
        answer.register(self.fileno(), select.POLLIN)
        while (left := deadline - time.monotonic()) > 0:
            await super().cancel_safe(timeout=left)
            await asyncio.sleep(AGAIN_SECONDS)
            if answer.poll(0):
                return
