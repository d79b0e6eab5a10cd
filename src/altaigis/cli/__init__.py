"""The command line: parse, build, call one function. Heavy libraries are imported where they are needed."""

import signal
import sys
from typing import Annotated

import typer

from altaigis import __version__, errors
from altaigis.cli.alerts import alerts
from altaigis.cli.console import EXIT_FAILED, EXIT_UNUSABLE, err, out, say
from altaigis.cli.database import backup, database, restore
from altaigis.cli.doctor import doctor
from altaigis.cli.etl import etl
from altaigis.cli.indicators import indicators
from altaigis.cli.installation import DataFolders, database_url
from altaigis.cli.keys import keys
from altaigis.cli.layers import layers
from altaigis.cli.observations import observations
from altaigis.cli.process import process
from altaigis.cli.tiles import tiles
from altaigis.layerfiles import read_catalog
from altaigis.settings import read_settings

_UNUSABLE = (
    errors.SettingsError,
    errors.LayerFileError,
    errors.DatabaseUnavailable,
    errors.ClusterError,
    errors.LayerNotFound,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The Web-GIS of Altai Krai.",
)
for name, group in {
    "db": database,
    "etl": etl,
    "layers": layers,
    "indicators": indicators,
    "observations": observations,
    "alerts": alerts,
    "tiles": tiles,
    "process": process,
    "keys": keys,
}.items():
    app.add_typer(group, name=name)

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", metavar="N", min=1, max=64, help="Processes that serve, 1 or ALTAIGIS_WORKERS without it."
    ),
]


def main() -> None:
    """Run a command; what AltaiGIS refuses is told in plain words, without a traceback."""
    # systemd, docker and supervisors stop a program so; it shall end in order, as by Ctrl-C
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        app()
    except errors.AltaiError as error:
        err.print(f"altaigis: {error}", style="red", markup=False)
        sys.exit(EXIT_UNUSABLE if isinstance(error, _UNUSABLE) else EXIT_FAILED)


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
def up(data: DataFolders = None, workers: Workers = None) -> None:
    """Start the database, load what has changed, serve the map."""
    from altaigis import launch

    settings = read_settings(data or (), workers)
    launch.up(settings, read_catalog(settings.layers_dir), say)


@app.command()
def serve(workers: Workers = None) -> None:
    """Serve the map from what is loaded; a database must be running."""
    from altaigis import launch

    settings = read_settings(workers=workers)
    catalog = read_catalog(settings.layers_dir)
    launch.serve(settings, catalog, database_url(settings), say)


app.command()(backup)
app.command()(restore)
app.command()(doctor)
