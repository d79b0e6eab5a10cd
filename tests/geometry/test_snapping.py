"""Vertices that come back rounded."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from altaigis.geometry.snapping import snapped
from wobbly import Field

CELLS = np.array(list(Field(2, steps=8).polygons().values()))


@given(st.floats(-1e6, 1e6))
def test_what_was_rounded_is_again_what_it_was(factor: float) -> None:
    rounded = shapely.transform(CELLS, lambda places: places + 4e-8 * np.sin(factor * places))
    assert shapely.equals_exact(snapped(rounded, CELLS, 1e-7), CELLS, 0).all()


def test_others_stay_where_they_are() -> None:
    moved = shapely.transform(CELLS, lambda places: places + 3e-7)
    assert snapped(moved, CELLS, 1e-7) is not moved
    assert shapely.equals_exact(snapped(moved, CELLS, 1e-7), moved, 0).all()
    nothing = np.array([None])
    assert snapped(nothing, CELLS, 1e-7)[0] is None
    assert shapely.equals_exact(snapped(CELLS, nothing[:0], 1e-7), CELLS, 0).all()
