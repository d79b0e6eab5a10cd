"""Findings as a layer: it follows the runs, and rests when they find the same."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from ruamel.yaml import YAML

from altaigis.app import create_app
from altaigis.domain.layer import Layer, LayerField
from altaigis.domain.rules import RULES
from altaigis.errors import SourceError
from altaigis.etl import pipeline
from altaigis.etl.check import _broken
from altaigis.etl.fingerprint import pending
from altaigis.etl.issues import of_loads
from altaigis.etl.pipeline import run
from altaigis.etl.rawdata import RawData
from altaigis.etl.workspace import Workspace
from altaigis.settings import Settings
from altaigis.store.loads import past_loads, refused_rows
from altaigis.store.revisions import current_revisions, findings_mark
from conftest import ROOT
from observing import BARNAUL, Observatory, csv, temperature
from projects import CSV, POINTS, Project

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
        project.workspace.raw,
        project.workspace.processed,
        current_revisions(database),
        {"findings": findings_mark(database)},
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
        ("sites", "error", "required", 4, "c", None, None),
        ("sites", "error", "range", 2, "a", 85.85, 51.9),
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


def test_findings_of_swapped_axes_are_issues_too(project: Project) -> None:
    """What the ledger says is not looked at as if it came from outside."""
    project.source("sites.csv", CSV.replace("85.85,51.9", "51.9,85.85"))
    run_all(project)
    assert project.table("quality_issues", "rule, fid") == [("axes", "a")]
    report = project.run("quality_issues")
    assert (report.outcome, report.refused) == ("unchanged", 0)


def test_the_row_as_it_came_can_be_read_there(project: Project) -> None:
    project.source("sites.csv", CSV.replace("10", "-1"))
    run_all(project)
    ((received,),) = project.table("quality_issues", "received")
    assert json.loads(received) == {
        "site_id": "a", "name_ru": "Озеро Ая", "visitors": "-1", "lon": "85.85", "lat": "51.9",
        "geometry": "POINT (85.85 51.9)",
    }  # fmt: skip


def test_findings_of_layers_that_are_no_more_are_not_told(project: Project) -> None:
    project.source("sites.csv", CSV.replace("10", "-1"))
    run_all(project)
    assert len(project.table("quality_issues")) == 1
    workspace = replace(project.workspace, layers=frozenset({"quality_issues"}))
    assert run(project.catalog.layer("quality_issues"), workspace).outcome == "loaded"
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


def test_it_tells_in_both_languages(project: Project) -> None:
    project.source("sites.csv", CSV.replace("10", "-1"))
    run_all(project)
    ((rule, *told, message),) = project.table(
        "quality_issues", "rule, name_ru, name_en, explanation_ru, explanation_en, message"
    )
    assert (rule, told[0], told[1]) == ("range", "вне пределов", "out of range")
    assert told[2] == "Значение меньше или больше допустимого."
    assert told[3] == "The value is smaller or larger than is allowed."
    assert message == "visitors: must lie between 0 and any, got -1"


def test_every_rule_that_the_etl_names_has_words() -> None:
    """Also for those who add a rule: its name and explanation belong into domain/rules.py."""
    named = set()
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "src" / "altaigis").rglob("*.py")]
    constants = {
        node.targets[0].id: node.value.value
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
                rule = next(iter([*node.args[1:2], *(word.value for word in node.keywords if word.arg == "rule")]))
                named |= {constants.get(rule.id)} if isinstance(rule, ast.Name) else set()
                named |= {rule.value} if isinstance(rule, ast.Constant) else set()
    # what is a variable there is made elsewhere: the rules of single values, asked below
    named = named - {None} | set(pipeline.RULES_OF_ERRORS.values())
    assert {"source", "sliver", "references", "observation", "duplicate", "remote", "not written"} <= named
    assert named - RULES.keys() == set()
    checked = {rule for kind in ("text", "Point") for rule in _rules_of(kind)}
    assert checked - RULES.keys() == set()
    assert all(re.search("[а-яё]", rule.name.ru) and rule.explanation.ru.endswith(".") for rule in RULES.values())


def _rules_of(kind: str) -> list[str]:
    declared = {"type": kind, "required": True} | (
        {"unique": True, "pattern": "a", "values": ("a",)} if kind == "text" else {}
    )
    return [rule for rule, _, _ in _broken(LayerField.model_validate(declared), pd.Series(["a"], dtype="string"))]


def test_what_loads_of_observations_refused_is_on_the_map(observatory: Observatory, tmp_path: Path) -> None:
    workspace = Workspace(RawData((tmp_path,)), tmp_path, observatory.database)
    layer = Layer.model_validate(YAML(typ="safe").load(ISSUES))
    rows = [temperature("2020-01-01T00:00:00Z", -17.6)]
    rows += [temperature(f"2020-01-01T{hour:02}:00:00", 1) for hour in range(9)]
    rows += [f"NOBODY-{n},air_temperature,2020-01-01T00:00:00Z,1,°C" for n in range(2)]
    observatory.load(csv(*rows))
    mark = findings_mark(observatory.database)
    assert run(layer, workspace).loaded == 3
    found = observatory.rows(
        "SELECT layer, rule, message, fid, row, ST_AsText(geom), finding_id < 0 "
        "FROM layers.quality_issues_r1 ORDER BY finding_id DESC"
    )
    assert [row[2] for row in found] == [
        "9 of 12 rows of test.csv (load 1): time without zone",
        "1 of 12 rows of test.csv (load 1): there is no station 'NOBODY-0'",
        "1 of 12 rows of test.csv (load 1): there is no station 'NOBODY-1'",
    ]
    ((place,),) = observatory.rows(
        f"SELECT ST_AsText(geom) FROM layers.monitoring_points_r1 WHERE station_id = '{BARNAUL}'"
    )
    assert found[0][:2] + found[0][3:] == ("observations", "observation", BARNAUL, 2, place, True)
    assert found[1][3:6] == ("NOBODY-0", 11, None)
    assert run(layer, workspace).outcome == "unchanged"
    # another source adds its own, and the next load of the first one takes the place of what it said before
    observatory.load(csv(temperature("2020-01-01T00:00:00", 1)), source="other")
    assert findings_mark(observatory.database) != mark
    observatory.load(csv(temperature("2020-01-02T00:00:00Z", 1)))
    assert run(layer, workspace).loaded == 1
    told = past_loads(observatory.database, 2)
    assert [(load.number, load.receipt.refused) for load in told] == [(3, 0), (2, 1)]
    assert told[1].receipt.reasons == {"time without zone": 1}


def test_many_refusals_make_few_issues(observatory: Observatory) -> None:
    rows = [f"NOBODY-{n},air_temperature,2020-01-01T00:00:00Z,1,°C" for n in range(1500)]
    assert observatory.load(csv(*rows)).refused == 1500
    issues = list(of_loads(refused_rows(observatory.database), {}))
    assert len(issues) == 201
    assert len({issue.number for issue in issues}) == 201
    other = next(issue for issue in issues if "other reasons" in issue.finding.message)
    assert other.finding.message.startswith("1300 of 1500 rows")
    assert (other.finding.row, other.finding.fid) == (None, None)
