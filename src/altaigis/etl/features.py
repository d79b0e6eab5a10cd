"""What a raw file becomes: read, conform, coverage, check."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.observation import STATIONS
from altaigis.domain.source import FeatureKey, UnionOf
from altaigis.etl.check import check_layer, check_rows, first_causes
from altaigis.etl.conform import DUPLICATE, compute, conform
from altaigis.etl.cube.material import read_cube
from altaigis.etl.fingerprint import require_unchanged
from altaigis.etl.issues import as_frame, of_loads
from altaigis.etl.read import Received, read
from altaigis.etl.relations import check_covers, check_relations
from altaigis.etl.report import Report
from altaigis.etl.steps import steps
from altaigis.etl.workspace import Workspace
from altaigis.geometry.cleaning import as_type
from altaigis.geometry.coverage import clean
from altaigis.geometry.geodesy import area_km2
from altaigis.store.loads import refused_rows
from altaigis.store.revisions import current_revisions, last_findings

#: A layer of so many features is not expected to lose half of them.
MANY = 10
#: A report tells so many of the gaps that were closed, the largest first.
SHOWN_GAPS = 10


def make_features(layer: Layer, workspace: Workspace, report: Report) -> tuple[Report, gpd.GeoDataFrame]:
    """The features of a layer that may be loaded, in degrees, and the report with what became of the others.

    A report with an error that is of no single row tells that none may be loaded.

    Raises:
        SourceError, ConformError: the source cannot be used, or has changed while it was read.
    """
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
    )
    return done, good


def _received(layer: Layer, workspace: Workspace) -> Received:
    if layer.source.ledger == "indicators":
        rows, findings = read_cube(workspace)
        return Received(rows, decimal=".", details={}, findings=tuple(findings))
    if layer.source.ledger:
        issues = last_findings(workspace.database, workspace.layers)
        issues += of_loads(refused_rows(workspace.database), workspace.upstream.places(STATIONS))
        return Received(as_frame(issues), decimal=".", details={}, findings=())
    return read(layer, workspace.raw, workspace.upstream.features)


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
    values = received.rows({finding.row for finding in findings if finding.row is not None}, geometry=own)
    for finding in findings:
        if finding.row is None:
            yield finding
            continue
        fid = frame.at[finding.row, layer.id_field]
        place = _place(frame.at[finding.row, layer.geometry_field] if layer.geometry_field else None)
        yield replace(finding, values=values[finding.row], fid=None if pd.isna(fid) else str(fid), place=place)


def _place(geometry: shapely.Geometry | None) -> tuple[float, float] | None:
    if geometry is None or geometry.is_empty:
        return None
    point = shapely.point_on_surface(geometry)
    return point.x, point.y
