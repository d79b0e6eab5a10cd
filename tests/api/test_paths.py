"""Ids of features as they come: each has an address, whatever stands in it, and links lead there."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from lxml import html

from altaigis.app import create_app
from altaigis.settings import Settings
from projects import POINTS, Project

IDS = (
    "s/1 Я?",
    "a/b/c",
    "/",
    "/edge/",
    "//",
    "history",
    "a%b",
    "x#y",
    "ёж & «К»",
    "a/history/b",
    "..a",
    "1;2,3",
)


@pytest.fixture(scope="module")
def client(project_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    project = Project(Path(tmp_path_factory.mktemp("ids")) / "project", project_url)
    rows = "".join(f'"{fid}",Место,{number},85.85,51.9\n' for number, fid in enumerate(IDS))
    project.source("sites.csv", "site_id,name_ru,visitors,lon,lat\n" + rows)
    project.layer(POINTS)
    project.layer(POINTS.replace("id: sites", "id: own") + "editable: true\n")
    assert project.run().outcome == project.run("own").outcome == "loaded"
    project.workspace.database.dispose()
    app = create_app(Settings(project=project.folder, database_url=project.url), project.catalog, project.url)
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("layer", ["sites", "own"])
@pytest.mark.parametrize("fid", IDS)
def test_every_id_has_an_address(client: TestClient, layer: str, fid: str) -> None:
    address = f"/collections/{layer}/items/{quote(fid, safe='')}"
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    feature = answer.json()
    assert feature["id"] == fid
    links = {link["rel"]: link["href"] for link in feature["links"]}
    assert links["self"].endswith(address)
    assert client.get(links["self"]).json()["id"] == fid
    page = client.get(links["alternate"])
    assert page.status_code == 200
    assert fid in html.fromstring(page.content).text_content()
    assert client.head(address).status_code == client.get(f"{address}/").status_code == 200
    history = client.get(f"{address}/history")
    assert history.status_code == (200 if layer == "own" else 404)


def test_the_table_leads_to_each(client: TestClient) -> None:
    table = html.fromstring(client.get("/collections/sites/items?f=html&lang=en").content)
    hrefs = {href for href in table.xpath("//tbody//a/@href") if "/items/" in href}
    assert len(hrefs) == len(IDS)
    assert all(client.get(href).status_code == 200 for href in hrefs)


def test_methods_are_those_of_the_address(client: TestClient) -> None:
    allowed = {
        "/collections/sites/items/a%2Fb": "GET, HEAD, OPTIONS",
        "/collections/own/items/a%2Fb": "GET, HEAD, PUT, PATCH, DELETE, OPTIONS",
        "/collections/own/items/a%2Fb/history": "GET, HEAD, OPTIONS",
    }
    assert {path: client.options(path).headers["allow"] for path in allowed} == allowed
