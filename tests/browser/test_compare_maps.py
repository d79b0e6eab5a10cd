"""Two maps beside each other and behind a divider, and small maps of all years: the values of the API, the same place
on both, and links that bring them back."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import NewVisit, Visit
from tests.browser.mapping import expect_in_link, expect_not_in_link

ON_FIRST = "[data-testid=map] path[data-layer=districts][role=button][data-fid=%s]"
ON_SECOND = "[data-testid=twin-map] path[data-layer=districts][data-fid=%s]"
PAINTED = "it => it.getContext('2d').getImageData(0, 0, it.width, it.height).data.some(Boolean)"
BEHIND = ".leaflet-curtain-pane path[data-fid=%s]"


def values(api: httpx.Client, code: str, period: int) -> dict[str, float]:
    rows = api.get(f"/indicators/{code}/values", params={"period": period}).json()["values"]
    return {row["territory_id"]: row["value"] for row in rows if row["territory_kind"] == "unit"}


def colour(api: httpx.Client, code: str, period: int, unit: str) -> str:
    classes = api.get(f"/indicators/{code}/classes", params={"period": period, "series": "fixed"}).json()
    value = values(api, code, period)[unit]
    return str(classes["classes"][sum(value >= bound for bound in classes["breaks"])]["colour"])


def digits(text: str) -> str:
    """Figures as they are read, whatever parts the thousands and the decimals."""
    return "".join(each for each in text if each.isdigit())


def place(page: Page, path: str, element: str) -> tuple[int, int]:
    """Where a unit is drawn in a map, pixels from the map's corner."""
    box, frame = page.locator(path).bounding_box(), page.get_by_test_id(element).bounding_box()
    assert box
    assert frame
    return round(box["x"] - frame["x"]), round(box["y"] - frame["y"])


def expect_same_place(page: Page, unit: str = "topchikhinsky") -> tuple[int, int]:
    first = place(page, ON_FIRST % unit, "map")
    assert first == place(page, ON_SECOND % unit, "twin-map")
    return first


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_form_opens_a_second_map_and_a_link_brings_both_back(
    visit: Visit, new_visit: NewVisit, api: httpx.Client, language: str
) -> None:
    page = visit.open(f"/?lang={language}#layers=districts,krai&ind=wage_total")
    page.get_by_test_id("twin-open").click()
    page.get_by_test_id("twin-indicator").select_option("share_65plus")
    page.get_by_test_id("twin-year").select_option("2023")
    expect(page.locator(ON_SECOND % "barnaul")).to_have_attribute("fill", colour(api, "share_65plus", 2023, "barnaul"))
    expect(page.locator(ON_FIRST % "barnaul")).to_have_attribute("fill", colour(api, "wage_total", 2024, "barnaul"))
    expect_in_link(page, "twin=side/share_65plus/period:2023")

    other = new_visit().open(page.url.removeprefix(visit.server))
    expect(other.get_by_test_id("twin-year")).to_have_value("2023")
    expect(other.locator(ON_SECOND % "barnaul")).to_have_attribute("fill", colour(api, "share_65plus", 2023, "barnaul"))
    expect_same_place(other)
    expect(other).to_have_url(page.url)
    other.get_by_role("button", name=re.compile("Close the second map|Закрыть вторую карту")).click()
    expect(other.get_by_test_id("twin-map")).to_have_count(0)
    expect_not_in_link(other, "twin=")
    assert visit.complaints == []


def test_both_maps_move_together_whichever_is_moved(visit: Visit) -> None:
    page = visit.open("/?lang=en#map=7/53/83&layers=districts,krai&ind=wage_total&twin=side/share_65plus")
    page.wait_for_selector(ON_SECOND % "topchikhinsky")
    was = expect_same_place(page)
    for element in ("map", "twin-map"):
        box = page.get_by_test_id(element).bounding_box()
        assert box
        x, y = box["x"] + 150, box["y"] + 250
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 60, y + 30, steps=4)
        # While it is dragged, too, and not only when it rests.
        assert expect_same_place(page) == (was[0] + 60, was[1] + 30)
        # A map that is let go of at rest does not glide on.
        page.wait_for_timeout(300)
        page.mouse.up()
        was = expect_same_place(page)
    page.get_by_test_id("map").focus()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("map=8/"))
    expect_same_place(page)
    assert visit.complaints == []


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_unit_pointed_at_is_shown_in_both_with_both_values(visit: Visit, api: httpx.Client, language: str) -> None:
    page = visit.open(f"/?lang={language}#layers=districts,krai&ind=wage_total&twin=side/wage_total/period:2023")
    first, second = page.get_by_test_id("twin-said").all()
    for path in (ON_FIRST, ON_SECOND):
        page.locator(path % "smolensky").hover()
        for said, period in ((first, 2024), (second, 2023)):
            value = values(api, "wage_total", period)["smolensky"]
            expect(said).to_contain_text("Смоленский" if language == "ru" else "Smolensky")
            assert digits(f"{value:.1f}".removesuffix(".0")) in digits(said.inner_text())
        for element in ("map", "twin-map"):
            outline = page.get_by_test_id(element).locator(".leaflet-highlight-pane path")
            expect(outline).to_have_count(1)
        page.mouse.move(5, 5)
    # A click on either opens the unit.
    page.locator(ON_SECOND % "smolensky").click()
    expect(page.get_by_test_id("popup")).to_contain_text("Смоленский" if language == "ru" else "Smolensky")
    expect_in_link(page, "sel=districts/smolensky")
    assert visit.complaints == []


def test_the_divider_is_moved_by_keys_and_by_pointer_and_stands_in_the_address(
    visit: Visit, new_visit: NewVisit, api: httpx.Client
) -> None:
    page = visit.open("/?lang=en#layers=districts,krai&ind=wage_total&twin=swipe/wage_total/period:2023")
    divider = page.get_by_role("separator")
    expect(divider).to_have_attribute("aria-valuenow", "50")
    divider.focus()
    for key, at in (("ArrowRight", "52"), ("PageUp", "42"), ("Home", "0"), ("End", "100")):
        page.keyboard.press(key)
        expect(divider).to_have_attribute("aria-valuenow", at)
    expect_in_link(page, "twin=swipe:100/")
    frame, handle = page.get_by_test_id("map").bounding_box(), divider.bounding_box()
    assert frame
    assert handle
    page.mouse.move(frame["x"] + frame["width"] - 4, frame["y"] + 200)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.4, frame["y"] + 200, steps=5)
    page.mouse.up()
    expect(divider).to_have_attribute("aria-valuenow", "40")

    other = new_visit().open(page.url.removeprefix(visit.server))
    expect(other.get_by_role("separator")).to_have_attribute("aria-valuenow", "40")
    expect(other).to_have_url(page.url)
    # On the right of the divider it is the second year that answers the pointer, on the left the first.
    under = "([x, y]) => document.elementFromPoint(x, y).closest('.leaflet-pane').className"
    for unit, pane in (("biysky", "curtain"), ("uglovsky", "areas")):
        box = other.locator((BEHIND if pane == "curtain" else ON_FIRST) % unit).bounding_box()
        assert box
        middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        assert pane in other.evaluate(under, middle), unit
    expect(other.locator(BEHIND % "biysky")).to_have_attribute("fill", colour(api, "wage_total", 2023, "biysky"))
    assert visit.complaints == []


def test_all_of_it_is_said_again_in_the_other_language(visit: Visit) -> None:
    page = visit.open("/?lang=ru#layers=districts,krai&ind=wage_total&twin=swipe/share_65plus&table=districts")
    expect(page.get_by_role("separator")).to_have_attribute("aria-valuetext", "первой карте 50 % ширины")
    page.get_by_role("button", name="Eng").click()
    expect(page.get_by_role("separator")).to_have_attribute("aria-valuetext", "the first map has 50% of the width")
    strip = page.get_by_test_id("twin-strip")
    expect(strip.get_by_role("heading")).to_have_text("Average monthly wage, 2024")
    expect(page.get_by_test_id("twin-indicator").locator("option:checked")).to_have_text("Share of the elderly")
    expect(page.get_by_test_id("table-sheet").locator("caption")).to_contain_text("Average monthly wage, 2024")
    expect(page.get_by_test_id("table-sheet").locator("tbody tr").first).to_contain_text("Zmeinogorsky District")
    # Another indicator on the first map is another caption and another table; none at all closes the second map.
    page.get_by_test_id("indicator").select_option("pop_density")
    expect(strip.get_by_role("heading")).to_contain_text("Population density")
    expect(page.get_by_test_id("table-sheet").locator("caption")).to_contain_text("Population density")
    page.get_by_test_id("indicator").select_option("")
    expect(strip).to_have_count(0)
    expect_not_in_link(page, "twin=")
    assert visit.complaints == []


def test_a_phone_has_a_divider_alone(phone: Visit) -> None:
    page = phone.open("/?lang=ru#ind=wage_total&twin=side/share_65plus")
    expect(page.get_by_role("separator")).to_be_visible()
    expect(page.get_by_test_id("twin-map")).to_have_count(0)
    expect(page.get_by_test_id("twin-side")).to_be_hidden()
    # On a wide window the same link has two maps again.
    expect_in_link(page, "twin=side/share_65plus")
    assert phone.complaints == []


def test_what_cannot_be_compared_is_told(new_visit: NewVisit) -> None:
    page = new_visit().open("/?lang=en#ind=wage_total&twin=side/no_such")
    expect(page.get_by_test_id("notice")).to_contain_text("twin=side/no_such")
    expect(page.get_by_test_id("twin-strip")).to_have_count(0)
    # Without an indicator there is nothing to compare with.
    page = new_visit().open("/?lang=en#twin=side/wage_total")
    expect(page.get_by_test_id("notice")).to_contain_text("twin=side/wage_total")


def years_of(api: httpx.Client, code: str) -> list[int]:
    found: list[int] = api.get(f"/indicators/{code}").json()["periods"]
    return found


@pytest.mark.parametrize("language", ["ru", "en"])
def test_there_is_a_small_map_for_each_year_of_the_api(visit: Visit, api: httpx.Client, language: str) -> None:
    page = visit.open(f"/?lang={language}#ind=wage_total")
    page.get_by_test_id("years-open").click()
    years = years_of(api, "wage_total")
    maps = page.get_by_test_id("years").locator("[data-year]")
    expect(maps).to_have_count(len(years))
    assert [int(str(each.get_attribute("data-year"))) for each in maps.all()] == years
    expect_in_link(page, "years=all")
    for year in years:
        cell = page.locator(f"[data-year='{year}']")
        told = values(api, "wage_total", year)
        name = cell.locator("canvas[role=img]").get_attribute("aria-label") or ""
        assert f"{year}" in name
        assert f"{len(told)}" in name
        assert digits(f"{max(told.values()):.1f}".removesuffix(".0")) in digits(name)
    # One key for all of them.
    expect(page.get_by_test_id("years").get_by_test_id("colour-key")).to_have_count(1)
    assert visit.complaints == []


def test_a_unit_is_lit_in_all_years_and_a_year_is_chosen(visit: Visit, api: httpx.Client) -> None:
    page = visit.open("/?lang=en#ind=wage_total&years=all")
    view = page.get_by_test_id("years")
    first, last = years_of(api, "wage_total")
    view.get_by_test_id("years-unit").select_option("smolensky")
    for year in (first, last):
        value = values(api, "wage_total", year)["smolensky"]
        said = page.locator(f"[data-year='{year}'] > p")
        expect(said).to_contain_text("Smolensky District")
        assert digits(f"{value:.1f}".removesuffix(".0")) in digits(said.inner_text())
    for over in view.locator("canvas[aria-hidden]").all():
        assert over.evaluate(PAINTED)
    # Pointing does the same.
    box = page.locator(f"[data-year='{first}'] canvas[role=img]").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    told = [each.inner_text().split(":")[0] for each in view.locator("[data-year] > p").all()]
    assert len(set(told)) == 1
    assert told[0].endswith("District")
    page.locator(f"[data-year='{first}'] button").click()
    expect(view).to_have_count(0)
    expect(page.get_by_test_id("legend")).to_contain_text(f"Average monthly wage, {first}")
    expect_in_link(page, f"ind=wage_total/period:{first}")
    expect_not_in_link(page, "years=")
    assert visit.complaints == []


def test_a_link_to_some_years_has_these_and_prints(visit: Visit) -> None:
    page = visit.open("/?lang=en#ind=wage_total&years=2023")
    maps = page.get_by_test_id("years").locator("[data-year]")
    expect(maps).to_have_count(1)
    page.locator("[data-year-chip='2024']").click()
    expect(maps).to_have_count(2)
    expect_in_link(page, "years=all")
    page.emulate_media(media="print")
    expect(page.get_by_test_id("panel")).to_be_hidden()
    expect(maps.first.locator("canvas[role=img]")).to_be_visible()
    page.emulate_media(media="screen")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("years")).to_have_count(0)
    expect_not_in_link(page, "years=")
    assert visit.complaints == []
