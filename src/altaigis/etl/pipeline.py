"""The pipeline: from raw files to a layer's revision, with a report of what came, changed and was refused.

What only rasters or remote sources need is imported where they are met: a load begins the sooner.
"""

import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.run import Run
from altaigis.errors import AltaiError, CheckFailed, ConformError, LoadCrashed, NotWritten, SourceError
from altaigis.etl.crowds import thin_points
from altaigis.etl.features import make_features
from altaigis.etl.fingerprint import (
    checksums,
    fingerprint,
    is_current,
    known_checksums,
    parameters,
    product,
    require_unchanged,
)
from altaigis.etl.ledgers import ledger_marks
from altaigis.etl.levels import make_levels, relevel
from altaigis.etl.merging import merge_cases
from altaigis.etl.product import as_rows, write_product
from altaigis.etl.read import try_to_read
from altaigis.etl.report import Report, describe, weightiest_first
from altaigis.etl.sources.remote.asking import Brought
from altaigis.etl.workspace import Workspace
from altaigis.store import load
from altaigis.store.revisions import current_revisions

#: The rest of a run that has been begun.
Finish = Callable[[], Report]

#: What a failed run has found, by its error; all others are of the source.
RULES_OF_ERRORS: Mapping[type[AltaiError], str] = {NotWritten: "not written", LoadCrashed: "crashed"}


def run(layer: Layer, workspace: Workspace, *, dry: bool = False) -> Report:
    """Bring one layer up to date; a layer whose sources have not changed costs a look at them.

    The layers that it is made from must be up to date already. A dry run does all but to write: no file, no table,
    no line in the ledger.

    Raises:
        SourceError, ConformError: the source cannot be used; nothing has changed but the ledger.
        NotWritten: there is no room; nothing has changed but the ledger, if there is room for a line in it.
        DatabaseUnavailable: there is no database; what was loaded is as it was.
        CheckFailed: a rule for the layer as a whole is broken; nothing has changed but the ledger.
        LoadCrashed: by a fault of this program; nothing has changed but the ledger, which has the traceback.
    """
    return begin(layer, workspace, dry=dry)()


def begin(layer: Layer, workspace: Workspace, *, dry: bool = False) -> Finish:
    """Do what a run does without the layer's tables: what it gives loads what has been made.

    Both halves raise as ``run`` does.
    """
    attempt = _Attempt(layer, workspace, dry)
    with _recorded(attempt):
        report, incoming = _begun(attempt)
    finish = _rehearse if dry else _load
    return partial(finish, attempt, report, incoming) if incoming else lambda: report


@dataclass(frozen=True)
class _Attempt:
    """A run on its way."""

    layer: Layer
    workspace: Workspace
    dry: bool
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


@contextmanager
def _recorded(attempt: _Attempt) -> Iterator[None]:
    """What goes wrong is in the ledger."""
    try:
        yield
    except (SourceError, ConformError, NotWritten) as error:
        with suppress(NotWritten):  # the database itself is full: the error alone can tell of it
            _record(attempt, error)
        raise
    except AltaiError:
        raise
    except Exception as fault:
        crash = LoadCrashed(
            f"a fault of AltaiGIS itself ({type(fault).__name__}: {fault}); the loaded data stay as they were. "
            f"Please report it with what `altaigis layers history {attempt.layer.id} --json` tells"
        )
        _record(attempt, crash, fault)
        raise crash from fault


def _record(attempt: _Attempt, error: AltaiError, fault: Exception | None = None) -> None:
    if attempt.dry:
        return
    layer, workspace = attempt.layer, attempt.workspace
    finding = Finding("error", RULES_OF_ERRORS.get(type(error), "source"), str(error))
    details = ("error", str(error)), *_lineage(layer, known_checksums(layer, workspace.raw))
    if fault:
        details = *details, ("traceback", "".join(traceback.format_exception(fault)))
    report = Report(layer.id, "failed", "", attempt.seconds, findings=(finding,), details=details)
    load.record(workspace.database, report.as_run())


def _lineage(layer: Layer, found: Mapping[str, str | None]) -> tuple[tuple[str, Any], ...]:
    return ("checksums", dict(found)), ("parameters", parameters(layer))


def _begun(attempt: _Attempt) -> tuple[Report, load.Incoming | None]:
    """The report so far, and what is to be loaded; of what needs no load the report is the last."""
    layer, workspace = attempt.layer, attempt.workspace
    revisions = current_revisions(workspace.database)
    missing = sorted(layer.depends_on - revisions.keys())
    if missing:
        raise SourceError(f"layer {layer.id} is made from {', '.join(missing)}, which is not loaded")
    brought = _brought(attempt)
    marks = ledger_marks(workspace.database, revisions, workspace.indicators, workspace.layers)
    found = marks[layer.source.ledger] if layer.source.ledger else ""
    mark = fingerprint(layer, workspace.raw, {name: revisions[name].state for name in layer.depends_on}, found)
    now = revisions.get(layer.id)
    if now and is_current(layer, workspace.processed, mark, now):
        looked = Report(layer.id, "unchanged", mark, attempt.seconds, loaded=now.count, dry=attempt.dry)
        looked = replace(looked, findings=brought.findings)
        if layer.source.remote and not attempt.dry:
            load.record(workspace.database, replace(looked, details=brought.details).as_run())
        return looked, None
    lineage = (*_lineage(layer, checksums(layer, workspace.raw)), *brought.details)
    report = Report(layer.id, "loaded", mark, 0.0, details=lineage, dry=attempt.dry, findings=brought.findings)
    report = replace(report, former=now.number if now else 0)
    return (_raster(attempt, report), None) if layer.kind == "raster" else _incoming(attempt, report)


def _brought(attempt: _Attempt) -> Brought:
    layer, workspace = attempt.layer, attempt.workspace
    if layer.source.remote is None:
        return Brought()
    from altaigis.etl.rasters import check_raster
    from altaigis.etl.sources.remote.bring import bring

    # a dry run changes nothing: what there is a copy of is not asked for
    asking = replace(workspace.asking, always=workspace.asking.always and not attempt.dry)
    check = check_raster if layer.kind == "raster" else partial(try_to_read, layer)
    return bring(layer, workspace.raw, asking, check)


def _raster(attempt: _Attempt, report: Report) -> Report:
    from altaigis.etl.rasters import to_cog

    layer, workspace = attempt.layer, attempt.workspace
    with TemporaryDirectory() as folder:
        target = Path(folder) / "tried.tif" if attempt.dry else product(layer, workspace.processed, report.fingerprint)
        cog = to_cog(layer, workspace.raw / layer.source.file, target)
    require_unchanged(layer, workspace.raw, dict(report.details)["checksums"])
    done = replace(
        report,
        received=1,
        loaded=1,
        findings=report.findings + cog.findings,
        details=report.details + cog.details,
        seconds=attempt.seconds,
    )
    if attempt.dry:
        return done
    registered = load.register_file(workspace.database, layer, target.name, cog.extent, done.as_run())
    kept = load.kept_relations(workspace.database, layer)
    for old in workspace.processed.glob(f"{layer.id}.*.tif"):
        if old.name not in kept:
            old.unlink()
    return replace(done, outcome=registered.outcome)


def _incoming(attempt: _Attempt, report: Report) -> tuple[Report, load.Incoming | None]:
    layer, workspace = attempt.layer, attempt.workspace
    done, good = make_features(layer, workspace, report)
    done = replace(done, seconds=attempt.seconds)
    _require_whole(attempt, done)
    if attempt.dry and not layer.editable:
        return done, None
    rows = as_rows(layer, good)
    merge = partial(merge_cases, layer, good, workspace.upstream) if layer.editable else None
    if attempt.dry:
        return done, load.Incoming(rows, done.as_run(), merge)
    workspace.progress("levels", 0, len(good))
    levels = thin_points(layer, good, rows) if layer.geometry_type == "Point" else make_levels(layer, good)
    done = replace(done, details=done.details + (levels.told if levels else ()))
    anew = partial(relevel, layer) if levels else None
    made = levels.rows if levels else None
    return done, load.Incoming(rows, done.as_run(), merge, made, anew, started=attempt.started)


def _require_whole(attempt: _Attempt, done: Report) -> None:
    broken = [finding for finding in done.findings if finding.severity == "error"]
    if all(finding.row is not None for finding in broken):
        return
    if not attempt.dry:
        load.record(attempt.workspace.database, replace(done, outcome="failed").as_run())
    listed = "\n".join(f"  {line}" for line in describe(weightiest_first(broken)))
    raise CheckFailed(f"layer {attempt.layer.id} breaks its own rules; the loaded data stay as they were:\n{listed}")


def _load(attempt: _Attempt, report: Report, incoming: load.Incoming) -> Report:
    layer, workspace = attempt.layer, attempt.workspace
    target = product(layer, workspace.processed, report.fingerprint)
    with _recorded(attempt), ThreadPoolExecutor(1) as beside:
        # the database takes its time: meanwhile the file is written, which must be there before the revision is
        written = beside.submit(write_product, incoming.rows, target, report.fingerprint)
        kept = load.load_table(
            workspace.database, layer, replace(incoming, complete=written.result), workspace.progress
        )
    return replace(_told(attempt, report, kept), seconds=kept.report["seconds"])


def _rehearse(attempt: _Attempt, report: Report, incoming: load.Incoming) -> Report:
    with _recorded(attempt):
        run = load.rehearse(attempt.workspace.database, attempt.layer, incoming, attempt.workspace.progress)
    return _told(attempt, report, run)


def _told(attempt: _Attempt, report: Report, run: Run) -> Report:
    """The report with what the database has made of the rows."""
    counts = {name: run.report[name] for name in ("loaded", "left_out", "not_in_source")}
    return replace(report, outcome=run.outcome, findings=run.findings, seconds=attempt.seconds, **counts)
