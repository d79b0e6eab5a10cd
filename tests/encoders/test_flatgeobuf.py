"""FlatGeobuf: how its answer begins; what it holds is tested with downloads."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from altaigis.encoders import arrow
from altaigis.encoders.flatgeobuf import MAGIC, encode


def test_an_answer_begins_before_its_library_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def never(library: str) -> None:
        asked.append(library)
        raise TimeoutError

    async def nothing() -> AsyncIterator[Any]:
        return
        yield

    async def begin() -> bytes:
        pieces = encode(cast("Any", None), nothing())
        first = await anext(pieces)
        assert asked == []
        with pytest.raises(TimeoutError):
            await anext(pieces)
        return first

    monkeypatch.setattr(arrow, "imported", never)
    assert asyncio.run(begin()) == MAGIC
    assert asked == ["pyogrio"]
