"""A cache bounded by what its values weigh, with one computation however many wait for it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Cache(Generic[V]):
    """Least recently used values, weighed in bytes; what is larger than the whole cache is not kept."""

    #: What an entry costs beside its bytes, so that a million empty tiles do not count as nothing.
    OVERHEAD = 200

    def __init__(self, capacity: int, weigh: Callable[[V], int]) -> None:
        self._capacity = capacity
        self._weigh = weigh
        self._size = 0
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._running: dict[Hashable, asyncio.Task[V]] = {}

    async def get(self, key: Hashable, compute: Callable[[], Awaitable[V]]) -> V:
        """The value of the key, computed if it is not there. An error of the computation is not kept."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        task = self._running.get(key)
        if task is None:
            task = asyncio.ensure_future(self._compute(key, compute))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        # One client that goes away must not take the computation from the others.
        return await asyncio.shield(task)

    async def _compute(self, key: Hashable, compute: Callable[[], Awaitable[V]]) -> V:
        value = await compute()
        cost = self._weigh(value) + self.OVERHEAD
        if cost <= self._capacity:
            self._values[key] = value
            self._size += cost
            while self._size > self._capacity:
                _, dropped = self._values.popitem(last=False)
                self._size -= self._weigh(dropped) + self.OVERHEAD
        return value

    def __len__(self) -> int:
        return len(self._values)


class ByteCache(Cache[bytes]):
    """Of values that are bytes."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity, len)
