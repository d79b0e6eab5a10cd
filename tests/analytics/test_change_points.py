"""Changes of level: the Nile after 1898, and what is no change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import NILE

from altaigis.analytics import change_points
from altaigis.errors import AnalysisError


def test_the_nile() -> None:
    found = change_points.pettitt(NILE)
    assert (1871 + found.at, found.statistic, found.before, found.after) == (1899, 1617, 1130.0, 842.5)
    assert found.p == pytest.approx(2 * np.exp(-6 * 1617**2 / (100**3 + 100**2)))
    spans = change_points.pelt(NILE)
    assert spans.starts.tolist() == [0, 28]
    assert spans.levels == pytest.approx([1097.75, 849.9722222])  # Cobb (1978): 1098 and 850


@settings(max_examples=30)
@given(st.lists(st.integers(0, 9), min_size=10, max_size=40).filter(lambda values: len(set(values)) > 1))
def test_the_statistic_compares_all_before_with_all_after(values: list[int]) -> None:
    there = np.array(values)
    u = [int(np.sign(there[:at, None] - there[None, at:]).sum()) for at in range(1, len(there))]
    found = change_points.pettitt(values)
    assert found.statistic == pytest.approx(max(map(abs, u)))
    assert abs(u[found.at - 1]) == found.statistic


def test_places_count_the_gaps() -> None:
    series = np.insert(NILE, [10, 10, 20], np.nan)
    assert change_points.pettitt(series).at == 28 + 3
    spans = change_points.pelt(series)
    assert (spans.starts.tolist(), spans.n, spans.missing) == ([0, 31], 100, 3)


def test_values_like_their_neighbours_are_no_steps() -> None:
    rng = np.random.default_rng(11)
    wandering = np.zeros(300)
    for at, push in enumerate(rng.normal(size=299), 1):
        wandering[at] = 0.6 * wandering[at - 1] + push
    found = change_points.pelt(wandering)
    assert found.likeness == pytest.approx(0.6, abs=0.2)
    assert len(found.starts) < len(change_points.pelt(wandering, (1 - found.likeness) / (1 + found.likeness)).starts)
    steps = np.repeat([0.0, 12.0, -12.0], 100)
    assert change_points.pelt(wandering + steps).starts[1:] == pytest.approx([100, 200], abs=3)


@pytest.mark.parametrize(
    ("values", "told"),
    [(range(9), "9 values"), ([0.0] * 30 + [1.0], "same as the one before"), ([3.0] * 12, "cannot be compared")],
)
def test_too_little_is_refused(values: list[float], told: str) -> None:
    with pytest.raises(AnalysisError, match=told):
        change_points.pelt(values)


def test_an_odd_strictness_is_refused() -> None:
    with pytest.raises(AnalysisError, match=r"strictness is 0; choose one from 0\.1"):
        change_points.pelt(NILE, 0)


@pytest.mark.parametrize("seed", range(8))
def test_an_evident_step_of_a_short_series_is_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    series = rng.normal(scale=0.3, size=40)
    series[21:] += 3
    spans = change_points.pelt(series)
    assert 21 in spans.starts
    assert spans.scatter <= series.std()
    assert spans.likeness < 0.6


def test_short_noise_has_few_changes() -> None:
    rng = np.random.default_rng(8)
    found = [len(change_points.pelt(rng.normal(size=30)).starts) - 1 for _ in range(100)]
    assert np.mean(np.array(found) > 0) < 0.15
