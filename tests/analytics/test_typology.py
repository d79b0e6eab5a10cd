"""Types and peers."""

import numpy as np
import pandas as pd
import pytest
from published import ACHIEVEMENT, table

from altaigis.analytics import typology
from altaigis.analytics.weights import from_pairs
from altaigis.errors import AnalysisError


@pytest.fixture(scope="module")
def groups() -> tuple[pd.DataFrame, np.ndarray]:
    """Three groups that stand apart, of 12, 8 and 5 units, in indicators of very different size (synthetic)."""
    rng = np.random.default_rng(4)
    known = np.repeat([0, 1, 2], [12, 8, 5])
    centres = np.array([[0, 0, 0], [8000, 0.3, 1], [0, 0.9, 5]])
    return pd.DataFrame(centres[known] + rng.normal(size=(25, 3)) * [300, 0.02, 0.2], columns=list("abc")), known


def chain(size: int):
    return from_pairs([(at, at + 1) for at in range(size - 1)], size)


class TestTypes:
    @pytest.mark.parametrize(
        "make",
        [
            lambda frame: typology.kmeans(frame, 3, np.random.default_rng(1)),
            lambda frame: typology.hierarchical(frame, 3),
            lambda frame: typology.regions(frame, 3, chain(25)),
        ],
        ids=["kmeans", "hierarchical", "regions"],
    )
    def test_groups_that_stand_apart_are_found(self, groups, make) -> None:
        frame, known = groups
        found = make(frame)
        assert np.array_equal(found.labels, known), "the largest first"
        assert found.sizes.tolist() == [12, 8, 5]
        assert found.explained > 0.95
        assert found.silhouette > 0.8
        np.testing.assert_allclose(found.means[1], frame[known == 1].mean())
        np.testing.assert_allclose(found.sizes @ found.profile, 0, atol=1e-9)

    def test_kmeans_is_that_of_scikit_learn(self) -> None:
        from sklearn.cluster import KMeans

        z = (ACHIEVEMENT - ACHIEVEMENT.mean()) / ACHIEVEMENT.std(ddof=0)
        expected = KMeans(3, n_init=10, random_state=0).fit(z)
        found = typology.kmeans(ACHIEVEMENT, 3, np.random.default_rng(1))
        assert (1 - found.explained) * z.size == pytest.approx(expected.inertia_)

    def test_the_same_seed_gives_the_same(self) -> None:
        frame = table("columbus/columbus.dbf")[["HOVAL", "INC", "CRIME"]]
        one, same = (typology.kmeans(frame, 5, np.random.default_rng(9)) for _ in range(2))
        assert np.array_equal(one.labels, same.labels)

    def test_regions_hold_together(self) -> None:
        frame = ACHIEVEMENT[["patents", "internet", "schooling"]]
        found = typology.regions(frame, 4, chain(23))
        assert (np.diff(found.labels) != 0).sum() == 3, "four pieces of one chain"

    def test_who_lacks_an_indicator_is_left_out(self, groups) -> None:
        frame = groups[0].copy()
        frame.iloc[3, 1] = np.nan
        found = typology.hierarchical(frame, 3)
        assert (found.labels[3], found.used[3], found.sizes.sum()) == (-1, False, 24)

    def test_parts_are_no_fewer_than_those_of_the_map(self, groups) -> None:
        apart = from_pairs([(at, at + 1) for at in range(24) if at % 5 != 4], 25)
        with pytest.raises(AnalysisError, match="5 parts"):
            typology.regions(groups[0], 3, apart)
        assert len(typology.regions(groups[0], 6, apart).sizes) == 6

    @pytest.mark.parametrize("types", [1, 25])
    def test_refuses_as_many_types_as_units(self, groups, types) -> None:
        with pytest.raises(AnalysisError, match="choose from 2 to 24"):
            typology.hierarchical(groups[0], types)

    def test_refuses_weights_of_others(self, groups) -> None:
        with pytest.raises(AnalysisError, match="weights of 7 units"):
            typology.regions(groups[0], 3, chain(7))


class TestPeers:
    def test_the_nearest_first_and_why(self) -> None:
        frame = pd.DataFrame({"a": [0, 1, 4, 9, np.nan], "b": [0, 3.0, 0, 9, 0]})
        found = typology.peers(frame, 0, 2)
        assert found.units.tolist() == [1, 2]
        a, b = 1 / frame["a"][:4].std(ddof=0), 3 / frame["b"][:4].std(ddof=0)
        assert found.distances[0] == pytest.approx(np.sqrt((a**2 + b**2) / 2))
        assert found.shares[0].tolist() == pytest.approx([a**2 / (a**2 + b**2), b**2 / (a**2 + b**2)])
        assert found.shares[1].tolist() == [1, 0]

    @pytest.mark.parametrize(("unit", "count", "said"), [(4, 1, "unit 4 is none"), (0, 4, "4 peers among 3")])
    def test_refusals(self, unit, count, said) -> None:
        frame = pd.DataFrame({"a": [0, 1, 4, 9, np.nan], "b": [0, 3.0, 0, 9, 0]})
        with pytest.raises(AnalysisError, match=said):
            typology.peers(frame, unit, count)
