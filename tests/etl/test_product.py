"""What a load leaves in data/processed, as others read it."""

import json

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pytest

from projects import CSV, Project

TABLE = """\
id: sites
kind: table
theme: tourism
title: {ru: Места, en: Sites}
source: {file: sites.csv, licence: CC0-1.0, attribution: {ru: Мы, en: We}}
fields:
  site_id: {role: id, type: text}
  visitors: {type: integer}
"""


@pytest.fixture
def project(sites_project: Project) -> Project:
    return sites_project


def test_a_layer_is_geoparquet_in_the_order_of_its_ids(project: Project) -> None:
    project.source(
        "sites.csv", "site_id,name_ru,visitors,lon,lat\nc,Без места,3,,\nb,Два,,84.98,52.0\na,Ая,10,85.85,51.9\n"
    )
    project.run()
    path = project.workspace.processed / "sites.parquet"
    frame = gpd.read_parquet(path)
    assert frame["site_id"].tolist() == ["a", "b", "c"]
    assert frame["visitors"].dtype == "Int64"
    assert frame["visitors"].tolist() == [10, pd.NA, 3]
    assert frame.crs.to_epsg() == 4326
    assert [None if shape is None else (shape.x, shape.y) for shape in frame.geometry] == [
        (85.85, 51.9), (84.98, 52.0), None,
    ]  # fmt: skip
    geo = json.loads(pq.read_schema(path).metadata[b"geo"])
    assert geo["columns"]["geom"] | {"crs": None} == {
        "encoding": "WKB", "crs": None, "geometry_types": ["Point"], "bbox": [84.98, 51.9, 85.85, 52.0],
    }  # fmt: skip


def test_a_layer_without_a_feature_is_one_too(project: Project) -> None:
    project.source("sites.csv", CSV.split("\n", 1)[0] + "\n")
    project.run()
    frame = gpd.read_parquet(project.workspace.processed / "sites.parquet")
    assert (len(frame), frame.crs.to_epsg()) == (0, 4326)


def test_a_table_is_plain_parquet(project: Project) -> None:
    project.layer(TABLE)
    project.run()
    path = project.workspace.processed / "sites.parquet"
    assert b"geo" not in pq.read_schema(path).metadata
    assert pd.read_parquet(path).columns.tolist() == ["site_id", "visitors"]
