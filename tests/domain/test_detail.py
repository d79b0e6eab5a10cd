"""Levels of detail: which one a question gets."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.detail import PIXEL, STRAYS, level_for, pixel, tolerance, zoom_within


def test_half_a_pixel() -> None:
    assert pytest.approx(156543.0339, abs=1e-4) == PIXEL
    assert tolerance(0) == PIXEL / 2
    assert pixel(10) == 2 * tolerance(10)
    assert tolerance(10) == pytest.approx(76.437, abs=1e-3)


@given(st.floats(1e-3, 1e7))
def test_an_offset_is_kept(offset: float) -> None:
    assert STRAYS * tolerance(zoom_within(offset)) == pytest.approx(offset)


def test_no_offset_is_full_detail() -> None:
    assert zoom_within(0) == math.inf


@pytest.mark.parametrize(
    ("zoom", "level"), [(None, None), (0, 4), (4, 4), (5, 6), (6, 6), (7, 8), (8, 8), (9, None), (22, None)]
)
def test_the_coarsest_level_that_is_fine_enough(zoom: int | None, level: int | None) -> None:
    assert level_for((8, 4, 6), zoom) == level
    assert level_for((), zoom) is None


def test_units_in_metres_of_web_mercator() -> None:
    assert CRS84.unit == pytest.approx(111_319.49, abs=0.01)
    assert Crs(4326, axis_swapped=True).unit == CRS84.unit
    assert Crs(3857).unit == Crs(28414, axis_swapped=True).unit == 1
    # feet
    assert Crs(2263).unit == pytest.approx(0.3048, abs=1e-5)
