"""Notices: a load and an edit tell of themselves when they are committed, and only then."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import psycopg
import pytest

from altaigis.errors import DatabaseUnavailable
from altaigis.store.edits import editing
from altaigis.store.notices import REVISIONS, Notice, notices, tell
from altaigis.store.pool import async_engine, transaction
from projects import POINTS, Project

SILENCE = 0.3


def heard(url: str, work: Callable[[], object]) -> list[list[Notice]]:
    """What somebody hears who listens before the work begins, until it is silent."""

    async def listen() -> list[list[Notice]]:
        found: list[list[Notice]] = []
        async with aclosing(notices(async_engine(url), SILENCE)) as told:
            assert await anext(told) == [], "it listens"
            await asyncio.to_thread(work)
            while payloads := await anext(told):
                found.append(payloads)
        return found

    return asyncio.run(asyncio.wait_for(listen(), 20))


def test_a_load_and_an_edit_tell_layer_and_number(sites_project: Project) -> None:
    project = sites_project
    project.layer(POINTS + "editable: true\n")

    def edit() -> None:
        with editing(project.workspace.database, project.catalog.layer("sites"), "somebody") as editor:
            editor.update("a", {"visitors": 11})
            editor.update("b", {"visitors": 12})

    assert heard(project.url, project.run) == [[Notice(REVISIONS, "sites 1")]]
    assert heard(project.url, project.run) == [], "nothing has changed"
    assert heard(project.url, edit) == [[Notice(REVISIONS, "sites 2")]]


def test_what_is_undone_is_not_told(sites_project: Project) -> None:
    def fail() -> None:
        with transaction(sites_project.workspace.database) as connection:
            tell(connection, "sites", 9)
            connection.get_transaction().rollback()  # type: ignore[union-attr]

    assert heard(sites_project.url, fail) == []


def test_a_connection_that_is_cut_is_an_error(new_database: Callable[[], str]) -> None:
    url = new_database()

    def cut() -> None:
        with psycopg.connect(url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )

    with pytest.raises(DatabaseUnavailable, match="tells nothing"):
        heard(url, cut)
    with pytest.raises(DatabaseUnavailable):
        heard("postgresql://nobody@127.0.0.1:1/none", cut)
