"""The panel of analyses: set, run, read as map, chart and words, and repeated by the notebook that it gives."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Page, expect

from altaigis.store import keys
from altaigis.store.pool import engine
from conftest import Installation, running_server

from .conftest import NewVisit, Visit
from .mapping import expect_in_link, pixel_of

RUN_MS = 60_000


@pytest.fixture(scope="module")
def workshop(
    installation: Installation, copy_of_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """URL of a copy of the real layers that results can be added to; its project stands in ``ALTAIGIS_PROJECT``."""
    url = copy_of_database(installation.template)
    with pytest.MonkeyPatch.context() as patched:
        project = tmp_path_factory.mktemp("workshop") / "project"
        shutil.copytree(installation.settings.project, project, symlinks=True)
        patched.setenv("ALTAIGIS_PROJECT", str(project))
        yield url


@pytest.fixture(scope="module")
def server_url(workshop: str) -> Iterator[str]:
    """A server with a worker beside it."""
    with running_server(Path(os.environ["ALTAIGIS_PROJECT"]), workshop, ALTAIGIS_JOBS="1") as url:
        yield url


@pytest.fixture(scope="module")
def api(server_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server_url, headers={"Accept": "application/json"}) as client:
        yield client


@pytest.fixture(scope="module")
def key(workshop: str) -> str:
    database = engine(workshop)
    try:
        return keys.add(database, f"reader {uuid4().hex[:8]}", ("run",))
    finally:
        database.dispose()


def choose(visit: Visit, process: str, language: str = "en") -> Page:
    page = visit.open(f"/?lang={language}")
    page.locator("#tab-analysis").click()
    page.get_by_test_id("process").select_option(process)
    expect(page.get_by_test_id("run")).to_be_visible()
    return page


def inputs(page: Page) -> dict[str, object]:
    return json.loads(page.get_by_test_id("inputs-json").input_value())


def run(page: Page, key: str) -> None:
    page.get_by_test_id("key").fill(key)
    # by key: names that come later move the button
    page.get_by_test_id("run").press("Enter")
    expect(page.get_by_test_id("result")).to_be_visible(timeout=RUN_MS)


def results_in_link(page: Page) -> list[str]:
    return re.findall("result_[0-9a-f]+", page.evaluate("location.hash"))


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_run_is_read_as_map_chart_and_words(
    visit: Visit, new_visit: NewVisit, api: httpx.Client, key: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = choose(visit, "hot-spots", language)
    variable = page.locator("[data-field=variable]")
    variable.locator("select").first.select_option("")
    variable.locator("select").first.select_option("wage_total")
    assert inputs(page)["variable"] == {"indicator": "wage_total", "period": 2024}, "the year that the list shows"
    run(page, key)
    job = re.search("job=([0-9a-f-]+)", page.evaluate("location.hash"))
    assert job
    summary = api.get(f"/jobs/{job[1]}/results").json()["summary"]["value"]
    expect(page.get_by_test_id("result-text")).to_have_text(summary["text"][language])
    (layer,) = results_in_link(page)
    chart = page.get_by_test_id("result-chart")
    items = api.get(f"/collections/{layer}/items?limit=100").json()["features"]
    assert chart.locator("g[data-unit] circle").count() == len(items) == 69
    # pointed at in the chart it is outlined on the map and told in words, and the other way
    outlines = page.locator(".leaflet-highlight-pane path")
    expect(outlines).to_have_count(0)
    chart.locator("g[data-unit=smolensky] circle").hover()
    expect(outlines).to_have_count(1)
    expect(chart.locator(".said")).to_contain_text({"ru": "Смоленский район", "en": "Smolensky District"}[language])
    chart.locator("svg").focus()
    page.keyboard.press("ArrowDown")
    expect(chart.locator("g.lit")).to_have_count(1)
    romanovsky = api.get(f"/collections/{layer}/items/romanovsky").json()
    page.mouse.move(*pixel_of(page, romanovsky))
    expect(chart.locator("g.lit")).to_have_attribute("data-unit", "romanovsky")
    # how it was made
    page.get_by_test_id("result").locator("summary", has_text=re.compile("Как это|How this")).click()
    method = api.get("/processes/hot-spots").json()["altai:method"]
    expect(page.get_by_test_id("formula")).to_have_text(method["formula"])
    for cited in method["citations"]:
        expect(page.locator(".made")).to_contain_text(cited)
    notebook = page.get_by_test_id("notebook").get_attribute("href") or ""
    book = nbformat.reads(api.get(notebook, headers={"Accept": "*/*"}).text, as_version=4)
    monkeypatch.setenv("ALTAIGIS_KEY", key)
    done = NotebookClient(book, timeout=120, kernel_name="python3").execute()
    said = "".join(output.get("text", "") for cell in done.cells for output in cell.get("outputs", []))
    assert summary["text"][language] in said
    # who finds it in the list of layers is led to the same
    finder = new_visit().open(f"/?lang={language}")
    row = finder.get_by_test_id(f"layer-{layer}")
    row.locator("summary").click()
    row.get_by_test_id("explain").click()
    expect(finder.get_by_test_id("result-text")).to_have_text(summary["text"][language])
    expect_in_link(finder, "job=")
    assert results_in_link(finder) == [layer]
    # a link opens the same
    again = new_visit().open(f"/{page.evaluate('location.search + location.hash')}")
    expect(again.get_by_test_id("result-text")).to_have_text(summary["text"][language])
    assert results_in_link(again) == [layer]
    assert visit.complaints == []


def test_what_is_missing_or_refused_is_told_at_its_field(visit: Visit) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url) if "/execution" in request.url else None)
    page = choose(visit, "peers", "ru")
    page.get_by_test_id("run").click()
    expect(page.locator(".mistake")).to_have_text("Это нужно заполнить.")
    expect(page.get_by_test_id("key")).to_be_focused()
    page.get_by_test_id("key").fill("altai_nothing")
    page.locator("[data-field=count] input").fill("900")
    page.get_by_test_id("run").click()
    expect(page.locator("[data-field=count] .mistake")).to_have_text("Можно от 1 до 50.")
    assert asked == []
    page.locator("[data-field=count] input").fill("3")
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-failed")).to_contain_text("Такого ключа сервер не знает")
    assert len(asked) == 1


def test_a_refusal_of_the_server_names_the_field(visit: Visit, key: str) -> None:
    page = choose(visit, "peers", "ru")
    page.locator(".inputs summary").click()
    page.get_by_test_id("inputs-json").fill(json.dumps({"unit": "nowhere", "indicators": ["wage_total"]}))
    page.get_by_test_id("key").fill(key)
    page.get_by_test_id("run").click()
    told = page.get_by_test_id("run-failed")
    expect(told).to_contain_text("Сервер объясняет", timeout=RUN_MS)
    expect(told).to_contain_text("nowhere")
    page.get_by_test_id("inputs-json").fill("{")
    page.get_by_test_id("inputs-json").blur()
    # what is no JSON stays as it is written, whatever else is filled in
    page.get_by_test_id("key").fill(f"{key} ")
    page.locator("[data-field=count] input").fill("4")
    expect(page.get_by_test_id("inputs-json")).to_have_value("{")
    expect(page.get_by_test_id("inputs-json")).to_have_attribute("aria-invalid", "true")
    page.get_by_test_id("run").click()
    expect(told).to_contain_text("не JSON")
    expect(told).to_be_in_viewport()
    # a mistake that the form finds itself takes the place of a former refusal
    page.locator("[data-field=count] input").fill("900")
    page.get_by_test_id("run").click()
    expect(page.locator("[data-field=count] .mistake")).to_be_visible()
    expect(told).to_have_count(0)


def test_a_territory_is_chosen_by_its_name_and_a_result_takes_the_place_of_another(visit: Visit, key: str) -> None:
    page = choose(visit, "peers", "en")
    unit = page.locator("[data-field=unit] select")
    expect(unit).to_have_value("altaysky")
    unit.select_option(label="Smolensky District")
    assert inputs(page)["unit"] == "smolensky"
    run(page, key)
    expect(page.get_by_test_id("result")).to_contain_text("Peers of Smolensky")
    lines = page.get_by_test_id("result-chart").locator("g[data-unit]")
    expect(lines).to_have_count(69)
    expect(lines.first).to_have_attribute("data-unit", "smolensky")
    (first,) = results_in_link(page)
    page.get_by_test_id("process").select_option("typology")
    expect(page.get_by_test_id("add-indicators")).to_be_visible()
    run(page, key)
    expect(page.get_by_test_id("result-chart")).to_have_attribute("data-kind", "profiles")
    expect_in_link(page, "layers=")
    (second,) = results_in_link(page)
    assert second != first


def test_parts_of_an_index_have_directions_and_weights(visit: Visit, key: str) -> None:
    page = choose(visit, "composite-index", "en")
    chosen = page.locator(".chosen li")
    expect(chosen).to_have_count(3)
    chosen.last.get_by_role("button").click()
    expect(chosen).to_have_count(2)
    chosen.nth(0).locator("input").fill("0.25")
    chosen.nth(1).locator("input").fill("0.75")
    chosen.nth(1).locator("select").select_option("true")
    first, second = inputs(page)["indicators"]  # type: ignore[misc]
    assert (first["weight"], second["weight"], second["less_is_better"]) == (0.25, 0.75, True)
    run(page, key)
    parts = page.get_by_test_id("components").locator("tr")
    expect(parts).to_have_count(3)
    expect(parts.nth(2)).to_contain_text("less is better")
    expect(parts.nth(2)).to_contain_text("0.75")


def test_what_is_interpolated_is_chosen_without_writing_json(visit: Visit, api: httpx.Client, key: str) -> None:
    measured = api.get("/stations/parameters?lang=en").json()["parameters"][0]
    page = choose(visit, "interpolation", "en")
    form = page.get_by_test_id("form-values")
    form.select_option(label="Observations over a time")
    page.get_by_test_id("key").fill(key)
    page.get_by_test_id("run").click()
    expect(page.locator("[data-field=parameter] .mistake")).to_be_visible()
    parameter = page.locator("[data-field=parameter] select")
    parameter.select_option(label=measured["title"])
    days = page.locator("[data-field=datetime] input")
    days.first.fill("2023-07-01")
    days.last.fill("2023-07-31")
    assert inputs(page)["values"] == {"parameter": measured["parameter"], "datetime": "2023-07-01/2023-07-31"}
    page.locator("[data-field=within] select").select_option("")
    assert inputs(page)["within"] is None
    form.select_option(label="A field of a layer")
    field = page.locator("[data-field=field] select")
    expect(field.locator("option[value=elevation_m]")).to_be_attached()
    field.select_option("elevation_m")
    assert inputs(page)["values"] == {"field": "elevation_m"}
    run(page, key)
    chart = page.get_by_test_id("result-chart")
    expect(chart).to_have_attribute("data-kind", "scatter")
    job = re.search("job=([0-9a-f-]+)", page.evaluate("location.hash"))
    assert job
    stations = api.get(f"/jobs/{job[1]}/results").json()["summary"]["value"]["tables"]["stations"]
    expect(chart.locator("circle")).to_have_count(len(stations))
    page.get_by_role("button", name="Estimate and error side by side").click()
    expect(page.get_by_test_id("beside-strip")).to_be_visible()
    assert visit.complaints == []


def test_a_process_that_does_not_come_is_asked_for_again(visit: Visit) -> None:
    page = choose(visit, "peers", "en")
    broken = re.compile("/processes/typology")
    page.route(broken, lambda route: route.abort())
    page.get_by_test_id("process").select_option("typology")
    expect(page.get_by_test_id("analysis-away")).to_be_visible()
    page.unroute(broken)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("add-indicators")).to_be_visible()
    expect(page.locator("[data-field=unit]")).to_have_count(0)
