"""Archives of tiles: each tile as the server has it, gone on with after a stop, and read by others."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from gzip import decompress
from pathlib import Path
from typing import Any

import pandas
import pyogrio
import pytest
from fastapi.testclient import TestClient
from pmtiles.reader import MemorySource, Reader, all_tiles

from altaigis.domain.extent import BBox
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.errors import DatabaseUnavailable, ParameterError
from altaigis.services.export import Selection
from altaigis.services.tiles import TileService
from commands import here
from conftest import Installation
from etl.stopping import Limits, Stop, kill_all, start

Tiles = Mapping[tuple[int, int, int], bytes]


@pytest.fixture
def export(installation: Installation, tmp_path: Path) -> Callable[..., Any]:
    """``altaigis tiles export`` on the real layers; an ending names a file in the test's folder."""
    settings = {"project": str(installation.settings.project), "database_url": installation.url}

    def run(*command: str) -> Any:
        words = [str(tmp_path / word) if word.endswith((".pmtiles", ".mbtiles")) else word for word in command]
        return here("tiles", "export", *words, **settings)

    return run


@pytest.fixture(autouse=True)
def _nobody_left() -> Iterator[None]:
    yield
    kill_all()


def held(path: Path) -> Tiles:
    """The tiles of an archive as others read it."""
    if path.suffix == ".pmtiles":
        return dict(all_tiles(MemorySource(path.read_bytes())))
    with closing(sqlite3.connect(path)) as archive:
        rows = archive.execute("SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles").fetchall()
    return {(z, x, (1 << z) - 1 - row): content for z, x, row, content in rows}


@pytest.mark.parametrize("ending", ["pmtiles", "mbtiles"])
@pytest.mark.parametrize(
    ("layers", "first", "last", "extension"),
    [(["districts", "rivers"], 3, 6, "mvt"), (["settlements"], 5, 7, "mvt"), (["elevation"], 3, 4, "png")],
    ids=["vector", "points", "raster"],
)
def test_each_tile_is_the_one_that_is_served(
    export: Callable[..., Any], client: TestClient, tmp_path: Path, ending: str,
    layers: list[str], first: int, last: int, extension: str,
) -> None:  # fmt: skip
    done = export(*layers, f"--{ending}", f"a.{ending}", "--minzoom", str(first), "--maxzoom", str(last), "--json")
    assert done.returncode == 0, done.stderr
    told, found = json.loads(done.stdout), held(tmp_path / f"a.{ending}")
    assert (told["tiles"], told["resumed"]) == (len(found), False)
    assert told["different"] == len(set(found.values()))
    assert told["bytes"] == (tmp_path / f"a.{ending}").stat().st_size
    largest = max(found, key=lambda key: len(found[key]))
    assert told["largest"]["bytes"] == len(found[largest])
    document = client.get(f"/tiles/{','.join(layers)}/tilejson.json").json()
    assert {z for z, _, _ in found} == set(range(first, last + 1))
    box = BBox(*document["bounds"])
    for zoom in range(first, last + 1):
        start, end = TileCoord.at(box.west, box.north, zoom), TileCoord.at(box.east, box.south, zoom)
        # and those around
        for x in range(start.x - 1, end.x + 2):
            for y in range(start.y - 1, end.y + 2):
                served = client.get(f"/tiles/{','.join(layers)}/{zoom}/{x}/{y}.{extension}").content
                content = found.get((zoom, x, y), b"")
                assert served == (decompress(content) if content and extension == "mvt" else content), (zoom, x, y)


def test_an_archive_tells_what_tilejson_does(export: Callable[..., Any], client: TestClient, tmp_path: Path) -> None:
    command = ("districts", "rivers", "--maxzoom", "4", "--bbox", "80,51,84,53.5", "--lang", "en")
    assert export(*command, "--pmtiles", "a.pmtiles").returncode == 0
    assert export(*command, "--mbtiles", "a.mbtiles").returncode == 0
    document = client.get("/tiles/districts,rivers/tilejson.json?lang=en").json()
    reader = Reader(MemorySource((tmp_path / "a.pmtiles").read_bytes()))
    header, told = reader.header(), reader.metadata()
    with closing(sqlite3.connect(tmp_path / "a.mbtiles")) as archive:
        found = dict(archive.execute("SELECT name, value FROM metadata"))
        assert archive.execute("PRAGMA application_id").fetchone() == (0x4D504258,)
        assert archive.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for name in ("name", "description", "attribution"):
        assert told[name] == found[name] == document[name]
    assert told["vector_layers"] == json.loads(found["json"])["vector_layers"]
    assert [layer["id"] for layer in told["vector_layers"]] == [layer["id"] for layer in document["vector_layers"]]
    for layer, described in zip(told["vector_layers"], document["vector_layers"], strict=True):
        assert layer["fields"].keys() == described["fields"].keys()
        assert (layer["minzoom"], layer["maxzoom"]) == (described["minzoom"], 4)
    districts = told["vector_layers"][0]["fields"]
    assert (districts["population"], districts["pilot"], districts["oktmo"]) == ("Number", "Boolean", "String")
    assert (header["min_zoom"], header["max_zoom"], header["center_zoom"]) == (3, 4, 3)
    assert (found["minzoom"], found["maxzoom"], found["format"]) == ("3", "4", "pbf")
    corners = [header[name] / 1e7 for name in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")]
    assert corners == [float(n) for n in found["bounds"].split(",")] == [80, 51, 84, 53.5]


@pytest.mark.parametrize("ending", ["pmtiles", "mbtiles"])
def test_gdal_reads_the_features_of_the_api(
    export: Callable[..., Any], client: TestClient, tmp_path: Path, ending: str
) -> None:
    assert export("settlements", f"--{ending}", f"a.{ending}", "--maxzoom", "7").returncode == 0
    frame = pyogrio.read_dataframe(tmp_path / f"a.{ending}", layer="settlements")
    features = client.get("/collections/settlements/items?limit=1000").json()["features"]
    # those in the margins of two tiles are there twice
    frame = frame.drop_duplicates("settlement_id").set_index("settlement_id")
    assert sorted(frame.index) == sorted(feature["id"] for feature in features)
    for feature in features:
        found = frame.loc[feature["id"]]
        for name in ("name_ru", "population", "admin_centre"):
            value = feature["properties"][name]
            assert found[name] == value if value is not None else pandas.isna(found[name])


class Faulty:
    """Draws so many tiles, and then loses its database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, good: int) -> None:
        self.drawn: list[Any] = []
        self._good = good
        original = TileService.tile

        async def tile(service: TileService, *arguments: Any, **options: Any) -> Any:
            if len(self.drawn) >= self._good:
                raise DatabaseUnavailable("the database does not answer: terminating connection")
            self.drawn.append(arguments[2])
            return await original(service, *arguments, **options)

        monkeypatch.setattr(TileService, "tile", tile)


def test_a_stopped_export_goes_on_where_it_was(
    export: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("rivers", "--pmtiles", "a.pmtiles", "--maxzoom", "7", "--workers", "1")
    partial = tmp_path / "a.pmtiles.partial"
    with monkeypatch.context() as patch:
        before = Faulty(patch, 12)
        done = export(*command)
        assert (done.returncode, done.stdout) == (1, "")
        line = done.stderr.splitlines()[-1]
        assert f"terminating connection; what is done stays in {partial}, and the same command goes on" in line
    assert [path.name for path in tmp_path.iterdir()] == [partial.name]
    with monkeypatch.context() as patch:
        after = Faulty(patch, 1000)
        done = export(*command, "--json")
    assert json.loads(done.stdout)["resumed"] is True
    assert 0 < len(set(before.drawn) & set(after.drawn)) < len(before.drawn), "those of one block are drawn again"
    assert [path.name for path in tmp_path.iterdir()] == ["a.pmtiles"]
    assert export("rivers", "--pmtiles", "b.pmtiles", "--maxzoom", "7").returncode == 0
    assert (tmp_path / "a.pmtiles").read_bytes() == (tmp_path / "b.pmtiles").read_bytes()


def test_another_export_begins_anew_and_says_so(
    export: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        Faulty(patch, 3)
        assert export("rivers", "--mbtiles", "a.mbtiles", "--maxzoom", "7", "--workers", "1").returncode == 1
    done = export("rivers", "--mbtiles", "a.mbtiles", "--maxzoom", "4")
    assert "a former export thrown away" in done.stdout
    assert {z for z, _, _ in held(tmp_path / "a.mbtiles")} == {3, 4}


@pytest.mark.parametrize(("ending", "place"), [("pmtiles", "pmtiles:publish"), ("mbtiles", "mbtiles:publish")])
def test_a_killed_export_leaves_no_archive(
    export: Callable[..., Any], installation: Installation, tmp_path: Path, ending: str, place: str
) -> None:
    project = {"ALTAIGIS_PROJECT": str(installation.settings.project), "ALTAIGIS_DATABASE_URL": installation.url}
    words = ["settlements", f"--{ending}", str(tmp_path / f"a.{ending}"), "--maxzoom", "6", "--json"]
    run = start(["tiles", "export", *words], project, tmp_path / "told", Stop(f"altaigis.archives.{place}"))
    run.wait_for_stop()
    assert run.kill().code == -9
    assert not (tmp_path / f"a.{ending}").exists()
    done = export(*words[:1], f"--{ending}", f"a.{ending}", *words[3:])
    assert done.returncode == 0, done.stderr
    assert len(held(tmp_path / f"a.{ending}")) == json.loads(done.stdout)["tiles"] > 5
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a.{ending}", "told"]


def test_a_full_disk_is_one_clear_line(export: Callable[..., Any], installation: Installation, tmp_path: Path) -> None:
    project = {"ALTAIGIS_PROJECT": str(installation.settings.project), "ALTAIGIS_DATABASE_URL": installation.url}
    file = str(tmp_path / "a.pmtiles")
    run = start(["tiles", "export", "rivers", "--pmtiles", file, "--maxzoom", "8"], project, tmp_path / "told",
                limits=Limits(file=40_000))  # fmt: skip
    ended = run.end()
    assert ended.code == 1
    line = ended.output.splitlines()[-1]
    assert line.startswith("altaigis: ")
    assert "a.pmtiles.partial cannot be written: " in line
    assert "Traceback" not in ended.output
    assert export("rivers", "--pmtiles", "a.pmtiles", "--maxzoom", "8").returncode == 0


@pytest.mark.parametrize(
    ("command", "code", "names"),
    [
        (("rivers",), 1, "--pmtiles FILE or --mbtiles FILE"),
        (("indicator_values", "--pmtiles", "a.pmtiles"), 2, "layer 'indicator_values' is a table"),
        (("rivers", "rivers", "--pmtiles", "a.pmtiles"), 1, "each layer is named once"),
        (("rivers", "--pmtiles", "nowhere/a.pmtiles"), 1, "cannot be written: No such file or directory"),
        (("rivers", "--pmtiles", "there.pmtiles"), 1, "exists: name another file, or ask to --overwrite"),
        (("rivers", "--pmtiles", "other.pmtiles"), 1, "other.pmtiles.partial cannot be written: it is not an unfin"),
        (("rivers", "--pmtiles", "text.pmtiles"), 1, "text.pmtiles.partial is not an unfinished archive; remove it"),
        (("rivers", "--pmtiles", "busy.pmtiles"), 1, "another process is writing"),
    ],
)
def test_what_cannot_be_exported_is_told_in_one_line(
    export: Callable[..., Any], tmp_path: Path, command: tuple[str, ...], code: int, names: str
) -> None:
    for name in ("there.pmtiles", "text.pmtiles.partial"):
        (tmp_path / name).write_text("somebody's")
    with (
        closing(sqlite3.connect(tmp_path / "other.pmtiles.partial")) as other,
        closing(sqlite3.connect(tmp_path / "busy.pmtiles.partial")) as busy,
    ):
        other.execute("CREATE TABLE somebodys (a)")
        there = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        busy.execute("BEGIN EXCLUSIVE")
        done = export(*command)
    assert (done.returncode, done.stdout) == (code, "")
    (line,) = done.stderr.splitlines()
    assert names in line
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == there


@pytest.mark.parametrize(
    ("layers", "zooms", "bbox", "names"),
    [
        (["rivers", "elevation"], (None, None), None, "LAYER: a raster stands alone"),
        (["rivers"], (2, None), None, "--minzoom: there are tiles of zoom 3 to 12, not 2"),
        (["rivers", "settlements"], (None, 15), None, "--maxzoom: there are tiles of zoom 3 to 14, not 15"),
        (["rivers"], (5, 4), None, "--minzoom: 5 is above the last zoom, 4"),
        (["rivers"], (None, None), "1,2,3,4", "--bbox: there is nothing in it; the layers lie in "),
        (["rivers"], (None, None), "85,50,80,54", "--bbox: the western longitude stands first"),
    ],
)
def test_a_selection_that_cannot_be_is_refused_by_name(
    installation: Installation, layers: list[str], zooms: tuple[int | None, int | None], bbox: str | None, names: str
) -> None:
    extent = BBox(78, 50, 88, 55)
    loaded = Revision("", 1, "", "", datetime.now(UTC), 1, extent)
    states = {installation.catalog.layer(name): loaded for name in layers}
    with pytest.raises(ParameterError, match=f"^{re.escape(names)}"):
        Selection.of(states, *zooms, BBox.parse(bbox) if bbox else None)


def test_an_archive_is_overwritten_when_that_is_asked_for(export: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "a.pmtiles").write_text("former")
    assert export("rivers", "--pmtiles", "a.pmtiles", "--maxzoom", "3", "--overwrite").returncode == 0
    assert held(tmp_path / "a.pmtiles")
