"""altaigis db, backup and restore."""

from pathlib import Path
from typing import Annotated

import typer

from altaigis.cli.console import EXIT_FAILED, err, say
from altaigis.cli.installation import database_url, embedded_cluster, own_cluster
from altaigis.settings import read_settings

database = typer.Typer(no_args_is_help=True, help="The embedded PostGIS.")


@database.command("start")
def db_start() -> None:
    """Start the embedded PostGIS; make it first where there is none."""
    cluster = own_cluster(read_settings())
    started = cluster.start()
    cluster.keep()
    say(f"{'started' if started else 'runs already'}: {cluster.url}")


@database.command("stop")
def db_stop() -> None:
    """Stop the embedded PostGIS."""
    say("stopped" if own_cluster(read_settings()).stop() else "was not running")


@database.command("status")
def db_status() -> None:
    """Tell whether the database runs: exit code 0 if so, 1 if not."""
    settings = read_settings()
    if settings.database_url:
        from altaigis.store.pool import engine, require_postgis

        require_postgis(engine(settings.database_url))
        say("running: the database of ALTAIGIS_DATABASE_URL")
        return
    status = embedded_cluster(settings).status()
    version = f", PostgreSQL {status.version}" if status.version else ""
    say(f"{status.state}: {status.data}{version}")
    if status.state != "running":
        raise typer.Exit(EXIT_FAILED)


@database.command("url")
def db_url() -> None:
    """Print the address of the database, for psql, ogr2ogr and QGIS."""
    settings = read_settings()
    say(settings.database_url or embedded_cluster(settings).url)


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


def restore(source: Annotated[Path, typer.Argument(help="File that altaigis backup has written.")]) -> None:
    """Put the database back into the state of a backup; a restore that fails changes nothing."""
    from altaigis.store import backup as store

    url = database_url(read_settings())
    with err.status("restoring …") as status:
        store.restore(url, source, progress=lambda table: status.update(f"restoring {table}"))
    say(f"restored from {source}; rasters are made again by: altaigis etl run")
