"""A client that goes away ends the work on its answer, in the database too."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

#: Answers that come within this time have nobody to watch for the client: most do.
QUICK_SECONDS = 0.1
#: What changes nothing, and so can be broken off at any time.
_READING = ("GET", "HEAD")
#: Key of the scope: to be called by who has received a body and found that it asks for reading alone.
READS = "altaigis.reads"


class Presence:
    """ASGI middleware: reading is cancelled when its client goes; writing is always brought to its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watch = _Watch(receive)
        if scope["method"] in _READING:
            watch.begin()
        try:
            await self._app({**scope, READS: watch.begin}, receive, send)
        except asyncio.CancelledError:
            if not watch.is_gone:
                raise
            watch.working.uncancel()
        finally:
            watch.end()


class _Watch:
    """Once begun, cancels the task that it is made in when the client has gone.

    It costs a timer, and no task, unless the answer takes its time.
    """

    def __init__(self, receive: Receive) -> None:
        task = asyncio.current_task()
        assert task is not None, "a request is answered in a task"
        self.working = task
        self.is_gone = False
        self._receive = receive
        self._watching: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(QUICK_SECONDS, self._look)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._watching is not None:
            self._watching.cancel()

    def _look(self) -> None:
        self._watching = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        self.working.cancel()
