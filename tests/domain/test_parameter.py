"""Parameters: those of the project fit its limits and normals; one that nobody has declared has a name all the same."""

import csv

import pytest
from pydantic import ValidationError

from altaigis.domain.parameter import ParameterGroup
from altaigis.domain.text import Text
from altaigis.domain.units import UNITS
from catalogs import ROOT, project_catalog

PARAMETERS = project_catalog().parameters


def column(name: str, file: str) -> set[str]:
    with (ROOT / "data" / "raw" / file).open(encoding="utf-8") as rows:
        return {row[name] for row in csv.DictReader(rows)}


def test_substances_and_normals_are_those_of_the_project() -> None:
    limits = {
        (norm.startswith(("pdk_air", "who")), name)
        for norm, name, *_ in (limit.split(".") for limit in column("limit_id", "limits.csv"))
    }
    of_air = {(one.medium == "air", one.substance) for one in PARAMETERS.values() if one.substance}
    assert of_air <= limits
    assert {one.normal for one in PARAMETERS.values() if one.normal} <= column("parameter", "climate_normals.csv")


def test_every_medium_of_the_project_has_parameters() -> None:
    assert {one.medium for one in PARAMETERS.values()} == {"meteo", "air", "water", "radiation"}
    assert PARAMETERS["wind_direction"].totals == "direction"
    assert PARAMETERS["pm2_5"].title.in_("en") == "Particles PM2.5"


def test_a_parameter_that_nobody_has_declared_is_called_by_its_code() -> None:
    unknown = PARAMETERS.described("soil_temperature_20cm", "°C")
    assert (unknown.title, unknown.unit, unknown.is_declared) == (
        Text(ru="soil_temperature_20cm", en="soil_temperature_20cm"),
        "°C",
        False,
    )
    assert PARAMETERS.described("pm10", "µg/m³") is PARAMETERS["pm10"]
    assert PARAMETERS.described("carbon_monoxide", "µg/m³").unit == "µg/m³"


def test_what_a_misspelt_parameter_was_probably_meant_to_be() -> None:
    meant = {
        code: PARAMETERS.like(code) for code in ("sulfur_dioxide", "pm25", "no_such_thing", "soil_temperature_20cm")
    }
    assert meant == {
        "sulfur_dioxide": "sulphur_dioxide", "pm25": "pm2_5", "no_such_thing": None, "soil_temperature_20cm": None,
    }  # fmt: skip


@pytest.mark.parametrize("wrong", [{"unit": "furlong"}, {"low": 5, "high": 5}, {"totals": "most"}, {"digits": -1}])
def test_what_no_parameter_is(wrong: dict[str, object]) -> None:
    one = {"title": {"ru": "Снег", "en": "Snow"}, "unit": next(iter(UNITS))} | wrong
    with pytest.raises(ValidationError):
        ParameterGroup.model_validate({"medium": "meteo", "parameters": {"snow": one}})
