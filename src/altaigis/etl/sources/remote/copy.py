"""The last good copy of a remote source, in data/raw under the name that the layer file gives, and its provenance."""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from altaigis.errors import RemoteUnavailable
from altaigis.etl.sources.remote.part import Part, Validators
from altaigis.store.files import complete_or_absent

_LOOK_SECONDS = 0.1


class Provenance(BaseModel):
    """Where a copy came from, when, when its server last said that it is still true (UTC), and what it is known by."""

    model_config = ConfigDict(frozen=True)

    origin: str
    sha256: str
    fetched: datetime
    checked: datetime
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Copy:
    """A copy in data/raw. Beside it stand its provenance and, while it is fetched, the part that has come."""

    path: Path
    origin: str

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.remote.json")

    @property
    def part(self) -> Part:
        # the suffix stays, for a part that has come whole is read before it takes the copy's place
        return Part(self.path.with_name(f".{self.path.stem}.part{self.path.suffix}"), self.origin)

    @contextmanager
    def alone(self, seconds: float) -> Iterator[None]:
        """Wait until no other run fetches it, and keep others waiting.

        Raises:
            RemoteUnavailable: another run has not ended in that time.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + seconds
        with self.path.with_name(f".{self.path.name}.lock").open("w") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise RemoteUnavailable("another run is still fetching it") from None
                    time.sleep(_LOOK_SECONDS)
            yield

    def provenance(self) -> Provenance | None:
        """What is known of the copy; None where there is none, and where somebody else has put it there."""
        try:
            noted = Provenance.model_validate_json(self._note.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        return noted if self.path.is_file() and noted.sha256 == checksum(self.path) else None

    def known(self) -> Validators:
        """What its server can tell from, if it is the copy of this very source."""
        noted = self.provenance()
        if noted is None or noted.origin != self.origin:
            return Validators()
        return Validators(noted.etag, noted.last_modified)

    def confirm(self) -> None:
        """Note that the server says now that the copy is still true."""
        if noted := self.provenance():
            self._write(noted.model_copy(update={"checked": datetime.now(UTC)}))

    def take(self, validators: Validators) -> None:
        """Put the part, which has come whole, in place of the copy. The same bytes leave the copy as it is."""
        now = datetime.now(UTC)
        digest = checksum(self.part.path)
        noted = self.provenance()
        if noted is None or noted.sha256 != digest:
            with self.part.path.open("rb") as file:
                os.fsync(file.fileno())
            self.part.path.replace(self.path)
        fetched = noted.fetched if noted and noted.sha256 == digest else now
        self.part.forget()
        known_by = {"etag": validators.etag, "last_modified": validators.last_modified}
        self._write(Provenance(origin=self.origin, sha256=digest, fetched=fetched, checked=now, **known_by))

    def _write(self, provenance: Provenance) -> None:
        with complete_or_absent(self._note) as unfinished:
            unfinished.write_text(provenance.model_dump_json(indent=2) + "\n", encoding="utf-8")


def checksum(path: Path) -> str:
    """SHA-256 of a file; asked again, it is read again only if it has changed."""
    state = path.stat()
    return _checksum(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _checksum(path: Path, _written: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
