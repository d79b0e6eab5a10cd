"""The built front end: pages, and assets whose names carry the hash of their content."""

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

from altaigis.api.negotiation import HTML
from altaigis.errors import NotFound
from altaigis.web import DIST

#: The map may draw from OpenStreetMap where the reader switches it on; everything else comes from here.
CSP = (
    "default-src 'self'; img-src 'self' data: https://tile.openstreetmap.org; style-src 'self' 'unsafe-inline'; "
    "base-uri 'self'; form-action 'self'; object-src 'none'; frame-ancestors *"
)
IMMUTABLE = "public, max-age=31536000, immutable"
VARY = "Accept, Accept-Encoding, Accept-Language"


class Assets(StaticFiles):
    """Static files that never change under their name."""

    def file_response(self, *args: object, **options: object) -> Response:
        answer: Response = super().file_response(*args, **options)  # type: ignore[arg-type]
        answer.headers["Cache-Control"] = IMMUTABLE
        return answer


def page_file(name: str) -> Response:
    """A page of the front end.

    Raises:
        NotFound: the front end has not been built.
    """
    path = DIST / name
    if not path.is_file():
        raise NotFound(
            "the map has not been built; run script/bootstrap, or npm ci && npm run build in src/altaigis/web"
        )
    headers = {"Content-Security-Policy": CSP, "Cache-Control": "no-cache", "Vary": VARY}
    return FileResponse(path, media_type=f"{HTML}; charset=utf-8", headers=headers)


def mount(app: FastAPI) -> None:
    """Serve the assets of the front end beside the API."""
    app.mount("/assets", Assets(directory=DIST / "assets", check_dir=False), name="assets")
