"""All stations at once: how each stands, in agreement with exceedances and alerts; a parameter in time."""

import csv as csv_reader
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from altaigis.alerts.watch import look
from altaigis.app import create_app
from catalogs import project_catalog
from conftest import Installation
from observing import BARNAUL, HEADER, Observatory, csv, observatory_at, temperature

DIRTY, CLOSE, PEAK, QUIET = "AIR-BRN-1", "AIR-BRN-2", "AIR-BRN-3", "AIR-BRN-4"
RIVER = "GRDC-2910450"
DAY = "pdk_air.nitrogen_dioxide.daily_mean"
SINGLE = "pdk_air.nitrogen_dioxide.max_single_20min"
NOW = pd.Timestamp.now("UTC").floor("h")


def hours(station: str, values: list[float], end: pd.Timestamp = NOW, source: str = "net") -> list[str]:
    times = pd.date_range(end=end, periods=len(values), freq="h")
    return [
        f"{station},nitrogen_dioxide,{time:%Y-%m-%dT%H:%M:%SZ},{value},µg/m³,,{source}"
        for time, value in zip(times, values, strict=True)
    ]


# three days: the last whole one is among them, whatever the hour
ROWS = [
    *hours(DIRTY, [120.0] * 72),
    *hours(DIRTY, [10.0], NOW - pd.Timedelta(days=60)),
    *hours(CLOSE, [85.0] * 72, source="synthetic: seed 1"),
    *hours(PEAK, [20.0] * 71 + [250.0]),
    *hours(QUIET, [150.0] * 48, NOW - pd.Timedelta(days=10)),
    f"{RIVER},dissolved_oxygen,{NOW:%Y-%m-%dT%H:%M:%SZ},7,mg/l,,net",
    f"{temperature(f'{NOW:%Y-%m-%dT%H:%M:%SZ}', -12.5)},,net",
]


@pytest.fixture(scope="module")
def stations(
    installation: Installation, copy_of_database: Callable[[str], str], drop_database: Callable[[str], None]
) -> Iterator[tuple[TestClient, Observatory]]:
    url = copy_of_database(installation.template)
    with observatory_at(url) as observatory:
        receipt = observatory.load(csv(*ROWS, header=f"{HEADER},flag,source"))
        assert receipt.refused == 0, receipt.reasons
        app = create_app(installation.settings, project_catalog(), url)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client, observatory
    drop_database(url)


@pytest.fixture(scope="module")
def client(stations: tuple[TestClient, Observatory]) -> TestClient:
    return stations[0]


def get(client: TestClient, path: str, **query: str) -> Any:
    answer = client.get(path, params={"lang": "en", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def standings(client: TestClient, **query: str) -> dict[str, dict[str, Any]]:
    told = get(client, "/stations/status", **{"parameter": "nitrogen_dioxide", **query})
    return {row["station"]: row for row in told["stations"]}


def test_each_station_stands_by_its_worse_limit(client: TestClient) -> None:
    rows = standings(client)
    told = {name: (row["status"], row["limit"], row["multiple"]) for name, row in rows.items()}
    assert told[DIRTY] == ("above", DAY, pytest.approx(1.2))
    assert told[CLOSE] == ("near", DAY, pytest.approx(0.85))
    assert told[PEAK] == ("above", SINGLE, pytest.approx(1.25))
    assert told[QUIET] == ("silent", None, None)
    assert (rows[CLOSE]["synthetic"], rows[CLOSE]["note"]) == (True, "synthetic series")
    assert (rows[DIRTY]["synthetic"], rows[DIRTY]["note"]) == (False, None)


def test_statuses_are_counted_in_words_with_their_rule_and_limits(client: TestClient) -> None:
    told = get(client, "/stations/status", parameter="nitrogen_dioxide")
    counts = {one["title"]: one["count"] for one in told["statuses"]}
    assert sum(counts.values()) == told["numberReturned"] == len(told["stations"])
    assert counts["above the norm"] == 2
    assert counts["silent"] >= 1
    assert (told["norm"], told["near"]) == ("pdk_air", 0.8)
    assert {limit["limit"] for limit in told["limits"]} == {DAY, SINGLE}
    assert {limit["value_in_unit"] for limit in told["limits"]} == {100, 200}
    assert told["title"] == "Nitrogen dioxide (synthetic series)"


def test_the_status_of_a_station_is_a_table_too(client: TestClient) -> None:
    path = f"/stations/{DIRTY}/status"
    rows = get(client, path)["parameters"]
    table = client.get(path, params={"lang": "en", "f": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert table.headers["content-disposition"] == f'attachment; filename="status_{DIRTY}.csv"'
    told = list(csv_reader.DictReader(io.StringIO(table.text)))
    assert [(row["parameter"], row["status"]) for row in told] == [(row["parameter"], row["status"]) for row in rows]
    assert float(told[0]["value"]) == rows[0]["value"]


def test_the_status_is_what_exceedances_say(client: TestClient) -> None:
    for station, row in standings(client).items():
        if row["limit"] is None:
            continue
        end = pd.Timestamp(row["end"]) if row["end"] != row["begin"] else pd.Timestamp(row["end"]) + pd.Timedelta("1s")
        (result,) = get(
            client,
            f"/stations/{station}/exceedances",
            parameter="nitrogen_dioxide",
            limit=row["limit"],
            datetime=f"{row['begin']}/{end:%Y-%m-%dT%H:%M:%SZ}",
        )["results"]
        assert result["valid"] == 1
        assert result["exceeding"] == (row["status"] == "above")
        assert result["worst"]["value"] == pytest.approx(row["compared"])
        assert result["worst"]["multiple"] == pytest.approx(row["multiple"])


def test_the_status_is_what_alerts_say(stations: tuple[TestClient, Observatory]) -> None:
    client, observatory = stations
    look(observatory.database, observatory.catalog, datetime.now(UTC))
    alerts = get(client, "/alerts", state="open", limit="1000")["alerts"]
    exceeding = {one["station"] for one in alerts if one["parameter"] == "nitrogen_dioxide"}
    silent = {one["station"] for one in alerts if one["kind"] == "silence"}
    rows = standings(client)
    loud = {name for name, row in rows.items() if row["status"] != "silent"}
    assert {name for name in loud if rows[name]["status"] == "above"} == exceeding & loud
    assert {DIRTY, PEAK} <= exceeding
    assert silent & set(rows) == set(rows) - loud
    assert QUIET in silent


def test_who_has_less_oxygen_than_the_limit_is_above_it_and_who_has_no_norm_says_so(client: TestClient) -> None:
    (river,) = [row for name, row in standings(client, parameter="dissolved_oxygen").items() if name == RIVER]
    assert (river["status"], river["bound"], river["multiple"]) == ("near", 6, pytest.approx(6 / 7))
    rows = standings(client, parameter="air_temperature")
    assert (rows[BARNAUL]["status"], rows[BARNAUL]["value"]) == ("no_norm", -12.5)
    other = standings(client, parameter="dissolved_oxygen", norm="pdk_household")
    assert (other[RIVER]["status"], other[RIVER]["bound"]) == ("below", 4)


def test_a_station_tells_all_that_it_measures(client: TestClient) -> None:
    told = get(client, f"/stations/{DIRTY}/status")
    rows = {row["parameter"]: row for row in told["parameters"]}
    assert (rows["nitrogen_dioxide"]["status"], rows["nitrogen_dioxide"]["status_title"]) == (
        "above",
        "above the norm",
    )
    assert rows["nitrogen_dioxide"]["title"] == "Nitrogen dioxide"


def test_the_table_is_the_same_as_csv(client: TestClient) -> None:
    answer = client.get("/stations/status", params={"parameter": "nitrogen_dioxide", "f": "csv"})
    table = pd.read_csv(pd.io.common.BytesIO(answer.content)).set_index("station")
    assert table.loc[DIRTY, "status"] == "above"
    assert table.loc[CLOSE, "synthetic"]


def test_parameters_are_listed_with_their_stations(client: TestClient) -> None:
    told = {one["parameter"]: one for one in get(client, "/stations/parameters")["parameters"]}
    air = told["nitrogen_dioxide"]
    assert (air["medium"], air["limits"], air["unit_title"]) == ("air", 2, "µg/m³")
    assert air["stations"] == len(standings(client))
    assert air["synthetic_stations"] >= 1
    assert told["air_temperature"]["limits"] == 0


def test_frames_are_the_buckets_of_each_series(client: TestClient) -> None:
    begin = (NOW - pd.Timedelta(days=2)).strftime("%Y-%m-%d")
    query = {"parameter": "nitrogen_dioxide", "bucket": "day", "datetime": f"{begin}/.."}
    told = get(client, "/stations/series", **query)
    assert (told["statistic"], told["bucket"], told["zone"]) == ("mean", "P1D", "Asia/Barnaul")
    values = {one["station"]: dict(zip(told["times"], one["values"], strict=True)) for one in told["stations"]}
    assert values[QUIET] == dict.fromkeys(told["times"])
    for station in (DIRTY, CLOSE, PEAK):
        own = get(client, f"/stations/{station}/series", statistics="mean", **query)["values"]
        assert own["time"], station
        for time, mean in zip(own["time"], own["mean"], strict=True):
            assert values[station][time] == pytest.approx(mean)
    highest = get(client, "/stations/series", **query, statistic="max")
    assert max(next(one["values"] for one in highest["stations"] if one["station"] == PEAK)) == 250


def test_without_a_time_the_newest_month_is_told(client: TestClient) -> None:
    told = get(client, "/stations/series", parameter="nitrogen_dioxide")
    assert 30 <= len(told["times"]) <= 32
    long_ago = get(client, "/stations/series", parameter="nitrogen_dioxide", datetime="../1950-01-01")
    assert long_ago["times"] == []


@pytest.mark.parametrize(
    ("path", "query", "told"),
    [
        ("/stations/status", {}, "is required"),
        ("/stations/status", {"parameter": "honey"}, "nitrogen_dioxide"),
        ("/stations/status", {"parameter": "nitrogen_dioxide", "norm": "mine"}, "pdk_air"),
        (f"/stations/{DIRTY}/status", {"norm": "mine"}, "pdk_air"),
        ("/stations/series", {"parameter": "honey"}, "nitrogen_dioxide"),
        ("/stations/series", {"parameter": "nitrogen_dioxide", "bucket": "fortnight"}, "not offered"),
        ("/stations/series", {"parameter": "nitrogen_dioxide", "statistic": "count"}, "mean or max"),
        ("/stations/series", {"parameter": "nitrogen_dioxide", "statistic": "mean,max"}, "mean or max"),
    ],
)
def test_bad_questions_are_told(client: TestClient, path: str, query: dict[str, str], told: str) -> None:
    answer = client.get(path, params=query)
    assert (answer.status_code, told in answer.json()["description"]) == (400, True), answer.text


def test_nobody_gets_more_than_can_be_drawn(stations: tuple[TestClient, Observatory]) -> None:
    client, observatory = stations
    observatory.load(csv(temperature("1900-01-01T00:00:00Z", 1)))
    query = {"parameter": "air_temperature", "bucket": "PT1M", "datetime": "1900-01-01/.."}
    answer = client.get("/stations/series", params=query)
    assert (answer.status_code, "wider ones" in answer.json()["description"]) == (400, True), answer.text
