"""Stations on the map: statuses, values and alerts are those of the API, in both languages; news is seen at once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from altaigis.store import keys
from browser.conftest import NewVisit, Visit
from browser.mapping import expect_in_link, expect_not_in_link, view
from conftest import Installation, running_server
from observing import HEADER, csv, observatory_at

PATIENCE_MS = 30_000
DIRTY, CLOSE, QUIET, FRESH = "AIR-BRN-1", "AIR-BRN-2", "AIR-BRN-4", "AIR-BRN-5"
NOW = pd.Timestamp.now("UTC").floor("h")
#: Weather stations all over the krai, each a little warmer than the one before.
METEO = ("29816", "29822", "29832", "29837", "29848", "29915", "29923", "29937", "36020", "36022", "36034", "36045")
LIMIT = 100


def hours(
    station: str, parameter: str, values: list[float], end: pd.Timestamp = NOW, source: str = "synthetic: a test"
) -> list[str]:
    times = pd.date_range(end=end, periods=len(values), freq="h")
    unit = "°C" if parameter == "air_temperature" else "µg/m³"
    return [
        f"{station},{parameter},{time:%Y-%m-%dT%H:%M:%SZ},{value},{unit},,{source}"
        for time, value in zip(times, values, strict=True)
    ]


ROWS = [
    *hours(DIRTY, "nitrogen_dioxide", [120.0] * 96),
    *hours(CLOSE, "nitrogen_dioxide", [85.0] * 96, source="net"),
    *hours(FRESH, "nitrogen_dioxide", [20.0] * 96),
    *hours(QUIET, "nitrogen_dioxide", [150.0] * 48, NOW - pd.Timedelta(days=10)),
    # a measured series that the made-up one has outlived
    *hours(QUIET, "nitrogen_dioxide", [10.0] * 48, NOW - pd.Timedelta(days=90), source="net"),
    *(row for at, station in enumerate(METEO) for row in hours(f"WMO-{station}", "air_temperature", [at - 8.0] * 96)),
]


@dataclass(frozen=True)
class Network:
    """A server with a worker beside it, on a database with these stations."""

    url: str
    key: str

    def get(self, path: str, lang: str = "en", **query: str) -> Any:
        answer = httpx.get(self.url + path, params={"lang": lang, **query}, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def standings(self, parameter: str = "nitrogen_dioxide", lang: str = "en") -> dict[str, dict[str, Any]]:
        told = self.get("/stations/status", lang, parameter=parameter)
        return {row["station"]: row for row in told["stations"]}


@pytest.fixture(scope="module")
def network(
    installation: Installation, copy_of_database: Callable[[str], str], drop_database: Callable[[str], None]
) -> Iterator[Network]:
    url = copy_of_database(installation.template)
    with observatory_at(url) as observatory:
        receipt = observatory.load(csv(*ROWS, header=f"{HEADER},flag,source"))
        assert receipt.refused == 0, receipt.reasons
        key = keys.add(observatory.database, "gauge", ("observe", "run"))
    # its worker looks for alerts, and draws surfaces
    with running_server(installation.settings.project, url, ALTAIGIS_JOBS="1") as address:
        yield Network(address, key)
    drop_database(url)


@pytest.fixture
def watch(network: Network, new_visit: NewVisit) -> Callable[..., Visit]:
    def make(*size: int, **options: Any) -> Visit:
        visit = new_visit(*size, **options)
        visit.server = network.url
        return visit

    return make


def sign(page: Page, station: str) -> Any:
    return page.locator(f".station-sign[data-station='{station}']")


def said(value: float, lang: str) -> str:
    """As the map writes it."""
    text = f"{abs(value):.1f}".removesuffix(".0")
    return ("−" if value < 0 else "") + (text.replace(".", ",") if lang == "ru" else text)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_stations_are_drawn_by_status_in_shape_and_word(
    network: Network, watch: Callable[..., Visit], lang: str
) -> None:
    visit = watch()
    page = visit.open(f"/?lang={lang}#obs=nitrogen_dioxide")
    rows = network.standings(lang=lang)
    assert {rows[name]["status"] for name in (DIRTY, CLOSE, QUIET, FRESH)} == {"above", "near", "silent", "below"}
    expect(page.locator(".station-sign")).to_have_count(len(rows))
    shapes = {}
    for name, row in rows.items():
        label = sign(page, name).get_attribute("aria-label") or ""
        assert label.startswith(f"{row['name']}: {row['status_title']}; {said(row['value'], lang)}\u00a0"), label
        assert (("синтетический ряд" if lang == "ru" else "synthetic series") in label) == row["synthetic"]
        shapes.setdefault(row["status"], sign(page, name).locator("path").get_attribute("d"))
    assert len(set(shapes.values())) == len(shapes), "without their colours the signs are alike"
    told = network.get("/stations/status", lang, parameter="nitrogen_dioxide")
    legend = page.get_by_test_id("observed-legend")
    for one in told["statuses"]:
        if one["count"]:
            expect(legend.locator(f"[data-status={one['status']}]")).to_have_text(f"{one['title']}: {one['count']}")
    expect(legend.locator(".made-up")).to_contain_text("интетические ряды" if lang == "ru" else "synthetic series")
    # the same as a table
    page.get_by_test_id("observed-table").click()
    for name, row in rows.items():
        expect(page.locator(f"tr[data-station='{name}']")).to_contain_text(row["status_title"])
    assert visit.complaints == []
    assert visit.outside == set()


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_station_opens_with_its_series_norms_and_episodes(
    network: Network, watch: Callable[..., Visit], lang: str
) -> None:
    visit = watch()
    page = visit.open(f"/?lang={lang}#obs=nitrogen_dioxide")
    sign(page, DIRTY).focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_test_id("station-sheet")
    expect(sheet.locator(".uplot")).to_be_visible(timeout=PATIENCE_MS)
    row = network.standings(lang=lang)[DIRTY]
    expect(page.locator("#drawer-title")).to_have_text(row["name"])
    now = sheet.locator("tr[data-parameter=nitrogen_dioxide]")
    expect(now).to_contain_text(row["status_title"])
    expect(now).to_contain_text("1,2 нормы" if lang == "ru" else "1.2 times the norm")
    expect(sheet.get_by_test_id("made-up")).to_contain_text("интетическ" if lang == "ru" else "ynthetic")
    sheet.locator("select[name=bucket]").select_option("day")
    norms = sheet.locator(".key .of-norm")
    expect(norms.filter(has_text="ПДК" if lang == "ru" else "Russian limit")).to_contain_text(f"{LIMIT}")
    expect(norms.first).to_contain_text("действует с" if lang == "ru" else "in force since")
    told = network.get(f"/stations/{DIRTY}/episodes", lang, parameter="nitrogen_dioxide")
    episodes = [one for result in told["results"] if "interim" not in result["limit"] for one in result["episodes"]]
    expect(sheet.get_by_test_id("station-episodes").locator("tbody tr")).to_have_count(len(episodes))
    assert episodes
    # the stretch as a file, and the picture
    table = httpx.get(sheet.locator("a[data-format=csv]").get_attribute("href") or "").text
    assert table.startswith('"station","parameter","unit","synthetic","time"')
    with page.expect_download() as saved:
        sheet.locator(".png").click()
    assert saved.value.suggested_filename == f"{DIRTY}-nitrogen_dioxide.png"
    # the link brings it back
    expect_in_link(page, f"station={DIRTY}/parameter:nitrogen_dioxide/period:30d/bucket:day")
    again = watch()
    other = again.open(page.url.removeprefix(network.url))
    expect(other.get_by_test_id("station-sheet").locator("select[name=bucket]")).to_have_value("day")
    expect(other.get_by_test_id("station-sheet").locator(".uplot")).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("drawer")).to_be_hidden()
    expect_not_in_link(page, "station=")
    assert visit.complaints == []


def test_two_series_of_one_parameter_are_told_apart(network: Network, watch: Callable[..., Visit]) -> None:
    page = watch().open(f"/?lang=en#station={QUIET}")
    sheet = page.get_by_test_id("station-sheet")
    parameter, readout = sheet.locator("select[name=parameter]"), sheet.locator(".readout")
    expect(sheet.locator(".uplot")).to_be_visible(timeout=PATIENCE_MS)
    expect(parameter).to_have_value("nitrogen_dioxide_synthetic")
    expect(readout).to_contain_text("synthetic series")
    options = parameter.locator("option").all_inner_texts()
    assert sorted(text.rpartition(" (")[2] for text in options) == ["measured series)", "synthetic series)"]
    parameter.select_option("nitrogen_dioxide_measured")
    expect_in_link(page, "parameter:nitrogen_dioxide_measured")
    expect(readout).not_to_contain_text("synthetic", timeout=PATIENCE_MS)
    table = httpx.get(sheet.locator("a[data-format=csv]").get_attribute("href") or "").text.splitlines()
    assert len(table) == 49
    page.goto(f"{network.url}/stations/{QUIET}?f=html&lang=en")
    page.locator("a[href='#parameter=nitrogen_dioxide_synthetic']").click()
    expect(page.locator("#series-view .readout")).to_contain_text("synthetic series", timeout=PATIENCE_MS)


def test_alerts_are_those_of_the_api_and_lead_to_their_time(network: Network, watch: Callable[..., Visit]) -> None:
    def counted() -> int:
        found: int = network.get("/alerts", state="open", parameter="nitrogen_dioxide", limit="1")["numberMatched"]
        return found

    # the worker looks every now and then
    deadline = monotonic() + 60
    while not counted():
        assert monotonic() < deadline, "the worker has found no alert"
        sleep(0.5)
    page = watch().open("/?lang=en#obs=nitrogen_dioxide")
    expect(page.get_by_test_id("alert-count")).to_have_text(str(counted()))
    page.get_by_test_id("alerts").click()
    listed = page.get_by_test_id("alerts-sheet").locator("li")
    expect(listed).to_have_count(counted())
    page.get_by_test_id("alert-state").select_option("all")
    everything = network.get("/alerts", parameter="nitrogen_dioxide", limit="50")
    expect(listed).to_have_count(len(everything["alerts"]))
    expect_in_link(page, "alerts=all/nitrogen_dioxide")
    for at, alert in enumerate(everything["alerts"]):
        expect(listed.nth(at)).to_contain_text(alert["title"])
    feed = page.get_by_test_id("alerts-sheet").get_by_text("RSS").get_attribute("href") or ""
    assert "<rss" in httpx.get(feed).text
    mine = next(alert for alert in everything["alerts"] if alert["station"] == DIRTY)
    page.locator(f"[data-alert='{mine['id']}'] button").click()
    expect(page.get_by_test_id("station-sheet")).to_have_attribute("data-station", DIRTY)
    expect(page.get_by_test_id("station-sheet").locator(".uplot")).to_be_visible(timeout=PATIENCE_MS)
    expect_in_link(page, "from:")
    begin = re.search(r"from:(\S+?)/", page.url)
    assert begin, page.url
    assert pd.Timestamp(begin[1]) < pd.Timestamp(mine["begin"]) < NOW
    # in the means that the limit is of, with the limit across them, and nothing of the time that has not come
    assert mine["limit"].endswith("daily_mean")
    expect(page.get_by_test_id("station-sheet").locator("select[name=bucket]")).to_have_value("day")
    expect(page.get_by_test_id("station-sheet").locator(".of-norm").first).to_contain_text(f"{LIMIT}")
    end = re.search(r"to:([^/&]+)", page.url)
    assert end
    assert pd.Timestamp(end[1]) <= pd.Timestamp.now("UTC")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_time_is_gone_through_with_the_values_of_the_api(
    network: Network, watch: Callable[..., Visit], lang: str
) -> None:
    visit = watch()
    page = visit.open(f"/?lang={lang}#obs=air_temperature")
    page.get_by_test_id("in-time").click()
    expect(page.get_by_test_id("timebar")).to_be_visible()
    told = network.get(
        "/stations/series",
        lang,
        parameter="air_temperature",
        bucket="day",
        datetime=f"{NOW - pd.Timedelta(days=2):%Y-%m-%d}/..",
    )
    frames = {one["station"]: dict(zip(told["times"], one["values"], strict=True)) for one in told["stations"]}
    page.get_by_test_id("moment").focus()
    page.keyboard.press("ArrowLeft")
    time = told["times"][-2]
    expect_in_link(page, f"obs=air_temperature/day/{time[:16]}Z")
    for name, values in frames.items():
        label = sign(page, name).get_attribute("aria-label") or ""
        value = values[time]
        none = "нет значения" if lang == "ru" else "no value"
        assert f": {none if value is None else said(value, lang)}" in label, label
    day = pd.Timestamp(time).tz_convert("Asia/Barnaul")
    expect(page.get_by_test_id("moment-name")).to_contain_text(f"{day.day} ")
    name = page.get_by_test_id("moment-name").inner_text()
    expect(page.get_by_test_id("legend-moment")).to_contain_text(name)
    page.get_by_test_id("share").click()
    expect(page.get_by_test_id("share-title")).to_have_value(re.compile(f"{re.escape(name)}$"))
    page.keyboard.press("Escape")
    former = page.url
    page.get_by_test_id("play-time").click()
    expect(page.get_by_test_id("play-time")).to_have_text("❚❚")
    page.wait_for_function("former => location.href !== former", arg=former)
    page.get_by_test_id("play-time").click()
    again = watch().open(former.removeprefix(network.url))
    expect(again.get_by_test_id("moment-name")).to_contain_text(f"{day.day} ")
    page.get_by_test_id("now").click()
    expect(page.get_by_test_id("timebar")).to_be_hidden()
    assert visit.complaints == []


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_table_is_of_what_the_map_shows_of_the_stations(
    network: Network, watch: Callable[..., Visit], lang: str
) -> None:
    visit = watch()
    page = visit.open(f"/?lang={lang}#obs=nitrogen_dioxide")
    page.keyboard.press("t")
    sheet = page.get_by_test_id("table-sheet")
    standings = network.standings(lang=lang)
    expect(sheet.locator("tbody tr")).to_have_count(len(standings))
    for name, row in standings.items():
        line = sheet.locator(f"tr[data-unit='{name}']")
        expect(line).to_contain_text(row["name"])
        expect(line).to_contain_text(said(row["value"], lang))
        expect(line).to_contain_text(row["status_title"])
    expect_in_link(page, "table=monitoring_points")
    page.get_by_test_id("in-time").click()
    expect(sheet.locator("caption")).to_contain_text(page.get_by_test_id("moment-name").inner_text())
    page.get_by_test_id("moment").focus()
    page.keyboard.press("ArrowLeft")
    expect(sheet.locator("caption")).to_contain_text(page.get_by_test_id("moment-name").inner_text())
    with page.expect_download() as download:
        page.get_by_test_id("table-csv").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + sheet.locator("tbody tr").count()
    assert visit.complaints == []


def test_what_is_posted_is_seen_without_a_reload(network: Network, watch: Callable[..., Visit]) -> None:
    visit = watch()
    page = visit.open("/?lang=en#obs=nitrogen_dioxide")
    expect(page.get_by_test_id("live")).to_have_attribute("data-line", "live")
    expect(sign(page, FRESH)).to_have_attribute("aria-label", re.compile("below the norm; 20"))
    row = {
        "station": FRESH,
        "parameter": "nitrogen_dioxide",
        "time": f"{NOW:%Y-%m-%dT%H:%M:30Z}",
        "value": 260,
        "unit": "µg/m³",
        "source": "synthetic: a test",
    }
    answer = httpx.post(
        f"{network.url}/observations", json=[row], headers={"Authorization": f"Bearer {network.key}"}, timeout=30
    )
    assert answer.json()["added"] == 1, answer.text
    expect(sign(page, FRESH)).to_have_attribute("aria-label", re.compile("above the norm; 260"), timeout=PATIENCE_MS)
    assert visit.complaints == []


def test_that_the_line_is_away_is_told_and_it_is_tried_again(network: Network, watch: Callable[..., Visit]) -> None:
    visit = watch()
    visit.page.route("**/events?*", lambda route: route.abort())
    page = visit.open("/?lang=en#obs=nitrogen_dioxide")
    expect(page.get_by_test_id("live")).to_have_attribute("data-line", "away", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("live")).to_contain_text("tried again")
    assert page.locator(".station-sign").count() == len(network.standings())
    page.unroute("**/events?*")
    expect(page.get_by_test_id("live")).to_have_attribute("data-line", "live", timeout=PATIENCE_MS)


def test_a_surface_stands_beside_its_error(network: Network, watch: Callable[..., Visit]) -> None:
    visit = watch()
    page = visit.open("/?lang=en#obs=air_temperature")
    page.get_by_test_id("surface").click()
    page.get_by_test_id("key").fill("altai_wrong")
    page.get_by_test_id("run-surface").click()
    expect(page.get_by_test_id("run-failed")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_test_id("key").fill(network.key)
    page.get_by_test_id("run-surface").click()
    expect(page.get_by_test_id("result-text")).to_contain_text("standard error", timeout=120_000)
    expect(page.get_by_test_id("surface-sheet")).to_contain_text("synthetic")
    expect_in_link(page, "beside=result_")
    shown = re.search(r"result_[0-9a-z]+", page.url)
    assert shown, page.url
    # the estimate on one map, its error on the other, and both move together
    tiles = "maps => maps.map(map => [...map.querySelectorAll('img.leaflet-tile')].map(tile => tile.src).join())"
    own, other = page.locator("#map, .twin-map").evaluate_all(tiles)
    assert f"/{shown[0]}/" in own
    assert f"/{shown[0]}_error/" in other
    strip = page.get_by_test_id("beside-strip")
    expect(strip).to_contain_text("Standard error")
    expect(strip.locator(".histogram")).to_have_count(2)
    # with panel and drawer open both are wide enough to be read, one above the other
    boxes = [box.bounding_box() or {} for box in (page.get_by_test_id("map"), page.get_by_test_id("twin-map"))]
    assert all(box["width"] > 400 and box["height"] > 300 for box in boxes)
    assert boxes[1]["y"] == pytest.approx(boxes[0]["y"] + boxes[0]["height"], abs=2)
    again = watch().open(page.url.removeprefix(network.url))
    expect(again.get_by_test_id("twin-map")).to_be_visible()
    expect(again.get_by_test_id("beside-strip")).to_contain_text("Standard error")
    assert view(again) == pytest.approx(view(page), abs=0.02)
    again.get_by_test_id("beside-close").click()
    expect(again.get_by_test_id("twin-map")).to_have_count(0)
    expect_not_in_link(again, "beside=")
    page.get_by_test_id("show-error").click()
    expect(page.get_by_test_id("twin-map")).to_have_count(0)
    expect(page.get_by_test_id("legend")).to_contain_text("Standard error")
    expect_in_link(page, f"{shown[0]}_error")
    assert shown[0] not in re.findall(r"result_[0-9a-z]+(?:_[a-z]+)?", page.url)
    # the stations show the values that the surface is made of
    expect(page.get_by_test_id("timebar")).to_be_visible()


def test_what_a_link_names_and_nobody_has_is_told(watch: Callable[..., Visit]) -> None:
    page = watch().open("/?lang=en#obs=honey&station=nowhere&alerts=asleep")
    notice = page.get_by_test_id("notice")
    for part in ("honey", "nowhere", "alerts=asleep"):
        expect(notice).to_contain_text(part)
    assert page.locator(".station-sign").count() == 0


def test_a_phone_has_the_bar_of_time_above_the_sheet(watch: Callable[..., Visit]) -> None:
    visit = watch(390, 844, touch=True)
    page = visit.open("/?lang=ru#obs=air_temperature/day")
    bar = page.get_by_test_id("timebar").bounding_box()
    grip = page.get_by_test_id("grip").bounding_box()
    scale = page.locator(".leaflet-control-scale").bounding_box()
    assert bar
    assert grip
    assert scale
    assert bar["x"] >= 0
    assert bar["x"] + bar["width"] <= 390
    assert bar["y"] + bar["height"] <= grip["y"]
    assert scale["y"] + scale["height"] <= bar["y"], "the bar lies over the scale"
    sign(page, "WMO-29837").tap()
    expect(page.get_by_test_id("station-sheet").locator(".uplot")).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
