"""What the map shows as a table: the values of the API, sorted, linked with the map, and readable without a pointer."""

import re

import httpx
import pytest
from playwright.sync_api import Route, expect
from tests.browser.conftest import NewVisit, Visit
from tests.browser.mapping import expect_in_link, expect_not_in_link, view

OUTLINES = ".leaflet-highlight-pane path"


def digits(text: str) -> str:
    return "".join(each for each in text if each.isdigit())


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_key_opens_the_values_places_and_classes_of_the_api(
    visit: Visit, new_visit: NewVisit, api: httpx.Client, language: str
) -> None:
    page = visit.open(f"/?lang={language}#layers=districts,krai&ind=wage_total")
    page.keyboard.press("t")
    sheet = page.get_by_test_id("table-sheet")
    rows = sheet.locator("tbody tr")
    expect(rows).to_have_count(69)
    answer = api.get("/indicators/wage_total/values", params={"period": 2024}).json()["values"]
    told = {row["territory_id"]: row["value"] for row in answer if row["territory_kind"] == "unit"}
    ranked = sorted(told, key=lambda unit: -told[unit])
    assert [row.get_attribute("data-unit") for row in rows.all()] == ranked
    cells = sheet.locator("tbody").evaluate("body => [...body.rows].map(row => [...row.cells].map(c => c.innerText))")
    classes = api.get("/indicators/wage_total/classes", params={"period": 2024, "series": "fixed"}).json()
    for at, (unit, (_, place, value, range_)) in enumerate(zip(ranked, cells, strict=True), start=1):
        assert int(place) == at
        assert digits(value) == digits(f"{told[unit]:.1f}".removesuffix(".0"))
        index = sum(told[unit] >= bound for bound in classes["breaks"])
        bounds = classes["breaks"][max(index - 1, 0) : index + 1]
        for bound in bounds:
            assert digits(f"{bound:.2f}".rstrip("0").rstrip(".")) in digits(range_), unit
    expect(sheet.locator("caption")).to_contain_text("2024")
    expect(sheet.locator("thead th[scope=col]")).to_have_count(4)
    expect(sheet.locator("tbody th[scope=row]")).to_have_count(69)
    expect_in_link(page, "table=districts")

    other = new_visit().open(page.url.removeprefix(visit.server))
    expect(other.get_by_test_id("table-sheet").locator("tbody tr")).to_have_count(69)
    expect(other).to_have_url(page.url)
    other.keyboard.press("t")
    expect(other.get_by_test_id("drawer")).to_be_hidden()
    expect_not_in_link(other, "table=")
    assert visit.complaints == []


def test_whoever_closes_it_finds_the_map_as_it_was(visit: Visit) -> None:
    page = visit.open("/?lang=en#map=7/52.5000/83.0000&layers=districts,krai")
    page.keyboard.press("t")
    expect(page.get_by_test_id("table-sheet").locator("tbody tr")).to_have_count(69)
    expect_not_in_link(page, "map=7/52.5000/83.0000")
    page.keyboard.press("Escape")
    expect_in_link(page, "map=7/52.5000/83.0000")
    expect(page.get_by_test_id("map")).to_be_focused()
    page.keyboard.press("t")
    expect_not_in_link(page, "map=7/52.5000/83.0000")
    beside = view(page)
    page.locator(".leaflet-control-zoom-in").click()
    expect(page).not_to_have_url(re.compile(f"map={beside[0]:g}/"))
    moved = view(page)
    page.get_by_test_id("drawer").get_by_role("button", name="Close").first.click()
    expect(page.get_by_test_id("drawer")).to_be_hidden()
    assert view(page) == moved, "whoever has moved it since, does not"


def test_headings_sort_and_say_so(visit: Visit) -> None:
    page = visit.open("/?lang=en#layers=districts,krai&ind=wage_total&table=districts")
    sheet = page.get_by_test_id("table-sheet")
    heads, rows = sheet.locator("thead th"), sheet.locator("tbody tr")
    heads.nth(0).get_by_role("button").click()
    expect(heads.nth(0)).to_have_attribute("aria-sort", "ascending")
    expect(rows.first).to_contain_text("Aleysk")
    heads.nth(2).get_by_role("button").press("Enter")
    expect(heads.nth(2)).to_have_attribute("aria-sort", "descending")
    expect(heads.nth(0)).not_to_have_attribute("aria-sort", re.compile("."))
    expect(rows.first.locator("td").first).to_have_text("1")
    # The heading that was pressed keeps the focus.
    expect(heads.nth(2).get_by_role("button")).to_be_focused()
    assert visit.complaints == []


def test_rows_and_the_map_show_each_other(visit: Visit) -> None:
    page = visit.open("/?lang=en#layers=districts,krai&ind=wage_total&table=districts")
    sheet = page.get_by_test_id("table-sheet")
    sheet.locator("tr[data-unit=zmeinogorsky] button").focus()
    expect(page.locator(OUTLINES)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(sheet.locator("tr[data-unit=barnaul] button")).to_be_focused()
    page.locator("path[data-layer=districts][data-fid=kulundinsky]").hover()
    expect(sheet.locator("tr.lit")).to_have_attribute("data-unit", "kulundinsky")
    sheet.locator("tr[data-unit=barnaul] button").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("popup")).to_contain_text("Barnaul")
    expect_in_link(page, "sel=districts/barnaul")
    assert visit.complaints == []


def test_the_features_in_view_are_those_of_the_api(visit: Visit, api: httpx.Client) -> None:
    page = visit.open("/?lang=en#map=9/51.95/84.98&layers=districts,krai,resort_sites&table=resort_sites")
    sheet = page.get_by_test_id("table-sheet")
    rows = sheet.locator("tbody tr")
    expect(rows.first).to_be_visible()
    link = httpx.URL(sheet.get_by_test_id("table-csv").get_attribute("href") or "")
    assert link.params["f"] == "csv"
    told = api.get(link.path, params={"bbox": link.params["bbox"], "limit": 1000}).json()
    assert 0 < told["numberMatched"] < api.get(link.path, params={"limit": 1}).json()["numberMatched"]
    assert sorted(str(row.get_attribute("data-unit")) for row in rows.all()) == sorted(
        str(each["id"]) for each in told["features"]
    )
    expect(sheet.locator("caption")).to_contain_text(str(told["numberMatched"]))
    # A point has a ring; what has no place of its own is in its municipality.
    placed = next(str(each["id"]) for each in told["features"] if each["geometry"])
    placeless = next(str(each["id"]) for each in told["features"] if not each["geometry"])
    sheet.locator(f"tr[data-unit='{placeless}']").hover()
    expect(page.locator(OUTLINES)).to_have_count(1)
    sheet.locator(f"tr[data-unit='{placed}']").hover()
    expect(page.locator(OUTLINES)).to_have_count(2)
    sheet.locator(f"tr[data-unit='{placed}'] button").press("Enter")
    expect(page.get_by_test_id("popup")).to_be_visible()
    expect_in_link(page, f"sel=resort_sites/{placed}")
    # What is seen is another: so is the table.
    page.evaluate("location.hash = 'map=9/53.3/79&layers=districts,krai,resort_sites&table=resort_sites&lang=en'")
    expect(sheet.locator(f"tr[data-unit='{placed}']")).to_have_count(0)
    assert visit.complaints == []


def test_no_more_than_a_thousand_are_told_and_the_server_finds_the_first(visit: Visit) -> None:
    """A layer of 2 500 features, as a big load would have: pages of a hundred, and the order is the server's."""
    asked: list[str] = []
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [83.5, 53.0]}}

    def answer(route: Route) -> None:
        url = httpx.URL(route.request.url)
        asked.append(url.params.get("sortby", ""))
        features = [{**feature, "id": f"s{n}", "properties": {"name_en": f"Site {n}"}} for n in range(1000)]
        route.fulfill(json={"type": "FeatureCollection", "features": features, "numberMatched": 2500})

    page = visit.page
    page.route(re.compile(r"/collections/resort_sites/items\?.*bbox="), answer)
    visit.open("/?lang=en#layers=districts,resort_sites&table=resort_sites")
    sheet = page.get_by_test_id("table-sheet")
    expect(sheet.get_by_test_id("table-first")).to_contain_text("The first 1,000 of 2,500")
    expect(sheet.locator("tbody tr")).to_have_count(100)
    sheet.get_by_role("button", name="Next").click()
    expect(sheet).to_contain_text("Rows 101–200 of 1,000")
    expect(sheet.locator("tbody tr").first).to_contain_text("Site 100")
    sheet.locator("thead button").first.click()
    expect(sheet.locator("thead th").first).to_have_attribute("aria-sort", "ascending")
    expect(sheet).to_contain_text("Rows 1–100 of 1,000")
    assert asked[-1] == "short_name_en" or asked[-1] == "name_en"
    assert visit.complaints == []


def test_what_no_table_tells_of_asks_the_server_for_none(visit: Visit) -> None:
    asked: list[str] = []
    page = visit.open("/?lang=en#layers=districts,lakes,resort_sites&table=resort_sites")
    expect(page.get_by_test_id("table-sheet").locator("tbody tr").first).to_be_visible()
    page.on("request", lambda request: asked.append(request.url) if "bbox=" in request.url else None)
    page.get_by_test_id("filter").fill("lake")
    page.get_by_test_id("layer-lakes").locator("summary").click()
    page.get_by_label("Opacity of").fill("0.5")
    expect(page).to_have_url(re.compile("opacity=lakes:50"))
    assert asked == []


def test_the_server_away_leaves_a_word_and_a_way_back(visit: Visit) -> None:
    page = visit.page
    page.route(re.compile(r"/collections/resort_sites/items\?.*bbox="), lambda route: route.fulfill(status=503))
    visit.open("/?lang=en#layers=districts,resort_sites&table=resort_sites")
    sheet = page.get_by_test_id("table-sheet")
    expect(sheet.get_by_role("alert")).to_contain_text("did not load")
    page.unroute_all()
    sheet.get_by_role("button").click()
    expect(sheet.locator("tbody tr").first).to_be_visible()


def test_the_list_of_keys_names_it(visit: Visit) -> None:
    page = visit.open("/?lang=ru")
    page.keyboard.press("?")
    expect(page.locator("table.keys")).to_contain_text("таблица того, что на карте")
    expect(page.locator("table.keys")).to_contain_text("Shift+Enter")
