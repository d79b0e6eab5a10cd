"""OGC API - Processes: what can be computed here, and the door to have it computed, with a key."""

import io
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from altaigis.api import html, openapi, respond
from altaigis.api.descriptions import LARGEST_SEED, OUTPUTS, SEED, inputs_of, offered, outputs_of, pointer
from altaigis.api.jobs import failing, location, results, status
from altaigis.api.links import Links, header
from altaigis.api.negotiation import HTML, JSON, RESOURCE, parameters, wanted_format, wanted_language
from altaigis.api.openapi import MOST_ENTRIES, parse_offset
from altaigis.api.state import Services
from altaigis.api.writing import SIGNED, UNSIGNED, media_type, receive, refusal, token
from altaigis.domain.job import ENDED, Job, Order
from altaigis.domain.link import Link
from altaigis.domain.text import Language
from altaigis.errors import InputsRefused, ParameterError, ProcessNotFound, UnsupportedMediaType
from altaigis.filters.params import parse_limit

if TYPE_CHECKING:
    from altaigis.processes.process import Process

router = APIRouter(tags=["Processes"])

EXECUTE_REL = "http://www.opengis.net/def/rel/ogc/1.0/execute"
JOB_LIST_REL = "http://www.opengis.net/def/rel/ogc/1.0/job-list"
LARGEST_BODY = 1_000_000
#: Levels of lists and objects in a body; what processes take has far fewer.
DEEPEST = 20
#: One who waits for an answer is told of the job after so many seconds instead: proxies give up soon after.
SYNC_SECONDS = 50
#: Members of an input value that says of what form it is.
QUALIFIED = {"value", "mediaType", "encoding", "schema"}
MEMBERS = ("inputs", "outputs", "response")


@router.get(
    "/processes",
    summary="All processes",
    openapi_extra=openapi.operation((JSON, HTML), "entries", "offset", schema="Processes"),
)
def processes(request: Request) -> Response:
    asked = parameters(request, "limit", "offset")
    limit = parse_limit(asked.get("limit"), MOST_ENTRIES, MOST_ENTRIES)
    offset = parse_offset(asked.get("offset"))
    language, links = wanted_language(request), Links(request)
    known = list(offered().values())
    told = [_summary(process, language, links) for process in known[offset : offset + limit]]
    if wanted_format(request, RESOURCE) == "html":
        return html.page(request, "processes.html", processes=told)
    own = links.formats(RESOURCE, "json")
    if offset + limit < len(known):
        own.append(Link(links.here(offset=str(offset + limit)), "next", JSON))
    own.append(Link(links.href("jobs"), JOB_LIST_REL, JSON))
    return respond.json(request, {"processes": told, "links": [link.as_json() for link in own]}, headers=header(own))


@router.get(
    "/processes/{process_id}",
    summary="One process: its inputs and outputs",
    openapi_extra=openapi.operation((JSON, HTML), schema="Process"),
)
def process(request: Request, process_id: str) -> Response:
    parameters(request)
    found = _process(process_id)
    language, links = wanted_language(request), Links(request)
    document = {
        **_summary(found, language, links),
        "inputs": inputs_of(found, language),
        "outputs": outputs_of(found, language),
        "altai:example": {"inputs": found.example},
        "altai:method": {"formula": found.method.formula, "citations": found.method.citations},
        "links": [link.as_json() for link in (*links.formats(RESOURCE, "json"), *_leading_on(found, links))],
    }
    if wanted_format(request, RESOURCE) == "html":
        example = orjson.dumps(document["altai:example"]).decode()
        named = shlex.join(_flags(found.example))
        return html.page(request, "process.html", process=document, example=example, flags=named)
    return respond.json(request, document)


# Its part of the OpenAPI document stands below: it has a body and a key
@router.post("/processes/{process_id}/execution", include_in_schema=False)
async def execute(request: Request, services: Services, process_id: str) -> Response:
    parameters(request)
    found = await run_sync(_process, process_id)
    key = await services.jobs.admit(token(request))
    document = await _document(request)
    order, answer = _order(found, document), _Answer(document, (*OUTPUTS, *found.outputs))
    job = await services.jobs.order(key, order)
    prefers_async = _prefers(request, "respond-async")
    if not prefers_async and not found.heavy:
        job = await services.jobs.ended(job, SYNC_SECONDS)
        if job.status in ENDED:
            return await answer(request, services, job)
    headers = {"Location": location(Links(request), job), "Cache-Control": "no-store"}
    headers |= {"Preference-Applied": "respond-async"} if prefers_async else {}
    body = orjson.dumps(status(job, wanted_language(request), Links(request)))
    return Response(body, 201, headers, JSON)


class _Answer:
    """What an execution is answered with when its job has ended: a document of all results, or one of them raw."""

    def __init__(self, document: Mapping[str, Any], offered: Sequence[str]) -> None:
        """
        Args:
            offered: names of all outputs of the process.

        Raises:
            InputsRefused: the body asks for outputs that there are not, or for several of them raw.
        """
        outputs = document.get("outputs", {})
        if not isinstance(outputs, dict):
            raise InputsRefused("/outputs", "is no object of outputs by their names")
        for name, how in outputs.items():
            if name not in offered:
                raise InputsRefused(pointer(document, ("outputs", name)), f"there are {', '.join(offered)}")
            if not isinstance(how, dict):
                raise InputsRefused(pointer(document, ("outputs", name)), "is no object; {} will do")
        self._names = tuple(outputs or offered)
        response = document.get("response", "document")
        if response not in ("document", "raw"):
            raise InputsRefused("/response", "is neither 'document' nor 'raw'")
        if response == "raw" and len(self._names) > 1:
            raise InputsRefused("/response", "raw is one output: name it in outputs, or ask for the document")
        self._is_raw = response == "raw"

    async def __call__(self, request: Request, services: Services, job: Job) -> Response:
        failing(job)
        links = Links(request)
        told = results(services, job, wanted_language(request), links)
        monitor = Link(location(links, job), "monitor", JSON)
        headers = {"Cache-Control": "no-store"}
        if not self._is_raw:
            document = {name: told[name] for name in self._names if name in told}
            return Response(orjson.dumps(document), headers=headers | header([monitor]), media_type=JSON)
        (name,) = self._names
        if "href" in told[name]:
            # by reference, as collections are (OGC 18-062r2, table 11)
            return Response(status_code=204, headers=headers | header([Link(told[name]["href"], name, JSON), monitor]))
        return Response(orjson.dumps(told[name]["value"]), headers=headers | header([monitor]), media_type=JSON)


def _flags(inputs: Mapping[str, Any]) -> list[str]:
    """Inputs as the command takes them."""
    texts = {name: one if isinstance(one, str) else orjson.dumps(one).decode() for name, one in inputs.items()}
    return [word for name, text in texts.items() for word in ("--input", f"{name}={text}")]


def _process(process_id: str) -> "Process":
    found = offered().get(process_id)
    if found is None:
        raise ProcessNotFound(f"there is no process '{process_id[:80]}'; /processes lists those that there are")
    return found


def _summary(process: "Process", language: Language, links: Links) -> dict[str, Any]:
    own = Link(links.href("processes", process.id), "self", JSON, process.title.in_(language))
    return {
        "id": process.id,
        "title": process.title.in_(language),
        "description": process.description.in_(language),
        "version": process.version,
        "jobControlOptions": [*(() if process.heavy else ("sync-execute",)), "async-execute", "dismiss"],
        "outputTransmission": ["value", "reference"],
        "links": [own.as_json()],
    }


def _leading_on(process: "Process", links: Links) -> list[Link]:
    return [
        Link(links.href("processes", process.id, "execution"), EXECUTE_REL, JSON),
        Link(links.href("jobs", processID=process.id), JOB_LIST_REL, JSON),
    ]


async def _document(request: Request) -> dict[str, Any]:
    """The body, an object of JSON.

    Raises:
        UnsupportedMediaType, TooLarge, InputsRefused: it is something else, too much, or has other members.
    """
    if media_type(request) != JSON:
        raise UnsupportedMediaType(f"'{media_type(request)[:60]}' is not read here; an execution is {JSON}")
    body = io.BytesIO()
    await receive(request, body, LARGEST_BODY)
    try:
        document = orjson.loads(body.getbuffer())
    except orjson.JSONDecodeError as error:
        raise InputsRefused("", f"the body is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise InputsRefused("", "the body is no object")
    if _is_deep(document):
        raise InputsRefused("", f"the body has more than {DEEPEST} levels")
    for member in document:
        if member not in MEMBERS:
            told = "callbacks are not offered" if member == "subscriber" else f"there are {', '.join(MEMBERS)}"
            raise InputsRefused(pointer(document, (member,)), f"is no member that is read here; {told}")
    return document


def _is_deep(document: Any) -> bool:
    level = [document]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def _order(process: "Process", document: Mapping[str, Any]) -> Order:
    """What a body asks for.

    Raises:
        InputsRefused: it does not fit the description of the process.
    """
    values = document.get("inputs", {})
    if not isinstance(values, dict):
        raise InputsRefused("/inputs", "is no object of inputs by their names")
    # OGC 18-062r2 wraps objects so; a value that is one of ours has other members
    values = {name: one["value"] if _is_wrapped(one) else one for name, one in values.items()}
    seed = 0
    if SEED not in process.inputs.model_fields:
        seed = values.pop(SEED, 0)
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
            raise InputsRefused(f"/inputs/{SEED}", f"is no whole number from 0 to {LARGEST_SEED}")
    try:
        inputs = process.parsed(values)
    except ParameterError as error:
        problem = str(error).removeprefix(f"{error.parameter}: ")
        raise InputsRefused(pointer(document, error.parameter.split(".")), problem) from None
    return Order(process.id, process.version, inputs.model_dump(mode="json"), seed)


def _is_wrapped(value: object) -> bool:
    return isinstance(value, dict) and "value" in value and value.keys() <= QUALIFIED


def _prefers(request: Request, preference: str) -> bool:
    told = ",".join(request.headers.getlist("prefer")).replace(";", ",")
    return preference in (part.strip().lower() for part in told.split(","))


_STATUS = {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Job"}}}}
_TEXT = {"schema": {"type": "string"}}
#: The operations in the OpenAPI document that need a key, by path and method.
OPERATIONS: dict[str, dict[str, Any]] = {
    "/processes/{process_id}/execution": {
        "post": {
            "tags": ["Processes"],
            "summary": "Run a process",
            "description": f"At most {LARGEST_BODY} bytes. A process without sync-execute among its jobControlOptions, "
            f"and one that takes longer than {SYNC_SECONDS} seconds, is answered with its job.",
            "operationId": "execute",
            "security": SIGNED,
            "parameters": [
                {"name": "process_id", "in": "path", "required": True, "description": "Id of a process.", **_TEXT},
                {
                    "name": "Prefer",
                    "in": "header",
                    "required": False,
                    "description": "respond-async: answer with the job at once.",
                    **_TEXT,
                },
            ],
            "requestBody": {"required": True, "content": {JSON: {"schema": {"$ref": "#/components/schemas/Execute"}}}},
            "responses": {
                "200": {
                    "description": "The results.",
                    "content": {JSON: {"schema": {"$ref": "#/components/schemas/Results"}}},
                },
                "201": {
                    "description": "The job.",
                    "headers": {"Location": _TEXT, "Preference-Applied": _TEXT},
                    **_STATUS,
                },
                "204": {"description": "The raw output is where the Link header says.", "headers": {"Link": _TEXT}},
                "400": refusal("The body does not fit; pointer tells where, or why the analysis refuses it."),
                **UNSIGNED,
                "404": refusal("There is no such process."),
                "413": refusal("Too much at once."),
                "415": refusal("Not a form that is read here."),
                "503": refusal("Too many jobs of this key wait."),
                "default": {"$ref": "#/components/responses/Problem"},
            },
        }
    },
    "/jobs/{job_id}": {
        "delete": {
            "tags": ["Processes"],
            "summary": "End a job, or forget one that has ended",
            "operationId": "dismiss",
            "security": SIGNED,
            "parameters": [
                {"name": "job_id", "in": "path", "required": True, "description": "Id of a job.", **_TEXT},
            ],
            "responses": {
                "200": {"description": "The job as it is left.", **_STATUS},
                **UNSIGNED,
                "404": refusal("There is no such job."),
                "default": {"$ref": "#/components/responses/Problem"},
            },
        }
    },
}
