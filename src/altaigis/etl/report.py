"""What a run of the ETL says of itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from altaigis import __version__
from altaigis.domain.finding import Finding
from altaigis.domain.run import Outcome, Run

#: A terminal or an error message shows this many findings; the ledger keeps all.
SHOWN_FINDINGS = 20


@dataclass(frozen=True)
class Report:
    """Counts, duration in seconds and findings of one layer's run; a dry one has loaded nothing.

    Of an editable layer, ``left_out`` are rows of the source that stay away, for a person has deleted the feature, and
    ``not_in_source`` features that only people hold: received − refused − left_out + not_in_source = loaded.
    ``former`` is the number of the revision that the run has found, as :class:`Run` has it.
    """

    layer: str
    outcome: Outcome
    fingerprint: str
    seconds: float
    received: int = 0
    loaded: int = 0
    findings: tuple[Finding, ...] = ()
    details: tuple[tuple[str, Any], ...] = ()
    dry: bool = False
    former: int | None = None
    left_out: int = 0
    not_in_source: int = 0

    @property
    def refused(self) -> int:
        return len({f.row for f in self.findings if f.severity == "error" and f.row is not None})

    @property
    def warnings(self) -> int:
        return sum(f.severity == "warning" for f in self.findings)

    def as_run(self) -> Run:
        """The form that the ledger keeps."""
        counts = {
            "received": self.received,
            "loaded": self.loaded,
            "refused": self.refused,
            "warnings": self.warnings,
            "left_out": self.left_out,
            "not_in_source": self.not_in_source,
        }
        report = {"seconds": round(self.seconds, 3), **counts, "code": __version__, **dict(self.details)}
        return Run(self.layer, self.outcome, self.fingerprint, report, self.findings, self.former)

    def as_json(self) -> dict[str, Any]:
        """The whole report, for one line of JSON."""
        findings = [
            {
                "severity": finding.severity,
                "rule": finding.rule,
                "message": finding.message,
                "row": finding.row,
                "fid": finding.fid,
            }
            for finding in self.findings
        ]
        own = {"layer": self.layer, "outcome": self.outcome, "dry_run": self.dry}
        return {**own, **self.as_run().report, "findings": findings}


def weightiest_first(findings: Sequence[Finding]) -> list[Finding]:
    """What stopped a load, then what was refused, then what was only told of; each in the order of the rows."""
    return sorted(findings, key=lambda f: (f.severity != "error", f.row is not None, f.row or 0))


def describe(findings: Sequence[Finding]) -> list[str]:
    """Findings as lines for a person: the first of them whole, the rest counted by rule."""
    lines = [_line(finding) for finding in findings[:SHOWN_FINDINGS]]
    rest = Counter(finding.rule for finding in findings[SHOWN_FINDINGS:])
    lines += [f"… and {count} more of rule {rule}" for rule, count in rest.items()]
    return lines


def _line(finding: Finding) -> str:
    row = "" if finding.row is None else f"row {finding.row}"
    place = f"{row} ({finding.fid})" if row and finding.fid else row or finding.fid or "layer"
    return f"{finding.severity}: {place}: {finding.message} [{finding.rule}]"
