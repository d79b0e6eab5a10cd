"""Inputs of runs as pages tell them."""

import pytest

from altaigis.api.descriptions import offered, spoken_inputs


@pytest.mark.parametrize(
    ("process", "inputs", "said"),
    [
        (
            "composite-index",
            {"units": "districts", "missing": "leave_out", "goalposts": None, "draws": 1000},
            {"Units": "districts", "Missing values": "left out", "Draws of weights": 1000},
        ),
        (
            "composite-index",
            {"indicators": ["wage_total", {"indicator": "births", "period": 2024, "per": None}]},
            {"Indicators": ["wage_total", {"Indicator": "births", "Year": 2024}]},
        ),
        (
            "interpolation",
            {"values": {"parameter": "air_temperature", "datetime": "2026-07", "statistic": "max"}},
            {"Values": {"What is observed": "air_temperature", "Of which time": "2026-07", "Statistic": "maximum"}},
        ),
    ],
)
def test_inputs_are_told_by_title_and_choice(process: str, inputs: dict[str, object], said: dict[str, object]) -> None:
    assert spoken_inputs(offered()[process], inputs, "en") == said
