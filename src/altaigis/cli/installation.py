"""What a command works on: folders of raw files, and the database that the settings name or the embedded one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from altaigis import errors
from altaigis.cli.console import err
from altaigis.layerfiles import read_catalog, read_sound
from altaigis.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from altaigis.domain.catalog import Catalog
    from altaigis.store.cluster import Cluster

DataFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="A folder with raw files beside data/raw; repeatable.",
    ),
]


def catalog_with(settings: Settings, *names: str) -> "Catalog":
    """The catalog for a command about the layers with these names, or about all if there are none. Mistakes in files
    that it does not need are told, and their layers left out.

    Raises:
        LayerFileError: one of these layers has mistakes in its file, or is made from one that has, or is unknown
            while there are mistakes.
    """
    if not names:
        return read_catalog(settings.layers_dir)
    catalog, mistakes = read_sound(settings.layers_dir)
    if mistakes and not all(name in catalog for name in names):
        raise errors.LayerFileError(mistakes)
    for mistake in mistakes:
        err.print(f"warning: {mistake}", style="yellow", markup=False)
    return catalog


def database_url(settings: Settings) -> str:
    """The database of these settings: the one that they name, or the embedded one if it runs.

    Raises:
        DatabaseUnavailable: the embedded one does not run.
    """
    if settings.database_url:
        return settings.database_url
    status = embedded_cluster(settings).status()
    if status.state != "running":
        raise errors.DatabaseUnavailable(
            f"the embedded database in {settings.home} does not run; start it: altaigis db start"
        )
    return status.url


def ready_database(settings: Settings) -> "Engine":
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


def own_cluster(settings: Settings) -> "Cluster":
    """The embedded database, where it is the one in use.

    Raises:
        SettingsError: the settings name another database, which is not ours to start or stop.
    """
    if settings.database_url:
        raise errors.SettingsError("ALTAIGIS_DATABASE_URL names another database; unset it to work on the embedded one")
    return embedded_cluster(settings)


def embedded_cluster(settings: Settings) -> "Cluster":
    from altaigis.store.cluster import Cluster

    return Cluster(settings.home)


def processed_files(settings: Settings) -> frozenset[str]:
    folder = settings.processed_dir
    return frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else frozenset()
