"""axe finds nothing to complain about on the map and the pages, in both languages, both themes, and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from altaigis.web import DIST

from .conftest import NewVisit, Visit

AXE = DIST.parent / "node_modules" / "axe-core" / "axe.min.js"
FOUND = """async () => (await axe.run()).violations.flatMap(({ id, help, nodes }) =>
  nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')} (${failureSummary})`)
)"""
LANGUAGES = pytest.mark.parametrize("lang", ["ru", "en"])


def violations(page: Page) -> list[str]:
    assert AXE.is_file(), "axe is missing: npm ci in src/altaigis/web"
    # what is still on its way in or out has half its contrast
    page.wait_for_timeout(400)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(FOUND)
    return found


def as_opened(page: Page) -> None:
    expect(page.get_by_test_id("legend")).to_be_visible()


def a_popup(page: Page) -> None:
    page.locator("path[data-layer=districts]").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("popup")).to_be_visible()


def details_of_layers(page: Page) -> None:
    for layer in ("districts", "elevation", "osm"):
        page.get_by_test_id(f"layer-{layer}").locator("summary").click()


def passport(page: Page) -> None:
    expect(page.get_by_test_id("drawer").get_by_role("heading").nth(1)).to_be_visible()


def comparison(page: Page) -> None:
    expect(page.get_by_test_id("drawer").get_by_role("table").first).to_be_visible()


def measuring(page: Page) -> None:
    page.get_by_test_id("tool-measure").click()
    expect(page.get_by_test_id("measure")).to_be_visible()
    page.keyboard.press("Space")


def analysis(page: Page) -> None:
    page.locator("#tab-analysis").click()
    expect(page.locator("#panel-body select").first).to_be_visible()


def about(page: Page) -> None:
    page.locator("#tab-about").click()


def a_search(page: Page) -> None:
    page.get_by_test_id("search").fill("Бийск")
    expect(page.get_by_test_id("search-results").get_by_role("option").first).to_be_visible()


MAPS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "as it opens": ("", as_opened),
    "a popup": ("", a_popup),
    "details of layers": ("", details_of_layers),
    "an indicator": ("ind=wage_total", as_opened),
    "circles": ("ind=pop_jan1/symbols", as_opened),
    "a passport": ("passport=smolensky", passport),
    "a comparison": ("units=smolensky,altaysky&compare=table", comparison),
    "measuring": ("", measuring),
    "analysis": ("", analysis),
    "about": ("", about),
    "a search": ("", a_search),
}


@LANGUAGES
@pytest.mark.parametrize("name", MAPS)
def test_the_map_has_nothing_that_axe_complains_of(visit: Visit, name: str, lang: str) -> None:
    state, act = MAPS[name]
    page = visit.open(f"/?lang={lang}#{state}")
    act(page)
    assert violations(page) == []


@LANGUAGES
def test_nor_in_the_dark(visit: Visit, lang: str) -> None:
    page = visit.open(f"/?lang={lang}#ind=wage_total&passport=smolensky")
    page.get_by_test_id("theme").click()
    passport(page)
    assert violations(page) == []


@LANGUAGES
def test_nor_on_a_phone(new_visit: NewVisit, lang: str) -> None:
    page = new_visit(390, 844, touch=True).open(f"/?lang={lang}")
    assert violations(page) == []
    page.get_by_test_id("grip").click()
    page.get_by_test_id("grip").click()
    assert violations(page) == []


@LANGUAGES
@pytest.mark.parametrize(
    "path", ["/collections", "/collections/districts", "/stations/WMO-29838", "/indicators", "/passports/smolensky"]
)
def test_nor_on_the_pages(visit: Visit, path: str, lang: str) -> None:
    page = visit.page
    page.goto(f"{visit.server}{path}?f=html&lang={lang}")
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
