"""Colours of ramps, greys and classes."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.style import Stop
from altaigis.store.colours import COLORMAPS, Drawing, greys, ramp

STOPS = [Stop(value=0, colour="#ff0000"), Stop(value=1, colour="#00ff00"), Stop(value=1000, colour="#0000ff")]
RED, GREEN, BLUE, NOTHING = [255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [0, 0, 0, 0]


def colours(drawing: Drawing) -> list[list[int]]:
    return [drawing.palette[index].tolist() for index in drawing.index.ravel()]


def test_a_ramp_has_the_colours_of_its_stops_and_ends_at_them() -> None:
    values = np.array([[-5, 0, 1, 1000, 2000, np.nan]])
    assert colours(ramp(values, STOPS, None, None)) == [RED, RED, GREEN, BLUE, BLUE, NOTHING]
    # near stops are as fine as those far apart
    (between,) = colours(ramp(np.array([[0.25]]), STOPS, None, None))
    assert between == pytest.approx([191, 64, 0, 255], abs=2)


def test_a_ramp_can_be_moved_and_painted() -> None:
    values = np.array([[-10.0, -9.98, 10.0]])
    assert colours(ramp(values, STOPS, (-10, 10), None)) == [RED, pytest.approx(GREEN, abs=2), BLUE]
    painted = colours(ramp(values, STOPS, (-10, 10), "viridis"))
    assert painted[0] == pytest.approx([68, 1, 84, 255], abs=1)
    assert painted[2] == pytest.approx([253, 231, 37, 255], abs=1)
    assert colours(ramp(values, STOPS, (-10, 10), "viridis_r"))[0] == painted[2]


def test_greys_go_from_black_to_white() -> None:
    assert colours(greys(np.array([[0, 1, np.nan]]), 0.4)) == [[0, 0, 0, 102], [255, 255, 255, 102], NOTHING]


@given(st.lists(st.floats(width=32), min_size=1, max_size=9), st.floats(-1e300, 1e300), st.floats(1e-300, 1e300))
def test_no_number_breaks_a_ramp(values: list[float], low: float, width: float) -> None:
    if low < low + width:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            drawing = ramp(np.array([values]), STOPS, (low, low + width), None)
        assert (drawing.index[0] == 0).tolist() == np.isnan(values).tolist()
        assert drawing.index.max() < len(drawing.palette)


def test_every_colour_map_that_is_told_of_can_be_had() -> None:
    assert {"viridis", "terrain", "viridis_r"} <= set(COLORMAPS)
    for name in COLORMAPS:
        assert ramp(np.array([[1.0]]), STOPS, None, name).palette.shape == (256, 4)
