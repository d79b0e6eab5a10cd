"""A cache bounded by what its values weigh, with one computation however many wait for it, and none for nobody."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass
class _Computation(Generic[V]):
    """One that goes on as long as somebody waits for it."""

    task: asyncio.Task[V]
    waiting: int = 0


class Cache(Generic[V]):
    """Least recently used values, weighed in bytes; what is larger than the whole cache is not kept."""

    #: What an entry costs beside its bytes, so that a million empty tiles do not count as nothing.
    OVERHEAD = 400

    def __init__(self, capacity: int, weigh: Callable[[V], int]) -> None:
        self._capacity = capacity
        self._weigh = weigh
        self._size = 0
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._running: dict[Hashable, _Computation[V]] = {}

    def known(self, key: Hashable) -> V | None:
        """The value of the key if it is there, without waiting for anything."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    async def get(self, key: Hashable, compute: Callable[[], Awaitable[V]], *, keep: bool = True) -> V:
        """The value of the key, computed if it is not there, and kept unless ``keep`` is false. An error of the
        computation is not kept."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = _Computation(asyncio.ensure_future(self._compute(key, compute, keep=keep)))
        running.waiting += 1
        try:
            # One client that goes away must not take the computation from the others.
            return await asyncio.shield(running.task)
        finally:
            running.waiting -= 1
            if not running.waiting:
                # Whoever asks from now on finds the value, or begins anew
                del self._running[key]
                running.task.cancel()

    async def _compute(self, key: Hashable, compute: Callable[[], Awaitable[V]], *, keep: bool) -> V:
        value = await compute()
        cost = self._weigh(value) + self.OVERHEAD
        if keep and cost <= self._capacity:
            self._values[key] = value
            self._size += cost
            while self._size > self._capacity:
                _, dropped = self._values.popitem(last=False)
                self._size -= self._weigh(dropped) + self.OVERHEAD
        return value

    def __len__(self) -> int:
        return len(self._values)
