"""The pipeline: read, conform, coverage, check, GeoParquet, load, report.

What only rasters or remote sources need is imported where they are met: a load begins the sooner.
"""

import time
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from sqlalchemy import Engine

from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.observation import STATIONS
from altaigis.domain.progress import Progress, silent
from altaigis.domain.source import FeatureKey, UnionOf
from altaigis.errors import AltaiError, CheckFailed, ConformError, LoadCrashed, NotWritten, SourceError
from altaigis.etl.check import check_layer, check_rows, first_causes
from altaigis.etl.conform import DUPLICATE, compute, conform
from altaigis.etl.fingerprint import (
    checksums,
    fingerprint,
    is_current,
    known_checksums,
    parameters,
    product,
    require_unchanged,
)
from altaigis.etl.issues import as_frame, of_loads
from altaigis.etl.levels import make_levels
from altaigis.etl.merging import merge_cases
from altaigis.etl.product import as_rows, write_product
from altaigis.etl.rawdata import RawData
from altaigis.etl.read import Received, read, try_to_read
from altaigis.etl.relations import check_covers, check_relations
from altaigis.etl.report import Report, describe, weightiest_first
from altaigis.etl.sources.remote.asking import USUAL, Asking, Brought
from altaigis.etl.steps import steps
from altaigis.etl.upstream import Upstream
from altaigis.geometry.cleaning import as_type
from altaigis.geometry.coverage import clean
from altaigis.geometry.geodesy import area_km2
from altaigis.store import load
from altaigis.store.loads import refused_rows
from altaigis.store.revisions import current_revisions, findings_mark, last_findings

#: A layer of so many features is not expected to lose half of them.
MANY = 10
#: A report tells so many of the gaps that were closed, the largest first.
SHOWN_GAPS = 10


@dataclass(frozen=True)
class Workspace:
    """Where the pipeline works: raw files, what it makes of them, and the database; and how it asks for the former.

    ``progress`` is told the stages of a layer, and the rows of the last ones. ``layers`` are those whose findings are
    told of, all by default.
    """

    raw: RawData
    processed: Path
    database: Engine
    asking: Asking = USUAL
    progress: Progress = silent
    layers: frozenset[str] | None = None

    @property
    def upstream(self) -> Upstream:
        return Upstream(self.database)


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
    started = time.monotonic()
    try:
        return _run(layer, workspace, started, dry=dry)
    except (SourceError, ConformError, NotWritten) as error:
        if not dry:
            with suppress(NotWritten):  # the database itself is full: the error alone can tell of it
                load.record(workspace.database, _failed(layer, workspace, error, started).as_run())
        raise
    except AltaiError:
        raise
    except Exception as fault:
        crash = LoadCrashed(
            f"a fault of AltaiGIS itself ({type(fault).__name__}: {fault}); the loaded data stay as they were. "
            f"Please report it with what `altaigis layers history {layer.id} --json` tells"
        )
        if not dry:
            load.record(workspace.database, _failed(layer, workspace, crash, started, fault).as_run())
        raise crash from fault


#: What a failed run has found, by its error; all others are of the source.
RULES_OF_ERRORS: Mapping[type[AltaiError], str] = {NotWritten: "not written", LoadCrashed: "crashed"}


def _failed(
    layer: Layer, workspace: Workspace, error: AltaiError, started: float, fault: Exception | None = None
) -> Report:
    finding = Finding("error", RULES_OF_ERRORS.get(type(error), "source"), str(error))
    details = ("error", str(error)), *_lineage(layer, known_checksums(layer, workspace.raw))
    if fault:
        details = *details, ("traceback", "".join(traceback.format_exception(fault)))
    return Report(layer.id, "failed", "", time.monotonic() - started, findings=(finding,), details=details)


def _lineage(layer: Layer, found: Mapping[str, str | None]) -> tuple[tuple[str, Any], ...]:
    return ("checksums", dict(found)), ("parameters", parameters(layer))


def _run(layer: Layer, workspace: Workspace, started: float, *, dry: bool) -> Report:
    revisions = current_revisions(workspace.database)
    missing = sorted(layer.depends_on - revisions.keys())
    if missing:
        raise SourceError(f"layer {layer.id} is made from {', '.join(missing)}, which is not loaded")
    # a dry run changes nothing: what there is a copy of is not asked for
    asking = replace(workspace.asking, always=workspace.asking.always and not dry)
    brought = _brought(layer, workspace.raw, asking)
    found = findings_mark(workspace.database, workspace.layers) if layer.source.ledger else ""
    mark = fingerprint(layer, workspace.raw, {name: revisions[name].state for name in layer.depends_on}, found)
    now = revisions.get(layer.id)
    if now and is_current(layer, workspace.processed, mark, now):
        seconds = time.monotonic() - started
        looked = Report(layer.id, "unchanged", mark, seconds, loaded=now.count, findings=brought.findings)
        if layer.source.remote and not dry:
            load.record(workspace.database, replace(looked, details=brought.details).as_run())
        return looked
    lineage = (*_lineage(layer, checksums(layer, workspace.raw)), *brought.details)
    make = _run_raster if layer.kind == "raster" else _run_frame
    report = Report(layer.id, "loaded", mark, 0.0, details=lineage, dry=dry, findings=brought.findings)
    return make(layer, workspace, replace(report, former=now.number if now else 0), started)


def _brought(layer: Layer, raw: RawData, asking: Asking) -> Brought:
    if layer.source.remote is None:
        return Brought()
    from altaigis.etl.rasters import check_raster
    from altaigis.etl.sources.remote.bring import bring

    return bring(layer, raw, asking, check_raster if layer.kind == "raster" else partial(try_to_read, layer))


def _run_raster(layer: Layer, workspace: Workspace, report: Report, started: float) -> Report:
    from altaigis.etl.rasters import to_cog

    if report.dry:
        with TemporaryDirectory() as folder:
            tried = to_cog(layer, workspace.raw / layer.source.file, Path(folder) / "tried.tif")
        seconds = time.monotonic() - started
        details = report.details + tried.details
        return replace(
            report, received=1, loaded=1, findings=report.findings + tried.findings, details=details, seconds=seconds
        )
    target = product(layer, workspace.processed, report.fingerprint)
    cog = to_cog(layer, workspace.raw / layer.source.file, target)
    require_unchanged(layer, workspace.raw, dict(report.details)["checksums"])
    details = report.details + cog.details
    seconds = time.monotonic() - started
    done = replace(
        report, received=1, loaded=1, findings=report.findings + cog.findings, details=details, seconds=seconds
    )
    registered = load.register_file(workspace.database, layer, target.name, cog.extent, done.as_run())
    kept = load.kept_relations(workspace.database, layer)
    for old in workspace.processed.glob(f"{layer.id}.*.tif"):
        if old.name not in kept:
            old.unlink()
    return replace(done, outcome=registered.outcome)


def _received(layer: Layer, workspace: Workspace) -> Received:
    if layer.source.ledger:
        issues = last_findings(workspace.database, workspace.layers)
        issues += of_loads(refused_rows(workspace.database), workspace.upstream.places(STATIONS))
        return Received(as_frame(issues), decimal=".", details={}, findings=())
    return read(layer, workspace.raw, workspace.upstream.features)


def _run_frame(layer: Layer, workspace: Workspace, report: Report, started: float) -> Report:
    # what came and what became of it on the way is let go before the load, which needs its memory
    done, incoming = _incoming(layer, workspace, report, started)
    if incoming is None:
        return done
    target = product(layer, workspace.processed, report.fingerprint)
    with ThreadPoolExecutor(1) as beside:
        # the database takes its time: meanwhile the file is written, which must be there before the revision is
        written = beside.submit(write_product, incoming.rows, target, report.fingerprint)
        kept = load.load_table(
            workspace.database, layer, replace(incoming, complete=written.result), workspace.progress
        )
    seconds = time.monotonic() - started
    return replace(done, outcome=kept.outcome, loaded=kept.report["loaded"], findings=kept.findings, seconds=seconds)


def _incoming(
    layer: Layer, workspace: Workspace, report: Report, started: float
) -> tuple[Report, load.Incoming | None]:
    """Make what is to be loaded, unless the run is a dry one."""
    done, good = _made(layer, workspace, report, started)
    if done.dry:
        return done, None
    rows = as_rows(layer, good)
    merge = partial(merge_cases, layer, good, workspace.upstream) if layer.editable else None
    workspace.progress("levels", 0, len(good))
    levels = make_levels(layer, good)
    done = replace(done, details=done.details + (levels.told if levels else ()))
    return done, load.Incoming(rows, done.as_run(), merge, levels.rows if levels else None)


def _made(layer: Layer, workspace: Workspace, report: Report, started: float) -> tuple[Report, gpd.GeoDataFrame]:
    """The layer's features as they are to be loaded."""
    workspace.progress("read", 0, None)
    received = _received(layer, workspace)
    require_unchanged(layer, workspace.raw, dict(report.details)["checksums"])
    source = received.frame
    workspace.progress("conform", 0, len(source))
    conformed = conform(layer, source, received.decimal)
    once = _not_refused(conformed.frame, [f for f in conformed.findings if f.rule == DUPLICATE])
    findings = [*report.findings, *received.findings, *conformed.findings, *check_rows(layer, once, computed=False)]
    findings += check_relations(layer, once, workspace.upstream)
    # A refused row must not take land from its neighbours in a coverage.
    good = _not_refused(conformed.frame, findings)
    details = (*received.details.items(), *conformed.details)
    changed = {**conformed.changed, "padded": sum(received.details.get("padded", {}).values())}
    if layer.coverage:
        workspace.progress("coverage", 0, len(good))
        good, found, moved = _as_coverage(layer, good, layer.coverage.gap_width)
        findings += found
        details += moved
    workspace.progress("check", 0, len(good))
    good = compute(layer, good)
    findings += check_rows(layer, good, computed=True)
    good = _not_refused(good, findings)
    findings += [*check_layer(layer, good, workspace.upstream), *check_covers(layer, good, workspace.upstream)]
    findings = [*first_causes(layer, findings), *_shrunk(layer, len(good), workspace)]
    done = replace(
        report,
        received=len(source),
        loaded=len(good),
        findings=tuple(_with_rows(findings, layer, conformed.frame, received)),
        details=report.details + details + (("cleaning", steps(layer, findings, changed)),),
        seconds=time.monotonic() - started,
    )
    broken = [f for f in done.findings if f.severity == "error"]
    if any(f.row is None for f in broken):
        if not done.dry:
            load.record(workspace.database, replace(done, outcome="failed").as_run())
        listed = "\n".join(f"  {line}" for line in describe(weightiest_first(broken)))
        raise CheckFailed(f"layer {layer.id} breaks its own rules; the loaded data stay as they were:\n{listed}")
    return done, good


def _shrunk(layer: Layer, left: int, workspace: Workspace) -> Iterator[Finding]:
    """A source that was cut off or emptied must not take the layer with it."""
    now = current_revisions(workspace.database).get(layer.id)
    if now is None or layer.source.ledger:
        return
    if left == 0 < now.count and layer.checks.count != 0:
        problem = f"no feature would be left of {now.count}; if that is right, say so by checks: {{count: 0}}"
        yield Finding("error", "empty", problem)
    elif left < now.count / 2 and now.count >= MANY:
        yield Finding("warning", "fewer", f"{left} features, where there were {now.count}")


def _not_refused(frame: gpd.GeoDataFrame, findings: list[Finding]) -> gpd.GeoDataFrame:
    refused = {f.row for f in findings if f.severity == "error" and f.row is not None}
    return frame[~frame.index.isin(refused)]


def _as_coverage(
    layer: Layer, frame: gpd.GeoDataFrame, gap_width: float
) -> tuple[gpd.GeoDataFrame, list[Finding], tuple[tuple[str, Any], ...]]:
    # What has no geometry stays out: it would change places with what has one.
    here = frame.geometry.notna().to_numpy()
    cleaned = clean(frame.geometry.to_numpy()[here], gap_width)
    names = frame.loc[here, layer.id_field].astype(str)
    findings = [
        *_too_wide("a gap", cleaned.open_gaps, gap_width),
        *_too_wide("an overlap", cleaned.wide_overlaps, gap_width),
    ]
    details = {
        "overlap_km2": round(cleaned.overlap_km2, 3),
        "gap_km2": round(cleaned.gap_km2, 3),
        "gap_width": gap_width,
        "largest_gaps": _largest(cleaned.closed_gaps),
        "moved_km2": {name: round(float(area), 3) for name, area in zip(names, cleaned.moved_km2, strict=True)},
    }
    geometries = frame.geometry.to_numpy().copy()
    geometries[here] = as_type(cleaned.geometries, layer.geometry_type or "")
    findings += [
        Finding("error", "coverage", "nothing is left of it: other features claim all its area", int(row))
        for row in frame.index[here & shapely.is_missing(geometries)]
    ]
    return (
        frame.set_geometry(gpd.GeoSeries(geometries, index=frame.index, crs=frame.crs)),
        findings,
        tuple(details.items()),
    )


def _too_wide(what: str, areas: npt.NDArray[np.object_], width: float) -> Iterator[Finding]:
    for area, size in zip(areas, area_km2(areas), strict=True):
        x, y = area.centroid.x, area.centroid.y
        told = f"{what} of {size:.3f} km² at {x:.4f}, {y:.4f} is wider than {width} degrees"
        yield Finding("error", "coverage", told, place=(x, y))


def _largest(gaps: npt.NDArray[np.object_]) -> list[dict[str, float]]:
    """The largest of the gaps that were closed: what should have been another feature is among them."""
    areas = area_km2(gaps)
    largest = np.argsort(-areas, kind="stable")[:SHOWN_GAPS]
    places = [(float(areas[gap]), gaps[gap].centroid) for gap in largest]
    return [{"km2": round(area, 3), "lon": round(at.x, 4), "lat": round(at.y, 4)} for area, at in places]


def _with_rows(findings: list[Finding], layer: Layer, frame: gpd.GeoDataFrame, received: Received) -> Iterator[Finding]:
    """Findings of rows with the feature's id and the source row, so that what was refused can be found again."""
    own = not isinstance(layer.source.geometry, FeatureKey | UnionOf)
    for finding in findings:
        if finding.row is None:
            yield finding
            continue
        fid = frame.at[finding.row, layer.id_field]
        place = _place(frame.at[finding.row, layer.geometry_field] if layer.geometry_field else None)
        values = received.row(finding.row, geometry=own)
        yield replace(finding, values=values, fid=None if pd.isna(fid) else str(fid), place=place)


def _place(geometry: shapely.Geometry | None) -> tuple[float, float] | None:
    if geometry is None or geometry.is_empty:
        return None
    point = shapely.point_on_surface(geometry)
    return point.x, point.y
