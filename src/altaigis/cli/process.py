"""altaigis process."""

import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from altaigis import errors
from altaigis.cli.console import out, say, telling_of_a_stop
from altaigis.cli.installation import database_url, ready_database
from altaigis.cli.progress import analysing
from altaigis.domain.job import Order
from altaigis.domain.text import LANGUAGES
from altaigis.settings import read_settings

if TYPE_CHECKING:
    from altaigis.processes.process import Process

process = typer.Typer(no_args_is_help=True, help="Analyses whose results are layers.")

Lang = Annotated[str, typer.Option("--lang", metavar="|".join(LANGUAGES), help="Language of titles and summaries.")]


@process.command("list")
def process_list(lang: Lang = "en") -> None:
    """List the analyses and their inputs."""
    from altaigis.processes.registry import PROCESSES

    language = _language(lang)
    table = Table("id", "what it is", "inputs", box=None)
    for found in PROCESSES.values():
        table.add_row(found.id, found.title.in_(language), ", ".join(found.inputs.model_fields))
    out.print(table)


@process.command("run")
def process_run(
    process_id: Annotated[str, typer.Argument(metavar="ID", help="Of an analysis, as altaigis process list tells.")],
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", metavar="NAME=VALUE", help="An input; its value is JSON or a text; repeatable."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Inputs as an object of JSON; - for a pipe."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all chance: the same one gives the same result.")] = 0,
    queue: Annotated[bool, typer.Option("--async", help="Leave it to a server's worker, and do not wait.")] = False,
    lang: Lang = "en",
) -> None:
    """Run an analysis here and now; its result is a layer like any other."""
    language = _language(lang)
    settings = read_settings()
    found = _process(process_id)
    parsed = found.parsed({**_from_file(file), **dict(map(_pair, inputs or ()))})
    order = Order(found.id, found.version, parsed.model_dump(mode="json"), seed)
    database, who = ready_database(settings), f"user {getpass.getuser()}"
    try:
        if queue:
            from altaigis.store.jobs import order_job

            say(f"job {order_job(database, order, who).id}")
            return
        from altaigis.jobs.analyses import Analyses

        analyses = Analyses.of(settings, database_url(settings))
        with telling_of_a_stop(lambda: "nothing is kept of it"), analysing(found.id) as tell:
            made = analyses.perform(order, who, tell)
    finally:
        database.dispose()
    layer = made.layer
    say(f"{layer.id}: {layer.title.in_(language)}")
    for name, other in made.derivation.together.items():
        if other != layer.id:
            say(f"{other}: {name}")
    say(made.derivation.summary["text"][language])
    say(f"on a server's map: /#layers={layer.id}; its data: /collections/{layer.id}")


def _process(process_id: str) -> "Process":
    from altaigis.processes.registry import PROCESSES

    found = PROCESSES.get(process_id)
    if found is None:
        raise errors.ProcessNotFound(f"there is no process '{process_id[:80]}'; there are {', '.join(PROCESSES)}")
    return found


def _pair(text: str) -> tuple[str, Any]:
    name, is_there, value = text.partition("=")
    if not is_there or not name.strip():
        raise errors.ParameterError("--input", f"'{text[:80]}' is not NAME=VALUE")
    try:
        return name.strip(), json.loads(value)
    except (json.JSONDecodeError, RecursionError):
        return name.strip(), value


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        document = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    except OSError as error:
        raise errors.ParameterError("--json", f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise errors.ParameterError("--json", f"{file} is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise errors.ParameterError("--json", f"{file} holds no object of inputs by their names")
    return document


def _language(text: str) -> Any:
    if text not in LANGUAGES:
        raise errors.ParameterError("--lang", f"'{text[:20]}' is not offered; there are {', '.join(LANGUAGES)}")
    return text
