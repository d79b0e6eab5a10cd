"""A run over one layer: what it did, as it is kept in the ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from altaigis.domain.finding import Finding

#: One "waits" in a dry run alone: it would be loaded after what it is made from, and is not tried.
Outcome = Literal["loaded", "unchanged", "failed", "rolled back", "edited", "retired", "waits"]


@dataclass(frozen=True)
class Run:
    """What a run did. ``report`` holds counts and durations fit for JSON; ``fingerprint`` is the checksum of all
    that the result depends on: source files, layer file, the layers it is made from, and the pipeline's version.

    ``former`` is the number of the layer's current revision when the run began, 0 where it had none; None for a run
    that does not say, and is loaded whatever others have done in the meantime.
    """

    layer: str
    outcome: Outcome
    fingerprint: str
    report: dict[str, Any]
    findings: tuple[Finding, ...] = ()
    former: int | None = None


@dataclass(frozen=True)
class PastRun:
    """A run as the ledger tells it. ``revision`` is the one that it made; ``kept`` whether its data are still there."""

    number: int
    layer: str
    finished: datetime
    outcome: Outcome
    revision: int | None
    kept: bool
    current: bool
    report: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The whole of it, for one line of JSON."""
        own = {
            "run": self.number,
            "layer": self.layer,
            "finished": self.finished.isoformat(),
            "outcome": self.outcome,
            "revision": self.revision,
            "kept": self.kept,
            "current": self.current,
        }
        return {**own, **self.report}
