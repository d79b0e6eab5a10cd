"""Empirical-Bayes rates: published values, and esda's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import table

from altaigis.analytics.rates import empirical_bayes
from altaigis.errors import AnalysisError


def test_published_rates() -> None:
    counties = table("stl/stl_hom.csv")
    found = empirical_bayes(counties.iloc[:, 10], counties.iloc[:, 13])
    # PySAL's documentation, homicides around St. Louis
    expected = [2.36718950e-05, 4.54539167e-05, 4.78114019e-05, 2.76907146e-05, 6.58989323e-05]
    np.testing.assert_allclose(found.smoothed[:5], expected, rtol=1e-8)


def test_standardised_as_esda_has_it() -> None:
    from esda.moran import assuncao_rate

    deaths = table("sids2/sids2.dbf")
    found = empirical_bayes(deaths["SID79"], deaths["BIR79"])
    np.testing.assert_allclose(found.standardised, assuncao_rate(deaths["SID79"], deaths["BIR79"]))


def test_small_units_are_trusted_less() -> None:
    found = empirical_bayes([1, 0, 900, 100, np.nan], [10, 10, 10_000, 10_000, 500])
    assert (np.diff(found.trust[[0, 2]]) > 0).all()
    assert found.used.tolist() == [True, True, True, True, False]
    assert np.isnan(found.smoothed[4])


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(20, 5000)), min_size=3).filter(
        lambda x: len({a for a, _ in x}) > 1
    )
)
def test_smoothed_rates_lie_between_the_raw_one_and_the_mean(units) -> None:
    found = empirical_bayes(*map(list, zip(*units, strict=True)))
    low, high = np.minimum(found.raw, found.mean), np.maximum(found.raw, found.mean)
    assert ((low - 1e-12 <= found.smoothed) & (found.smoothed <= high + 1e-12)).all()
    assert np.isfinite(found.standardised).all()


@pytest.mark.parametrize(
    ("events", "population", "said"),
    [
        ([1, 2], [10, 0], "above 0"),
        ([1, 20], [10, 10], "no more than the population"),
        ([-1, 2], [10, 10], "0 or more"),
        ([1, 2], [10], "one number a unit"),
        ([1, 2, np.nan], [10, np.nan, 4], "1 units"),
        ([0, 0], [10, 10], "all 2 are 0"),
    ],
)
def test_refusals(events, population, said) -> None:
    with pytest.raises(AnalysisError, match=said):
        empirical_bayes(events, population)
