"""The operating system user that the embedded server runs as; never root, which PostgreSQL refuses."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altaigis.errors import ClusterError

# the user that the packages of Debian, Fedora, Alpine and Arch create; that of macOS; one made on purpose
UNPRIVILEGED = ("postgres", "_postgres", "altaigis")


@dataclass(frozen=True)
class Account:
    """An operating system user, by name and numbers."""

    name: str
    uid: int
    gid: int

    @classmethod
    def by_uid(cls, uid: int) -> "Account":
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise ClusterError(
                f"the operating system has no name for user {uid}, and PostgreSQL does not run without one: "
                "add the user to /etc/passwd, or set ALTAIGIS_DATABASE_URL"
            ) from None
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @classmethod
    def unprivileged(cls) -> "Account":
        """The user that root drops to."""
        names = {entry.pw_name: entry for entry in pwd.getpwall()}
        for name in UNPRIVILEGED:
            if name in names:
                return cls(name, names[name].pw_uid, names[name].pw_gid)
        raise ClusterError(
            "PostgreSQL does not run as root, and there is no user postgres to run it: "
            "install the PostgreSQL package, or create one: useradd --system altaigis"
        )

    @classmethod
    def serving(cls, data: Path) -> "Account":
        """The user that serves this data directory: its owner; of a new one the caller, for root another.

        Raises:
            ClusterError: the data belong to somebody else, or to root.
        """
        caller = os.geteuid()
        made = (data / "PG_VERSION").exists()
        place = data if made else data.parent
        owner = place.stat().st_uid if place.exists() else caller
        if made and owner != caller and caller != 0:
            raise ClusterError(f"{data} belongs to user {cls.by_uid(owner).name}: run as that user or as root")
        if made and owner == 0:
            raise ClusterError(f"{data} belongs to root, as whom PostgreSQL does not run: chown -R postgres {data}")
        if caller != 0:
            return cls.by_uid(caller)
        return cls.unprivileged() if owner == 0 else cls.by_uid(owner)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, from ``/`` and with a clean environment; its texts are in English."""
        as_user: dict[str, Any] = {}
        if os.geteuid() != self.uid:
            as_user = {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(  # noqa: S603 - our own command lines
            command,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            # "/": the caller's folder may be closed to this user
            cwd="/",
            # neither PGDATA and the like nor PROJ_DATA of a virtual environment may reach the server
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            umask=0o077,
            **as_user,
        )

    def own(self, path: Path) -> None:
        """Give a file or folder to this user; a symbolic link is not followed."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def closed_folder(self, path: Path) -> Path | None:
        """The first folder on the way to ``path`` (and that itself) which this user may not pass."""
        way = [folder for folder in (path, *path.parents) if folder.is_dir()]
        if self._passes(way[0]):
            return None
        return next((folder for folder in reversed(way) if not self._passes(folder)), None)

    def _passes(self, folder: Path) -> bool:
        return self.run("/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)).returncode == 0
