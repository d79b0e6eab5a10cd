"""Reading ahead: the database works on the next part of a result while the one before it is in use."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

T = TypeVar("T")


async def ahead(source: AsyncIterator[T]) -> AsyncIterator[T]:
    """The items of ``source``, each begun when the one before it is handed over.

    Whoever stops asking, or is cancelled, also cancels what has been begun.
    """
    coming = asyncio.ensure_future(_next(source))
    try:
        while (found := await coming) is not None:
            coming = asyncio.ensure_future(_next(source))
            yield found
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def _next(source: AsyncIterator[T]) -> T | None:
    return await anext(source, None)
