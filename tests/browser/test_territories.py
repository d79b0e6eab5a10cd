"""Passports and comparisons in the drawer: the figures of the API, links that bring them back, and units that are shown
everywhere when they are pointed at anywhere."""

import csv
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect
from tests.browser.conftest import AT_REST, NewVisit, Visit
from tests.browser.mapping import expect_in_link, expect_not_in_link

THREE = "units=smolensky,altaysky,zarinsky"


def said(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}"


def district(unit: str) -> str:
    return f"path[data-layer=districts][data-fid={unit}]"


def test_a_popup_opens_the_passport_with_the_figures_of_the_api(visit: Visit, api: httpx.Client) -> None:
    page = visit.open("/?lang=en#sel=districts/smolensky")
    page.get_by_test_id("popup-passport").click()
    sheet = page.get_by_test_id("passport-sheet")
    expect(page.get_by_test_id("drawer")).to_contain_text("Passport: Smolensky District")
    told = {it["code"]: it for it in api.get("/passports/smolensky", params={"lang": "en"}).json()["indicators"]}
    for code in ("pop_jan1", "wage_total", "net_migration_rate"):
        rows = api.get(f"/indicators/{code}/values", params={"territory": "smolensky,krai"}).json()["values"]
        last = max(row["period"] for row in rows)
        (own,) = (row["value"] for row in rows if row["territory_id"] == "smolensky" and row["period"] == last)
        figure = sheet.locator(f"dd[data-code={code}]")
        expect(figure).to_contain_text(said(abs(own), told[code]["digits"]))
        expect(figure).to_contain_text(f"{last} · place {told[code]['place']} of {told[code]['of']}")
        expect(figure.locator("sup")).to_have_text(f"[{', '.join(map(str, told[code]['notes']))}]")
    expect_in_link(page, "passport=smolensky")
    again = api.get(sheet.get_by_test_id("passport-print").get_attribute("href") or "")
    assert "Smolensky District" in again.text
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("drawer")).to_be_hidden()
    expect_not_in_link(page, "passport=")
    assert visit.complaints == []


def test_shift_picks_units_and_a_link_brings_the_comparison_back(
    visit: Visit, new_visit: NewVisit, tmp_path: Path
) -> None:
    page = visit.open("/?lang=en#layers=districts,krai")
    page.locator(district("topchikhinsky")).click(modifiers=["Shift"])
    page.locator(district("aleysky")).focus()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_test_id("picked").locator("li")).to_have_count(2)
    expect(page.get_by_test_id("popup")).to_have_count(0)
    page.get_by_test_id("compare").click()
    rows = page.get_by_test_id("comparing").locator("tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_test_id("compare-scatter").click()
    page.get_by_test_id("compare-x").select_option("share_0_14")
    expect(page.get_by_test_id("comparing").locator("g.mark")).to_have_count(69)
    expect(page.get_by_test_id("compare-x")).to_have_value("share_0_14")
    expect_in_link(page, "compare=scatter/share_0_14/")

    other = new_visit().open(page.url.removeprefix(visit.server))
    expect(other.get_by_test_id("picked").locator("li")).to_have_count(2)
    expect(other.locator("g.is-picked")).to_have_count(2)
    expect(other.get_by_test_id("compare-x")).to_have_value("share_0_14")
    expect(other).to_have_url(page.url)
    with other.expect_download() as download:
        other.get_by_test_id("compare-csv").click()
    download.value.save_as(tmp_path / "compared.csv")
    with (tmp_path / "compared.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 70
    assert visit.complaints == []


def test_what_is_pointed_at_in_the_chart_is_shown_on_the_map_and_the_other_way(visit: Visit) -> None:
    page = visit.open(f"/?lang=ru#layers=districts&{THREE}&compare=bar/wage_total")
    chart = page.get_by_test_id("comparing")
    outlines = page.locator(".leaflet-highlight-pane path")
    expect(outlines).to_have_count(6)
    chart.locator("g[data-unit=altaysky]").hover()
    expect(outlines).to_have_count(7)
    expect(page.get_by_test_id("compare-said")).to_contain_text("Алтайский район")
    page.locator(district("zonalny")).hover()
    expect(chart.locator("g.lit")).to_have_attribute("data-unit", "zonalny")
    expect(page.get_by_test_id("compare-said")).to_contain_text("Зональный район")
    chart.locator("svg.chart").focus()
    page.keyboard.press("ArrowDown")
    expect(chart.locator("g.lit .place")).not_to_have_text("")
    assert visit.complaints == []


def test_a_table_is_sorted_by_its_headings(visit: Visit) -> None:
    page = visit.open(f"/?lang=en#{THREE}&compare=table")
    table = page.get_by_test_id("comparing").locator("table")
    people = table.locator("thead button").nth(1)
    people.click()
    expect(table.locator("thead th[aria-sort=descending]")).to_have_count(1)
    expect(table.locator("tbody tr").first).to_have_attribute("data-unit", "altaysky")
    people.click()
    expect(table.locator("tbody tr").first).to_have_attribute("data-unit", "zarinsky")
    expect(table.locator("tfoot tr")).to_have_count(2)


@pytest.mark.parametrize("units", ["smolensky", "krai", "big_belokurikha"])
def test_the_page_prints_on_one_sheet(visit: Visit, units: str) -> None:
    visit.page.goto(f"{visit.server}/passports/{units}?f=html&lang=ru")
    sheet = visit.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    assert visit.complaints == []


def test_who_is_told_of_stands_beside_drawer_and_legend(visit: Visit) -> None:
    page = visit.open("/?lang=en#passport=charyshsky")
    expect(page.get_by_test_id("passport-sheet")).to_be_visible()
    page.wait_for_function(AT_REST, polling="raf")
    outlines = page.locator(".leaflet-highlight-pane path")
    expect(outlines.first).to_be_visible()
    unit, legend, drawer = (
        of.bounding_box() or {} for of in (outlines.first, page.get_by_test_id("legend"), page.get_by_test_id("drawer"))
    )
    assert unit["x"] + unit["width"] <= drawer["x"]
    assert unit["y"] + unit["height"] <= legend["y"] or unit["x"] + unit["width"] <= legend["x"]


#: What is open, and the most sheets that it takes.
PRINTED = [
    ("passport=smolensky", 1),
    ("passport=charyshsky", 1),
    (f"{THREE}&passport=smolensky,altaysky,zarinsky", 1),
    (f"{THREE}&compare=table", 1),
    (f"{THREE}&compare=line/wage_total", 1),
    (f"{THREE}&compare=scatter/pop_density/wage_total", 1),
    (f"{THREE}&compare=bar/wage_total", 2),
    ("compare=table", 2),
]


@pytest.mark.parametrize(("opened", "most"), PRINTED)
def test_what_the_drawer_tells_is_printed_with_its_map(visit: Visit, opened: str, most: int) -> None:
    page = visit.open(f"/?lang=ru#{opened}")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    # A4 within its margins
    page.set_viewport_size({"width": 718, "height": 1047})
    drawer, title = page.get_by_test_id("drawer"), "Паспорт" if "passport" in opened else "Сравнение"
    expect(page.locator(".print-head h1")).to_contain_text(title)
    boxes = [
        part.bounding_box() or {}
        for part in (page.get_by_test_id("map"), drawer, page.locator(".print-foot"), page.locator(".shared-legend"))
    ]
    above, told, foot, key = boxes
    assert above["height"] == pytest.approx(310, abs=2)
    assert above["y"] + above["height"] <= told["y"] + 1
    assert told["y"] + told["height"] <= foot["y"] + 1
    assert key["x"] >= above["x"] + above["width"]
    # nothing is wider than the sheet
    assert max(told["x"] + told["width"], key["x"] + key["width"]) <= 718
    assert drawer.evaluate("it => [...it.querySelectorAll('*')].every(e => e.getBoundingClientRect().right <= 719)")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="null")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.get_by_test_id("panel")).to_be_visible()
    assert drawer.evaluate("it => it.style.cssText") == ""
    sheets = page.pdf(prefer_css_page_size=True, print_background=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", sheets)) <= most
    assert visit.complaints == []


@pytest.mark.parametrize("language", ["ru", "en"])
def test_each_figure_names_a_source_of_the_list_and_grids_are_told(visit: Visit, language: str) -> None:
    page = visit.open(f"/?lang={language}#passport=aleysk")
    sheet = page.get_by_test_id("passport-sheet")
    lines = sheet.get_by_test_id("passport-sources").locator("li").all_inner_texts()
    assert [line.partition("]")[0].strip("[") for line in lines] == [str(at + 1) for at in range(len(lines))]
    assert len({line.partition("]")[2] for line in lines}) == len(lines)
    assert not [line for line in lines if "rosstat_" in line]
    figures = sheet.locator("dl.figures").first.locator("dd")
    expect(figures.locator("sup.notes")).to_have_count(figures.count())
    told = {"ru": ("без места: сетка груба", "сетка 5′", "вершины"), "en": ("too coarse", "grid of 5′", "peaks")}
    height = sheet.locator("dd[data-code=elevation_mean]")
    expect(height).to_contain_text(told[language][0])
    expect(height).to_contain_text(told[language][1])
    expect(height.locator(".place-bar")).to_have_count(0)
    expect(sheet.get_by_test_id("heights")).to_contain_text(told[language][2])
    expect(sheet).to_contain_text("GeoNames (не все)" if language == "ru" else "GeoNames catalogue (not all)")


def test_each_unit_has_its_place_among_its_own_peers_and_the_krai_its_name(visit: Visit, api: httpx.Client) -> None:
    page = visit.open(f"/?lang=en#{THREE}&compare=bar/wage_total")
    lines = page.get_by_test_id("comparing").locator(".verdict span")
    expect(lines).to_have_count(3)
    rows = api.get("/indicators/wage_total/values").json()["values"]
    last = max(row["period"] for row in rows)
    wages = {row["territory_id"]: row["value"] for row in rows if row["period"] == last}
    for unit in ("smolensky", "altaysky", "zarinsky"):
        peers = [it["id"] for it in api.get(f"/passports/{unit}").json()["peers"]["units"]]
        place = 1 + sum(wages[peer] > wages[unit] for peer in peers)
        expect(page.locator(f".verdict [data-unit={unit}]")).to_contain_text(f"; {place} of 6 among its peers")
    krai = f"Altai Krai: {said(wages['krai'], 1)}"
    expect(page.locator("text.of-whole")).to_contain_text(krai)
    page.get_by_test_id("compare-scatter").click()
    expect(page.locator("text.of-whole").first).to_contain_text("Altai Krai: ")


def test_equal_units_are_told_to_share_their_places(visit: Visit) -> None:
    page = visit.open(f"/?lang=ru#{THREE}&compare=bar/share_65plus")
    expect(page.locator(".verdict [data-unit=smolensky]")).to_contain_text("делит 21–25-е место из 69")
    page.get_by_test_id("compare-x").select_option("forest_share")
    expect(page.get_by_test_id("compare-about")).to_contain_text("сетка 0,05°")


@pytest.mark.parametrize("opened", ["passport=smolensky", f"{THREE}&compare=table"])
def test_what_is_chosen_is_seen_beside_the_drawer(visit: Visit, opened: str) -> None:
    visit.page.set_viewport_size({"width": 1024, "height": 768})
    page = visit.open(f"/?lang=en#{opened}")
    # the panel makes room for the drawer
    expect(page.locator("html")).to_have_class(re.compile("folded"))
    drawer = page.get_by_test_id("drawer").bounding_box() or {}
    outlines = page.locator(".leaflet-highlight-pane path").all()
    assert outlines
    for outline in outlines:
        box = outline.bounding_box() or {}
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= drawer["x"]


def test_a_wide_table_says_that_there_is_more_and_keeps_its_names(visit: Visit) -> None:
    page = visit.open(f"/?lang=en#{THREE}&compare=table")
    more, frame = page.get_by_test_id("further"), page.locator(".compare-table")
    name = frame.locator("tbody th").first
    before = name.bounding_box()
    expect(more).to_be_visible()
    more.click()
    page.wait_for_function("document.querySelector('.compare-table').scrollLeft > 100")
    assert name.bounding_box() == before
    frame.evaluate("it => it.scrollTo({ left: it.scrollWidth })")
    expect(more).to_be_hidden()
    assert name.bounding_box() == before
    # decimals stand under each other
    cells = frame.locator("tbody tr td:nth-child(4)").all_inner_texts()
    assert {len(cell.partition(".")[2]) for cell in cells} == {2}


def test_units_that_there_are_not_are_told(visit: Visit) -> None:
    page = visit.open("/?lang=en#units=smolensky,nowhere&compare=bar/no_such")
    expect(page.get_by_test_id("notice")).to_contain_text("nowhere")
    expect(page.get_by_test_id("picked").locator("li")).to_have_count(1)
    expect(page.get_by_test_id("compare-x")).to_have_value("wage_total")


def test_in_a_narrow_window_the_panel_makes_room_for_the_drawer(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 1024, "height": 768})
    page = visit.open("/?lang=en#passport=smolensky")
    expect(page.get_by_test_id("drawer")).to_be_visible()
    expect(page.get_by_test_id("layers")).to_be_hidden()
    page.get_by_test_id("drawer").get_by_role("button", name="Close").click()
    expect(page.get_by_test_id("layers")).to_be_visible()
    # what the reader has folded stays so
    page.get_by_test_id("fold").click()
    page.evaluate("location.hash = 'passport=altaysky&lang=en'")
    expect(page.get_by_test_id("drawer")).to_contain_text("Altaysky")
    page.get_by_test_id("drawer").get_by_role("button", name="Close").click()
    expect(page.get_by_test_id("layers")).to_be_hidden()
