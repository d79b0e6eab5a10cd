"""A small made-up (synthetic) installation with every type of value and of geometry, for the tests of formats."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from altaigis.app import create_app
from altaigis.etl.pipeline import run
from altaigis.etl.rawdata import RawData
from altaigis.etl.workspace import Workspace
from altaigis.layerfiles import read_catalog
from altaigis.settings import Settings
from altaigis.store.pool import engine, require_postgis
from altaigis.store.schema import migrate
from conftest import Installation

BEYOND_DOUBLES = 2**60 + 1
NASTY = 'Село "Ёлка"; <b>&amp;\nвторая, строка'
SHAPES = {
    "Point": ["POINT (85.1234567 52.5)", "POINT (83.5 53.25)"],
    "MultiPoint": ["MULTIPOINT (85 52, 86 53)", "MULTIPOINT (83.5 53.25)"],
    "LineString": ["LINESTRING (85 52, 86 53, 87 52)", "LINESTRING (80 51, 80.5 51)"],
    "MultiLineString": ["MULTILINESTRING ((85 52, 86 53), (87 52, 88 52))", "MULTILINESTRING ((80 51, 80.5 51))"],
    "Polygon": [
        "POLYGON ((84 52, 86 52, 86 54, 84 54, 84 52), (84.5 52.5, 84.5 53, 85 53, 85 52.5, 84.5 52.5))",
        "POLYGON ((80 51, 81 51, 81 52, 80 51))",
    ],
    "MultiPolygon": [
        "MULTIPOLYGON (((84 52, 85 52, 85 53, 84 52)), ((86 52, 87 52, 87 53, 86 52)))",
        "MULTIPOLYGON (((80 51, 81 51, 81 52, 80 51)))",
    ],
}
ROWS: list[dict[str, Any]] = [
    {
        "code": "01605000",
        "name": NASTY,
        "whole": BEYOND_DOUBLES,
        "real": 12279.0,
        "flag": "true",
        "day": "2024-02-29",
        "moment": "2024-02-29T12:00:00+07:00",
        "a_name_that_is_long": "=1+1",
        "a_name_that_is_longer": "long",
    },
    {
        "code": "б/2",
        "name": "plain",
        "whole": -7,
        "real": 0.1,
        "flag": "false",
        "day": "1999-12-31",
        "moment": "2000-01-01T00:00:00Z",
        "a_name_that_is_long": "x",
        "a_name_that_is_longer": "y",
    },
    {"code": "nothing", "name": None},
]
FIELDS = """
  code: {role: id, type: text}
  name: {role: title, type: text, title: {ru: Название, en: Name}}
  whole: {type: integer}
  real: {type: number}
  flag: {type: boolean}
  day: {type: date}
  moment: {type: datetime}
  a_name_that_is_long: {type: text}
  a_name_that_is_longer: {type: text}
"""
LAYER = """id: {id}
kind: {kind}
theme: territory
title: {{ru: Придуманные объекты, en: Synthetic features}}
source:
  file: {id}.csv
  crs: EPSG:{epsg}
{source}
  licence: CC0-1.0
  attribution: {{ru: придумано, en: synthetic}}
fields:{fields}"""


def layer_id(shape: str) -> str:
    return f"all_{shape.lower()}"


LAYERS = [*map(layer_id, SHAPES), "all_table", "all_nothing"]


def write_project(folder: Path) -> None:
    (folder / "layers").mkdir(parents=True)
    (folder / "data" / "raw").mkdir(parents=True)
    (folder / "data" / "processed").mkdir()
    for shape, places in SHAPES.items():
        _write(folder, layer_id(shape), ROWS, places, shape)
    _write(folder, "all_table", ROWS, [], None)
    _write(folder, "all_nothing", [], [], "Polygon")


def _write(folder: Path, name: str, rows: list[dict[str, Any]], places: list[str], shape: str | None) -> None:
    text = LAYER.format(
        id=name,
        kind="vector" if shape else "table",
        epsg=4284 if name == "all_nothing" else 4326,
        source="  geometry: {wkt: place}" if shape else "",
        fields=FIELDS + (f"  geom: {{role: geometry, type: {shape}}}\n" if shape else ""),
    )
    (folder / "layers" / f"{name}.yaml").write_text(text)
    with (folder / "data" / "raw" / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*ROWS[0], *(["place"] if shape else [])])
        writer.writeheader()
        for row, place in zip(rows, [*places, None, None, None], strict=False):
            writer.writerow({**row, "place": place} if shape else row)


@pytest.fixture(scope="session")
def odd_installation(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Every type of value and of geometry, with and without a value, and a layer without a feature."""
    project = tmp_path_factory.mktemp("formats") / "project"
    write_project(project)
    settings = Settings(project=project, database_url=new_database())
    catalog = read_catalog(settings.layers_dir)
    workspace = Workspace(RawData((settings.raw_dir,)), settings.processed_dir, engine(settings.database_url or ""))
    require_postgis(workspace.database)
    migrate(workspace.database)
    for layer in catalog:
        run(layer, workspace)
    workspace.database.dispose()
    return Installation(settings, catalog, settings.database_url or "")


@pytest.fixture(scope="session")
def odd_client(odd_installation: Installation) -> Iterator[TestClient]:
    """The application on them."""
    app = create_app(odd_installation.settings, odd_installation.catalog, odd_installation.url)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def stored(installation: Installation, name: str) -> dict[str, dict[str, Any]]:
    """The rows of a layer as PostGIS has them, by id, with geometry as WKB."""
    layer = installation.catalog.layer(name)
    with psycopg.connect(installation.url, row_factory=psycopg.rows.dict_row) as connection:
        place = ", ST_AsBinary(geom) AS geom" if layer.geometry_field else ""
        columns = ", ".join([layer.id_field, *layer.properties])
        found = connection.execute(f'SELECT {columns}{place} FROM layers."{name}_r1"'.encode()).fetchall()
    return {row[layer.id_field]: row for row in found}
