"""Indicators on the map, its themes, and what a link can and cannot bring back; held against the API."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import NewVisit, Visit
from tests.browser.mapping import expect_in_link

FILL = "document.querySelector(`path[data-layer=districts][data-fid={}]`).getAttribute('fill')"


def fill(page: Page, unit: str) -> str:
    return str(page.evaluate(FILL.replace("{}", f'"{unit}"')))


def test_a_chosen_indicator_colours_the_units_as_the_api_classes_them(visit: Visit, api: httpx.Client) -> None:
    page = visit.open()
    page.get_by_test_id("indicator").select_option("wage_total")
    expect(page.get_by_test_id("legend")).to_contain_text("Среднемесячная зарплата, 2024")
    classes = api.get("/indicators/wage_total/classes", params={"period": 2024, "series": "fixed"}).json()
    rows = api.get("/indicators/wage_total/values", params={"period": 2024}).json()["values"]
    values = {row["territory_id"]: row["value"] for row in rows}
    for unit in ("smolensky", "barnaul", "altaysky", "sovetsky"):
        at = sum(values[unit] >= bound for bound in classes["breaks"])
        assert fill(page, unit) == classes["classes"][at]["colour"]
    expect_in_link(page, "ind=wage_total")
    assert not visit.complaints


def test_a_link_brings_back_the_indicator_its_year_and_its_form(new_visit: NewVisit) -> None:
    page = new_visit().open("/?lang=en#ind=pop_jan1/period:2023/per:area/method:jenks/count:4")
    expect(page.get_by_test_id("legend")).to_contain_text("Population on 1 January, per km², 2023")
    expect(page.get_by_test_id("legend-class")).to_have_count(4)
    expect(page.get_by_test_id("period")).to_have_attribute("aria-valuetext", "2023")
    again = new_visit().open("/?lang=en#ind=pop_jan1/symbols")
    expect(again.get_by_test_id("legend")).to_contain_text("The area of a circle")
    expect(again.locator("svg path.leaflet-interactive[data-layer=districts]")).to_have_count(69)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/?lang=en#layers=districts,gone&colour=red", "colour=red, gone"),
        ("/?lang=en#ind=no_such", "no_such"),
        ("/?lang=en#ind=wage_total/%3Cscript%3E", "ind=wage_total/<script>"),
        ("/?lang=en#sel=districts/nowhere", "districts/nowhere"),
    ],
)
def test_a_broken_link_opens_what_it_can_and_says_what_it_left_out(visit: Visit, address: str, told: str) -> None:
    page = visit.open(address)
    expect(page.get_by_test_id("notice")).to_contain_text(told)
    expect(page.locator("path[data-layer=districts]")).to_have_count(69)


def test_the_theme_is_the_systems_until_the_reader_chooses(visit: Visit) -> None:
    visit.page.emulate_media(color_scheme="dark")
    page = visit.open()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.get_by_test_id("theme").click()
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_layers_are_found_by_words_and_made_fainter(visit: Visit) -> None:
    page = visit.open("/?lang=en#layers=districts,lakes")
    page.get_by_test_id("filter").fill("lake")
    expect(page.get_by_test_id("layer-lakes")).to_be_visible()
    expect(page.get_by_test_id("layer-districts")).to_have_count(0)
    page.get_by_test_id("layer-lakes").locator("summary").click()
    slider = page.get_by_label("Opacity of")
    slider.fill("0.5")
    expect(page).to_have_url(re.compile("opacity=lakes:50"))
    assert page.evaluate("document.querySelector('path[data-layer=lakes]').getAttribute('opacity')") == "0.5"
