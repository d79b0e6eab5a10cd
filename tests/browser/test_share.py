"""The map taken along: as a link, a picture, paper, a file, a frame, and without its server."""

import io
import re
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from browser.conftest import NewVisit, Visit

PATIENCE_MS = 30_000
#: A share of the channels' whole range, from which on two pixels are not alike.
UNLIKE = 12
WAGES = "#ind=wage_total/period:2023&lang={language}"
WORDS = {
    "ru": ("Поделиться", "Алтайский край: Среднемесячная зарплата, 2023", "Нет связи с сервером"),
    "en": ("Share", "Altai Krai: Average monthly wage, 2023", "The server is out of reach"),
}


@pytest.fixture(params=["ru", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def opened(visit: Visit, language: str) -> Page:
    """The map with wages on it, and the dialog open."""
    page = visit.open(f"/{WAGES.format(language=language)}")
    page.get_by_role("button", name=WORDS[language][0]).click()
    expect(page.get_by_test_id("share-dialog")).to_be_visible()
    return page


def picture(page: Page, size: str) -> Image.Image:
    page.get_by_test_id("share-size").select_option(size)
    with page.expect_download(timeout=PATIENCE_MS) as saved:
        page.get_by_test_id("share-png").click()
    assert saved.value.suggested_filename.endswith(".png")
    return Image.open(Path(saved.value.path())).convert("RGB")


def pixels_of(image: Image.Image, colour: str) -> int:
    """How many pixels are about of a colour."""
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    return int((np.abs(np.asarray(image).astype(int) - wanted).max(axis=2) <= 3).sum())


def test_the_picture_shows_the_map_with_its_legend(visit: Visit, api: httpx.Client, language: str) -> None:
    page = opened(visit, language)
    expect(page.get_by_test_id("share-title")).to_have_value(WORDS[language][1])
    before = page.url
    screen, sheet = picture(page, "screen"), picture(page, "landscape")
    map_box = page.get_by_test_id("map").bounding_box()
    assert map_box
    # the whole map at two dots a pixel, and what is told beside it
    assert screen.width > 2 * map_box["width"]
    assert screen.height > 2 * map_box["height"]
    assert sheet.size == (1754, 1240)
    told = api.get("/indicators/wage_total/classes?period=2023&series=fixed").json()
    for image in (screen, sheet):
        assert len(image.getcolors(maxcolors=1 << 24) or ()) > 200
        # classes are mixed with what they lie on, and drawn once more in the legend
        strongest = told["classes"][-1]["colour"]
        mixed = pixels_of(image, mixture(strongest, "#f6f4ef", 0.85)) + pixels_of(
            image, mixture(strongest, "#ffffff", 0.85)
        )
        assert mixed > 2000
        legend = image.crop((int(image.width * 0.78), 0, image.width, image.height))
        for one in told["classes"]:
            assert pixels_of(legend, mixture(one["colour"], "#ffffff", 0.85)) > 100
    assert page.url == before
    assert visit.complaints == []
    assert visit.outside == set()


def mixture(colour: str, ground: str, share: float) -> str:
    pairs = [(int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(above * share + below * (1 - share)):02x}" for above, below in pairs)


@pytest.mark.parametrize(("size", "expected"), [("slide", (1600, 1200)), ("portrait", (1240, 1754))])
def test_pictures_of_a_size(phone: Visit, size: str, expected: tuple[int, int]) -> None:
    assert picture(opened(phone, "ru"), size).size == expected


def test_a_link_gives_the_same_picture(new_visit: NewVisit, language: str) -> None:
    visit = new_visit()
    page = opened(visit, language)
    link = page.get_by_test_id("share-link").input_value()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("share-dialog")).to_have_count(0)
    expect(page.get_by_test_id("share")).to_be_focused()
    page.mouse.move(5, 5)
    page.evaluate("document.activeElement.blur()")
    other = new_visit(locale="en-US")
    other.page.goto(link)
    other.page.wait_for_selector("html[data-ready=true]", timeout=PATIENCE_MS)
    other.page.mouse.move(5, 5)
    shots = [np.asarray(Image.open(io.BytesIO(each.screenshot())).convert("RGB"), int) for each in (page, other.page)]
    unlike = (np.abs(shots[0] - shots[1]).max(axis=2) > UNLIKE).mean()
    assert unlike < 0.001


def test_data_of_what_is_shown(visit: Visit, api: httpx.Client) -> None:
    page = opened(visit, "en")
    rows = page.get_by_test_id("share-data").locator("tr")
    values = rows.first.get_by_role("link", name="CSV")
    href = values.get_attribute("href") or ""
    answer = page.request.get(href)
    assert "wage_total-2023.csv" in answer.headers["content-disposition"]
    lines = answer.text().splitlines()
    told = api.get("/indicators/wage_total/values?period=2023").json()["values"]
    assert len(lines) == len(told) + 1
    stations = rows.filter(has_text="Monitoring points").get_by_role("link", name="GeoJSON")
    whole = page.request.get(stations.get_attribute("href") or "").json()
    assert len(whole["features"]) == api.get("/collections/monitoring_points/items?limit=1").json()["numberMatched"]
    page.keyboard.press("Escape")
    page.goto(f"{visit.server}/#map=10/53.35/83.75&lang=en")
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    page.get_by_test_id("share").click()
    page.get_by_test_id("share-part").select_option("view")
    part = page.request.get(stations.get_attribute("href") or "").json()
    assert 0 < len(part["features"]) < len(whole["features"])


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str], str]]:
    """Puts a text on a page of another origin, and tells its address."""
    texts: list[bytes] = []

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(texts[-1])

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        Thread(target=server.serve_forever, daemon=True).start()

        def put(text: str) -> str:
            texts.append(f"<!doctype html><link rel=icon href=data:,><body>{text}".encode())
            return f"http://localhost:{server.server_port}/"

        yield put
        server.shutdown()


def test_the_frame_shows_the_map_alone(
    visit: Visit, new_visit: NewVisit, elsewhere: Callable[[str], str], language: str
) -> None:
    page = opened(visit, language)
    host = new_visit(900, 640)
    host.page.goto(elsewhere(page.get_by_test_id("share-embed").input_value()))
    frame = host.page.frame_locator("iframe")
    expect(frame.locator("html[data-ready=true]")).to_be_attached(timeout=PATIENCE_MS)
    expect(frame.get_by_test_id("legend")).to_be_visible()
    expect(frame.get_by_test_id("attribution")).to_be_visible()
    for hidden in ("panel", "share", "theme"):
        expect(frame.get_by_test_id(hidden)).to_be_hidden()
    assert host.complaints == []
    with host.page.context.expect_page() as living:
        frame.get_by_test_id("open-living").click()
    expect(living.value.get_by_test_id("panel")).to_be_visible(timeout=PATIENCE_MS)
    assert "embed" not in living.value.url
    assert "wage_total" in living.value.url
    # the whole application is framed by nobody
    host.page.goto(elsewhere(f'<iframe src="{visit.server}/"></iframe>'))
    expect(host.page.frame_locator("iframe").get_by_test_id("map")).to_have_count(0)
    assert any("frame-ancestors" in complaint for complaint in host.complaints)


def test_the_file_works_from_a_disk(visit: Visit, chromium: Browser, tmp_path: Path, language: str) -> None:
    page = opened(visit, language)
    with page.expect_download(timeout=PATIENCE_MS) as saved:
        page.get_by_test_id("share-html").click()
    assert saved.value.suggested_filename.endswith(".html")
    file = tmp_path / "map.html"
    saved.value.save_as(file)
    context = chromium.new_context(offline=True)
    asked: list[str] = []
    complaints: list[str] = []
    alone = context.new_page()
    alone.on("request", lambda request: asked.append(request.url))
    alone.on("pageerror", lambda error: complaints.append(str(error)))
    alone.on("console", lambda message: complaints.append(message.text))
    alone.goto(file.as_uri())
    expect(alone.get_by_role("heading", level=1)).to_have_text(WORDS[language][1])
    fills = alone.locator("path.leaflet-interactive").evaluate_all(
        "paths => paths.map(path => path.getAttribute('fill'))"
    )
    told = httpx.get(f"{visit.server}/indicators/wage_total/classes?period=2023&series=fixed").json()
    assert sum(fills.count(one["colour"]) for one in told["classes"]) == sum(one["count"] for one in told["classes"])
    unit = alone.locator(f"path[fill='{told['classes'][-1]['colour']}']").first
    unit.click(force=True)
    expect(alone.locator(".leaflet-popup-content table")).to_be_visible()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
    context.close()


def test_paper_has_title_legend_and_sources(visit: Visit, language: str) -> None:
    page = visit.open(f"/{WAGES.format(language=language)}")
    before = page.url
    # as Ctrl+P does it
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".print-head h1")).to_have_text(WORDS[language][1])
    expect(page.locator(".shared-legend .histogram")).to_be_visible()
    expect(page.locator(".print-foot")).to_contain_text("OpenStreetMap")
    expect(page.locator(".print-foot")).to_contain_text("wage_total")
    expect(page.locator(".print-north")).to_be_visible()
    expect(page.locator(".leaflet-control-scale-line")).to_be_visible()
    for hidden in ("panel", "share", "theme"):
        expect(page.get_by_test_id(hidden)).to_be_hidden()
    assert page.get_by_test_id("map").bounding_box() == {
        "x": 0,
        "y": pytest.approx(36, abs=8),
        "width": 735,
        "height": 590,
    }
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="null")
    expect(page.get_by_test_id("panel")).to_be_visible()
    assert page.url == before
    sheets = page.pdf(prefer_css_page_size=True, print_background=True)
    assert re.findall(rb"/Count (\d+)", sheets) == [b"1"]
    width, height = map(float, re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", sheets)[0])
    assert (round(width), round(height)) == (842, 595)


@pytest.fixture
def installed(chromium: Browser, server_url: str) -> Iterator[Any]:
    """A browser that takes workers."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    yield context
    context.close()


def ready(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("html[data-ready=true]", timeout=PATIENCE_MS)


#: The worker fetches for itself what the page had before it was there: all of it has to have come.
KEPT = """async () => {
  await navigator.serviceWorker.ready;
  const kept = new Set();
  for (const name of await caches.keys())
    for (const { url } of await (await caches.open(name)).keys()) kept.add(url);
  const data = performance.getEntriesByType('resource').map(({ name }) => name).filter(
    (name) => /\\/(collections|indicators|stations)\\b/.test(name),
  );
  return data.length > 5 && [`${location.origin}/`, ...data].every((each) => kept.has(each));
}"""


def until_kept(page: Page) -> None:
    # a function that promises is not asked again by Playwright, whatever it has promised
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(KEPT):
        assert time.monotonic() < deadline, "the worker does not keep what the page has asked for"
        page.wait_for_timeout(100)


def test_what_was_seen_is_there_without_the_server(installed: Any, server_url: str, language: str) -> None:
    page = installed.new_page()
    address = f"{server_url}/{WAGES.format(language=language)}"
    ready(page, address)
    until_kept(page)
    page.wait_for_load_state("networkidle")
    installed.set_offline(True)
    again = installed.new_page()
    ready(again, address)
    expect(again.get_by_test_id("notice")).to_contain_text(WORDS[language][2])
    expect(again.get_by_test_id("legend")).to_contain_text(WORDS[language][1].split(": ")[1])
    assert again.locator("path[data-layer=districts]").count() == 69
    # the dialog is a part that comes later, and was not opened before
    again.get_by_test_id("share").click()
    expect(again.get_by_test_id("share-dialog")).to_be_visible()
    installed.set_offline(False)
    again.reload()
    again.wait_for_selector("html[data-ready=true]")
    expect(again.get_by_test_id("notice")).to_have_count(0)


def test_what_was_on_its_way_when_the_worker_came_is_kept_too(installed: Any, server_url: str) -> None:
    page = installed.new_page()
    held: list[Route] = []
    page.route("**/collections/districts?lang=ru&f=json", lambda route: held.append(route))
    page.add_init_script("if (location.protocol !== 'about:') fetch('/collections/districts?lang=ru&f=json')")
    ready(page, f"{server_url}/{WAGES.format(language='en')}")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null", timeout=PATIENCE_MS)
    assert held
    for route in held:
        route.continue_()
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('lang=ru&f=json'))",
        timeout=PATIENCE_MS,
    )
    until_kept(page)


def test_nothing_old_is_shown_while_the_server_answers(installed: Any, server_url: str) -> None:
    page = installed.new_page()
    ready(page, f"{server_url}/?lang=en")
    until_kept(page)
    # as if it had been kept before the data changed
    page.evaluate(
        """async () => {
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const key of await cache.keys())
              if (key.url.includes('/collections?'))
                await cache.put(key, Response.json({ collections: [] }));
          }
        }"""
    )
    ready(page, f"{server_url}/?lang=en")
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    assert page.locator("path[data-layer=districts]").count() == 69
