"""Several municipalities by a shape drawn on the map, by a list, and by keys alone."""

import httpx
import pytest
from playwright.sync_api import Page, expect
from shapely.geometry import Polygon, shape
from tests.browser.conftest import Visit
from tests.browser.mapping import expect_in_link, pixel

#: A shape with the middles of some units in it, and parts of more.
SHAPE = [(82.0, 53.6), (84.4, 53.5), (84.2, 52.6), (82.4, 52.7)]


def draw(page: Page, corners: list[tuple[float, float]]) -> None:
    for lon, lat in corners:
        x, y = pixel(page, lon, lat)
        page.mouse.move(x, y)
        page.mouse.click(x, y)


def picked(page: Page) -> set[str]:
    return {str(each.get_attribute("data-unit")) for each in page.get_by_test_id("picked").locator("li").all()}


@pytest.fixture
def units(api: httpx.Client) -> dict[str, Polygon]:
    features = api.get("/collections/districts/items", params={"limit": 100}).json()["features"]
    return {feature["id"]: shape(feature["geometry"]) for feature in features}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_units_that_a_drawn_shape_meets_are_picked(visit: Visit, units: dict[str, Polygon], language: str) -> None:
    page = visit.open(f"/?lang={language}#map=8/53.1/83.2&layers=districts,krai")
    page.get_by_test_id("choose-units").click()
    page.locator("input[value=touching]").check()
    page.get_by_test_id("draw-polygon").click()
    expect(page.get_by_test_id("drawer")).to_be_hidden()
    draw(page, SHAPE)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("picked-said")).not_to_be_empty()
    drawn = Polygon(SHAPE)
    # Clicks fall on whole pixels: what is met by less than a few of them may be in or out.
    sure = {unit for unit, area in units.items() if area.buffer(-0.02).intersects(drawn)}
    possible = {unit for unit, area in units.items() if area.buffer(0.02).intersects(drawn)}
    assert sure <= picked(page) <= possible
    assert len(sure) > 5
    word = "целиком или частью" if language == "ru" else "whole or in part"
    expect(page.get_by_test_id("picked-said")).to_contain_text(word)
    # Nothing was opened by the clicks, and the shape is gone.
    expect(page.get_by_test_id("popup")).to_have_count(0)
    expect(page.locator("#map.sketching")).to_have_count(0)
    page.get_by_test_id("passport").click()
    expect(page.get_by_test_id("passport-sheet")).to_be_visible()
    assert visit.complaints == []


@pytest.mark.parametrize("way", ["clicks", "drag"])
def test_units_whose_centre_a_rectangle_has_are_picked(visit: Visit, units: dict[str, Polygon], way: str) -> None:
    page = visit.open("/?lang=en#map=8/53.1/83.2&layers=districts,krai")
    page.get_by_test_id("choose-units").click()
    page.get_by_test_id("draw-rectangle").click()
    corners = [(82.2, 53.7), (84.3, 52.6)]
    if way == "clicks":
        draw(page, corners)
    else:
        (x, y), (to_x, to_y) = (pixel(page, *corner) for corner in corners)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(to_x, to_y, steps=5)
        page.mouse.up()
        expect(page.get_by_test_id("popup")).to_have_count(0)
    expect(page.get_by_test_id("picked-said")).to_contain_text("centre inside")
    west, south, east, north = 82.2, 52.6, 84.3, 53.7
    found = picked(page)
    assert found
    for unit in found:
        area = max(getattr(units[unit], "geoms", [units[unit]]), key=lambda part: part.area).centroid
        assert west - 0.05 < area.x < east + 0.05
        assert south - 0.05 < area.y < north + 0.05
    expect_in_link(page, next(iter(found)))


def test_escape_leaves_a_shape_and_backspace_a_point(visit: Visit) -> None:
    page = visit.open("/?lang=en#map=8/53.1/83.2&layers=districts,krai")
    page.get_by_test_id("choose-units").click()
    page.get_by_test_id("draw-polygon").click()
    draw(page, SHAPE[:3])
    dots = page.locator(".leaflet-highlight-pane path")
    # Three dots and the shape.
    expect(dots).to_have_count(4)
    page.keyboard.press("Backspace")
    expect(dots).to_have_count(3)
    # Two points are no shape: Enter has nothing to end.
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("sketch")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("sketch")).to_have_count(0)
    expect(dots).to_have_count(0)
    expect(page.get_by_test_id("picked")).to_be_hidden()
    # A click opens what it did before.
    x, y = pixel(page, 83.2, 53.1)
    page.mouse.click(x, y)
    expect(page.get_by_test_id("popup")).to_be_visible()
    assert visit.complaints == []


def test_the_list_picks_by_keys_alone(visit: Visit) -> None:
    page = visit.open("/?lang=ru#layers=districts,krai")
    page.get_by_test_id("choose-units").focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_test_id("choosing")
    expect(sheet.locator("li[data-unit]")).to_have_count(69)
    sheet.get_by_role("searchbox").focus()
    page.keyboard.type("смол")
    expect(sheet.locator("li[data-unit]:visible")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_test_id("chosen-count")).to_contain_text("1 муниципальное образование")
    assert picked(page) == {"smolensky"}
    # And what is picked on the map is ticked in the list.
    page.locator("path[data-layer=districts][data-fid=topchikhinsky]").click(modifiers=["Shift"])
    expect(sheet.locator("li[data-unit=topchikhinsky] input")).to_be_checked()
    assert visit.complaints == []


def test_while_units_are_chosen_a_click_on_the_map_picks_them(visit: Visit) -> None:
    page = visit.open("/?lang=en#layers=districts,krai")
    page.get_by_test_id("choose-units").click()
    expect(page.get_by_test_id("choosing")).to_be_visible()
    for unit in ("zavyalovsky", "bayevsky"):
        page.locator(f"path[data-layer=districts][data-fid={unit}]").click()
    expect(page.get_by_test_id("chosen-count")).to_contain_text("2 municipalities")
    expect(page.get_by_test_id("popup")).to_have_count(0)
    page.locator("path[data-layer=districts][data-fid=bayevsky]").click()
    assert picked(page) == {"zavyalovsky"}
    # once they are chosen, a click tells of a unit again
    page.locator(".drawer-close").click()
    page.locator("path[data-layer=districts][data-fid=bayevsky]").click()
    expect(page.get_by_test_id("popup")).to_be_visible()
    assert picked(page) == {"zavyalovsky"}


@pytest.mark.parametrize(("language", "first"), [("ru", "район"), ("en", "District")])
def test_tab_leads_through_the_districts_in_reading_order_with_their_names(
    visit: Visit, units: dict[str, Polygon], language: str, first: str
) -> None:
    page = visit.open(f"/?lang={language}")  # with rivers, resorts and stations: the districts come first
    page.get_by_test_id("map").focus()
    told: list[str] = []
    for _ in range(6):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert name
        told.append(str(page.evaluate("document.activeElement.dataset.fid")))
        expect(page.locator(".name-tip")).to_contain_text(name)
    north = [round(units[unit].envelope.centroid.y * 2) for unit in told]
    assert north == sorted(north, reverse=True)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("popup")).to_be_visible()
    expect_in_link(page, f"sel=districts/{told[-1]}")
    assert visit.complaints == []
