"""The map in headless Chromium, on a server of its own with 230 000 synthetic settlements beside the real layers.

    python benchmarks/map.py [--rounds N] [--without-lighthouse]

Prints the time to the coloured units from a cold cache, what the first view transfers, the answers to the pointer,
frames a second while panning and zooming with all layers on, and what axe and Lighthouse say. Needs Chromium;
Lighthouse comes by npx, in the version that is named here.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import crowd
from measure import ROOT, empty_place, told
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
LIGHTHOUSE = "lighthouse@13.5.0"
AXE = ROOT / "src" / "altaigis" / "web" / "node_modules" / "axe-core" / "axe.min.js"
WINDOW = {"width": 1440, "height": 900}

COLOURED_MS, ANSWER_MS, FRAMES, WHOLE_KILOBYTES, SCRIPT_KILOBYTES, SCORE = 1500, 100, 50, 300, 250, 95

ALL = (
    "krai,districts,neighbours,settlements,crowd,resort_sites,resort_clusters,monitoring_points,alerts,protected_areas,"
    "rivers,lakes,landcover,elevation,climate_zones"
)
PANNING_SECONDS = 3

#: When each unit has its colour, milliseconds since the address was opened.
COLOURED = """
const units = 69;
const look = () => {
  const painted = document.querySelectorAll('path[data-layer=districts][fill^="#"]').length;
  if (painted >= units) requestAnimationFrame(() => { window.coloured = performance.now(); });
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
#: A promise of the milliseconds from an event to the picture in which something is so.
ANSWERED = """() => {
  window.answered = new Promise((done) => addEventListener('%(event)s', ({ timeStamp }) => {
    const look = () => (%(shown)s)
      ? requestAnimationFrame(() => done(performance.now() - timeStamp))
      : requestAnimationFrame(look);
    look();
  }, { once: true, capture: true }));
}"""
#: The colours of the units, as one text.
FILLS = "[...document.querySelectorAll('path[data-layer=districts]')].map((path) => path.getAttribute('fill')).join()"
FRAME_TIMES = """() => {
  window.frames_seen = [];
  const seen = (at) => { window.frames_seen.push(at); requestAnimationFrame(seen); };
  requestAnimationFrame(seen);
}"""
#: The middle of some municipality that nothing else lies on.
ON_A_UNIT = """() => {
  for (const path of document.querySelectorAll('path[data-layer=districts]')) {
    const { left, top, width, height } = path.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    if (width > 40 && document.elementFromPoint(x, y) === path) return [x, y];
  }
}"""
VIOLATIONS = """async () => (await axe.run()).violations.map(
  ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ target }) => target).join(' ')}`
)"""


class Transfer:
    """What a page fetches, as it comes over the line: bytes by kind of file."""

    def __init__(self, page: Page) -> None:
        self.bytes: dict[str, float] = {}
        self._kinds: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.responseReceived", lambda told: self._kinds.update({told["requestId"]: told["type"]}))
        session.on("Network.loadingFinished", self._count)
        session.send("Network.enable")

    def _count(self, told: dict[str, Any]) -> None:
        kind = self._kinds.get(told["requestId"], "Other")
        self.bytes[kind] = self.bytes.get(kind, 0) + told["encodedDataLength"]

    def kilobytes(self, *kinds: str) -> float:
        return sum(size for kind, size in self.bytes.items() if not kinds or kind in kinds) / 1000


@contextmanager
def window(browser: Browser) -> Iterator[Page]:
    """One that has seen nothing yet."""
    context = browser.new_context(viewport=WINDOW, locale="ru-RU")
    try:
        yield context.new_page()
    finally:
        context.close()


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("html[data-ready=true]", timeout=60_000)
    return page


def first_view(browser: Browser, url: str, rounds: int) -> bool:
    coloured, whole, scripts = [], [], []
    for _ in range(rounds):
        with window(browser) as page:
            page.add_init_script(COLOURED)
            transfer = Transfer(page)
            opened(page, url)
            page.wait_for_function("window.coloured")
            coloured.append(page.evaluate("window.coloured"))
            page.wait_for_load_state("networkidle")
            whole.append(transfer.kilobytes())
            scripts.append(transfer.kilobytes("Script"))
    print("first view, cold cache")
    kept = [
        told("units coloured", coloured, "ms", COLOURED_MS),
        told("transferred in all", whole, "kB", WHOLE_KILOBYTES),
        told("of it JavaScript", scripts, "kB", SCRIPT_KILOBYTES),
    ]
    return all(kept)


def answers(browser: Browser, url: str, rounds: int) -> bool:
    """From a movement, click or choice to the picture that answers it."""
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        with window(browser) as page:
            opened(page, f"{url}/#ind=wage_total")
            page.wait_for_timeout(500)
            for name, found in interactions(page):
                times.setdefault(name, []).append(found)
    print("answers")
    kept = [told(name, found, "ms", ANSWER_MS) for name, found in times.items()]
    return all(kept)


def interactions(page: Page) -> Iterator[tuple[str, float]]:
    """What a reader does, one after the other, and milliseconds until the page has answered."""
    x, y = page.evaluate(ON_A_UNIT)
    there = partial(page.mouse.move, x, y)
    yield "hover: the name", answered(page, "mousemove", "document.querySelector('.name-tip')", there)
    popup = "document.querySelector('[data-testid=popup]')"
    yield "click: the popup", answered(page, "mousedown", popup, partial(page.mouse.click, x, y))
    page.keyboard.press("Escape")
    year = page.get_by_test_id("period")
    year.focus()
    page.evaluate(f"window.former = {FILLS}")
    to_year = partial(year.press, "ArrowLeft")
    yield "another year: the colours", answered(page, "change", f"{FILLS} !== window.former", to_year)
    row = page.get_by_test_id("layer-protected_areas").locator(".switch")
    row.scroll_into_view_if_needed()
    marks = "document.querySelector('.mark[data-layer=protected_areas]')"
    yield "a layer that has to be fetched", answered(page, "click", marks, row.click)
    yield "the same switched off", answered(page, "click", f"!{marks}", row.click)


def answered(page: Page, event: str, shown: str, act: Callable[[], object]) -> float:
    page.evaluate(ANSWERED % {"event": event, "shown": shown})
    act()
    return float(page.evaluate("window.answered"))


def frames(browser: Browser, url: str, rounds: int) -> bool:
    """Frames a second while the map is dragged, and while it zooms."""
    panning, zooming, worst = [], [], []
    with window(browser) as page:
        opened(page, f"{url}/#layers={ALL}&map=8/52.7/84")
        page.wait_for_timeout(2000)
        page.evaluate(FRAME_TIMES)
        for turn in range(rounds):
            rate, longest = seen(page, partial(drag, page, 1 if turn % 2 else -1))
            panning.append(rate)
            worst.append(longest)
            page.wait_for_timeout(1000)
        for turn in range(rounds):
            zooming.append(seen(page, partial(zoom, page, "in" if turn % 2 == 0 else "out"))[0])
            page.wait_for_timeout(1000)
    print(f"frames, all layers on and {crowd.COUNT} settlements as tiles")
    kept = told("panning", panning, "frames/s", FRAMES, least=True)
    print(f"  longest frame while panning: {median(worst):.0f} ms; zooming: {median(zooming):.1f} frames/s (told only)")
    return kept


def seen(page: Page, act: Callable[[], object]) -> tuple[float, float]:
    """Frames a second during an action, and milliseconds of the longest."""
    page.evaluate("window.frames_seen.length = 0")
    act()
    at = page.evaluate("window.frames_seen")
    return 1000 * (len(at) - 1) / (at[-1] - at[0]), max(later - now for now, later in pairwise(at))


def drag(page: Page, way: int) -> None:
    x, y = 850 - way * 300, 450
    page.mouse.move(x, y)
    page.mouse.down()
    end = time.perf_counter() + PANNING_SECONDS
    while time.perf_counter() < end:
        x, y = x + 3 * way, 450 + x % 7
        page.mouse.move(x, y)
    page.mouse.up()


def zoom(page: Page, way: str) -> None:
    page.locator(f".leaflet-control-zoom-{way}").click()
    page.wait_for_timeout(1500)


def accessible(browser: Browser, url: str) -> bool:
    found: list[str] = []
    for address in ("/?lang=ru", "/?lang=en#ind=pop_density", "/collections?f=html"):
        with window(browser) as page:
            page.goto(url + address)
            page.wait_for_load_state("networkidle")
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found += [f"{address}: {violation}" for violation in page.evaluate(VIOLATIONS)]
    print("\n  ".join([f"axe: {len(found)} violations", *found]))
    return not found


def lighthouse(url: str, rounds: int) -> bool:
    """Its scores of the page in a desktop window."""
    scores: dict[str, list[float]] = {}
    for _ in range(rounds):
        command = ["npx", "--yes", LIGHTHOUSE, f"{url}/?f=html", "--output=json", "--quiet", "--preset=desktop"]
        node = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "CHROME_PATH": CHROMIUM}
        flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
        done = subprocess.run([*command, flags], env=os.environ | node, capture_output=True, text=True, check=True)
        report = json.loads(done.stdout)
        for category in report["categories"].values():
            scores.setdefault(category["title"], []).append(100 * category["score"])
    lost = {
        audit["id"]: audit["title"]
        for audit in report["audits"].values()
        if audit["score"] is not None and audit["score"] < 1 and audit["scoreDisplayMode"] in ("binary", "numeric")
    }
    print("Lighthouse, desktop")
    kept = [told(name, found, "", SCORE, least=True) for name, found in scores.items()]
    print(f"  not full marks, last round: {', '.join(lost) or 'nothing'}")
    return all(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many is told (default: 5)")
    parser.add_argument("--without-lighthouse", action="store_true", help="as npx needs the npm registry")
    parser.add_argument("--at", help="a server that runs already, with the layer that crowd.py makes")
    options = parser.parse_args()
    if options.at:
        kept = measured(options.at, options)
    else:
        with empty_place() as place:
            place.add_layer(crowd.LAYER, crowd.FILE, crowd.write)
            with place.server(ALTAIGIS_JOBS="0"):
                kept = measured(place.url, options)
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    sys.exit(0 if kept else 1)


def measured(url: str, options: argparse.Namespace) -> bool:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        kept = [
            first_view(browser, url, options.rounds),
            answers(browser, url, options.rounds),
            frames(browser, url, options.rounds),
            accessible(browser, url),
        ]
        browser.close()
    if not options.without_lighthouse:
        kept.append(lighthouse(url, min(options.rounds, 3)))
    return all(kept)


if __name__ == "__main__":
    main()
