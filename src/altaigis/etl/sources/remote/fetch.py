"""HTTP as a polite and suspicious client speaks it: patient, within bounds of time and size, and going on where a
download has stopped."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import orjson

from altaigis import __version__
from altaigis.errors import RemoteUnavailable
from altaigis.etl.sources.remote.asking import Patience
from altaigis.etl.sources.remote.ows import exception_text, number, short
from altaigis.etl.sources.remote.part import Part, Validators

#: Told as bytes or features of one conversation come: how much is there, and of how much, where that is known.
Tell = Callable[[int, int | None], None]
T = TypeVar("T")

MAX_REDIRECTS = 5
#: As much of an answer is looked at for what went wrong.
_SAID_BYTES = 64 << 10
#: Statuses that may be another one in a while.
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_WEB_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_WEB_PAGE = re.compile(rb"\s*+(?:<!--.*?-->\s*+)*+<(?:!doctype html|html)", re.IGNORECASE | re.DOTALL)


class _Passing(Exception):
    """Trouble that may be over in a while: ``wait`` is what the server asks for, in seconds."""

    def __init__(self, problem: str, wait: float | None = None, *, advanced: bool = False) -> None:
        super().__init__(problem)
        self.wait = wait
        self.advanced = advanced


class Fetcher:
    """One conversation with a server; to be used within ``asyncio.timeout``, as nothing else bounds its time."""

    def __init__(self, client: httpx.AsyncClient, patience: Patience, max_bytes: int, tell: Tell) -> None:
        self._client = client
        self._patience = patience
        self._left = max_bytes
        self._max = max_bytes
        #: Called with how much has come, and of how much.
        self.tell = tell

    async def ask(self, request: httpx.Request, most: int | None = None) -> bytes:
        """The body of an answer of 200, of ``most`` bytes or fewer.

        Raises:
            RemoteUnavailable: none came, it is too large, or a web page.
        """

        async def attempt() -> bytes:
            body = bytearray()
            async with self._answer(request) as response:
                _check_usable(response)
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if most is not None and len(body) > most:
                        raise RemoteUnavailable(
                            f"{_place(request)} sent a page of more than {most >> 20} MB; lower source.remote.page"
                        )
                    self._check_size(len(body), self._left)
            return bytes(body)

        body = await self._patiently(_place(request), attempt)
        if _WEB_PAGE.match(body[:1024]):
            raise RemoteUnavailable(f"{_place(request)} answers with a web page instead of data")
        self._left -= len(body)
        return body

    def request(self, method: str, url: str, **parts: Any) -> httpx.Request:
        """Raises RemoteUnavailable: the address, which may be one that a server has sent, is none."""
        try:
            return self._client.build_request(method, url, **parts)
        except httpx.InvalidURL as error:
            raise RemoteUnavailable(f"{short(url)} is no address: {error}") from error

    async def download(self, url: str, part: Part, known: Validators) -> Validators | None:
        """Bring a file into the part, going on where an earlier attempt has stopped; None if ``known`` is still true.

        Raises:
            RemoteUnavailable: it did not come; what came of it is kept where the server can go on from there.
        """

        async def attempt() -> Validators | None:
            begun, validator = part.begun()
            asked = {"Range": f"bytes={begun}-", "If-Range": validator} if begun else known.conditions
            async with self._answer(self.request("GET", url, headers=asked)) as response:
                if response.status_code == 304 and asked and not begun:
                    return None
                if begun and response.headers.get("Content-Range") == f"bytes */{begun}":
                    return Validators.of(response.headers)  # all of it has come already
                if begun and not _goes_on(response, begun, validator):
                    part.forget()
                    raise _Passing("does not go on with the file where it broke off")
                _check_usable(response, 206 if begun else 200)
                return await self._receive(response, part)

        return await self._patiently(_place(self.request("GET", url)), attempt)

    async def _receive(self, response: httpx.Response, part: Part) -> Validators:
        validators = Validators.of(response.headers)
        if response.status_code == 206:
            begun, _ = part.begun()
        else:
            begun = 0
            # a body that is packed on the way has other offsets than the file
            part.begin("" if "Content-Encoding" in response.headers else validators.strong)
        size = number(response.headers.get("Content-Length", ""))
        total = None if size is None else begun + size
        done = begun
        try:
            self._check_size(total or 0, self._max)
            with part.path.open("ab") as file:
                async for chunk in response.aiter_bytes():
                    if done == 0 and _WEB_PAGE.match(chunk[:1024]):
                        raise RemoteUnavailable(f"{_place(response.request)} answers with a web page instead of data")
                    file.write(chunk)
                    done += len(chunk)
                    self._check_size(done, self._max)
                    self.tell(done, total)
        except RemoteUnavailable:
            part.forget()
            raise
        except httpx.RequestError as error:
            raise _Passing(_reason(error), advanced=done > begun) from error
        return validators

    def _check_size(self, size: int, most: int) -> None:
        if size > most:
            raise RemoteUnavailable(
                f"the source is larger than {self._max / 1e6:g} MB; if that is right, raise source.remote.max_mb"
            )

    async def _patiently(self, place: str, attempt: Callable[[], Awaitable[T]]) -> T:
        """Ask again after passing trouble. What brings bytes may fail as often as it likes within the time limit."""
        failures = 0
        while True:
            try:
                return await attempt()
            except _Passing as trouble:
                failures = 1 if trouble.advanced else failures + 1
                if failures >= self._patience.attempts:
                    times = "once" if failures == 1 else f"{failures} times"
                    raise RemoteUnavailable(f"{place} {trouble} (asked {times})") from trouble
                wait = self._patience.wait(failures) if trouble.wait is None else trouble.wait
                if wait > self._patience.longest_wait:
                    raise RemoteUnavailable(f"{place} {trouble}, and asks to come back in {wait:.0f} s") from trouble
                await self._patience.sleep(wait)

    @asynccontextmanager
    async def _answer(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        """An answer whose body has not been read.

        Raises:
            _Passing: for what may be another answer in a while; RemoteUnavailable: for what will not.
        """
        try:
            response = await self._client.send(request, stream=True)
        except (httpx.TooManyRedirects, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise RemoteUnavailable(f"{_place(request)} leads nowhere: {error}") from error
        except httpx.RequestError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise RemoteUnavailable(f"{_place(request)} cannot prove who it is: {error}") from error
            raise _Passing(_reason(error)) from error
        try:
            if response.status_code in _PASSING:
                raise _Passing(
                    f"answers {response.status_code} {response.reason_phrase}", _retry_after(response.headers)
                )
            if response.status_code >= 400 and response.status_code != 416:
                raise RemoteUnavailable(
                    f"{_place(request)} answers {response.status_code} {response.reason_phrase}"
                    f"{_said(await _beginning(response))}"
                )
            yield response
        except httpx.RequestError as error:
            raise _Passing(_reason(error)) from error
        finally:
            await response.aclose()


def client(patience: Patience) -> httpx.AsyncClient:
    """A client that names itself, verifies certificates and takes no step from https back to http."""

    async def check_scheme(request: httpx.Request) -> None:
        secured.add(request.url.scheme)
        if request.url.scheme == "http" and "https" in secured:
            raise httpx.UnsupportedProtocol("it leads from https back to http")

    secured: set[str] = set()
    return httpx.AsyncClient(
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        timeout=httpx.Timeout(patience.silence, connect=min(10.0, patience.silence)),
        # a file is as long as it says, and can be gone on with, only if it is not packed on the way
        headers={"User-Agent": f"AltaiGIS/{__version__}", "Accept-Encoding": "identity"},
        event_hooks={"request": [check_scheme]},
    )


def _check_usable(response: httpx.Response, *also: int) -> None:
    if response.status_code not in (200, *also):
        raise RemoteUnavailable(f"{_place(response.request)} answers {response.status_code} without data")
    if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() in _WEB_PAGE_TYPES:
        raise RemoteUnavailable(f"{_place(response.request)} answers with a web page instead of data")


def _goes_on(response: httpx.Response, begun: int, validator: str) -> bool:
    """Whether the answer is the whole file, or the rest of the very file that has begun to come."""
    if response.status_code != 206:
        return response.status_code == 200
    said = Validators.of(response.headers).strong
    return response.headers.get("Content-Range", "").startswith(f"bytes {begun}-") and said in ("", validator)


async def _beginning(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= _SAID_BYTES:
            break
    return body[:_SAID_BYTES]


def _said(body: bytes) -> str:
    """What an answer of failure says of itself, in XML of OGC services or JSON; nothing if it is neither."""
    try:
        told = exception_text(body) if body.lstrip().startswith(b"<") else _json_text(body)
    except ValueError:
        return ""
    return f": {told}" if told else ""


def _json_text(body: bytes) -> str:
    answer = orjson.loads(body)
    if not isinstance(answer, dict):
        return ""
    return short(next((str(answer[key]) for key in ("description", "detail", "title") if key in answer), ""))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until the server wants to be asked again, which it tells as such or as a date."""
    told = headers.get("Retry-After", "").strip()
    if (seconds := number(told)) is not None:
        return float(seconds)
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _reason(error: httpx.RequestError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "does not answer in time"
    if isinstance(error, httpx.ConnectError):
        return f"cannot be reached: {error}"
    return f"broke off: {error}" if str(error) else "broke off"


def _place(request: httpx.Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc.decode()}{request.url.path}"
