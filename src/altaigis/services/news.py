"""News of observations as they come: read once for a load, and told to all who listen."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from altaigis.domain.news import News, Selection
from altaigis.errors import AltaiError, Busy
from altaigis.services.cache import Cache
from altaigis.store.notices import LOADS, Notice
from altaigis.store.observations.news import loads_after, loads_since, newest_loads, read_news

log = logging.getLogger("altaigis.services")

#: Of a worker. Each of them has a connection, so that an end must be set somewhere.
MOST_LISTENERS = 5_000
#: What waits for a listener that reads slowly; behind that it is told to load anew.
MOST_WAITING = 256_000
#: Loads and events that are told again to who was away; after more it is told to load anew.
REMEMBERED, MOST_REPLAYED = 1_000, 10
#: Seconds between signs of life, which keep a proxy from ending what is silent.
HEARTBEAT_SECONDS = 15.0
#: Those who come as the server begins wait so long for it to know what has been told before; else all of them would be
#: told to load anew a moment later.
MOST_READY_SECONDS = 3.0

#: What those who were away are told, kept for all who come back at once.
REPLAYS_BYTES = 16_000_000


@dataclass(eq=False)
class Listener:
    """Somebody who listens. What is written for it waits here, up to a bound."""

    selection: Selection
    _waiting: deque[bytes] = field(default_factory=deque)
    _bytes: int = 0
    _is_lost: bool = False
    _is_closed: bool = False
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_idle(self) -> bool:
        return not self._waiting and not self._is_lost

    def begin(self, texts: Sequence[bytes]) -> None:
        """Put these before all others."""
        self._waiting.extendleft(reversed(texts))
        self._bytes += sum(map(len, texts))
        self._woken.set()

    def put(self, text: bytes) -> None:
        if self._is_lost or not text:
            return
        self._waiting.append(text)
        self._bytes += len(text)
        if self._bytes > MOST_WAITING:
            self.lose()
        self._woken.set()

    def lose(self) -> None:
        """Nothing more waits for it, but that it has missed something."""
        self._waiting.clear()
        self._bytes, self._is_lost = 0, True
        self._woken.set()

    def close(self) -> None:
        """End it, once it has what is waiting."""
        self._is_closed = True
        self._woken.set()

    async def next(self) -> bytes | None:
        """What comes next; empty where it has missed something, None at the end."""
        while not self._waiting and not self._is_lost:
            if self._is_closed:
                return None
            self._woken.clear()
            await self._woken.wait()
        if self._is_lost:
            self._is_lost = False
            return b""
        text = self._waiting.popleft()
        self._bytes -= len(text)
        return text


class NewsService:
    """Hears of loads, reads what they have brought and tells it; what is heard while that goes on is told together.

    Args:
        write: the text of news for those of a selection; empty where it has nothing for them.
        sign: the text of a sign of life; the load that was told last stands in it.
    """

    def __init__(
        self, database: AsyncEngine, write: Callable[[News, Selection], bytes], sign: Callable[[int], bytes]
    ) -> None:
        self._database = database
        self._write, self._sign = write, sign
        self._listeners: set[Listener] = set()
        #: which shall not be told again
        self._told: deque[int] = deque(maxlen=REMEMBERED)
        #: of those the ones that were heard of, in the order of their commits, which is the same in all workers
        self._order: deque[int] = deque(maxlen=REMEMBERED)
        self._heard: list[int] = []
        self._ready, self._may_have_missed = asyncio.Event(), False
        self._woken = asyncio.Event()
        self._replays: Cache[Sequence[bytes] | None] = Cache(REPLAYS_BYTES, lambda texts: sum(map(len, texts or ())))

    @property
    def last(self) -> int:
        """The load that was told last; 0 where there is none."""
        return self._told[-1] if self._told else 0

    def hear(self, told: Sequence[Notice]) -> None:
        """Notices as they come; none where one may have been missed."""
        self._heard += [int(notice.payload) for notice in told if notice.channel == LOADS]
        self._may_have_missed |= not told
        self._woken.set()

    async def follow(self) -> NoReturn:
        """Tells what is heard, for ever, and that it is alive."""
        beat = time.monotonic() + HEARTBEAT_SECONDS
        while True:
            try:
                # wait_for of Python 3.11 may lose that it is cancelled
                async with asyncio.timeout(beat - time.monotonic()):
                    await self._woken.wait()
            except TimeoutError:
                self._show_life()
                beat = time.monotonic() + HEARTBEAT_SECONDS
                continue
            self._woken.clear()
            try:
                await self._tell()
            except (AltaiError, SQLAlchemyError) as error:
                # the connection for notices is gone too, or speaks up again within seconds
                self._may_have_missed = True
                log.warning("news of observations are told later: %s", error)

    async def join(self, selection: Selection, after: str | None) -> Listener:
        """A new listener; who has heard the load ``after`` before is told first what has come since.

        Raises:
            Busy: there are too many.
            DatabaseUnavailable: what it has missed cannot be read.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(MOST_READY_SECONDS):
                await self._ready.wait()
        if len(self._listeners) >= MOST_LISTENERS:
            raise Busy(f"{MOST_LISTENERS} listen already; try again later")
        listener = Listener(selection)
        # now, so that nothing comes between what is told now and what was told before
        self._listeners.add(listener)
        try:
            if after is not None:
                missed = await self._missed(after, selection)
                listener.lose() if missed is None else listener.begin(missed)
        except BaseException:
            self.leave(listener)
            raise
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    async def _missed(self, after: str, selection: Selection) -> Sequence[bytes] | None:
        """What has been told since; None where that is too much, or nobody knows."""
        known = list(self._order)
        number = int(after) if after.isdecimal() and len(after) < 10 else -1
        make = partial(self._replay, number, known, selection)
        return await self._replays.get((number, self.last, selection), make)

    async def _replay(self, number: int, known: list[int], selection: Selection) -> Sequence[bytes] | None:
        if number in known:
            loads: list[int] | None = known[known.index(number) + 1 :]
        else:
            loads = await loads_after(self._database, number, REMEMBERED + 1)
        if loads is None or len(loads) > REMEMBERED:
            return None
        news = await read_news(self._database, loads, MOST_REPLAYED)
        return None if news is None else [text for one in news if (text := self._write(one, selection))]

    async def _tell(self) -> None:
        if not self._ready.is_set():
            newest = await newest_loads(self._database, REMEMBERED)
            self._told.extend(load for load in newest if load not in self._heard)
            self._may_have_missed = False
            self._lose_all()
            self._ready.set()
        missed = await self._look() if self._may_have_missed else []
        self._heard += missed
        heard = [load for load in dict.fromkeys(self._heard) if load not in self._told]
        if self._listeners and heard:
            for news in await read_news(self._database, heard) or ():
                self._spread(news)
        self._told.extend(heard)
        self._order.extend(load for load in heard if load not in missed)
        self._heard = [load for load in self._heard if load not in self._told]

    async def _look(self) -> list[int]:
        """Loads that nobody told of."""
        known = [*self._told, *self._heard]
        missed = await loads_since(self._database, min(self._told, default=0), known, REMEMBERED + 1)
        self._may_have_missed = False
        if len(missed) > REMEMBERED:
            self._told.extend(await newest_loads(self._database, REMEMBERED))
            self._lose_all()
        if missed:
            # nobody knows where they stood among those that were heard of
            self._order.clear()
        return missed if len(missed) <= REMEMBERED else []

    def _lose_all(self) -> None:
        for listener in self._listeners:
            listener.lose()

    def _spread(self, news: News) -> None:
        written: dict[Selection, bytes] = {}
        for listener in self._listeners:
            text = written.get(listener.selection)
            if text is None:
                text = written[listener.selection] = self._write(news, listener.selection)
            listener.put(text)

    def _show_life(self) -> None:
        sign = self._sign(self.last)
        for listener in self._listeners:
            if listener.is_idle:
                listener.put(sign)
