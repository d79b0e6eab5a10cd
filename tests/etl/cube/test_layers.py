"""Layers of indicators: made once, of the values that there are, and drawn by the classes that the API tells."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from altaigis.app import create_app
from altaigis.domain.revision import Revision
from altaigis.etl.cube.layers import make_layers
from altaigis.etl.cube.outstanding import Outstanding, outstanding
from altaigis.layerfiles import read_catalog
from altaigis.store.derived import retire
from altaigis.store.revisions import current_revisions
from conftest import Installation

CODES = ("dependency_ratio", "town_pop_jan1")


@pytest.fixture
def database(installation: Installation) -> Iterator[Engine]:
    database = installation.workspace.database
    yield database
    for code in CODES:
        retire(database, f"ind_{code}")
    database.dispose()


def test_they_are_made_once_and_agree_with_the_api(installation: Installation, database: Engine) -> None:
    now = current_revisions(database)
    work = outstanding(database, installation.catalog, now)
    assert work.make.keys() == installation.catalog.indicators.by_code.keys()
    ours = Outstanding({code: work.make[code] for code in CODES}, ())
    made = {it.layer: it.told for it in make_layers(database, installation.catalog, now, ours)}
    assert all(isinstance(told, Revision) and told.count == 69 for told in made.values()), made
    assert outstanding(database, installation.catalog, now).make.keys() == work.make.keys() - set(CODES)

    # a catalog of its own: that of all tests has no layers that come and go
    app = create_app(installation.settings, read_catalog(installation.settings.layers_dir), installation.url)
    with TestClient(app) as client:
        assert "ind_dependency_ratio" in client.get("/collections").text
        style = client.get("/collections/ind_dependency_ratio/styles/y2023", params={"f": "json"}).json()
        told = client.get("/indicators/dependency_ratio/classes", params={"period": "2023"}).json()
        assert style["breaks"] == told["breaks"]
        assert style["colours"] == [one["colour"] for one in told["classes"]]
        sld = client.get("/collections/ind_dependency_ratio/styles/y2023", params={"f": "sld"}).text
        assert all(colour in sld for colour in style["colours"])
        unit = client.get("/collections/ind_dependency_ratio/items/smolensky").json()
        assert (unit["properties"]["y2023"], unit["geometry"]["type"]) == (67.4, "MultiPolygon")
        assert client.get("/tiles/ind_dependency_ratio/6/46/20.mvt").status_code == 200
        page = client.get("/collections/ind_dependency_ratio", params={"f": "html", "lang": "en"})
        assert page.status_code == 200
        assert "<h2>Summary</h2>" in page.text
        towns = client.get("/collections/ind_town_pop_jan1/items", params={"filter": "y2020 IS NULL"}).json()
        assert towns["numberMatched"] == 60
        links = client.get("/indicators/dependency_ratio").json()["links"]
        assert "collection" in {link["rel"] for link in links}
