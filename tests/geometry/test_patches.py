"""Polygons of a coverage that are drawn anew among others: the borders of these stay, and nobody disappears."""

import numpy as np
import pytest
import shapely

from altaigis.geometry.cleaning import Geometries
from altaigis.geometry.grid import on_grid
from altaigis.geometry.patches import Redrawn, fit
from wobbly import Field

FIELD = Field(3, steps=20)
MIDDLE, RING = "11", ("00", "01", "02", "10", "12", "20", "21", "22")


def drawn(scale: float = 400) -> dict[str, shapely.Geometry]:
    """The cells on a grid on which each is some hundred units wide, or fewer."""
    known = FIELD.polygons()
    in_units = shapely.transform(np.array(list(known.values())), lambda places: (places - (85, 52)) * scale)
    return dict(zip(known, on_grid(in_units, coverage=True).geometries, strict=True))


def some(cells: dict[str, shapely.Geometry], *names: str) -> Geometries:
    return np.array([cells.get(name) for name in names], dtype=object)


NOBODY = np.empty(0, dtype=object)


def test_what_fits_as_it_is_moves_nobody() -> None:
    cells = drawn()
    ring = some(cells, *RING)
    moved, beside = fit(Redrawn(some(cells, MIDDLE), NOBODY), Redrawn(ring.copy(), ring), NOBODY)
    assert moved[0] is cells[MIDDLE]
    assert all(one is other for one, other in zip(beside, ring, strict=True))


@pytest.mark.parametrize("by", [-3, 3], ids=["smaller", "larger"])
def test_neighbours_take_what_is_free_and_give_what_is_taken(by: float) -> None:
    cells = drawn()
    ring = some(cells, *RING)
    other = shapely.set_precision(cells[MIDDLE].buffer(by, join_style="mitre"), 1)
    fresh = shapely.difference(ring, other, grid_size=1) if by > 0 else shapely.union(ring, cells[MIDDLE] - other)
    # made together they would be a coverage: what one of them has, no other has
    for place in range(1, len(fresh)):
        fresh[place] = shapely.difference(fresh[place], shapely.union_all(fresh[:place]), grid_size=1)
    moved, beside = fit(Redrawn(np.array([other]), some(cells, MIDDLE)), Redrawn(fresh, ring), NOBODY)
    assert moved[0].equals(other)
    everything = shapely.union_all([*moved, *beside], grid_size=1)
    assert everything.symmetric_difference(shapely.union_all([*ring, cells[MIDDLE]])).buffer(-0.5).is_empty
    assert shapely.area([*moved, *beside]).sum() == pytest.approx(everything.area, abs=shapely.length(other))


def test_neighbours_that_come_together_leave_no_gap() -> None:
    cells = drawn()
    ring, gone = some(cells, *RING), cells[MIDDLE]
    x, y = np.round(gone.centroid.coords[0])
    fresh = ring.copy()
    for place, half in ((1, shapely.box(-99, -99, x, 999)), (6, shapely.box(x, -99, 999, 999))):
        fresh[place] = shapely.union(ring[place], shapely.intersection(gone, half, grid_size=1), grid_size=1)
    moved, beside = fit(Redrawn(NOBODY, np.array([gone])), Redrawn(fresh, ring), NOBODY)
    assert len(moved) == 0
    assert shapely.union_all(beside, grid_size=1).covers(shapely.Point(x, y))
    assert shapely.area(beside).sum() == pytest.approx(shapely.area(ring).sum() + gone.area, rel=0.001)


def test_nobody_disappears_below_what_has_moved_nor_behind_others() -> None:
    cells = drawn()
    ring = some(cells, *RING)
    everywhere = shapely.MultiPolygon([shapely.box(-100, -100, 1000, 1000)])
    moved, beside = fit(Redrawn(np.array([everywhere]), NOBODY), Redrawn(ring.copy(), ring), NOBODY)
    assert moved[0].equals(everywhere)
    assert not shapely.is_empty(beside).any()
    moved, _ = fit(Redrawn(ring[:1], NOBODY), Redrawn(NOBODY, NOBODY), np.array([everywhere]))
    assert moved[0].equals(ring[0])


def test_a_neighbour_that_was_not_drawn_is() -> None:
    cells = drawn()
    _, beside = fit(
        Redrawn(some(cells, MIDDLE), NOBODY), Redrawn(some(cells, "00"), np.array([None])), some(cells, *RING[1:])
    )
    assert beside[0].equals(cells["00"])
