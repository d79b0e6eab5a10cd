"""Trends at stations as a layer: what is found, what is too short for it, and what is made up."""

from pathlib import Path

import numpy as np
import pytest

from altaigis.errors import ParameterError
from altaigis.processes.data import Data
from altaigis.processes.process import Context, Result
from altaigis.processes.registry import PROCESSES
from altaigis.processes.run import execute
from altaigis.processes.station_trends import TESTS
from observing import Observatory
from warming import HALF, MADE_UP, SHORT, STEADY, WARMER

PROCESS = PROCESSES["station-trends"]
TEMPERATURE = {"parameter": "air_temperature"}


@pytest.fixture(scope="module")
def data(warming: Observatory) -> Data:
    return Data(warming.database, Path(), warming.catalog)


@pytest.fixture(scope="module")
def result(data: Data) -> Result:
    return PROCESS.run(PROCESS.parsed(TEMPERATURE), data, Context())


def of(result: Result, name: str) -> dict[str, object]:
    return dict(zip(result.units.ids, result.columns[name], strict=True))


def test_what_is_found_at_each_station(result: Result) -> None:
    kind, slope, low, high = (of(result, name) for name in ("kind", "slope", "slope_low", "slope_high"))
    assert kind[WARMER] == "increasing"
    assert kind[STEADY] == "none"
    assert kind[MADE_UP] == "decreasing"
    assert kind[SHORT] == "too_short"
    assert low[WARMER] < 0.6 < high[WARMER]
    assert slope[WARMER] == pytest.approx(0.6, abs=0.2)
    assert np.isnan(slope[SHORT])
    assert of(result, "n")[HALF] == 180
    assert of(result, "completeness")[WARMER] == pytest.approx(100)
    assert of(result, "first")[SHORT] == "2018-01"
    assert (result.columns["q"] >= result.columns["p"] - 1e-12)[~np.isnan(result.columns["p"])].all()
    entries = result.styles["default"].categories
    assert {entry.value for entry in entries} >= set(kind.values())
    assert len({entry.symbol.shape for entry in entries}) == len(entries), "told apart without colour"
    (short,) = result.summary.left_out
    assert short.units == [SHORT]


def test_made_up_series_are_told_everywhere(result: Result) -> None:
    synthetic = of(result, "synthetic")
    assert [station for station, made_up in synthetic.items() if made_up] == [MADE_UP]
    assert "есть синтетические ряды: 1 из 5" in result.title.ru
    assert result.styles["default"].title == result.title
    (flag,) = result.summary.flags
    assert (flag.code, list(flag.units)) == ("synthetic", [MADE_UP])


def test_years_and_steps_that_are_asked_for(data: Data) -> None:
    asked = TEMPERATURE | {"step": "year", "since": 2001, "until": 2015, "completeness": 0}
    found = PROCESS.run(PROCESS.parsed(asked), data, Context())
    assert (of(found, "first")[WARMER], of(found, "last")[WARMER], of(found, "n")[WARMER]) == ("2001", "2015", 15)
    assert found.summary.figures["test"].value == TESTS["hamed-rao"]
    assert SHORT not in found.units.ids
    strict = PROCESS.run(PROCESS.parsed(asked | {"completeness": 0.75}), data, Context())
    assert of(strict, "kind")[HALF] == "too_short"


def test_the_layer_is_one_like_any_other(warming: Observatory, data: Data) -> None:
    layer = execute(PROCESS, PROCESS.parsed(TEMPERATURE), data, Context())
    relation = warming.one(f"SELECT relation FROM altaigis.revisions WHERE layer = '{layer.id}'")
    rows = warming.rows(f"SELECT station_id, kind, synthetic, ST_AsText(geom) IS NULL FROM layers.{relation}")
    assert (MADE_UP, "decreasing", True, False) in rows
    assert len(rows) == 5
    assert data.revisions["observations"] == 2
    again = Data(warming.database, Path(), warming.catalog)
    assert execute(PROCESS, PROCESS.parsed(TEMPERATURE), again, Context()).id == layer.id


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"parameter": "ozone"}, "no station measures 'ozone'; there are air_temperature"),
        (TEMPERATURE | {"since": 2050}, "in these years"),
        (TEMPERATURE | {"since": 2019, "until": 2020}, "long enough: 2 values of the season .* needs 10"),
        (TEMPERATURE | {"step": "year", "test": "seasonal"}, "test 'seasonal' is not for step 'year'"),
        (TEMPERATURE | {"since": 2010, "until": 2000}, "since 2010 is behind until 2000"),
    ],
)
def test_what_cannot_be_told_is_refused(data: Data, inputs: dict[str, object], told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        PROCESS.run(PROCESS.parsed(inputs), data, Context())
