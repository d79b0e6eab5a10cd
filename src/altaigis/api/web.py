"""The built front end: pages, and assets whose names carry the hash of their content."""

import gzip
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

from altaigis.api.negotiation import HTML
from altaigis.api.respond import can_gzip
from altaigis.errors import NotFound
from altaigis.web import DIST, FONTS, LEAFLET

#: The map may draw from OpenStreetMap and from EOX where the reader switches it on; everything else comes from here.
CSP = (
    "default-src 'self'; img-src 'self' data: https://tile.openstreetmap.org https://tiles.maps.eox.at; "
    "style-src 'self' 'unsafe-inline'; "
    "worker-src 'self'; base-uri 'self'; form-action 'self'; object-src 'none'; frame-ancestors "
)
#: Files of the front end that stand beside its page: the worker must, for it answers what lies below it.
ROOT_FILES = {
    "sw.js": "text/javascript; charset=utf-8",
    "app.webmanifest": "application/manifest+json",
    "icon-192.png": "image/png",
    "icon-512.png": "image/png",
}
IMMUTABLE = "public, max-age=31536000, immutable"
COMPRESSED = {".js", ".css", ".svg"}
VARY = "Accept, Accept-Encoding, Accept-Language"


class Assets(StaticFiles):
    """Static files that never change under their name, compressed where that gains something."""

    async def check_config(self) -> None:
        """A front end that has not been built is no file of its, not an error of the server."""
        if not (DIST / "assets").is_dir():
            raise HTTPException(404)

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        path = Path(full_path)
        if path.suffix in COMPRESSED:
            plain, asked = answer, Headers(scope=scope)
            if plain.status_code == 200 and can_gzip(asked) and "range" not in asked:
                answer = Response(_compressed(path), media_type=plain.media_type)
                answer.headers["ETag"] = plain.headers["ETag"].removesuffix('"') + '.gz"'
                answer.headers["Content-Encoding"] = "gzip"
            answer.headers["Vary"] = "Accept-Encoding"
        answer.headers["Cache-Control"] = IMMUTABLE
        return answer


@lru_cache(maxsize=32)
def _compressed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)


def page_file(name: str, *, framed: bool = False) -> Response:
    """A page of the front end; pages of others may hold one that is ``framed``.

    Raises:
        NotFound: the front end has not been built.
    """
    path = DIST / name
    _require(path.is_file(), "the map has")
    ancestors = "*" if framed else "'self'"
    headers = {"Content-Security-Policy": CSP + ancestors, "Cache-Control": "no-cache", "Vary": VARY}
    return FileResponse(path, media_type=f"{HTML}; charset=utf-8", headers=headers)


def root_file(name: str) -> Response:
    """One of :data:`ROOT_FILES`.

    Raises:
        NotFound: the front end has not been built.
    """
    path = DIST / name
    _require(path.is_file(), f"{name} has")
    return FileResponse(path, media_type=ROOT_FILES[name], headers={"Cache-Control": "no-cache"})


@dataclass(frozen=True)
class EntryAssets:
    """What a page needs of the built front end, by names below ``/assets``; nothing where it has not been built."""

    script: str | None = None
    styles: tuple[str, ...] = ()


def assets(source: str) -> EntryAssets:
    """The built files of an entry, which is named by its source: ``src/station-page.ts``."""
    try:
        manifest = json.loads((DIST / "manifest.json").read_bytes())
        built = manifest[source]
    except (OSError, ValueError, KeyError):
        return EntryAssets()
    # what the entry shares with other pages has style sheets of its own
    parts, met = [built], {source}
    for part in parts:
        shared = [name for name in part.get("imports", ()) if name not in met]
        met.update(shared)
        parts += [manifest[name] for name in shared]
    return EntryAssets(_below(built["file"]), tuple(_below(sheet) for part in parts for sheet in part.get("css", ())))


def _below(path: str) -> str:
    return path.removeprefix("assets/")


def legend_fonts() -> tuple[Path, ...]:
    """The letters of pictures of legends.

    Raises:
        NotFound: the front end has not been built.
    """
    found = tuple(sorted(FONTS.glob("*.ttf")))
    _require(bool(found), "the letters of pictures (f=png; f=svg needs none) have")
    return found


def leaflet() -> tuple[str, str]:
    """Leaflet's script and its style.

    Raises:
        NotFound: the front end has not been built.
    """
    paths = LEAFLET / "leaflet.js", LEAFLET / "leaflet.css"
    _require(all(path.is_file() for path in paths), "the library of maps has")
    script, style = (path.read_text(encoding="utf-8") for path in paths)
    return script, style


def _require(is_there: bool, what: str) -> None:
    if not is_there:
        raise NotFound(f"{what} not been built; run script/bootstrap, or npm ci && npm run build in src/altaigis/web")


def mount(app: FastAPI) -> None:
    """Serve the assets of the front end beside the API."""
    app.mount("/assets", Assets(directory=DIST / "assets", check_dir=False), name="assets")
