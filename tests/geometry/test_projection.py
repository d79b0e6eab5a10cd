"""The way into EPSG:4326, and whether the axes were what they seemed."""

import math

import numpy as np
import pyproj
import pytest
import shapely

from altaigis.geometry.projection import project


def array(*geometries: shapely.Geometry | None) -> np.ndarray:
    return np.array(geometries, dtype=object)


def test_degrees_stay_untouched() -> None:
    given = array(shapely.Point(85, 52), None, shapely.Point())
    for crs in ("EPSG:4326", "OGC:CRS84", "EPSG:4979"):
        projected = project(given, pyproj.CRS(crs))
        assert projected.geometries is given
        assert projected.description is None
        assert not projected.swapped.any()


def test_the_best_operation_for_the_place_is_chosen_and_told() -> None:
    altai = project(array(shapely.Point(85, 53.5)), pyproj.CRS("EPSG:4284"))
    assert "Pulkovo 1942 to WGS 84" in (altai.description or "")
    assert "helmert" in (altai.definition or "")
    assert altai.accuracy_m == 3.0
    poland = project(array(shapely.Point(21, 52)), pyproj.CRS("EPSG:4179"))
    assert "Pulkovo 1942(58) to WGS 84 (1)" in (poland.description or "")
    assert not poland.is_guess


def test_a_place_for_which_there_is_no_datum_shift_is_a_guess() -> None:
    projected = project(array(shapely.Point(85, 53.5)), pyproj.CRS("EPSG:4179"))
    assert projected.is_guess
    assert projected.accuracy_m is None


def test_geographic_and_grid_agree() -> None:
    """A Gauss–Krüger grid is the same datum, so a point by both ways is the same to a millimetre."""
    point = array(shapely.Point(85, 53.5))
    to_grid = pyproj.Transformer.from_crs("EPSG:4284", "EPSG:28414", always_xy=True)
    grid = array(shapely.Point(to_grid.transform(85, 53.5)))
    one = project(point, pyproj.CRS("EPSG:4284")).geometries[0]
    other = project(grid, pyproj.CRS("EPSG:28414")).geometries[0]
    assert one.distance(other) < 1e-8
    moved = pyproj.Geod(ellps="WGS84").inv(85, 53.5, one.x, one.y)[2]
    assert 50 < moved < 200, "the datums lie some hundred metres apart"


@pytest.mark.parametrize("zone", [13, 14, 15])
def test_swapped_axes_of_every_zone_of_the_krai(zone: int) -> None:
    crs = pyproj.CRS(f"EPSG:{28400 + zone}")
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(zone * 6 - 3 + 0.5, 52.5)
    assert list(project(array(shapely.Point(x, y), shapely.Point(y, x), None), crs).swapped) == [False, True, False]


def test_swapped_degrees() -> None:
    given = array(shapely.Point(85, 52), shapely.Point(52, 85), shapely.Point(30, 60), shapely.Point(math.inf, 85))
    assert list(project(given, pyproj.CRS("EPSG:4326")).swapped) == [False, True, False, False]


def test_what_has_no_place_there_becomes_infinite_and_nothing_fails() -> None:
    projected = project(array(shapely.Point(1e30, 1e30), None), pyproj.CRS("EPSG:32645"))
    assert not np.isfinite(shapely.bounds(projected.geometries[0])).all()
    assert projected.geometries[1] is None


def test_nothing_at_all() -> None:
    assert len(project(array(), pyproj.CRS("EPSG:32645")).geometries) == 0
    assert project(array(None), pyproj.CRS("EPSG:32645")).geometries[0] is None
