"""One frozen ``Settings``, read from ``ALTAIGIS_*`` once and passed by hand."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from altaigis.errors import SettingsError


def default_home() -> Path:
    """Where the embedded database lives: the user's data directory, for root ``/var/lib/altaigis``.

    Root's own home is closed to the unprivileged user that PostgreSQL must run as.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/altaigis")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "altaigis"


def _existing(folder: Path) -> Path:
    if not folder.expanduser().is_dir():
        raise ValueError(f"{folder} is no folder")
    return folder.expanduser().absolute()


def default_project() -> Path:
    """The nearest folder, from the current one upwards, that holds ``layers/``; else the current one."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "layers").is_dir()), here)


class Settings(BaseSettings):
    """What an installation may choose; every name is an environment variable ``ALTAIGIS_<NAME>``."""

    # compose files and shells pass an unset variable on as an empty text
    model_config = SettingsConfigDict(env_prefix="ALTAIGIS_", frozen=True, extra="ignore", env_ignore_empty=True)

    project: Path = Field(
        default_factory=default_project,
        description="Folder with layers/ and data/ of the region that is served.",
    )
    data: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="Folders with raw files beside data/raw, as in PATH: /srv/boundaries:/srv/sensors."
    )
    home: Path = Field(default_factory=default_home, description="Folder of the embedded PostGIS cluster.")
    database_url: str | None = Field(
        None,
        description="A PostGIS 3.3 or newer to use instead of the embedded one: postgresql://user@host/name.",
    )
    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the server listens on.")
    public_url: str | None = Field(
        None,
        description="Root of all links where a reverse proxy stands in front: https://maps.example.org/gis.",
    )
    contact: str = Field(
        "AltaiGIS",
        description="Who answers for the server, as WFS tells it: a name, or NAME <name@example.org>.",
    )
    workers: int = Field(1, ge=1, le=64, description="Processes that serve; they share nothing but the database.")
    results_days: int = Field(
        90, ge=0, description="Days that the result of an analysis is kept after its last run; 0 for ever."
    )
    jobs: int = Field(1, ge=0, le=16, description="Analyses that run at a time beside the server; 0 for none.")
    job_seconds: int = Field(600, ge=1, le=86_400, description="Seconds that one analysis may take.")
    job_memory_mb: int = Field(2048, ge=512, description="Memory that one analysis may take, in megabytes.")
    demonstration: bool = Field(
        True,
        description="Whether altaigis up makes synthetic series where nobody has brought observations, and keeps them "
        "up to date: 0 or 1.",
    )
    tile_cache_mb: int = Field(64, ge=0, description="Memory of each worker for finished tiles, in megabytes.")

    @field_validator("project", "home")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("data", mode="before")
    @classmethod
    def _as_in_path(cls, folders: object) -> object:
        return folders.split(os.pathsep) if isinstance(folders, str) else folders

    @field_validator("data")
    @classmethod
    def _are_folders(cls, folders: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(map(_existing, folders))

    @field_validator("public_url")
    @classmethod
    def _is_web_address(cls, url: str | None) -> str | None:
        if url is not None and not re.match(r"https?://[^/\s?#]+(/[^\s?#]*)?$", url):
            raise ValueError("must be an address like https://maps.example.org/gis")
        return url

    @field_validator("database_url", "public_url", mode="before")
    @classmethod
    def _without_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") or None if isinstance(value, str) else value

    @property
    def layers_dir(self) -> Path:
        return self.project / "layers"

    @property
    def raw_dir(self) -> Path:
        return self.project / "data" / "raw"

    @property
    def raw_dirs(self) -> tuple[Path, ...]:
        """Every folder with raw files, the project's own first."""
        return self.raw_dir, *self.data

    @property
    def processed_dir(self) -> Path:
        return self.project / "data" / "processed"


def read_settings(data: Iterable[Path] = (), workers: int | None = None) -> Settings:
    """Read the environment; ``data`` are further folders with raw files, ``workers`` beat the variable.

    Raises:
        SettingsError: a variable has an unusable value, all such variables are named; or a folder is none.
    """
    try:
        settings = Settings() if workers is None else Settings(workers=workers)
    except ValidationError as error:
        lines = [f"ALTAIGIS_{str(e['loc'][0]).upper()}: {e['msg']} (got {e['input']!r})" for e in error.errors()]
        raise SettingsError("\n".join(lines)) from None
    try:
        return settings.model_copy(update={"data": (*settings.data, *map(_existing, data))})
    except ValueError as error:
        raise SettingsError(f"--data: {error}") from None
