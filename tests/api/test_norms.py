"""Norms over HTTP: limits and rivals, exceedances by dates and averaging, episodes, indices, alerts; by hand."""

import csv as csv_reader
import io
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from altaigis.alerts.watch import look
from altaigis.alerts.words import words
from altaigis.api import norms
from altaigis.app import create_app
from altaigis.domain.alert import Alert, Held
from altaigis.store import keys
from catalogs import project_catalog
from conftest import Installation
from observing import HEADER, Observatory, csv, observatory_at

POST, MADE_UP, RIVER = "AIR-BRN-1", "AIR-BRN-2", "GRDC-2910450"
DAY = "pdk_air.nitrogen_dioxide.daily_mean"
SINGLE = "pdk_air.nitrogen_dioxide.max_single_20min"


def hours(
    station: str, parameter: str, begin: str, values: list[float], source: str = "net", unit: str = "µg/m³"
) -> list[str]:
    """Synthetic."""
    times = pd.date_range(begin, periods=len(values), freq="h", tz="UTC")
    pairs = zip(times, values, strict=True)
    return [f"{station},{parameter},{time:%Y-%m-%dT%H:%M:%SZ},{value},{unit},,{source}" for time, value in pairs]


# days of Barnaul begin at 17:00 UTC. Three days: clean, one with 9 hours at 240, one with 12 hours only
CLEAN, DIRTY = [20.0] * 24, [60.0] * 6 + [240.0] * 9 + [60.0] * 9
ROWS = [
    *hours(POST, "nitrogen_dioxide", "2024-01-09T17:00", CLEAN + DIRTY + [150.0] * 12),
    *hours(POST, "nitrogen_dioxide", "2020-05-05T00:00", [900.0, 900.0]),
    *hours(MADE_UP, "nitrogen_dioxide", "2024-01-09T17:00", [250.0] * 3, "synthetic: seed 1"),
    *[
        row
        for parameter, value, unit in (
            ("nitrogen_dioxide", 200.0, "µg/m³"), ("pm10", 60.0, "µg/m³"), ("sulphur_dioxide", 25.0, "µg/m³"),
            ("carbon_monoxide", 6.0, "mg/m³"), ("formaldehyde", 20.0, "µg/m³"), ("benzo_a_pyrene", 2.0, "ng/m³"),
        )
        for row in hours("AIR-BRN-3", parameter, "2024-01-09T17:00", [value] * 24, unit=unit)
    ],
    # a measured fragment beside made-up series of five substances, and one that is misspelt
    *hours("AIR-BRN-4", "pm2_5", "2023-01-09T17:00", [30.0]),
    *hours("AIR-BRN-4", "sulphur_dioxide", "2024-01-09T17:00", [500.0]),
    *hours("AIR-BRN-4", "sulfur_dioxide", "2024-01-09T17:00", [25.0] * 24),
    *[
        row
        for parameter in ("nitrogen_dioxide", "sulphur_dioxide", "formaldehyde", "phenol", "ammonia")
        for row in hours("AIR-BRN-4", parameter, "2024-01-09T17:00", [20.0] * 24, "synthetic: seed 1")
    ],
    *[
        f"{RIVER},{name},2024-05-01T06:00:00Z,{value},mg/l,,net"
        for name, value in (("dissolved_oxygen", 3), ("petroleum_products", 0.1), ("phenols", 0.002))
    ],
]  # fmt: skip


@pytest.fixture(scope="module")
def air(
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
def client(air: tuple[TestClient, Observatory]) -> TestClient:
    return air[0]


def get(client: TestClient, path: str, **query: str) -> Any:
    answer = client.get(path, params={"lang": "en", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_rival_sources_of_a_limit_stand_side_by_side(client: TestClient) -> None:
    told = get(client, "/norms/benzene")
    assert told["conflicts"] == [["pdk_air.benzene.annual_mean", "pdk_air.benzene.annual_mean.2"]]
    first = next(one for one in told["limits"] if one["limit"] == "pdk_air.benzene.annual_mean")
    assert (first["value"], [rival["value"] for rival in first["rivals"]]) == (0.005, [0.013])
    assert (first["valid_from"], first["valid_until"]) == ("2021-03-01", None)
    listed = {one["substance"]: one["conflicts"] for one in get(client, "/norms")["substances"]}
    assert {name for name, count in listed.items() if count} == {"benzene", "sulphur_dioxide", "copper_total"}


def test_limits_are_held_against_the_averages_that_they_ask_for(client: TestClient) -> None:
    told = get(client, f"/stations/{POST}/exceedances", parameter="nitrogen_dioxide", datetime="2024-01-10/2024-01-12")
    results = {one["limit"]: one for one in told["results"]}
    single, day = results[SINGLE], results[DAY]
    assert (single["value_in_unit"], single["periods"], single["exceeding"]) == (200, 60, 9)
    assert (single["share"], single["worst"]["multiple"]) == (pytest.approx(9 / 60), pytest.approx(1.2))
    assert any("20 minutes" in note for note in single["notes"])
    # (6 * 60 + 9 * 240 + 9 * 60) / 24 = 127.5; the third day has 12 hours of 24 and is not judged
    assert (day["periods"], day["valid"], day["exceeding"]) == (3, 2, 1)
    assert day["worst"]["value"] == pytest.approx(127.5)
    assert (told["synthetic"], told["completeness_rule"]) == (False, 0.75)


def test_what_was_before_a_limit_is_judged_only_where_that_is_asked_for(client: TestClient) -> None:
    query = {"parameter": "nitrogen_dioxide", "limit": SINGLE, "datetime": "2020-05-01/2020-05-31"}
    (now,) = get(client, f"/stations/{POST}/exceedances", **query)["results"]
    assert (now["periods"], now["exceeding"], now["share"]) == (0, 0, None)
    assert any("always=true" in note for note in now["notes"])
    (always,) = get(client, f"/stations/{POST}/exceedances", always="true", **query)["results"]
    assert (always["exceeding"], always["worst"]["multiple"]) == (2, 4.5)


def test_an_interval_that_is_open_at_both_ends_is_all_there_is(client: TestClient) -> None:
    query = {"parameter": "nitrogen_dioxide", "limit": SINGLE, "always": "true"}
    (newest,) = get(client, f"/stations/{POST}/exceedances", **query)["results"]
    (every,) = get(client, f"/stations/{POST}/exceedances", datetime="../..", **query)["results"]
    (until,) = get(client, f"/stations/{POST}/exceedances", datetime="../2021", **query)["results"]
    assert every["interval"][0] == until["interval"][0] == "2020-05-04T17:00:00Z"
    assert every["interval"][1] == newest["interval"][1]
    assert every["exceeding"] == newest["exceeding"] + until["exceeding"]
    assert until["exceeding"] == 2


def test_episodes_have_begin_end_and_peak(client: TestClient) -> None:
    query = {"parameter": "nitrogen_dioxide", "limit": SINGLE, "datetime": "2024-01-09/2024-01-13"}
    (told,) = get(client, f"/stations/{POST}/episodes", **query)["results"]
    (episode,) = told["episodes"]
    assert (episode["begin"], episode["end"], episode["count"]) == ("2024-01-10T23:00:00Z", "2024-01-11T07:00:00Z", 9)
    assert (episode["peak"], episode["multiple"]) == (240, 1.2)
    assert (told["gap"], told["joined_within"]) == ("PT60M", "PT120M"), "a step of this series, and its own"
    answer = client.get(f"/stations/{MADE_UP}/episodes", params={**query, "f": "csv"})
    (row,) = csv_reader.DictReader(io.StringIO(answer.text))
    assert (row["synthetic"], row["peak"], row["unit"]) == ("true", "250.0", "µg/m³")
    assert "synthetic" in answer.headers["content-disposition"]


def test_the_index_of_the_air_shows_its_formula_and_parts(client: TestClient) -> None:
    query = {"index": "iza5", "datetime": "2024-01-10/2024-01-10"}
    told = get(client, "/stations/AIR-BRN-3/index", **query)
    parts = {one["substance"]: one["part"] for one in told["parts"]}
    assert parts["benzo_a_pyrene"] == pytest.approx(2**1.7)
    assert parts["formaldehyde"] == pytest.approx(2**1.3)
    assert parts["carbon_monoxide"] == pytest.approx(2**0.85)
    assert told["value"] is not None
    assert told["value"] == pytest.approx(sum(parts.values()))
    assert (told["level"], told["level_title"]) == (None, None), "a day has none"
    assert {one["substance"]: one["reason"] for one in told["left_out"]} == {"pm10": "no source tells its hazard class"}
    few = get(client, f"/stations/{POST}/index", **query)
    assert (few["value"], few["missing_parts"]) == (None, 4)
    water = get(client, f"/stations/{RIVER}/index", index="izv")
    assert (water["value"], water["missing_parts"], water["partial"]) == (None, 3, 2)


@pytest.mark.parametrize("gap", ["PT0S", "PT0M", "P0D"])
def test_values_of_consecutive_steps_are_one_episode_over_no_gap(client: TestClient, gap: str) -> None:
    query = {"parameter": "nitrogen_dioxide", "limit": SINGLE, "datetime": "2024-01-09/2024-01-13", "gap": gap}
    (told,) = get(client, f"/stations/{POST}/episodes", **query)["results"]
    (episode,) = told["episodes"]
    assert (episode["count"], told["gap"], told["joined_within"]) == (9, "PT0M", "PT60M")


def test_no_index_is_made_of_measured_and_synthetic_series(client: TestClient) -> None:
    query = {"index": "iza5", "datetime": "2024-01-10"}
    told = get(client, "/stations/AIR-BRN-4/index", **query)
    assert (told["synthetic"], told["missing_parts"], len(told["parts"])) == (True, 0, 5)
    so2 = next(one for one in told["parts"] if one["substance"] == "sulphur_dioxide")
    assert so2["mean"] == 20, "not that of the measured fragment"
    reasons = {one["substance"]: one["reason"] for one in told["left_out"]}
    assert reasons["sulfur_dioxide"] == "no such parameter is declared; perhaps Sulphur dioxide is meant"
    assert reasons["pm2_5"] == "is measured, and the index is of synthetic series"
    measured = get(client, "/stations/AIR-BRN-4/index", synthetic="false", **query)
    assert (measured["synthetic"], measured["value"], measured["parts"]) == (False, None, [])
    assert "sulfur_dioxide" in {one["substance"] for one in measured["left_out"]}


def test_an_index_says_what_coarse_series_cannot_tell(client: TestClient) -> None:
    year = get(client, "/stations/AIR-BRN-3/index", index="iza5")
    assert year["interval"] == ["2023-01-09T17:00:00Z", "2024-01-10T17:00:00Z"], "whole days of Barnaul"
    told = get(client, "/stations/AIR-BRN-3/index", index="iza5", datetime="2024-01-10")
    assert any("20 minutes" in note for note in told["standard_index"]["notes"])


def test_an_index_of_a_time_that_is_not_over_says_so(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    class Earlier(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(2023, 6, 1, tzinfo=tz)

    note = norms.UNFINISHED.en
    assert note not in get(client, "/stations/AIR-BRN-3/index", index="iza5")["notes"]
    monkeypatch.setattr(norms, "datetime", Earlier)
    assert note in get(client, "/stations/AIR-BRN-3/index", index="iza5")["notes"]


def test_an_index_is_a_table_of_its_parts(client: TestClient) -> None:
    query = {"index": "iza5", "datetime": "2024-01-10", "f": "csv", "lang": "en"}
    answer = client.get("/stations/AIR-BRN-4/index", params=query)
    assert answer.headers["content-disposition"] == 'attachment; filename="AIR-BRN-4_iza5_synthetic.csv"'
    rows = list(csv_reader.DictReader(io.StringIO(answer.text)))
    parts = [row for row in rows if row["part_of"] == "parts"]
    assert (len(parts), {row["synthetic"] for row in rows}) == (5, {"true"})
    assert sum(float(row["part"]) for row in parts) == pytest.approx(float(rows[0]["value"]))
    assert {row["substance"] for row in rows if row["reason"]} >= {"sulfur_dioxide", "pm2_5"}


def test_a_day_that_is_not_over_is_not_judged(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"parameter": "nitrogen_dioxide", "limit": DAY, "datetime": "2024-01-10/2024-01-11"}
    (over,) = get(client, f"/stations/{POST}/exceedances", **query)["results"]
    assert (over["valid"], over["exceeding"]) == (2, 1)

    class Evening(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Evening":
            return cls(2024, 1, 11, 16, 59, tzinfo=tz)

    monkeypatch.setattr("altaigis.services.judgements.datetime", Evening)
    (running,) = get(client, f"/stations/{POST}/exceedances", **query)["results"]
    assert (running["periods"], running["valid"], running["exceeding"]) == (2, 1, 0)


@pytest.mark.parametrize(
    ("path", "query", "status", "told"),
    [
        ("/norms/honey", {}, 404, "no limit for 'honey'"),
        (f"/stations/{POST}/exceedances", {}, 400, "is required"),
        (f"/stations/{POST}/exceedances", {"parameter": "honey"}, 400, "nitrogen_dioxide"),
        (f"/stations/{POST}/exceedances", {"parameter": "nitrogen_dioxide", "norm": "mine"}, 400, "pdk_air"),
        (f"/stations/{POST}/exceedances", {"parameter": "nitrogen_dioxide", "limit": "x"}, 400, SINGLE),
        (f"/stations/{POST}/episodes", {"parameter": "nitrogen_dioxide", "gap": "soon"}, 400, "PT3H"),
        (f"/stations/{POST}/index", {"index": "aqi"}, 400, "iza5, izv"),
        (f"/stations/{POST}/index", {"index": "izv"}, 400, "has a limit in water"),
        ("/stations/nowhere/index", {}, 404, "no station"),
        ("/alerts", {"state": "asleep"}, 400, "open, closed, withdrawn"),
        ("/alerts", {"datetime": "soon"}, 400, "RFC 3339"),
        ("/alerts", {"rule": "nope"}, 400, "'nope' is none; there are"),
        ("/alerts", {"parameter": "nope"}, 400, "'nope' is none; there are"),
        ("/alerts.rss", {"parameter": "nope"}, 400, "'nope' is none; there are"),
        ("/alerts.rss", {"station": "NOPE"}, 404, "NOPE"),
    ],
)
def test_bad_questions_are_told(client: TestClient, path: str, query: dict[str, str], status: int, told: str) -> None:
    answer = client.get(path, params=query)
    assert (answer.status_code, told in answer.json()["description"]) == (status, True), answer.text


@pytest.mark.parametrize("path", ["/norms", "/norms/benzene", "/alerts"])
def test_pages_are_in_both_languages(client: TestClient, path: str) -> None:
    russian = client.get(path, params={"f": "html", "lang": "ru"})
    english = client.get(path, params={"f": "html", "lang": "en"})
    assert (russian.status_code, english.status_code) == (200, 200)
    assert ("Нормы" in russian.text or "Тревоги" in russian.text, "Нормы" in english.text) == (True, False)


def test_alerts_are_one_an_episode_however_often_and_in_which_order_it_comes(
    air: tuple[TestClient, Observatory],
) -> None:
    client, observatory = air
    now = pd.Timestamp("2024-01-13", tz="UTC").to_pydatetime()

    def alerts(**query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = get(client, "/alerts", limit="500", **query)["alerts"]
        return found

    look(observatory.database, observatory.catalog, now)
    first = alerts(station=POST, rule="single_above_limit")
    assert [(one["begin"], one["peak"], one["count"]) for one in first] == [("2024-01-10T23:00:00Z", 240, 9)]
    assert look(observatory.database, observatory.catalog, now) == 0, "nothing new, nothing twice"
    # a packet that comes late makes the episode longer; its number stays
    late = hours(POST, "nitrogen_dioxide", "2024-01-11T08:00", [300.0])
    observatory.load(csv(*late, header=f"{HEADER},flag,source"))
    look(observatory.database, observatory.catalog, now)
    (longer,) = alerts(station=POST, rule="single_above_limit")
    assert (longer["id"], longer["end"], longer["peak"]) == (first[0]["id"], "2024-01-11T08:00:00Z", 300)
    # a correction takes away what it stood on: it is withdrawn, and can be found
    fixed = hours(POST, "nitrogen_dioxide", "2024-01-10T23:00", [50.0] * 10)
    observatory.load(csv(*fixed, header=f"{HEADER},flag,source"))
    look(observatory.database, observatory.catalog, now)
    assert alerts(station=POST, rule="single_above_limit") == []
    (gone,) = alerts(station=POST, rule="single_above_limit", state="withdrawn")
    assert gone["id"] == first[0]["id"]


def test_an_alert_of_a_day_ends_with_a_day_below_the_limit(air: tuple[TestClient, Observatory]) -> None:
    client, observatory = air
    # a sample a day: the second day above the limit is followed by one below
    values = zip(("2024-02-05", "2024-02-06", "2024-02-07"), (1.5, 3.0, 0.5), strict=True)
    rows = [f"AIR-BSK-1,benzo_a_pyrene,{day}T05:00:00Z,{value},ng/m³,,net" for day, value in values]

    def alert() -> dict[str, Any]:
        look(observatory.database, observatory.catalog, pd.Timestamp("2024-02-08", tz="UTC").to_pydatetime())
        found: list[dict[str, Any]] = get(client, "/alerts", station="AIR-BSK-1", rule="day_above_limit")["alerts"]
        return found[0]

    observatory.load(csv(*rows[:2], header=f"{HEADER},flag,source"))
    assert (alert()["state"], alert()["peak"]) == ("open", 3.0)
    observatory.load(csv(*rows[2:], header=f"{HEADER},flag,source"))
    assert (alert()["state"], alert()["end"]) == ("closed", "2024-02-06T17:00:00Z")


def test_alerts_of_synthetic_series_say_so_in_every_door(air: tuple[TestClient, Observatory]) -> None:
    client, observatory = air
    look(observatory.database, observatory.catalog, pd.Timestamp("2024-01-13", tz="UTC").to_pydatetime())
    (alert,) = get(client, "/alerts", station=MADE_UP, kind="exceedance")["alerts"]
    assert alert["synthetic"] is True
    assert "synthetic series" in alert["title"]
    feed = client.get("/alerts.rss", params={"lang": "ru", "station": MADE_UP})
    assert feed.headers["content-type"].startswith("application/rss+xml")
    items = ElementTree.fromstring(feed.content).findall("channel/item")
    assert any("синтетический ряд" in (item.findtext("title") or "") for item in items)
    guids = [item.findtext("guid") for item in items]
    assert len(set(guids)) == len(guids) > 0
    features = get(client, "/collections/alerts/items", limit="1000")["features"]
    mine = [one["properties"] for one in features if one["properties"]["station_id"] == MADE_UP]
    assert mine
    assert all(one["synthetic"] for one in mine)


def test_a_silent_station_is_told_until_it_speaks(air: tuple[TestClient, Observatory]) -> None:
    client, observatory = air
    # the day of its last word is years away: it is an archive, and no station that has fallen silent
    old = hours("AIR-BRN-5", "pm10", "2019-05-01T00:00", [1.0] * 3)
    observatory.load(csv(*old, header=f"{HEADER},flag,source"))
    later = pd.Timestamp("2024-03-01", tz="UTC").to_pydatetime()
    look(observatory.database, observatory.catalog, later)
    assert get(client, "/alerts", station="AIR-BRN-5", kind="silence")["alerts"] == []
    (silent,) = get(client, "/alerts", station="AIR-BRN-3", kind="silence")["alerts"]
    assert (silent["state"], silent["begin"]) == ("open", "2024-01-10T16:00:00Z")
    observatory.load(csv(*hours("AIR-BRN-3", "pm10", "2024-02-29T22:00", [1.0]), header=f"{HEADER},flag,source"))
    look(observatory.database, observatory.catalog, later)
    (spoken,) = get(client, "/alerts", station="AIR-BRN-3", kind="silence")["alerts"]
    assert (spoken["id"], spoken["state"]) == (silent["id"], "closed")
    # one that was told while it was news stays, however long it lasts
    (other,) = get(client, "/alerts", station="AIR-BRN-4", kind="silence")["alerts"]
    look(observatory.database, observatory.catalog, pd.Timestamp("2025-03-01", tz="UTC").to_pydatetime())
    (still,) = get(client, "/alerts", station="AIR-BRN-4", kind="silence")["alerts"]
    assert (still["id"], still["state"]) == (other["id"], "open")


def test_a_station_with_values_stays(air: tuple[TestClient, Observatory]) -> None:
    client, observatory = air
    key = keys.add(observatory.database, "keeper", ("edit:monitoring_points",))
    answer = client.delete(f"/collections/monitoring_points/items/{POST}", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 400, answer.text
    assert "series of values" in answer.json()["description"]
    assert client.get(f"/stations/{POST}").status_code == 200


def test_an_index_tells_what_it_would_be_by_a_rival_limit(air: tuple[TestClient, Observatory]) -> None:
    client, observatory = air
    river = "GRDC-2910440"
    values = {
        "dissolved_oxygen": 8, "bod_total": 3, "petroleum_products": 0.1, "phenols": 0.002, "copper_total": 0.004,
        "iron_total": 0.2, "ammonium_n": 0.3,
    }  # fmt: skip
    rows = [f"{river},{name},2024-05-01T06:00:00Z,{value},mg/l,,net" for name, value in values.items()]
    assert observatory.load(csv(*rows, header=f"{HEADER},flag,source")).refused == 0
    told = get(client, f"/stations/{river}/index", index="izv")
    (other,) = told["alternatives"]
    assert other["substance"] == "copper_total"
    (copper,) = (one for one in told["parts"] if one["substance"] == "copper_total")
    assert copper["limit_value"] != other["limit_value"]
    replaced = told["value"] + (copper["mean"] / other["limit_value"] - copper["part"]) / 6
    assert other["value"] == pytest.approx(replaced)
    assert any("different values" in note for note in told["notes"])
    answer = client.get(f"/stations/{river}/index", params={"index": "izv", "f": "csv", "lang": "en"})
    rows = list(csv_reader.DictReader(io.StringIO(answer.text)))
    (line,) = (row for row in rows if row["part_of"] == "alternatives")
    assert (line["substance"], line["source"]) == ("copper_total", other["source"])
    assert float(line["value"]) == pytest.approx(other["value"])
    assert all("different values" in row["notes"] for row in rows)


@pytest.mark.parametrize(("now", "so_far"), [("2024-01-11T10:00Z", True), ("2024-01-11T17:00Z", False)])
def test_an_alert_of_a_day_that_is_not_over_says_so(
    air: tuple[TestClient, Observatory], now: str, so_far: bool
) -> None:
    begin, end = (pd.Timestamp(it, tz="UTC").to_pydatetime() for it in ("2024-01-10T17:00", "2024-01-11T17:00"))
    held = Held(
        "day_above_limit", POST, begin, end, True, "nitrogen_dioxide", False, DAY, 100, "µg/m³", 150, begin, 1
    )  # fmt: skip
    alert = Alert(1, held, "open", begin, begin)
    told = words(alert, air[1].catalog, {}, pd.Timestamp(now).to_pydatetime())
    assert ("the day is not over" in told.en, "сутки не кончились" in told.ru) == (so_far, so_far)
