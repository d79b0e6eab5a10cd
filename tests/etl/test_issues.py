"""Findings as a layer: it follows the runs, and rests when they find the same."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from altaigis.app import create_app
from altaigis.errors import SourceError
from altaigis.etl.fingerprint import pending
from altaigis.settings import Settings
from altaigis.store.revisions import current_revisions, findings_mark
from conftest import ROOT
from etl.test_pipeline import CSV, POINTS, Project

ISSUES = (ROOT / "layers" / "quality_issues.yaml").read_text(encoding="utf-8")


@pytest.fixture
def project(new_database: Callable[[], str], tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path, new_database())
    made.layer(POINTS)
    made.layer(ISSUES)
    made.source("sites.csv", CSV)
    yield made
    made.workspace.database.dispose()


def run_all(project: Project) -> list[str]:
    return [project.run(layer.id).outcome for layer in project.catalog.in_load_order()]


def is_pending(project: Project) -> bool:
    database = project.workspace.database
    work = pending(
        project.catalog.in_load_order(),
        project.raw,
        project.workspace.processed,
        current_revisions(database),
        findings_mark(database),
    )
    return "quality_issues" in {layer.id for layer in work}


def test_it_follows_what_the_runs_find(project: Project) -> None:
    assert run_all(project) == ["loaded", "loaded"]
    assert project.table("quality_issues") == [], "nothing found is a layer without features"
    assert not is_pending(project)
    project.source("sites.csv", CSV.replace("10", "-1").replace("c,Без места,3", "c,,3"))
    project.run()
    assert is_pending(project)
    project.run("quality_issues")
    where = "CASE WHEN geom IS NULL THEN NULL ELSE ST_X(geom) END, ST_Y(geom)"
    found = project.table("quality_issues", f'finding_id, layer, severity, rule, "row", fid, {where}')
    assert [row[1:] for row in found] == [
        ("sites", "error", "required", 3, "c", None, None),
        ("sites", "error", "range", 1, "a", 85.85, 51.9),
    ]
    assert not is_pending(project)


def test_the_same_findings_again_are_no_new_revision(project: Project) -> None:
    project.source("sites.csv", CSV.replace("10", "-1"))
    run_all(project)
    project.source("sites.csv", CSV.replace("10", "-1").replace("Белокуриха", "Белуха"))
    assert run_all(project) == ["loaded", "unchanged"]


def test_a_run_that_failed_is_an_issue_until_one_succeeds(project: Project) -> None:
    run_all(project)
    (project.raw / "sites.csv").unlink()
    with pytest.raises(SourceError):
        project.run()
    project.run("quality_issues")
    ((message, geometry),) = project.table("quality_issues", "message, geom")
    assert "sites.csv is missing" in message
    assert geometry is None
    project.source("sites.csv", CSV.replace("10", "11"))
    assert run_all(project) == ["loaded", "loaded"]
    assert project.table("quality_issues") == []


def test_it_is_a_collection_like_any_other(project: Project) -> None:
    project.source("sites.csv", CSV.replace("10", "-1"))
    run_all(project)
    settings = Settings(project=project.folder, database_url=project.url)
    with TestClient(create_app(settings, project.catalog, project.url)) as client:
        (feature,) = client.get("/collections/quality_issues/items").json()["features"]
        assert feature["geometry"] == {"type": "Point", "coordinates": [85.85, 51.9]}
        assert feature["properties"]["rule"] == "range"
        assert client.get("/tiles/quality_issues/0/0/0.mvt").status_code == 200
        assert client.get("/collections/quality_issues").json()["extent"]
