"""Sen's slope against his own example, and found without all the slopes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.analytics import slopes
from altaigis.analytics.trends import mann_kendall

_WHOLE = st.integers(-50, 50)
_STEPS = st.lists(st.tuples(st.integers(1, 3), _WHOLE), min_size=12, max_size=30)


def test_the_example_of_sen() -> None:
    times = np.array([1.0, 2, 3, 4, 10, 12, 18])
    values = np.array([9.0, 15, 19, 20, 45, 55, 78])
    found = slopes.sen([(times, values)], variance=7 * 6 * 19 / 18, alpha=0.07)
    # Sen (1968), section 6: 4, and from 26/7 to 35/8 with a confidence of 93 %
    assert (found.value, found.low, found.high, found.pairs) == pytest.approx((4, 26 / 7, 35 / 8, 21))


def test_few_pairs_give_no_interval() -> None:
    few = np.arange(4.0)
    found = slopes.sen([(few, few**2)], variance=4 * 3 * 13 / 18, alpha=0.01)
    assert found.value == pytest.approx(3)
    assert found.low is found.high is None


@settings(max_examples=40)
@given(st.lists(_WHOLE, min_size=3, max_size=30))
def test_the_score_is_that_of_all_pairs(values: list[int]) -> None:
    there, times = np.array(values, dtype=float), np.arange(len(values), dtype=float)
    counted = slopes.score(times, there)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slopes, "FEW", 0)
        assert slopes.score(times, there) == counted


@settings(max_examples=6, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 3), _WHOLE), min_size=12, max_size=30),
    st.integers(0, 6),
    st.sampled_from([5, 64]),
)
def test_long_series_have_the_slope_of_short_ones(steps: list[tuple[int, int]], second: int, few: int) -> None:
    times, values = np.cumsum([step for step, _ in steps]).astype(float), np.array([at for _, at in steps], dtype=float)
    groups = [(times[second:], values[second:]), (times[:second], values[:second])]
    all_of_them = slopes.sen(groups, 300.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slopes, "MOST_PAIRS", 0)
        patch.setattr(slopes, "FEW", few)
        without = slopes.sen(groups, 300.0)
    assert (without.value, without.low, without.high) == pytest.approx(
        (all_of_them.value, all_of_them.low, all_of_them.high), abs=1e-9
    )


def test_a_gap_keeps_its_length() -> None:
    line = 3.0 * np.arange(20)
    line[[3, 4, 5, 11]] = np.nan
    assert mann_kendall(line).slope.value == pytest.approx(3)
