"""The PostgreSQL installations of this machine, and which of them fits."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from altaigis.errors import ClusterError

MINIMUM_POSTGIS = (3, 3)

# Debian and Ubuntu; the RPMs of postgresql.org; Alpine; Homebrew on ARM and on Intel
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)

HOW_TO_INSTALL = (
    "Debian, Ubuntu: apt install postgresql postgresql-postgis; Fedora: dnf install postgresql-server "
    "postgis; macOS: brew install postgis. Or set ALTAIGIS_DATABASE_URL to a PostGIS that already runs."
)


@dataclass(frozen=True)
class Binaries:
    """One installation: the folder of its programs, its version ("15.4") and that of its PostGIS, if any."""

    folder: Path
    version: str
    postgis: str | None

    @property
    def major(self) -> int:
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    @property
    def has_server(self) -> bool:
        return all((self.folder / name).exists() for name in ("postgres", "initdb", "pg_ctl"))

    @property
    def has_clients(self) -> bool:
        return all((self.folder / name).exists() for name in ("pg_dump", "pg_restore", "psql"))

    @property
    def has_postgis(self) -> bool:
        """Whether a PostGIS that is new enough can be created in a database of this installation."""
        numbers = tuple(int(n) for n in re.findall(r"\d+", self.postgis or "")[:2])
        return numbers >= MINIMUM_POSTGIS

    def tool(self, name: str) -> str:
        return str(self.folder / name)


def installed() -> list[Binaries]:
    """Every PostgreSQL of this machine, servers and mere clients, newest first."""
    found = {folder: _inspect(folder) for folder in _folders()}
    return sorted((b for b in found.values() if b), key=lambda b: (b.major, b.version), reverse=True)


def find_server(major: int | None, choices: list[Binaries]) -> Binaries:
    """The newest server with PostGIS, of that major version if one is given.

    Raises:
        ClusterError: there is none; says what to install.
    """
    servers = [b for b in choices if b.has_server]
    of_major = [b for b in servers if major in (None, b.major)]
    if fitting := next((b for b in of_major if b.has_postgis), None):
        return fitting
    wanted = "PostGIS {}.{} or newer".format(*MINIMUM_POSTGIS)
    if of_major:
        versions = ", ".join(f"{b.version} ({b.postgis or 'no PostGIS'})" for b in of_major)
        raise ClusterError(f"PostgreSQL {versions} is installed, but not {wanted} for it. {HOW_TO_INSTALL}")
    if servers:
        versions = ", ".join(b.version for b in servers)
        raise ClusterError(
            f"the data were made by PostgreSQL {major}, which is not installed (there is {versions}): "
            f"install it with its PostGIS, or move the data (back up with {major}, restore with the other)"
        )
    raise ClusterError(f"PostgreSQL with {wanted} is not installed. {HOW_TO_INSTALL}")


def find_clients(server_major: int, choices: list[Binaries]) -> Binaries | None:
    """The client programs for a server: of its own version, else the next newer; None if all are older.

    Of its own version first, because an archive of a newer ``pg_dump`` may not be readable beside the server.
    """
    fitting = [b for b in choices if b.has_clients and b.major >= server_major]
    return min(fitting, key=lambda b: b.major, default=None)


def _folders() -> Iterator[Path]:
    for pattern in PLACES:
        yield from (folder.resolve() for folder in Path("/").glob(pattern.removeprefix("/")))
    if pg_config := shutil.which("pg_config"):
        yield Path(_output(pg_config, "--bindir")).resolve()
    for name in ("postgres", "pg_dump"):
        # resolved, because Debian's /usr/bin/pg_dump is a wrapper that picks a version of its own
        if program := shutil.which(name):
            yield Path(program).resolve().parent


def _inspect(folder: Path) -> Binaries | None:
    program = next((folder / name for name in ("postgres", "pg_dump") if (folder / name).exists()), None)
    if program is None:
        return None
    version = re.search(r"\d+(\.\d+)*", _output(str(program), "--version"))
    return Binaries(folder, version[0], _postgis_version(folder, version[0])) if version else None


def _postgis_version(folder: Path, version: str) -> str | None:
    major = version.split(".", maxsplit=1)[0]
    shares = [
        folder.parent / "share",
        folder.parent / "share/postgresql",
        Path(f"/usr/share/postgresql/{major}"),
    ]
    if (folder / "pg_config").exists():
        shares.insert(0, Path(_output(str(folder / "pg_config"), "--sharedir")))
    for share in shares:
        control = share / "extension" / "postgis.control"
        if control.exists():
            match = re.search(r"default_version\s*=\s*'([^']+)'", control.read_text(encoding="utf-8"))
            return match[1] if match else None
    return None


def _output(*command: str) -> str:
    """What a program prints; nothing if it cannot be run (a broken installation is no installation)."""
    try:
        done = subprocess.run(  # noqa: S603 - programs found in the places above
            command,
            capture_output=True,
            text=True,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        )
    except OSError:
        return ""
    return done.stdout.strip()
