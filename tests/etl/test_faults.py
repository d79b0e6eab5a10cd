"""Faults in the middle of a load: killed, the database gone, the disk full, others at work. One state or the other."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg
import pytest
import rasterio
from fastapi.testclient import TestClient
from rasterio.transform import from_bounds

from altaigis.app import create_app
from altaigis.errors import NotWritten
from altaigis.layerfiles import read_catalog
from altaigis.services import ledger
from altaigis.settings import Settings
from altaigis.store import load
from altaigis.store.cluster import Cluster
from altaigis.store.pool import transaction
from altaigis.store.revisions import last_run
from etl.stopping import NO_LIMITS, Ended, Limits, Run, Stop, kill_all, start
from etl.test_pipeline import TABLES
from projects import SQUARES, Project, head

POINTS = (
    head("places", "places.csv", "crs: EPSG:4326", "geometry: {x: lon, y: lat}")
    + """\
  place_id: {role: id, type: text}
  name_ru: {role: title, type: text}
  geom: {role: geometry, type: Point}
"""
)
RELIEF = """\
id: relief
kind: raster
theme: relief
title: {ru: Рельеф, en: Relief}
source: {file: relief.tif, crs: EPSG:4326, licence: CC0-1.0, attribution: {ru: Мы, en: We}}
styles:
  default:
    kind: ramp
    title: {ru: Высота, en: Height}
    unit: m
    stops: [{value: 0, colour: '#000000'}, {value: 3000, colour: '#ffffff'}]
"""
LAYERS = {"squares": SQUARES, "places": POINTS, "relief": RELIEF}
PIPELINE, FEATURES, LOAD = "altaigis.etl.pipeline", "altaigis.etl.features", "altaigis.store.load"
HALF_SENT = Stop("altaigis.store.copying:_pieces", "half")


class Faulty(Project):
    """A project of synthetic layers, whose runs are processes, and whose layers are seen as a client sees them."""

    def states(self, layer: str) -> list[str]:
        """The tables of a layer's revisions, without those of their levels of detail."""
        names = [name for (name,) in self.ask(TABLES)]
        return [name for name in names if name.startswith(f"{layer}_r") and not name.endswith("_levels")]

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder, url)
        for layer in LAYERS.values():
            self.layer(layer)
        self.state = 0
        self.settings = Settings(project=folder, database_url=url)
        for name in LAYERS:
            self.change(name)
            self.run(name)

    def change(self, name: str, rows: int = 3) -> None:
        """Another state of a layer's source; a number in every feature tells which."""
        self.state += 1
        if name == "squares":
            self.source("squares.geojson", squares(self.state, rows))
        elif name == "places":
            lines = (f"{n:05},состояние {self.state} {os.urandom(20).hex()},85,52" for n in range(rows))
            self.source("places.csv", "\n".join(["place_id,name_ru,lon,lat", *lines]))
        else:
            with rasterio.open(
                self.raw / "relief.tif",
                "w",
                driver="GTiff",
                width=300,
                height=300,
                count=1,
                dtype="int16",
                crs="EPSG:4326",
                transform=from_bounds(82, 51, 84, 53, 300, 300),
                nodata=-1,
            ) as raster:
                raster.write(np.full((1, 300, 300), self.state, dtype="int16"))

    def begin(self, name: str, stop: Stop | None = None, limits: Limits = NO_LIMITS) -> Run:
        environment = {"ALTAIGIS_PROJECT": str(self.folder), "ALTAIGIS_DATABASE_URL": self.url}
        output = self.folder / f"output-{os.urandom(4).hex()}.txt"
        return start(["etl", "run", name], environment, output, stop, limits)

    def succeed(self, name: str) -> None:
        ended = self.begin(name).end()
        assert ended.code == 0, ended.output
        assert_no_remains(self)

    @contextmanager
    def client(self) -> Iterator["Reader"]:
        app = create_app(self.settings, read_catalog(self.folder / "layers"), self.url)
        with TestClient(app) as client:
            yield Reader(client)


class Reader:
    """What a client of the API sees of a layer."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def sees(self, name: str) -> Any:
        if name == "relief":
            return self._get("/rasters/relief/point?lon=83&lat=52")["value"]
        found = self._get(f"/collections/{name}/items?limit=5000")
        assert found["numberMatched"] == found["numberReturned"] == len(found["features"])
        return found["features"]

    def _get(self, path: str) -> Any:
        answer = self._client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def squares(state: int, count: int) -> str:
    """Neighbours in a row, of which each overlaps the next a little: work for the coverage."""
    features = []
    for n in range(count):
        west, east = 80 + n * 0.1, 80.101 + n * 0.1
        ring = [[west, 52], [east, 52], [east, 52.1], [west, 52.1], [west, 52]]
        properties = {"square_id": f"s{n:03}", "name_ru": f"состояние {state}"}
        features.append(
            {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        )
    return json.dumps({"type": "FeatureCollection", "features": features})


def assert_no_remains(project: Faulty) -> None:
    """No file and no table that no revision names, and nobody still at work in the database."""
    products = {path.name for path in project.workspace.processed.iterdir()}
    rasters = {relation for (relation,) in project.ask("SELECT relation FROM altaigis.revisions") if ".tif" in relation}
    assert products <= {"squares.parquet", "places.parquet", *rasters}
    tables = {name.removesuffix("_levels") for (name,) in project.ask(TABLES)}
    assert tables <= {name for (name,) in project.ask("SELECT relation FROM altaigis.revisions")}
    assert project.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[Cluster]:
    """A PostGIS that may be killed, and keeps what it has said to be written."""
    home = Path(tempfile.mkdtemp(prefix="altaigis-", dir="/var/tmp"))
    home.chmod(0o711)
    cluster = Cluster(home)
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def project(own_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    made = Faulty(tmp_path_factory.mktemp("faults"), own_cluster.url)
    yield made
    made.workspace.database.dispose()


@pytest.fixture(scope="module")
def reader(project: Faulty) -> Iterator[Reader]:
    with pytest.MonkeyPatch.context() as patch:
        # It asks the database each time, whatever it has heard
        patch.setattr(ledger, "FRESH_SECONDS", 0.0)
        patch.setattr(ledger, "FOLLOWED_SECONDS", 0.0)
        with project.client() as reader:
            yield reader


@pytest.fixture(autouse=True)
def _nobody_left() -> Iterator[None]:
    """A run that a failed test has left stopped holds the layer: the tests behind it would wait for ever."""
    yield
    kill_all()


# Killed


@pytest.mark.parametrize(
    ("layer", "stop", "is_loaded"),
    [
        ("squares", Stop(f"{PIPELINE}:fingerprint"), False),
        ("squares", Stop(f"{FEATURES}:read"), False),
        ("squares", Stop(f"{FEATURES}:conform"), False),
        ("squares", Stop(f"{FEATURES}:clean"), False),
        ("squares", Stop(f"{FEATURES}:check_layer"), False),
        ("squares", Stop("pyarrow.parquet:write_table", "half"), False),
        ("squares", Stop(f"{PIPELINE}:load.load_table"), False),
        ("squares", HALF_SENT, False),
        ("squares", Stop(f"{LOAD}:ids_of", "after"), False),
        ("squares", Stop(f"{LOAD}:_filled", "after"), False),
        ("squares", Stop(f"{LOAD}:publish", "after"), False),
        ("squares", Stop(f"{LOAD}:drop_former_tables"), True),
        ("relief", Stop("rasterio.shutil:copy", "half"), False),
        ("relief", Stop(f"{PIPELINE}:load.register_file"), False),
        ("relief", Stop(f"{LOAD}:publish", "after"), False),
        ("relief", Stop(f"{LOAD}:kept_relations"), True),
    ],
    ids=lambda value: getattr(value, "place", value),
)
def test_kill_9(project: Faulty, reader: Reader, layer: str, stop: Stop, is_loaded: bool) -> None:
    old, number = reader.sees(layer), project.number(layer)
    project.change(layer)
    run = project.begin(layer, stop)
    run.wait_for_stop()
    assert run.kill().code == -signal.SIGKILL
    assert (reader.sees(layer) == old) is not is_loaded
    assert project.number(layer) == (number or 0) + is_loaded

    project.succeed(layer)
    assert str(project.state) in str(reader.sees(layer)), "the next run brings the new state"
    assert project.number(layer) == (number or 0) + 1


def test_a_source_that_is_as_before_the_killed_run_is_loaded_again(project: Faulty, reader: Reader) -> None:
    """The product of the killed run is there, and the database has what is in the source: they must not be mixed."""
    former = (project.raw / "squares.geojson").read_bytes()
    old = reader.sees("squares")
    project.change("squares", rows=5)
    run = project.begin("squares", Stop(f"{LOAD}:publish", "after"))
    run.wait_for_stop()
    run.kill()
    project.source("squares.geojson", former)
    project.succeed("squares")
    assert reader.sees("squares") == old
    assert len(gpd.read_parquet(project.workspace.processed / "squares.parquet")) == len(old)


def test_kill_9_while_former_tables_are_dropped(project: Faulty, reader: Reader) -> None:
    """Eight loads leave more tables than are kept; nobody's grace is over while the test runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "GRACE", timedelta(0))
        for _ in range(6):
            project.change("squares")
            project.run("squares")
        states = project.states("squares")
        project.change("squares")
        run = project.begin("squares", Stop(f"{LOAD}:drop_former_tables"))
        run.wait_for_stop()
        run.kill()
        assert len(project.states("squares")) == len(states) + 1
        project.change("squares")
        project.run("squares")
        assert len(project.states("squares")) == 5
    assert_no_remains(project)


# The database goes


def assert_one_clear_error(ended: Ended, *words: str) -> None:
    assert ended.code in (1, 2), ended.output
    assert "Traceback" not in ended.output
    for word in words:
        assert word in ended.output, ended.output
    assert len(ended.output) < 1500


@pytest.mark.parametrize(
    ("how", "stop"),
    [
        (signal.SIGKILL, HALF_SENT),
        (signal.SIGQUIT, Stop(f"{LOAD}:publish", "after")),
    ],
    ids=["killed", "restarted at once"],
)
def test_the_database_is_restarted_under_a_load(
    project: Faulty, reader: Reader, own_cluster: Cluster, how: signal.Signals, stop: Stop
) -> None:
    old = reader.sees("squares")
    project.change("squares")
    run = project.begin("squares", stop)
    run.wait_for_stop()
    pid = own_cluster.status().pid
    assert pid is not None
    os.kill(pid, how)
    own_cluster.start()
    run.let_go()
    assert_one_clear_error(run.end(), "no answer from the database")
    assert reader.sees("squares") == old
    project.succeed("squares")
    assert f"состояние {project.state}" in str(reader.sees("squares"))


def test_the_database_is_away_and_stays_away(project: Faulty, own_cluster: Cluster) -> None:
    project.change("squares")
    run = project.begin("squares", Stop(f"{PIPELINE}:load.load_table"))
    run.wait_for_stop()
    own_cluster.stop()
    run.let_go()
    assert_one_clear_error(run.end(), "no answer from the database")
    own_cluster.start()
    project.succeed("squares")


# No room


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[None]:
    """A file system of this size, where the machine lets us make one."""
    place.mkdir(exist_ok=True)
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True)
    if made.returncode:
        pytest.skip("a file system cannot be mounted here: it takes root, outside of a container")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def assert_told_as_failed(project: Faulty, layer: str, problem: str) -> None:
    run, (finding,) = last_run(project.workspace.database, project.catalog.layer(layer))
    assert (run.outcome, run.revision, finding.rule) == ("failed", None, "not written")
    assert problem in run.report["error"]
    assert problem in finding.message
    assert project.url not in finding.message
    assert all(run.report["checksums"].values()), "the sources are known to the ledger"


@pytest.mark.parametrize("layer", ["places", "relief"])
def test_a_file_cannot_grow(project: Faulty, reader: Reader, layer: str) -> None:
    """Nobody's disk is full here, but the process may write no more to one file, and meets it in the same way."""
    old = reader.sees(layer)
    before = {path.name for path in project.workspace.processed.iterdir()}
    project.change(layer, rows=3000)
    ended = project.begin(layer, limits=Limits(file=20_000)).end()
    assert_one_clear_error(ended, str(project.workspace.processed / layer), "File too large", "make room")
    assert reader.sees(layer) == old
    assert {path.name for path in project.workspace.processed.iterdir()} == before
    assert_told_as_failed(project, layer, "File too large")
    project.succeed(layer)
    assert last_run(project.workspace.database, project.catalog.layer(layer))[0].outcome == "loaded"


@pytest.mark.parametrize("layer", ["places", "relief"])
def test_the_disk_of_data_processed_is_full(project: Faulty, reader: Reader, layer: str) -> None:
    old = reader.sees("places")
    project.change(layer, rows=3000)
    with small_disk(project.workspace.processed, "64k"):
        ended = project.begin(layer).end()
        assert list(project.workspace.processed.iterdir()) == []
    assert_one_clear_error(ended, str(project.workspace.processed / layer), "No space left", "make room")
    assert reader.sees("places") == old
    project.succeed(layer)


def test_the_disk_of_the_database_is_full(project: Faulty, reader: Reader, own_cluster: Cluster) -> None:
    old = reader.sees("places")
    place = own_cluster.home / "small"
    with small_disk(place, "300k"), psycopg.connect(project.url, autocommit=True) as connection:
        shutil.chown(place, own_cluster.data.owner())
        connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'".encode())
        connection.execute("ALTER DATABASE altaigis SET default_tablespace = small")
        project.change("places", rows=5000)
        ended = project.begin("places").end()
        connection.execute("ALTER DATABASE altaigis RESET default_tablespace")
        connection.execute("DROP TABLESPACE small")
    assert_one_clear_error(ended, "has no room: could not extend file", "make room")
    assert_told_as_failed(project, "places", "has no room: could not extend file")
    assert reader.sees("places") == old
    project.succeed("places")


def test_a_full_database_is_told_as_such(project: Faulty) -> None:
    with (
        pytest.raises(NotWritten, match="has no room: the disk is full; make room"),
        transaction(project.workspace.database),
    ):
        raise psycopg.errors.DiskFull("the disk is full")


def test_a_database_that_has_no_room_for_its_ledger_either(project: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise NotWritten("the database has no room")

    monkeypatch.setattr(load, "load_table", full)
    monkeypatch.setattr(load, "record", full)
    runs = project.ask("SELECT count(*) FROM altaigis.runs")
    project.change("places")
    with pytest.raises(NotWritten, match="has no room"):
        project.run("places")
    assert project.ask("SELECT count(*) FROM altaigis.runs") == runs
    monkeypatch.undo()
    project.succeed("places")


def test_a_closed_folder_is_one_line(project: Faulty) -> None:
    processed, aside = project.workspace.processed, project.folder / "aside"
    processed.rename(aside)
    processed.write_text("not a folder")
    project.change("places")
    ended = project.begin("places").end()
    processed.unlink()
    aside.rename(processed)
    assert_one_clear_error(ended, str(processed), "cannot be written")
    project.succeed("places")


# Others at work


def test_two_runs_of_one_layer_at_once(project: Faulty, reader: Reader) -> None:
    number = project.number("places") or 0
    project.change("places")
    runs = [project.begin("places") for _ in range(2)]
    for ended in [run.end() for run in runs]:
        assert ended.code == 0, ended.output
        assert "Traceback" not in ended.output
    assert project.number("places") == number + 1
    assert len(reader.sees("places")) == 3
    assert_no_remains(project)


@pytest.mark.parametrize(("layer", "write"), [("places", "load_table"), ("relief", "register_file")])
def test_a_run_waits_for_the_other_and_loads_nothing_twice(
    project: Faulty, reader: Reader, layer: str, write: str
) -> None:
    number = project.number(layer) or 0
    project.change(layer)
    first = project.begin(layer, Stop(f"{LOAD}:publish", "after"))
    first.wait_for_stop()
    second = project.begin(layer, Stop(f"{PIPELINE}:load.{write}"))
    second.wait_for_stop()
    second.let_go()
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    deadline = time.monotonic() + 30
    while project.ask(waiting) == [(0,)]:
        assert time.monotonic() < deadline, "the second does not wait"
        time.sleep(0.02)
    runs = project.ask("SELECT count(*) FROM altaigis.runs")
    first.let_go()
    ends = [first.end(), second.end()]
    assert [ended.code for ended in ends] == [0, 0]
    assert ["unchanged" in ended.output for ended in ends] == [False, True]
    assert project.number(layer) == number + 1
    assert project.ask("SELECT count(*) FROM altaigis.runs") == [(runs[0][0] + 1,)]
    assert str(project.state) in str(reader.sees(layer))
    assert_no_remains(project)


def test_a_lost_product_is_made_again(project: Faulty) -> None:
    project.succeed("places")
    number = project.number("places") or 0
    (project.workspace.processed / "places.parquet").unlink()
    project.succeed("places")
    assert project.number("places") == number + 1


def test_a_slow_run_of_an_older_source_does_not_stay(project: Faulty, reader: Reader) -> None:
    number = project.number("places") or 0
    project.change("places")
    slow = project.begin("places", Stop(f"{PIPELINE}:load.load_table"))
    slow.wait_for_stop()
    project.change("places")
    assert project.begin("places").end().code == 0
    assert f"состояние {project.state}" in str(reader.sees("places"))
    slow.let_go()
    assert slow.end().code == 0
    assert project.number("places") == number + 2, "what another has loaded of other sources is no reason to rest"
    project.succeed("places")
    assert f"состояние {project.state}" in str(reader.sees("places"))


def test_what_a_living_run_writes_is_not_taken_for_remains(project: Faulty) -> None:
    project.change("places")
    runs = []
    for _ in range(2):
        runs.append(project.begin("places", Stop("pyarrow.parquet:write_table", "after")))
        runs[-1].wait_for_stop()
    for run in runs:
        run.let_go()
        assert run.end().code == 0
    assert_no_remains(project)


def test_a_reader_that_holds_a_long_transaction(project: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "GRACE", timedelta(0))
    project.layer(POINTS + "keep: 1\n")
    relation = "SELECT relation FROM altaigis.revisions JOIN altaigis.current USING (layer, number) WHERE layer = %s"
    with psycopg.connect(project.url) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

        def seen() -> list[Any]:
            ((name,),) = reader.execute(relation, ["places"]).fetchall()
            return reader.execute(f'SELECT * FROM layers."{name}" ORDER BY 1'.encode()).fetchall()

        old = seen()
        for _ in range(3):
            project.change("places")
            report = project.run("places")
            assert report.seconds < 10
            assert seen() == old
    project.change("places")
    project.run("places")
    assert len([name for (name,) in project.ask(TABLES) if name.startswith("places")]) == 1
    project.layer(POINTS)


def test_a_file_that_changes_while_it_is_read(project: Faulty, reader: Reader) -> None:
    for layer, stop in (("places", Stop(f"{FEATURES}:read")), ("relief", Stop("altaigis.etl.rasters:to_cog"))):
        old = reader.sees(layer)
        project.change(layer)
        run = project.begin(layer, stop)
        run.wait_for_stop()
        project.change(layer)
        run.let_go()
        assert_one_clear_error(run.end(), "changed while it was read; run it again")
        assert reader.sees(layer) == old
        project.succeed(layer)
