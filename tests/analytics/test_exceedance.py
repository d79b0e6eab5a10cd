"""Limits that are passed, and the episodes in which they are."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.analytics.averaging import Measured, samples
from altaigis.analytics.exceedance import episodes, exceedances

HOUR = pd.Timedelta(hours=1)


def averages(values: list[float]) -> pd.DataFrame:
    """Synthetic."""
    index = pd.date_range("2024-01-01", periods=len(values), freq="h", tz="UTC")
    return samples(Measured(pd.Series(values, index, dtype=float), HOUR, "UTC"))


def test_a_limit_is_passed_by_more_than_itself() -> None:
    found = exceedances(averages([50, 100, 101, 200]), 100)
    assert found.passed.tolist() == [False, False, True, True]
    assert found.multiples.tolist() == [0.5, 1, 1.01, 2]
    assert (found.share, found.largest) == (0.5, 3)


def test_a_lower_bound_is_passed_by_less() -> None:
    found = exceedances(averages([8, 6, 3, 0]), 6, "minimum")
    assert found.passed.tolist() == [False, False, True, True]
    assert found.multiples[2] == 2
    assert np.isinf(found.multiples[3])


def test_what_is_not_complete_is_not_judged() -> None:
    told = averages([200, 200])
    told["completeness"] = [0.74, 0.75]
    found = exceedances(told, 100)
    assert (found.valid.tolist(), found.passed.tolist(), found.share) == ([False, True], [False, True], 1.0)
    assert exceedances(told.iloc[:0], 100).share is None


def test_episodes_hold_together_over_small_gaps() -> None:
    found = exceedances(averages([0, 150, 300, 0, 120, 0, 0, 0, 0, 110]), 100)
    first, second = episodes(found, pd.Timedelta(hours=2))
    assert (first.begin.hour, first.end.hour, first.peak, first.peak_time.hour, first.count) == (1, 4, 300, 2, 3)
    assert first.mean == pytest.approx(190)
    assert (second.begin.hour, second.count) == (9, 1)
    assert episodes(exceedances(averages([1, 2]), 100), HOUR) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 300), min_size=1, max_size=60), st.integers(0, 5))
def test_episodes_have_every_exceedance_once_and_keep_apart(values: list[float], gap: int) -> None:
    found = exceedances(averages(values), 100)
    told = episodes(found, pd.Timedelta(hours=gap))
    assert sum(one.count for one in told) == found.passed.sum()
    for one, following in itertools.pairwise(told):
        assert following.begin - one.end > pd.Timedelta(hours=gap)
    if told:
        assert max(one.peak for one in told) == max(values)
