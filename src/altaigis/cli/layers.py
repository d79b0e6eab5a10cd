"""altaigis layers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from altaigis import errors
from altaigis.cli.console import EXIT_FAILED, err, out, say, say_json
from altaigis.cli.installation import DataFolders, catalog_with, processed_files, ready_database
from altaigis.layerfiles import read_catalog
from altaigis.settings import read_settings

if TYPE_CHECKING:
    from altaigis.domain.difference import Difference

layers = typer.Typer(no_args_is_help=True, help="The layers of this installation.")


@layers.command("list")
def layers_list() -> None:
    """List the layers and what is loaded of them."""
    settings = read_settings()
    catalog = read_catalog(settings.layers_dir)
    from altaigis.store.revisions import current_revisions

    loaded = current_revisions(ready_database(settings))
    table = Table("layer", "kind", "title", "revision", "features", box=None)
    for layer in catalog:
        revision = loaded.get(layer.id)
        state = (
            (str(revision.number), "" if layer.kind == "raster" else str(revision.count)) if revision else ("–", "–")
        )
        made_by = f" by {layer.source.derived}" if layer.source.derived else ""
        table.add_row(layer.id, f"{layer.kind}{made_by}", layer.title.ru, *state)
    out.print(table)


@layers.command("check")
def layers_check(data: DataFolders = None) -> None:
    """Tell all mistakes of every layer file, and the raw files that are missing; needs no database."""
    settings = read_settings(data or ())
    catalog = read_catalog(settings.layers_dir)
    say(f"{len(catalog)} layer files are good")
    from altaigis.etl.fingerprint import missing_files
    from altaigis.etl.rawdata import RawData

    missing = [found for layer in catalog for found in missing_files(layer, RawData(settings.raw_dirs))]
    for found in missing:
        err.print(f"  {found.severity}: {found.message}", markup=False)
    if any(found.severity == "error" for found in missing):
        raise typer.Exit(EXIT_FAILED)


_HISTORY = "{:<12} {:<19}  {:<16} {:>8} {:>8} {:>8}  {:<8} {}"


@layers.command("history")
def layers_history(
    layer_id: Annotated[str, typer.Argument(metavar="LAYER")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a run.")] = False,
) -> None:
    """Tell every load of a layer, newest first, those that failed too."""
    settings = read_settings()
    catalog = catalog_with(settings, layer_id)
    from altaigis.store.revisions import history

    past = history(ready_database(settings), layer_id, processed_files(settings))
    if not past:
        catalog.layer(layer_id)  # one that nobody has heard of is a mistake
    if as_json:
        for run in past:
            say_json(run.as_json())
        return
    say(
        _HISTORY.format(
            "revision", "time (UTC)", "outcome", "features", "refused", "seconds", "code", "sources (SHA-256), edits"
        )
    )
    for run in past:
        told = run.report
        mark = " *" if run.current else "" if run.kept or run.revision is None else " not kept"
        back = f" to {told['rolled_back_to']}" if "rolled_back_to" in told else ""
        checksums = told.get("checksums", {}).items()
        sources = ", ".join(f"{name} {checksum[:12]}" for name, checksum in checksums if checksum)
        by_hand = f"{told['who']}: {', '.join(told['edits'])}" if "edits" in told else ""
        made = told.get("derivation")
        inputs = ", ".join(f"{name}@{of}" for name, of in made["inputs"].items()) if made else ""
        derived = f"{made['maker']} of {inputs or 'nothing'}" if made else ""
        cells = (
            "–" if run.revision is None else f"{run.revision}{mark}",
            f"{run.finished:%Y-%m-%d %H:%M:%S}",
            f"{run.outcome}{back}",
            str(told.get("loaded", "–")),
            str(told.get("refused", "–")),
            f"{told.get('seconds', 0):.1f}",
            told.get("code", "–"),
            told.get("error") or by_hand or derived or sources or "–",
        )
        say(_HISTORY.format(*cells))


@layers.command("rollback")
def layers_rollback(
    layer_id: Annotated[str, typer.Argument(metavar="LAYER")],
    number: Annotated[
        int | None, typer.Argument(metavar="[REV]", help="Revision to go back to; the state before, if none is named.")
    ] = None,
) -> None:
    """Show a former state of a layer again, as a new revision, until its sources change."""
    settings = read_settings()
    catalog = catalog_with(settings, layer_id)
    from altaigis.store.derivations import read_derived
    from altaigis.store.load import roll_back

    database = ready_database(settings)
    catalog.bring(read_derived(database))
    layer = catalog.layer(layer_id)
    revision = roll_back(database, layer, number, processed_files(settings))
    say(f"{layer.id}: revision {revision.number} is current, with the data of {revision.relation}")


@layers.command("diff")
def layers_diff(
    former: Annotated[str, typer.Argument(metavar="A[@REV]", help="A layer, at a revision if one is named.")],
    latter: Annotated[str, typer.Argument(metavar="B[@REV]", help="The same layer at another revision, or another.")],
    by: Annotated[str, typer.Option(help="How features are matched: key, or overlap for polygons.")] = "key",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell what is different between two revisions or two layers."""
    settings = read_settings()
    if by not in ("key", "overlap"):
        raise errors.ParameterError("--by", f"'{by}' is neither key nor overlap")
    named = [_named(text) for text in (former, latter)]
    catalog = catalog_with(settings, *(name for name, _ in named))
    states = [(catalog.layer(name), number) for name, number in named]
    from altaigis.store.compare import compare

    found = compare(ready_database(settings), states[0], states[1], "overlap" if by == "overlap" else "key")
    if as_json:
        say_json(found.as_json())
        return
    for line in _difference(found):
        say(line)


def _named(text: str) -> tuple[str, int | None]:
    """Read ``districts`` or ``districts@3``."""
    name, at, number = text.partition("@")
    if at and not (number.isascii() and number.isdigit() and len(number) < 10):
        raise errors.ParameterError(text[:60], "behind the @ stands the number of a revision")
    return name, int(number) if at else None


def _difference(found: "Difference") -> Iterator[str]:
    counts = f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed, {found.same} same"
    moved = f", {found.moved_km2:.6g} km² moved" if found.moved_km2 else ""
    yield f"{found.former} → {found.latter}: {counts}{moved}"
    if found.added and found.removed and not found.changed and not found.same:
        yield "  no id stands in both; polygons can be matched by the area that they share: --by overlap"
    yield from (f"  + {fid}" for fid in found.added)
    yield from (f"  - {fid}" for fid in found.removed)
    # what has least in common comes first: it is what a person looks for
    for change in sorted(found.changed, key=lambda change: -1 if change.share is None else change.share):
        name = change.fid if change.fid == change.other else f"{change.fid} = {change.other}"
        parts = [f"{change.share:.1%} in common"] if change.share is not None else []
        if change.geometry:
            parts.append("geometry" if change.moved_km2 is None else f"{change.moved_km2:.4g} km² moved")
        parts += [f"{field}: {_told(old)} → {_told(new)}" for field, (old, new) in change.fields.items()]
        yield f"  ~ {name}: {', '.join(parts)}"


def _told(value: object) -> str:
    return "–" if value is None else str(value)
