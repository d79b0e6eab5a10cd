"""Ids in tiles: a feature keeps its own whatever becomes of its layer, and no two have the same."""

from collections.abc import Callable

import psycopg
import pytest

from altaigis.store import load
from altaigis.store.pool import engine, require_postgis
from altaigis.store.schema import migrate
from projects import CSV, POINTS, Project

ONE_MORE = CSV + "0,Новое,1,85,52\n"


@pytest.fixture
def project(sites_project: Project) -> Project:
    sites_project.run()
    return sites_project


def ids(project: Project) -> dict[str, int]:
    rows = project.table(columns="site_id, tile_id")
    found = dict(rows)
    assert len(set(found.values())) == len(rows)
    return found


def reload(project: Project, source: str) -> dict[str, int]:
    project.source("sites.csv", source)
    project.run()
    return ids(project)


def test_ids_are_small_numbers_in_the_order_of_the_features(project: Project) -> None:
    assert ids(project) == {"a": 1, "b": 2, "c": 3}


def test_a_new_feature_gets_the_next_id(project: Project) -> None:
    assert reload(project, ONE_MORE) == {"0": 4, "a": 1, "b": 2, "c": 3}


def test_the_id_of_a_feature_that_has_gone_is_given_to_no_other(project: Project) -> None:
    assert reload(project, ONE_MORE)["0"] == 4
    assert reload(project, CSV) == {"a": 1, "b": 2, "c": 3}
    assert reload(project, CSV + "z,Иное,1,85,52\n")["z"] == 5
    assert reload(project, ONE_MORE)["0"] == 4


def test_a_rollback_keeps_the_ids_of_features_that_only_the_newer_revision_has(project: Project) -> None:
    reload(project, ONE_MORE)
    load.roll_back(project.workspace.database, project.catalog.layer("sites"), 1)
    assert ids(project) == {"a": 1, "b": 2, "c": 3}
    assert reload(project, CSV + "z,Иное,1,85,52\n")["z"] == 5
    assert reload(project, ONE_MORE)["0"] == 4


def test_a_layer_that_becomes_editable_and_plain_again_keeps_them(project: Project) -> None:
    reload(project, ONE_MORE)
    reload(project, CSV)
    project.layer(POINTS + "editable: true\n")
    assert reload(project, ONE_MORE) == {"0": 4, "a": 1, "b": 2, "c": 3}
    project.layer(POINTS)
    assert reload(project, ONE_MORE + "z,Иное,1,85,52\n") == {"0": 4, "a": 1, "b": 2, "c": 3, "z": 5}


def test_another_name_of_the_key_changes_no_id(project: Project) -> None:
    project.layer(POINTS.replace("site_id", "code"))
    project.source("sites.csv", ONE_MORE.replace("site_id", "code"))
    project.run()
    assert dict(project.table(columns="code, tile_id")) == {"0": 4, "a": 1, "b": 2, "c": 3}


def test_ids_that_were_given_by_an_older_release_stay(empty_database: Callable[[], str]) -> None:
    url = empty_database()
    database = engine(url)
    require_postgis(database)
    migrate(database, "0005")
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO altaigis.feature_ids (layer, fid) VALUES ('sites', 'c'), ('sites', 'gone')")
    migrate(database)
    database.dispose()
    with psycopg.connect(url) as connection:
        ids = connection.execute("SELECT fid, tile_id FROM altaigis.feature_ids ORDER BY tile_id").fetchall()
    assert ids == [("c", 1), ("gone", 2)]
