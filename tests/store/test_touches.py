"""What is remembered of edited features, as of every revision."""

import json
from collections.abc import Callable

import psycopg
import pytest

from altaigis.domain.edit import Touched
from altaigis.store import touches
from altaigis.store.pool import engine, require_postgis, transaction
from altaigis.store.schema import migrate
from projects import POINTS, Project


def touch(fid: str, value: int) -> Touched:
    return Touched(fid, {"site_id": fid, "visitors": value}, {"visitors": value})


def test_every_revision_has_what_was_remembered_then(empty_project: Project) -> None:
    empty_project.layer(POINTS + "editable: true\n")
    layer = empty_project.catalog.layer("sites")
    a, later, b = touch("a", 1), touch("a", 2), touch("b", 3)
    with transaction(empty_project.workspace.database) as connection:
        touches.remember(connection, layer, [a], 2)
        touches.remember(connection, layer, [touch("b", 0)], 3)
        touches.remember(connection, layer, [b], 3)
        touches.become(connection, layer, {"a": later, "b": b}, 4)
        touches.become(connection, layer, {"b": b}, 5)
        found = {number: touches.read(connection, layer, number) for number in (1, 2, 3, 4, 5)}
        assert found == {1: {}, 2: {"a": a}, 3: {"a": a, "b": b}, 4: {"a": later, "b": b}, 5: {"b": b}}
        assert touches.read(connection, layer) == {"b": b}
        assert touches.read_of(connection, layer, ["a", "b"]) == {"b": b}


@pytest.mark.parametrize(("number", "expected"), [(3, []), (4, ["a"]), (9, ["a"])])
def test_what_an_older_release_remembered_is_since_the_first_edit(
    empty_database: Callable[[], str], empty_project: Project, number: int, expected: list[str]
) -> None:
    empty_project.layer(POINTS + "editable: true\n")
    url = empty_database()
    database = engine(url)
    require_postgis(database)
    migrate(database, "0007")
    with psycopg.connect(url) as connection:
        edit = (
            "INSERT INTO altaigis.edits (layer, fid, revision, who, operation, fields) "
            "VALUES ('sites', 'a', %s, %s, %s, %s)"
        )
        for revision in (7, 4):
            connection.execute(edit, (revision, "anna", "update", ["visitors"]))
        seen = json.dumps({"visitors": 1})
        connection.execute("INSERT INTO altaigis.touched (layer, fid, seen) VALUES ('sites', 'a', %s)", (seen,))
    migrate(database)
    with transaction(database) as connection:
        assert list(touches.read(connection, empty_project.catalog.layer("sites"), number)) == expected
    database.dispose()
