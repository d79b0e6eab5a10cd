"""asOf: former revisions by number and by time, on pages, in links, and gone."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from altaigis.app import create_app
from altaigis.settings import Settings
from altaigis.store import load
from projects import CSV, POINTS, Project

ITEMS = "/collections/sites/items"


@pytest.fixture(scope="module")
def project(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Three revisions of sites with 1, 2 and 3 visitors at a; the first is not kept."""
    made = Project(tmp_path_factory.mktemp("project"), new_database())
    made.layer(POINTS + "keep: 2\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "GRACE", timedelta(0))
        for visitors in "123":
            made.source("sites.csv", CSV.replace("10", visitors))
            made.run()
    yield made
    made.workspace.database.dispose()


@pytest.fixture(scope="module")
def sites(project: Project) -> Iterator[TestClient]:
    settings = Settings(project=project.folder, database_url=project.url)
    with TestClient(create_app(settings, project.catalog, project.url), raise_server_exceptions=False) as client:
        yield client


def visitors(client: TestClient, **parameters: str) -> int:
    answer = client.get(ITEMS, params=parameters)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["features"][0]["properties"]["visitors"])


def test_by_number(sites: TestClient) -> None:
    assert [visitors(sites, asOf=number) for number in "23"] == [2, 3]
    one = sites.get(f"{ITEMS}/a", params={"asOf": "2"}).json()
    assert one["properties"]["visitors"] == 2


def test_by_time(sites: TestClient, project: Project) -> None:
    (third,) = project.ask("SELECT created FROM altaigis.revisions WHERE number = 3")[0]
    before, after = (third + timedelta(milliseconds=step) for step in (-1, 1))
    assert visitors(sites, asOf=before.isoformat()) == 2
    assert visitors(sites, asOf=after.isoformat()) == 3
    assert visitors(sites, asOf="2999-01-01") == 3


@pytest.mark.parametrize(
    ("as_of", "problem"),
    [("1", "no longer kept"), ("4", "no revision 4"), ("2000-01-01T00:00:00Z", "had no data yet")],
)
def test_what_is_not_there(sites: TestClient, as_of: str, problem: str) -> None:
    for address in (ITEMS, f"{ITEMS}/a"):
        answer = sites.get(address, params={"asOf": as_of})
        assert answer.status_code == 404
        assert problem in answer.json()["description"]


@pytest.mark.parametrize("as_of", ["", "0", "-1", "yesterday", "2024-13-01", "2024-01-01T00:00:00", "9" * 40, "٣"])
def test_what_is_no_revision(sites: TestClient, as_of: str) -> None:
    answer = sites.get(ITEMS, params={"asOf": as_of})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "asOf"


def test_links_and_tags_keep_it(sites: TestClient) -> None:
    first = sites.get(ITEMS, params={"asOf": "2", "limit": "1"})
    assert "asOf=2" in first.links["next"]["url"]
    assert all("asOf=2" in link["href"] for link in first.json()["links"] if link["rel"] in ("self", "alternate"))
    again = sites.get(ITEMS, params={"asOf": "2", "limit": "1"}, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    now = sites.get(ITEMS, params={"limit": "1"})
    assert now.headers["etag"] != first.headers["etag"]
    assert now.json()["timeStamp"] >= first.json()["timeStamp"]
    page = sites.get(ITEMS, params={"asOf": "2", "limit": "1", "f": "html"}).text
    assert page.count("asOf=2") >= 3, "GeoJSON, the record, the next page"


def test_the_api_document_tells_of_it(sites: TestClient) -> None:
    document = sites.get("/api").json()
    assert "asOf" in document["components"]["parameters"]
    for path in ("/collections/{collection_id}/items", "/collections/{collection_id}/items/{feature_id}"):
        named = document["paths"][path]["get"]["parameters"]
        assert {"$ref": "#/components/parameters/asOf"} in named
