"""Stations as pages: what a reader finds on them, in both languages, with and without the built front end."""

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from altaigis.api import web
from altaigis.app import create_app
from catalogs import project_catalog
from conftest import Installation
from observing import BARNAUL, HEADER, csv, observatory_at

AIR, SILENT = "AIR-BRN-1", "GRDC-2910450"


@pytest.fixture(scope="module")
def observed(
    installation: Installation, copy_of_database: Callable[[str], str], drop_database: Callable[[str], None]
) -> Iterator[TestClient]:
    """Measured wind, made-up air, and a parameter that no file declares and whose name is no markup."""
    url = copy_of_database(installation.template)
    rows = [f"{AIR},pm10,2024-01-01T0{hour}:00:00Z,{hour}.4,µg/m³,,synthetic: seed 1" for hour in range(9)]
    rows.append(f"{AIR},soot_of_my_own,2024-01-01T00:00:00Z,7,µg/m³,bad,lab")
    with observatory_at(url) as observatory:
        assert observatory.load(csv(*rows, header=f"{HEADER},flag,source")).refused == 0
    with TestClient(create_app(installation.settings, project_catalog(), url)) as client:
        yield client
    drop_database(url)


class Text(HTMLParser):
    """What a page says, and the script elements that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.scripts: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.scripts.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def read(client: TestClient, path: str, language: str = "en") -> tuple[str, Any]:
    """What a page says, and the answer."""
    answer = client.get(path, params={"f": "html", "lang": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    page = Text()
    page.feed(answer.text)
    return " ".join(page.words), answer


def data(page: str) -> dict[str, Any]:
    """What the chart is told."""
    found = re.search(r'<script type="application/json" id="series-data">(.*?)</script>', page, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def test_the_list_tells_the_latest_by_medium(observed: TestClient) -> None:
    told, answer = read(observed, "/stations")
    assert "Weather 25" in told
    assert "Water 51" in told
    assert re.search(r"Barnaul weather station 23\.0 345 2 2020-01-02, 06:00 silent", told)
    assert re.search(r"Zheleznodorozhny district synthetic series 8", told)
    assert told.count("no series") >= 80
    russian, _ = read(observed, "/stations", "ru")
    assert "синтетический ряд" in russian
    assert f"/stations/{BARNAUL}?f=html" in answer.text.replace("&amp;", "&")


def test_a_station_tells_what_it_is_and_what_it_says(observed: TestClient) -> None:
    told, answer = read(observed, f"/stations/{BARNAUL}")
    assert "Wind speed 23.0 m/s 2020-01-02, 06:00 unchecked" in told
    assert "synthetic series" not in told
    assert [one["parameter"] for one in data(answer.text)["series"]] == ["wind_speed", "wind_direction"]
    assert "WMO synoptic network" in told


def test_what_is_made_up_says_so(observed: TestClient) -> None:
    told, answer = read(observed, f"/stations/{AIR}")
    assert told.count("synthetic series") >= 3
    pm10, own = data(answer.text)["series"]
    assert (pm10["parameter"], pm10["synthetic"], pm10["substance"], pm10["step"]) == ("pm10", True, "pm10", 3_600_000)
    assert (own["title"], own["synthetic"]) == ("soot_of_my_own", False)
    assert "bad values alone" in told
    assert "синтетический ряд" in read(observed, f"/stations/{AIR}", "ru")[0]


def test_a_station_without_series_has_a_page(observed: TestClient) -> None:
    told, answer = read(observed, f"/stations/{SILENT}")
    assert "There are no series" in told
    assert "series-data" not in answer.text


def test_a_page_runs_no_script_but_ours(observed: TestClient) -> None:
    _, answer = read(observed, f"/stations/{AIR}")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    page = Text()
    page.feed(answer.text)
    assert all(one.get("type") == "application/json" or one.get("src") for one in page.scripts)
    assert "script-src" not in read(observed, "/stations")[1].headers["content-security-policy"]


def test_without_the_built_front_end_a_page_has_its_values(
    observed: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "DIST", tmp_path)
    told, answer = read(observed, f"/stations/{AIR}")
    assert "Particles PM10 8 µg/m³" in told
    assert 'src="' not in answer.text
    built = {"src/station-page.ts": {"file": "assets/station-1.js", "css": ["assets/station-1.css"]}}
    (tmp_path / "manifest.json").write_text(json.dumps(built))
    page = read(observed, f"/stations/{AIR}")[1].text
    assert "/assets/station-1.js" in page
    assert "/assets/station-1.css" in page


def test_there_is_no_such_station(observed: TestClient) -> None:
    answer = observed.get("/stations/NOWHERE", params={"f": "html"})
    assert answer.status_code == 404
    assert "NOWHERE" in answer.text
