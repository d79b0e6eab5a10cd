"""Archives of tiles as files: clients ask for the ranges of bytes that they need."""

import re
from pathlib import Path

from fastapi import APIRouter, Request, Response

from altaigis.api import html, openapi, ranges, respond
from altaigis.api.links import Links
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
    return ranges.answer(request, path, PMTILES)


def _is_ours(path: Path) -> bool:
    """Whether it is an archive: people put files there, and no reader shall be led astray."""
    return bool(_NAME.fullmatch(path.name)) and is_archive(path)
