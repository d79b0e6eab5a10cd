"""The command line: parse, build, call one function. Heavy libraries are imported where they are needed."""

import contextlib
import getpass
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from altaigis import __version__, errors
from altaigis.domain.key import edited_layers, permissions
from altaigis.domain.observation import STATIONS, Origin
from altaigis.layerfiles import read_catalog
from altaigis.settings import Settings, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from altaigis.domain.catalog import Catalog
    from altaigis.domain.difference import Difference
    from altaigis.domain.layer import Layer
    from altaigis.domain.observation import Receipt
    from altaigis.etl.report import Report
    from altaigis.store.cluster import Cluster

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The Web-GIS of Altai Krai.",
)
database = typer.Typer(no_args_is_help=True, help="The embedded PostGIS.")
etl = typer.Typer(no_args_is_help=True, help="From raw files to layers.")
layers = typer.Typer(no_args_is_help=True, help="The layers of this installation.")
app.add_typer(database, name="db")
app.add_typer(etl, name="etl")
app.add_typer(layers, name="layers")
observations = typer.Typer(no_args_is_help=True, help="What stations measure.")
keys = typer.Typer(no_args_is_help=True, help="Who may write over HTTP.")
app.add_typer(observations, name="observations")
app.add_typer(keys, name="keys")

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

#: Something that must be right before any work begins is not: settings, layer files, database.
EXIT_UNUSABLE = 2
EXIT_FAILED = 1
#: Where nobody watches a bar, progress is a line as often as this.
PLAIN_SECONDS = 5.0
#: A load tells this many reasons of refusal; the ledger has all.
SHOWN_REASONS = 10
_UNUSABLE = (
    errors.SettingsError,
    errors.LayerFileError,
    errors.DatabaseUnavailable,
    errors.ClusterError,
    errors.LayerNotFound,
)


def main() -> None:
    """Run a command; what AltaiGIS refuses is told in plain words, without a traceback."""
    # systemd, docker and supervisors stop a program so; it shall end in order, as by Ctrl-C
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        app()
    except errors.AltaiError as error:
        err.print(f"altaigis: {error}", style="red", markup=False)
        sys.exit(EXIT_UNUSABLE if isinstance(error, _UNUSABLE) else EXIT_FAILED)


def say(line: str) -> None:
    out.print(line, markup=False)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"altaigis {__version__}")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    pass


@app.command()
def up() -> None:
    """Start the database, load what has changed, serve the map."""
    from altaigis import launch

    settings = read_settings()
    launch.up(settings, read_catalog(settings.layers_dir), say)


@app.command()
def serve() -> None:
    """Serve the map from what is loaded; a database must be running."""
    from altaigis import launch

    settings = read_settings()
    catalog = read_catalog(settings.layers_dir)
    launch.serve(settings, catalog, database_url(settings), say)


@database.command("start")
def db_start() -> None:
    """Start the embedded PostGIS; make it first where there is none."""
    cluster = _embedded(read_settings())
    started = cluster.start()
    cluster.keep()
    say(f"{'started' if started else 'runs already'}: {cluster.url}")


@database.command("stop")
def db_stop() -> None:
    """Stop the embedded PostGIS."""
    say("stopped" if _embedded(read_settings()).stop() else "was not running")


@database.command("status")
def db_status() -> None:
    """Tell whether the database runs: exit code 0 if so, 1 if not."""
    settings = read_settings()
    if settings.database_url:
        from altaigis.store.pool import engine, require_postgis

        require_postgis(engine(settings.database_url))
        say("running: the database of ALTAIGIS_DATABASE_URL")
        return
    status = _cluster(settings).status()
    version = f", PostgreSQL {status.version}" if status.version else ""
    say(f"{status.state}: {status.data}{version}")
    if status.state != "running":
        raise typer.Exit(EXIT_FAILED)


@database.command("url")
def db_url() -> None:
    """Print the address of the database, for psql, ogr2ogr and QGIS."""
    settings = read_settings()
    say(settings.database_url or _cluster(settings).url)


@etl.command("run")
def etl_run(
    only: Annotated[
        list[str] | None, typer.Argument(metavar="[LAYER]...", help="Layers to load; all, if none is named.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what a run would say, and load nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a layer.")] = False,
) -> None:
    """Load the layers whose sources have changed."""
    settings = read_settings()
    catalog = read_catalog(settings.layers_dir)
    wanted = [layer for layer in catalog.in_load_order(only or ()) if not layer.source.ledger]
    target = _ready_database(settings)
    from altaigis.etl.fingerprint import pending
    from altaigis.store.revisions import current_revisions, findings_mark

    how = _How(dry=dry_run, as_json=as_json)
    places = settings.raw_dir, settings.processed_dir
    work = pending(wanted, *places, current_revisions(target))
    resting = [layer.id for layer in wanted if layer not in work]
    if as_json:
        for name in resting:
            _say_json({"layer": name, "outcome": "unchanged", "dry_run": dry_run})
    elif resting:
        say(f"  {len(resting)} of {len(wanted)} layers are unchanged")
    failed = _run_all(work, settings, target, how) if work else 0
    # Whatever has run: what it has found is a layer too
    told = [layer for layer in catalog if layer.source.ledger and not dry_run]
    work = pending(told, *places, current_revisions(target), findings_mark(target))
    if (_run_all(work, settings, target, how) if work else 0) + failed:
        raise typer.Exit(EXIT_FAILED)


@etl.command("report")
def etl_report(
    layer_id: Annotated[str, typer.Argument(metavar="LAYER")],
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a page with a small map.")] = None,
) -> None:
    """Tell what the last run of a layer brought: what came, what changed, what was refused, what moved."""
    settings = read_settings()
    layer = read_catalog(settings.layers_dir).layer(layer_id)
    target = _ready_database(settings)
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
        html.write_text(page.html(report), encoding="utf-8")
        say(f"written: {html}")
        return
    for line in page.lines(report):
        say(line)


@dataclass(frozen=True)
class _How:
    """How layers are run and told of."""

    dry: bool
    as_json: bool


def _run_all(work: "list[Layer]", settings: Settings, target: "Engine", how: _How) -> int:
    """Load layers one after the other; the number of those that failed."""
    from altaigis.etl.pipeline import Workspace, run
    from altaigis.etl.report import describe

    workspace = Workspace(settings.raw_dir, settings.processed_dir, target)
    failed = 0
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=how.as_json or not err.is_terminal,
    ) as progress:
        task = progress.add_task("", total=len(work))
        for layer in work:
            progress.update(task, description=layer.id)
            try:
                report = run(layer, workspace, dry=how.dry)
                if how.as_json:
                    _say_json(report.as_json())
                else:
                    progress.print(summary(report), markup=False)
                    for line in describe(report.findings) if how.dry else ():
                        progress.print(f"      {line}", markup=False)
            except errors.AltaiError as error:
                failed += 1
                if how.as_json:
                    told = {"layer": layer.id, "outcome": "failed", "dry_run": how.dry, "error": str(error)}
                    _say_json(told)
                else:
                    progress.print(f"  {layer.id}: {error}", style="red", markup=False)
            progress.advance(task)
    return failed


def _say_json(document: dict[str, Any]) -> None:
    say(json.dumps(document, ensure_ascii=False))


def summary(report: "Report") -> str:
    """One line about a layer's run."""
    parts: list[str] = ["would be loaded" if report.dry and report.outcome == "loaded" else report.outcome]
    if report.outcome == "loaded":
        parts += [f"{report.loaded} of {report.received}", f"{report.seconds:.1f} s"]
        parts += [f"{report.refused} refused"] if report.refused else []
        parts += [f"{report.warnings} warnings"] if report.warnings else []
    return f"  {report.layer:<20} {', '.join(parts)}"


@layers.command("list")
def layers_list() -> None:
    """List the layers and what is loaded of them."""
    settings = read_settings()
    catalog = read_catalog(settings.layers_dir)
    from altaigis.store.revisions import current_revisions

    loaded = current_revisions(_ready_database(settings))
    table = Table("layer", "kind", "title", "revision", "features", box=None)
    for layer in catalog:
        revision = loaded.get(layer.id)
        state = (
            (str(revision.number), "" if layer.kind == "raster" else str(revision.count)) if revision else ("–", "–")
        )
        table.add_row(layer.id, layer.kind, layer.title.ru, *state)
    out.print(table)


@layers.command("check")
def layers_check() -> None:
    """Read every layer file and tell all its mistakes; needs no database."""
    catalog = read_catalog(read_settings().layers_dir)
    say(f"{len(catalog)} layer files are good")


_HISTORY = "{:<12} {:<19}  {:<16} {:>8} {:>8} {:>8}  {:<8} {}"


@layers.command("history")
def layers_history(layer_id: Annotated[str, typer.Argument(metavar="LAYER")]) -> None:
    """Tell every load of a layer, newest first, those that failed too."""
    settings = read_settings()
    layer = read_catalog(settings.layers_dir).layer(layer_id)
    from altaigis.store.revisions import history

    say(
        _HISTORY.format(
            "revision", "time (UTC)", "outcome", "features", "refused", "seconds", "code", "sources (SHA-256)"
        )
    )
    for run in history(_ready_database(settings), layer, _processed_files(settings)):
        told = run.report
        mark = " *" if run.current else "" if run.kept or run.revision is None else " not kept"
        back = f" to {told['rolled_back_to']}" if "rolled_back_to" in told else ""
        sources = ", ".join(f"{name} {checksum[:12]}" for name, checksum in told.get("checksums", {}).items())
        cells = (
            "–" if run.revision is None else f"{run.revision}{mark}",
            f"{run.finished:%Y-%m-%d %H:%M:%S}",
            f"{run.outcome}{back}",
            str(told.get("loaded", "–")),
            str(told.get("refused", "–")),
            f"{told.get('seconds', 0):.1f}",
            told.get("code", "–"),
            sources or told.get("error", "–"),
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
    layer = read_catalog(settings.layers_dir).layer(layer_id)
    from altaigis.store.load import roll_back

    revision = roll_back(_ready_database(settings), layer, number, _processed_files(settings))
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
    catalog = read_catalog(settings.layers_dir)
    if by not in ("key", "overlap"):
        raise errors.ParameterError("--by", f"'{by}' is neither key nor overlap")
    states = [_state(catalog, text) for text in (former, latter)]
    from altaigis.store.compare import compare

    found = compare(_ready_database(settings), states[0], states[1], "overlap" if by == "overlap" else "key")
    if as_json:
        _say_json(found.as_json())
        return
    for line in _difference(found):
        say(line)


def _state(catalog: "Catalog", text: str) -> "tuple[Layer, int | None]":
    """Read ``districts`` or ``districts@3``."""
    name, at, number = text.partition("@")
    if at and not (number.isascii() and number.isdigit() and len(number) < 10):
        raise errors.ParameterError(text[:60], "behind the @ stands the number of a revision")
    return catalog.layer(name), int(number) if at else None


def _difference(found: "Difference") -> "Iterator[str]":
    counts = f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed, {found.same} same"
    moved = f", {found.moved_km2:.6g} km² moved" if found.moved_km2 else ""
    yield f"{found.former} → {found.latter}: {counts}{moved}"
    yield from (f"  + {fid}" for fid in found.added)
    yield from (f"  - {fid}" for fid in found.removed)
    for change in found.changed:
        name = change.fid if change.fid == change.other else f"{change.fid} = {change.other}"
        parts = [f"{field}: {old!r} → {new!r}" for field, (old, new) in change.fields.items()]
        parts += [f"{change.share:.1%} in common"] if change.share is not None else []
        if change.geometry:
            parts.append("geometry" if change.moved_km2 is None else f"{change.moved_km2:.6g} km² moved")
        yield f"  ~ {name}: {', '.join(parts)}"


def _processed_files(settings: Settings) -> frozenset[str]:
    folder = settings.processed_dir
    return frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else frozenset()


@observations.command("load")
def observations_load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV, JSON lines or Parquet; .gz too.")],
    zone: Annotated[str | None, typer.Option(help="Zone of times that name none, as Asia/Barnaul.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Where rows come from that do not say it; the file's name.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would happen, and load nothing.")] = False,
) -> None:
    """Load observations; a file is loaded as a whole or not at all."""
    settings = read_settings()
    stations = read_catalog(settings.layers_dir).layer(STATIONS)
    target = _ready_database(settings)
    from altaigis.etl.observations import Source, load

    failed = 0
    for path in files:
        origin = Origin(f"user {getpass.getuser()}", path.name, source or path.name, zone)
        try:
            with path.open("rb") as file, _told_progress(path) as progress:
                receipt = load(target, stations, Source(file), origin, dry_run=dry_run, progress=progress)
            for line in receipt_lines(path.name, receipt, dry_run):
                say(line)
        except (errors.AltaiError, OSError) as error:
            failed += 1
            err.print(f"  {path.name}: {error}", style="red", markup=False)
    if failed:
        raise typer.Exit(EXIT_FAILED)


def receipt_lines(name: str, receipt: "Receipt", dry_run: bool) -> list[str]:
    """What a load came to, for a person."""
    rate = receipt.received / receipt.seconds if receipt.seconds else 0
    counts = [
        f"{count} {word}"
        for word, count in (
            ("added", receipt.added),
            ("corrected", receipt.corrected),
            ("unchanged", receipt.unchanged),
            ("repeated in the file", receipt.duplicates),
            ("refused", receipt.refused),
        )
        if count
    ]
    told = "would be " if dry_run else ""
    done = f"{told}{', '.join(counts) or 'nothing'}"
    lines = [f"  {name}: {receipt.received} rows: {done}; {receipt.seconds:.1f} s, {rate:.0f}/s"]
    lines += [f"    {count} refused: {reason}" for reason, count in list(receipt.reasons.items())[:SHOWN_REASONS]]
    if receipt.load is not None and receipt.refused:
        lines.append(f"    refused rows are kept: altaigis.refusals, load {receipt.load}")
    return lines


@contextmanager
def _told_progress(path: Path) -> Iterator[Callable[[int, int, str], None]]:
    """Tells rows, bytes and the time that is left: a bar on a terminal, a line now and then elsewhere."""
    size = path.stat().st_size
    if not err.is_terminal:
        last = time.monotonic()

        def tell(rows: int, read: int, stage: str) -> None:
            nonlocal last
            if time.monotonic() - last >= PLAIN_SECONDS:
                last = time.monotonic()
                share = 100 * read // size if size else 100
                err.print(f"  {path.name}: {stage}, {rows} rows, {read} of {size} bytes ({share} %)", markup=False)

        yield tell
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rows]} rows"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    ) as progress:
        task = progress.add_task(path.name, total=size, rows=0)
        yield lambda rows, read, stage: progress.update(
            task, completed=read, rows=rows, description=f"{path.name}: {stage}"
        )


@keys.command("add")
def keys_add(
    name: Annotated[str, typer.Argument(help="Who will hold it.")],
    can: Annotated[str, typer.Option(help="What it allows: edit:LAYER,observe,run.")],
) -> None:
    """Make a key; its token is shown this once."""
    from altaigis.store import keys as store

    settings = read_settings()
    allowed = permissions(can)
    catalog = read_catalog(settings.layers_dir)
    for layer in edited_layers(allowed):
        if not catalog.layer(layer).editable:
            raise errors.ParameterError("can", f"layer '{layer}' is not editable")
    token = store.add(_ready_database(settings), name, allowed)
    err.print("This token is shown once; send it as: Authorization: Bearer TOKEN", markup=False)
    say(token)


@keys.command("list")
def keys_list() -> None:
    """List the keys, revoked ones too."""
    from altaigis.store import keys as store

    table = Table("name", "can", "created", "last used", "revoked", box=None)
    for key in store.list_keys(_ready_database(read_settings())):
        moments = [f"{at:%Y-%m-%d %H:%M}Z" if at else "–" for at in (key.created, key.last_used, key.revoked)]
        table.add_row(key.name, ",".join(key.can), *moments)
    out.print(table)


@keys.command("revoke")
def keys_revoke(name: Annotated[str, typer.Argument(help="Name of the key.")]) -> None:
    """End a key at once, for requests that are under way too."""
    from altaigis.store import keys as store

    store.revoke(_ready_database(read_settings()), name)
    say(f"revoked: {name}")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="File to write.")],
    overwrite: Annotated[bool, typer.Option(help="Replace a file that exists.")] = False,
) -> None:
    """Write the database to one file."""
    from altaigis.store import backup as store

    url = database_url(read_settings())
    with err.status("backing up …") as status:
        store.backup(url, target, overwrite=overwrite, progress=lambda table: status.update(f"backing up {table}"))
    say(f"written: {target}, {target.stat().st_size:,} bytes".replace(",", " "))


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="File that altaigis backup has written.")]) -> None:
    """Put the database back into the state of a backup; a restore that fails changes nothing."""
    from altaigis.store import backup as store

    url = database_url(read_settings())
    with err.status("restoring …") as status:
        store.restore(url, source, progress=lambda table: status.update(f"restoring {table}"))
    say(f"restored from {source}; rasters are made again by: altaigis etl run")


def database_url(settings: Settings) -> str:
    """The database of these settings: the one that they name, or the embedded one if it runs.

    Raises:
        DatabaseUnavailable: the embedded one does not run.
    """
    if settings.database_url:
        return settings.database_url
    status = _cluster(settings).status()
    if status.state != "running":
        raise errors.DatabaseUnavailable(
            f"the embedded database in {settings.home} does not run; start it: altaigis db start"
        )
    return status.url


def _ready_database(settings: Settings) -> "Engine":
    """The database with our own tables in it.

    Raises:
        DatabaseUnavailable: none answers.
    """
    from altaigis.store.pool import engine, require_postgis
    from altaigis.store.schema import migrate

    target = engine(database_url(settings))
    require_postgis(target)
    migrate(target)
    return target


def _embedded(settings: Settings) -> "Cluster":
    """The embedded database, where it is the one in use.

    Raises:
        SettingsError: the settings name another database, which is not ours to start or stop.
    """
    if settings.database_url:
        raise errors.SettingsError("ALTAIGIS_DATABASE_URL names another database; unset it to work on the embedded one")
    return _cluster(settings)


def _cluster(settings: Settings) -> "Cluster":
    from altaigis.store.cluster import Cluster

    return Cluster(settings.home)
