"""Composite indices: the worked example of the OECD/JRC handbook, and what must not change a ranking."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import ACHIEVEMENT, GOALPOSTS

from altaigis.analytics.composite import Recipe, composite, rank_intervals
from altaigis.errors import AnalysisError


class TestHandbook:
    """Tables of OECD and JRC (2008), Handbook on Constructing Composite Indicators."""

    def test_normalisation(self) -> None:
        """Table 15: mean years of schooling."""
        at = list(ACHIEVEMENT).index("schooling")
        scores = composite(ACHIEVEMENT, Recipe(scaling="zscore")).scaled[:8, at]
        assert scores.round(2).tolist() == [0.26, 1.52, 1.14, -0.06, 0.76, -0.12, -0.12, 1.27]
        parts = composite(ACHIEVEMENT).scaled[:8, at]
        assert parts.round(2).tolist() == [0.59, 1.00, 0.88, 0.49, 0.76, 0.47, 0.47, 0.92]
        best = composite(ACHIEVEMENT, Recipe(scaling="best")).scaled[:8, at]
        assert best.round(2).tolist() == [0.83, 1.00, 0.95, 0.79, 0.90, 0.78, 0.78, 0.97]

    def test_ranking_with_equal_weights(self) -> None:
        """Table 23, column EW; and the scores that UNDP published for the first of them."""
        found = composite(ACHIEVEMENT, Recipe(goalposts=GOALPOSTS))
        ranked = ACHIEVEMENT.index[np.argsort(found.rank)]
        assert " ".join(ranked) == (
            "FIN USA SWE JPN KOR NLD GBR SGP CAN AUS DEU NOR IRL BEL NZL AUT FRA ISR ESP ITA CZE HUN SVN"
        )
        np.testing.assert_allclose(found.score[:7], [0.744, 0.733, 0.703, 0.698, 0.666, 0.630, 0.606], atol=1.1e-3)

    def test_weights_by_factors(self) -> None:
        """Table 18, column PC; the printed raw data are rounded."""
        found = composite(ACHIEVEMENT, Recipe(weighting="pca")).weights
        np.testing.assert_allclose(found, [0.17, 0.15, 0.11, 0.07, 0.08, 0.12, 0.14, 0.16], atol=0.012)

    def test_geometric_aggregation(self) -> None:
        """Section 6.11: 21, 1, 1, 1 is 2.14 and 6, 6, 6, 6 is 6."""
        frame = pd.DataFrame([[21, 1, 1, 1], [6, 6, 6, 6], [100, 100, 100, 99], [2, 50, 3, 1]], columns=list("abcd"))
        posts = dict.fromkeys(frame, (1.0, 100.0))  # from 0.01 to 1, so that a value is its hundredth
        found = composite(frame, Recipe(goalposts=posts, aggregation="geometric"))
        np.testing.assert_allclose(found.score[:2] * 100, [21**0.25, 6])
        assert round(float(found.score[0]) * 100, 2) == 2.14

    def test_entropy_weights(self) -> None:
        """By hand: three shares of 0, 1/3 and 2/3 against 0, 1/2 and 1/2."""
        frame = pd.DataFrame({"a": [0, 1, 2], "b": [0, 5, 5.0]})
        apart = 1 - np.array([np.log(3) - 2 / 3 * np.log(2), np.log(2)]) / np.log(3)
        found = composite(frame, Recipe(weighting="entropy"))
        np.testing.assert_allclose(found.weights, apart / apart.sum())


class TestParts:
    @pytest.mark.parametrize("aggregation", ["arithmetic", "geometric"])
    @pytest.mark.parametrize("missing", ["leave_out", "reweigh", "median"])
    def test_contributions_make_the_score(self, aggregation, missing) -> None:
        frame = ACHIEVEMENT.copy()
        frame.iloc[3, 0] = np.nan
        frame.iloc[4, :5] = np.nan
        found = composite(frame, Recipe(aggregation=aggregation, missing=missing))
        whole = found.contributions.sum(axis=1) if aggregation == "arithmetic" else found.contributions.prod(axis=1)
        there = ~np.isnan(found.score)
        np.testing.assert_allclose(whole[there], found.score[there])
        assert there[3] == (missing != "leave_out")
        assert there[4] == (missing == "median")
        assert found.filled[3].tolist() == [bool(there[3]), *[False] * 7]

    def test_who_is_left_out_moves_no_scale(self) -> None:
        frame = ACHIEVEMENT.copy()
        frame.loc["far off"] = [1e9, *[np.nan] * 7]
        found = composite(frame)
        np.testing.assert_allclose(found.score[:-1], composite(ACHIEVEMENT).score)
        assert np.isnan(found.rank[-1])

    def test_overlap_is_told(self) -> None:
        frame = ACHIEVEMENT.assign(again=ACHIEVEMENT["schooling"] ** 2)
        assert [(one, other) for one, other, _ in composite(frame).close] == [("schooling", "again")]


class TestRankIntervals:
    def test_who_is_best_in_all_is_first_always(self) -> None:
        frame = pd.DataFrame({"a": [9, 1, 5, 4.0], "b": [9, 5, 1, 4.5]})
        found = rank_intervals(composite(frame), np.random.default_rng(1), draws=500)
        assert (found.low[0], found.median[0], found.high[0], found.best[0]) == (1, 1, 1, 1)
        assert found.low[1] <= found.median[1] <= found.high[1]

    def test_they_are_the_quantiles_of_plain_draws(self) -> None:
        index = composite(ACHIEVEMENT)
        found = rank_intervals(index, np.random.default_rng(5), draws=400, spread=0.5)
        rng = np.random.default_rng(5)
        weights = rng.uniform(0.5, 1.5, size=(400, 8)) / 8
        scores = index.scaled @ (weights / weights.sum(axis=1, keepdims=True)).T
        ranks = np.argsort(np.argsort(-scores, axis=0), axis=0) + 1
        for level, ours in ((0.05, found.low), (0.5, found.median), (0.95, found.high)):
            np.testing.assert_array_equal(ours, np.quantile(ranks, level, axis=1, method="inverted_cdf"))
        np.testing.assert_allclose(found.best, (ranks == 1).mean(axis=1))


@settings(max_examples=30)
@given(
    st.lists(st.tuples(*[st.integers(0, 40)] * 3), min_size=5, max_size=12, unique=True),
    st.floats(0.01, 100),
    st.integers(-50, 50),
    st.randoms(),
)
def test_units_of_measurement_and_order_do_not_matter(rows, factor, shift, random) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b", "c"], dtype=float)
    try:
        found = composite(frame, Recipe(less_is_better=("b",)))
    except AnalysisError:
        return  # constant or the same: refused, as tested below
    scaled = frame.assign(a=frame["a"] * factor + shift, b=-frame["b"])
    np.testing.assert_allclose(composite(scaled).score, found.score, atol=1e-9)
    order = list(range(len(frame)))
    random.shuffle(order)
    np.testing.assert_allclose(composite(frame.iloc[order], Recipe(less_is_better=("b",))).score, found.score[order])


@pytest.mark.parametrize(
    ("frame", "recipe", "said"),
    [
        (ACHIEVEMENT.assign(internet=1.0), Recipe(), "indicator internet: all 23 are 1"),
        (ACHIEVEMENT.assign(internet=np.nan), Recipe(), "indicator internet: all 23 are missing"),
        (ACHIEVEMENT.assign(copy=-2 * ACHIEVEMENT["internet"]), Recipe(), "internet and copy tell the same"),
        (ACHIEVEMENT.iloc[:1], Recipe(), "1 units"),
        (ACHIEVEMENT, Recipe(less_is_better=("x",)), "no indicator x; there are patents"),
        (ACHIEVEMENT, Recipe(weights=dict.fromkeys(ACHIEVEMENT, 0.2)), "sum to 1.6"),
        (ACHIEVEMENT, Recipe(weights={"patents": 1}), "no weight for"),
        (ACHIEVEMENT, Recipe(goalposts={"patents": (9, 0)}), "goalposts of patents"),
        (ACHIEVEMENT, Recipe(scaling="zscore", aggregation="geometric"), "choose minmax"),
        (ACHIEVEMENT.iloc[:7], Recipe(weighting="pca"), "7 complete units for 8 indicators"),
        (ACHIEVEMENT - 100, Recipe(scaling="best"), "some are negative"),
    ],
)
def test_refusals(frame, recipe, said) -> None:
    with pytest.raises(AnalysisError, match=said):
        composite(frame, recipe)


@pytest.mark.parametrize("asked", [{"draws": 5}, {"spread": 0}])
def test_draws_have_bounds(asked) -> None:
    with pytest.raises(AnalysisError, match="choose 100 to"):
        rank_intervals(composite(ACHIEVEMENT), np.random.default_rng(1), **asked)


def test_what_few_units_have_is_told_and_is_not_made_up() -> None:
    frame = pd.DataFrame({"a": np.arange(10.0), "b": [1.0, 2.0] + [np.nan] * 8})
    with pytest.raises(AnalysisError, match="only 2 of 10 units have all the indicators"):
        composite(frame)
    frame.loc[2, "b"] = 4.0
    with pytest.raises(AnalysisError, match="only 3 of 10 units have a value of b"):
        composite(frame, Recipe(missing="median"))
