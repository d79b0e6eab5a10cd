"""Files as they are: clients ask for the ranges of bytes that they need."""

import re
from collections.abc import Mapping
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.types import Receive, Scope, Send

from altaigis.api import respond
from altaigis.api.errors import problem
from altaigis.api.methods import ASKED_BY_HEAD

#: Numbers beyond these are of no file.
_RANGES = re.compile(r"bytes=\s*(\d{1,18}-\d{0,18}|-\d{1,18})(\s*,\s*(\d{1,18}-\d{0,18}|-\d{1,18})){0,20}\s*", re.ASCII)


def answer(request: Request, path: Path, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    """A file that is there, ranges of it, or 304 where the client has it."""
    found = _Ranged(path, media_type, headers or {})
    if respond.matches(request.headers.get("if-none-match"), found.headers["etag"]):
        kept = {name: found.headers[name] for name in ("etag", "cache-control", "last-modified")}
        return Response(status_code=304, headers=kept)
    size = found.size
    if found.is_beyond(request.headers.get("range"), request.headers.get("if-range")):
        refused = problem(request, 416, "RangeNotSatisfiable", f"the file ends with byte {size - 1}")
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    return found


class _Ranged(FileResponse):
    """A file by ranges; what is no range gets the whole file, as RFC 9110 (14.2) has it."""

    def __init__(self, path: Path, media_type: str, headers: Mapping[str, str]) -> None:
        told = path.stat()
        self.size = told.st_size
        super().__init__(
            path, media_type=media_type, stat_result=told, headers={"cache-control": respond.REVALIDATE, **headers}
        )

    def is_beyond(self, ranges: str | None, condition: str | None) -> bool:
        """Whether a part is asked for that begins behind the end."""
        if condition not in (None, self.headers["etag"]):
            return False
        return any(int(first or 0) >= self.size or not (first or int(last)) for first, last in _ranges(ranges or ""))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = [
            (name, value) for name, value in scope["headers"] if name != b"range" or _ranges(value.decode("latin-1"))
        ]
        method = "HEAD" if scope.get(ASKED_BY_HEAD) else scope["method"]
        await super().__call__({**scope, "headers": asked, "method": method}, receive, send)


def _ranges(header: str) -> list[tuple[str, str]]:
    """The first and the last byte of each range; none at all where one of them is none."""
    if not _RANGES.fullmatch(header):
        return []
    found: list[tuple[str, str]] = re.findall(r"(\d*)-(\d*)", header)
    return [] if any(first and last and int(first) > int(last) for first, last in found) else found
