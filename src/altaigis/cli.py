"""The command line: parse, build, call one function. Heavy libraries are imported where they are needed."""

import getpass
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

    launch.up(read_settings(), say)


@app.command()
def serve() -> None:
    """Serve the map from what is loaded; a database must be running."""
    from altaigis import launch

    settings = read_settings()
    launch.serve(settings, database_url(settings), say)


@database.command("start")
def db_start() -> None:
    """Start the embedded PostGIS; make it first where there is none."""
    cluster = _cluster(read_settings())
    say(f"{'started' if cluster.start() else 'runs already'}: {cluster.url}")


@database.command("stop")
def db_stop() -> None:
    """Stop the embedded PostGIS."""
    say("stopped" if _cluster(read_settings()).stop() else "was not running")


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
) -> None:
    """Load the layers whose sources have changed."""
    settings = read_settings()
    wanted = read_catalog(settings.layers_dir).in_load_order(only or ())
    url = database_url(settings)
    from altaigis.store.pool import engine, require_postgis
    from altaigis.store.schema import migrate

    target = engine(url)
    require_postgis(target)
    migrate(target)
    from altaigis.etl.fingerprint import pending
    from altaigis.store.revisions import current_revisions

    work = pending(wanted, settings.raw_dir, settings.processed_dir, current_revisions(target))
    unchanged = len(wanted) - len(work)
    if unchanged:
        say(f"  {unchanged} of {len(wanted)} layers are unchanged")
    if work and _run_all(work, settings, target):
        raise typer.Exit(EXIT_FAILED)


def _run_all(work: "list[Layer]", settings: Settings, target: "Engine") -> int:
    """Load layers one after the other; the number of those that failed."""
    from altaigis.etl.pipeline import Workspace, run

    workspace = Workspace(settings.raw_dir, settings.processed_dir, target)
    failed = 0
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    ) as progress:
        task = progress.add_task("", total=len(work))
        for layer in work:
            progress.update(task, description=layer.id)
            try:
                progress.print(summary(run(layer, workspace)), markup=False)
            except errors.AltaiError as error:
                failed += 1
                progress.print(f"  {layer.id}: {error}", style="red", markup=False)
            progress.advance(task)
    return failed


def summary(report: "Report") -> str:
    """One line about a layer's run."""
    parts: list[str] = [report.outcome]
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
    from altaigis.store.pool import engine
    from altaigis.store.revisions import current_revisions

    loaded = current_revisions(engine(database_url(settings)))
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
    from altaigis.etl.observations import load

    failed = 0
    for path in files:
        origin = Origin(f"user {getpass.getuser()}", path.name, source or path.name, zone)
        try:
            with path.open("rb") as file, _told_progress(path) as progress:
                receipt = load(target, stations, file, origin, dry_run=dry_run, progress=progress)
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


def _cluster(settings: Settings) -> "Cluster":
    from altaigis.store.cluster import Cluster

    return Cluster(settings.home)
