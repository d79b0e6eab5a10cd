"""Archives of tiles as files: clients ask for the ranges of bytes that they need."""

import re
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.types import Receive, Scope, Send

from altaigis.api import html, openapi, respond
from altaigis.api.errors import problem
from altaigis.api.links import Links
from altaigis.api.methods import ASKED_BY_HEAD
from altaigis.api.negotiation import HTML, JSON, RESOURCE, parameters, wanted_format, wanted_language
from altaigis.api.state import Services
from altaigis.domain.link import Link
from altaigis.domain.text import Text
from altaigis.errors import NotFound
from altaigis.services.seeds import is_archive

router = APIRouter(tags=["Tiles"])

TITLE = Text(ru="Архивы тайлов", en="Archives of tiles")
PMTILES = "application/vnd.pmtiles"
#: Names that files may have here; no path is among them.
_NAME = re.compile(r"[\w-][\w.-]*\.pmtiles")
#: Numbers beyond these are of no file.
_RANGES = re.compile(r"bytes=\s*(\d{1,18}-\d{0,18}|-\d{1,18})(\s*,\s*(\d{1,18}-\d{0,18}|-\d{1,18})){0,20}\s*", re.ASCII)


@router.get("/archives", summary="Archives of tiles", openapi_extra=openapi.operation((JSON, HTML), schema="Archives"))
def archives(request: Request, services: Services) -> Response:
    """The archives, with their addresses and sizes."""
    parameters(request)
    links = Links(request)
    found = sorted(path for path in services.archives.glob("*.pmtiles") if _is_ours(path))
    told = [
        {**Link(links.href("archives", path.name), "item", PMTILES, path.stem).as_json(), "length": path.stat().st_size}
        for path in found
    ]
    document = {"links": [*(link.as_json() for link in links.formats(RESOURCE, "json")), *told]}
    if wanted_format(request, RESOURCE) == "html":
        heading = TITLE.in_(wanted_language(request))
        return html.page(request, "resource.html", heading=heading, document=document)
    return respond.json(request, document)


@router.get("/archives/{name}", include_in_schema=False)  # files, whose addresses the list has
def archive(request: Request, services: Services, name: str) -> Response:
    """One of them, or ranges of it."""
    parameters(request)
    path = services.archives / name
    if not _is_ours(path):
        raise NotFound(f"there is no archive '{name[:60]}'; /archives lists those that there are")
    answer = _Ranged(path)
    if respond.matches(request.headers.get("if-none-match"), answer.headers["etag"]):
        kept = {name: answer.headers[name] for name in ("etag", "cache-control", "last-modified")}
        return Response(status_code=304, headers=kept)
    size = answer.size
    if answer.is_beyond(request.headers.get("range"), request.headers.get("if-range")):
        refused = problem(request, 416, "RangeNotSatisfiable", f"the file ends with byte {size - 1}")
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    return answer


def _is_ours(path: Path) -> bool:
    """Whether it is an archive: people put files there, and no reader shall be led astray."""
    return bool(_NAME.fullmatch(path.name)) and is_archive(path)


class _Ranged(FileResponse):
    """A file by ranges; what is no range gets the whole file, as RFC 9110 (14.2) has it."""

    def __init__(self, path: Path) -> None:
        told = path.stat()
        self.size = told.st_size
        super().__init__(path, media_type=PMTILES, stat_result=told, headers={"cache-control": respond.REVALIDATE})

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
