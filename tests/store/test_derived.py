"""Layers that no file declares: published with what they are, and taken away."""

import asyncio
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from altaigis.app import create_app
from altaigis.domain.derivation import Derivation
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.errors import AnalysisError, LayerFileError, LayerNotFound, NotLoaded
from altaigis.layerfiles import read_catalog
from altaigis.services import ledger
from altaigis.services.ledger import Ledger
from altaigis.settings import Settings
from altaigis.store import derived, load
from altaigis.store.backup import backup, restore
from altaigis.store.derivations import derivation_of, read_derived
from altaigis.store.pool import transaction
from altaigis.store.revisions import history
from altaigis.store.shapes import Shapes
from projects import SQUARES, Project, head, squares
from test_cli import here

CREATED = datetime(2026, 11, 22, 12, tzinfo=UTC)
SUMMARY = {"i": 0.5, "text": {"ru": "Соседи похожи.", "en": "Neighbours are alike."}}
DERIVATION = Derivation(
    "moran", {"squares": 1}, {"k": 5}, 42, "0.1", "анна", CREATED, CREATED + timedelta(days=1), SUMMARY
)
RESULT = Layer.model_validate(
    {
        "id": "result_0123456789ab",
        "theme": "analysis",
        "title": {"ru": "Сходство соседей", "en": "Likeness of neighbours"},
        "source": {
            "derived": "moran",
            "licence": "CC0-1.0",
            "attribution": {"ru": "синтетические", "en": "synthetic"},
        },
        "fields": {
            "unit": {"role": "id", "type": "text"},
            "kind": {"type": "text", "role": "title", "values": {"high": {"ru": "много", "en": "high"}}},
            "i": {"type": "number"},
            "shape": {"role": "geometry", "type": "MultiPolygon"},
        },
    }
)
CAPABILITIES = "/wfs?service=WFS&request=GetCapabilities"
DESCRIBE = "/wfs?service=WFS&version=2.0.0&request=DescribeFeatureType&typenames=altai:{}"
CELLS = (("a", 84, 52, 85, 53), ("b", 85, 52, 86, 53), ("c", 86, 52, 87, 53))
ROWS = pa.table({"unit": ["b", "a"], "kind": ["high", None], "i": [0.25, -1.5]})


@pytest.fixture
def project(empty_project: Project) -> Project:
    empty_project.layer(SQUARES)
    empty_project.source("squares.geojson", squares(*CELLS))
    assert empty_project.run("squares").outcome == "loaded"
    return empty_project


@pytest.fixture
def database(project: Project) -> Engine:
    return project.workspace.database


def shapes(project: Project) -> Shapes:
    return derived.read_shapes(project.workspace.database, project.catalog.layer("squares"))


def publish(project: Project, rows: pa.Table = ROWS, layer: Layer = RESULT) -> Revision:
    return derived.publish(project.workspace.database, layer, rows, DERIVATION, shapes(project))


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(project=project.folder), project.catalog, project.url)) as asking:
        yield asking


def test_it_has_the_shapes_and_levels_of_another_layer(project: Project, database: Engine) -> None:
    revision = publish(project)
    assert (revision.number, revision.count) == (1, 2)
    with transaction(database) as connection:
        same = text(
            "SELECT count(*) FROM layers.squares_r1_levels s JOIN layers.result_0123456789ab_r1_levels r "
            "ON s._level = r._level AND s.square_id = r.unit AND ST_OrderingEquals(s.geom, r.shape)"
        )
        assert connection.execute(same).scalar_one() == 2 * len(revision.levels) > 0
        shapes = text(
            "SELECT unit, i, ST_Equals(shape, geom) FROM layers.result_0123456789ab_r1 "
            "JOIN layers.squares_r1 ON square_id = unit ORDER BY unit"
        )
        assert connection.execute(shapes).all() == [("a", -1.5, True), ("b", 0.25, True)]
    (known,) = read_derived(database).values()
    assert (known.layer, known.derivation) == (RESULT, DERIVATION)
    assert publish(project).number == 2


UNFIT = {
    "squares' has no feature z to have the shape of": ROWS.set_column(0, "unit", pa.array(["z", "a"])),
    "squares' has no feature 1.5, 2.5": ROWS.set_column(0, "unit", pa.array([1.5, 2.5])),
    "unit of layer .* is not unique: a": ROWS.set_column(0, "unit", pa.array(["a", "a"])),
    "unit of layer .* is required, and 1 rows have none": ROWS.set_column(0, "unit", pa.array([None, "a"])),
    "i of layer .* is number, which its values are not": ROWS.set_column(2, "i", pa.array(["much", "little"])),
    "i of layer .* has values that are infinite": ROWS.set_column(2, "i", pa.array([1, float("inf")])),
    "kind is missing, sort is no field of it": ROWS.drop_columns(["kind"]).append_column("sort", ROWS["kind"]),
}


def test_what_does_not_fit_changes_nothing(project: Project, database: Engine) -> None:
    for problem, rows in UNFIT.items():
        with pytest.raises(AnalysisError, match=problem):
            publish(project, rows)
    assert not read_derived(database)
    assert project.ask("SELECT count(*) FROM pg_tables WHERE starts_with(tablename, 'result')") == [(0,)]


def test_only_what_was_derived_is_replaced(project: Project, database: Engine) -> None:
    with pytest.raises(AnalysisError, match="there is a layer 'squares' already"):
        publish(project, layer=RESULT.model_copy(update={"id": "squares"}))
    assert project.number("squares") == 1
    with pytest.raises(AnalysisError, match="is not JSON"):
        derived.publish(database, RESULT, ROWS, replace(DERIVATION, summary={"i": float("nan")}), shapes(project))
    other = RESULT.fields | {"shape": RESULT.fields["shape"].model_copy(update={"type": "Polygon"})}
    with pytest.raises(AnalysisError, match=r"shape of layer .* is geometry\(polygon,4326\), but geom"):
        publish(project, layer=RESULT.model_copy(update={"fields": other}))
    project.layer(SQUARES.replace("name_ru:", "name_en:"))
    with pytest.raises(NotLoaded, match="etl run squares"):
        shapes(project)


def test_two_who_publish_at_once_come_one_after_the_other(project: Project, database: Engine) -> None:
    with ThreadPoolExecutor(2) as two:
        numbers = [made.number for made in two.map(lambda _: publish(project), range(2))]
    assert sorted(numbers) == [1, 2]
    assert project.number(RESULT.id) == 2


def test_a_former_state_comes_back_with_how_it_came_to_be(project: Project, database: Engine) -> None:
    publish(project)
    later = replace(DERIVATION, seed=7)
    derived.publish(database, RESULT, ROWS.slice(1), later, shapes(project))
    assert derivation_of(database, RESULT.id) == later
    assert load.roll_back(database, RESULT, 1).count == 2
    assert derivation_of(database, RESULT.id) == DERIVATION
    assert derivation_of(database, "squares") is None


def test_a_fault_half_way_leaves_nothing(project: Project, database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(load, "publish", fails)
        with pytest.raises(OSError, match="no room"):
            publish(project)
    assert not read_derived(database)
    assert publish(project).number == 1


def eventually(client: TestClient, address: str, status: int) -> bool:
    """Whether an address answers so within the time in which every server must know."""
    until = time.monotonic() + 10
    while (found := client.get(address).status_code == status) is False and time.monotonic() < until:
        time.sleep(0.05)
    return found


def sequence(client: TestClient) -> int:
    found = re.search('updateSequence="([0-9]+)"', client.get(CAPABILITIES).text)
    assert found
    return int(found[1])


async def nobody(*_: object) -> None:
    raise AssertionError("the application was asked")


def test_every_door_shows_it_and_forgets_it(
    project: Project, database: Engine, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, tile = f"/collections/{RESULT.id}", f"/tiles/{RESULT.id}/6/47/20.mvt"
    assert client.get(address).status_code == client.get(tile).status_code == 404
    publish(project)
    assert eventually(client, address, 200)
    assert RESULT.id in [one["id"] for one in client.get("/collections").json()["collections"]]
    document = client.get(address).json()
    assert (document["altai:maker"], document["altai:derivation"]["seed"]) == ("moran", 42)
    assert "key" not in document["altai:derivation"]
    page = client.get(address, params={"f": "html", "lang": "en"}).text
    assert "Neighbours are alike." in page
    assert "Соседи" not in page
    found = client.get(f"{address}/items", params={"filter": "i > 0"}).json()["features"]
    assert [(one["id"], one["properties"]["kind"]) for one in found] == [("b", "high")]
    assert f"{address}/items" in client.get("/api", headers={"Accept": "application/json"}).json()["paths"]
    drawn = client.get(tile).content
    assert drawn
    with monkeypatch.context() as alone:
        alone.setattr(client.app, "app", nobody)
        assert client.get(tile).content == drawn, "the door of tiles knows it"
    assert f"altai:{RESULT.id}" in client.get(CAPABILITIES).text
    wfs = f"/wfs?service=WFS&version=2.0.0&request=GetFeature&typenames=altai:{RESULT.id}"
    assert 'numberReturned="2"' in client.get(wfs).text

    before = sequence(client)
    derived.publish(database, RESULT, ROWS.slice(1), DERIVATION, shapes(project))
    assert eventually(client, f"{address}/items/b", 404)
    assert client.get(f"{address}/items/b?asOf=1").json()["properties"]["i"] == 0.25
    assert before < (before := sequence(client))

    derived.retire(database, RESULT.id)
    assert eventually(client, address, 404)
    assert client.get(tile).status_code == 404
    assert RESULT.id not in client.get(CAPABILITIES).text
    assert sequence(client) > before
    with pytest.raises(LayerNotFound):
        derived.retire(database, RESULT.id)
    assert [run.outcome for run in history(database, RESULT.id)] == ["retired", "loaded", "loaded"]
    monkeypatch.setattr(load, "GRACE", timedelta())
    publish(project, layer=RESULT.model_copy(update={"id": "result_other"}))
    assert project.ask(
        "SELECT count(*) FROM pg_tables WHERE starts_with(tablename, 'result_0') AND schemaname = 'layers'"
    ) == [(0,)]


def test_one_that_has_just_been_made_is_looked_for(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "AGAIN_SECONDS", 0.0)

    async def deaf(_: Ledger) -> None:
        await asyncio.Event().wait()

    # it hears of nothing, and believes for a minute what it has seen
    monkeypatch.setattr(Ledger, "follow", deaf)
    monkeypatch.setattr(ledger, "FRESH_SECONDS", 60.0)
    application = create_app(Settings(project=project.folder), project.catalog, project.url)
    with TestClient(application) as asking:
        assert asking.get("/collections").status_code == 200
        for number, address in enumerate(("/collections/{}", "/tiles/{},squares/6/47/20.mvt", DESCRIBE)):
            layer = RESULT.model_copy(update={"id": f"result_{number}"})
            assert asking.get(address.format(layer.id)).status_code in (400, 404)
            publish(project, layer=layer)
            assert asking.get(address.format(layer.id)).status_code == 200


def test_a_backup_has_it(project: Project, database: Engine, tmp_path: Path) -> None:
    publish(project)
    backup(project.url, tmp_path / "kept.backup")
    derived.retire(database, RESULT.id)
    assert not read_derived(database)
    restore(project.url, tmp_path / "kept.backup")
    assert derivation_of(database, RESULT.id) == DERIVATION
    with TestClient(create_app(Settings(project=project.folder), project.catalog, project.url)) as begun_anew:
        assert begun_anew.get(f"/collections/{RESULT.id}").json()["itemCount"] == 2
    assert publish(project).number == 2


def test_commands_know_it(project: Project) -> None:
    settings = {"project": str(project.folder), "database_url": project.url}
    publish(project)
    publish(project, ROWS.slice(1))
    assert "moran of squares@1" in here("layers", "history", RESULT.id, **settings).stdout
    assert "revision 3 is current" in here("layers", "rollback", RESULT.id, **settings).stdout
    derived.retire(project.workspace.database, RESULT.id)
    assert "retired" in here("layers", "history", RESULT.id, **settings).stdout
    assert "there is no layer 'result_9'" in here("layers", "history", "result_9", **settings).stderr


def test_no_file_declares_one(project: Project) -> None:
    declared = head("squares", "squares.geojson").replace("file: squares.geojson", "derived: moran")
    project.layer(declared + "  a: {role: id, type: text}\nkind: table\n")
    with pytest.raises(LayerFileError, match=r"source\.derived"):
        read_catalog(project.folder / "layers")


def test_a_derivation_is_the_same_after_its_way_through_json() -> None:
    for derivation in (DERIVATION, replace(DERIVATION, expires=None)):
        assert Derivation.from_json(derivation.as_json()) == derivation
