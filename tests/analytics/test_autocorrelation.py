"""Spatial autocorrelation: published figures, esda's numbers on the same draws, and what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import ours, table, theirs

from altaigis.analytics import autocorrelation as ac
from altaigis.analytics import permutation
from altaigis.analytics.autocorrelation import Inference
from altaigis.analytics.weights import from_pairs
from altaigis.errors import AnalysisError


@pytest.fixture(scope="module")
def esda() -> Any:
    """Imported here, for it takes seconds, and each worker of the tests reads this file."""
    return pytest.importorskip("esda", exc_type=ImportError)


def inference(permutations: int = 999, seed: int = 7, alpha: float = 0.05) -> Inference:
    return Inference(np.random.default_rng(seed), permutations, alpha)


@pytest.fixture(scope="module")
def homicides() -> tuple[np.ndarray, object]:
    """Rates of 78 counties around St. Louis, 1988-93, with their neighbours."""
    return table("stl/stl_hom.csv")["HR8893"].to_numpy(), theirs("stl/stl.gal")


class TestGlobal:
    def test_published_moran(self, homicides) -> None:
        found = ac.moran(homicides[0], ours(homicides[1]), inference())
        assert found.value == pytest.approx(0.24365582621771659)
        assert found.expected == pytest.approx(-0.012987012987012988)
        assert found.p == pytest.approx(0.006, abs=0.004)

    def test_published_geary(self) -> None:
        w = ours(theirs("book/book.gal"))
        found = ac.geary(table("book/book.txt")["y"], w, inference())
        assert found.value == pytest.approx(0.3330108, abs=1e-7)
        assert (found.expected, found.p) == (1, pytest.approx(0.002))

    def test_published_bivariate_moran(self, esda) -> None:
        sids = table("sids2/sids2.dbf")
        w = theirs("sids2/sids2.gal")
        found = ac.bivariate_moran(sids["SIDR79"], sids["SIDR74"], ours(w), inference())
        assert found.value == pytest.approx(0.156, abs=5e-4)
        assert found.z == pytest.approx(esda.Moran_BV(sids["SIDR79"], sids["SIDR74"], w).z_sim, abs=0.4)

    def test_the_permutations_have_the_moments_of_theory(self, homicides, esda) -> None:
        y, w = homicides
        found = ac.moran(y, ours(w), inference(9999))
        assert found.z == pytest.approx(esda.Moran(y, w, permutations=0).z_rand, abs=0.1)


@pytest.mark.usefixtures("same_draws")
class TestLocalOnTheSameDraws:
    """What esda computes from the draws of its own seed, ours computes from the same ones."""

    PERMUTATIONS = 499

    @pytest.fixture
    def same_draws(self, esda, monkeypatch) -> None:
        def draw(units: int, count: int, permutations: int, _rng) -> np.ndarray:
            return np.ascontiguousarray(esda.crand.vec_permutations(count, units + 1, permutations, 12345).T)

        monkeypatch.setattr(permutation, "draw", draw)

    def agrees(self, found: ac.Local, value: np.ndarray, p: np.ndarray) -> None:
        np.testing.assert_allclose(found.value, value, rtol=1e-9)
        np.testing.assert_allclose(found.p_one_sided, p, atol=1e-6)
        np.testing.assert_allclose(found.p, np.minimum(1, 2 * p), atol=1e-6)

    def test_moran(self, homicides, esda) -> None:
        y, w = homicides
        expected = esda.Moran_Local(y, w, permutations=self.PERMUTATIONS, seed=12345)
        found = ac.local_moran(y, ours(w), inference(self.PERMUTATIONS, alpha=1))
        self.agrees(found, expected.Is, expected.p_sim)
        assert np.array_equal(found.kind, np.array(["", "high-high", "low-high", "low-low", "high-low"])[expected.q])

    def test_bivariate_moran(self, homicides, esda) -> None:
        y, w = homicides
        x = table("stl/stl_hom.csv")["HR7984"].to_numpy()
        expected = esda.Moran_Local_BV(x, y, w, permutations=self.PERMUTATIONS, seed=12345)
        found = ac.local_bivariate_moran(x, y, ours(w), inference(self.PERMUTATIONS))
        np.testing.assert_allclose(found.value, expected.Is, rtol=1e-9)

    def test_geary(self, homicides) -> None:
        y, w = homicides
        z = (y - y.mean()) / y.std()
        expected = [(w.sparse[[i]].toarray()[0] * (z[i] - z) ** 2).sum() for i in range(len(y))]
        found = ac.local_geary(y, ours(w), inference(self.PERMUTATIONS))
        np.testing.assert_allclose(found.value, expected, rtol=1e-9)
        assert found.value.mean() * (len(y) - 1) / (2 * len(y)) == pytest.approx(
            ac.geary(y, ours(w), inference()).value
        ), "the local ones add up to the global one"

    def test_hot_spots(self, homicides, esda) -> None:
        y, w = homicides
        w = theirs("stl/stl.gal")
        w.transform = "b"
        expected = esda.G_Local(y, w, transform="R", star=1.0, permutations=self.PERMUTATIONS, seed=12345)
        found = ac.hot_spots(y, ours(homicides[1]), inference(self.PERMUTATIONS))
        self.agrees(found, expected.Gs, expected.p_sim)


class TestDraws:
    @given(st.integers(2, 40), st.data())
    def test_a_column_has_no_number_twice(self, units, data) -> None:
        count = data.draw(st.integers(1, units))
        drawn = permutation.draw(units, count, 50, np.random.default_rng(1))
        assert drawn.min() >= 0
        assert drawn.max() < units
        assert all(len(set(column)) == count for column in drawn.T)

    def test_every_number_is_as_likely_in_every_place(self) -> None:
        drawn = permutation.draw(5, 3, 20_000, np.random.default_rng(1))
        shares = np.stack([np.bincount(row, minlength=5) / 20_000 for row in drawn])
        assert np.abs(shares - 0.2).max() < 0.012

    def test_blocks_change_nothing_but_memory(self, monkeypatch) -> None:
        monkeypatch.setattr(permutation, "BLOCK", 100)
        drawn = permutation.draw(9, 4, 1000, np.random.default_rng(1))
        assert all(len(set(column)) == 4 for column in drawn.T)


class TestWhatIsLeftOut:
    def ring(self, size: int = 12, islands: int = 1):
        return from_pairs([(at, (at + 1) % size) for at in range(size)], size + islands)

    def test_islands_and_missing_values_are_flagged(self) -> None:
        values = np.arange(13.0)
        values[5] = np.nan
        found = ac.local_moran(values, self.ring(), inference(99))
        assert np.flatnonzero(~found.used).tolist() == [5, 12]
        assert np.isnan(found.value[[5, 12]]).all()
        assert found.kind[5] == found.kind[12] == ""
        rest = np.delete(np.arange(12), 5)
        alone = from_pairs([(a, a + 1) for a in range(10) if a != 4] + [(10, 0)], 11)
        expected = ac.local_moran(rest.astype(float), alone, inference(99))
        np.testing.assert_allclose(found.value[found.used], expected.value)

    def test_who_loses_the_last_neighbour_goes_too(self) -> None:
        line = from_pairs([(at, at + 1) for at in range(12)], 13)
        values = np.arange(13.0)
        values[1] = np.nan
        assert np.flatnonzero(~ac.moran(values, line, inference()).used).tolist() == [0, 1]

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            (np.ones(13), "all 13 are 1"),
            (np.full(13, np.nan), "all 13 are missing"),
            (np.arange(4.0), "give one number a unit"),
            ([1.0, 2.0] + [np.nan] * 11, "at least 8"),
            ([1.0] * 12 + [5.0], "units with neighbours"),
        ],
    )
    def test_refusals(self, values, said) -> None:
        with pytest.raises(AnalysisError, match=said):
            ac.local_moran(values, self.ring(), inference())

    def test_shares_of_negative_values_are_refused(self) -> None:
        with pytest.raises(AnalysisError, match="choose local Moran"):
            ac.hot_spots(np.arange(13.0) - 5, self.ring(), inference())

    def test_too_few_permutations_are_refused(self) -> None:
        with pytest.raises(AnalysisError, match="choose 99 to 99999"):
            ac.moran(np.arange(13.0), self.ring(), inference(9))


def test_the_same_seed_gives_the_same(homicides) -> None:
    one, same, other = (ac.local_moran(homicides[0], ours(homicides[1]), inference(199, seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.p, same.p)
    assert not np.array_equal(one.p, other.p)


def test_no_pattern_has_few_discoveries() -> None:
    """Of 20 maps of chance alone, hardly one unit is called anything."""
    size = 12
    grid = np.arange(size**2).reshape(size, size)
    pairs = [*zip(grid[:, :-1].flat, grid[:, 1:].flat, strict=True), *zip(grid[:-1].flat, grid[1:].flat, strict=True)]
    w = from_pairs([(int(a), int(b)) for a, b in pairs], size**2)
    rng = np.random.default_rng(3)
    called = [(ac.local_moran(rng.normal(size=size**2), w, Inference(rng, 499)).kind != "").sum() for _ in range(20)]
    assert sum(called) <= 5


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=30))
def test_discovery_rates_are_those_of_the_definition(p) -> None:
    found = ac.discovery_rates(np.array(p))
    order = np.argsort(p)
    steps = np.array(p)[order] * len(p) / np.arange(1, len(p) + 1)
    expected = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1)
    np.testing.assert_allclose(found[order], expected)
