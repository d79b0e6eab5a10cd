"""Reading ahead."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from altaigis.services.ahead import ahead
from altaigis.services.features import BATCH_BYTES, LARGEST_BATCH, Part, _next_limit


def test_the_next_item_is_begun_while_one_is_in_use() -> None:
    log: list[str] = []

    async def source() -> AsyncIterator[int]:
        for number in range(3):
            log.append(f"made {number}")
            yield number

    async def use() -> None:
        async for number in ahead(source()):
            await asyncio.sleep(0)
            log.append(f"used {number}")

    asyncio.run(use())
    assert log == ["made 0", "made 1", "used 0", "made 2", "used 1", "used 2"]


def test_an_error_comes_after_what_was_before_it() -> None:
    async def source() -> AsyncIterator[int]:
        yield 1
        raise ValueError("two")

    async def use() -> None:
        items = ahead(source())
        assert await anext(items) == 1
        with pytest.raises(ValueError, match="two"):
            await anext(items)

    asyncio.run(use())


def test_who_stops_asking_cancels_what_was_begun() -> None:
    cancelled = []

    async def source() -> AsyncIterator[int]:
        yield 1
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        yield 2

    async def use() -> None:
        items = ahead(source())
        assert await anext(items) == 1
        await asyncio.sleep(0.01)
        await items.aclose()  # type: ignore[attr-defined]

    asyncio.run(asyncio.wait_for(use(), 5))
    assert cancelled == [True]


def test_large_features_come_in_small_batches() -> None:
    assert _next_limit(Part(b"", 250, 0, None), BATCH_BYTES) == 1000
    assert _next_limit(Part(b"", 4000, 100, None), BATCH_BYTES) == LARGEST_BATCH
    assert _next_limit(Part(b"", 250, 1_000_000, None), BATCH_BYTES) == BATCH_BYTES // 1_000_000
    assert _next_limit(Part(b"", 1, 10 * BATCH_BYTES, None), BATCH_BYTES) == 1
