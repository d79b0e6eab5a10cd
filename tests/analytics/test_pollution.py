"""Indices of pollution by their printed formulas."""

import pytest

from altaigis.analytics.pollution import Load, iza, izv, single


def test_the_air_index_is_the_sum_of_the_five_worst() -> None:
    loads = {
        "benzo_a_pyrene": Load(2, 1, 1), "formaldehyde": Load(2, 1, 2), "pm10": Load(2, 1, 3),
        "carbon_monoxide": Load(2, 1, 4), "nitrogen_dioxide": Load(1, 1, 3), "sulphur_dioxide": Load(0.1, 1, 3),
    }  # fmt: skip
    found = iza(loads)
    assert found.value == pytest.approx(2**1.7 + 2**1.3 + 2 + 2**0.85 + 1)
    assert list(found.parts) == ["benzo_a_pyrene", "formaldehyde", "pm10", "carbon_monoxide", "nitrogen_dioxide"]
    assert (list(found.others), found.missing, found.level) == (["sulphur_dioxide"], 0, "high")


@pytest.mark.parametrize(("ratio", "level"), [(0.9, "low"), (1, "raised"), (1.4, "high"), (2.8, "very_high")])
def test_levels_of_the_air_index(ratio: float, level: str) -> None:
    found = iza({str(at): Load(ratio, 1, 3) for at in range(5)})
    assert (found.value, found.level) == (pytest.approx(5 * ratio), level)


def test_an_index_without_all_of_its_parts_is_none_and_says_so() -> None:
    found = iza({"pm10": Load(2, 1, 3)})
    assert (found.value, found.level, found.missing, found.partial) == (None, None, 4, 2)
    assert iza({}).partial is None


def test_the_water_index_is_a_mean_of_six_and_turns_oxygen_over() -> None:
    loads = {str(at): Load(at, 1) for at in range(1, 6)} | {"dissolved_oxygen": Load(3, 6, least=True)}
    found = izv(loads)
    assert found.value == pytest.approx((1 + 2 + 3 + 4 + 5 + 2) / 6)
    assert (found.level, found.missing) == ("IV", 0)
    assert izv({"cod": Load(0.1, 1)}).value is None


@pytest.mark.parametrize(
    ("ratio", "level"), [(0.2, "I"), (1, "II"), (2, "III"), (4, "IV"), (6, "V"), (10, "VI"), (11, "VII")]
)
def test_classes_of_water(ratio: float, level: str) -> None:
    assert izv({str(at): Load(ratio, 1) for at in range(6)}).level == level


def test_the_standard_index_is_of_the_worst_single_value() -> None:
    assert single({"pm10": 0.5, "nitrogen_dioxide": 3.2}) == ("nitrogen_dioxide", 3.2, "raised")
    assert [single({"a": times})[2] for times in (1, 5, 10, 10.1)] == ["low", "high", "high", "very_high"]  # type: ignore[index]
    assert single({}) is None


def test_oxygen_and_bod_count_in_the_water_index_however_small() -> None:
    worse = {name: Load(10, 1) for name in ("phenols", "copper_total", "zinc", "nitrite_n", "ammonium_n", "iron_total")}
    found = izv(worse | {"bod_total": Load(1.5, 3), "dissolved_oxygen": Load(12, 6, least=True)})
    assert found.value == pytest.approx((4 * 10 + 0.5 + 0.5) / 6)
    assert {"bod_total", "dissolved_oxygen"} < set(found.parts)
    assert (len(found.parts), len(found.others), found.missing) == (6, 2, 0)
