"""The temporal extent of a collection, from the fields that have a role of time."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from altaigis.app import create_app
from altaigis.settings import Settings
from etl.test_pipeline import Project

LAYER = """\
id: {id}
kind: table
theme: statistics
title: {{ru: Придумано, en: Synthetic}}
source:
  file: times.csv
  licence: CC0-1.0
  attribution: {{ru: придумано, en: synthetic}}
fields:
  id: {{role: id, type: integer}}
  day: {{{day}type: date}}
  at: {{{at}type: datetime}}
  until: {{{until}type: date}}
  never: {{{never}type: date}}
"""
CSV = """\
id,day,at,until,never
1,2001-05-01,2001-05-01T00:00:00+07:00,2001-06-01,
2,1999-12-31,,2002-06-01,
3,2003-01-01,2020-01-01T00:00:00.5Z,,
4,,,,
"""
ROLES = {
    "days": {"day": "time"},
    "moments": {"at": "time"},
    "spans": {"day": "time_start", "until": "time_end"},
    "closed": {"at": "time_start", "until": "time_end"},
    "starts": {"day": "time_start"},
    "ends": {"until": "time_end"},
    "nevers": {"never": "time"},
    "timeless": {},
}
EXPECTED: dict[str, list[str | None] | None] = {
    "days": ["1999-12-31T00:00:00Z", "2003-01-01T23:59:59Z"],
    "moments": ["2001-04-30T17:00:00Z", "2020-01-01T00:00:00.500000Z"],
    # the third has no end
    "spans": ["1999-12-31T00:00:00Z", None],
    # the second has no start
    "closed": [None, None],
    "starts": ["1999-12-31T00:00:00Z", None],
    "ends": [None, "2002-06-01T23:59:59Z"],
    "nevers": None,
    "timeless": None,
}


@pytest.fixture(scope="module")
def project(new_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = Project(tmp_path_factory.mktemp("times"), new_database())
    made.source("times.csv", CSV)
    for name, roles in ROLES.items():
        told = {field: f"role: {roles[field]}, " if field in roles else "" for field in ("day", "at", "until", "never")}
        made.layer(LAYER.format(id=name, **told))
        made.run(name)
    yield made
    made.workspace.database.dispose()


@pytest.fixture(scope="module")
def times(project: Project) -> Iterator[TestClient]:
    settings = Settings(project=project.folder, database_url=project.url)
    with TestClient(create_app(settings, project.catalog, project.url), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("layer", EXPECTED)
def test_the_time_that_features_lie_in(times: TestClient, layer: str) -> None:
    extent = times.get(f"/collections/{layer}").json().get("extent", {})
    expected = EXPECTED[layer]
    assert (extent.get("temporal") is None) == (expected is None)
    if expected is not None:
        assert extent["temporal"]["interval"] == [expected]
        assert extent["temporal"]["trs"].endswith("Gregorian")
        # datetime finds all that have a time within it, and no feature before or after
        start, end = (part or ".." for part in expected)
        asked = {"datetime": f"{start}/{end}"}
        assert times.get(f"/collections/{layer}/items", params=asked).json()["numberMatched"] == 4


def test_a_new_load_has_its_own_times(project: Project, times: TestClient) -> None:
    project.source("times.csv", CSV + "5,2030-01-01,,,\n")
    project.run("days")
    times.portal.call(times.app.app.state.altaigis.ledger.look)  # type: ignore[union-attr, attr-defined]
    extent = times.get("/collections/days").json()["extent"]
    assert extent["temporal"]["interval"] == [["1999-12-31T00:00:00Z", "2030-01-01T23:59:59Z"]]
