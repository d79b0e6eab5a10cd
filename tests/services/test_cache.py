"""The cache: its bound, one computation for many, errors and people who leave."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps

import pytest

from altaigis.services.cache import Cache


def in_a_loop(test: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        asyncio.run(asyncio.wait_for(test(), 10))

    return run


class Source:
    """Computes when told to, and counts."""

    def __init__(self, value: bytes = b"tile", *, error: Exception | None = None) -> None:
        self.calls = self.cancelled = 0
        self.value = value
        self.error = error
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self) -> bytes:
        self.calls += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error:
            raise self.error
        return self.value


@in_a_loop
async def test_computed_once() -> None:
    cache, source = Cache(10_000, len), Source()
    assert [await cache.get("k", source) for _ in range(3)] == [b"tile"] * 3
    assert source.calls == 1


@in_a_loop
async def test_one_computation_however_many_wait() -> None:
    cache, source = Cache(10_000, len), Source()
    source.go.clear()
    waiting = [asyncio.create_task(cache.get("k", source)) for _ in range(50)]
    await asyncio.sleep(0.01)
    source.go.set()
    assert await asyncio.gather(*waiting) == [b"tile"] * 50
    assert source.calls == 1


@in_a_loop
async def test_the_size_is_bounded_and_the_oldest_goes_first() -> None:
    entry = 100 + Cache.OVERHEAD
    cache = Cache(3 * entry, len)
    sources = {key: Source(bytes(100)) for key in "abcd"}
    for key in "abc":
        await cache.get(key, sources[key])
    await cache.get("a", sources["a"])
    await cache.get("d", sources["d"])
    assert len(cache) == 3
    for key in "acd":
        await cache.get(key, sources[key])
    assert {key: source.calls for key, source in sources.items()} == {"a": 1, "b": 1, "c": 1, "d": 1}
    await cache.get("b", sources["b"])
    assert sources["b"].calls == 2


@in_a_loop
async def test_empty_values_count_too() -> None:
    cache = Cache(10 * Cache.OVERHEAD, len)
    for number in range(1000):
        await cache.get(number, Source(b""))
    assert len(cache) == 10


@in_a_loop
async def test_what_is_larger_than_the_cache_is_given_but_not_kept() -> None:
    cache, small, large = Cache(1000, len), Source(b"s"), Source(bytes(5000))
    await cache.get("small", small)
    assert len(await cache.get("large", large)) == 5000
    assert len(await cache.get("large", large)) == 5000
    await cache.get("small", small)
    assert (small.calls, large.calls) == (1, 2)


@in_a_loop
async def test_no_cache_at_all() -> None:
    cache, source = Cache(0, len), Source()
    assert await cache.get("k", source) == b"tile"
    assert len(cache) == 0


@in_a_loop
async def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    cache, source = Cache(10_000, len), Source(error=RuntimeError("no database"))
    answers = await asyncio.gather(*(cache.get("k", source) for _ in range(3)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["no database"] * 3
    assert source.calls == 1
    source.error = None
    assert await cache.get("k", source) == b"tile"


@in_a_loop
async def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    cache, source = Cache(10_000, len), Source()
    source.go.clear()
    first, second = (asyncio.create_task(cache.get("k", source)) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    source.go.set()
    assert await second == b"tile"
    assert source.calls == 1
    assert await cache.get("k", source) == b"tile"


@in_a_loop
async def test_what_nobody_waits_for_any_more_is_not_computed() -> None:
    cache, source = Cache(10_000, len), Source()
    source.go.clear()
    waiting = [asyncio.create_task(cache.get("k", source)) for _ in range(2)]
    await asyncio.sleep(0.01)
    for task in waiting:
        task.cancel()
    await asyncio.sleep(0)
    late = asyncio.create_task(cache.get("k", source))
    await asyncio.sleep(0.01)
    source.go.set()
    assert await late == b"tile"
    assert (source.calls, source.cancelled) == (2, 1)


@in_a_loop
async def test_what_is_known_is_given_at_once_and_counts_as_used() -> None:
    entry = 100 + Cache.OVERHEAD
    cache: Cache[bytes] = Cache(2 * entry, len)
    assert cache.known("a") is None
    for key in "ab":
        await cache.get(key, Source(bytes(100)))
    assert cache.known("a") == bytes(100)
    await cache.get("c", Source(bytes(100)))
    assert cache.known("b") is None
    assert cache.known("a") == cache.known("c") == bytes(100)
