"""Class breaks: the same as mapclassify's, in the convention of styles."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import EXAMPLES

from altaigis.analytics.classes import classify, manual
from altaigis.errors import AnalysisError

#: Employment density of the 58 counties of California.
CALEMP = pd.read_csv(EXAMPLES / "calemp/calempdensity.csv").iloc[:, -1].to_numpy(float)


@pytest.mark.filterwarnings("ignore:Numba not installed")
@pytest.mark.parametrize(
    ("method", "theirs"),
    [
        ("quantile", "Quantiles"),
        ("equal", "EqualInterval"),
        ("jenks", "FisherJenks"),
        ("head_tail", "HeadTailBreaks"),
        ("std", "StdMean"),
    ],
)
def test_members_are_those_of_mapclassify(method, theirs) -> None:
    import mapclassify

    asked = {} if method in ("head_tail", "std") else {"k": 5}
    expected = getattr(mapclassify, theirs)(CALEMP, **asked)
    found = classify(CALEMP, method, 5)
    dense = np.unique(expected.yb, return_inverse=True)[1]
    assert np.array_equal(np.unique(found.of(CALEMP), return_inverse=True)[1], dense)
    assert len(found.counts) == len(found.breaks) + 1


@pytest.mark.parametrize(("method", "theirs"), [("head_tail", "HeadTailBreaks"), ("std", "StdMean")])
@given(st.lists(st.integers(-50, 5000), min_size=3, max_size=40).filter(lambda values: len(set(values)) > 1))
def test_methods_that_find_their_number_are_mapclassify_s(method: str, theirs: str, values: list[int]) -> None:
    import mapclassify

    numbers = np.array(values, float)
    expected = np.unique(getattr(mapclassify, theirs)(numbers).yb, return_inverse=True)[1]
    assert np.array_equal(np.unique(classify(numbers, method).of(numbers), return_inverse=True)[1], expected)


def test_published_natural_breaks() -> None:
    # mapclassify's documentation of the employment density of Californian counties
    assert classify(CALEMP, "jenks", 5).counts == (49, 3, 4, 1, 1)
    assert classify(CALEMP, "quantile", 5).counts == (12, 11, 12, 11, 12)


def test_one_set_of_classes_serves_a_series() -> None:
    series = np.array([[1.0, 2, 3, np.nan], [10, 20, 30, 40]])
    found = classify(series, "equal", 2)
    assert (found.breaks, found.counts, found.missing) == ((20.5,), (5, 2), 1)
    assert found.of(series).tolist() == [[0, 0, 0, -1], [0, 0, 1, 1]]


def test_own_breaks_belong_to_the_class_above() -> None:
    assert manual([1, 5, 5, 9], [5, 8]).counts == (1, 2, 1)


def test_ties_leave_fewer_classes() -> None:
    assert classify([0, 0, 0, 0, 0, 0, 0, 7], "quantile", 4).counts == (7, 1)


@pytest.mark.parametrize(
    ("values", "method", "said"),
    [
        ([4, 4, np.nan], "equal", "all 2 are 4"),
        ([np.nan, np.nan], "equal", "all 2 are missing"),
        ([1, np.inf], "equal", "infinite"),
        (["a"], "equal", "not all of them are numbers"),
        ([1, 2], "pretty", "there are quantile"),
    ],
)
def test_refusals(values, method, said) -> None:
    with pytest.raises(AnalysisError, match=said):
        classify(values, method)


def test_breaks_must_ascend() -> None:
    with pytest.raises(AnalysisError, match="ascending"):
        manual([1, 2], [3, 3])


@given(
    st.lists(st.integers(-50, 50), min_size=3, max_size=40).filter(lambda v: len(set(v)) > 1),
    st.sampled_from(["quantile", "equal", "jenks", "std"]),
    st.integers(2, 6),
)
def test_every_value_is_in_one_class_and_none_is_empty_of_quantiles(values, method, count) -> None:
    found = classify(values, method, count)
    numbers = found.of(values)
    assert list(found.breaks) == sorted(set(found.breaks))
    assert np.bincount(numbers, minlength=len(found.counts)).tolist() == list(found.counts)
    assert sum(found.counts) == len(values)
    if method in ("quantile", "jenks"):
        assert min(found.counts) > 0
