"""The folder of the embedded server's unix socket: short enough, and nobody else's."""

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from altaigis.errors import ClusterError
from altaigis.store.account import Account

PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
# sun_path holds 108 bytes on Linux and 104 on macOS, the last is a zero
LONGEST_PATH = 103 if sys.platform == "darwin" else 107

ROOT_HOME = Path("/var/lib/altaigis")


def home_hash(home: Path) -> str:
    """A short name of a home folder, for places that several homes share."""
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:8]


def fits(folder: Path) -> bool:
    """Whether a unix socket can be made and named there: paths have a limit, libpq splits them at commas."""
    return len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_PATH and "," not in str(folder)


def choose_socket_dir(home: Path) -> Path:
    """``/run/altaigis`` for root's default home, ``run`` in any other; a shared place if that is too long."""
    root = os.geteuid() == 0
    runtime = Path("/run") if Path("/run").is_dir() else Path("/var/run")
    if root and home == ROOT_HOME:
        return runtime / "altaigis"
    if fits(home / "run"):
        return home / "run"
    if root:
        return runtime / f"altaigis-{home_hash(home)}"
    if (own := os.environ.get("XDG_RUNTIME_DIR")) and fits(Path(own) / f"altaigis-{home_hash(home)}"):
        return Path(own) / f"altaigis-{home_hash(home)}"
    return Path(tempfile.gettempdir()) / f"altaigis-{os.geteuid()}-{home_hash(home)}"


def prepare_socket_dir(folder: Path, account: Account) -> None:
    """Make the folder, open to ``account`` alone.

    Raises:
        ClusterError: the path is too long or has a comma; or what stands there is a link or somebody else's
            (in a shared folder such as /tmp a stranger may have been there first).
    """
    if not fits(folder):
        raise ClusterError(
            f"{folder} is too long for a unix socket (the limit is {LONGEST_PATH} bytes with {SOCKET_NAME}), "
            "or has a comma in its name: choose another folder"
        )
    trap = ClusterError(f"{folder} is not a folder of user {account.name}: remove it, it may be a trap")
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    try:
        # by descriptor, so that nobody can put another thing in its place between the look and the change
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise trap from error
    try:
        if os.fstat(descriptor).st_uid not in (account.uid, os.geteuid()):
            raise trap
        if os.geteuid() == 0:
            os.fchown(descriptor, account.uid, account.gid)
        os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)
    if closed := account.closed_folder(folder):
        raise ClusterError(f"user {account.name} cannot enter {closed}, where the socket is to be")
