"""Points that share a place, or stand under one another: each is seen, clicked and reached by keyboard."""

from collections.abc import Iterable
from itertools import combinations

import pytest
from playwright.sync_api import Locator, Page, expect

from .mapping import expect_in_link, pixel
from .test_map import items, sentence

HOME = "/?lang=ru"
AIR_POSTS = [f"AIR-BRN-{i}" for i in range(1, 6)]
OVER_BARNAUL = "/?lang=ru#map=10/53.3606/83.7636"
OVER_ZALESOVO = "/?lang=ru#map=10/53.9397/84.79"
ZALESOVO = ["CTBTO-PS33", "CTBTO-RN59", "CTBTO-IS46", "WMO-29833"]
LEAST_APART = 7


def mark(page: Page, fid: str) -> Locator:
    return page.locator(f".mark[data-layer=monitoring_points][data-fid='{fid}']")


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def selected(page: Page) -> str:
    return page.url.rpartition("sel=")[2]


def open_each_by_mouse(page: Page, fids: Iterable[str]) -> None:
    for fid in fids:
        # in the middle of the mark, once it has come to rest and nothing lies over it
        mark(page, fid).click()
        expect(page.get_by_test_id("popup")).to_have_count(1)
        expect_in_link(page, f"sel=monitoring_points/{fid}")
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("popup")).to_have_count(0)


@pytest.mark.parametrize("address", [HOME, OVER_BARNAUL])
def test_every_air_post_of_barnaul_opens_at_a_click(visit, address):
    page = visit.open(address)
    open_each_by_mouse(page, AIR_POSTS)


@pytest.mark.parametrize("address", [HOME, OVER_ZALESOVO])
def test_the_stations_under_the_weather_station_of_zalesovo_open_at_a_click(visit, address):
    page = visit.open(address)
    open_each_by_mouse(page, ZALESOVO)


@pytest.mark.parametrize("address", [HOME, OVER_BARNAUL, OVER_ZALESOVO])
def test_no_mark_hides_another(visit, address):
    page = visit.open(address)
    places = page.locator(".mark").evaluate_all(
        "marks => marks.map(m => m.getBoundingClientRect()).map(b => [b.x + b.width / 2, b.y + b.height / 2])"
    )
    assert len(places) > 80
    assert min(abs(complex(*a) - complex(*b)) for a, b in combinations(places, 2)) > LEAST_APART


def test_every_point_on_the_screen_answers_where_it_is_drawn(visit, api):
    page = visit.open(HOME)
    hidden = page.evaluate(
        """() => [...document.querySelectorAll('.mark')].flatMap(mark => {
            const box = mark.getBoundingClientRect();
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            const covered = !top || top.closest('.panel, .legend, .legend-corner, .leaflet-control, header');
            return covered || top.closest('.mark') === mark ? [] : [mark.dataset.fid];
        })"""
    )
    assert hidden == []
    style = api.get("/collections/monitoring_points/styles/default", params={"f": "json"}).json()
    located = {each["properties"]["medium"] for each in items(api, "monitoring_points") if each["geometry"]}
    fills = set(
        page.locator(".mark[data-layer=monitoring_points] path").evaluate_all(
            "paths => paths.map(path => path.getAttribute('fill'))"
        )
    )
    assert fills == {each["symbol"]["fill"] for each in style["categories"] if each["value"] in located}


def test_the_place_that_points_share_lists_them_all_and_each_opens(visit, api):
    page = visit.open(OVER_BARNAUL)
    page.mouse.click(*pixel_of_air_posts(page, api))
    # what lies below the points is listed after them
    entries = page.locator("[data-testid=popup-list] button:not([data-testid=popup-also] button)")
    expect(page.get_by_test_id("popup-list")).to_contain_text("6 объектов здесь")
    expect(entries).to_have_count(6)
    expect(entries.filter(has_text="Населённые пункты")).to_have_count(1)
    expect(entries.filter(has_text="Качество воздуха")).to_have_count(5)
    entries.filter(has_text="Качество воздуха").nth(3).click()
    expect(page.get_by_test_id("popup-list")).to_have_count(0)
    assert selected(page).startswith("monitoring_points/")


def pixel_of_air_posts(page: Page, api) -> tuple[float, float]:
    posts = [each for each in items(api, "monitoring_points") if each["id"] in AIR_POSTS]
    places = {tuple(each["geometry"]["coordinates"]) for each in posts}
    assert len(posts) == 5
    assert len(places) == 1
    return pixel(page, *places.pop())


def test_the_list_is_used_by_keyboard(visit, api):
    page = visit.open(OVER_BARNAUL)
    page.mouse.click(*pixel_of_air_posts(page, api))
    entries = page.get_by_test_id("popup-list").get_by_role("button")
    page.keyboard.press("Tab")
    expect(entries.first).to_be_focused()
    page.keyboard.press("Tab")
    expect(entries.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("popup")).to_have_count(1)
    assert selected(page).startswith("monitoring_points/")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("popup")).to_have_count(0)


def test_points_that_share_a_place_open_by_keyboard(visit):
    page = visit.open(OVER_BARNAUL)
    for fid in AIR_POSTS:
        mark(page, fid).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("popup")).to_have_count(1)
        expect_in_link(page, f"sel=monitoring_points/{fid}")
        page.keyboard.press("Escape")
        expect(mark(page, fid)).to_be_focused()


def test_a_finger_that_covers_several_points_gets_a_list(phone):
    page = phone.open(OVER_BARNAUL)
    page.touchscreen.tap(*middle(mark(page, AIR_POSTS[0])))
    entries = page.get_by_test_id("popup-list").get_by_role("button")
    entries.filter(has_text="Качество воздуха").first.tap()
    expect(page.get_by_test_id("popup")).to_have_count(1)
    assert selected(page).startswith("monitoring_points/")
    assert phone.complaints == []


@pytest.mark.parametrize(
    ("language", "name", "said"),
    [("ru", "Барнаул", "(по GeoNames, год не указан)"), ("en", "Barnaul", "(by GeoNames, year unknown)")],
)
def test_a_settlement_tells_whose_figure_its_population_is(visit, language, name, said):
    page = visit.open(f"/#map=10/53.3606/83.7636&lang={language}")
    page.locator(".settlement text", has_text=name).first.click()
    assert sentence(page).startswith(f"{name}. ")
    assert said in sentence(page)
