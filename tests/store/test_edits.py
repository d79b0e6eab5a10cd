"""Edits in a real PostGIS: versions, former states, the merge with loads, and many who write at once."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import mapbox_vector_tile
import pytest
import shapely

from altaigis.cli.etl import summary
from altaigis.domain.edit import Edit
from altaigis.domain.feature import Feature
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.errors import (
    AltaiError,
    Busy,
    ConformError,
    EditConflict,
    EditRefused,
    FeatureExists,
    FeatureNotFound,
    NotEditable,
    RevisionNotFound,
)
from altaigis.etl import pipeline
from altaigis.etl.upstream import Upstream
from altaigis.filters.params import feature_query
from altaigis.store import load
from altaigis.store.compare import compare
from altaigis.store.edits import Editor, editing, read_log, read_versioned
from altaigis.store.features import count_features, read_feature, read_features
from altaigis.store.pool import async_engine
from altaigis.store.revisions import current_revisions, findings_mark, history, last_findings, last_run
from altaigis.store.search import search_places
from altaigis.store.tiles import read_tile
from projects import CSV, POINTS, Project

SITES = POINTS + "editable: true\n"
A, B, C = CSV.splitlines()[1:]


@pytest.fixture
def project(empty_project: Project) -> Project:
    empty_project.layer(SITES)
    empty_project.source("sites.csv", CSV)
    empty_project.run()
    return empty_project


def sites(project: Project) -> Layer:
    return project.catalog.layer("sites")


def edit(project: Project, change: Callable[[Editor], object], who: str = "anna") -> int:
    """One edit in a block of its own; the revision that it made."""
    with editing(project.workspace.database, sites(project), who) as editor:
        change(editor)
    return project.number() or 0


def shown(project: Project, number: int | None = None) -> dict[str, Any]:
    """Visitors by id, as a revision shows them."""
    revision = number or project.number()
    rows = project.ask(
        "SELECT site_id, visitors FROM layers.sites_r1 WHERE _since <= %s AND _until > %s", revision, revision
    )
    return dict(rows)


def point(x: float, y: float) -> str:
    return str(shapely.to_wkb(shapely.set_srid(shapely.Point(x, y), 4326), hex=True, include_srid=True))


def source(project: Project, *lines: str) -> pipeline.Report:
    project.source("sites.csv", "\n".join([CSV.splitlines()[0], *lines, ""]))
    return project.run()


# Edits


def test_every_operation_is_a_revision_and_every_former_state_stays(project: Project) -> None:
    new = {"site_id": "n", "name_ru": "Новое", "visitors": 7, "geom": point(84, 52)}
    assert edit(project, lambda e: e.insert(new)) == 2
    assert edit(project, lambda e: e.update("a", {"visitors": 11})) == 3
    assert edit(project, lambda e: e.replace("b", {"name_ru": "Белокуриха", "visitors": 5})) == 4
    assert edit(project, lambda e: e.delete("c")) == 5
    assert shown(project, 1) == {"a": 10, "b": None, "c": 3}
    assert shown(project, 2) == {"a": 10, "b": None, "c": 3, "n": 7}
    assert shown(project, 3) == {"a": 11, "b": None, "c": 3, "n": 7}
    assert shown(project, 4) == {"a": 11, "b": 5, "c": 3, "n": 7}
    assert shown(project, 5) == {"a": 11, "b": 5, "n": 7}
    now = current_revisions(project.workspace.database)["sites"]
    assert (now.count, now.relation) == (3, "sites_r1")
    assert now.extent is not None
    assert now.extent.as_list() == [84, 51.9, 85.85, 52], "b has lost its point, n has brought one"
    outcomes = [(run.outcome, run.revision, run.kept) for run in history(project.workspace.database, "sites")]
    assert outcomes == [("edited", n, True) for n in (5, 4, 3, 2)] + [("loaded", 1, True)]


def test_counts_and_extents_are_those_of_the_whole_layer(project: Project) -> None:
    def move(fid: str, x: float | None, y: float = 52) -> Callable[[Editor], object]:
        return lambda e: e.update(fid, {"geom": None if x is None else point(x, y)})

    def come_and_go(editor: Editor) -> None:
        for fid in ("x", "y"):
            editor.insert({"site_id": fid, "name_ru": "Новое", "geom": point(80, 50)})
        editor.delete("x")
        editor.update("y", {"geom": point(85.4, 51.95)})

    changes = [move("a", 86), move("c", 85.5, 51.95), move("c", 85.6, 51.96), come_and_go, move("a", None),
               move("b", None), move("c", None), move("y", None), move("a", 84)]  # fmt: skip
    for change in changes:
        number = edit(project, change)
        ((count, extent),) = project.ask("SELECT features, extent FROM altaigis.revisions WHERE number = %s", number)
        query = (
            "SELECT count(*), ST_XMin(ST_Extent(geom)), ST_YMin(ST_Extent(geom)), ST_XMax(ST_Extent(geom)), "
            "ST_YMax(ST_Extent(geom)) FROM layers.sites_r1 WHERE _since <= %s AND _until > %s"
        )
        ((expected, *corners),) = project.ask(query, number, number)
        assert (count, extent) == (expected, None if corners[0] is None else corners)


def test_the_log_says_who_changed_what(project: Project) -> None:
    edit(project, lambda e: e.update("a", {"visitors": 11}), "anna")
    edit(
        project, lambda e: e.replace("a", {"name_ru": "Озеро Ая", "visitors": 12, "geom": point(85.85, 51.9)}), "boris"
    )
    edit(project, lambda e: e.delete("a"), "anna")
    deleted, replaced, updated = read_log(project.workspace.database, sites(project), "a")
    assert [(e.who, e.operation, e.revision) for e in (updated, replaced, deleted)] == [
        ("anna", "update", 2), ("boris", "replace", 3), ("anna", "delete", 4)
    ]  # fmt: skip
    assert updated.fields == replaced.fields == ("visitors",), "what stays as it was does not count"
    assert updated.former is not None
    assert updated.latter is not None
    assert (updated.former["visitors"], updated.latter["visitors"]) == (10, 11)
    assert updated.former["geom"].upper() == point(85.85, 51.9)
    assert updated.latter == replaced.former
    assert (deleted.former, deleted.latter) == (replaced.latter, None)
    assert read_log(project.workspace.database, sites(project), "b") == []


def test_a_block_is_one_revision_all_of_it_or_nothing(project: Project) -> None:
    def several(editor: Editor) -> None:
        editor.insert({"site_id": "n", "name_ru": "Новое"})
        editor.update("n", {"visitors": 1})
        editor.update("n", {"visitors": 2})
        editor.delete("a")

    assert edit(project, several) == 2
    assert shown(project) == {"b": None, "c": 3, "n": 2}
    assert shown(project, 1) == {"a": 10, "b": None, "c": 3}

    def failing(editor: Editor) -> None:
        editor.delete("b")
        editor.delete("nobody")

    with pytest.raises(FeatureNotFound, match="no feature 'nobody'"):
        edit(project, failing)
    assert (project.number(), len(shown(project))) == (2, 3)
    assert edit(project, lambda _: None) == 2, "nothing done is no revision"


def test_an_edit_on_a_version_that_has_passed_is_refused(project: Project) -> None:
    database, layer = project.workspace.database, sites(project)
    version, row = read_versioned(database, layer, "a") or (0, {})
    assert (version, row["visitors"]) == (1, 10)
    edit(project, lambda e: e.update("a", {"visitors": 11}, expected=version))
    for late in (
        lambda e: e.update("a", {"visitors": 12}, expected=version),
        lambda e: e.replace("a", row, expected=version),
        lambda e: e.delete("a", expected=version),
    ):
        with pytest.raises(EditConflict, match="is in version 2 by now, not 1"):
            edit(project, late)
    assert (project.number(), shown(project)["a"]) == (2, 11)
    edit(project, lambda e: e.update("b", {"visitors": 1}, expected=1))
    assert (read_versioned(database, layer, "a") or (0,))[0] == 2, "an edit of another feature is no new version"
    assert read_versioned(database, layer, "nobody") is None


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda e: e.insert({"site_id": "a", "name_ru": "Ещё"}), FeatureExists, "has a feature 'a' already"),
        (lambda e: e.insert({"site_id": "a\0b", "name_ru": "Ещё"}), EditRefused, "cannot be an id"),
        (lambda e: e.update("a", {"colour": "red"}), EditRefused, "has no field colour"),
        (lambda e: e.update("a", {"site_id": "z"}), EditRefused, "cannot be changed"),
        (lambda e: e.update("a", {"name_ru": None}), EditRefused, "null value in column"),
        (lambda e: e.update("a", {"visitors": "many"}), EditRefused, "invalid input syntax"),
        (lambda e: e.update("a", {"visitors": float("nan")}), EditRefused, "cannot be kept"),
        (lambda e: e.update("a", {"name_ru": "a\0b"}), EditRefused, "cannot be kept"),
        (lambda e: e.update("a", {"geom": "no geometry"}), EditRefused, "cannot be kept"),
        (lambda e: e.update("a", {"geom": "SRID=3857;POINT(1 1)"}), EditRefused, "SRID"),
        (
            lambda e: e.update("a", {"geom": "SRID=4326;POLYGON((0 0,1 0,1 1,0 0))"}),
            EditRefused,
            r"Geometry type \(Polygon\)",
        ),
    ],
)
def test_what_the_layer_cannot_have_is_refused(
    project: Project, change: Callable[[Editor], Edit], error: type[AltaiError], message: str
) -> None:
    with pytest.raises(error, match=message):
        edit(project, change)
    assert (project.number(), shown(project)) == (1, {"a": 10, "b": None, "c": 3})
    assert read_log(project.workspace.database, sites(project)) == []


def test_an_insert_without_an_id_gets_one(project: Project) -> None:
    with editing(project.workspace.database, sites(project), "anna") as editor:
        first, second = (editor.insert({"name_ru": "Без кода"}) for _ in range(2))
    assert first.fid != second.fid
    assert len(first.fid) == 36
    assert first.fid in shown(project)
    ids = dict(project.ask("SELECT site_id, tile_id FROM layers.sites_r1"))
    assert len(set(ids.values())) == len(ids)


def test_a_layer_that_is_not_for_editing(project: Project) -> None:
    project.layer(POINTS)
    with pytest.raises(NotEditable, match="editable: true"):
        edit(project, lambda e: e.delete("a"))
    project.layer(SITES.replace("id: sites", "id: others"))
    with (
        pytest.raises(RevisionNotFound, match="no data yet"),
        editing(project.workspace.database, project.catalog.layer("others"), "anna"),
    ):
        pass


def test_a_rollback_of_edits_is_a_new_state_and_can_be_taken_back(project: Project) -> None:
    database, layer = project.workspace.database, sites(project)
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    edit(project, lambda e: e.delete("b"))
    assert load.roll_back(database, layer, 1).number == 4
    assert shown(project) == {"a": 10, "b": None, "c": 3}
    assert shown(project, 3) == {"a": 11, "c": 3}, "what was is not rewritten"
    assert load.roll_back(database, layer, None).number == 5
    assert shown(project) == {"a": 11, "c": 3}
    assert (read_versioned(database, layer, "c") or (0,))[0] == 1, "what is as it was keeps its version"
    edit(project, lambda e: e.update("a", {"visitors": 12}))
    assert shown(project) == {"a": 12, "c": 3}
    found = compare(database, (layer, 1), (layer, 6))
    assert (found.removed, [(c.fid, c.fields) for c in found.changed]) == (("b",), [("a", {"visitors": (10, 12)})])


def test_what_a_rollback_takes_back_was_never_edited(project: Project) -> None:
    database, layer = project.workspace.database, sites(project)
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    edit(project, lambda e: e.insert({"site_id": "mine", "name_ru": "Моё", "visitors": 7}))
    edit(project, lambda e: e.delete("c"))
    mine = "mine,Из источника,8,85,52"
    assert source(project, A, B, C, mine).loaded == 3
    load.roll_back(database, layer, 1)
    report = source(project, A, B.replace("Белокуриха,", "Белокуриха,4"), C, mine)
    assert (report.loaded, report.findings) == (4, ())
    assert shown(project) == {"a": 10, "b": 4, "c": 3, "mine": 8}


def test_what_is_edited_again_after_a_rollback_stands(project: Project) -> None:
    database, layer = project.workspace.database, sites(project)
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    edit(project, lambda e: e.update("b", {"visitors": 1}))
    source(project, A.replace("10", "12"), B, C)
    load.roll_back(database, layer, 2)
    report = source(project, A.replace("10", "12"), B.replace("Белокуриха,", "Белокуриха,4"), C)
    assert [(f.fid, f.values["source_then"]) for f in report.findings] == [("a", "10")], "as it was at revision 2"
    assert shown(project) == {"a": 11, "b": 4, "c": 3}, "b was edited later"
    load.roll_back(database, layer, 4)
    source(project, A.replace("10", "13"), B.replace("Белокуриха,", "Белокуриха,5"), C)
    assert shown(project) == {"a": 11, "b": 1, "c": 3}, "what was taken back can be had again, as edits"


def test_the_history_of_a_feature_shows_a_rollback(project: Project) -> None:
    database, layer = project.workspace.database, sites(project)
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    edit(project, lambda e: e.insert({"site_id": "n", "name_ru": "Новое", "geom": point(84, 52)}))
    edit(project, lambda e: e.delete("c"))
    load.roll_back(database, layer, 1)
    assert read_log(database, layer, "b") == [], "it was and is the same"
    back, updated = read_log(database, layer, "a")
    assert (back.operation, back.who, back.revision) == ("rollback", "rollback to revision 1", 5)
    assert (back.fields, back.former, back.latter) == (("visitors",), updated.latter, updated.former)
    gone, inserted = read_log(database, layer, "n")
    assert (gone.former, gone.latter, gone.fields[0]) == (inserted.latter, None, "site_id")
    again, deleted = read_log(database, layer, "c")
    assert (again.former, again.latter) == (None, deleted.former)


def test_who_has_seen_a_revision_goes_on_seeing_it(project: Project) -> None:
    """A server may look at the ledger a second after an edit: until then its pages, counts and tiles agree."""
    database, layer = project.workspace.database, sites(project)
    before = current_revisions(database)["sites"]

    async def answers(revision: Revision) -> tuple[list[str], int, list[str], Feature | None, list[str]]:
        reader = async_engine(project.url)
        try:
            query = feature_query(layer, {"limit": "2", "bbox": "85,51,86,53", "filter": "geom IS NOT NULL"})
            page = await read_features(reader, revision, FeatureQuery(layer, limit=10))
            number = await count_features(reader, revision, query)
            places = await search_places(reader, [(layer, revision)], "ая", 5)
            tile = await read_tile(reader, revision, FeatureQuery(layer), TileCoord(0, 0, 0))
            drawn = mapbox_vector_tile.decode(tile)["sites"]["features"]
            one = await read_feature(reader, revision, layer, "a")
            return (
                [feature.fid for feature in page],
                number,
                [place.fid for place in places],
                one,
                sorted(feature["properties"]["site_id"] for feature in drawn),
            )
        finally:
            await reader.dispose()

    fids, number, found, one, drawn = asyncio.run(answers(before))
    assert (fids, number, found, drawn) == (["a", "b", "c"], 1, ["a"], ["a", "b"])
    edit(project, lambda e: e.delete("a"))
    edit(project, lambda e: e.insert({"site_id": "n", "name_ru": "Новая", "geom": point(85.5, 52)}))
    edit(project, lambda e: e.update("n", {"geom": point(85.6, 52)}))
    assert asyncio.run(answers(before)) == (fids, number, found, one, drawn)
    now = asyncio.run(answers(current_revisions(database)["sites"]))
    assert now == (["b", "c", "n"], 1, ["n"], None, ["b", "n"])


# The merge


def test_an_edit_stands_and_all_else_follows_the_source(project: Project) -> None:
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    edit(project, lambda e: e.insert({"site_id": "n", "name_ru": "Новое", "visitors": 7}))
    edit(project, lambda e: e.delete("c"))
    assert project.run().outcome == "unchanged", "an edit is no reason to load"
    before = read_versioned(project.workspace.database, sites(project), "n")
    report = source(project, A.replace("Озеро Ая", "Ая"), B.replace("Белокуриха,", "Белокуриха,4"), C, "d,Ещё,9,85,52")
    assert (report.loaded, report.findings) == (4, ())
    assert (report.received, report.refused, report.left_out, report.not_in_source) == (4, 0, 1, 1)
    assert shown(project) == {"a": 11, "b": 4, "d": 9, "n": 7}
    names = dict(project.ask("SELECT site_id, name_ru FROM layers.sites_r1 WHERE _until > 100"))
    assert names["a"] == "Ая"
    assert read_versioned(project.workspace.database, sites(project), "n") == before
    assert project.ask("SELECT features FROM altaigis.revisions WHERE number = 5") == [(4,)]
    assert shown(project, 4) == {"a": 11, "b": None, "n": 7}


def test_a_conflict_is_a_finding_until_it_is_settled(project: Project) -> None:
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    edit(project, lambda e: e.update("b", {"visitors": 1}))
    report = source(project, A.replace("10", "12"), C)
    assert (report.loaded, report.warnings) == (3, 2)
    assert shown(project) == {"a": 11, "b": 1, "c": 3}
    found = {issue.finding.fid: issue.finding for issue in last_findings(project.workspace.database)}
    assert (found["a"].severity, found["a"].rule, found["a"].row) == ("warning", "conflict", 2)
    assert found["a"].values == {"field": "visitors", "edited": "11", "source": "12", "source_then": "10"}
    assert found["a"].place == (85.85, 51.9)
    assert found["b"].rule == "gone from the source"
    again = source(project, A.replace("10", "12"), C.replace("3", "4"))
    assert [f.rule for f in again.findings] == ["conflict", "gone from the source"], "it is told as long as it lasts"
    edit(project, lambda e: e.update("a", {"visitors": 13}))
    settled = source(project, A.replace("10", "12"), C)
    assert [f.fid for f in settled.findings] == ["b"], "a person has seen what the source says, and has set another"
    agreed = source(project, A.replace("10", "13"), C)
    assert [f.fid for f in agreed.findings] == ["b"]
    followed = source(project, A.replace("10", "14"), C)
    assert ([f.fid for f in followed.findings], shown(project)["a"]) == (["b"], 14)


def test_findings_go_with_what_a_rollback_takes_back(project: Project) -> None:
    database = project.workspace.database
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    source(project, A.replace("10", "12"), B.replace("Белокуриха,", "Белокуриха,-1"), C)
    marks = [findings_mark(database)]

    def found() -> list[tuple[str, str | None]]:
        return [(issue.finding.rule, issue.finding.fid) for issue in last_findings(database)]

    both = [("range", "b"), ("conflict", "a")]
    assert found() == both
    for target, expected in ((1, []), (3, both), (4, []), (5, both)):
        load.roll_back(database, sites(project), target)
        assert found() == expected, f"as at revision {target}"
        marks.append(findings_mark(database))
        assert marks[-1] != marks[-2], "the layer of findings is made anew"
    assert last_run(database, sites(project))[0].outcome == "loaded", "the report is of what came"
    source(project, A, B, C)
    assert found() == []


def test_an_edit_that_breaks_a_new_rule_stands_and_is_told(project: Project) -> None:
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    project.layer(SITES.replace("range: [0, null]", "range: [0, 10]"))
    report = project.run()
    (found,) = report.findings
    assert (report.warnings, found.severity, found.rule, found.fid, found.row) == (1, "warning", "range", "a", 2)
    assert found.message == "visitors: must lie between 0 and 10, got 11; a person has edited the feature, and it stays"
    assert shown(project)["a"] == 11


def test_what_must_stand_once_does_whatever_people_and_the_source_say(project: Project) -> None:
    project.layer(SITES.replace("range: [0, null]", "unique: true"))
    assert project.run().outcome == "loaded"
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    report = source(project, A, B, C, "d,Новое,11,85,52")
    assert (report.loaded, report.refused, report.warnings) == (3, 1, 0)
    assert shown(project) == {"a": 11, "b": None, "c": 3}
    (kept,) = last_findings(project.workspace.database)
    assert (kept.finding.severity, kept.finding.rule, kept.finding.row) == ("error", "unique", 5)
    assert kept.finding.values["name_ru"] == "Новое"
    assert kept.finding.place == (85, 52)
    ((told,),) = project.ask("SELECT report FROM altaigis.runs ORDER BY run DESC LIMIT 1")
    assert (told["loaded"], told["refused"]) == (3, 1)
    edit(project, lambda e: e.update("a", {"visitors": 12}))
    assert source(project, A, B, C, "d,Новое,11,85,52.0").findings == ()
    assert shown(project)["d"] == 11, "nobody has it any more"


def traces(project: Project) -> list[list[Any]]:
    """All that a run may leave."""
    own = [project.ask(f"SELECT * FROM altaigis.{name}") for name in ("runs", "revisions", "touched", "feature_ids")]
    tables = project.ask("SELECT schemaname, tablename FROM pg_tables ORDER BY 1, 2")
    return [*own, tables, project.table(), sorted(project.workspace.processed.iterdir())]


def test_a_dry_run_merges_as_the_real_one_and_leaves_no_trace(project: Project) -> None:
    project.layer(SITES.replace("range: [0, null]", "unique: true"))
    project.run()
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    edit(project, lambda e: e.update("b", {"visitors": 1}))
    edit(project, lambda e: e.delete("c"))
    rows = [A.replace("10", "12"), C.replace("3", "4"), "d,Новое,11,85,52", "e,Ещё,9,85,52"]
    project.source("sites.csv", "\n".join([CSV.splitlines()[0], *rows, ""]))
    before = traces(project)
    with editing(project.workspace.database, sites(project), "anna") as editor:
        editor.update("a", {"visitors": 99})  # not yet seen by others, and nobody waits for it
        dry = pipeline.run(sites(project), project.workspace, dry=True)
        editor.update("a", {"visitors": 11})
        assert (dry.received, dry.loaded, dry.refused, dry.warnings) == (4, 3, 1, 3)
        assert (dry.outcome, dry.left_out, dry.not_in_source) == ("loaded", 1, 1)
        assert {found.fid for found in dry.findings} == {"a", "b", "c", "d"}
        assert traces(project) == before
    real = project.run()
    assert replace(real, dry=True, seconds=dry.seconds, former=dry.former, details=dry.details) == dry
    assert real.as_json()["left_out"] == 1
    assert summary(real).endswith("1 refused, 1 left out, deleted by a person, 3 warnings")
    told = last_run(project.workspace.database, sites(project))[0].report
    assert (told["loaded"], told["left_out"], told["not_in_source"]) == (3, 1, 1)


def test_a_moved_point_stands(project: Project) -> None:
    edit(project, lambda e: e.update("a", {"geom": point(85.9, 51.95)}))
    report = source(project, A.replace("85.85", "85.8"), B, C)
    ((message, values),) = [(f.message, f.values) for f in report.findings]
    assert message == "geom: what a person has drawn stands; the source has changed it"
    assert values["edited"] == "POINT (85.9 51.95)"
    assert values["source"] == "POINT (85.8 51.9)"


def test_edits_survive_a_change_of_the_fields(project: Project) -> None:
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    edit(project, lambda e: e.insert({"site_id": "n", "name_ru": "Новое", "visitors": 7}))
    project.layer(SITES.replace("visitors: {type: integer, range: [0, null]}", "visitors: {type: number}"))
    project.run()
    rows = project.table(columns="site_id, visitors, _since")
    assert rows == [("a", 11.0, 4), ("b", None, 4), ("c", 3.0, 4), ("n", 7.0, 4)]
    edit(project, lambda e: e.update("a", {"visitors": 11.5}))
    assert [row[1] for row in project.table(columns="site_id, visitors, _until") if row[0] == "a"] == [11.0, 11.5]


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("visitors: {type: date}", "invalid input syntax for type date"),
        ("visitors: {type: integer, required: true}", "null value in column"),
    ],
)
def test_edits_that_do_not_fit_a_new_layer_file_stop_the_load(project: Project, field: str, problem: str) -> None:
    edit(project, lambda e: e.insert({"site_id": "m", "name_ru": "Новое"}))
    edit(project, lambda e: e.insert({"site_id": "n", "name_ru": "Новое", "visitors": 7}))
    project.layer(SITES.replace("visitors: {type: integer, range: [0, null]}", field))
    project.source("sites.csv", CSV.replace("10", "2020-01-01" if "date" in field else "10").replace(",3,", ",,"))
    for dry in (True, False):
        with pytest.raises(ConformError, match=f"what people have edited does not fit .*{problem}"):
            pipeline.run(sites(project), project.workspace, dry=dry)
    assert (project.number(), shown(project)["n"]) == (3, 7)
    assert history(project.workspace.database, "sites")[0].outcome == "failed"


def test_a_new_name_of_the_id_stops_the_load(project: Project) -> None:
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    project.layer(SITES.replace("site_id: {", "code: {from: site_id, "))
    with pytest.raises(ConformError, match="while code was not its id"):
        project.run()
    assert shown(project)["a"] == 11


def test_a_layer_becomes_editable_later(project: Project) -> None:
    project.layer(POINTS.replace("id: sites", "id: camps").replace("sites.csv", "camps.csv"))
    project.source("camps.csv", CSV)
    project.run("camps")
    project.layer(SITES.replace("id: sites", "id: camps").replace("sites.csv", "camps.csv"))
    assert project.run("camps").outcome == "loaded"
    with editing(project.workspace.database, project.catalog.layer("camps"), "anna") as editor:
        editor.update("a", {"visitors": 1})
    assert project.number("camps") == 3


def test_the_state_before_the_last_is_kept_for_ever(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "GRACE", timedelta(0))
    project.layer(SITES + "keep: 1\n")
    for number in range(4):
        edit(project, lambda e, number=number: e.update("c", {"visitors": number}))  # type: ignore[misc]
        source(project, A.replace("10", str(20 + number)), B, C)
    assert shown(project, 1) == {"a": 10, "b": None, "c": 3}
    assert shown(project) == {"a": 23, "b": None, "c": 3}
    assert project.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'layers'") == [(1,)]


# Layers made from it


def test_a_layer_is_made_from_the_state_that_is_shown(project: Project) -> None:
    frame = Upstream(project.workspace.database).features("sites")
    assert list(frame.index) == ["a", "b", "c"]
    assert (frame["visitors"].tolist()[0], frame.geometry["a"].x, frame.crs) == (10, 85.85, "EPSG:4326")
    edit(project, lambda e: e.update("a", {"visitors": 11}))
    edit(project, lambda e: e.delete("b"))
    frame = Upstream(project.workspace.database).features("sites")
    assert (list(frame.index), frame["visitors"]["a"]) == (["a", "c"], 11)
    load.roll_back(project.workspace.database, sites(project), 1)
    assert list(Upstream(project.workspace.database).features("sites").index) == ["a", "b", "c"]


# Many at once


def test_two_who_edit_one_feature_at_once(project: Project) -> None:
    version, _ = read_versioned(project.workspace.database, sites(project), "a") or (0, {})
    barrier = threading.Barrier(6)

    def write(number: int) -> bool:
        barrier.wait()
        try:
            edit(project, lambda e: e.update("a", {"visitors": number}, expected=version))
        except EditConflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(write, range(100, 106)))
    assert done.count(True) == 1
    assert (shown(project)["a"], project.number()) == (100 + done.index(True), 2)


def test_no_edit_is_lost_among_writers_and_loads(project: Project) -> None:
    stop = threading.Event()

    def load_on() -> int:
        number = 0
        while not stop.is_set():
            number += 1
            source(project, A, B.replace("Белокуриха", f"Белокуриха {number}"), C)
        return number

    def write(who: int) -> None:
        for number in range(8):
            new = {"site_id": f"{who}-{number}", "name_ru": "Новое", "visitors": who}
            edit(project, lambda e, new=new: e.insert(new))  # type: ignore[misc]
            edit(project, lambda e, number=number: e.update("a", {"visitors": 1000 + number}))  # type: ignore[misc]

    with ThreadPoolExecutor(3) as pool:
        loads = pool.submit(load_on)
        for writer in [pool.submit(write, who) for who in (1, 2)]:
            writer.result()
        stop.set()
        assert loads.result() > 0
    now = shown(project)
    assert {f"{who}-{number}" for who in (1, 2) for number in range(8)} <= now.keys()
    assert now["a"] == 1007
    assert len(read_log(project.workspace.database, sites(project))) == 32
    numbers = [n for (n,) in project.ask("SELECT number FROM altaigis.revisions ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_edit_during_a_load_waits_and_is_not_lost(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    in_load, go_on = threading.Event(), threading.Event()
    publish = load.publish

    def slow(*arguments: Any) -> None:
        in_load.set()
        assert go_on.wait(20)
        publish(*arguments)

    monkeypatch.setattr(load, "publish", slow)
    with ThreadPoolExecutor(2) as pool:
        loading = pool.submit(source, project, A.replace("Озеро Ая", "Ая"), B, C)
        assert in_load.wait(20)
        with (
            pytest.raises(Busy, match="being loaded or edited"),
            editing(project.workspace.database, sites(project), "anna", wait_seconds=0.1),
        ):
            pass
        writing = pool.submit(edit, project, lambda e: e.update("a", {"visitors": 11}))
        time.sleep(0.2)
        assert not writing.done()
        go_on.set()
        assert loading.result().outcome == "loaded"
        assert writing.result() == 3
    monkeypatch.undo()
    source(project, A.replace("Озеро Ая", "Ая!"), B, C)
    last = project.ask("SELECT name_ru, visitors FROM layers.sites_r1 WHERE site_id = 'a' ORDER BY _until DESC LIMIT 1")
    assert last == [("Ая!", 11)]
