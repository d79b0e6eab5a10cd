"""The report of a layer: what it tells, that it holds no markup of strangers, and that its map is where things are."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from altaigis.domain.difference import Change, Difference
from altaigis.domain.extent import BBox
from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.run import PastRun
from altaigis.etl.page import MAP_WIDTH, LayerReport, html, lines

EVIL = "<script>alert(1)</script>\"'&"
LAYER = Layer.model_validate(
    {
        "id": "things",
        "theme": "statistics",
        "title": {"ru": "Вещи <b>", "en": "Things"},
        "source": {"file": "x", "licence": "x", "attribution": {"ru": "x", "en": "x"}},
        "fields": {"thing_id": {"role": "id", "type": "text"}, "geom": {"role": "geometry", "type": "Polygon"}},
    }
)
RUN = PastRun(
    7, "things", datetime(2026, 1, 2, tzinfo=UTC), "loaded", 2, True, True,
    {"received": 3, "loaded": 2, "refused": 1, "code": "0.1.0", "seconds": 1.5, "checksums": {"x": "ab" * 32},
     "moved_km2": {"a": 0.5, "b": 0.0}, "sliver_m2": 12.5,
     "cleaning": [{"rule": "duplicate", "repaired": 0, "refused": 1, "told": 0},
                  {"rule": "geometry valid", "repaired": 2, "refused": 0, "told": 0},
                  {"rule": "sliver", "repaired": 0, "refused": 0, "told": 0}]},
)  # fmt: skip
REPORT = LayerReport(
    LAYER,
    RUN,
    (Finding("error", "range", f"too much {EVIL}", 3, "c", {"name": EVIL}, (85.0, 52.0)),),
    Difference("things@1", "things@2", ("b",), (), (Change("a", "a", {"name": (EVIL, None)}, True, 1.25),), 0),
    BBox(84.0, 51.0, 86.0, 53.0),
    ('{"type":"MultiPolygon","coordinates":[[[[84,51],[86,51],[86,53],[84,51]]]]}',
     '{"type":"Point","coordinates":[84,53]}', '{"type":"LineString","coordinates":[[84,53],[86,51]]}'),
)  # fmt: skip


def test_lines_tell_what_the_ledger_knows() -> None:
    told = "\n".join(lines(REPORT))
    for part in ("rows received: 3", "rows refused: 1", "abab", "1 added, 0 removed, 1 changed", "a: 0.5", "too much"):
        assert part in told
    assert "b: 0.0" not in told, "what has not moved is not named"


def test_what_people_hold_and_have_deleted_is_told() -> None:
    merged = replace(RUN, report={**RUN.report, "left_out": 2, "not_in_source": 1})
    told = "\n".join(lines(replace(REPORT, run=merged)))
    for part in ("rows left out, deleted by a person: 2", "only people hold, not the source: 1", "person: 2 left out"):
        assert part in told
    assert "rows left out, deleted by a person</td><td>2</td>" in html(replace(REPORT, run=merged))
    assert "deleted by a person" not in html(REPORT), "of other layers nothing is told"


def test_every_step_is_told_in_words() -> None:
    told = [line.strip() for line in lines(REPORT)]
    start = told.index("step by step:")
    assert told[start + 1 : start + 6] == [
        "received: 3",
        "copy of a row: 1 refused",
        "geometry repaired: 2 repaired",
        "sliver: none",
        "loaded: 2",
    ]
    assert "slivers removed, m²: 12.5" in told
    page = html(REPORT)
    assert "<td>geometry repaired</td><td>2 repaired</td>" in page
    assert "<td>out of range</td>" in page


def test_it_tells_how_the_source_was_read() -> None:
    way = {"from": "Pulkovo 1942 / Gauss-Kruger zone 14", "to": "EPSG:4326", "operation": "Inverse of zone 14 + shift",
           "pipeline": "+proj=pipeline", "accuracy_m": 4.5, "best_available": True}  # fmt: skip
    told = {
        "sources": {"a.shp": {"encoding": {"name": "cp1251", "by": "detected"}, "separator": ";"}},
        "projection": way,
        "largest_gaps": [{"km2": 6.8, "lon": 84.5, "lat": 53.25}],
        "size": [3, 2], "crs": "EPSG:4326", "nodata": -1,
        "statistics": [{"pixels": 6, "valid": 3, "minimum": 1, "maximum": 5, "mean": 3, "std": 1.5}],
        "remote": {"source": "http://127.0.0.1/a", "copy": "a.shp", "current": "2026-01-02T00:00:00+00:00"},
    }  # fmt: skip
    report = replace(REPORT, run=replace(RUN, report=RUN.report | told))
    facts = [line.strip() for line in lines(report)]
    for fact in (
        "encoding of a.shp: cp1251, detected",
        "separator of a.shp: ;",
        "from: Pulkovo 1942 / Gauss-Kruger zone 14 to EPSG:4326",
        "its pipeline: +proj=pipeline",
        "its accuracy: 4.5 m",
        "a gap that was closed: 6.8 km² at 53.2500° N, 84.5000° E",
        "raster: 3 × 2 pixels, EPSG:4326, nodata -1",
        "band 1: 1 to 5, mean 3, deviation 1.5, 50.0% of the pixels have a value",
        "remote source: source http://127.0.0.1/a, copy a.shp, current 2026-01-02T00:00:00+00:00",
    ):
        assert fact in facts
    assert "<td>cp1251, detected</td>" in html(report)


def test_why_a_load_failed_stands_first() -> None:
    many = tuple(Finding("warning", "sliver", "thin", row) for row in range(1, 40))
    reason = Finding("error", "coverage", "a gap of 9 km² is wider than 0.05 degrees")
    run = replace(RUN, outcome="failed", revision=None)
    told = list(lines(replace(REPORT, run=run, findings=(*many, reason))))
    assert "  error: a gap of 9 km² is wider than 0.05 degrees" in told
    assert "  features that are good: 2" in told
    first = told[told.index("  findings:") + 1]
    assert "a gap of 9 km²" in first
    assert told[-1].strip() == "all of them: --html FILE"


def test_the_page_is_escaped_and_needs_no_other_address() -> None:
    page = html(REPORT)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Вещи &lt;b&gt;" in page
    assert not re.search(r"https?:|src=|href=|url\(|@import", page)


def test_the_map_shows_the_finding_in_its_middle() -> None:
    svg = re.search(r"<svg.*</svg>", html(REPORT), re.DOTALL)
    assert svg
    drawing = ElementTree.fromstring(svg[0])
    circles = {circle.get("class"): circle for circle in drawing.iter("circle")}
    assert float(circles["error"].get("cx", "")) == pytest.approx(MAP_WIDTH / 2, abs=0.1)
    assert (circles["point"].get("cx"), circles["point"].get("cy")) == ("0.0", "0.0"), "north-west is the corner"
    assert [path.get("class") for path in drawing.iter("path")] == ["area", "line"]
    height = float(drawing.get("viewBox", "").split()[3]) - 16
    assert float(circles["error"].get("cy", "")) == pytest.approx(height / 2, abs=0.6)


ONE_POINT = replace(REPORT, extent=BBox(85, 52, 85, 52), outlines=('{"type":"Point","coordinates":[85,52]}',))
FAR = ((87.5, 52.0), (85.0, 54.0), (13_500_000.0, 5_700_000.0))


def drawing_of(report: LayerReport) -> ElementTree.Element:
    svg = re.search(r"<svg.*</svg>", html(report), re.DOTALL)
    assert svg
    return ElementTree.fromstring(svg[0])


def circles(report: LayerReport) -> list[tuple[str | None, float, float]]:
    drawn = drawing_of(report).iter("circle")
    return [(circle.get("class"), float(circle.get("cx", "")), float(circle.get("cy", ""))) for circle in drawn]


def height(report: LayerReport) -> float:
    return float(drawing_of(report).get("viewBox", "").split()[3]) - 16


def test_a_layer_of_one_point_and_one_without_a_shape() -> None:
    only = replace(ONE_POINT, findings=())
    middle = pytest.approx(MAP_WIDTH / 2, rel=0.01)
    assert circles(only) == [("point", middle, middle)]
    assert "<svg" not in html(replace(REPORT, extent=None, outlines=(), findings=()))


def test_the_map_holds_features_and_findings_however_far_they_lie_apart() -> None:
    refused = tuple(Finding("error", "within", "lies outside", row, place=place) for row, place in enumerate(FAR))
    for report in (
        replace(ONE_POINT, findings=refused),
        replace(ONE_POINT, extent=None, outlines=(), findings=refused),
    ):
        found = circles(report)
        assert [kind for kind, _, _ in found].count("error") == 2, "metres taken for degrees are on no map"
        assert all(0 <= x <= MAP_WIDTH and 0 <= y <= height(report) for _, x, y in found)


def test_the_map_of_a_line_is_no_strip() -> None:
    for extent in (BBox(85, 51, 85, 53), BBox(84, 52, 86, 52)):
        ends = f"[[{extent.west},{extent.south}],[{extent.east},{extent.north}]]"
        line = replace(REPORT, extent=extent, findings=(), outlines=(f'{{"type":"LineString","coordinates":{ends}}}',))
        assert MAP_WIDTH / 5 < height(line) < MAP_WIDTH * 4
