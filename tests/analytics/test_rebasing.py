"""Values of the units of one day for those of another: nothing is lost, nothing appears."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.analytics.rebasing import Change, Changes
from altaigis.errors import AnalysisError

BEFORE, DAY, AFTER = date(2020, 1, 1), date(2022, 1, 1), date(2024, 1, 1)
MERGER = Changes.of([Change(DAY, "a", "ab", 1, 0.25), Change(DAY, "b", "ab", 1, 0.75)])
SPLIT = Changes.of([Change(DAY, "c", "c", 0.6, 1), Change(DAY, "c", "d", 0.4, 1)])
numbers = st.floats(-1e9, 1e9)


@st.composite
def changes(draw: st.DrawFn) -> Changes:
    """Units u0, u1 … of which each gives parts to v0, v1 …, and the other way round."""
    before, after = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    moved = [[draw(st.integers(1, 9)) for _ in range(after)] for _ in range(before)]
    return Changes.of(
        Change(DAY, f"u{i}", f"v{j}", moved[i][j] / sum(moved[i]), moved[i][j] / sum(row[j] for row in moved))
        for i in range(before)
        for j in range(after)
    )


@given(changes(), st.lists(numbers, min_size=5, max_size=5))
def test_sums_are_preserved_both_ways(found: Changes, given_values: list[float]) -> None:
    old = {unit: given_values[n] for n, unit in enumerate(sorted({one.predecessor for one in found.all}))}
    new = found.rebase({**old, "other": given_values[4]}, BEFORE, AFTER)
    assert set(new) == {one.successor for one in found.all} | {"other"}
    assert math.isclose(sum(new.values()), sum(old.values()) + given_values[4], rel_tol=1e-9, abs_tol=1e-3)
    back = found.rebase(new, AFTER, BEFORE)
    assert set(back) == {*old, "other"}
    assert math.isclose(sum(back.values()), sum(new.values()), rel_tol=1e-9, abs_tol=1e-3)


@given(changes(), st.lists(st.floats(1, 1e6), min_size=4, max_size=4), st.lists(numbers, min_size=4, max_size=4))
def test_means_keep_their_weighted_total(found: Changes, weights: list[float], means: list[float]) -> None:
    units = sorted({one.predecessor for one in found.all})
    heavy, values = dict(zip(units, weights, strict=False)), dict(zip(units, means, strict=False))
    new, moved = found.rebase(values, BEFORE, AFTER, heavy), found.rebase(heavy, BEFORE, AFTER)
    assert min(values.values()) - 1e-3 <= min(new.values())
    assert max(new.values()) <= max(values.values()) + 1e-3
    if len(units) > 1:
        totals = [sum(of[unit] * weight[unit] for unit in of) for of, weight in ((values, heavy), (new, moved))]
        scale = sum(abs(values[unit]) * heavy[unit] for unit in values)
        assert math.isclose(*totals, abs_tol=1e-9 * scale + 1e-3)


def test_a_merger_and_a_split_by_hand() -> None:
    assert MERGER.rebase({"a": 10, "b": 30, "x": 1}, BEFORE, AFTER) == {"ab": 40, "x": 1}
    assert MERGER.rebase({"ab": 40}, AFTER, BEFORE) == {"a": 10, "b": 30}
    assert MERGER.rebase({"a": 1, "b": 2}, BEFORE, AFTER, {"a": 100, "b": 300}) == {"ab": 1.75}
    assert SPLIT.rebase({"c": 10}, BEFORE, AFTER) == {"c": 6, "d": 4}
    assert SPLIT.rebase({"c": 10}, BEFORE, DAY, {"c": 0}) == {"c": 10, "d": 10}
    assert SPLIT.rebase({"c": 10}, AFTER, AFTER) == {"c": 10}


def test_what_is_made_of_something_missing_is_missing() -> None:
    assert math.isnan(MERGER.rebase({"a": 10, "b": math.nan}, BEFORE, AFTER)["ab"])
    assert math.isnan(MERGER.rebase({"a": 10}, BEFORE, AFTER)["ab"])
    assert math.isnan(MERGER.rebase({"a": 1, "b": 2}, BEFORE, AFTER, {"a": 100})["ab"])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([Change(DAY, "a", "b", 0.5)], "share of a make 0.5"),
        ([Change(DAY, "a", "c", 1, 0.5), Change(DAY, "b", "c", 1, 0.6)], "share_back of c make 1.1"),
        ([Change(DAY, "a", "b", 1.5), Change(DAY, "a", "c", -0.5)], "is 1.5; give 0 to 1"),
    ],
)
def test_parts_that_make_no_whole_are_refused(wrong: list[Change], told: str) -> None:
    with pytest.raises(AnalysisError, match=told):
        Changes.of(wrong)


def test_a_unit_that_grows_must_be_told_of() -> None:
    with pytest.raises(AnalysisError, match="b takes over"):
        Changes.of([Change(DAY, "a", "b")]).rebase({"a": 1, "b": 2}, BEFORE, AFTER)
