"""The grid of a zoom: boxes in degrees, and where they lie in its units."""

import pytest

from altaigis.domain.extent import BBox
from altaigis.domain.grid import TILE_UNITS, Grid
from altaigis.domain.tile import TileCoord


@pytest.mark.parametrize("zoom", [0, 4, 14, 22])
def test_a_box_comes_back_from_its_units(zoom: int) -> None:
    krai = BBox(77.9, 50.6, 87.2, 54.5)
    assert Grid(zoom).box_of(*Grid(zoom).units_around(krai, 0)).as_list() == pytest.approx(krai.as_list())


def test_the_units_around_a_tile_are_its_own_and_the_margin() -> None:
    tile, grid = TileCoord(8, 188, 83), Grid(8)
    left, top = grid.corner(tile)
    wanted = (left - 2, top - 2, left + TILE_UNITS + 2, top + TILE_UNITS + 2)
    assert grid.units_around(tile.bbox(), 2) == pytest.approx(wanted)
    assert all(abs(number) < 1e12 for number in grid.units_around(BBox(-180, -90, 180, 90), 0)), "poles have a place"
