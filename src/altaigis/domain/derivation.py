"""How a layer came to be that no file declares: an indicator's, or the result of an analysis."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from altaigis.domain.layer import Layer


@dataclass(frozen=True)
class Derivation:
    """Who made a layer, and of what.

    Args:
        maker: ``indicators``, or the id of a process.
        inputs: numbers of the revisions that it was made from, by layer id.
        parameters: what was chosen, as JSON has it.
        seed: of the random numbers, where there were any.
        code: version of the program.
        key: name of the key that asked for it.
        created: UTC.
        expires: when it may be removed; None: it is kept.
        summary: statistics of the whole, notes and flags, as JSON has it.
        together: ids of all layers of one run by what each is, the main one first, where there are several; they come
            and go together.
    """

    maker: str
    inputs: Mapping[str, int]
    parameters: Mapping[str, Any]
    seed: int | None
    code: str
    key: str | None
    created: datetime
    expires: datetime | None
    summary: Mapping[str, Any]
    together: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """All of it, times as in RFC 3339."""
        return {
            **asdict(self),
            "created": self.created.isoformat(),
            "expires": self.expires.isoformat() if self.expires else None,
        }

    def has_flag(self, code: str) -> bool:
        """Whether the run has warned of this."""
        return any(flag["code"] == code for flag in self.summary.get("flags", ()))

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Derivation":
        """What :meth:`as_json` gave."""
        told = cls(**document)
        expires = document["expires"]
        return replace(
            told,
            created=datetime.fromisoformat(document["created"]),
            expires=datetime.fromisoformat(expires) if expires else None,
        )


@dataclass(frozen=True)
class Derived:
    """A layer of this kind."""

    layer: Layer
    derivation: Derivation
