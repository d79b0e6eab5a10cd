"""The chart of a station: drawn from what the server answers, and led by pointer and keys."""

from playwright.sync_api import expect

from browser.conftest import Visit
from observing import BARNAUL

PATIENCE_MS = 30_000


def test_the_chart_of_a_series(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.server}/stations/{BARNAUL}?f=html&lang=en#parameter=wind_speed&period=all&bucket=hour")
    expect(page.locator("#series-view .uplot")).to_be_visible(timeout=PATIENCE_MS)
    readout, chart = page.locator(".readout"), page.locator(".chart")
    expect(readout).to_contain_text("Wind speed, m/s: 1 Jan 2020 – 2 Jan 2020, hours", timeout=PATIENCE_MS)
    chart.focus()
    page.keyboard.press("Home")
    expect(readout).to_contain_text("1 Jan 2020, 07:00: 0 m/s (0 … 0), n = 1")
    page.keyboard.press("ArrowRight")
    expect(readout).to_contain_text("1 Jan 2020, 08:00: 1 m/s")
    page.keyboard.press("End")
    expect(readout).to_contain_text("2 Jan 2020, 06:00: 23 m/s")
    page.locator("select[name=bucket]").select_option("day")
    expect(readout).to_contain_text("days", timeout=PATIENCE_MS)
    page.locator("summary").click()
    expect(page.locator(".rows tbody tr")).to_have_count(2)
    csv = page.locator("a[data-format=csv]").get_attribute("href") or ""
    assert page.request.get(csv).text().startswith('"station","parameter","unit","synthetic","time"')
    with page.expect_download() as saved:
        page.locator(".png").click()
    assert saved.value.suggested_filename == f"{BARNAUL}-wind_speed.png"
    assert visit.complaints == []
    assert visit.outside == set()
