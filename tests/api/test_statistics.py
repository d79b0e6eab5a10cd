"""Statistics of stations over HTTP: figures with their method, words in both languages, and refusals that help."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from altaigis.app import create_app
from altaigis.settings import Settings
from observing import ROOT, Observatory
from warming import MADE_UP, SHORT, STEADY, WARMER

PARAMETER = {"parameter": "air_temperature"}


@pytest.fixture(scope="module")
def door(warming: Observatory) -> Iterator[TestClient]:
    settings = Settings(project=Path(ROOT), database_url=warming.url)
    app = create_app(settings, warming.catalog, warming.url)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def ask(door: TestClient, station: str, what: str, **asked: str) -> dict:
    answer = door.get(f"/stations/{station}/{what}", params=PARAMETER | asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_trend_and_what_it_means(door: TestClient) -> None:
    found = ask(door, WARMER, "trend", lang="en")
    assert found["result"]["direction"] == "increasing"
    assert found["result"]["slope_low"] < 0.6 < found["result"]["slope_high"]
    assert found["result"]["slope_unit"] == "°C per decade"
    assert (found["bucket"], found["interval"], found["values"]) == ("month", ["1991-01", "2020-12"], 360)
    (method,) = found["methods"]
    assert method["id"] == "seasonal-correlated"
    assert "Hirsch & Slack 1984" in method["citations"][0]
    assert "найден рост" in found["meaning"]["ru"]
    assert "neither the cause nor the future" in found["meaning"]["en"]
    assert found["synthetic"] is False
    line = found["result"]["line"]
    assert [end["time"] for end in line] == ["1991-01", "2020-12"]


def test_no_trend_found_is_not_no_trend(door: TestClient) -> None:
    found = ask(door, STEADY, "trend", bucket="P1Y", test="mann-kendall", datetime="2001-01-01/2020-12-31")
    assert (found["result"]["direction"], found["values"]) == ("none", 20)
    assert "не значит, что его нет" in found["meaning"]["ru"]


def test_made_up_series_say_so(door: TestClient) -> None:
    found = ask(door, MADE_UP, "trend", bucket="year")
    assert found["synthetic"] is True
    assert "синтетический" in found["meaning"]["ru"]
    assert "synthetic" in found["meaning"]["en"]
    table = door.get(f"/stations/{MADE_UP}/decomposition", params=PARAMETER | {"f": "csv"})
    assert "synthetic" in table.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert len(rows) == 360
    assert {row["synthetic"] for row in rows} == {"true"}


def test_a_year_that_is_not_over_is_no_value_of_a_trend(door: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ask(door, WARMER, "trend", bucket="year")
    assert (whole["values"], whole["thin"]) == (30, 0)
    monkeypatch.setattr("altaigis.services.statistics.today", lambda: np.datetime64("2020-12-31"))
    running = ask(door, WARMER, "trend", bucket="year")
    assert (running["values"], running["thin"], running["interval"]) == (29, 1, ["1991", "2020"])
    assert ask(door, WARMER, "trend", bucket="month")["values"] == 359


def test_a_trend_is_a_row_of_a_table(door: TestClient) -> None:
    answer = door.get(f"/stations/{MADE_UP}/trend", params=PARAMETER | {"bucket": "year", "f": "csv", "lang": "en"})
    (row,) = csv.DictReader(io.StringIO(answer.text))
    told = ask(door, MADE_UP, "trend", bucket="year", lang="en")
    assert float(row["slope"]) == told["result"]["slope"]
    assert (row["station"], row["unit"], row["from"], row["to"]) == (MADE_UP, "°C", "1991", "2020")
    assert (row["synthetic"], row["method"], "line" in row) == ("true", "hamed-rao", False)
    assert 'trend_synthetic.csv"' in answer.headers["content-disposition"]
    assert told["parameter"]["title"] == "Air temperature (synthetic series)"
    assert {link["type"] for link in told["links"]} >= {"text/csv"}


def test_changes_parts_outliers_and_completeness(door: TestClient) -> None:
    changes = ask(door, WARMER, "changes")
    assert changes["result"]["significant"] is True
    assert changes["rows"][0]["from"] == "1991-01"
    parts = ask(door, WARMER, "decomposition")
    row = parts["rows"][100]
    assert row["trend"] + row["season"] + row["remainder"] == pytest.approx(row["value"])
    assert parts["result"]["season_strength"] > 0.9
    outliers = ask(door, WARMER, "outliers", bucket="month")
    assert [row["time"] for row in outliers["rows"]] == ["2005-01"]
    assert outliers["rows"][0]["value"] - outliers["rows"][0]["usual"] == pytest.approx(40, abs=3)
    whole = ask(door, SHORT, "completeness")
    assert (whole["result"]["whole"], whole["result"]["longest_gap"]) == (1, None)
    assert [year["year"] for year in whole["result"]["years"]] == [2018, 2019, 2020]


@pytest.mark.parametrize(
    ("path", "asked", "status", "told"),
    [
        (f"{SHORT}/trend", {}, 400, "3 values of the season that has most of 12; this test needs 10 or more"),
        (f"{SHORT}/trend", {"bucket": "year"}, 400, "3 values; this test needs 10"),
        (f"{WARMER}/trend", {"test": "hamed-rao"}, 400, "not for bucket=month; there are seasonal-correlated"),
        (f"{WARMER}/trend", {"test": "t"}, 400, "there are mann-kendall"),
        (f"{WARMER}/trend", {"bucket": "hour"}, 400, "month, season, year"),
        (f"{WARMER}/trend", {"alpha": "nan"}, 400, "'nan' is no number"),
        (f"{WARMER}/trend", {"completeness": "2"}, 400, "a share from 0 to 1"),
        (f"{WARMER}/trend", {"parameter": "ozone"}, 400, "it has air_temperature"),
        (f"{WARMER}/trend", {"synthetic": "true"}, 400, "synthetic"),
        (f"{WARMER}/trend", {"datetime": "1900-01-01/1901-01-01"}, 400, "there are no values"),
        (f"{WARMER}/outliers", {"threshold": "1", "bucket": "month"}, 400, "choose one from 2 to 20"),
        ("NOBODY/trend", {}, 404, "no station 'NOBODY'"),
    ],
)
def test_what_cannot_be_told_is_refused(
    door: TestClient, path: str, asked: dict[str, str], status: int, told: str
) -> None:
    answer = door.get(f"/stations/{path}", params=PARAMETER | asked)
    assert (answer.status_code, told in answer.json()["description"]) == (status, True), answer.text


def test_the_result_is_known_again(door: TestClient) -> None:
    first = door.get(f"/stations/{WARMER}/trend", params=PARAMETER)
    again = door.get(f"/stations/{WARMER}/trend", params=PARAMETER, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert door.head(f"/stations/{WARMER}/trend", params=PARAMETER).status_code == 200
