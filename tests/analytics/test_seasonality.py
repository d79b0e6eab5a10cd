"""Seasons: told apart from what was put together, through gaps too."""

import numpy as np
import pytest
from published import PASSENGERS

from altaigis.analytics import seasonality
from altaigis.errors import AnalysisError

_MONTHS = np.arange(240)
_SEASON = 10 * np.sin(2 * np.pi * _MONTHS / 12)
_TREND = 0.02 * _MONTHS


def test_parts_are_those_of_statsmodels() -> None:
    from statsmodels.tsa.seasonal import STL

    theirs = STL(PASSENGERS, period=12, seasonal=seasonality.SPAN, robust=True).fit()
    ours = seasonality.decompose(PASSENGERS, 12)
    assert ours.season == pytest.approx(theirs.seasonal)
    assert ours.trend == pytest.approx(theirs.trend)
    assert ours.trend + ours.season + ours.remainder == pytest.approx(PASSENGERS)


def test_gaps_are_filled_for_the_method_and_for_nobody_else() -> None:
    series = _TREND + _SEASON + np.random.default_rng(7).normal(0, 0.3, 240)
    series[50:62] = np.nan
    series[100] += 30
    found = seasonality.decompose(series, 12)
    assert np.isnan(found.remainder[50:62]).all()
    assert found.filled.sum() == 12
    assert np.abs(found.season - _SEASON).max() < 1
    assert np.abs(found.trend - _TREND).max() < 1
    assert found.remainder[100] == pytest.approx(30, abs=1.5)
    assert found.season_strength > 0.8 > found.trend_strength


def test_anomalies_have_no_season() -> None:
    assert np.abs(seasonality.anomalies(_SEASON + 0.001 * _MONTHS, 12)).max() < 0.13
    assert seasonality.anomalies(_SEASON, 1) == pytest.approx(_SEASON)


def test_the_usual_clings_to_no_value() -> None:
    noise = np.random.default_rng(5).normal(0, 1, 3653)
    days = np.arange(3653)
    series = 10 * np.sin(2 * np.pi * days / 365.25) + 0.001 * days + noise
    series[1000] += 50
    series[2000:2100] = np.nan
    left = series - seasonality.usual(series, 365)
    assert left[1000] == pytest.approx(50 + noise[1000], abs=1.5)
    assert np.nanstd(np.delete(left, 1000)) == pytest.approx(1, abs=0.06)
    with pytest.raises(AnalysisError, match="100 places of a round of 12; what is usual is told from 10 rounds: 120"):
        seasonality.usual(series[:100], 12)


@pytest.mark.parametrize(
    ("gaps", "size", "told"),
    [
        (slice(0), 35, "35 places of a round of 12; .* 36 or more"),
        (slice(60, 240), 240, "180 of 240 values are missing"),
        (slice(0, None, 12), 240, "1 of the 12 places of the round never have a value"),
    ],
)
def test_too_little_is_refused(gaps: slice, size: int, told: str) -> None:
    series = (_TREND + _SEASON)[:size].copy()
    series[gaps] = np.nan
    with pytest.raises(AnalysisError, match=told):
        seasonality.decompose(series, 12)
