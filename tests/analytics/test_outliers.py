"""Outliers: flagged by a scatter that they do not move."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.analytics import outliers
from altaigis.errors import AnalysisError


def test_two_cannot_hide_each_other() -> None:
    # by mean and standard deviation both are within 2.0 of them
    values = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3]
    found = outliers.flagged(values)
    assert found.flagged.tolist() == [False] * 8 + [True] * 2
    assert found.score[-2:] == pytest.approx([0.6745 * 5.75 / 0.15, 0.6745 * 5.85 / 0.15], rel=1e-4)


@settings(max_examples=30)
@given(st.lists(st.floats(-100, 100), min_size=15, max_size=40, unique=True), st.integers(2, 9))
def test_a_unit_of_measurement_changes_nothing(values: list[float], factor: int) -> None:
    there = np.round(np.array(values), 3)
    if np.median(np.abs(there - np.median(there))) == 0:
        return
    one, other = outliers.flagged(there), outliers.flagged(-factor * there + 7)
    assert other.score == pytest.approx(-one.score, rel=1e-6, abs=1e-6)


def test_a_winter_is_compared_with_winters() -> None:
    rng = np.random.default_rng(3)
    months = np.tile(np.arange(12), 20)
    scatter = np.where(np.isin(months, (0, 1, 11)), 6.0, 1.0)
    values = rng.normal(size=240) * scatter
    values[[6, 12]] = 7.0  # a July and a January
    values[30] = np.nan
    together, apart = outliers.flagged(values), outliers.flagged(values, months)
    assert apart.flagged[6]
    assert not apart.flagged[12]
    assert together.flagged.sum() > apart.flagged.sum()
    assert np.isnan(apart.score[30])
    assert not apart.flagged[30]
    assert apart.n == 239


@pytest.mark.parametrize(
    ("values", "threshold", "told"),
    [
        (range(9), 3.5, "9 values; outliers are told among 10"),
        ([0.0] * 20 + [1.0] * 5, 3.5, "more than half of the values are the same"),
        (range(30), 1.0, "threshold is 1; choose one from 2 to 20"),
    ],
)
def test_too_little_is_refused(values: list[float], threshold: float, told: str) -> None:
    with pytest.raises(AnalysisError, match=told):
        outliers.flagged(values, threshold=threshold)
