"""The cube by hand: formulas, gaps, groups, and indicators that cannot be made."""

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from altaigis.domain.indicator import Indicator, Indicators, Territories, Theme
from altaigis.errors import ConformError
from altaigis.etl.cube.cube import Material, make_cube
from altaigis.etl.cube.measured import Measures

TEXT = {"ru": "Число", "en": "Figure"}
UNITS = gpd.GeoDataFrame(
    {"side": ["west", "west", "east"]},
    index=["a", "b", "c"],
    geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 0, 3, 1)],
    crs="EPSG:4326",
)
ABOUT = Territories.model_validate(
    {
        "units": "squares",
        "published": "figures",
        "groups": {
            "west": {"title": TEXT, "kind": "zone", "where": {"side": "west"}},
            "all": {"title": TEXT, "kind": "region"},
        },
    }
)


def one(**keys: Any) -> Indicator:
    usual = {"title": TEXT, "definition": TEXT, "unit": "persons", "direction": "neither", "digits": 3}
    return Indicator.model_validate(usual | {"aggregation": "sum"} | keys)


def published(
    *rows: tuple[str, str, int, float | None], unit: str = "persons", flag: str | None = None
) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["indicator", "territory_id", "period", "value"])
    return frame.assign(unit=unit, flag=flag, source="census")


def cube(indicators: dict[str, Indicator], *tables: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    made = Indicators(ABOUT, {"theme": Theme(title=TEXT, indicators=indicators)})
    assert list(made.problems()) == []
    rows = pd.concat(tables, ignore_index=True)
    found, findings = make_cube(made, Material(UNITS, rows, Measures(UNITS, {}), "figures 1"))
    return found.set_index("value_id") if len(found) else found, [finding.message for finding in findings]


POPULATION = published(("p", "a", 2020, 100.0), ("p", "b", 2020, 300.0), ("p", "c", 2020, 600.0))
LATER = published(("p", "a", 2021, 110.0), ("p", "b", 2021, 0.0), ("p", "c", 2021, 600.0))
BIRTHS = published(("n", "a", 2020, 2.0), ("n", "b", 2020, 3.0), ("n", "c", 2020, None))


def test_growth_and_shares_and_their_groups() -> None:
    found, told = cube(
        {
            "p": one(published="p"),
            "growth": one(formula="p / previous(p) - 1", unit="%", aggregation={"mean": "previous(p)"}),
        },
        POPULATION,
        LATER,
    )
    assert told == []
    assert found.at["p.all.2020", "value"] == 1000
    assert list(found[found.indicator == "growth"].period.unique()) == [2021]
    assert found.at["growth.a.2021", "value"] == 10.0
    assert found.at["growth.b.2021", "value"] == -100.0
    # (110 + 0) / (100 + 300) - 1
    assert found.at["growth.west.2021", "value"] == -72.5
    assert found.at["growth.west.2021", "processing"] == "derived; aggregated"
    assert (found.at["p.west.2020", "parts"], found.at["p.west.2020", "parts_there"]) == (2, 2)


def test_division_by_zero_and_missing_operands_are_missing_and_flagged() -> None:
    found, _ = cube(
        {"p": one(published="p"), "n": one(published="n"), "rate": one(formula="n / p", unit="‰", aggregation="none")},
        published(("p", "a", 2020, 100.0), ("p", "b", 2020, 0.0), ("p", "c", 2020, 5.0)),
        BIRTHS,
    )
    rate = found[found.indicator == "rate"]
    assert rate["value"].tolist()[0] == 20
    assert rate["value"].isna().tolist() == [False, True, True]
    assert rate["flag"].tolist() == ["official", "missing", "missing"]


def test_sums_need_all_parts_and_means_most_of_the_weight() -> None:
    found, _ = cube(
        {
            "p": one(published="p"),
            "n": one(published="n"),
            "rate": one(formula="n / p", unit="‰", aggregation={"mean": "p"}),
        },
        POPULATION,
        BIRTHS,
    )
    whole, gap = found.loc["n.west.2020"], found.loc["n.all.2020"]
    assert (whole["value"], whole["flag"]) == (5, "official")
    assert math.isnan(gap["value"])
    assert (gap["flag"], gap["parts"], gap["parts_there"]) == ("missing", 3, 2)
    assert "partial" in gap["processing"]
    # c holds 60 % of the weight: what is left tells nothing of the whole
    assert found.at["rate.all.2020", "flag"] == "missing"
    assert found.at["rate.west.2020", "value"] == 12.5
    small = published(("p", "a", 2020, 5000.0), ("p", "b", 2020, 4900.0), ("p", "c", 2020, 100.0))
    told = cube({"p": one(published="p"), "n": one(published="n", aggregation={"mean": "p"})}, small, BIRTHS)[0]
    row = told.loc["n.all.2020"]
    assert row["value"] == round((5000 * 2 + 4900 * 3) / 9900, 3)
    assert (row["flag"], row["parts_there"]) == ("estimated", 2)


def test_constants_stand_for_every_period_and_maps_are_estimates() -> None:
    found, _ = cube(
        {
            "p": one(published="p"),
            "land": one(geometry="area", year=2010, unit="km²"),
            "density": one(formula="p / land", unit="persons/km²", aggregation={"mean": "land"}, digits=6),
        },
        POPULATION,
        LATER,
    )
    assert found.at["land.a.2010", "flag"] == "estimated"
    area = found.at["land.a.2010", "value"]
    assert area == pytest.approx(12_308.8, abs=0.1)
    assert found.at["density.a.2021", "value"] == pytest.approx(110 / area, abs=1e-6)
    assert found.at["density.a.2021", "source"] == "census; squares"


def test_flags_are_those_of_the_worst_operand() -> None:
    made_up = published(("n", "a", 2020, 1.0), ("n", "b", 2020, 1.0), ("n", "c", 2020, 1.0), flag="synthetic")
    rounded = POPULATION.assign(flag="rounded_to_100")
    found, _ = cube({"p": one(published="p"), "n": one(published="n"), "both": one(formula="p + n")}, rounded, made_up)
    assert found.at["p.a.2020", "flag"] == "official"
    assert found.at["p.a.2020", "processing"] == "rounded_to_100"
    assert found.at["both.all.2020", "flag"] == "synthetic"
    assert "rounded_to_100" in found.at["both.a.2020", "processing"]


def test_an_indicator_that_cannot_be_made_names_itself_and_leaves_the_others() -> None:
    found, told = cube(
        {
            "p": one(published="p"),
            "n": one(published="nothing"),
            "rate": one(formula="n / p", unit="‰", aggregation="none"),
            "late": one(formula="q + p"),
            "q": one(published="q"),
            "w": one(published="w"),
        },
        POPULATION,
        published(("q", "a", 1999, 1.0)),
        published(("w", "a", 2020, 1.0), unit="RUB"),
        published(("else", "a", 2020, 1.0)),
    )
    assert set(found.indicator) == {"p", "q"}
    assert sorted(told) == [
        "indicator late: there is no period in which all that it is made from has values: q has 1999; p has 2020",
        "indicator n: the table of published values has none of nothing",
        "indicator rate: it is made from n, which could not be made",
        "indicator w: the table of published values has another unit: RUB cannot be converted to persons: "
        "cannot convert from 'rouble' ([money]) to 'person' ([people])",
        "the table of published values has values of else, which no indicator declares",
    ]


def test_a_group_without_units_is_refused() -> None:
    nowhere = {"title": TEXT, "kind": "zone", "where": {"side": "north"}}
    about = Territories.model_validate({"units": "u", "published": "f", "groups": {"north": nowhere}})
    made = Indicators(about, {"theme": Theme(title=TEXT, indicators={"p": one(published="p")})})
    with pytest.raises(ConformError, match="the group north of indicators has no unit"):
        make_cube(made, Material(UNITS, POPULATION, Measures(UNITS, {}), ""))


@given(st.lists(st.floats(0.1, 1e6), min_size=3, max_size=3), st.lists(st.floats(0.1, 1e6), min_size=3, max_size=3))
def test_a_mean_weighted_by_its_divisor_is_the_ratio_of_sums(above: list[float], below: list[float]) -> None:
    tables = [
        published(*((code, unit, 2020, value) for unit, value in zip("abc", values, strict=True)))
        for code, values in (("n", above), ("p", below))
    ]
    rate = one(formula="n / p", unit="1", aggregation={"mean": "p"}, digits=9)
    found, _ = cube({"n": one(published="n"), "p": one(published="p"), "rate": rate}, *tables)
    assert np.isclose(found.at["rate.all.2020", "value"], sum(above) / sum(below), rtol=1e-6, atol=1e-8)
