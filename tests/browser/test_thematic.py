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
        ("/?lang=en#layers=gone", "gone"),
        ("/?lang=en#layers=rivers&passport=smolensky,nowhere", "nowhere"),
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


Z_OF = (
    "layer => Number(getComputedStyle(document.querySelector(`[data-layer=${layer}]`).closest('.leaflet-pane')).zIndex)"
)


def test_layers_are_put_over_each_other_and_a_link_keeps_it(visit: Visit, new_visit: NewVisit) -> None:
    page = visit.open("/?lang=en#layers=districts,krai,lakes,rivers")
    assert page.evaluate(Z_OF, "rivers") > page.evaluate(Z_OF, "districts")
    page.get_by_test_id("layer-rivers").locator("summary").click()
    sink = page.get_by_test_id("layer-rivers").get_by_test_id("sink")
    rise = page.get_by_test_id("layer-rivers").get_by_test_id("rise")
    for order in ("lakes,rivers,districts", "lakes,districts,rivers"):
        sink.click()
        expect_in_link(page, f"order={order}")
    expect(sink).to_be_disabled()
    expect(rise).to_be_enabled()
    assert page.evaluate(Z_OF, "rivers") < page.evaluate(Z_OF, "districts")
    other = new_visit().open(page.url.removeprefix(visit.server))
    assert other.evaluate(Z_OF, "rivers") < other.evaluate(Z_OF, "districts") < other.evaluate(Z_OF, "lakes")
    page.get_by_test_id("layer-rivers").get_by_test_id("rise").focus()
    page.keyboard.press("Enter")
    expect_in_link(page, "order=lakes,rivers,districts")
    assert visit.complaints == []


def test_a_popup_tells_what_else_lies_there(visit: Visit) -> None:
    page = visit.open("/?lang=en#layers=districts,krai,resort_clusters&sel=districts/smolensky")
    also = page.get_by_test_id("popup-also")
    expect(also.get_by_role("button")).to_have_count(2)
    expect(also).to_contain_text("Big Belokurikha")
    also.get_by_role("button", name="Big Belokurikha").first.click()
    expect(page.get_by_test_id("popup-sentence")).to_contain_text("Big Belokurikha")
    expect(page.get_by_test_id("popup-also")).to_contain_text("Smolensky District")
    expect_in_link(page, "sel=resort_clusters/")


def test_the_pointer_tells_the_value_that_is_on_the_map(visit: Visit, api: httpx.Client) -> None:
    page = visit.open("/?lang=en#map=8/53/83.5&layers=districts,krai&ind=wage_total/period:2024")
    rows = api.get("/indicators/wage_total/values", params={"period": 2024, "territory": "topchikhinsky"}).json()
    page.locator("path[data-fid=topchikhinsky]").hover()
    tip = page.locator(".name-tip")
    expect(tip).to_contain_text("Topchikhinsky District")
    expect(tip.locator("small")).to_have_text(f"{rows['values'][0]['value']:,.1f}\u00a0RUB a month")


@pytest.mark.parametrize(
    ("part", "told"),
    [("period:1999", "period:1999"), ("method:foo", "method:foo"), ("count:77", "count:77"), ("per:cow", "per:cow")],
)
def test_a_wrong_part_of_an_indicator_is_left_out_and_the_rest_is_shown(visit: Visit, part: str, told: str) -> None:
    page = visit.open(f"/?lang=en#ind=wage_total/{part}/palette:Greys")
    expect(page.get_by_test_id("notice")).to_contain_text(told)
    expect(page.get_by_test_id("legend")).to_contain_text("Average monthly wage, 2024")
    expect(page.get_by_test_id("notice")).to_have_count(1)
    expect_in_link(page, "ind=wage_total/palette:Greys")


def test_the_legend_of_diverging_colours_names_its_middle(visit: Visit, api: httpx.Client) -> None:
    page = visit.open("/?lang=en#ind=wage_total/period:2024/diverging/count:9")
    legend = page.get_by_test_id("legend")
    expect(page.get_by_test_id("legend-class")).to_have_count(9)
    told = api.get("/indicators/wage_total/classes", params={"period": 2024, "diverging": "whole"}).json()
    expect(legend).to_contain_text(f"In the middle: the krai as a whole, {told['centre']:,.1f}")
    expect(legend.locator(".central")).to_have_text(f"{told['centre']:,.1f}")
    expect(legend).to_contain_text("Source: Rosstat; SberIndex")
    texts = legend.locator("text.bound").evaluate_all(
        "all => all.map(each => { const b = each.getBBox(); return [b.x, b.y, b.width, b.height] })"
    )
    for at, (x, y, width, height) in enumerate(texts):
        for other_x, other_y, other_width, _ in texts[at + 1 :]:
            assert abs(y - other_y) >= height - 2 or x + width <= other_x or other_x + other_width <= x


def test_the_number_of_classes_is_chosen_where_the_method_heeds_it(visit: Visit) -> None:
    page = visit.open("/?lang=en#ind=pop_jan1/method:std")
    page.locator(".settings summary").click()
    numbers = page.get_by_test_id("set-count").locator("option")
    expect(numbers).to_have_text(["found by the method"])
    # one after the other, without waiting for the map
    page.get_by_test_id("set-method").select_option("jenks")
    page.get_by_test_id("set-palette").select_option("OrRd")
    expect_in_link(page, "ind=pop_jan1/method:jenks/palette:OrRd")
    expect(numbers).to_have_count(7)
    page.get_by_test_id("set-count").select_option("7")
    expect(page.get_by_test_id("legend-class")).to_have_count(7)
    page.get_by_test_id("set-method").select_option("head_tail")
    expect(page).not_to_have_url(re.compile("count:"))


def test_circles_are_offered_for_sums_alone(visit: Visit) -> None:
    page = visit.open("/?lang=en#ind=wage_total")
    page.locator(".settings summary").click()
    assert "symbols" not in page.get_by_test_id("set-form").locator("option").evaluate_all(
        "all => all.map(o => o.value)"
    )
    page.get_by_test_id("indicator").select_option("net_migration")
    page.get_by_test_id("set-form").select_option("symbols")
    expect(page.get_by_test_id("legend")).to_contain_text("below zero")
    expect(page.locator(".leaflet-symbols-pane path[stroke-dasharray]").first).to_be_visible()


def test_hints_are_seen_until_they_are_read(visit: Visit) -> None:
    page = visit.open("/?lang=en")
    expect(page.get_by_test_id("hints").locator("li")).to_have_count(3)
    page.get_by_test_id("hints-read").click()
    expect(page.get_by_test_id("hints")).to_be_hidden()
    visit.open("/?lang=en")
    expect(page.get_by_test_id("hints")).to_be_hidden()
