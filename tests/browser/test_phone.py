"""The map on a phone: search on top, the map, the sheet with its three stops."""

from playwright.sync_api import Page, expect

WIDTH, HEIGHT = 390, 844


def sheet_top(page: Page) -> float:
    page.wait_for_timeout(250)
    box = page.get_by_test_id("grip").bounding_box()
    assert box
    return box["y"]


def test_map_first_search_on_top_and_nothing_wider_than_the_window(phone):
    page = phone.open()
    search = page.get_by_test_id("search").bounding_box()
    assert search
    assert search["y"] < 60
    assert search["width"] > 200
    assert sheet_top(page) > HEIGHT * 0.85
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    scale = page.locator(".leaflet-control-scale").bounding_box()
    assert scale
    assert scale["y"] + scale["height"] <= sheet_top(page)
    assert phone.complaints == []


def test_the_sheet_has_three_stops(phone):
    page = phone.open()
    grip = page.get_by_test_id("grip")
    tops = [sheet_top(page)]
    for _ in range(3):
        grip.click()
        tops.append(sheet_top(page))
    assert tops[0] > tops[1] > tops[2]
    assert tops[3] == tops[0]


def test_the_sheet_is_drawn_up_by_hand(phone):
    page = phone.open()
    top = sheet_top(page)
    page.mouse.move(WIDTH / 2, top + 20)
    page.mouse.down()
    page.mouse.move(WIDTH / 2, top - 150, steps=5)
    page.mouse.move(WIDTH / 2, HEIGHT * 0.5, steps=5)
    page.mouse.up()
    assert HEIGHT * 0.4 < sheet_top(page) < HEIGHT * 0.6
    expect(page.get_by_test_id("legend")).to_be_visible()
    page.get_by_test_id("layer-protected_areas").locator(".switch").click()
    expect(page.locator(".mark[data-layer=protected_areas]").first).to_be_attached()


def test_a_found_place_opens_a_popup_that_fits(phone):
    page = phone.open()
    page.get_by_test_id("search").fill("Смоленский")
    page.get_by_test_id("search-results").get_by_role("option").first.click()
    popup = page.locator(".leaflet-popup-content-wrapper")
    popup.wait_for()
    page.wait_for_timeout(500)
    box = popup.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= WIDTH
    assert box["y"] >= 52
    assert box["y"] + box["height"] <= sheet_top(page)
    page.locator(".leaflet-popup-close-button").click()
    expect(page.get_by_test_id("popup")).to_have_count(0)
