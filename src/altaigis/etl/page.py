"""A report as lines for a terminal and as one HTML page, which needs no other file and no address."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from html import escape
from typing import Any

from altaigis.domain.difference import Difference
from altaigis.domain.extent import BBox
from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.plane import Plane, framed, parts_of, shape_of
from altaigis.domain.rules import rule_named
from altaigis.domain.run import PastRun
from altaigis.etl.report import SHOWN_FINDINGS, describe, weightiest_first

MAP_WIDTH = 640
_STYLE = """\
body { font: 16px/1.45 system-ui, sans-serif; color: #1b1b1b; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem } caption { text-align: left; font-weight: 600 }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #ddd }
td { overflow-wrap: anywhere } svg { width: 100%; height: auto; background: #f4f6f8 }
.area { fill: #cfe0d4; stroke: #4a6b57; stroke-width: .6 } .line { fill: none; stroke: #0072b2; stroke-width: 1 }
.point { fill: #4a6b57 } .error { fill: #d55e00; stroke: #fff } .warning { fill: #e69f00; stroke: #fff }
"""


@dataclass(frozen=True)
class LayerReport:
    """The last run of a layer: what came, what was found, what is different from the revision before, and its shape.

    ``outlines`` are GeoJSON geometries in EPSG:4326; ``difference`` is None where there is nothing to compare with.
    """

    layer: Layer
    run: PastRun
    findings: tuple[Finding, ...]
    difference: Difference | None
    extent: BBox | None
    outlines: tuple[str, ...]


def lines(report: LayerReport) -> Iterator[str]:
    """The report for a terminal."""
    yield f"{report.layer.id}: {report.layer.title.en}"
    for name, value in _facts(report):
        yield f"  {name}: {value}"
    cleaning = _cleaning(report)
    if cleaning:
        yield "  step by step:"
        yield from (f"    {step}: {done}" for step, done in cleaning)
    if report.difference:
        yield f"  changed: {_counts(report.difference)}"
    moved = _moved(report)
    if moved:
        yield "  area moved by the cleaning of borders, km²:"
        yield from (f"    {name}: {area}" for name, area in moved)
    if report.findings:
        yield "  findings:"
        yield from (f"    {line}" for line in describe(weightiest_first(report.findings)))
        if len(report.findings) > SHOWN_FINDINGS:
            yield "    all of them: --html FILE"


def html(report: LayerReport) -> str:
    """The report as a page. Everything that came with the data is escaped."""
    title = f"{report.layer.title.ru} ({report.layer.id})"
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>",
        _table("The run", ("", ""), _facts(report)),
    ]
    parts.append(_table("Cleaning and checks, step by step", ("step", "rows"), _cleaning(report)))
    if extent := _extent(report):
        parts.append(_map(report, extent))
    if report.difference:
        found = report.difference
        parts.append(f"<h2>What changed</h2><p>{escape(f'{found.former} → {found.latter}: {_counts(found)}')}</p>")
        parts.append(_table("", ("feature", "what"), _changes(found)))
    moved = _moved(report)
    if moved:
        parts.append(_table("Area moved by the cleaning of borders", ("feature", "km²"), moved))
    if report.findings:
        heads = ("severity", "row", "feature", "what", "finding", "values as received")
        rows = [
            (
                f.severity,
                f.row,
                f.fid,
                rule_named(f.rule).name.en,
                f.message,
                json.dumps(f.values, ensure_ascii=False) if f.values else "",
            )
            for f in weightiest_first(report.findings)
        ]
        parts.append(_table("What was refused or repaired", heads, rows))
    return "\n".join([*parts, "</body></html>\n"])


def _facts(report: LayerReport) -> list[tuple[str, Any]]:
    told = report.run.report
    facts: list[tuple[str, Any]] = [
        ("run", f"{report.run.finished:%Y-%m-%d %H:%M:%S} UTC, {report.run.outcome}"),
        ("revision", "none" if report.run.revision is None else report.run.revision),
        *(("error", problem) for problem in _errors(report)),
        ("rows received", told.get("received")),
        ("features loaded" if report.run.outcome == "loaded" else "features that are good", told.get("loaded")),
        ("rows refused", told.get("refused")),
        ("rows left out, deleted by a person", told.get("left_out") or None),
        ("features that only people hold, not the source", told.get("not_in_source") or None),
        ("warnings", told.get("warnings")),
        ("seconds", told.get("seconds")),
        ("seconds of them for levels of detail", told.get("levels", {}).get("seconds")),
        ("code version", told.get("code")),
        *(
            (f"source {name}", f"SHA-256 {checksum}" if checksum else "could not be read")
            for name, checksum in told.get("checksums", {}).items()
        ),
        *_reading(told),
        ("overlaps closed, km²", told.get("overlap_km2")),
        ("gaps closed, km²", told.get("gap_km2")),
        ("gaps up to this width are closed, degrees", told.get("gap_width")),
        *(
            ("a gap that was closed", f"{gap['km2']:g} km² at {gap['lat']:.4f}° N, {gap['lon']:.4f}° E")
            for gap in told.get("largest_gaps", ())
        ),
        ("slivers removed, m²", told.get("sliver_m2")),
    ]
    return [(name, value) for name, value in facts if value is not None]


def _errors(report: LayerReport) -> list[str]:
    """Why a run has failed: its source, or the rules for the layer as a whole that are broken."""
    broken = [f.message for f in report.findings if f.severity == "error" and f.row is None]
    return broken if report.run.outcome == "failed" else []


def _reading(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """How the source was read: what was detected or declared, and the way into the CRS of storage."""
    for name, decided in told.get("sources", {}).items():
        for what, value in decided.items():
            yield f"{what} of {name}", _decision(value)
    if way := told.get("projection"):
        accuracy = way["accuracy_m"]
        yield "from", f"{way['from']} to {way['to']}"
        yield "operation of PROJ", way["operation"]
        yield "its pipeline", way["pipeline"]
        yield "its accuracy", "not known" if accuracy is None else f"{accuracy:g} m"
    if size := told.get("size"):
        yield "raster", f"{size[0]} × {size[1]} pixels, {told['crs']}, nodata {told['nodata']:g}"
    for number, band in enumerate(told.get("statistics", ()), 1):
        share = band["valid"] / band["pixels"]
        span = f"{band['minimum']:g} to {band['maximum']:g}, mean {band['mean']:g}, deviation {band['std']:g}"
        yield f"band {number}", f"{span}, {share:.1%} of the pixels have a value"
    if (remote := told.get("remote")) is not None:
        yield "remote source", _decision(remote)


def _decision(value: Any) -> str:
    """``{"name": "cp1251", "by": "detected"}`` as a person would say it."""
    if isinstance(value, Mapping) and {"name", "by"} <= value.keys():
        return f"{value['name']}, {value['by']}" if value["by"] == "detected" else f"{value['name']}, by {value['by']}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_decision(part)}" for name, part in value.items())
    if isinstance(value, list):
        return "; ".join(_decision(part) for part in value)
    return str(value)


def _cleaning(report: LayerReport) -> list[tuple[str, str]]:
    """Every step with what it did, in the order of the steps, between what came and what stayed."""
    told = report.run.report
    if not told.get("cleaning"):
        return []
    table = [("received", str(told["received"]))]
    for entry in told["cleaning"]:
        words = (("repaired", "repaired"), ("refused", "refused"), ("told", "noted"))
        done = [f"{entry[key]} {word}" for key, word in words if entry[key]]
        table.append((rule_named(entry["rule"]).name.en, ", ".join(done) or "none"))
    merged = (("deleted by a person", "left_out", "left out"), ("not in the source", "not_in_source", "held by people"))
    table += [(step, f"{told[key]} {word}") for step, key, word in merged if told.get(key)]
    return [*table, ("loaded", str(told["loaded"]))]


def _moved(report: LayerReport) -> list[tuple[str, float]]:
    areas = report.run.report.get("moved_km2", {})
    return sorted(((name, area) for name, area in areas.items() if area), key=lambda pair: (-pair[1], pair[0]))


def _counts(found: Difference) -> str:
    counts = f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed, {found.same} same"
    return counts + (f", {found.moved_km2:.6g} km² moved" if found.moved_km2 else "")


def _changes(found: Difference) -> list[tuple[str, str]]:
    rows = [(fid, "added") for fid in found.added] + [(fid, "removed") for fid in found.removed]
    for change in found.changed:
        parts = [f"{name}: {old!r} → {new!r}" for name, (old, new) in change.fields.items()]
        if change.geometry:
            parts.append("geometry" if change.moved_km2 is None else f"{change.moved_km2:.6g} km² moved")
        rows.append((change.fid, "; ".join(parts)))
    return rows


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape('' if cell is None else str(cell))}</td>" for cell in row) + "</tr>\n"
        for row in rows
    )
    top = f"<thead><tr>{head}</tr></thead>" if any(heads) else ""
    return f"<table><caption>{escape(caption)}</caption>{top}<tbody>\n{body}</tbody></table>"


def _extent(report: LayerReport) -> BBox | None:
    """Of the features and of the findings."""
    boxes = [report.extent] if report.extent and report.outlines else []
    boxes += [BBox(*f.place, *f.place) for f in report.findings if f.place and _on_globe(f.place)]
    return framed(reduce(BBox.united, boxes)) if boxes else None


def _on_globe(place: tuple[float, float]) -> bool:
    """Metres taken for degrees, say, are on no map."""
    return abs(place[0]) <= 180 and abs(place[1]) <= 90


def _map(report: LayerReport, extent: BBox) -> str:
    """The layer and its findings in one drawing."""
    plane = Plane(extent, MAP_WIDTH)

    def dot(position: Sequence[float], kind: str, radius: float, title: str = "") -> str:
        x, y = plane.place(position)
        told = f"<title>{escape(title)}</title>" if title else ""
        return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}">{told}</circle>'

    shapes = []
    for geometry in map(json.loads, report.outlines):
        shape = shape_of(geometry)
        if shape == "point":
            shapes += [dot(position, shape, 2.5) for position in parts_of(geometry)]
        else:
            shapes.append(f'<path class="{shape}" fill-rule="evenodd" d="{plane.path(geometry)}"/>')
    marks = [dot(f.place, f.severity, 5, f.message) for f in report.findings if f.place and _on_globe(f.place)]
    box = f"-8 -8 {MAP_WIDTH + 16} {plane.height + 16:.0f}"
    label = f"The layer {report.layer.id} and its findings"
    return f'<svg viewBox="{box}" role="img" aria-label="{escape(label)}">{"".join(shapes)}{"".join(marks)}</svg>'
