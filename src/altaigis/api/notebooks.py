"""The notebook that repeats a job: what it is, the run by the Python client, and its result on a map."""

from typing import TYPE_CHECKING, Any

import orjson
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from altaigis.api import openapi, respond
from altaigis.api.descriptions import offered
from altaigis.api.jobs import NOTEBOOK, finished, results
from altaigis.api.links import Links
from altaigis.api.negotiation import parameters, wanted_format, wanted_language
from altaigis.api.state import Services
from altaigis.domain.text import Language, Text

if TYPE_CHECKING:
    from altaigis.domain.job import Job
    from altaigis.processes.process import Process

router = APIRouter(tags=["Processes"])

_RUN = Text(
    ru="Тот же расчёт: те же входы и то же зерно случайности дают тот же результат, пока не сменились данные. Ключ "
    "даёт администратор: `altaigis keys add`.",
    en="The same run: the same inputs and the same seed give the same result, as long as the data are the same. A key "
    "is given by the administrator: `altaigis keys add`.",
)
_READ = Text(ru="Что сказано о целом:", en="What is said of the whole:")
_MAP = Text(ru="Результат как таблица с геометрией и на карте:", en="The result as a table with shapes, and on a map:")


@router.get(
    "/jobs/{job_id}/notebook.ipynb",
    summary="A notebook that repeats a job",
    openapi_extra=openapi.operation((NOTEBOOK,)),
)
async def notebook(request: Request, services: Services, job_id: str) -> Response:
    parameters(request)
    wanted_format(request, {"ipynb": NOTEBOOK})
    job = await finished(services, job_id)
    process = (await run_sync(offered))[job.order.process]
    language, links = wanted_language(request), Links(request)
    told = results(services, job, language, links)
    body = orjson.dumps(_notebook(_cells(process, job, told, language, links)), option=orjson.OPT_INDENT_2)
    name = f'attachment; filename="{job.order.process}-{str(job.id)[:8]}.ipynb"'
    return respond.data(request, body, NOTEBOOK, headers={"Content-Disposition": name})


def _cells(
    process: "Process", job: "Job", told: dict[str, Any], language: Language, links: Links
) -> list[tuple[str, str]]:
    """Pairs of a kind and a text, in their order."""
    summary = told["summary"]["value"]
    made = summary["altai:made"]
    used = ", ".join(f"`{layer}` {number}" for layer, number in made["inputs"].items())
    citations = "\n".join(f"- {one}" for one in process.method.citations)
    chosen = {name: value for name, value in job.order.inputs.items() if value is not None}
    inputs = chosen | ({} if job.order.seed is None else {"seed": job.order.seed})
    raster = links.href("rasters", "LAYER", "cog.tif").replace("LAYER", "{result.layer}")
    shown = (
        f'import rasterio\nfrom rasterio.plot import show\n\nshow(rasterio.open(f"{raster}"))'
        if "error" in told
        else "result.frame.explore()"
    )
    return [
        ("markdown", f"# {told['result']['title']}\n\n{summary['text'][language]}"),
        ("markdown", f"## {process.title.in_(language)}\n\n`{process.method.formula}`\n\n{citations}\n\n{used}"),
        ("markdown", _RUN.in_(language)),
        (
            "code",
            "import os\nfrom getpass import getpass\n\nfrom altaigis.client import Client\n\n"
            'key = os.environ.get("ALTAIGIS_KEY") or getpass("Key: ")\n'
            f'client = Client("{links.href()}", key=key)\n'
            f'result = client.run("{job.order.process}", {inputs!r}, language="{language}")',
        ),
        ("markdown", _READ.in_(language)),
        ("code", "print(result.text)"),
        ("markdown", _MAP.in_(language)),
        ("code", shown),
    ]


def _notebook(cells: list[tuple[str, str]]) -> dict[str, Any]:
    """In the format of Jupyter, version 4.5."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        "cells": [
            {
                "id": f"cell-{at}",
                "cell_type": kind,
                "metadata": {},
                "source": text.splitlines(keepends=True),
                **({"execution_count": None, "outputs": []} if kind == "code" else {}),
            }
            for at, (kind, text) in enumerate(cells)
        ],
    }
