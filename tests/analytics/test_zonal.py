"""Zonal statistics: fractions of cells, area, coverage, and rasters that do not meet."""

from collections.abc import Callable, Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from altaigis.analytics import zonal
from altaigis.analytics.zonal import Band, shares, statistics
from altaigis.errors import AnalysisError


def opened(values: np.ndarray, **profile: Any) -> rasterio.DatasetReader:
    """A raster of cells of 100 m whose north-west corner is at 500000, 5900000, unless told otherwise."""
    told = {
        "driver": "GTiff",
        "width": values.shape[1],
        "height": values.shape[0],
        "count": 1,
        "dtype": values.dtype,
        "crs": "EPSG:32644",
        "transform": from_origin(500_000, 5_900_000, 100, 100),
        "nodata": -9,
    } | profile
    memory = MemoryFile()
    with memory.open(**told) as made:
        made.write(values, 1)
    return memory.open()


def zones(*boxes: tuple[float, float, float, float], crs: str = "EPSG:32644") -> gpd.GeoDataFrame:
    """In cells from the north-west corner: left, top, right, bottom."""
    moved = [
        shapely.box(500_000 + 100 * w, 5_900_000 - 100 * s, 500_000 + 100 * e, 5_900_000 - 100 * n)
        for w, n, e, s in boxes
    ]
    return gpd.GeoDataFrame(geometry=moved, crs="EPSG:32644").to_crs(crs)


GRID = np.arange(1, 17, dtype=np.float32).reshape(4, 4)


@pytest.fixture
def grid() -> Iterator[Band]:
    with opened(GRID) as dataset:
        yield Band(dataset)


def test_parts_of_cells_count_as_parts(grid: Band) -> None:
    found = statistics(grid, zones((0.5, 0, 2, 0.25), (0, 0, 4, 4)), (0.5,))
    # half of a cell with 1, the whole of a cell with 2, both a quarter high
    np.testing.assert_allclose(found.mean, [(0.5 * 1 + 2) / 1.5, 8.5])
    np.testing.assert_allclose(found.low, [1, 1])
    np.testing.assert_allclose(found.high, [2, 16])
    np.testing.assert_allclose(found.deviation[1], GRID.std(), rtol=1e-6)
    np.testing.assert_allclose(found.covered, 1)
    assert found.quantiles.shape == (2, 1)
    assert found.quantiles[:, 0].tolist() == [2, 8]


def test_what_is_not_covered_is_told() -> None:
    values = GRID.copy()
    values[:, 0] = -9
    with opened(values) as dataset:
        found = statistics(Band(dataset), zones((0, 0, 2, 4), (-2, 0, 2, 4), (50, 50, 60, 60)), ())
    np.testing.assert_allclose(found.covered, [0.5, 0.25, 0])
    np.testing.assert_allclose(found.mean, [GRID[:, 1].mean(), GRID[:, 1].mean(), np.nan])
    assert found.quantiles.shape == (3, 0)


def test_cells_in_degrees_count_by_their_area() -> None:
    values = np.array([[1.0], [0.0]])
    with opened(values, crs="EPSG:4326", transform=from_origin(80, 61, 1, 1)) as dataset:
        found = statistics(Band(dataset), gpd.GeoDataFrame(geometry=[shapely.box(80, 59, 81, 61)], crs=4326))
    north, middle, south = np.sin(np.radians([61, 60, 59]))
    assert found.mean[0] == pytest.approx((north - middle) / (north - south), rel=1e-6)


def test_zones_are_brought_to_the_raster(grid: Band) -> None:
    found = statistics(grid, zones((1, 1, 3, 3), crs="EPSG:4326"))
    assert found.mean[0] == pytest.approx(GRID[1:3, 1:3].mean(), rel=1e-6)


def test_shares_of_classes() -> None:
    values = np.array([[1, 1, 5, 5], [1, 1, 5, -9]], dtype=np.int16)
    with opened(values) as dataset:
        found = shares(Band(dataset), zones((0, 0, 4, 2), (1.5, 0, 3, 1), (60, 0, 70, 9)))
    assert found.classes == (1, 5)
    np.testing.assert_allclose(found.shares, [[4 / 7, 3 / 7], [1 / 3, 2 / 3], [np.nan, np.nan]])
    np.testing.assert_allclose(found.covered, [7 / 8, 1, 0])


def test_shares_of_breaks(grid: Band) -> None:
    found = shares(grid, zones((0, 0, 4, 4)), breaks=[5, 9])
    assert found.classes == (0, 1, 2)
    np.testing.assert_allclose(found.shares, [[4 / 16, 4 / 16, 8 / 16]])


@settings(max_examples=25)
@given(st.lists(st.floats(0, 4), min_size=4, max_size=4, unique=True), st.floats(0.2, 3.8))
def test_two_halves_make_the_whole(edges: list[float], cut: float) -> None:
    (west, east), (north, south) = sorted(edges[:2]), sorted(edges[2:])
    if east - west < 0.05 or south - north < 0.05 or not west + 0.02 < cut < east - 0.02:
        return
    with opened(GRID) as dataset:
        found = statistics(
            Band(dataset), zones((west, north, east, south), (west, north, cut, south), (cut, north, east, south)), ()
        )
    parts = np.array([cut - west, east - cut])
    assert found.mean[0] == pytest.approx(found.mean[1:] @ parts / parts.sum(), rel=1e-4)


def test_windows_change_nothing(grid: Band, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = statistics(grid, zones((0.3, 0.3, 3.7, 3.9)))
    monkeypatch.setattr(zonal, "CELLS_AT_ONCE", 4)
    pieces = statistics(grid, zones((0.3, 0.3, 3.7, 3.9)))
    np.testing.assert_allclose(pieces.mean, whole.mean, rtol=1e-6)
    np.testing.assert_allclose(pieces.quantiles, whole.quantiles, rtol=1e-6)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda band: statistics(band, zones((50, 50, 60, 60))), "no zone meets the raster, which reaches from 500000"),
        (lambda band: statistics(band, zones((0, 0, 1, 1)).set_crs(None, allow_override=True)), "no CRS"),
        (lambda band: statistics(band, zones((0, 0, 1, 1)), (2,)), "levels from 0 to 1"),
        (lambda band: statistics(band, zones()), "there are no zones"),
        (
            lambda band: statistics(band, zones((0, 0, 1, 1)).boundary.to_frame("geometry")),
            "zone 0 is no valid polygon",
        ),
        (lambda band: statistics(Band(band.dataset, 2), zones((0, 0, 1, 1))), "1 bands"),
        (lambda band: shares(band, zones((0, 0, 1, 1))), "float32 and no classes"),
        (lambda band: shares(band, zones((0, 0, 1, 1)), [3, 1]), "ascending"),
    ],
)
def test_refusals(grid: Band, ask: Callable[[Band], object], said: str) -> None:
    with pytest.raises(AnalysisError, match=said):
        ask(grid)


@pytest.mark.parametrize("kind", ["float64", "float32", "int32", "int16"])
def test_quantiles_of_many_values(kind: str) -> None:
    values = (np.random.default_rng(6).gamma(3, 400, size=(60, 60)) - 500).astype(kind)
    with opened(values, dtype=kind, nodata=None) as dataset:
        found = statistics(Band(dataset), zones((0, 0, 60, 60)), (0.1, 0.5, 0.9))
    expected = np.quantile(values, [0.1, 0.5, 0.9], method="inverted_cdf")
    tolerance = {"rel": 1e-6} if kind == "int16" else {"rel": 1e-4}
    assert found.quantiles[0].tolist() == pytest.approx(expected.tolist(), **tolerance)
    assert found.mean[0] == pytest.approx(values.mean())


def test_values_that_are_no_classes_are_refused() -> None:
    with (
        opened(np.array([[1, 70_000]], dtype=np.int32)) as dataset,
        pytest.raises(AnalysisError, match="from 1 to 70000; give breaks"),
    ):
        shares(Band(dataset), zones((0, 0, 2, 1)))
    with (
        opened(np.arange(400, dtype=np.int16).reshape(20, 20)) as dataset,
        pytest.raises(AnalysisError, match="400 different values"),
    ):
        shares(Band(dataset), zones((0, 0, 20, 20)))


def test_rotated_rasters_are_refused() -> None:
    turned = from_origin(500_000, 5_900_000, 100, 100) @ rasterio.Affine.rotation(30)
    with opened(GRID, transform=turned) as dataset, pytest.raises(AnalysisError, match="rotated"):
        statistics(Band(dataset), zones((0, 0, 1, 1)))


def test_masks_and_scales_of_the_raster_count() -> None:
    values = np.array([[10, 20], [30, 40]], dtype=np.int16)
    with MemoryFile() as memory:
        profile = {"driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "int16", "crs": "EPSG:32644"}
        with memory.open(**profile, transform=from_origin(500_000, 5_900_000, 100, 100)) as made:
            made.write(values, 1)
            made.write_mask(np.array([[False, True], [True, True]]))
            made.scales, made.offsets = (0.1,), (5,)
        with memory.open() as dataset:
            found = statistics(Band(dataset), zones((0, 0, 2, 2)))
    assert found.mean[0] == pytest.approx(5 + 0.1 * (20 + 30 + 40) / 3)
    assert found.covered[0] == pytest.approx(0.75)


@pytest.mark.parametrize("kind", ["int16", "float64"])
def test_zones_that_are_cut_into_squares_have_the_same_figures(monkeypatch, kind) -> None:
    values = np.random.default_rng(1).integers(1, 9, size=(20, 20)).astype(kind)
    values[3:5, 3:7] = -9
    shape = shapely.Polygon([(0.5, 0.3), (19.2, 4.1), (12.5, 19.9), (8.3, 7.7), (2.2, 18.4)])
    hole = shapely.Point(12, 6).buffer(1.7)
    moved = shapely.transform(shape - hole, lambda at: at * [100, -100] + [500_000, 5_900_000])
    frame = gpd.GeoDataFrame(geometry=[moved, moved.buffer(-150)], crs="EPSG:32644")
    with opened(values) as dataset:
        whole = statistics(Band(dataset), frame)
        monkeypatch.setattr(zonal, "SQUARE", 3)
        cut = statistics(Band(dataset), frame)
        for name in ("mean", "low", "high", "deviation", "quantiles", "covered"):
            np.testing.assert_allclose(getattr(cut, name), getattr(whole, name), rtol=1e-6, err_msg=name)
