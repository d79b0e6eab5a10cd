"""altaigis etl."""

import contextlib
import gc
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from altaigis import errors
from altaigis.cli.console import EXIT_FAILED, err, say, say_json, telling_of_a_stop
from altaigis.cli.installation import DataFolders, catalog_with, ready_database
from altaigis.cli.progress import Plain, staged
from altaigis.settings import Settings, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from altaigis.domain.catalog import Catalog
    from altaigis.domain.indicator import Indicators
    from altaigis.domain.layer import Layer
    from altaigis.etl.batch import Outcome
    from altaigis.etl.report import Report

# Arrow, which is imported when there is work, gives memory back at once: a tenth less at the highest
os.environ.setdefault("MIMALLOC_PURGE_DELAY", "0")

#: New objects after which garbage is looked for.
CYCLES = 100_000

etl = typer.Typer(no_args_is_help=True, help="From raw files to layers.")


@etl.command("run")
def etl_run(
    only: Annotated[
        list[str] | None, typer.Argument(metavar="[LAYER]...", help="Layers to load; all, if none is named.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what a run would say, and load nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a layer.")] = False,
    copies: Annotated[
        bool, typer.Option("--copies", help="Ask no remote source that there is a copy of, and the others once.")
    ] = False,
    data: DataFolders = None,
) -> None:
    """Load the layers whose sources have changed."""
    # what is made by the hundred thousand here is kept: to look for cycles among it takes a tenth of a load
    gc.set_threshold(CYCLES)
    settings = read_settings(data or ())
    catalog = catalog_with(settings, *(only or ()))
    wanted = [layer for layer in catalog.in_load_order(only or ()) if not layer.source.ledger]
    target = ready_database(settings)
    from altaigis.etl.fingerprint import asked, pending
    from altaigis.etl.ledgers import ledger_marks
    from altaigis.etl.rawdata import RawData
    from altaigis.store.revisions import current_revisions

    names = frozenset(layer.id for layer in catalog)
    how = _How(names, catalog.indicators, dry=dry_run, as_json=as_json, copies=copies)
    places = RawData(settings.raw_dirs), settings.processed_dir
    due = pending(wanted, *places, current_revisions(target)) + ([] if copies or dry_run else asked(wanted))
    work = [layer for layer in wanted if layer in due]
    resting = [layer.id for layer in wanted if layer not in work]
    if as_json:
        for name in resting:
            say_json({"layer": name, "outcome": "unchanged", "dry_run": dry_run})
    elif resting:
        say(f"  {len(resting)} of {len(wanted)} layers are unchanged")
    failed = _run_all(work, settings, target, how) if work else 0
    # Whatever has run: what is made of it is a layer too, and so is what has been found
    for layer in [layer for layer in catalog.in_load_order() if layer.source.ledger and not dry_run]:
        now = current_revisions(target)
        work = pending([layer], *places, now, ledger_marks(target, now, catalog.indicators, names))
        failed += _run_all(work, settings, target, how) if work else 0
    failed += 0 if dry_run else _make_indicator_layers(target, catalog, as_json=as_json)
    if failed:
        raise typer.Exit(EXIT_FAILED)


def _make_indicator_layers(target: "Engine", catalog: "Catalog", *, as_json: bool) -> int:
    """Make the layers of indicators whose values have changed, and tell of them; the number of those that failed."""
    from altaigis.etl.cube.outstanding import outstanding
    from altaigis.store.revisions import current_revisions

    now = current_revisions(target)
    work = outstanding(target, catalog, now)
    if not work:
        return 0
    from altaigis.etl.cube.layers import make_layers

    begun, failed, count = time.monotonic(), 0, 0
    for made in make_layers(target, catalog, now, work):
        is_failed = isinstance(made.told, errors.AltaiError)
        failed, count = failed + is_failed, count + 1
        if as_json:
            outcome = "failed" if is_failed else "loaded" if made.told else "retired"
            say_json({"layer": made.layer, "outcome": outcome, **({"error": str(made.told)} if is_failed else {})})
        elif is_failed:
            err.print(f"  {made.layer}: {made.told}", style="red", markup=False)
    if not as_json:
        say(f"  {count - failed} layers of indicators, {time.monotonic() - begun:.1f} s")
    return failed


@etl.command("report")
def etl_report(
    layer_id: Annotated[str, typer.Argument(metavar="LAYER")],
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a page with a small map.")] = None,
) -> None:
    """Tell what the last run of a layer brought: what came, what changed, what was refused, what moved."""
    settings = read_settings()
    layer = catalog_with(settings, layer_id).layer(layer_id)
    target = ready_database(settings)
    from altaigis.etl import page
    from altaigis.store.compare import compare
    from altaigis.store.outlines import read_outlines
    from altaigis.store.revisions import current_revisions, last_run

    run, findings = last_run(target, layer)
    now = current_revisions(target).get(layer.id)
    difference = None
    if layer.kind != "raster" and run.revision is not None and run.revision > 1:
        with contextlib.suppress(errors.RevisionNotFound):  # the former state is not kept: nothing to compare with
            difference = compare(target, (layer, run.revision - 1), (layer, run.revision))
    extent = now.extent if now else None
    outlines = read_outlines(target, layer, now, extent, page.MAP_WIDTH) if now and extent else []
    report = page.LayerReport(layer, run, findings, difference, extent, tuple(outlines))
    if html:
        try:
            html.write_text(page.html(report), encoding="utf-8")
        except OSError as error:
            raise errors.NotWritten(f"the report {html} cannot be written: {error.strerror or error}") from error
        say(f"written: {html}")
        return
    for line in page.lines(report):
        say(line)


@dataclass(frozen=True)
class _How:
    """How layers are run and told of; ``layers`` and ``indicators`` are all that there are."""

    layers: frozenset[str]
    indicators: "Indicators"
    dry: bool
    as_json: bool
    copies: bool


def _run_all(work: "list[Layer]", settings: Settings, target: "Engine", how: _How) -> int:
    """Load layers, and tell of each; the number of those that failed."""
    from altaigis.etl.batch import run_all
    from altaigis.etl.rawdata import RawData
    from altaigis.etl.sources.remote.asking import Asking, Patience
    from altaigis.etl.workspace import Workspace

    asking = Asking(always=False, patience=Patience(attempts=1)) if how.copies else Asking()
    workspace = Workspace(
        RawData(settings.raw_dirs), settings.processed_dir, target, asking, layers=how.layers, indicators=how.indicators
    )
    failed = 0
    at_work: set[str] = set()

    def place(layer: "Layer") -> Workspace:
        at_work.add(layer.id)
        return places[layer.id]

    def left() -> str:
        names = ", ".join(sorted(at_work))
        return f"what was loaded before stays, what is in work ({names}) is as it was, or loaded whole"

    with (
        telling_of_a_stop(left),
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=err,
            transient=True,
            disable=how.as_json or not err.is_terminal,
        ) as progress,
    ):
        task = progress.add_task("layers", total=len(work))
        plain = Plain()
        stages = {layer.id: progress.add_task("", total=None, visible=False) for layer in work}
        places = {
            layer.id: replace(workspace, progress=staged(progress, stages[layer.id], layer.id, plain)) for layer in work
        }
        for outcome in run_all(work, place, dry=how.dry):
            at_work.discard(outcome.layer.id)
            failed += isinstance(outcome.told, errors.AltaiError)
            _tell(outcome, how, progress)
            progress.remove_task(stages[outcome.layer.id])
            progress.advance(task)
    return failed


def _tell(outcome: "Outcome", how: _How, progress: Progress) -> None:
    from altaigis.etl.cube.cube import NOT_MADE
    from altaigis.etl.report import describe
    from altaigis.etl.sources.remote.asking import REMOTE

    name, told = outcome.layer.id, outcome.told
    if isinstance(told, errors.AltaiError):
        if how.as_json:
            say_json({"layer": name, "outcome": "failed", "dry_run": how.dry, "error": str(told)})
        else:
            progress.print(f"  {name}: {told}", style="red", markup=False)
    elif how.as_json:
        say_json(told.as_json())
    else:
        progress.print(summary(told), markup=False)
        for line in describe([f for f in told.findings if how.dry or f.rule in (REMOTE, NOT_MADE)]):
            progress.print(f"      {line}", markup=False)


def summary(report: "Report") -> str:
    """One line about a layer's run."""
    if report.outcome == "waits":
        awaited = ", ".join(dict(report.details)["waits_for"])
        return f"  {report.layer:<20} would be loaded after {awaited}: not tried, for a dry run does not load that"
    parts: list[str] = ["would be loaded" if report.dry and report.outcome == "loaded" else report.outcome]
    if report.outcome == "loaded":
        parts += [f"{report.loaded} of {report.received}", f"{report.seconds:.1f} s"]
        parts += [f"{report.refused} refused"] if report.refused else []
        parts += [f"{report.left_out} left out, deleted by a person"] if report.left_out else []
        parts += [f"{report.warnings} warnings"] if report.warnings else []
    return f"  {report.layer:<20} {', '.join(parts)}"
