"""Comparing: what two states share, by key and by area, against what the squares were made to be."""

import pytest
from pyproj import Geod

from altaigis.domain.difference import Difference
from altaigis.store.compare import compare
from projects import CSV, POINTS, SQUARES, Project, squares


@pytest.fixture
def project(empty_project: Project) -> Project:
    empty_project.layer(SQUARES)
    return empty_project


def difference(project: Project, name: str, one: int, two: int, by: str = "key") -> Difference:
    layer = project.catalog.layer(name)
    return compare(project.workspace.database, (layer, one), (layer, two), "overlap" if by == "overlap" else "key")


def km2(west: float, south: float, east: float, north: float) -> float:
    area, _ = Geod(ellps="WGS84").polygon_area_perimeter([west, east, east, west], [south, south, north, north])
    return abs(area) / 1e6


def test_by_key(project: Project) -> None:
    project.source("squares.geojson", squares(("a", 82, 52, 83, 53), ("b", 83, 52, 84, 53), ("c", 84, 52, 85, 53)))
    project.run("squares")
    project.source("squares.geojson", squares(("a", 82, 52, 83, 53), ("b", 83, 52, 83.9, 53), ("d", 83.9, 52, 85, 53)))
    project.run("squares")
    found = difference(project, "squares", 1, 2)
    assert (found.former, found.latter) == ("squares@1", "squares@2")
    assert (found.added, found.removed, found.same) == (("d",), ("c",), 1)
    (b,) = found.changed
    assert (b.fid, b.geometry, set(b.fields)) == ("b", True, {"area_km2"})
    assert b.moved_km2 == pytest.approx(km2(83.9, 52, 84, 53), rel=1e-3)
    assert found.moved_km2 == b.moved_km2
    assert found.as_json()["changed"][0]["fields"]["area_km2"][0] > 7000


def test_by_overlap(project: Project) -> None:
    project.source("squares.geojson", squares(("a", 82, 52, 83, 53), ("b", 83, 52, 84, 53), ("c", 84, 52, 85, 53)))
    project.run("squares")
    project.source("squares.geojson", squares(("x", 82, 52, 83, 53), ("y", 83, 52, 83.9, 53), ("z", 83.9, 52, 86, 53)))
    project.run("squares")
    found = difference(project, "squares", 1, 2, by="overlap")
    assert (found.added, found.removed) == (("z",), ("c",)), "z has less than half in common with c"
    assert [(change.fid, change.other) for change in found.changed] == [("a", "x"), ("b", "y")]
    a, b = found.changed
    assert a.fields == {"name_ru": ("Квадрат a", "Квадрат x")}
    assert (a.geometry, a.share) == (False, pytest.approx(1))
    assert b.share == pytest.approx(0.9)
    assert b.moved_km2 == pytest.approx(km2(83.9, 52, 84, 53), rel=1e-3)


def test_the_same_area_begun_at_another_vertex_has_not_moved(project: Project) -> None:
    square = squares(("a", 82, 52, 83, 53))
    project.source("squares.geojson", square)
    project.run("squares")
    turned = square.replace(
        "[82, 52], [83, 52], [83, 53], [82, 53], [82, 52]", "[83, 52], [83, 53], [82, 53], [82, 52], [83, 52]"
    )
    assert turned != square
    project.source("squares.geojson", turned)
    project.run("squares")
    found = difference(project, "squares", 1, 2)
    assert (found.same, found.changed) == (1, ())


def test_points_and_values_that_come_and_go(project: Project) -> None:
    project.layer(POINTS)
    project.source("sites.csv", CSV)
    project.run()
    project.source("sites.csv", CSV.replace("a,Озеро Ая,10,85.85", "a,Озеро Ая,,85.86").replace("b,Белок", "b,белок"))
    project.run()
    found = difference(project, "sites", 1, 2)
    a, b = found.changed
    assert (a.fields, a.geometry, a.moved_km2) == ({"visitors": (10, None)}, True, None)
    assert (b.fields, b.geometry) == ({"name_ru": ("Белокуриха", "белокуриха")}, False)
    assert found.same == 1
