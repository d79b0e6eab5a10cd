"""What the map says and does when something is missing, and that data are never markup."""

import re

from playwright.sync_api import Route, expect

from .mapping import expect_in_link

DISTRICTS = "path[data-layer=districts]"
KRAI_MIDDLE = (850, 300)
MARKUP = '<img src="x" onerror="window.executed = true">'


def test_a_server_that_is_away_is_said_and_asked_again(visit):
    page = visit.page
    page.route("**/collections?*", lambda route: route.abort())
    visit.open()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Сервер карты не отвечает")
    page.unroute("**/collections?*")
    notice.get_by_role("button", name="Повторить").click()
    expect(page.locator(DISTRICTS)).to_have_count(69)
    expect(page.get_by_test_id("notice")).to_have_count(0)


def test_a_layer_that_fails_leaves_the_others_and_can_be_asked_again(visit):
    page = visit.page
    address = "**/collections/monitoring_points/items?*"
    page.route(address, lambda route: route.fulfill(status=503, json={"code": "X", "description": "away"}))
    visit.open()
    notice = page.get_by_test_id("notice")
    expect(notice).to_contain_text("Слой «Пункты наблюдений» не загрузился. Сервер ответил кодом 503.")
    expect(page.locator(DISTRICTS)).to_have_count(69)
    row = page.get_by_test_id("layer-monitoring_points")
    expect(row.get_by_role("switch")).to_be_checked()
    expect(row).to_contain_text("Не загрузился")
    page.unroute(address)
    notice.get_by_role("button", name="Повторить").click()
    expect(page.locator(".mark[data-layer=monitoring_points]").first).to_be_attached()
    expect(notice).to_have_count(0)
    expect(row).not_to_contain_text("Не загрузился")


def test_a_bad_minute_leaves_one_notice_the_address_and_what_was_chosen(visit):
    """Nothing that was chosen is lost, and all comes by itself when the server is well again."""
    page = visit.page
    broken = re.compile(r"/(items|values|classes|status)\?")
    page.route(broken, lambda route: route.fulfill(status=500, json={"code": "X", "description": "away"}))
    layers = "layers=districts,krai,lakes,rivers"
    chosen = "ind=wage_total"
    page.goto(f"{visit.server}/?lang=ru#{layers}&{chosen}")
    page.wait_for_selector("html[data-ready=true]")
    notices = page.get_by_test_id("notice")
    expect(notices.filter(has_text="Не загрузились слои")).to_have_count(1)
    for title in ("Муниципальные образования", "Озёра", "Реки"):
        expect(notices.filter(has_text="Не загрузились слои")).to_contain_text(title)
    expect(notices).to_have_count(2)
    expect_in_link(page, layers)
    expect_in_link(page, chosen)
    page.unroute(broken)
    expect(page.locator(DISTRICTS)).to_have_count(69, timeout=15_000)
    expect(notices).to_have_count(0, timeout=15_000)
    expect(page.get_by_test_id("legend")).to_contain_text("зарплата")
    expect_in_link(page, layers)
    expect_in_link(page, chosen)


def test_a_raster_that_fails_says_why_and_takes_nothing_away(visit):
    page = visit.page
    tiles = "**/tiles/elevation/**"
    page.route(tiles, lambda route: route.fulfill(status=503))
    visit.open("/?lang=ru#layers=districts,krai,elevation")
    notice = page.get_by_test_id("notice")
    expect(notice).to_contain_text("«Высота над уровнем моря» не загрузился. Сервер ответил кодом 503.")
    filled = page.locator(f"{DISTRICTS}[fill-opacity='0.85']")
    expect(filled).to_have_count(69)
    expect(page.locator("[data-legend=elevation]")).to_have_count(0)
    page.mouse.click(*KRAI_MIDDLE)
    expect(page.get_by_test_id("popup")).to_be_visible()
    page.wait_for_timeout(500)  # the map moves to make room
    popup, told = page.get_by_test_id("popup").bounding_box(), notice.bounding_box()
    assert popup
    assert told
    assert popup["y"] >= told["y"] + told["height"], "a notice lies over the popup"
    page.unroute(tiles)
    expect(page.locator("[data-legend=elevation]")).to_be_visible(timeout=15_000)
    expect(notice).to_have_count(0)
    expect(filled).to_have_count(0)


def test_an_answer_that_is_no_json_is_a_failure_of_its_layer_alone(visit):
    page = visit.page
    page.route("**/collections/lakes/items?*", lambda route: route.fulfill(status=200, body="<html>"))
    visit.open()
    expect(page.get_by_test_id("notice")).to_contain_text("Озёра")
    expect(page.locator(DISTRICTS)).to_have_count(69)


def test_a_search_that_fails_is_said(visit):
    page = visit.page
    page.route("**/search?*", lambda route: route.abort())
    visit.open()
    page.get_by_test_id("search").fill("Бийск")
    expect(page.get_by_role("status")).to_contain_text("Поиск не ответил")


def _with_markup(route: Route) -> None:
    """Put markup into every text of an answer that people are shown."""
    answer = route.fetch()
    body = answer.json()
    for feature in body.get("features", []):
        for name, value in feature["properties"].items():
            if isinstance(value, str) and name not in ("kind", "medium", "layer"):
                feature["properties"][name] = MARKUP + value
    for collection in body.get("collections", []):
        for name in ("title", "description", "attribution"):
            collection[name] = MARKUP + collection.get(name, "")
    route.fulfill(response=answer, json=body)


def test_markup_in_data_is_shown_and_never_executed(visit):
    page = visit.page
    for address in ("**/items?*", "**/collections?*", "**/search?*"):
        page.route(address, _with_markup)
    visit.open("/?lang=ru")
    page.locator(DISTRICTS).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("popup-sentence")).to_contain_text("<img src=")
    page.mouse.move(800, 450)
    page.get_by_test_id("search").fill("Бийск")
    expect(page.get_by_test_id("search-results").get_by_role("option").first).to_contain_text("<img src=")
    expect(page.get_by_test_id("layer-districts")).to_contain_text("<img src=")
    expect(page.get_by_test_id("attribution")).to_contain_text("<img src=")
    assert page.locator("img[onerror]").count() == 0
    assert page.evaluate("window.executed") is None


def test_layers_without_features_fields_or_places_leave_the_map_whole(visit):
    """One layer is empty; another has a feature without any value, one without a place, and one of null."""
    page = visit.page

    def bare(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        whole, placeless, *_ = body["features"]
        first = {**whole, "properties": {}}
        body["features"] = [first, {**placeless, "geometry": None}, {**whole, "id": "null", "properties": None}]
        route.fulfill(response=answer, json=body)

    empty = {"type": "FeatureCollection", "features": [], "numberMatched": 0, "numberReturned": 0, "links": []}
    page.route("**/collections/resort_sites/items?*", lambda route: route.fulfill(json=empty))
    page.route("**/collections/monitoring_points/items?*", bare)
    visit.open("/?lang=en")
    expect(page.locator(DISTRICTS)).to_have_count(69)
    marks = page.locator(".mark[data-layer=monitoring_points]")
    expect(marks).to_have_count(2)
    assert page.locator(".mark[data-layer=resort_sites]").count() == 0
    marks.first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("popup")).to_be_visible()
    expect(page.get_by_test_id("popup")).not_to_contain_text("undefined")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    table = page.get_by_test_id("table-layer")
    for layer in ("resort_sites", "monitoring_points"):
        table.select_option(layer)
        expect(page.get_by_test_id("table-sheet")).not_to_contain_text("undefined")
    expect(page.get_by_test_id("notice")).to_have_count(0)
    assert visit.complaints == []
