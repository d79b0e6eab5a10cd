"""The tools of the map: measuring, where the reader is, full screen, coordinates, the satellite picture."""

import re

import pytest
from playwright.sync_api import Page, expect
from pyproj import Geod

from .conftest import NewVisit, Visit
from .mapping import expect_in_link, pixel

WGS84 = Geod(ellps="WGS84")
LANGUAGES = pytest.mark.parametrize("lang", ["ru", "en"])
TRIANGLE = [(82.0, 52.0), (84.0, 52.0), (83.0, 53.0)]


def opened(visit: Visit, lang: str) -> Page:
    return visit.open(f"/?lang={lang}#map=7/52.5/83")


def measuring(visit: Visit, lang: str = "en") -> Page:
    page = opened(visit, lang)
    page.get_by_test_id("tool-measure").click()
    expect(page.get_by_test_id("measure")).to_be_visible()
    return page


def figures(page: Page) -> list[float]:
    """The numbers of what has been measured, without the count of points and without hectares."""
    text = page.get_by_test_id("measured").inner_text().replace("\u00a0", "").replace(" ", "")
    return [float(number.replace(",", "")) for number in re.findall(r":([\d.,]+)k", text)]


def test_clicks_measure_length_and_area_on_the_ellipsoid(visit: Visit) -> None:
    page = measuring(visit)
    for place in TRIANGLE:
        page.mouse.click(*pixel(page, *place))
    area, perimeter = WGS84.polygon_area_perimeter(*zip(*TRIANGLE, strict=True))
    length = WGS84.line_length(*zip(*TRIANGLE, strict=True))
    expect(page.get_by_test_id("measured")).to_contain_text("3 points")
    # a pixel is half a kilometre here
    assert figures(page) == pytest.approx([length / 1000, perimeter / 1000, abs(area) / 1e6], rel=0.01)
    expect(page.get_by_test_id("popup")).to_have_count(0)
    page.keyboard.press("Backspace")
    expect(page.get_by_test_id("measured")).to_contain_text("2 points")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("measure")).to_contain_text("ellipsoid")
    expect(page.locator("path.ruler")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("measure")).to_have_count(0)
    expect(page.locator("path.ruler")).to_have_count(0)


def test_the_keyboard_alone_measures(visit: Visit) -> None:
    page = opened(visit, "ru")
    page.get_by_test_id("tool-measure").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("map")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(400)
    page.keyboard.press("Space")
    measured = page.get_by_test_id("measured")
    expect(measured).to_contain_text("2 точки")
    expect(measured).to_contain_text(re.compile(r"Длина: \d+(,\d)?\u00a0км"))


def test_a_drag_while_measuring_moves_the_map_and_sets_no_point(visit: Visit) -> None:
    page = measuring(visit)
    page.mouse.move(800, 400)
    page.mouse.down()
    page.mouse.move(900, 480, steps=6)
    page.mouse.up()
    expect(page.get_by_test_id("measured")).to_contain_text("0 points")
    page.mouse.dblclick(700, 300)
    expect(page.get_by_test_id("measured")).to_contain_text("1 point")
    expect(page.get_by_test_id("measure").get_by_role("button", name="Measure again")).to_be_visible()


@LANGUAGES
def test_the_reader_s_place_is_marked_where_it_is_allowed_and_on_the_map(new_visit: NewVisit, lang: str) -> None:
    visit = new_visit()
    page = opened(visit, lang)
    locate = page.get_by_test_id("tool-locate")
    locate.click()
    notice = page.get_by_test_id("notice")
    denied = {"ru": "не разрешил", "en": "did not let"}[lang]
    expect(notice).to_contain_text(denied)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 52.0, "longitude": 85.0, "accuracy": 40})
    locate.click()
    expect(page.locator("path.place")).to_be_visible()
    expect(page.locator(".name-tip")).to_contain_text({"ru": "до 40\u00a0м", "en": "40\u00a0m"}[lang])
    expect(notice).to_have_count(0)
    page.context.set_geolocation({"latitude": 10.0, "longitude": 10.0})
    locate.click()
    expect(notice).to_contain_text({"ru": "за пределами карты", "en": "beyond the map"}[lang])


def test_the_map_takes_the_whole_screen_and_gives_it_back(visit: Visit) -> None:
    page = opened(visit, "en")
    button = page.get_by_test_id("tool-screen")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.fullscreenElement === document.documentElement")
    button.click()
    expect(button).to_have_attribute("aria-label", "Full screen")
    assert page.evaluate("document.fullscreenElement") is None


@LANGUAGES
def test_coordinates_are_told_and_copied(visit: Visit, lang: str) -> None:
    page = opened(visit, lang)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.mouse.move(*pixel(page, 84.0, 53.0))
    numbers = {
        "ru": r"5[23],\d+°\u00a0с. ш.; 8[34](,\d+)?°\u00a0в. д.",
        "en": r"5[23]\.\d+°\u00a0N, 8[34](\.\d+)?°\u00a0E",
    }
    expect(page.get_by_test_id("spot-pointed")).to_have_text(re.compile(numbers[lang]))
    page.mouse.click(*pixel(page, 82.0, 52.0))
    expect(page.get_by_test_id("spot-clicked")).to_be_visible()
    page.locator(".spot-copy").click()
    expect(page.get_by_test_id("spot-clicked")).to_have_text({"ru": "Скопировано", "en": "Copied"}[lang])
    lat, lon = map(float, page.evaluate("navigator.clipboard.readText()").split(", "))
    assert (lat, lon) == pytest.approx((52.0, 82.0), abs=0.01)


@LANGUAGES
def test_the_search_knows_coordinates(visit: Visit, lang: str) -> None:
    page = opened(visit, lang)
    search = page.get_by_test_id("search")
    search.fill("51.99, 84.98")
    option = page.get_by_test_id("search-results").get_by_role("option")
    expect(option).to_contain_text({"ru": "Координаты", "en": "Coordinates"}[lang])
    search.press("Enter")
    expect(page.locator("path.place")).to_be_visible()
    told = {"ru": "51,99°\u00a0с. ш.; 84,98°\u00a0в. д.", "en": "51.99°\u00a0N, 84.98°\u00a0E"}
    expect(page.get_by_test_id("spot-clicked")).to_have_text(told[lang])
    expect(page.locator(".name-tip")).to_have_text(told[lang])
    page.wait_for_timeout(300)
    box = page.locator("path.place").bounding_box()
    assert box
    at = pixel(page, 84.98, 51.99)
    assert (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) == pytest.approx(at, abs=2)
    search.fill("84.98 51.99")
    expect(option).to_have_count(2)
    expect(option.first).to_contain_text(told[lang])
    search.fill("10, 10")
    expect(option.first).to_contain_text("10°")
    search.press("Enter")
    expect(page.get_by_test_id("notice")).to_contain_text({"ru": "за пределами", "en": "beyond"}[lang])


@LANGUAGES
def test_the_satellite_picture_comes_from_outside_when_it_is_switched_on(visit: Visit, lang: str) -> None:
    page = visit.page
    page.route("https://tiles.maps.eox.at/**", lambda route: route.fulfill(status=200, content_type="image/png"))
    opened(visit, lang)
    assert visit.outside == set()
    row = page.get_by_test_id("layer-satellite")
    row.locator(".switch").click()
    expect(page.get_by_test_id("attribution")).to_contain_text("Sentinel-2 cloudless")
    expect(page.get_by_test_id("attribution").get_by_role("link")).to_have_attribute("href", "https://s2maps.eu")
    assert visit.outside == {"tiles.maps.eox.at"}
    expect_in_link(page, "satellite")
    row.locator(".switch").click()
    expect(page.get_by_test_id("attribution")).not_to_contain_text("Sentinel-2")
