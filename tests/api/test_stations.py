"""Stations over HTTP: what there is, what it says now, its series by buckets; checked by pandas and by hand."""

import asyncio
import io
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from altaigis.api import series as api_series
from altaigis.app import create_app
from altaigis.domain.observation import ZONE
from altaigis.services import series as services_series
from catalogs import project_catalog
from conftest import Installation
from observing import BARNAUL, HEADER, csv, observatory_at

#: A station that has no weather, one whose weather is made up, and one with normals of a grid alone.
RIVER, MADE_UP, GRID_ONLY = "GRDC-2910450", "WMO-29937", "WMO-29822"
#: One whose measured series ended before its synthetic one began.
OUTLIVED = "WMO-36034"


class Frozen(datetime):
    """Noon of a day in the middle of what is measured."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Frozen":
        return cls(2016, 6, 28, 12, tzinfo=tz)


def hourly() -> pd.DataFrame:
    """Two years of Barnaul, with the change of the offset between them."""
    hours = pd.date_range("2015-06-01T00:00Z", "2017-06-01T00:00Z", freq="h", inclusive="left")
    n = np.arange(len(hours))
    return pd.DataFrame({"time": hours, "value": np.round(2 - 15 * np.cos(2 * np.pi * n / 8766) + n % 24 / 8, 2)})


@pytest.fixture(scope="module")
def observed(
    installation: Installation, copy_of_database: Callable[[str], str], drop_database: Callable[[str], None]
) -> Iterator[TestClient]:
    url = copy_of_database(installation.template)
    rows = [
        f"{BARNAUL},air_temperature,{t:%Y-%m-%dT%H:%M:%SZ},{v},°C,,net" for t, v in hourly().itertuples(index=False)
    ]
    rows += [f"{BARNAUL},air_temperature,2017-06-01T0{n}:00:00Z,50,°C,bad,net" for n in range(2)]
    rows += [f"{BARNAUL},air_temperature,2016-01-0{n}T00:00:00Z,1,°C,,synthetic: seed 1" for n in (1, 2)]
    days = pd.date_range("2020-06-30T17:00Z", "2020-08-31T17:00Z", freq="D")
    rows += [f"{MADE_UP},precipitation,{day:%Y-%m-%dT%H:%M:%SZ},2,mm,,synthetic: seed 1" for day in days]
    rows += [f"{GRID_ONLY},air_temperature,2020-01-{n:02}T06:00:00Z,-10,°C,,net" for n in range(1, 32)]
    wet = [*pd.date_range("2019-04-01T05:00Z", "2019-12-31T05:00Z", freq="D"), pd.Timestamp("2022-06-01T05:00Z")]
    rows += [f"{GRID_ONLY},relative_humidity,{day:%Y-%m-%dT%H:%M:%SZ},70,%,,net" for day in wet]
    rows += [f"{OUTLIVED},air_temperature,2019-01-0{n}T00:00:00Z,-9,°C,,net" for n in (1, 2)]
    later = pd.date_range("2020-01-01T00:00Z", "2020-03-31T00:00Z", freq="D")
    rows += [f"{OUTLIVED},air_temperature,{day:%Y-%m-%dT%H:%M:%SZ},-7,°C,,synthetic: seed 1" for day in later]
    winds = [(0.2, 90), (3, 0), (3, 355), (5, 11), (12, 90), (3, None), (7, 180)]
    moments = [f"2021-01-01T0{n}:00:00Z" for n in range(len(winds))]
    for moment, (speed, direction) in [*zip(moments, winds, strict=True), ("2021-07-01T00:00:00Z", (3, 270))]:
        rows.append(f"{BARNAUL},wind_speed,{moment},{speed},m/s,,net")
        if direction is not None:
            rows.append(f"{BARNAUL},wind_direction,{moment},{direction},°,,net")
    rows.append(f"{BARNAUL},wind_speed,2021-01-01T08:00:00Z,60,m/s,bad,net")
    with observatory_at(url) as observatory:
        assert observatory.load(csv(*rows, header=f"{HEADER},flag,source")).refused == 0
    app = create_app(installation.settings, project_catalog(), url)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
    drop_database(url)


def get(client: TestClient, path: str, **query: str) -> Any:
    answer = client.get(f"/stations{path}", params={"lang": "en", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def frame(client: TestClient, station: str, **query: str) -> pd.DataFrame:
    told = get(client, f"/{station}/series", **query)
    return pd.DataFrame(told["values"])


class TestStations:
    def test_all_are_listed_with_what_they_measure(self, observed: TestClient) -> None:
        listed = {it["id"]: it for it in get(observed, "")["stations"]}
        assert len(listed) == 86
        told = {it["parameter"]: it for it in listed[BARNAUL]["series"]}
        assert told["air_temperature"] | {"links": None} == {
            "parameter": "air_temperature", "title": "Air temperature", "unit": "°C", "unit_title": "°C", "digits": 1,
            "totals": "mean", "normal": "air_temperature_mean", "substance": None, "synthetic": False, "note": None,
            "first": "2015-06-01T00:00:00Z", "last": "2017-06-01T01:00:00Z", "count": 17546, "step": 3600,
            "links": None,
        }  # fmt: skip
        rain = get(observed, f"/{MADE_UP}", lang="ru")["series"][0]
        assert (rain["synthetic"], rain["title"]) == (True, "Осадки (синтетический ряд)")

    def test_filters_leave_those_that_fit(self, observed: TestClient) -> None:
        def ids(**query: str) -> set[str]:
            return {it["id"] for it in get(observed, "", **query)["stations"]}

        assert ids(parameter="precipitation") == {MADE_UP}
        assert ids(synthetic="true") == {MADE_UP, BARNAUL, OUTLIVED}
        assert ids(synthetic="true", bbox="83,53,84,54") == {BARNAUL}
        assert ids(parameter="air_temperature", bbox="83,53,84,54") == {BARNAUL}
        assert BARNAUL not in ids(medium="water")

    def test_the_latest_value_of_each_series(self, observed: TestClient) -> None:
        found = {it["id"]: it for it in get(observed, "/latest")["features"]}
        assert set(found) == {
            f"{BARNAUL}.air_temperature", f"{BARNAUL}.wind_direction", f"{BARNAUL}.wind_speed",
            f"{MADE_UP}.precipitation", f"{GRID_ONLY}.air_temperature", f"{GRID_ONLY}.relative_humidity",
            f"{OUTLIVED}.air_temperature",
        }  # fmt: skip
        warm = found[f"{BARNAUL}.air_temperature"]["properties"]
        assert (warm["time"], warm["flag"], warm["synthetic"]) == ("2017-05-31T23:00:00Z", "unchecked", False)
        assert warm["bad_until"] == "2017-06-01T01:00:00Z"
        assert found[f"{MADE_UP}.precipitation"]["properties"]["note"] == "synthetic series"
        lon, lat = found[f"{BARNAUL}.air_temperature"]["geometry"]["coordinates"]
        assert (round(lon), round(lat)) == (84, 53)
        text = observed.get("/stations/latest", params={"f": "csv", "lang": "ru"}).text
        assert "True" not in text, "words of CSV are those of JSON"
        table = pd.read_csv(io.StringIO(text))
        assert table.set_index("parameter").loc["precipitation", ["synthetic", "note"]].tolist() == [
            True,
            "синтетический ряд",
        ]
        only = get(observed, "/latest", parameter="air_temperature", synthetic="true")["features"]
        assert [(it["properties"]["value"], it["properties"]["synthetic"]) for it in only] == [(1, True), (-7, True)]

    def test_a_measured_fragment_hides_no_synthetic_series_that_goes_on(self, observed: TestClient) -> None:
        """One rule for all doors: the measured one where it speaks of the time that is asked for."""
        (now,) = get(observed, "/latest", bbox="81,50,83,52", parameter="air_temperature")["features"]
        assert (now["id"], now["properties"]["synthetic"]) == (f"{OUTLIVED}.air_temperature", True)
        listed = [(it["synthetic"], it["latest"]["value"]) for it in get(observed, f"/{OUTLIVED}")["series"]]
        assert listed == [(False, -9), (True, -7)], "what was measured can be found"
        asked = {"parameter": "air_temperature", "bucket": "raw"}
        told = {
            when: get(observed, f"/{OUTLIVED}/series", datetime=when, **asked)
            for when in ("2019", "2020-02", "2019-06/2020-06", "2018/2020")
        }
        assert {when: (it["synthetic"], it["numberReturned"]) for when, it in told.items()} == {
            "2019": (False, 2), "2020-02": (True, 29), "2019-06/2020-06": (True, 91), "2018/2020": (False, 2),
        }  # fmt: skip
        page = get(observed, f"/{OUTLIVED}/series", datetime="2018/2020", limit="1", **asked)
        (following,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
        assert observed.get(following).json()["synthetic"] is False, "pages are of one series"


class TestSeries:
    @pytest.mark.parametrize(("bucket", "period"), [("day", "D"), ("P1M", "M"), ("season", "Q-NOV"), ("year", "Y")])
    def test_buckets_equal_pandas(self, observed: TestClient, bucket: str, period: str) -> None:
        raw = hourly()
        local = raw["time"].dt.tz_convert(ZONE).dt.tz_localize(None).dt.to_period(period)
        expected = raw.groupby(local)["value"].agg(["mean", "min", "max", "count"])
        found = frame(observed, BARNAUL, parameter="air_temperature", bucket=bucket)
        midnights = expected.index.start_time.tz_localize(ZONE).tz_convert("UTC")
        assert pd.to_datetime(found["time"]).tolist() == midnights.tolist()
        np.testing.assert_allclose(found[["mean", "min", "max", "count"]], expected, rtol=1e-9)
        assert found["bad"].sum() == 2
        assert found["completeness"].max() == 1
        if bucket == "season":
            assert found["period"].tolist()[2:4] == ["2016-winter", "2016-spring"]

    def test_pages_follow_each_other(self, observed: TestClient) -> None:
        query = {"parameter": "air_temperature", "bucket": "PT6H", "datetime": "2016-03-26/2016-03-28"}
        whole = get(observed, f"/{BARNAUL}/series", **query)["values"]
        assert whole["time"][0] == "2016-03-25T18:00:00Z"
        # the day before the change of the offset began an hour later in UTC than the one behind it
        assert whole["time"][-1] == "2016-03-28T12:00:00Z"
        pages, url = [], f"/stations/{BARNAUL}/series"
        params: dict[str, str] | None = query | {"limit": "5"}
        while url:
            told = observed.get(url, params=params).json()
            pages += told["values"]["time"]
            url, params = next((link["href"] for link in told["links"] if link["rel"] == "next"), ""), None
        assert pages == whole["time"]
        raw = {"parameter": "air_temperature", "bucket": "raw", "limit": "2", "f": "csv"}
        answer = observed.get(f"/stations/{BARNAUL}/series", params=raw)
        table = pd.read_csv(io.StringIO(answer.text))
        assert table["time"].tolist() == ["2015-06-01T00:00:00Z", "2015-06-01T01:00:00Z"]
        assert answer.links["next"]["url"].endswith("datetime=2015-06-01T02%3A00%3A00Z%2F..")

    def test_files_say_what_is_made_up(self, observed: TestClient) -> None:
        path, query = f"/stations/{MADE_UP}/series", {"parameter": "precipitation", "bucket": "month"}
        answer = observed.get(path, params={**query, "f": "csv"})
        assert answer.headers["content-disposition"].endswith('precipitation_P1M_synthetic.csv"')
        table = pd.read_csv(io.StringIO(answer.text))
        assert table[["synthetic", "period", "sum"]].to_numpy().tolist() == [
            [True, "2020-07", 62], [True, "2020-08", 62], [True, "2020-09", 2],
        ]  # fmt: skip
        stored = pd.read_parquet(io.BytesIO(observed.get(path, params={**query, "f": "parquet"}).content))
        pd.testing.assert_frame_equal(stored.drop(columns="time"), table.drop(columns="time"), check_dtype=False)
        assert str(stored["time"].dtype) == "datetime64[us, UTC]"

    def test_anomalies_by_hand(self, observed: TestClient) -> None:
        own = get(observed, f"/{BARNAUL}/series", parameter="air_temperature", bucket="month", anomaly="true")
        assert (own["normals"]["kind"], own["normals"]["source"]) == ("station", "sp131")
        by_month = pd.DataFrame(own["values"]).set_index("period")
        assert by_month.loc["2016-01", "normal"] == -16.3
        assert by_month.loc["2016-01", "anomaly"] == pytest.approx(by_month.loc["2016-01", "mean"] + 16.3)
        week = get(
            observed, f"/{BARNAUL}/series", parameter="air_temperature", bucket="week", anomaly="true",
            statistics="max", datetime="2016-02-01",
        )["values"]  # fmt: skip
        # the first week of February is between the means of January and February
        assert -16.3 < week["normal"][0] < -14.4
        grid = get(observed, f"/{GRID_ONLY}/series", parameter="air_temperature", bucket="P1M", anomaly="true")
        (january,) = grid["values"]["normal"]
        assert (grid["normals"]["kind"], grid["values"]["anomaly"]) == ("grid", [pytest.approx(-10 - january)])
        rain = get(observed, f"/{MADE_UP}/series", parameter="precipitation", bucket="month", anomaly="true")
        normals = rain["normals"]["months"]
        assert rain["values"]["anomaly"][:2] == [pytest.approx(62 - normals[6]), pytest.approx(62 - normals[7])]
        assert rain["synthetic"]

    def test_anomalies_are_told_where_the_months_are_there(self, observed: TestClient) -> None:
        """Nine months of twelve are three quarters of a year, and warmer than all of it."""
        query = {"parameter": "relative_humidity", "anomaly": "true", "datetime": "2019"}
        year = get(observed, f"/{GRID_ONLY}/series", bucket="year", **query)["values"]
        assert year["completeness"] == [pytest.approx(275 / 365)]
        assert (year["normal"][0] is not None, year["anomaly"]) == (True, [None])
        seasons = get(observed, f"/{GRID_ONLY}/series", bucket="season", **query)["values"]
        whole = [it for it, value in zip(seasons["period"], seasons["anomaly"], strict=True) if value is not None]
        assert whole == ["2019-summer", "2019-autumn"], "March is not there, nor is the next January"
        months = get(observed, f"/{BARNAUL}/series", parameter="air_temperature", bucket="month", anomaly="true")
        empty = dict(zip(months["values"]["period"], months["values"]["anomaly"], strict=True))
        assert (empty["2017-06"], empty["2017-05"] is None) == (None, False)
        rain = get(observed, f"/{MADE_UP}/series", parameter="precipitation", bucket="month", anomaly="true")["values"]
        assert rain["anomaly"][2] is None, "a sum of one day is no sum of a month"

    def test_a_period_that_is_not_over_has_no_anomaly(
        self, observed: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        query = {"parameter": "air_temperature", "bucket": "month", "anomaly": "true", "datetime": "2016-06"}
        assert get(observed, f"/{BARNAUL}/series", **query)["values"]["anomaly"] != [None]
        monkeypatch.setattr("altaigis.services.series.datetime", Frozen)
        assert get(observed, f"/{BARNAUL}/series", **query)["values"]["anomaly"] == [None]

    def test_many_rows_are_written_beside_the_event_loop(
        self, observed: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def where(loop_or_not: list[bool], work: Callable[..., Any]) -> Callable[..., Any]:
            def call(*given: Any) -> Any:
                try:
                    asyncio.get_running_loop()
                except RuntimeError:
                    loop_or_not.append(False)
                else:
                    loop_or_not.append(True)
                return work(*given)

            return call

        seen: list[bool] = []
        monkeypatch.setattr("altaigis.api.series._document", where(seen, api_series._document))
        monkeypatch.setattr("altaigis.services.series._with_flags", where(seen, services_series._with_flags))
        told = get(observed, f"/{BARNAUL}/series", parameter="air_temperature", bucket="raw", limit="100000")
        assert (told["numberReturned"], seen) == (17546, [False, False])
        assert told["values"]["flag"][-3:] == ["unchecked", "bad", "bad"]

    @pytest.mark.parametrize(
        ("query", "parameter", "told"),
        [
            ({}, "parameter", "air_temperature, wind_direction, wind_speed"),
            ({"parameter": "ozone"}, "parameter", "it has air_temperature"),
            ({"parameter": "wind_speed", "synthetic": "true"}, "synthetic", "is not synthetic"),
            ({"parameter": "wind_speed", "synthetic": "yes"}, "synthetic", "true"),
            ({"parameter": "wind_speed", "bucket": "PT24H"}, "bucket", "PT23H59M"),
            ({"parameter": "wind_speed", "bucket": "P2D"}, "bucket", "raw"),
            ({"parameter": "wind_speed", "bucket": "raw", "statistics": "mean"}, "statistics", "buckets"),
            ({"parameter": "wind_speed", "statistics": "p0"}, "statistics", "p1 to p99"),
            ({"parameter": "wind_speed", "statistics": "mean,,"}, "statistics", "completeness"),
            ({"parameter": "wind_direction", "statistics": "max"}, "statistics", "mean, count, completeness"),
            ({"parameter": "wind_direction", "anomaly": "true"}, "anomaly", "no normals"),
            ({"parameter": "air_temperature", "anomaly": "true", "bucket": "hour"}, "anomaly", "a day or more"),
            ({"parameter": "wind_speed", "datetime": "2016-02-30"}, "datetime", "2016-02-30"),
            ({"parameter": "wind_speed", "datetime": "2016-03-01/2016-02-01"}, "datetime", "ends before"),
            ({"parameter": "wind_speed", "datetime": "2016-13"}, "datetime", "2016-13"),
            ({"parameter": "wind_speed", "datetime": "0001-01-01/.."}, "datetime", "calendar"),
            ({"parameter": "wind_speed", "limit": "0"}, "limit", "whole number"),
        ],
    )
    def test_what_cannot_be_told_is_refused_with_a_reason(
        self, observed: TestClient, query: dict[str, str], parameter: str, told: str
    ) -> None:
        answer = observed.get(f"/stations/{BARNAUL}/series", params=query)
        assert answer.status_code == 400
        assert answer.json()["parameter"] == parameter
        assert told in answer.json()["description"]

    def test_there_is_no_such_station(self, observed: TestClient) -> None:
        for path in ("", "/series?parameter=ozone", "/wind-rose", "/calendar"):
            answer = observed.get(f"/stations/nowhere{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "NotFound"), path
        none_yet = observed.get(f"/stations/{RIVER}/series", params={"parameter": "discharge"})
        assert (none_yet.status_code, "no parameter yet" in none_yet.text) == (400, True)

    def test_an_interval_without_values_is_no_mistake(self, observed: TestClient) -> None:
        told = get(observed, f"/{BARNAUL}/series", parameter="wind_speed", datetime="2030-01-01/..", anomaly="true")
        assert (told["numberReturned"], told["values"]["time"]) == (0, [])


class TestWindRose:
    def test_sectors_and_classes_by_hand(self, observed: TestClient) -> None:
        rose = get(
            observed, f"/{BARNAUL}/wind-rose", datetime="2021-01-01/..", sectors="8", classes="4,10", season="winter"
        )
        assert [(it["from"], it["below"]) for it in rose["classes"]] == [(0.5, 4), (4, 10), (10, None)]
        counts = {it["name"]: it["counts"] for it in rose["sectors"] if sum(it["counts"])}
        assert counts == {"N": [2, 1, 0], "E": [0, 0, 1], "S": [0, 1, 0]}
        assert (rose["calm"]["count"], rose["undirected"], rose["count"], rose["bad"]) == (1, 1, 7, 1)
        whole = get(observed, f"/{BARNAUL}/wind-rose", datetime="2021-01-01/..", lang="ru")
        assert {it["name"] for it in whole["sectors"] if sum(it["counts"])} == {"С", "В", "Ю", "З"}
        assert whole["count"] == 8
        answer = observed.get(f"/stations/{BARNAUL}/wind-rose", params={"f": "csv", "datetime": "2021-01-01/.."})
        assert pd.read_csv(io.StringIO(answer.text))["count"].sum() == 7
        wrong = {"sectors": "7", "season": "monsoon", "classes": "3,2", "calm": "9", "datetime": "x"}
        for name, value in wrong.items():
            answer = observed.get(f"/stations/{BARNAUL}/wind-rose", params={"classes": "4", name: value})
            assert (answer.status_code, answer.json()["parameter"]) == (400, name)
        assert "needs wind_speed" in observed.get(f"/stations/{MADE_UP}/wind-rose").json()["description"]


def test_a_calendar_has_each_day_of_a_year(observed: TestClient) -> None:
    told = get(observed, f"/{BARNAUL}/calendar", parameter="air_temperature", year="2016")
    raw = hourly()
    expected = raw.groupby(raw["time"].dt.tz_convert(ZONE).dt.date)["value"].mean()
    days = pd.DataFrame(told["values"]).set_index("date")
    assert (len(days), told["years"], told["statistic"]) == (366, [2015, 2016, 2017], "mean")
    assert days.loc["2016-03-27", "value"] == pytest.approx(expected[pd.Timestamp("2016-03-27").date()])
    assert days.loc["2016-03-27", ["count", "completeness"]].tolist() == [23, 1]
    last = get(observed, f"/{BARNAUL}/calendar", parameter="air_temperature")
    assert (last["year"], last["values"]["value"][-1], last["values"]["bad"][151]) == (2017, None, 2)
    gaps = get(observed, f"/{GRID_ONLY}/calendar", parameter="relative_humidity")
    assert (gaps["years"], gaps["year"]) == ([2019, 2022], 2022), "years that have values"
    none = observed.get(f"/stations/{GRID_ONLY}/calendar", params={"parameter": "relative_humidity", "year": "2020"})
    assert (none.status_code, "those of 2019, 2022" in none.text) == (400, True)
    answer = observed.get(f"/stations/{BARNAUL}/calendar", params={"parameter": "air_temperature", "year": "2020"})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "year")
