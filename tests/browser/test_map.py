"""The map in a desktop window: what is drawn, what a click tells, the layers, the languages, the address."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from .conftest import AT_REST
from .mapping import expect_in_link, pixel, pixel_of, view

DISTRICTS = "path[data-layer=districts]"
CYRILLIC = re.compile("[А-Яа-яЁё]+")
BIYSK = (85.2072, 52.5364)


def items(api: httpx.Client, layer: str) -> list[dict]:
    return api.get(f"/collections/{layer}/items", params={"f": "json", "limit": 10_000}).json()["features"]


def smolensky(api: httpx.Client) -> dict:
    return next(each for each in items(api, "districts") if each["properties"]["short_name_en"] == "Smolensky District")


def sentence(page: Page) -> str:
    return page.get_by_test_id("popup-sentence").inner_text().replace("\u00a0", " ")


def test_the_map_opens_with_every_district_a_legend_and_the_sources(visit):
    page = visit.open()
    expect(page.locator(DISTRICTS)).to_have_count(69)
    classes = page.get_by_test_id("legend-class")
    expect(classes).to_have_count(7)
    units = sum(int(text) for text in classes.locator(".count").all_text_contents())
    assert units + int(page.get_by_test_id("legend-nodata").inner_text().split()[-1]) == 69
    expect(page.get_by_test_id("legend")).to_contain_text("человек на км²")
    expect(page.get_by_test_id("attribution")).to_contain_text("OpenStreetMap")
    expect(page.locator(".leaflet-control-scale-line")).to_contain_text("км")
    expect(page).to_have_title("АлтайГИС · Алтайский край")
    assert visit.complaints == []


def test_districts_have_the_colour_of_their_class(visit, api):
    page = visit.open()
    style = api.get("/collections/districts/styles/default", params={"f": "json"}).json()
    for feature in items(api, "districts"):
        density = feature["properties"]["density"]
        expected = style["colours"][sum(density >= bound for bound in style["breaks"])]
        assert page.locator(f"{DISTRICTS}[data-fid='{feature['id']}']").get_attribute("fill") == expected


def test_a_click_on_a_district_tells_its_population_and_density(visit, api):
    district = smolensky(api)
    values = district["properties"]
    assert values["population"] == 20911
    page = visit.open()
    page.mouse.click(*pixel_of(page, district))
    density = f"{values['density']:.1f}".replace(".", ",")
    said = sentence(page)
    assert said.startswith(f"Смоленский район. 20 911 жителей, {density} на км² (перепись 2021 года).")
    assert "пилотный район" in said
    table = page.get_by_test_id("popup").locator("table")
    expect(table).to_be_hidden()
    page.get_by_text("Все сведения").click()
    expect(table).to_be_visible()
    schema = api.get("/collections/districts/schema", params={"lang": "ru"}).json()["properties"]
    expect(table.get_by_role("row").last).to_contain_text(schema["okato"]["title"])
    expect(table.get_by_role("row", name=schema["oktmo"]["title"], exact=False).first).to_contain_text(values["oktmo"])
    area = f"{values['area_km2']:,.1f}".replace(",", "\u00a0").replace(".", ",")
    expect(table).to_contain_text(f"{area}\u00a0км²")
    expect_in_link(page, f"sel=districts/{district['id']}")


def test_hovering_names_the_unit_and_marks_its_place_in_the_legend(visit, api):
    page = visit.open()
    page.mouse.move(*pixel_of(page, smolensky(api)))
    expect(page.locator(".name-tip")).to_contain_text("Смоленский район")
    expect(page.locator(".legend .pointer")).to_have_attribute("visibility", "visible")


def test_hovering_a_class_of_the_legend_lights_its_units_alone(visit, api):
    page = visit.open()
    first = page.get_by_test_id("legend-class").first
    first.hover()
    bound = api.get("/collections/districts/styles/default", params={"f": "json"}).json()["breaks"][0]
    expected = sum(each["properties"]["density"] < bound for each in items(api, "districts"))
    expect(page.locator(f"{DISTRICTS}[fill-opacity='0.85']")).to_have_count(expected)
    page.mouse.move(700, 300)
    expect(page.locator(f"{DISTRICTS}[fill-opacity='0.85']")).to_have_count(69)


def test_a_district_is_reached_and_opened_by_keyboard_and_escape_leads_back(visit, api):
    page = visit.open()
    path = page.get_by_role("button", name="Смоленский район", exact=True)
    path.focus()
    page.keyboard.press("Enter")
    assert sentence(page).startswith("Смоленский район.")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("popup")).to_have_count(0)
    expect(path).to_be_focused()


def test_english_changes_every_word_and_is_remembered(visit, api):
    page = visit.open()
    page.mouse.click(*pixel_of(page, smolensky(api)))
    page.get_by_role("button", name="Eng").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_test_id("popup-sentence")).to_contain_text("Smolensky District.")
    assert "20,911 inhabitants, 10.5 per km² (2021 census)" in sentence(page)
    for collection in api.get("/collections", params={"f": "json", "lang": "en"}).json()["collections"]:
        expect(page.get_by_test_id(f"layer-{collection['id']}")).to_contain_text(collection["title"])
    expect(page.get_by_test_id("legend")).to_contain_text("Population density")
    page.evaluate("document.querySelector('noscript').remove()")
    text = page.evaluate("document.body.textContent") + page.title()
    assert CYRILLIC.findall(text) == ["Рус"]
    labels = page.evaluate(
        "[...document.querySelectorAll('[aria-label], [title], [placeholder]')]"
        ".map(e => [e.ariaLabel, e.getAttribute('title'), e.placeholder].join(' ')).join(' ')"
    )
    assert CYRILLIC.findall(labels) == ["Русский"]
    page.goto("about:blank")
    visit.open("/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert visit.complaints == []


@pytest.mark.parametrize(("locale", "language"), [("ru-RU", "ru"), ("en-US", "en"), ("de-DE", "ru")])
def test_the_browser_chooses_the_first_language(new_visit, locale, language):
    page = new_visit(locale=locale).open("/")
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_layers_switch_on_and_off_and_the_address_keeps_them(visit, api):
    page = visit.open()
    marks = page.locator(".mark[data-layer=protected_areas]")
    switch = page.get_by_test_id("layer-protected_areas").get_by_role("switch")
    expect(marks).to_have_count(0)
    page.get_by_test_id("layer-protected_areas").locator(".switch").click()
    located = [each for each in items(api, "protected_areas") if each["geometry"]]
    expect(marks).to_have_count(len(located))
    expect(switch).to_be_checked()
    page.get_by_test_id("layer-districts").locator(".switch").click()
    expect(page.locator(DISTRICTS)).to_have_count(0)
    expect(page.get_by_test_id("legend")).to_be_hidden()
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    expect(marks).to_have_count(len(located))
    expect(page.locator(DISTRICTS)).to_have_count(0)
    page.get_by_test_id("layer-protected_areas").locator(".switch").click()
    expect(marks).to_have_count(0)


def test_monitoring_points_differ_by_shape_and_colour(visit, api):
    page = visit.open()
    style = api.get("/collections/monitoring_points/styles/default", params={"f": "json"}).json()
    drawn = {
        each["value"]: page.evaluate(
            """(fid) => {
                const path = document.querySelector(`.mark[data-layer=monitoring_points][data-fid="${fid}"] path`);
                return [path.getAttribute('fill'), path.getAttribute('d').replace(/[^A-Za-z]/g, '')];
            }""",
            next(
                point["id"]
                for point in items(api, "monitoring_points")
                if point["geometry"] and point["properties"]["medium"] == each["value"]
            ),
        )
        for each in style["categories"]
        if each["value"] in ("meteo", "water", "air")
    }
    assert len({colour for colour, _ in drawn.values()}) == 3
    assert len({form for _, form in drawn.values()}) == 3


def test_a_raster_has_its_legend_and_tells_its_value_at_a_click(visit, api):
    page = visit.open()
    with page.expect_response(re.compile(r"/tiles/elevation/\d+/\d+/\d+\.png")) as tile:
        page.get_by_test_id("layer-elevation").locator(".switch").click()
    assert tile.value.status in (200, 304)
    expect(page.locator("[data-legend=elevation]")).to_be_visible()
    page.mouse.click(*pixel_of(page, smolensky(api)))
    expect(page.get_by_test_id("popup-rasters")).to_contain_text(re.compile(r"\d\u00a0м$"))


def test_settlement_names_do_not_overlap_and_grow_in_number(visit):
    page = visit.open()
    boxes = page.locator(".settlement text").evaluate_all("texts => texts.map(t => t.getBoundingClientRect().toJSON())")
    assert len(boxes) >= 5
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            apart_x = a["right"] - 2 <= b["left"] or b["right"] - 2 <= a["left"]
            assert apart_x or a["bottom"] - 3 <= b["top"] or b["bottom"] - 3 <= a["top"]
    visit.open("/?lang=ru#map=9/52.5/85.2")
    near = page.locator(".settlement text").all_text_contents()
    assert "Бийск" in near
    assert len(near) > 5


def test_the_address_brings_back_view_and_selection(visit, api):
    district = smolensky(api)
    page = visit.open(f"/#map=8.5/52.3/85.1&lang=en&sel=districts/{district['id']}")
    assert sentence(page).startswith("Smolensky District.")
    zoom, lat, lon = view(page)
    assert zoom == 8.5
    assert (lat, lon) == pytest.approx((52.3, 85.1), abs=0.5)


def test_a_popup_stands_beside_what_covers_the_map_and_stays_while_buttons_zoom(visit, new_visit):
    page = visit.open("/?lang=en#sel=districts/altaysky&table=districts")
    card = page.locator(".leaflet-popup")

    def box(of):
        of.wait_for_function(AT_REST, polling="raf")
        return of.locator(".leaflet-popup").bounding_box()

    expect(card).to_be_visible()
    expect(page.get_by_test_id("drawer")).to_be_visible()
    first = box(page)
    panel, buttons = (page.locator(each).bounding_box() for each in ("#panel-body", ".leaflet-control-zoom"))
    assert panel["x"] + panel["width"] <= first["x"]
    assert first["x"] + first["width"] <= buttons["x"]
    page.get_by_role("button", name="Zoom in").click()
    expect_in_link(page, "map=")
    zoomed = box(page)
    assert zoomed["x"] == pytest.approx(first["x"], abs=3)
    assert zoomed["y"] == pytest.approx(first["y"], abs=3)
    again = new_visit().open("/#" + page.url.partition("#")[2])
    assert box(again) == pytest.approx(zoomed, abs=3)
    # in a smaller window there is no room for it where the link has it
    low = new_visit(984, 480).open("/?embed#map=7/52.5363/83.2764&lang=en&sel=districts/biysky")
    assert box(low)["y"] >= 0


def test_who_wants_less_motion_sees_a_popup_at_once_where_it_stays(visit):
    visit.page.add_init_script("""new MutationObserver((changes) => {
      const moves = changes.some(({ target }) => target.classList.contains('leaflet-pan-anim'));
      if (moves) document.documentElement.dataset.moved = 'true';
    }).observe(document, { subtree: true, attributeFilter: ['class'] })""")
    page = visit.open("/?lang=en#sel=districts/altaysky&table=districts")
    expect(page.locator(".leaflet-popup")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.dataset.moved") is None


def test_the_map_does_not_leave_its_space(visit):
    page = visit.open("/#map=8/10/10")
    _, lat, lon = view(page)
    assert 40 < lat < 60
    assert 65 < lon < 100


def test_openstreetmap_is_off_until_asked_for_and_is_then_the_only_outside_address(visit):
    page = visit.page
    page.route("https://tile.openstreetmap.org/**", lambda route: route.fulfill(status=200, content_type="image/png"))
    visit.open()
    page.get_by_test_id("layer-elevation").locator(".switch").click()
    page.get_by_test_id("search").fill("Бийск")
    page.get_by_test_id("search-results").get_by_role("option").first.wait_for()
    assert visit.outside == set()
    page.get_by_test_id("layer-osm").locator(".switch").click()
    page.wait_for_timeout(500)
    assert visit.outside == {"tile.openstreetmap.org"}
    expect(page.get_by_test_id("attribution")).to_contain_text("© участники OpenStreetMap")


def test_the_map_lives_below_a_prefix(visit, server_url):
    page = visit.page
    asked: list[str] = []

    def strip(route):
        asked.append(route.request.url)
        inner = route.request.url.replace(f"{server_url}/gis/", f"{server_url}/")
        route.fulfill(response=route.fetch(url=inner))

    page.route(f"{server_url}/gis/**", strip)
    page.on("request", lambda request: asked.append(request.url))
    visit.open("/gis/")
    expect(page.locator(DISTRICTS)).to_have_count(69)
    assert [url for url in asked if not url.startswith(f"{server_url}/gis/")] == []


def test_the_description_of_the_api_needs_no_other_host(visit):
    page = visit.page
    page.goto(visit.server + "/api.html")
    expect(page.locator(".swagger-ui .info")).to_contain_text("AltaiGIS", timeout=15_000)
    expect(page.locator(".opblock").first).to_be_visible()
    assert visit.outside == set()
    assert visit.complaints == []


def test_a_settlement_tells_its_name(visit):
    page = visit.open("/?lang=ru#map=10/52.5364/85.2072")
    x, y = pixel(page, *BIYSK)
    label = page.locator(".settlement", has_text="Бийск").first
    box = label.bounding_box()
    assert box
    assert abs(box["x"] - x) < 200
    assert abs(box["y"] - y) < 100
    label.locator("text").click()
    assert sentence(page).startswith("Бийск.")
