"""Backup and restore of all that AltaiGIS keeps in its database: its own schema and that of the layers."""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import conninfo

from altaigis.errors import BackupError, DatabaseUnavailable
from altaigis.store import binaries
from altaigis.store.binaries import Binaries
from altaigis.store.cluster import OPTIONAL_EXTENSIONS, REQUIRED_EXTENSIONS
from altaigis.store.schema import LAYER_SCHEMA, OWN_SCHEMA

SCHEMAS = (OWN_SCHEMA, LAYER_SCHEMA)
MAGIC = b"PGDMP"
LOCK_SECONDS = 30

Progress = Callable[[str], None]


@dataclass(frozen=True)
class _Server:
    """The database at the other end: how libpq reaches it, and its version."""

    parameters: dict[str, str]
    version: str
    major: int
    schemas: frozenset[str]
    missing_extensions: tuple[str, ...]

    @classmethod
    def at(cls, url: str) -> "_Server":
        try:
            # SQLAlchemy's spelling names a driver, which libpq does not know
            given = conninfo.conninfo_to_dict(re.sub(r"^(postgres(?:ql)?)\+\w+://", r"\1://", url))
            parameters = {key: str(value) for key, value in given.items() if value is not None}
            with psycopg.connect(**{"connect_timeout": "10", **parameters}) as connection:  # type: ignore[arg-type]
                found = connection.execute("SELECT nspname FROM pg_namespace").fetchall()
                missing = connection.execute(
                    "SELECT name FROM pg_available_extensions WHERE name = ANY(%s) AND installed_version IS NULL",
                    [[*REQUIRED_EXTENSIONS, *OPTIONAL_EXTENSIONS]],
                ).fetchall()
                version = connection.info.parameter_status("server_version") or ""
                major = connection.info.server_version // 10000
        except psycopg.Error as error:
            raise DatabaseUnavailable(" ".join(str(error).split())) from error
        return cls(
            parameters, version.partition(" ")[0], major,
            frozenset(name for (name,) in found), tuple(name for (name,) in missing),
        )  # fmt: skip

    @property
    def arguments(self) -> list[str]:
        """How a client program connects; the password is not here, where every user could read it."""
        public = {key: value for key, value in self.parameters.items() if key != "password"}
        return ["--no-password", f"--dbname={conninfo.make_conninfo(**public)}"]

    @property
    def environment(self) -> dict[str, str]:
        password = {"PGPASSWORD": self.parameters["password"]} if "password" in self.parameters else {}
        return {**os.environ, "LC_ALL": "C", **password}

    def clients(self) -> Binaries:
        choices = binaries.installed()
        found = binaries.find_clients(self.major, choices)
        if found is None:
            versions = ", ".join(b.version for b in choices if b.has_clients) or "none"
            raise BackupError(
                f"the server is PostgreSQL {self.version}, the client programs here are older ({versions}): "
                f"install postgresql-client-{self.major}"
            )
        return found


def backup(url: str, target: Path, *, overwrite: bool = False, progress: Progress | None = None) -> None:
    """Write both schemas, as they are at one moment, to one compressed file; all of it or nothing.

    Args:
        url: the database, in libpq's or SQLAlchemy's spelling.
        target: the file; one that exists is kept unless ``overwrite``.
        progress: called with the name of each table when its turn comes.

    Raises:
        BackupError: the file exists or cannot be written, the client programs are older than the server, or
            there is nothing to back up.
        DatabaseUnavailable: no database answers.
    """
    _refuse_existing(target, overwrite)
    server = _Server.at(url)
    present = [schema for schema in SCHEMAS if schema in server.schemas]
    if not present:
        raise BackupError(f"there is nothing to back up: the database has no schema {' or '.join(SCHEMAS)}")
    clients = server.clients()
    with _complete_or_absent(target) as unfinished:
        command = [
            clients.tool("pg_dump"), "--format=custom", "--verbose", "--no-owner", "--no-privileges",
            *(f"--schema={schema}" for schema in present), f"--file={unfinished}", *server.arguments,
        ]  # fmt: skip
        with _start(command, server, stderr=subprocess.PIPE) as process:
            lines = []
            for line in process.stderr or ():
                lines.append(line.decode(errors="replace").rstrip())
                table = re.search(r'dumping contents of table "(.+)"', lines[-1])
                if table and progress:
                    progress(table[1])
        if process.returncode:
            raise BackupError(f"pg_dump failed: {_complaint(lines)}")
        _refuse_existing(target, overwrite)


def restore(url: str, source: Path, *, progress: Progress | None = None) -> None:
    """Replace both schemas by those of a backup, in one transaction: after a failure all is as before.

    Anything outside of the schemas that was built upon them (a view of one's own) is dropped with them.

    Args:
        url: the database, in libpq's or SQLAlchemy's spelling.
        source: a file that :func:`backup` has written; it is read to its end before anything is touched.
        progress: called with the name of each table when its turn comes.

    Raises:
        BackupError: the file is cut short, damaged, foreign or of a newer PostgreSQL; or the database
            refuses it.
        DatabaseUnavailable: no database answers.
    """
    _check_magic(source)
    server = _Server.at(url)
    clients = server.clients()
    _check_content(source, server, clients)
    reading = [clients.tool("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(source)]
    writing = [
        clients.tool("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-",
        *server.arguments,
    ]  # fmt: skip
    with tempfile.TemporaryFile() as read_errors, tempfile.TemporaryFile() as write_errors:
        with (
            _start(reading, server, stdout=subprocess.PIPE, stderr=read_errors) as reader,
            _start(writing, server, stdin=subprocess.PIPE, stderr=write_errors) as writer,
        ):
            assert reader.stdout is not None
            assert writer.stdin is not None
            # a broken pipe: psql has stopped, and has said why
            with suppress(BrokenPipeError):
                writer.stdin.write(_opening(server).encode())
                for line in reader.stdout:
                    writer.stdin.write(line)
                    table = re.fullmatch(rb"COPY (\S+) \(.*\) FROM stdin;\n", line)
                    if table and progress:
                        progress(table[1].decode())
                # without this last word, psql leaves at the end of its input and the server undoes everything
                if reader.wait() == 0:
                    writer.stdin.write(b"\nCOMMIT;\n")
                writer.stdin.flush()
            reader.stdout.close()
            with suppress(BrokenPipeError):
                writer.stdin.close()
        if writer.returncode:
            raise BackupError(f"{source} was not restored, all is as before: {_complaint(_lines(write_errors))}")
        if reader.returncode:
            raise BackupError(f"{source} was not restored, all is as before: {_complaint(_lines(read_errors))}")
    with psycopg.connect(**server.parameters, autocommit=True) as connection:  # type: ignore[arg-type]
        # a dump carries no statistics, and without them the first queries would be slow
        connection.execute("ANALYZE")


def _opening(server: _Server) -> str:
    """The start of the transaction; the script of pg_restore and COMMIT follow."""
    extensions = "".join(f"CREATE EXTENSION IF NOT EXISTS {name};\n" for name in server.missing_extensions)
    return (
        "BEGIN;\n"
        "SET LOCAL client_min_messages = warning;\n"
        # rather give up than wait forever for somebody's open transaction
        f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s';\n"
        f"{extensions}DROP SCHEMA IF EXISTS {', '.join(SCHEMAS)} CASCADE;\n"
    )


def _check_magic(source: Path) -> None:
    try:
        with source.open("rb") as file:
            start = file.read(len(MAGIC))
    except OSError as error:
        raise BackupError(f"{source} cannot be read: {error.strerror}") from error
    if start != MAGIC:
        raise BackupError(f"{source} is not a backup of AltaiGIS")


def _check_content(source: Path, server: _Server, clients: Binaries) -> None:
    """Read the backup to its end and make sure that it holds our schemas, for this server or an older one."""
    listing = _read_archive([clients.tool("pg_restore"), "--list", str(source)], source, server)
    # entries look like "6; 2615 16385 SCHEMA - layers altaigis"
    held = set(re.findall(r"^\d+; \d+ \d+ SCHEMA - (\S+)", listing, re.MULTILINE))
    if not held or not held <= set(SCHEMAS) or re.search(r"^\d+; \d+ \d+ EXTENSION ", listing, re.MULTILINE):
        raise BackupError(f"{source} is a backup of another database, not of AltaiGIS")
    made_by = re.search(r"^;\s+Dumped from database version: (\d+)", listing, re.MULTILINE)
    if made_by and int(made_by[1]) > server.major:
        raise BackupError(f"{source} comes from PostgreSQL {made_by[1]}, the server is older: {server.version}")
    _read_archive([clients.tool("pg_restore"), f"--file={os.devnull}", str(source)], source, server)


def _read_archive(command: list[str], source: Path, server: _Server) -> str:
    done = subprocess.run(command, capture_output=True, env=server.environment)  # noqa: S603 - our own command line
    complaint = done.stderr.decode(errors="replace").strip()
    if done.returncode and "unsupported version" in complaint:
        raise BackupError(f"{source} was made by a newer PostgreSQL than the client programs here: {complaint}")
    if done.returncode:
        raise BackupError(f"{source} is cut short or damaged: {complaint}")
    return done.stdout.decode(errors="replace")


@contextmanager
def _complete_or_absent(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its place when the block ends well, and else disappears."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}") from error
    unfinished = Path(name)
    try:
        yield unfinished
        os.fsync(descriptor)
        unfinished.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        os.close(descriptor)
        unfinished.unlink(missing_ok=True)


def _refuse_existing(target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise BackupError(f"{target} is a folder: name a file")
    if target.exists() and not overwrite:
        raise BackupError(f"{target} exists: name another file, or ask to overwrite it")


def _start(
    command: list[str],
    server: _Server,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    stderr: int | IO[bytes],
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own command lines
        command, env=server.environment, stdin=stdin, stdout=stdout, stderr=stderr
    )


def _lines(file: IO[bytes]) -> list[str]:
    file.seek(0)
    return file.read().decode(errors="replace").splitlines()


def _complaint(lines: list[str]) -> str:
    """The errors among the messages of a program; all its last words if none is marked as one."""
    errors = [line for line in lines if "error:" in line.lower() or "fatal:" in line.lower()]
    return "\n".join(errors or lines[-3:])
