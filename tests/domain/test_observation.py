"""Units and flags."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.observation import NoConversion, conversion, flag_code
from altaigis.domain.units import UNITS
from catalogs import project_catalog


@pytest.mark.parametrize(
    ("parameter", "unit", "value", "wanted", "result"),
    [
        ("air_temperature", "K", 273.15, "°C", 0.0),
        ("air_temperature", "degF", 212, "°C", 100.0),
        ("air_temperature", "°F", -40, "°C", -40.0),
        ("air_temperature", "degC", -17.6, "°C", -17.6),
        ("air_temperature", "℃", 5, "°C", 5.0),
        ("pressure", "mmHg", 760, "hPa", 1013.25),  # the standard atmosphere, to the definition's digits
        ("pressure", "Pa", 101325, "hPa", 1013.25),
        ("pressure", "мм рт. ст.", 750, "hPa", 999.918),
        ("pm25", "mg/m3", 0.035, "µg/m³", 35.0),
        ("pm25", "ug/m^3", 35, "µg/m³", 35.0),
        ("pm25", "мкг/м³", 35, "µg/m³", 35.0),
        ("wind_speed", "km/h", 36, "m/s", 10.0),
        ("wind_speed", "kt", 10, "m/s", 5.14444),
        ("water_level", "m", 1.5, "cm", 150.0),
        ("nitrate", "µg/l", 1500, "mg/l", 1.5),
    ],
)
def test_values_come_into_the_unit_of_the_parameter(
    parameter: str, unit: str, value: float, wanted: str, result: float
) -> None:
    how = conversion(parameter, unit, parameters=project_catalog().parameters)
    assert how.unit == wanted
    assert how(value) == pytest.approx(result, rel=1e-6, abs=1e-9)


def test_a_unit_of_another_kind_or_none_is_refused() -> None:
    with pytest.raises(NoConversion, match="unknown unit 'furlong'"):
        conversion("air_temperature", "furlong")
    with pytest.raises(NoConversion, match="no unit"):
        conversion("air_temperature", " ")
    with pytest.raises(NoConversion, match="is no temperature"):
        conversion("air_temperature", "hPa", settled="°C")
    with pytest.raises(NoConversion, match="is no length"):
        conversion("precipitation", "°C", parameters=project_catalog().parameters)


def test_a_new_parameter_takes_the_own_unit_of_the_kind() -> None:
    assert conversion("soil_temperature_20cm", "K").unit == "°C"


@pytest.mark.parametrize(
    ("parameter", "unit", "value", "told"),
    [
        ("carbon_monoxide", "µg/m³", 300.0, 0.3),
        ("pm10", "mg/m³", 0.0353, 35.3),
        ("air_temperature", "K", 273.45, 0.3),
        ("wind_speed", "km/h", 10.0, 2.77777777778),
        ("lead", "ng/m³", 3e-9, 3e-12),
        ("air_temperature", "°C", 0.1 + 0.2, 0.1 + 0.2),
    ],
)
def test_what_is_converted_has_no_noise_and_what_is_not_stays(
    parameter: str, unit: str, value: float, told: float
) -> None:
    how = conversion(parameter, unit, parameters=project_catalog().parameters)
    assert (how(value), how(np.array([value, 0.0, np.nan]))[0]) == (told, told)
    assert how.given == how.wanted or how(np.array([1e300]))[0] > 0


def test_a_misspelt_unit_is_told_what_was_probably_meant() -> None:
    for wrong, meant in (("ug/m", "µg/m³"), ("Celcius", "°C"), ("mmhg", "mmHg"), ("m/sec", "m/s")):
        with pytest.raises(NoConversion, match=f"unknown unit '{wrong}'; did you mean {meant}\\?"):
            conversion("something", wrong)
    for wrong in ("furlong", "kg/m²"):
        with pytest.raises(NoConversion, match=rf"unknown unit '{wrong}'$"):
            conversion("precipitation", wrong, parameters=project_catalog().parameters)


def test_bounds_of_a_parameter_hold_in_the_unit_that_its_series_have() -> None:
    parameters = project_catalog().parameters
    declared = conversion("air_temperature", "K", parameters=parameters)
    assert (declared.low, declared.high) == (-90, 60)
    settled = conversion("air_temperature", "°C", settled="K", parameters=parameters)
    assert (settled.low, settled.high) == pytest.approx((183.15, 333.15))


def test_nothing_is_below_absolute_zero() -> None:
    how = conversion("air_temperature", "K")
    assert how.low <= how(0.0)
    assert how(-1.0) < how.low


@given(st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)), st.floats(-1e6, 1e6))
def test_there_and_back_is_the_same(one: str, other: str, value: float) -> None:
    if UNITS[one].kind != UNITS[other].kind:
        with pytest.raises(NoConversion):
            conversion("something", one, settled=other)
        return
    there, back = conversion("something", one, settled=other), conversion("something", other, settled=one)
    assert math.isclose(back(there(value)), value, rel_tol=1e-9, abs_tol=1e-6)


@given(st.text(max_size=30))
def test_any_text_is_a_unit_or_refused(unit: str) -> None:
    try:
        how = conversion("x", unit)
    except NoConversion:
        return
    assert how.unit in UNITS


def test_flags() -> None:
    assert flag_code("") == flag_code("unchecked") == flag_code("2") == 2
    assert flag_code(" BAD ") == flag_code("4") == 4
    assert flag_code("perhaps") is None
