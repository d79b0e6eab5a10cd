"""A run of the ETL over one layer: what it did, as it is kept in the ledger."""

from dataclasses import dataclass
from typing import Any, Literal

from altaigis.domain.finding import Finding

Outcome = Literal["loaded", "unchanged", "failed"]


@dataclass(frozen=True)
class Run:
    """What a run did. ``report`` holds counts and durations fit for JSON; ``fingerprint`` is the checksum of all
    that the result depends on: source files, layer file, the layers it is made from, and the pipeline's version."""

    layer: str
    outcome: Outcome
    fingerprint: str
    report: dict[str, Any]
    findings: tuple[Finding, ...] = ()
