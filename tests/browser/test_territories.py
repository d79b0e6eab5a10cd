"""Passports and comparisons in the drawer: the figures of the API, links that bring them back, and units that are shown
everywhere when they are pointed at anywhere."""

import csv
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect
from tests.browser.conftest import NewVisit, Visit
from tests.browser.mapping import expect_in_link, expect_not_in_link

THREE = "units=smolensky,altaysky,zarinsky"


def said(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}"


def district(unit: str) -> str:
    return f"path[data-layer=districts][data-fid={unit}]"


def test_a_popup_opens_the_passport_with_the_figures_of_the_api(visit: Visit, api: httpx.Client) -> None:
    page = visit.open("/?lang=en#sel=districts/smolensky")
    page.get_by_test_id("popup-passport").click()
    sheet = page.get_by_test_id("passport-sheet")
    expect(page.get_by_test_id("drawer")).to_contain_text("Passport: Smolensky District")
    told = {it["code"]: it for it in api.get("/passports/smolensky", params={"lang": "en"}).json()["indicators"]}
    for code in ("pop_jan1", "wage_total", "net_migration_rate"):
        rows = api.get(f"/indicators/{code}/values", params={"territory": "smolensky,krai"}).json()["values"]
        last = max(row["period"] for row in rows)
        (own,) = (row["value"] for row in rows if row["territory_id"] == "smolensky" and row["period"] == last)
        figure = sheet.locator(f"dd[data-code={code}]")
        expect(figure).to_contain_text(re.sub("0+$", "", said(abs(own), told[code]["digits"]).rstrip(".")))
        expect(figure).to_contain_text(f"{last} · place {told[code]['place']} of {told[code]['of']}")
    expect_in_link(page, "passport=smolensky")
    again = api.get(sheet.get_by_test_id("passport-print").get_attribute("href") or "")
    assert "Smolensky District" in again.text
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("drawer")).to_be_hidden()
    expect_not_in_link(page, "passport=")
    assert visit.complaints == []


def test_shift_picks_units_and_a_link_brings_the_comparison_back(
    visit: Visit, new_visit: NewVisit, tmp_path: Path
) -> None:
    page = visit.open("/?lang=en#layers=districts,krai")
    page.locator(district("topchikhinsky")).click(modifiers=["Shift"])
    page.locator(district("aleysky")).focus()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_test_id("picked").locator("li")).to_have_count(2)
    expect(page.get_by_test_id("popup")).to_have_count(0)
    page.get_by_test_id("compare").click()
    rows = page.get_by_test_id("comparing").locator("tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_test_id("compare-scatter").click()
    page.get_by_test_id("compare-x").select_option("share_0_14")
    expect(page.get_by_test_id("comparing").locator("g.mark")).to_have_count(69)
    expect(page.get_by_test_id("compare-x")).to_have_value("share_0_14")
    expect_in_link(page, "compare=scatter/share_0_14/")

    other = new_visit().open(page.url.removeprefix(visit.server))
    expect(other.get_by_test_id("picked").locator("li")).to_have_count(2)
    expect(other.locator("g.is-picked")).to_have_count(2)
    expect(other.get_by_test_id("compare-x")).to_have_value("share_0_14")
    expect(other).to_have_url(page.url)
    with other.expect_download() as download:
        other.get_by_test_id("compare-csv").click()
    download.value.save_as(tmp_path / "compared.csv")
    with (tmp_path / "compared.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 70
    assert visit.complaints == []


def test_what_is_pointed_at_in_the_chart_is_shown_on_the_map_and_the_other_way(visit: Visit) -> None:
    page = visit.open(f"/?lang=ru#layers=districts&{THREE}&compare=bar/wage_total")
    chart = page.get_by_test_id("comparing")
    outlines = page.locator(".leaflet-highlight-pane path")
    expect(outlines).to_have_count(6)
    chart.locator("g[data-unit=altaysky]").hover()
    expect(outlines).to_have_count(7)
    expect(page.get_by_test_id("compare-said")).to_contain_text("Алтайский район")
    page.locator(district("romanovsky")).hover()
    expect(chart.locator("g.lit")).to_have_attribute("data-unit", "romanovsky")
    expect(page.get_by_test_id("compare-said")).to_contain_text("Романовский район")
    chart.locator("svg.chart").focus()
    page.keyboard.press("ArrowDown")
    expect(chart.locator("g.lit .place")).not_to_have_text("")
    assert visit.complaints == []


def test_a_table_is_sorted_by_its_headings(visit: Visit) -> None:
    page = visit.open(f"/?lang=en#{THREE}&compare=table")
    table = page.get_by_test_id("comparing").locator("table")
    people = table.locator("thead button").nth(1)
    people.click()
    expect(table.locator("thead th[aria-sort=descending]")).to_have_count(1)
    expect(table.locator("tbody tr").first).to_have_attribute("data-unit", "altaysky")
    people.click()
    expect(table.locator("tbody tr").first).to_have_attribute("data-unit", "zarinsky")
    expect(table.locator("tfoot tr")).to_have_count(2)


@pytest.mark.parametrize("units", ["smolensky", "krai", "big_belokurikha"])
def test_the_page_prints_on_one_sheet(visit: Visit, units: str) -> None:
    visit.page.goto(f"{visit.server}/passports/{units}?f=html&lang=ru")
    sheet = visit.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    assert visit.complaints == []


def test_units_that_there_are_not_are_told(visit: Visit) -> None:
    page = visit.open("/?lang=en#units=smolensky,nowhere&compare=bar/no_such")
    expect(page.get_by_test_id("notice")).to_contain_text("nowhere")
    expect(page.get_by_test_id("picked").locator("li")).to_have_count(1)
    expect(page.get_by_test_id("compare-x")).to_have_value("wage_total")


def test_in_a_narrow_window_the_panel_makes_room_for_the_drawer(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 1024, "height": 768})
    page = visit.open("/?lang=en#passport=smolensky")
    expect(page.get_by_test_id("drawer")).to_be_visible()
    expect(page.get_by_test_id("layers")).to_be_hidden()
    page.get_by_test_id("drawer").get_by_role("button", name="Close").click()
    expect(page.get_by_test_id("layers")).to_be_visible()
    # what the reader has folded stays so
    page.get_by_test_id("fold").click()
    page.evaluate("location.hash = 'passport=altaysky&lang=en'")
    expect(page.get_by_test_id("drawer")).to_contain_text("Altaysky")
    page.get_by_test_id("drawer").get_by_role("button", name="Close").click()
    expect(page.get_by_test_id("layers")).to_be_hidden()
