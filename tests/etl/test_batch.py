"""Layers one after the other: the next is made while the database takes in one."""

import gc
import threading
import weakref
from collections.abc import Sequence

import psycopg
import pytest
from psycopg import sql

from altaigis.domain.layer import Layer
from altaigis.errors import AltaiError, LoadCrashed, SourceError
from altaigis.etl import features, pipeline
from altaigis.etl.batch import Outcome, run_all
from altaigis.etl.report import Report
from altaigis.store import load
from projects import CSV, POINTS, SQUARES, Project, squares

SECONDS = 30


@pytest.fixture
def project(sites_project: Project) -> Project:
    """Three layers of the same points."""
    for name in ("lakes", "towns"):
        sites_project.layer(POINTS.replace("id: sites", f"id: {name}").replace("sites.csv", f"{name}.csv"))
        sites_project.source(f"{name}.csv", CSV)
    return sites_project


def load_all(project: Project, *names: str, dry: bool = False) -> list[Outcome]:
    layers = project.catalog.in_load_order(names)
    return list(run_all(layers, lambda _: project.workspace, dry=dry))


def told(outcomes: Sequence[Outcome]) -> list[tuple[str, object]]:
    return [
        (done.layer.id, done.told.outcome if isinstance(done.told, Report) else type(done.told)) for done in outcomes
    ]


def test_all_layers_are_told_of_in_their_order(project: Project) -> None:
    assert told(load_all(project)) == [("lakes", "loaded"), ("sites", "loaded"), ("towns", "loaded")]
    assert told(load_all(project)) == [("lakes", "unchanged"), ("sites", "unchanged"), ("towns", "unchanged")]
    assert {name: len(project.table(name)) for name in ("lakes", "sites", "towns")} == dict.fromkeys(
        ("lakes", "sites", "towns"), 3
    )


def test_a_layer_is_made_while_another_is_loaded(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    made, seen = threading.Event(), []
    write, make = load.load_table, features.make_features

    def slow(database: object, layer: Layer, *rest: object) -> object:
        if layer.id == "lakes":
            seen.append(made.wait(SECONDS))
        return write(database, layer, *rest)  # type: ignore[arg-type]

    def telling(layer: Layer, *rest: object) -> object:
        done = make(layer, *rest)  # type: ignore[arg-type]
        if layer.id == "sites":
            made.set()
        return done

    monkeypatch.setattr(load, "load_table", slow)
    monkeypatch.setattr(pipeline, "make_features", telling)
    assert told(load_all(project, "lakes", "sites")) == [("lakes", "loaded"), ("sites", "loaded")]
    assert seen == [True]


def test_a_layer_waits_for_those_that_it_is_made_from(project: Project) -> None:
    project.layer(SQUARES)
    project.layer(
        SQUARES.replace("id: squares", "id: whole").replace("squares.geojson", "w.csv\n  geometry: {union_of: squares}")
    )
    project.source("w.csv", "square_id,name_ru\nw,Всё\n")
    for width in (1, 2):
        project.source("squares.geojson", squares(("a", 80, 50, 80 + width, 51), ("b", 80 + width, 50, 83, 51)))
        loaded = told(load_all(project, "squares", "whole"))
        assert loaded == [("squares", "loaded"), ("whole", "loaded")]
    project.source("squares.geojson", squares(("a", 80, 50, 81, 51), ("b", 81, 50, 84, 51)))
    load_all(project, "squares", "whole")
    assert project.table("whole", "ST_XMax(geom)") == [(84.0,)]


def test_a_layer_that_fails_stops_no_other(project: Project) -> None:
    (project.raw / "lakes.csv").unlink()
    project.source("towns.csv", CSV.replace("10,", "ten,"))
    assert told(load_all(project)) == [("lakes", SourceError), ("sites", "loaded"), ("towns", "loaded")]


def test_a_load_that_crashes_is_told_of_and_kept(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    write = load.load_table

    def faulty(database: object, layer: Layer, *rest: object) -> object:
        if layer.id == "lakes":
            raise ZeroDivisionError("of another world")
        return write(database, layer, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(load, "load_table", faulty)
    assert told(load_all(project)) == [("lakes", LoadCrashed), ("sites", "loaded"), ("towns", "loaded")]
    ((report,),) = project.ask("SELECT report FROM altaigis.runs WHERE layer = 'lakes'")
    assert "of another world" in report["traceback"]


def test_a_dry_run_loads_nothing(project: Project) -> None:
    assert [name for name, _ in told(load_all(project, dry=True))] == ["lakes", "sites", "towns"]
    assert project.number("lakes") is None


def test_a_dry_run_tells_of_what_waits_for_others(empty_project: Project) -> None:
    empty_project.layer(SQUARES)
    empty_project.source("squares.geojson", squares(("a", 80, 50, 81, 51)))
    empty_project.layer(POINTS.replace("  licence:", "  within: squares\n  licence:"))
    empty_project.source("sites.csv", "site_id,name_ru,visitors,lon,lat\na,A,1,80.5,50.5\n")
    references = "{role: id, type: text, references: {layer: sites}}"
    empty_project.layer(POINTS.replace("id: sites", "id: towns").replace("{role: id, type: text}", references))

    def tried() -> list[tuple[str, object]]:
        outcomes = load_all(empty_project, dry=True)
        assert all(isinstance(done.told, Report) and done.told.as_json()["dry_run"] for done in outcomes)
        return told(outcomes)

    assert tried() == [("squares", "loaded"), ("sites", "waits"), ("towns", "waits")]
    load_all(empty_project)
    assert tried() == [("squares", "unchanged"), ("sites", "unchanged"), ("towns", "unchanged")]
    empty_project.source("squares.geojson", squares(("a", 80, 50, 82, 51)))
    outcomes = load_all(empty_project, dry=True)
    assert told(outcomes) == [("squares", "loaded"), ("sites", "waits"), ("towns", "waits")]
    assert isinstance(outcomes[1].told, Report)
    assert outcomes[1].told.as_json()["waits_for"] == ["squares"]
    (empty_project.raw / "squares.geojson").unlink()
    failing = [("squares", SourceError), ("sites", "unchanged"), ("towns", "unchanged")]
    assert told(load_all(empty_project, dry=True)) == failing, "the others would be made from what is loaded"


def test_rows_are_let_go_when_they_are_loaded(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[weakref.ref[object]] = []
    make = pipeline.as_rows

    def noting(layer: Layer, frame: object) -> object:
        gc.collect()
        kept.append(weakref.ref(made := make(layer, frame)))  # type: ignore[arg-type]
        return made

    monkeypatch.setattr(pipeline, "as_rows", noting)
    outcomes = run_all(project.catalog.in_load_order(()), lambda _: project.workspace)
    first = next(outcomes)
    # by now the second is on its way to the database, and the first is there
    assert (first.layer.id, isinstance(first.told, AltaiError)) == ("lakes", False)
    assert kept[0]() is None
    assert len(list(outcomes)) == 2


def test_a_reader_of_a_former_state_holds_up_nobody(project: Project) -> None:
    load_all(project, "lakes")
    project.source("lakes.csv", CSV.replace("10", "11"))
    with psycopg.connect(project.url) as reader:
        reader.execute(sql.SQL("SELECT * FROM layers.lakes_r1"))
        assert told(load_all(project, "lakes", "sites")) == [("lakes", "loaded"), ("sites", "loaded")]
    assert project.number("lakes") == 2
