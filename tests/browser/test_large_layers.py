"""Layers of many features: drawn out of vector tiles, with names, picking and legend as others have them."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from conftest import running_server
from projects import Project, head

from .conftest import READY_MS, NewVisit, Visit
from .mapping import expect_in_link, pixel

COUNT = 2500
SIDE = 50
RED = (255, 0, 0, 255)
PLACES = (
    head("crowd", "crowd.csv", "crs: EPSG:4326", "geometry: {x: lon, y: lat}").replace(
        "{ru: Слой, en: Layer}", "{ru: Посёлки, en: Settlements}"
    )
    + """\
  place_id: {role: id, type: text}
  name_ru: {role: title, type: text}
  name_en: {type: text}
  population: {type: integer, unit: persons}
  note: {type: text, title: {ru: Заметка, en: Note}}
  geom: {role: geometry, type: Point}
tiles: {minzoom: 4, maxzoom: 12, fields: {0: [name_ru, name_en, population]}}
styles:
  default:
    kind: simple
    symbol: {fill: '#ff0000', stroke: '#ffffff', width: 1, radius: 5}
"""
)
CELLS = (
    head("cells", "cells.geojson")
    + """\
  cell_id: {role: id, type: text}
  name_ru: {role: title, type: text}
  density: {type: number}
  geom: {role: geometry, type: Polygon}
styles:
  default:
    kind: classes
    title: {ru: Плотность, en: Density}
    field: density
    method: {ru: заданные границы, en: given breaks}
    breaks: [500, 1000]
    colours: ['#0000ff', '#00ff00', '#ff0000']
"""
)


def places() -> str:
    rows = (
        f"{i},Посёлок {i},Place {i},{i},заметка {i},{80 + i % SIDE / 10},{51 + i // SIDE / 25}" for i in range(COUNT)
    )
    return "\n".join(["place_id,name_ru,name_en,population,note,lon,lat", *rows])


def cells() -> str:
    features = []
    for i in range(COUNT):
        west, south = 80 + i % SIDE / 10, 51 + i // SIDE / 25
        ring = [[west, south], [west + 0.1, south], [west + 0.1, south + 0.04], [west, south + 0.04], [west, south]]
        density = None if i == 0 else i
        features.append(
            {
                "type": "Feature",
                "properties": {"cell_id": str(i), "name_ru": f"Ячейка {i}", "density": density},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture(scope="module")
def crowded(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with two layers that are too large for a browser."""
    url = new_database()
    project = Project(tmp_path_factory.mktemp("crowded") / "project", url)
    project.layer(PLACES)
    project.source("crowd.csv", places())
    project.layer(CELLS)
    project.source("cells.geojson", cells())
    project.run("crowd")
    project.run("cells")
    project.workspace.database.dispose()
    with running_server(project.folder, url) as server:
        yield server


@pytest.fixture
def window(new_visit: NewVisit, crowded: str) -> Visit:
    """A desktop window on that server, with its requests."""
    visit = new_visit()
    visit.server = crowded
    visit.page.on("request", lambda request: paths(visit.page).append(request.url.removeprefix(crowded)))
    return visit


def paths(page: Page) -> list[str]:
    """What a page has asked for."""
    if not hasattr(page, "asked"):
        page.asked = []  # type: ignore[attr-defined]
    return page.asked  # type: ignore[attr-defined, no-any-return]


def at(number: int) -> tuple[float, float]:
    return 80 + number % SIDE / 10, 51 + number // SIDE / 25


def colour(page: Page, x: float, y: float) -> tuple[int, ...]:
    """Red, green, blue and opacity that the canvases of the map show at a pixel of the window."""
    return tuple(
        page.evaluate(
            """([x, y]) => {
              for (const canvas of document.querySelectorAll('.crowd canvas')) {
                const box = canvas.getBoundingClientRect();
                if (x < box.left || y < box.top || x >= box.right || y >= box.bottom) continue;
                const scale = canvas.width / box.width;
                const [r, g, b, a] = canvas.getContext('2d')
                  .getImageData((x - box.left) * scale, (y - box.top) * scale, 1, 1).data;
                if (a > 0) return [r, g, b, a];
              }
              return [];
            }""",
            [x, y],
        )
    )


TILES_ARE_THERE = "() => document.querySelectorAll('.crowd .leaflet-tile-loaded').length > 3"


def opened(window: Visit, layers: str, lang: str = "ru", zoom: float = 9) -> Page:
    page = window.open(f"/?lang={lang}#layers={layers}&map={zoom}/52/82.5")
    page.wait_for_function(
        "() => document.querySelectorAll('.crowd .leaflet-tile-loaded').length > 3", timeout=READY_MS
    )
    page.wait_for_timeout(300)
    return page


@pytest.mark.parametrize("zoom", [8, 8.75, 9.25])
def test_points_come_as_tiles_and_never_as_a_whole(window, zoom):
    page = opened(window, "crowd", zoom=zoom)
    asked = paths(page)
    assert any(path.startswith("/tiles/crowd/") and ".mvt?v=" in path for path in asked)
    assert not any("/collections/crowd/items" in path for path in asked)
    assert page.locator(".mark").count() == 0
    assert colour(page, *pixel(page, *at(1225))) == RED
    assert window.complaints == []


def test_the_pointer_is_told_the_name_and_a_click_tells_all(window):
    page = opened(window, "crowd")
    x, y = pixel(page, *at(1225))
    page.mouse.move(x + 40, y + 9)
    page.mouse.move(x + 1, y + 1)
    expect(page.locator(".crowd-tip")).to_have_text("Посёлок 1225")
    page.mouse.click(x + 1, y + 1)
    popup = page.get_by_test_id("popup")
    expect(popup).to_contain_text("Посёлок 1225")
    # what no tile has comes with the feature itself
    expect(popup).to_contain_text("заметка 1225")
    expect_in_link(page, "sel=crowd/1225")
    page.mouse.move(x + 16, y + 14)
    expect(page.locator(".crowd-tip")).to_have_count(0)


def test_a_link_opens_a_feature_that_no_tile_in_sight_has(window):
    page = window.open("/?lang=en#layers=crowd&map=11/52/82.5&sel=crowd/7")
    expect(page.get_by_test_id("popup")).to_contain_text("Place 7")
    expect(page.get_by_test_id("notice")).to_have_count(0)
    window.open("/?lang=en#layers=crowd&map=11/52/82.5&sel=crowd/nobody")
    expect(page.get_by_test_id("notice")).to_contain_text("crowd/nobody")


def test_large_places_have_their_names_in_the_language_of_the_page(window):
    page = opened(window, "crowd", lang="en")
    named = page.locator(".labels g.settlement text")
    expect(named.first).to_contain_text("Place")
    page.get_by_role("button", name="Рус").click()
    expect(named.first).to_contain_text("Посёлок")


def test_areas_have_the_colours_and_the_counts_of_their_classes(window):
    page = opened(window, "cells")
    legend = page.get_by_test_id("legend-class")
    expect(legend).to_have_count(3)
    assert legend.locator(".count").all_text_contents() == ["499", "500", "1\u00a0500"]
    expect(page.get_by_test_id("legend-nodata")).to_contain_text("1")
    lon, lat = at(1225)
    x, y = pixel(page, lon + 0.05, lat + 0.02)
    assert colour(page, x, y) == RED
    page.mouse.click(x, y)
    expect(page.get_by_test_id("popup")).to_contain_text("Ячейка 1225")


def test_a_class_of_the_legend_lights_its_areas_alone(window):
    page = opened(window, "cells")
    lon, lat = at(1225)
    spot = pixel(page, lon + 0.05, lat + 0.02)
    assert colour(page, *spot) == RED
    page.get_by_test_id("legend-class").first.hover()
    assert 0 < colour(page, *spot)[3] < 60
    page.mouse.move(700, 300)
    assert colour(page, *spot) == RED


def test_the_layer_fades_and_goes(window):
    page = opened(window, "crowd")
    page.get_by_test_id("layer-crowd").locator("summary").click()
    page.get_by_role("slider").fill("0.5")
    assert page.locator(".crowd").evaluate("e => e.style.opacity") == "0.5"
    page.get_by_test_id("layer-crowd").locator(".switch").click()
    expect(page.locator(".crowd")).to_have_count(0)
    expect(page.locator(".labels g.settlement")).to_have_count(0)


def test_tiles_that_do_not_come_are_told_of_and_asked_for_again(window):
    page = window.page
    page.route("**/*.mvt*", lambda route: route.fulfill(status=500, body="no"))
    window.open("/?lang=en#layers=crowd&map=9/52/82.5")
    notice = page.get_by_test_id("notice")
    expect(notice).to_contain_text("Settlements")
    page.unroute("**/*.mvt*")
    notice.get_by_role("button", name="Try again").click()
    page.wait_for_function(TILES_ARE_THERE)
    page.wait_for_timeout(300)
    assert colour(page, *pixel(page, *at(1225))) == RED
