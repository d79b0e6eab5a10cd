"""The system's Chromium, and pages that remember what they asked for and complained about."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from altaigis.web import DIST

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: A popup makes room for itself: what is pressed while the map moves is not what is released.
AT_REST = """() => {
  const moves = document.querySelector('.leaflet-pan-anim, .leaflet-zoom-anim') !== null;
  window.framesAtRest = moves ? 0 : (window.framesAtRest ?? 0) + 1;
  if (window.framesAtRest <= 5) return false;
  delete window.framesAtRest;
  return true;
}"""
READY_MS = 30_000


@dataclass
class Visit:
    """One browser window on the map, and what it did."""

    page: Page
    server: str
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def open(self, address: str = "/?lang=ru") -> Page:
        """Open an address of the server and wait for the first complete picture, at rest."""
        self.page.goto(self.server + address)
        self.page.wait_for_selector("html[data-ready=true]", timeout=READY_MS)
        self.page.wait_for_function(AT_REST, polling="raf", timeout=READY_MS)
        return self.page

    @property
    def outside(self) -> set[str]:
        """Hosts other than the server that were asked for anything."""
        return self.hosts - {urlsplit(self.server).netloc}


# Playwright keeps an event loop running for as long as it lives; the tests that come next start loops of their own.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.is_file():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    assert (DIST / "index.html").is_file(), "the map is not built: npm ci && npm run build in src/altaigis/web"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


NewVisit = Callable[..., Visit]


def _is_complaint(message: ConsoleMessage) -> bool:
    return message.type in ("error", "warning") and "blocked by Playwright" not in message.text


@pytest.fixture
def new_visit(chromium: Browser, server_url: str) -> Iterator[NewVisit]:
    """Makes windows: ``new_visit(width, height, locale=…)``."""
    contexts: list[BrowserContext] = []

    def make(width: int = 1440, height: int = 900, *, locale: str = "ru-RU", touch: bool = False) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale=locale,
            has_touch=touch,
            reduced_motion="reduce",
            # what a worker asks for cannot be answered by a test
            service_workers="block",
        )
        contexts.append(context)
        visit = Visit(context.new_page(), server_url)
        page = visit.page
        page.on("request", lambda request: visit.hosts.add(urlsplit(request.url).netloc or visit.server))
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: visit.complaints.append(message.text) if _is_complaint(message) else None,
        )
        return visit

    yield make
    for context in contexts:
        for page in context.pages:
            # an answer that a test is still changing would fail with the window, and with it the next test
            page.unroute_all(behavior="ignoreErrors")
        context.close()


@pytest.fixture
def visit(new_visit: NewVisit) -> Visit:
    """A desktop window, 1440 by 900."""
    return new_visit()


@pytest.fixture
def phone(new_visit: NewVisit) -> Visit:
    """A phone's window, 390 by 844."""
    return new_visit(390, 844, touch=True)


@pytest.fixture(scope="session")
def api(server_url: str) -> Iterator[httpx.Client]:
    """The API that the map draws from, to compare with what it shows."""
    with httpx.Client(base_url=server_url, headers={"Accept": "application/json"}) as client:
        yield client
