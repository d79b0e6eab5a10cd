"""Revisions: what history tells, what is kept, and what a rollback does and does not."""

import hashlib
import time
from datetime import timedelta
from typing import Any

import pytest

from altaigis import __version__
from altaigis.domain.run import PastRun
from altaigis.errors import CheckFailed, ConformError, RevisionNotFound, SourceError
from altaigis.etl import pipeline
from altaigis.etl.fingerprint import pending
from altaigis.etl.pipeline import run
from altaigis.store import load
from altaigis.store.revisions import current_revisions, history
from etl.test_pipeline import TABLES
from projects import CSV, POINTS, SQUARES, Project, head, squares


@pytest.fixture
def project(sites_project: Project) -> Project:
    return sites_project


def visitors(project: Project, number: int) -> None:
    project.source("sites.csv", CSV.replace("10", str(number)))
    project.run()


def told(project: Project) -> list[PastRun]:
    return history(project.workspace.database, "sites")


def test_the_duration_is_that_of_the_whole_run(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    write = pipeline.write_product

    def slow(*what: Any) -> None:
        time.sleep(0.3)
        write(*what)

    monkeypatch.setattr(pipeline, "write_product", slow)
    done = project.run()
    ((kept,),) = project.ask("SELECT report -> 'seconds' FROM altaigis.revisions")
    assert done.seconds == told(project)[0].report["seconds"] == kept >= 0.3


def roll_back(project: Project, number: int | None = None) -> int:
    return load.roll_back(project.workspace.database, project.catalog.layer("sites"), number).number


def shown(project: Project) -> int:
    return next(row[2] for row in project.table() if row[0] == "a")


def test_history_tells_what_came_and_what_failed(project: Project) -> None:
    project.run()
    project.source("sites.csv", CSV.replace("10", "-1"))
    project.run()
    (project.raw / "sites.csv").unlink()
    with pytest.raises(SourceError):
        project.run()
    failed, second, first = told(project)
    assert (failed.outcome, failed.revision, failed.kept) == ("failed", None, False)
    assert "sites.csv is missing" in failed.report["error"]
    assert failed.report["checksums"] == {"sites.csv": None}
    assert (failed.report["code"], failed.report["parameters"]["source"]["file"]) == (__version__, "sites.csv")
    assert (second.revision, second.report["refused"], second.report["loaded"], second.current) == (2, 1, 2, True)
    assert (first.revision, first.report["refused"], first.kept, first.current) == (1, 0, True, False)
    assert first.report["code"] == __version__
    assert first.report["checksums"]["sites.csv"] != second.report["checksums"]["sites.csv"]
    assert len(first.report["checksums"]["sites.csv"]) == 64
    assert first.report["parameters"]["source"]["crs"] == "EPSG:4326"
    assert first.report["seconds"] > 0
    assert project.ask("SELECT rule, message FROM altaigis.findings WHERE run = %s", failed.number)[0][0] == "source"


def test_the_last_revisions_are_kept(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "GRACE", timedelta(0))
    project.layer(POINTS + "keep: 3\n")
    for number in range(1, 6):
        visitors(project, number)
    assert project.ask(TABLES) == [("sites_r3",), ("sites_r4",), ("sites_r5",)]
    assert [run.kept for run in told(project)] == [True, True, True, False, False]
    with pytest.raises(RevisionNotFound, match=r"revision 2 .* no longer kept"):
        roll_back(project, 2)
    with pytest.raises(RevisionNotFound, match="no revision 9"):
        roll_back(project, 9)
    assert project.number() == 5


def test_a_rollback_is_a_revision_that_an_unchanged_source_does_not_undo(project: Project) -> None:
    visitors(project, 1)
    visitors(project, 2)
    before = project.table()
    assert roll_back(project, 1) == 3
    assert shown(project) == 1
    assert project.run().outcome == "unchanged"
    layers = project.catalog.in_load_order()
    places = project.workspace.raw, project.workspace.processed
    assert pending(layers, *places, current_revisions(project.workspace.database)) == []
    (project.workspace.processed / "sites.parquet").unlink()
    assert project.run().outcome == "unchanged", "a lost product is no change of the source"
    assert (told(project)[0].outcome, told(project)[0].report["rolled_back_to"]) == ("rolled back", 1)
    assert roll_back(project) == 4, "without a number: the state before"
    assert project.table() == before
    visitors(project, 3)
    assert (project.number(), shown(project)) == (5, 3), "a changed source loads again"


def test_a_rollback_to_what_is_shown_changes_nothing(project: Project) -> None:
    with pytest.raises(RevisionNotFound, match="no data yet"):
        roll_back(project)
    visitors(project, 1)
    with pytest.raises(RevisionNotFound, match="one state only"):
        roll_back(project)
    with pytest.raises(RevisionNotFound, match="shows now"):
        roll_back(project, 1)
    assert project.number() == 1


def test_a_table_that_a_rollback_uses_outlives_its_first_revision(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "GRACE", timedelta(0))
    project.layer(POINTS + "keep: 2\n")
    for number in (1, 2):
        visitors(project, number)
    roll_back(project, 1)
    visitors(project, 3)
    assert project.ask(TABLES) == [("sites_r1",), ("sites_r4",)]
    assert roll_back(project) == 5
    assert shown(project) == 1


def test_other_fields_cannot_be_rolled_back_to(project: Project) -> None:
    project.run()
    project.layer(POINTS.replace("visitors: {type: integer, range: [0, null]}", "visitors: {type: number}"))
    project.run()
    with pytest.raises(RevisionNotFound, match=r"revision 1 .* other fields .*: visitors"):
        roll_back(project, 1)
    assert [run.outcome for run in told(project)] == ["loaded", "loaded"]


def test_a_dry_run_says_the_same_and_leaves_no_trace(project: Project) -> None:
    layer = project.catalog.layer("sites")
    project.source("sites.csv", CSV.replace("10", "-1"))
    dry = run(layer, project.workspace, dry=True)
    assert (dry.outcome, dry.dry, dry.received, dry.loaded, dry.refused) == ("loaded", True, 3, 2, 1)
    assert (project.number(), told(project), project.workspace.processed.exists()) == (None, [], False)
    real = project.run()
    assert (real.received, real.loaded, real.findings) == (dry.received, dry.loaded, dry.findings)
    (project.raw / "sites.csv").unlink()
    with pytest.raises(SourceError):
        run(layer, project.workspace, dry=True)
    project.source("sites.csv", CSV)
    project.layer(POINTS + "checks: {count: 9}\n")
    with pytest.raises(CheckFailed):
        run(project.catalog.layer("sites"), project.workspace, dry=True)
    assert len(told(project)) == 1


def test_a_run_that_fails_for_its_source_says_which_source(project: Project) -> None:
    project.run()
    content = CSV.replace("name_ru", "название")
    project.source("sites.csv", content)
    with pytest.raises(ConformError):
        project.run()
    failed = told(project)[0]
    assert (failed.outcome, failed.report["checksums"]) == (
        "failed",
        {"sites.csv": hashlib.sha256(content.encode()).hexdigest()},
    )


WHOLE = (
    head("whole", "whole.csv", "geometry: {union_of: squares}")
    + """\
  whole_id: {role: id, type: text}
  geom: {role: geometry, type: MultiPolygon, required: true}
"""
)


def test_a_layer_is_made_from_what_a_rolled_back_one_shows(project: Project) -> None:
    project.layer(SQUARES)
    project.layer(WHOLE)
    project.source("whole.csv", "whole_id\nw\n")

    def width(east: int) -> float:
        project.source("squares.geojson", squares(("a", 80, 50, 81, 51), ("b", 81, 50, east, 51)))
        project.run("squares")
        project.run("whole")
        return float(project.table("whole", "ST_XMax(geom) - ST_XMin(geom)")[0][0])

    assert (width(82), width(83)) == (2, 3)
    database = project.workspace.database
    load.roll_back(database, project.catalog.layer("squares"), 1)
    places = project.workspace.raw, project.workspace.processed
    layers = project.catalog.in_load_order(["squares", "whole"])
    assert [layer.id for layer in pending(layers, *places, current_revisions(database))] == ["whole"]
    assert project.run("whole").outcome == "loaded"
    assert project.table("whole", "ST_XMax(geom) - ST_XMin(geom)") == [(2,)]
    assert pending(layers, *places, current_revisions(database)) == []
    load.roll_back(database, project.catalog.layer("squares"), 2)
    assert project.run("whole").outcome == "loaded"
    assert project.table("whole", "ST_XMax(geom) - ST_XMin(geom)") == [(3,)]
