"""Jobs: runs of processes, how far they are, and what has become of them."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from altaigis.api import html, openapi, respond
from altaigis.api.descriptions import offered, spoken_inputs
from altaigis.api.links import Links, header
from altaigis.api.negotiation import HTML, JSON, RESOURCE, parameters, wanted_format, wanted_language
from altaigis.api.openapi import DEFAULT_ENTRIES, MOST_ENTRIES, parse_offset
from altaigis.api.state import Services, State
from altaigis.api.wording import spoken
from altaigis.api.writing import token
from altaigis.domain.expression import Literal
from altaigis.domain.job import ENDED, STATUSES, Job, Wanted
from altaigis.domain.layer import Layer
from altaigis.domain.link import Link
from altaigis.domain.text import Language, Text
from altaigis.errors import (
    AnalysisError,
    AnalysisRefused,
    JobFailed,
    JobNotFound,
    ParameterError,
    ResultGone,
    ResultNotReady,
)
from altaigis.filters.instants import first_moment, last_moment, print_instant
from altaigis.filters.params import parse_datetime, parse_limit

#: The path of the input that a refusal begins with.
_BLAMED = re.compile(r"(?P<path>inputs(\.\w+)+): ")
router = APIRouter(tags=["Processes"])

NOTEBOOK = "application/x-ipynb+json"
RESULTS_REL = "http://www.opengis.net/def/rel/ogc/1.0/results"
#: A page of a job that has not ended is read again after so many seconds.
REFRESH_SECONDS = 2
WORDS: Mapping[str, Text] = {
    "accepted": Text(ru="Ждёт очереди", en="Waits for its turn"),
    "running": Text(ru="Считается", en="Runs"),
    "successful": Text(ru="Готово", en="Done"),
    "failed": Text(ru="Не вышло", en="Failed"),
    "dismissed": Text(ru="Отменено", en="Dismissed"),
}
STAGES: Mapping[str, Text] = {
    "reading": Text(ru="Читаются данные", en="Reading the data"),
    "checking": Text(ru="Проверяется", en="Checking"),
    "counting": Text(ru="Подсчёт", en="Counting"),
    "comparing": Text(ru="Сравнение", en="Comparing"),
    "grouping": Text(ru="Группировка", en="Grouping"),
    "smoothing": Text(ru="Сглаживание", en="Smoothing"),
    "testing": Text(ru="Проверка значимости", en="Testing"),
    "permuting": Text(ru="Перестановки", en="Permuting"),
    "aggregating": Text(ru="Сложение в индекс", en="Aggregating"),
    "drawing weights": Text(ru="Испытание весов", en="Drawing weights"),
    "drawing": Text(ru="Построение поля", en="Drawing the surface"),
    "publishing": Text(ru="Публикация результата", en="Publishing the result"),
}
_CONDITIONS = ("type", "processID", "status", "datetime", "minDuration", "maxDuration")


@router.get(
    "/jobs",
    summary="Jobs, the newest first",
    openapi_extra=openapi.operation(
        (JSON, HTML), "jobs", "offset", "jobType", "processID", "jobStatus", "created", "minDuration", "maxDuration",
        schema="Jobs",
    ),
)  # fmt: skip
async def jobs(request: Request, services: Services) -> Response:
    asked = parameters(request, "limit", "offset", *_CONDITIONS)
    limit = parse_limit(asked.get("limit"), DEFAULT_ENTRIES, MOST_ENTRIES)
    offset = parse_offset(asked.get("offset"))
    wanted = _wanted(asked)
    language, links = wanted_language(request), Links(request)
    found, count = await services.jobs.list(wanted, limit, offset)
    own = links.formats(RESOURCE, "json")
    if offset + limit < count:
        own.append(Link(links.here(offset=str(offset + limit)), "next", JSON))
    told = [status(job, language, links) for job in found]
    if wanted_format(request, RESOURCE) == "html":
        following = next((link.href for link in own if link.rel == "next"), None)
        rows = await run_sync(lambda: list(map(_row, found, told)))
        return html.page(request, "jobs.html", jobs=rows, count=count, next=following)
    return respond.json(request, {"jobs": told, "links": [link.as_json() for link in own]}, headers=header(own))


@router.get("/jobs/{job_id}", summary="One job", openapi_extra=openapi.operation((JSON, HTML), schema="Job"))
async def job(request: Request, services: Services, job_id: str) -> Response:
    parameters(request)
    found = await services.jobs.job(_id(job_id))
    await services.ledger.look()
    language, links = wanted_language(request), Links(request)
    document = status(found, language, links)
    if wanted_format(request, RESOURCE) == "json":
        return respond.json(request, document)
    made = services.jobs.derivation_of(found.result or "")
    process = (await run_sync(offered)).get(found.order.process)
    return html.page(
        request,
        "job.html",
        job=await run_sync(_row, found, document),
        inputs=spoken_inputs(process, found.order.inputs, language) if process else found.order.inputs,
        method=process.method if process else None,
        told=spoken(made.summary, language) if made else None,
        refresh=None if found.status in ENDED else REFRESH_SECONDS,
        result=found.result if made else None,
        text=made.summary["text"][language] if made else None,
        on_map=_on_map(found, language, links),
    )


@router.get(
    "/jobs/{job_id}/results",
    summary="Results of a job",
    openapi_extra=openapi.operation((JSON, HTML), schema="Results"),
)
async def job_results(request: Request, services: Services, job_id: str) -> Response:
    parameters(request)
    found = await finished(services, job_id)
    document = results(services, found, wanted_language(request), Links(request))
    if wanted_format(request, RESOURCE) == "html":
        return html.page(request, "resource.html", heading=WORDS["successful"].en, document=document)
    return respond.json(request, document)


async def finished(services: State, job_id: str) -> Job:
    """A job that has ended well.

    Raises:
        JobNotFound, ResultNotReady: there is none, or it has not ended yet.
        AnalysisError, JobFailed, ResultGone: it has ended without a result.
    """
    found = await services.jobs.job(_id(job_id))
    await services.ledger.look()
    if found.status not in ENDED:
        raise ResultNotReady(f"job '{found.id}' has not ended yet; it is {found.status}")
    failing(found)
    return found


# Its part of the OpenAPI document stands with that of executions: it needs a key
@router.delete("/jobs/{job_id}", include_in_schema=False)
async def dismiss(request: Request, services: Services, job_id: str) -> Response:
    parameters(request)
    key = await services.jobs.admit(token(request))
    left = await services.jobs.dismiss(key, _id(job_id))
    document = status(left, wanted_language(request), Links(request)) | {"status": "dismissed"}
    return respond.json(request, document, headers={"Cache-Control": "no-store"})


def status(job: Job, language: Language, links: Links) -> dict[str, Any]:
    """The status document of a job. Whose key has ordered it is not told: reading is open to all."""
    times = {"created": job.created, "started": job.started, "finished": job.finished, "updated": job.updated}
    own = [Link(location(links, job), "self", JSON)]
    if job.status == "successful" and job.result:
        own += [
            Link(links.href("jobs", str(job.id), "results"), RESULTS_REL, JSON),
            Link(links.href("collections", job.result), "related", JSON),
            Link(links.href("jobs", str(job.id), "notebook.ipynb"), "related", NOTEBOOK),
            Link(_on_map(job, language, links), "related", HTML, Text(ru="На карте", en="On the map").in_(language)),
        ]
    return {
        "processID": job.order.process,
        "type": "process",
        "jobID": str(job.id),
        "status": job.status,
        "message": _message(job, language),
        **{name: print_instant(time) for name, time in times.items() if time},
        "progress": job.progress,
        "altai:version": job.order.version,
        "altai:inputs": job.order.inputs,
        "altai:seed": job.order.seed,
        "altai:attempts": job.attempts,
        "links": [link.as_json() for link in own],
    }


def _message(job: Job, language: Language) -> str:
    if job.failure:
        return job.failure.reason
    # the stage of a job that has ended is of no interest
    if job.status != "running" or not job.stage:
        return WORDS[job.status].in_(language)
    return STAGES[job.stage].in_(language) if job.stage in STAGES else job.stage


def results(services: Services, job: Job, language: Language, links: Links) -> dict[str, Any]:
    """The results document of a job that has ended well.

    Raises:
        ResultGone: its layer is no longer kept.
    """
    derivation = services.jobs.derivation_of(job.result or "")
    if derivation is None:
        raise ResultGone(f"the result of job '{job.id}' is no longer kept; run it again")
    layer = services.catalog.layer(job.result or "")
    made = {
        "inputs": dict(derivation.inputs),
        "parameters": dict(derivation.parameters),
        "seed": derivation.seed,
        "code": derivation.code,
    }
    beside = {
        name: _reference(services.catalog.layer(other), language, links)
        for name, other in derivation.together.items()
        if other != layer.id and other in services.catalog
    }
    return {
        "result": _reference(layer, language, links),
        "summary": {"value": {**derivation.summary, "altai:made": made}, "mediaType": JSON},
        **beside,
    }


def _reference(layer: Layer, language: Language, links: Links) -> dict[str, str]:
    return {"href": links.href("collections", layer.id), "type": JSON, "title": layer.title.in_(language)}


def failing(job: Job) -> None:
    """
    Raises:
        AnalysisError, JobFailed, ResultGone: the job has ended without a result.
    """
    if job.failure:
        if job.failure.kind != "refused":
            raise JobFailed(job.failure.reason)
        if (blamed := _BLAMED.match(job.failure.reason)) is None:
            raise AnalysisError(job.failure.reason)
        raise AnalysisRefused("/" + blamed["path"].replace(".", "/"), job.failure.reason)
    if job.status == "dismissed":
        raise ResultGone(f"job '{job.id}' was dismissed")


def location(links: Links, job: Job) -> str:
    return links.href("jobs", str(job.id))


def _on_map(job: Job, language: Language, links: Links) -> str:
    return f"{links.href()}?lang={language}#layers={job.result}"


def _row(job: Job, document: dict[str, Any]) -> dict[str, Any]:
    known = offered().get(job.order.process)
    words = {"title": known.title if known else Text(ru=job.order.process, en=job.order.process)}
    return {**document, **words, "word": WORDS[job.status], "created_at": job.created}


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise JobNotFound(f"there is no job '{text[:80]}'") from None


def _wanted(asked: Mapping[str, str]) -> Wanted:
    """The conditions of a list.

    Raises:
        ParameterError: one of them makes no sense.
    """
    if asked.get("type", "process") != "process":
        raise ParameterError("type", "is not 'process', of which all jobs are")
    statuses = _parts(asked, "status")
    for one in statuses:
        if one not in STATUSES:
            raise ParameterError("status", f"'{one[:40]}' is none; there are {', '.join(STATUSES)}")
    since = until = None
    if "datetime" in asked:
        interval = parse_datetime(asked["datetime"])
        since = _moment(interval.start, last=False)
        until = _moment(interval.end, last=True)
    return Wanted(
        statuses=statuses,  # type: ignore[arg-type]
        processes=_parts(asked, "processID"),
        since=since,
        until=until,
        least_seconds=_seconds(asked, "minDuration"),
        most_seconds=_seconds(asked, "maxDuration"),
    )


def _parts(asked: Mapping[str, str], name: str) -> tuple[str, ...]:
    if name in asked and not asked[name].strip(", "):
        raise ParameterError(name, "is empty")
    return tuple(part.strip() for part in asked.get(name, "").split(",") if part.strip())


def _moment(end: Any, *, last: bool) -> datetime | None:
    if not isinstance(end, Literal):
        return None
    assert isinstance(end.value, date), "an instant is a day or a moment"
    return last_moment(end.value) if last else first_moment(end.value)


def _seconds(asked: Mapping[str, str], name: str) -> int | None:
    text = asked.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ParameterError(name, f"'{text[:40]}' is no whole number of seconds")
    return int(text)
