"""Slope and shading: of surfaces whose answer is known, and beside gdaldem on the same grid."""

import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import rasterio

from altaigis.store.terrain import shade, slope

CELL = 30.0


def plane(east: float, north: float) -> np.ndarray:
    """Heights that rise by so much with each metre to the east and to the north."""
    rows, columns = np.mgrid[0:12, 0:10]
    return CELL * (columns * east - rows * north)


@pytest.mark.parametrize(("east", "north"), [(0, 0), (0.1, 0), (0, -1), (0.3, 0.4), (-2, 5)])
def test_a_tilted_plane_has_its_slope_everywhere(east: float, north: float) -> None:
    found = slope(plane(east, north), CELL)
    assert found.shape == (10, 8)
    assert found == pytest.approx(math.degrees(math.atan(math.hypot(east, north))))


def test_what_looks_at_the_sun_is_white_and_what_looks_away_is_black() -> None:
    north_west = plane(math.sin(math.radians(45)), -math.cos(math.radians(45)))
    assert shade(north_west, CELL, 315, 45) == pytest.approx(1)
    assert shade(-north_west, CELL, 315, 45) == pytest.approx(0)
    assert shade(plane(0, 0), CELL, 100, 30) == pytest.approx(0.5)
    assert shade(plane(0, -2), CELL, 180, 45).max() == 0, "no light is less than none"


def test_cells_may_differ_from_row_to_row() -> None:
    cells = np.linspace(10, 20, 10)[:, np.newaxis]
    assert np.tan(np.radians(slope(plane(0.5, 0), cells))) == pytest.approx(np.tile(0.5 * CELL / cells, 8))


@pytest.mark.skipif(not shutil.which("gdaldem"), reason="gdaldem is not installed")
def test_it_is_what_gdaldem_finds(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    heights = (np.cumsum(np.cumsum(rng.normal(0, 3, (60, 80)), axis=0), axis=1)).astype(np.float32)
    heights[20:23, 30] = heights[0, 0] = -9999
    source = tmp_path / "synthetic.tif"
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "height": 60, "width": 80, "nodata": -9999}
    where = {"crs": "EPSG:32644", "transform": rasterio.Affine(CELL, 0, 500_000, 0, -CELL, 5_800_000)}
    with rasterio.open(source, "w", **profile, **where) as file:
        file.write(heights, 1)

    def theirs(*command: str) -> np.ma.MaskedArray:
        subprocess.run(["gdaldem", *command, "-q", str(source), str(tmp_path / "made.tif")], check=True)
        with rasterio.open(tmp_path / "made.tif") as made:
            return made.read(1, masked=True)[1:-1, 1:-1]

    known = np.where(heights == -9999, np.nan, heights).astype(float)
    ours, reference = slope(known, CELL), theirs("slope")
    assert (np.isnan(ours) == np.ma.getmaskarray(reference)).all()
    assert ours[~np.isnan(ours)] == pytest.approx(reference.compressed(), abs=1e-3)
    lit, reference = shade(2 * known, CELL, 300, 35), theirs("hillshade", "-z", "2", "-az", "300", "-alt", "35")
    # theirs is rounded, from 1 to 255
    assert 1 + 254 * lit[~np.isnan(lit)] == pytest.approx(reference.compressed(), abs=0.51)
