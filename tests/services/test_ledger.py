"""The ledger that listens: loads and edits are known at once, whatever happens to the connection."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest

from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.services import ledger as module
from altaigis.services.ledger import Ledger
from altaigis.store import load
from altaigis.store.edits import editing
from altaigis.store.pool import async_engine
from projects import POINTS, Project

#: Where nobody listens, a change is seen later than that.
AT_ONCE = 0.5
EDITABLE = POINTS + "editable: true\n"


@pytest.fixture
def project(sites_project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Loaded once; nothing grows old by itself while a test runs."""
    sites_project.layer(EDITABLE)
    sites_project.run()
    monkeypatch.setattr(module, "FRESH_SECONDS", 60.0)
    monkeypatch.setattr(module, "SILENT_SECONDS", 60.0)
    return sites_project


@asynccontextmanager
async def following(project: Project) -> AsyncIterator[Ledger]:
    database = async_engine(project.url)
    ledger = Ledger(database)
    task = asyncio.create_task(ledger.follow())
    layer = project.catalog.layer("sites")
    await until(lambda: ledger.known(layer) is not None)
    yield ledger
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await database.dispose()


async def until(true: Callable[[], bool], seconds: float = 5.0) -> float:
    """Seconds until it is so."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds
        await asyncio.sleep(0.005)
    return time.monotonic() - begun


def run(test: Awaitable[None]) -> None:
    asyncio.run(asyncio.wait_for(test, 30))  # type: ignore[arg-type]


def edit(project: Project, fid: str, **values: object) -> None:
    with editing(project.workspace.database, project.catalog.layer("sites"), "somebody") as editor:
        editor.update(fid, values)


def number(ledger: Ledger, layer: Layer) -> int | None:
    revision = ledger.known(layer)
    return revision.number if revision else None


def test_an_edit_and_a_load_are_known_at_once(project: Project) -> None:
    layer = project.catalog.layer("sites")

    async def watch() -> None:
        async with following(project) as ledger:
            assert number(ledger, layer) == 1
            await asyncio.to_thread(edit, project, "a", visitors=11)
            assert await until(lambda: number(ledger, layer) == 2) < AT_ONCE
            project.source("sites.csv", "site_id,name_ru,visitors,lon,lat\na,Новое,1,85,51\n")
            await asyncio.to_thread(project.run)
            assert await until(lambda: number(ledger, layer) == 3) < AT_ONCE

    run(watch())


def test_an_area_is_of_the_last_edit_that_touched_it(project: Project) -> None:
    aya, belokurikha, nowhere = BBox(85, 51.5, 86, 52.5), BBox(84.5, 51.5, 85, 52.5), BBox(80, 50, 81, 51)
    layer = project.catalog.layer("sites")

    def touched(ledger: Ledger) -> list[int]:
        revision = ledger.known(layer)
        assert revision is not None
        return [revision.last_touched(box) for box in (aya, belokurikha, nowhere)]

    async def watch() -> None:
        async with following(project) as ledger:
            assert touched(ledger) == [1, 1, 1]
            await asyncio.to_thread(edit, project, "a", visitors=11)
            await until(lambda: number(ledger, layer) == 2)
            assert touched(ledger) == [2, 1, 1]
            # from where it was to where it is
            await asyncio.to_thread(edit, project, "b", geom="0101000020E610000000000000000054400000000000004940")
            await until(lambda: number(ledger, layer) == 3)
            assert touched(ledger) == [2, 3, 3]
            await asyncio.to_thread(load.roll_back, project.workspace.database, layer, 1)
            await until(lambda: number(ledger, layer) == 4)
            assert touched(ledger) == [4, 4, 4], "what has been rolled back may be anywhere"

    run(watch())


def test_changes_are_not_remembered_for_ever(project: Project) -> None:
    """At a number that all servers agree on, whatever they have seen."""
    layer = project.catalog.layer("sites")
    with psycopg.connect(project.url) as connection:
        connection.execute("UPDATE altaigis.revisions SET number = 254 WHERE layer = 'sites'")
        connection.execute("UPDATE altaigis.current SET number = 254 WHERE layer = 'sites'")

    async def watch() -> None:
        database = async_engine(project.url)
        ledger = Ledger(database)
        for expected in ([254, 255], [254, 256], [256, 257]):
            await asyncio.to_thread(edit, project, "a", visitors=expected[1])
            revision = (await ledger.look())["sites"]
            assert [
                revision.last_touched(BBox(80, 50, 81, 51)),
                revision.last_touched(BBox(85, 51.5, 86, 52.5)),
            ] == expected
        await database.dispose()

    run(watch())
    assert project.number() == 257
    assert layer.editable


def test_who_was_cut_off_begins_anew_and_misses_nothing(project: Project) -> None:
    layer = project.catalog.layer("sites")

    def cut() -> None:
        with psycopg.connect(project.url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    async def watch() -> None:
        async with following(project) as ledger:
            await asyncio.to_thread(cut)
            await asyncio.to_thread(edit, project, "a", visitors=11)
            await until(lambda: number(ledger, layer) == 2)
            await asyncio.to_thread(edit, project, "a", visitors=12)
            assert await until(lambda: number(ledger, layer) == 3) < AT_ONCE

    run(watch())


def test_who_cannot_listen_asks(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = project.catalog.layer("sites")
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.2)

    async def watch() -> None:
        database = async_engine(project.url)
        ledger = Ledger(database)
        assert ledger.known(layer) is None
        assert (await ledger.revision(layer)).number == number(ledger, layer) == 1
        await asyncio.sleep(0.3)
        assert ledger.known(layer) is None, "it may be another one by now"
        await database.dispose()

    run(watch())


def test_what_nobody_tells_of_is_seen_in_the_end(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restored backup, or a pooler between that swallows notifications."""
    layer = project.catalog.layer("sites")
    monkeypatch.setattr(module, "SILENT_SECONDS", 0.2)

    async def watch() -> None:
        async with following(project) as ledger:
            with psycopg.connect(project.url) as connection:
                connection.execute("UPDATE altaigis.revisions SET number = 5 WHERE layer = 'sites'")
                connection.execute("UPDATE altaigis.current SET number = 5 WHERE layer = 'sites'")
            assert await until(lambda: number(ledger, layer) == 5) < 2

    run(watch())


def test_no_error_ends_the_listening(project: Project) -> None:
    layer = project.catalog.layer("sites")

    async def watch() -> None:
        async with following(project) as ledger:
            for former, latter in (("current", "away"), ("away", "current")):
                with psycopg.connect(project.url) as connection:
                    connection.execute(f"ALTER TABLE altaigis.{former} RENAME TO {latter}")
                    connection.execute("SELECT pg_notify('altaigis_revisions', '')")
                await until(lambda: (ledger.known(layer) is None) == (latter == "away"))  # noqa: B023
            await asyncio.to_thread(edit, project, "a", visitors=11)
            assert await until(lambda: number(ledger, layer) == 2) < AT_ONCE

    run(watch())
