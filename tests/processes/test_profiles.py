"""Indices, types and peers as processes."""

import numpy as np
import pytest

from altaigis.errors import ParameterError

OLD = {"indicator": "pop_age_65plus", "per": {"indicator": "pop_jan1"}}
DENSITY = {"field": "density"}


def test_an_index_tells_its_directions_contributions_and_intervals(execute) -> None:
    index = execute("composite-index", indicators=["wage_total", {"variable": OLD, "less_is_better": True}], draws=200)
    parts = np.stack([column for name, column in index.columns.items() if name.startswith("part_")])
    np.testing.assert_allclose(parts.sum(axis=0), index.columns["score"])
    assert (index.columns["rank_low"] <= index.columns["rank_high"]).all()
    told = index.summary.json()["tables"]["indicators"]
    assert [(one["weight"], one["less_is_better"]) for one in told] == [(0.5, False), (0.5, True)]
    names = [name for name in index.fields if name.startswith("value_")]
    old = index.columns[names[1]]
    assert np.corrcoef(index.columns["score"], old)[0, 1] < 0


def test_directions_are_those_of_the_indicators_where_they_have_one(execute) -> None:
    index = execute("composite-index", indicators=["wage_total", "dependency_ratio", "share_65plus"], draws=100)
    told = index.summary.json()["tables"]["indicators"]
    assert [one["less_is_better"] for one in told] == [False, True, False]
    (assumed,) = (flag for flag in index.summary.flags if flag.code == "direction_assumed")
    assert "Share of the elderly" in assumed.text.en
    assert "wage" not in assumed.text.en


def test_units_without_all_indicators_are_left_out_and_named(execute) -> None:
    index = execute("composite-index", indicators=["wage_total", "wage_okved_a"], draws=100)
    (left,) = index.summary.left_out
    assert "sibirsky" in left.units
    assert np.isnan(index.columns["rank"]).sum() == len(left.units)
    filled = execute("composite-index", indicators=["wage_total", "wage_okved_a"], draws=100, missing="median")
    flag = next(flag for flag in filled.summary.flags if flag.code == "filled")
    assert set(flag.units) == set(left.units)


@pytest.mark.parametrize(
    ("indicators", "said"),
    [
        (["wage_total"], r"inputs\.indicators: .* at least 2"),
        (["wage_total", "wage_total"], "name each of them once"),
        (["wage_total", "nothing"], r"inputs\.indicators\.1\.indicator: .* 'nothing'"),
        (
            [{"variable": DENSITY, "weight": 0.4}, {"variable": OLD, "weight": 0.4}],
            r"inputs\.indicators: .*sum to 0\.8",
        ),
        ([{"variable": DENSITY, "weight": 1}, OLD], r"inputs\.indicators: no weight for"),
        (["pop_jan1", {"indicator": "pop_jan1_men"}], r"inputs\.indicators: .* tell the same"),
        ([{"variable": DENSITY, "goalposts": [9, 1]}, OLD], r"inputs\.indicators: goalposts"),
    ],
)
def test_refusals_of_an_index(execute, indicators, said) -> None:
    with pytest.raises(ParameterError, match=said):
        execute("composite-index", indicators=indicators)


def test_types_are_as_many_as_stand_apart_best(execute) -> None:
    found = execute("typology", indicators=["wage_total", DENSITY], method="hierarchical")
    tried = found.summary.tables["tried"]
    assert found.summary.figures["silhouette"].value == max(tried.values())
    sizes = [kind["size"] for kind in found.summary.tables["types"]]
    assert sum(sizes) == 69
    assert sorted(sizes, reverse=True) == sizes
    assert set(found.columns["type"]) == set(found.fields["type"].values)
    asked = execute("typology", indicators=["wage_total", DENSITY], types=3)
    assert len(asked.summary.tables["types"]) == 3


def test_peers_are_told_with_what_they_differ_in(execute) -> None:
    found = execute("peers", unit="altaysky", indicators=["wage_total", OLD], count=3)
    kind, place = found.columns["kind"], found.columns["place"]
    assert found.units.named(kind == "self") == ["altaysky"]
    assert sorted(place[kind == "peer"]) == [1, 2, 3]
    shares = np.stack([column for name, column in found.columns.items() if name.startswith("share_")])
    np.testing.assert_allclose(np.nansum(shares, axis=0)[kind != "self"], 100)
    with pytest.raises(ParameterError, match=r"inputs\.unit: layer 'districts' has no 'nobody'"):
        execute("peers", unit="nobody", indicators=["wage_total"])
    with pytest.raises(ParameterError, match=r"inputs\.unit: 'sibirsky' has no value of .*agriculture"):
        execute("peers", unit="sibirsky", indicators=["wage_total", "wage_okved_a"])
