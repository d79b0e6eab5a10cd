"""The beginning of a download, and what its server says to know it by."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True)
class Validators:
    """What a server says by which a file can be told from another state of it."""

    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Validators":
        return cls(headers.get("ETag", ""), headers.get("Last-Modified", ""))

    @property
    def conditions(self) -> dict[str, str]:
        """Headers that ask for the file only if it is another one now."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in asked.items() if value}

    @property
    def strong(self) -> str:
        """What vouches for every byte: a weak ETag does not."""
        return self.last_modified if self.etag.startswith("W/") or not self.etag else self.etag


@dataclass(frozen=True)
class Part:
    """What has come of a file so far, kept over attempts and runs with a note of what it is a part of."""

    path: Path
    origin: str

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.note")

    def begun(self) -> tuple[int, str]:
        """How many bytes are there to go on from, and the validator that they are known by; (0, "") if none."""
        try:
            note = orjson.loads(self._note.read_bytes())
            size = self.path.stat().st_size
        except (FileNotFoundError, ValueError):
            return 0, ""
        mine = isinstance(note, dict) and note.get("origin") == self.origin
        validator = note.get("validator") if mine else ""
        return (size, validator) if size and isinstance(validator, str) and validator else (0, "")

    def begin(self, validator: str) -> None:
        """Start anew with what is known by a validator, which is empty where nothing could be gone on with."""
        # in this order a crash leaves no bytes under the note of others
        self.path.unlink(missing_ok=True)
        self._note.write_bytes(orjson.dumps({"origin": self.origin, "validator": validator}))

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
