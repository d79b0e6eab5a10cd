"""Analyses of neighbours as processes: what the libraries say of the same districts, and what is told of it."""

import warnings

import numpy as np
import pytest

MIGRATION = {"indicator": "net_migration", "per": {"indicator": "pop_jan1"}}


@pytest.fixture(scope="module")
def esda():
    return pytest.importorskip("esda", exc_type=ImportError)


def queen(frame):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from libpysal.weights import Queen

        weights = Queen.from_dataframe(frame.reset_index(), use_index=False)
    weights.transform = "r"
    return weights


def flags(result):
    return {flag.code: list(flag.units) for flag in result.summary.flags}


def test_global_figures_are_those_of_esda(execute, esda) -> None:
    result = execute("global-autocorrelation", variable="wage_total")
    values, weights = result.columns["value"], queen(result.units.frame)
    figures = {name: figure.value for name, figure in result.summary.figures.items()}
    assert figures["moran"] == pytest.approx(esda.Moran(values, weights, permutations=0).I)
    assert figures["geary"] == pytest.approx(esda.Geary(values, weights, permutations=0).C)
    assert figures["moran_p"] == pytest.approx(2 * figures["moran_p_one_sided"])
    np.testing.assert_allclose(result.columns["around"], weights.sparse @ values)
    assert "похожи сильнее" in result.summary.text.ru


def test_clusters_are_those_of_esda(execute, esda) -> None:
    result = execute("local-moran", variable=MIGRATION, alpha=0.2)
    expected = esda.Moran_Local(result.columns["value"], queen(result.units.frame), permutations=9999, seed=1)
    np.testing.assert_allclose(result.columns["statistic"], expected.Is)
    quadrants = np.array(["", "high-high", "low-high", "low-low", "high-low"])[expected.q]
    named = result.columns["kind"] != "not_significant"
    assert named.any()
    assert (result.columns["kind"] == quadrants)[named].all()
    # two seeds: the pseudo significances differ by chance alone
    assert np.abs(result.columns["p"] - np.minimum(1, 2 * expected.p_sim)).max() < 0.06
    assert {entry.value for entry in result.styles["default"].categories} >= set(result.columns["kind"])


def test_islands_and_missing_values_are_told(execute) -> None:
    near = {"kind": "within", "kilometres": 60}
    result = execute("local-moran", variable="wage_okved_a", neighbours=near, permutations=99)
    left = {group.reason: set(group.units) for group in result.summary.left_out}
    assert {"charyshsky", "uglovsky"} <= set(flags(result)["islands"])
    assert "sibirsky" in left["missing"]
    nothing = result.columns["kind"] == None  # noqa: E711
    assert set(result.units.named(nothing)) == left["missing"] | left["island"]


def test_rates_of_small_populations(execute) -> None:
    smoothed = execute("smoothed-rates", events="pop_age_65plus", population="pop_jan1")
    mean = smoothed.summary.figures["mean"].value
    raw, drawn = smoothed.columns["raw"], smoothed.columns["smoothed"]
    assert (np.abs(drawn - mean) <= np.abs(raw - mean) + 1e-9).all()
    rates = execute("global-autocorrelation", variable="pop_age_65plus", population="pop_jan1", permutations=99)
    np.testing.assert_allclose(rates.columns["value"], raw)
    assert rates.fields["value"].unit == "1/1000"


def test_hot_spots_have_a_confidence(execute) -> None:
    result = execute("hot-spots", variable={"field": "density"})
    kind, q = result.columns["kind"], result.columns["q"]
    assert (q[kind == "hot_99"] <= 0.01).all()
    assert (q[kind == "not_significant"] > 0.10).all()


def test_two_variables_are_compared_across_the_border(execute, esda) -> None:
    result = execute("local-moran", variable="wage_total", second={"field": "density"}, permutations=99)
    density = execute("local-moran", variable={"field": "density"}, permutations=99).columns["value"]
    expected = esda.Moran_Local_BV(result.columns["value"], density, queen(result.units.frame), permutations=99)
    np.testing.assert_allclose(result.columns["statistic"], expected.Is)
    assert result.fields["around"].title.ru == "Среднее у соседей: Плотность населения, перепись 2021 года"
