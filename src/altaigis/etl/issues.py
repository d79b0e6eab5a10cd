"""Findings as the source of a layer: what the runs have to say, on the map like anything else."""

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
import shapely

from altaigis.domain.finding import FoundIssue


def as_frame(issues: Sequence[FoundIssue]) -> gpd.GeoDataFrame:
    """One row a finding, with a point in EPSG:4326 where it has a place; the index is the position, from 1."""
    columns = {
        "finding_id": pd.array([issue.number for issue in issues], dtype="Int64"),
        "layer": pd.array([issue.layer for issue in issues], dtype="string"),
        "severity": pd.array([issue.finding.severity for issue in issues], dtype="string"),
        "rule": pd.array([issue.finding.rule for issue in issues], dtype="string"),
        "message": pd.array([issue.finding.message for issue in issues], dtype="string"),
        "row": pd.array([issue.finding.row for issue in issues], dtype="Int64"),
        "fid": pd.array([issue.finding.fid for issue in issues], dtype="string"),
        "time": pd.to_datetime([issue.time for issue in issues], utc=True),
    }
    places = [shapely.Point(issue.finding.place) if issue.finding.place else None for issue in issues]
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(places, crs="EPSG:4326"))
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    return frame
