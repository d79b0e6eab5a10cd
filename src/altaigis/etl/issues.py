"""Findings as the source of a layer: what the runs and the loads have to say, on the map like anything else."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import geopandas as gpd
import pandas as pd
import shapely

from altaigis.domain.finding import Finding, FoundIssue
from altaigis.domain.observation import RefusedRows
from altaigis.domain.rules import rule_named

#: What stands for a layer in the findings of loads.
OBSERVATIONS = "observations"
#: A load tells of some two hundred reasons, and counts all others as one more.
_REASONS = 1000


def as_frame(issues: Sequence[FoundIssue]) -> gpd.GeoDataFrame:
    """One row a finding, with a point in EPSG:4326 where it has a place; the index is the position, from 1."""
    rules = [rule_named(issue.finding.rule) for issue in issues]
    texts = {
        "layer": [issue.layer for issue in issues],
        "severity": [issue.finding.severity for issue in issues],
        "rule": [issue.finding.rule for issue in issues],
        "name_ru": [rule.name.ru for rule in rules],
        "name_en": [rule.name.en for rule in rules],
        "explanation_ru": [rule.explanation.ru for rule in rules],
        "explanation_en": [rule.explanation.en for rule in rules],
        "message": [issue.finding.message for issue in issues],
        "fid": [issue.finding.fid for issue in issues],
        "received": [_as_json(issue.finding.values) for issue in issues],
    }
    columns = {
        "finding_id": pd.array([issue.number for issue in issues], dtype="Int64"),
        **{name: pd.array(values, dtype="string") for name, values in texts.items()},
        "row": pd.array([issue.finding.row for issue in issues], dtype="Int64"),
        "time": pd.to_datetime([issue.time for issue in issues], utc=True),
    }
    places = [shapely.Point(issue.finding.place) if issue.finding.place else None for issue in issues]
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(places, crs="EPSG:4326"))
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    return frame


def _as_json(values: Mapping[str, str | None]) -> str | None:
    return json.dumps(values, ensure_ascii=False) if values else None


def of_loads(refused: Iterable[RefusedRows], stations: Mapping[str, shapely.Geometry]) -> Iterator[FoundIssue]:
    """What loads of observations refused, one issue a reason, at the station of the first row; sorted by load.

    The numbers are below zero, away from those of the runs, and stay while the load is the last of its source.
    """
    for number, mine in groupby(refused, key=lambda rows: rows.load.number):
        for position, rows in enumerate(mine):
            shape = stations.get(rows.station or "")
            place = (shape.x, shape.y) if isinstance(shape, shapely.Point) and not shape.is_empty else None
            many = f"{rows.count} of {rows.load.receipt.received} rows of {rows.load.file}"
            message = f"{many} (load {number}): {rows.reason}"
            finding = Finding("error", "observation", message, rows.row, rows.station, place=place)
            yield FoundIssue(-(number * _REASONS + position), OBSERVATIONS, rows.load.started, finding)
