"""Cancellations that are lost on their way."""

import asyncio
from typing import Any

import psycopg
import pytest

from altaigis.store.cluster import Cluster
from altaigis.store.insistence import Insistent


def test_a_cancellation_that_is_lost_is_sent_again(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[float] = []
    cancel = psycopg.AsyncConnection.cancel_safe

    async def lossy(self: psycopg.AsyncConnection[Any], *, timeout: float = 30.0) -> None:
        sent.append(timeout)
        if len(sent) > 2:
            await cancel(self, timeout=timeout)

    async def ask() -> int:
        async with await Insistent.connect(cluster.url, autocommit=True) as connection:
            asked = asyncio.ensure_future(connection.execute("SELECT pg_sleep(60)"))
            await asyncio.sleep(0.2)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(asked, 4)
            # the connection is as good as before
            (row,) = await (await connection.execute("SELECT 41 + 1")).fetchall()
            return int(row[0])

    monkeypatch.setattr(psycopg.AsyncConnection, "cancel_safe", lossy)
    assert asyncio.run(ask()) == 42
    assert len(sent) == 3
