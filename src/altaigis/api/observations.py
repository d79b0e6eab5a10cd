"""POST /observations: what stations measured, with a key; every row is answered for."""

import tempfile
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from altaigis.api.negotiation import JSON, parameters
from altaigis.api.state import Services
from altaigis.api.writing import SIGNED, UNSIGNED, media_type, receive, refusal, token
from altaigis.domain.observation import COLUMNS, FLAGS, REQUIRED_COLUMNS, Form, Receipt
from altaigis.errors import ParameterError, UnsupportedMediaType
from altaigis.services.observations import LARGEST_BODY, MOST_ROWS

router = APIRouter(tags=["Monitoring"])

FORMS: dict[str, Form] = {
    JSON: "json",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "text/csv": "csv",
}
#: Smaller bodies do not touch the disk.
IN_MEMORY = 1 << 20


# Its part of the OpenAPI document stands below: it has a body and a key, as no other route has.
@router.post("/observations", include_in_schema=False)
async def post_observations(request: Request, services: Services) -> Response:
    asked = parameters(request, "zone", "source")
    source = asked.get("source")
    if source is not None and not 0 < len(source) <= 200:
        raise ParameterError("source", "is a name of 1 to 200 characters")
    key = await services.observations.admit(token(request))
    form = _form(request)
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as body:
        await receive(request, body, LARGEST_BODY)  # type: ignore[arg-type]
        receipt = await services.observations.receive(key, body, form, source, asked.get("zone"))  # type: ignore[arg-type]
    status = 422 if receipt.received and not receipt.accepted else 200
    return Response(orjson.dumps(_answer(receipt)), status, {"Cache-Control": "no-store"}, JSON)


def _form(request: Request) -> Form | None:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise UnsupportedMediaType(f"Content-Encoding '{encoding[:40]}' is not read here; gzip is")
    told = media_type(request)
    if told not in FORMS:
        raise UnsupportedMediaType(f"'{told[:60]}' is not read here; there are {', '.join(FORMS)}")
    # a single object a line is often sent as application/json too: the content tells the two apart
    return None if told == JSON else FORMS[told]


def _answer(receipt: Receipt) -> dict[str, Any]:
    return {
        "load": receipt.load,
        "received": receipt.received,
        "accepted": receipt.accepted,
        "added": receipt.added,
        "corrected": receipt.corrected,
        "unchanged": receipt.unchanged,
        "duplicates": receipt.duplicates,
        "refused": receipt.refused,
        "reasons": receipt.reasons,
        "new_parameters": list(receipt.new_parameters),
        "suggestions": receipt.suggestions,
        "refusals": [{"row": refusal.row, "reason": refusal.reason} for refusal in receipt.refusals],
    }


_ROW = {
    "type": "object",
    "required": list(REQUIRED_COLUMNS),
    "additionalProperties": False,
    "properties": {
        "station": {"type": "string", "description": "Id of a feature of monitoring_points."},
        "parameter": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"},
        "time": {"type": "string", "description": "ISO 8601 or 15.01.2026 07:00, with an offset or Z, or in the zone."},
        "value": {"type": "number"},
        "unit": {"type": "string", "description": "Converted to the unit of the parameter."},
        "flag": {"type": "string", "enum": list(FLAGS), "default": "unchecked"},
        "source": {"type": "string", "description": "Where the value comes from."},
    },
}
_COUNTS = ("load", "received", "accepted", "added", "corrected", "unchanged", "duplicates", "refused")
_RECEIPT = {
    "type": "object",
    "required": [*_COUNTS, "reasons", "new_parameters", "suggestions", "refusals"],
    "properties": {
        **{name: {"type": "integer"} for name in _COUNTS},
        "reasons": {"type": "object", "additionalProperties": {"type": "integer"}},
        "new_parameters": {
            "type": "array",
            "description": "Parameters that nobody has measured before; a misspelt one is among them.",
            "items": {"type": "string"},
        },
        "suggestions": {
            "type": "object",
            "description": "By a parameter that is not declared, the declared one that was probably meant.",
            "additionalProperties": {"type": "string"},
        },
        "refusals": {
            "type": "array",
            "description": "Rows that were not taken, counted from 1; the first 10 000 of them. A row that a later one "
            "contradicts is among them.",
            "items": {"type": "object", "properties": {"row": {"type": "integer"}, "reason": {"type": "string"}}},
        },
    },
}


def _parameter(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": {"type": "string"}}


#: The operation in the OpenAPI document, and the ways to show a key.
OPERATION: dict[str, Any] = {
    "tags": ["Monitoring"],
    "summary": "Send observations",
    "description": f"At most {LARGEST_BODY} bytes and {MOST_ROWS} rows; one request is one transaction.",
    "operationId": "post_observations",
    "security": SIGNED,
    "parameters": [
        _parameter("zone", "Zone of times that name none, as Asia/Barnaul; without it such rows are refused."),
        _parameter("source", "Where rows come from that do not say it themselves; the key's name, if not given."),
    ],
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"type": "array", "items": _ROW, "maxItems": MOST_ROWS}},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string", "example": ",".join(COLUMNS)}},
        },
    },
    "responses": {
        "200": {"description": "What became of each row.", "content": {JSON: {"schema": _RECEIPT}}},
        "422": {"description": "The same where every row was refused.", "content": {JSON: {"schema": _RECEIPT}}},
        **UNSIGNED,
        "413": refusal("Too much at once."),
        "415": refusal("Not a form that is read here."),
        "default": {"$ref": "#/components/responses/Problem"},
    },
}
