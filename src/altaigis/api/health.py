"""Health for those who operate the server."""

from fastapi import APIRouter, Request, Response

from altaigis import errors
from altaigis.api import respond
from altaigis.api.errors import problem
from altaigis.api.state import Services

router = APIRouter(tags=["Operations"], include_in_schema=False)
NEVER_CACHED = {"Cache-Control": "no-store"}


@router.get("/healthz")
def healthz(request: Request) -> Response:
    """The process lives."""
    return respond.json(request, {"status": "ok"}, headers=NEVER_CACHED)


@router.get("/readyz")
async def readyz(request: Request, services: Services) -> Response:
    """The database answers and every layer has data; else 503 with what is missing."""
    try:
        loaded = await services.ledger.look()
    except errors.DatabaseUnavailable as error:
        return problem(request, 503, "DatabaseUnavailable", str(error))
    missing = sorted(layer.id for layer in services.catalog if layer.id not in loaded)
    if missing:
        return problem(request, 503, "NotLoaded", f"not loaded yet: {', '.join(missing)}")
    return respond.json(request, {"status": "ready", "layers": len(loaded)}, headers=NEVER_CACHED)
