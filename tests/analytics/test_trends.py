"""Trends: equal to pymannkendall's where it goes, right about gaps, and honest where there is too little."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pymannkendall
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import NILE, PASSENGERS, SHAMPOO

from altaigis.analytics import trends
from altaigis.analytics.trends import Trend
from altaigis.errors import AnalysisError

#: Few different values, so that there are ties.
_VALUES = st.lists(st.integers(0, 9), min_size=24, max_size=60).filter(lambda values: len(set(values)) > 3)


def same(ours: Trend, theirs: Any) -> None:
    told = (ours.score, ours.variance, ours.z, ours.p, ours.tau, ours.slope.value, ours.intercept)
    other = (theirs.s, theirs.var_s, theirs.z, theirs.p, theirs.Tau, theirs.slope, theirs.intercept)
    assert told == pytest.approx(other, abs=1e-9)
    assert ours.direction == theirs.trend.replace("no trend", "none")


def test_a_result_that_was_printed() -> None:
    values = [202.175842, 222.266602, 250.772827, 300.741455, 350.643982, 369.749268, 400.998474, 479.279663]
    found = trends.mann_kendall([*values, 486.617310, 487.517456, 491.321625])
    # pymannkendall's original_test of these numbers, as its users print it
    assert (found.p, found.z, found.tau) == pytest.approx((2.623614939456509e-05, 4.203894298472224, 1.0))
    assert (found.score, found.variance) == (55, 165)
    assert (found.slope.value, found.intercept) == pytest.approx((33.419006333333336, 202.6542363333333))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda: trends.mann_kendall(SHAMPOO), lambda: pymannkendall.original_test(SHAMPOO)),
        (lambda: trends.mann_kendall(NILE, 0.01), lambda: pymannkendall.original_test(NILE, alpha=0.01)),
        (lambda: trends.hamed_rao(SHAMPOO), lambda: pymannkendall.hamed_rao_modification_test(SHAMPOO, lag=3)),
        (lambda: trends.hamed_rao(NILE), lambda: pymannkendall.hamed_rao_modification_test(NILE, lag=3)),
        (lambda: trends.seasonal(PASSENGERS, 12), lambda: pymannkendall.seasonal_test(PASSENGERS, 12)),
        (
            lambda: trends.seasonal_correlated(PASSENGERS, 12),
            lambda: pymannkendall.correlated_seasonal_test(PASSENGERS, 12),
        ),
    ],
)
def test_known_series(ours: Callable[[], Trend], theirs: Callable[[], Any]) -> None:
    same(ours(), theirs())


@settings(max_examples=40)
@given(_VALUES)
def test_ties(values: list[int]) -> None:
    same(trends.mann_kendall(values), pymannkendall.original_test(values))


@settings(max_examples=25)
@given(_VALUES)
def test_neighbours_that_are_alike_make_it_harder(values: list[int]) -> None:
    plain, ours = trends.mann_kendall(values), trends.hamed_rao(values)
    theirs = pymannkendall.hamed_rao_modification_test(values, lag=3)
    # where its correction would make a trend easier to find than it is in independent values, ours stays at them
    assert ours.variance == pytest.approx(max(theirs.var_s, plain.variance), rel=1e-9)
    assert ours.p >= plain.p


@settings(max_examples=25)
@given(_VALUES, st.sets(st.integers(0, 59), max_size=12))
def test_seasons_with_gaps(values: list[int], gaps: set[int]) -> None:
    series = np.array(values, dtype=float)
    series[[at for at in gaps if at < len(series)]] = np.nan
    series = np.append(series, [1.0, 2, 3, 4, 2, 5] * 4)
    theirs = pymannkendall.seasonal_test(series, period=4)
    same(trends.seasonal(series, 4), theirs)


def test_a_missing_month_costs_a_month() -> None:
    series = PASSENGERS.copy()
    whole = trends.seasonal_correlated(series, 12)
    series[[5, 40]] = np.nan
    found = trends.seasonal_correlated(series, 12)
    assert (found.n, found.missing) == (142, 2)
    assert found.z == pytest.approx(whole.z, rel=0.05)
    assert found.variance < whole.variance


@given(st.lists(st.floats(-1e6, 1e6), min_size=10, max_size=30).filter(lambda values: len(set(values)) > 1))
def test_a_mirror_turns_the_sign(values: list[float]) -> None:
    found, turned = trends.mann_kendall(values), trends.mann_kendall([-value for value in values])
    assert (turned.score, turned.p) == (-found.score, pytest.approx(found.p))
    assert turned.slope.value == pytest.approx(-found.slope.value)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: trends.mann_kendall(range(9)), "9 values; this test needs 10 or more"),
        (lambda: trends.seasonal(range(48), 12), "4 values of the season that has most of 12; this test needs 5"),
        (lambda: trends.seasonal_correlated(range(100), 12), "this test needs 10"),
        (lambda: trends.mann_kendall([5.0] * 20), "cannot be compared"),
        (lambda: trends.seasonal([1.0, 2.0] * 10, 2), "the values of each season are all the same"),
        (lambda: trends.mann_kendall([*range(20), float("inf")]), "infinite"),
        (lambda: trends.mann_kendall(range(20), 0.9), "alpha is 0.9"),
        (lambda: trends.mann_kendall(np.arange(60_000)), "take longer means"),
        (lambda: trends.seasonal_correlated(np.arange(500 * 12) % 7, 12), "up to 400"),
    ],
)
def test_too_little_is_refused(ask: Callable[[], Trend], told: str) -> None:
    with pytest.raises(AnalysisError, match=told):
        ask()
