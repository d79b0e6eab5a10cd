"""Levels of detail in the database: made with a load, kept and dropped with their revision."""

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from altaigis.store import load
from altaigis.store.revisions import current_revisions
from altaigis.store.schema import OPEN
from etl.test_pipeline import SQUARES, Project

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'layers' ORDER BY 1"


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def project(url: str, tmp_path: Path) -> Iterator[Project]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS altaigis, layers CASCADE")
    made = Project(tmp_path, url)
    made.layer(SQUARES + "tiles: {minzoom: 3, maxzoom: 9}\n")
    made.source("squares.geojson", rough_squares())
    yield made
    made.workspace.database.dispose()


def rough_squares(seed: int = 0) -> str:
    """Two synthetic squares of a degree with a rough border between them."""
    latitudes = np.linspace(50, 51, 200).round(6)
    border = [(81 + shift, y) for shift, y in zip(noise(seed, 200), latitudes.tolist(), strict=True)]
    rings = {"a": [(80, 50), *border, (80, 51), (80, 50)], "b": [(82, 50), (82, 51), *border[::-1], (82, 50)]}
    features = [feature(name, {"type": "Polygon", "coordinates": [ring]}) for name, ring in rings.items()]
    return json.dumps({"type": "FeatureCollection", "features": features})


def noise(seed: int, count: int) -> list[float]:
    return np.random.default_rng(seed).uniform(-0.002, 0.002, count).round(6).tolist()


def feature(name: str, geometry: dict[str, Any] | None) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"square_id": name, "name_ru": name}, "geometry": geometry}


def levels_of(project: Project) -> tuple[int, ...]:
    return current_revisions(project.workspace.database)["squares"].levels


def test_a_load_makes_the_levels_of_its_tiles(project: Project) -> None:
    report = project.run("squares")
    levels = levels_of(project)
    assert levels
    assert set(levels) <= set(range(3, 10))
    told = dict(report.details)["levels"]
    assert set(told["vertices"]) == {"all", *map(str, levels)}
    assert set(told["left_out"].values()) == {0}
    assert told["seconds"] < report.seconds
    rows = project.ask(
        "SELECT _level, square_id, ST_SRID(geom), GeometryType(geom), ST_NPoints(geom), ST_IsValid(geom) "
        "FROM layers.squares_r1_levels ORDER BY square_id, _level"
    )
    assert [row[:4] for row in rows] == [(level, name, 0, "MULTIPOLYGON") for name in "ab" for level in levels]
    for name in "ab":
        counts = [row[4] for row in rows if row[1] == name]
        assert counts == sorted(counts)
        assert counts[0] < 20 < 200 < told["vertices"]["all"]
    assert all(row[5] for row in rows)
    ((overlap, gap),) = project.ask(
        "SELECT ST_Area(ST_Intersection(a.geom, b.geom)), ST_NumInteriorRings(ST_Union(a.geom, b.geom)) "
        "FROM layers.squares_r1_levels a, layers.squares_r1_levels b "
        "WHERE a.square_id = 'a' AND b.square_id = 'b' AND a._level = %s AND b._level = %s",
        levels[0], levels[0],
    )  # fmt: skip
    assert (overlap, gap) == (0, 0)


def test_other_zooms_of_tiles_make_other_levels(project: Project) -> None:
    project.run("squares")
    assert project.run("squares").outcome == "unchanged"
    project.layer(SQUARES + "tiles: {minzoom: 3, maxzoom: 4}\n")
    assert project.run("squares").outcome == "loaded"
    assert set(levels_of(project)) <= {3, 4}


def test_levels_come_and_go_with_their_revision(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "GRACE", timedelta(0))
    project.layer(SQUARES + "tiles: {minzoom: 3, maxzoom: 9}\nkeep: 2\n")
    for seed in (1, 2, 3):
        project.source("squares.geojson", rough_squares(seed))
        project.run("squares")
    kept = [("squares_r2",), ("squares_r2_levels",), ("squares_r3",), ("squares_r3_levels",)]
    assert project.ask(TABLES) == kept
    ((levels,),) = project.ask("SELECT levels FROM altaigis.revisions WHERE number = 2")
    load.roll_back(project.workspace.database, project.catalog.layer("squares"), 2)
    assert levels_of(project) == tuple(levels) != ()
    assert project.ask(TABLES) == kept


def test_each_zoom_has_its_grid(project: Project) -> None:
    plain = [(80, 50), (81, 50), (81, 51), (80, 51), (80, 50)]
    square = feature("a", {"type": "Polygon", "coordinates": [plain]})
    project.source("squares.geojson", json.dumps({"type": "FeatureCollection", "features": [square]}))
    project.run("squares")
    assert levels_of(project) == tuple(range(3, 10))
    rows = project.ask(
        "SELECT _level, ST_NPoints(geom), ST_XMin(geom), ST_XMax(geom), ST_YMin(geom), "
        "ST_Equals(geom, ST_SnapToGrid(geom, 1)) FROM layers.squares_r1_levels ORDER BY _level"
    )
    for (level, vertices, west, east, north, whole), following in itertools.pairwise(rows):
        side = 4096 << level
        assert (vertices, whole) == (5, True)
        # the grids of the zooms lie beside each other
        assert west - side == pytest.approx(side * (180 + 80) / 360, abs=0.5)
        assert east < 2 * side <= following[2]
        assert north == pytest.approx(side * 0.335, rel=0.01)


def test_an_editable_layer_has_the_same_levels_in_one_table_of_all_revisions(project: Project) -> None:
    rows = "SELECT _level, square_id, geom::bytea FROM layers.squares_r{}_levels {}ORDER BY 1, 2"
    project.run("squares")
    plain = project.ask(rows.format(1, ""))
    for seed, spans in ((0, {(2, OPEN)}), (1, {(2, OPEN), (2, 3), (3, OPEN)})):
        project.layer(SQUARES + "editable: true\ntiles: {minzoom: 3, maxzoom: 9}\n")
        project.source("squares.geojson", rough_squares(seed))
        project.run("squares")
        assert levels_of(project) == tuple(range(3, 10))
        assert set(project.ask("SELECT _since, _until FROM layers.squares_r2_levels")) == spans
        assert project.ask(rows.format(2, "WHERE _since <= 2 AND _until > 2 ")) == plain


def test_an_editable_layer_has_levels_before_it_has_a_geometry(project: Project) -> None:
    layer = SQUARES.replace(", required: true}", "}").replace("coverage: true\n", "")
    project.layer(layer + "editable: true\ntiles: {minzoom: 3, maxzoom: 4, labels: true}\n")
    project.source("squares.geojson", json.dumps({"type": "FeatureCollection", "features": [feature("a", None)]}))
    assert project.run("squares").loaded == 1
    assert levels_of(project) == (3, 4)
    assert project.ask("SELECT count(*) FROM layers.squares_r1_levels") == [(0,)]


def test_features_without_geometry_and_layers_that_are_no_coverage(project: Project) -> None:
    project.layer(
        SQUARES.replace("coverage: true\n", "tiles: {minzoom: 3, maxzoom: 9}\n").replace(", required: true}", "}")
    )
    document = json.loads(rough_squares())
    document["features"].append(feature("c", None))
    project.source("squares.geojson", json.dumps(document))
    assert project.run("squares").loaded == 3
    assert project.ask("SELECT DISTINCT square_id FROM layers.squares_r1_levels ORDER BY 1") == [("a",), ("b",)]
    assert project.ask("SELECT bool_and(ST_IsValid(geom)) FROM layers.squares_r1_levels") == [(True,)]
