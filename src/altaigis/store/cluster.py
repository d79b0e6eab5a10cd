"""The embedded PostGIS: a private PostgreSQL cluster in a folder, reached by a unix socket alone.

In the home folder: ``data`` (the cluster), ``log`` (a file for each day of the week), ``run`` (the socket,
where the path is short enough), ``lock``, and three configuration files, written anew at each start; what an
administrator sets by ALTER SYSTEM stands.
"""

import fcntl
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO
from urllib.parse import quote

import psycopg
from psycopg import sql

from altaigis.errors import ClusterError
from altaigis.store import binaries
from altaigis.store.account import Account
from altaigis.store.binaries import Binaries
from altaigis.store.configuration import configuration_files
from altaigis.store.postmaster import (
    PID_FILE,
    Postmaster,
    end_orphans,
    lock_file,
    postmaster_at,
    postmaster_of,
    stop,
    wait_until,
)
from altaigis.store.sockets import PORT, SOCKET_NAME, choose_socket_dir, home_hash, prepare_socket_dir

NAME = "altaigis"  # of the role and of the database
REQUIRED_EXTENSIONS = ("postgis", "pg_trgm")
OPTIONAL_EXTENSIONS = ("unaccent",)

#: Files in the home folder: the server stays when its last user goes; those who use it now hold a lock on it.
KEPT, IN_USE = "kept", "in-use"

START_SECONDS = 60
FAST_STOP_SECONDS = 30
IMMEDIATE_STOP_SECONDS = 10
ORPHAN_SECONDS = 3


@dataclass(frozen=True)
class ClusterStatus:
    """What there is of a cluster; ``version`` is the server's own if it runs, else that of the data."""

    state: Literal["running", "stopped", "absent"]
    pid: int | None
    url: str
    version: str | None
    data: Path


class Cluster:
    """A private PostGIS in the folder ``home``.

    Args:
        home: holds everything; made when missing.
        socket_dir: folder of the unix socket, if it shall not be chosen.
        durable: False gives up safety at a crash of the machine for speed, for tests.
    """

    def __init__(self, home: Path, socket_dir: Path | None = None, *, durable: bool = True) -> None:
        # resolved, so that every way to the same home leads to the same server
        self.home = home.resolve()
        self.data = self.home / "data"
        self.log_dir = self.home / "log"
        self._start_log = self.log_dir / "start.log"
        self._socket_dir = socket_dir.absolute() if socket_dir else None
        self._durable = durable

    @property
    def socket_dir(self) -> Path:
        """Where the socket is, or would be at the next start."""
        # XDG_RUNTIME_DIR may differ between a login and a service: the running server knows best
        running = self._postmaster()
        return (running and running.socket_dir) or self._socket_dir or choose_socket_dir(self.home)

    @property
    def url(self) -> str:
        """Address for libpq (psql, psycopg, ogr2ogr) and, with its driver named, for SQLAlchemy."""
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.socket_dir))}&port={PORT}"

    def status(self) -> ClusterStatus:
        """What there is; starts nothing.

        Raises:
            ClusterError: the folder is closed to the caller.
        """
        running = self._postmaster()
        major = self._data_version()
        if major is None:
            return ClusterStatus("absent", None, self.url, None, self.data)
        if running is None:
            return ClusterStatus("stopped", None, self.url, major, self.data)
        return ClusterStatus("running", running.pid, self.url, self._server_version() or major, self.data)

    def start(self) -> bool:
        """Make the cluster if there is none and start it; True if this call started it.

        Returns when the database answers and has its extensions. Of two calls at once the second waits.

        Raises:
            ClusterError: PostgreSQL or PostGIS is missing, the data are of a version that is not installed, a
                folder is closed to the user that runs the server, or the server fails (with its last words).
        """
        with self._explained("started"):
            account = Account.serving(self.data)
            self._make_home(account)
            with self._lock(account):
                started = self._ensure_running(account)
                self._ensure_database()
        return started

    def keep(self) -> None:
        """Leave the server running when its last user goes, until it is stopped in so many words."""
        (self.home / KEPT).touch()

    def stop_unless_needed(self, mine: TextIO) -> bool:
        """Stop the server if it is not kept and nobody else uses it; True if it was stopped.

        Args:
            mine: what :meth:`use` has given to the caller.
        """
        if (self.home / KEPT).exists():
            return False
        try:
            # whoever begins to use the server waits here until it is stopped, and starts it again
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return self.stop()

    @contextmanager
    def use(self) -> Iterator[TextIO]:
        """While the block runs, the server counts as in use; the mark goes with the process, however that ends."""
        with self._explained("used"):
            self._make_home(Account.serving(self.data))
            mark = (self.home / IN_USE).open("a")
        with mark:
            fcntl.flock(mark, fcntl.LOCK_SH)
            yield mark

    def stop(self) -> bool:
        """Stop the server, in order if it can be done in time; True if one was running."""
        with self._explained("stopped"):
            (self.home / KEPT).unlink(missing_ok=True)
            if self._postmaster() is None:
                return False
            with self._lock(Account.serving(self.data)):
                running = self._postmaster()
                if running is None:
                    return False
                self._halt(running)
        return True

    def _ensure_running(self, account: Account) -> bool:
        running = self._postmaster()
        if running and not running.ready:
            # its starter was interrupted, or it is still recovering
            wait_until(lambda: (now := self._postmaster()) is None or now.ready, START_SECONDS)
            running = self._postmaster()
            if running and not running.ready:
                raise ClusterError(f"{self.data}: the server does not get ready. {self._last_words()}")
        if running and not (self.socket_dir / SOCKET_NAME).exists():
            # something has cleaned /run or /tmp: nobody can reach the server any more
            self._halt(running)
            running = None
        if running:
            return False
        self._launch(account)
        return True

    def _launch(self, account: Account) -> None:
        found = self._data_version()
        try:
            chosen = binaries.find_server(int(found) if found else None, binaries.installed())
        except ClusterError as error:
            raise ClusterError(f"{self.data}: {error}") from None
        if found is None:
            self._initialise(account, chosen)
        socket_dir = self._socket_dir or choose_socket_dir(self.home)
        prepare_socket_dir(socket_dir, account)
        self._clear_remains(account, socket_dir / SOCKET_NAME)
        self._configure(account, socket_dir)
        self._start_log.unlink(missing_ok=True)
        done = account.run(
            chosen.tool("pg_ctl"), "start", "--silent", "--wait", f"--timeout={START_SECONDS}",
            f"--pgdata={self.data}", f"--log={self._start_log}",
            f"--options=-c config_file={shlex.quote(str(self.home / 'postgresql.conf'))}",
        )  # fmt: skip
        if done.returncode:
            raise ClusterError(f"{self.data}: the server does not start. {done.stderr.strip()}\n{self._last_words()}")

    def _initialise(self, account: Account, chosen: Binaries) -> None:
        """Make a new cluster beside its place and move it there when complete: half of one is never seen."""
        for remains in self.home.glob("data.new-*"):
            # what an initdb that is still dying writes behind our back is removed by the next start
            shutil.rmtree(remains, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix="data.new-", dir=self.home))
        account.own(fresh)
        options = [
            *_collation(chosen),
            "--encoding=UTF8",
            "--data-checksums",
            "--auth=peer",
            f"--username={NAME}",
        ]
        if not self._durable:
            options.append("--no-sync")
        done = account.run(chosen.tool("initdb"), f"--pgdata={fresh}", *options)
        if done.returncode:
            shutil.rmtree(fresh)
            raise ClusterError(f"{self.data}: initdb failed. {done.stderr.strip()}")
        fresh.rename(self.data)

    def _clear_remains(self, account: Account, socket: Path) -> None:
        """Remove what a killed server left; PostgreSQL would take a reused pid of the same user for alive."""
        other = postmaster_at(socket)
        if other:
            raise ClusterError(f"the socket {socket} belongs to the running cluster {other.data}")
        stubborn = end_orphans(self._cluster_name, account.uid, ORPHAN_SECONDS)
        if stubborn:
            pids = ", ".join(map(str, stubborn))
            raise ClusterError(f"{self.data}: a killed server has left processes ({pids}): end them")
        for left in (self.data / PID_FILE, socket, lock_file(socket)):
            left.unlink(missing_ok=True)

    def _configure(self, account: Account, socket_dir: Path) -> None:
        users = {"root", account.name, Account.by_uid(os.geteuid()).name}
        files = configuration_files(
            self.home,
            self.log_dir,
            socket_dir,
            self._cluster_name,
            users=users,
            role=NAME,
            durable=self._durable,
        )
        for name, text in files.items():
            self._write(name, text)

    def _write(self, name: str, text: str) -> None:
        """Replace a file of the home folder; never writes through a link that somebody has put there."""
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name}-", dir=self.home)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(descriptor, 0o644)
        Path(temporary).replace(self.home / name)

    def _ensure_database(self) -> None:
        """Create the database and its extensions, or bring those up to the installed PostGIS."""
        with self._connect("postgres") as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
        with self._connect(NAME) as connection:
            rows = connection.execute(
                "SELECT name, default_version, installed_version FROM pg_available_extensions WHERE name = ANY(%s)",
                [[*REQUIRED_EXTENSIONS, *OPTIONAL_EXTENSIONS]],
            )
            available = {name: (default, present) for name, default, present in rows}
            for name in (*REQUIRED_EXTENSIONS, *OPTIONAL_EXTENSIONS):
                if name not in available and name in OPTIONAL_EXTENSIONS:
                    continue
                default, present = available.get(name, (None, None))
                if present is None:
                    connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
                elif present != default:
                    connection.execute(sql.SQL("ALTER EXTENSION {} UPDATE").format(sql.Identifier(name)))

    def _connect(self, database: str) -> psycopg.Connection[tuple[str, ...]]:
        return psycopg.connect(
            host=str(self.socket_dir),
            port=PORT,
            user=NAME,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        )

    def _server_version(self) -> str | None:
        try:
            with self._connect("postgres") as connection:
                return (connection.info.parameter_status("server_version") or "").partition(" ")[0]
        except psycopg.OperationalError:
            return None  # it is just starting or stopping

    def _halt(self, running: Postmaster) -> None:
        if not stop(running, FAST_STOP_SECONDS, IMMEDIATE_STOP_SECONDS):
            raise ClusterError(f"{self.data}: the server (process {running.pid}) does not stop. {self._last_words()}")

    def _make_home(self, account: Account) -> None:
        if closed := account.closed_folder(self.home):
            raise ClusterError(
                f"the database runs as user {account.name}, who cannot enter {closed}: "
                f"set ALTAIGIS_HOME to a folder that this user can reach"
            )
        missing = [folder for folder in (self.home, *self.home.parents) if not folder.exists()]
        for folder in reversed(missing):
            # in spite of a strict umask the server's user must come through, but need not look around
            folder.mkdir()
            folder.chmod(0o711)
        self.log_dir.mkdir(mode=0o700, exist_ok=True)
        account.own(self.log_dir)

    @contextmanager
    def _lock(self, account: Account) -> Iterator[None]:
        """One process at a time; the operating system lets go of the lock whatever happens to its holder."""
        descriptor = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if os.geteuid() == 0:
                os.fchown(descriptor, account.uid, account.gid)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def _explained(self, verb: str) -> Iterator[None]:
        try:
            yield
        except (OSError, psycopg.Error) as error:
            raise ClusterError(f"the database in {self.home} cannot be {verb}: {error}") from error

    @property
    def _cluster_name(self) -> str:
        return f"{NAME}-{home_hash(self.home)}"

    def _postmaster(self) -> Postmaster | None:
        with self._explained("looked at"):
            return postmaster_of(self.data)

    def _data_version(self) -> str | None:
        """The major version of the data, or None if there are none yet."""
        try:
            return (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            with suppress(FileNotFoundError):
                if any(self.data.iterdir()):
                    raise ClusterError(f"{self.data} holds no cluster but something else: move it away") from None
            return None

    def _last_words(self) -> str:
        """The last lines of the server's log; until it is well up it writes to a log of the start."""
        logs = [log for log in (self._start_log, *self.log_dir.glob("postgresql-*.log")) if log.exists()]
        if not logs:
            return ""
        newest = max(logs, key=lambda log: log.stat().st_mtime_ns)
        lines = newest.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n  ".join([f"The last lines of {newest}:", *lines[-10:]])


def _collation(chosen: Binaries) -> list[str]:
    """Order by code point, so that an index is the same everywhere; upper and lower case by Unicode."""
    if chosen.major >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    if sys.platform == "darwin":
        return ["--locale=C", "--lc-ctype=en_US.UTF-8"]
    return ["--locale=C.UTF-8"]
