"""The pipeline on small sources of one's own: what it refuses, what it keeps, and what a failure leaves."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql

from altaigis.errors import AltaiError, CheckFailed, ConformError, DatabaseUnavailable, LoadCrashed, SourceError
from altaigis.etl import features
from altaigis.etl.fingerprint import pending
from altaigis.etl.pipeline import run
from altaigis.etl.report import Report
from altaigis.etl.workspace import Workspace
from altaigis.store import load
from altaigis.store.pool import engine
from altaigis.store.revisions import current_revisions, history
from conftest import ROOT
from projects import CSV, POINTS, SQUARES, Project, squares


@pytest.fixture
def project(sites_project: Project) -> Project:
    return sites_project


# What it makes


def test_one_yaml_and_one_csv(project: Project) -> None:
    report = project.run()
    assert (report.outcome, report.received, report.loaded, report.findings) == ("loaded", 3, 3, ())
    assert project.table(columns="site_id, name_ru, visitors, ST_AsText(geom)") == [
        ("a", "Озеро Ая", 10, "POINT(85.85 51.9)"),
        ("b", "Белокуриха", None, "POINT(84.98 52)"),
        ("c", "Без места", 3, None),
    ]


def test_one_yaml_and_one_geojson(project: Project) -> None:
    project.layer(SQUARES)
    project.source("squares.geojson", squares(("a", 80, 50, 81, 51), ("b", 80.99, 50, 82, 51)))
    assert project.run("squares").loaded == 2
    (a, b) = project.table("squares", "square_id, name_ru, area_km2, ST_Area(geom::geography) / 1e6")
    assert a[:2] == ("a", "Квадрат a")
    for row in (a, b):
        assert row[2] == pytest.approx(row[3], rel=1e-6)
    ((overlap,),) = project.ask(
        "SELECT ST_Area(ST_Intersection(a.geom, b.geom)) FROM layers.squares_r1 a, layers.squares_r1 b "
        "WHERE a.square_id = 'a' AND b.square_id = 'b'"
    )
    assert overlap == 0


@pytest.mark.parametrize("odd", ["12.5", "NaN", "1e2"])
def test_a_fraction_beside_whole_numbers_is_one_refused_row(project: Project, odd: str) -> None:
    project.source("sites.csv", CSV.replace("Озеро Ая,10", f"Озеро Ая,{odd}"))
    report = project.run()
    rows = dict(project.table(columns="site_id, visitors"))
    assert rows["c"] == 3
    assert report.refused == (odd != "1e2")
    assert rows.get("a") == {"1e2": 100}.get(odd)


def test_values_are_kept_as_they_were_received(project: Project) -> None:
    project.layer(POINTS.replace("  licence:", "  pad: {site_id: 4}\n  licence:"))
    project.source("sites.csv", CSV.replace("10", "-1").replace("a,Озеро", "7,Озеро"))
    (finding,) = project.run().findings
    assert (finding.fid, finding.values["site_id"], finding.values["visitors"]) == ("0007", "7", "-1")


def test_numbers_that_are_text_in_a_geojson_may_have_a_comma(project: Project) -> None:
    project.layer(SQUARES.replace("coverage: true", "") + "  size: {type: number}\n")
    document = json.loads(squares(("a", 80, 50, 81, 51), ("b", 82, 50, 83, 51)))
    for feature, text in zip(document["features"], ("1 234,5", "2.25"), strict=True):
        feature["properties"]["size"] = text
    project.source("squares.geojson", json.dumps(document))
    assert project.run("squares").findings == ()
    assert project.table("squares", "square_id, size") == [("a", 1234.5), ("b", 2.25)]


def test_every_type_of_value(project: Project) -> None:
    project.layer(
        POINTS.replace("integer, range: [0, null]", "integer").replace("Point}", "Point}\n")
        + "  big: {type: integer}\n  height: {type: number}\n  open: {type: boolean}\n"
        "  since: {type: date}\n  seen: {type: datetime}\n  code: {type: text, pattern: '0\\d+'}\n"
    )
    project.source(
        "sites.csv",
        "site_id,name_ru,visitors,lon,lat,big,height,open,since,seen,code\n"
        'a,"Кафе ""У озера"", летнее",007,85,52,9007199254740993,-1.5e3,да,2024-02-29,2024-01-01T07:00:00+07:00,007\n'
        "b,NA,,85,52,,,нет,,,\n",
    )
    assert project.run().findings == ()
    a, b = project.table(
        columns="name_ru, visitors, big, height, open, since::text, seen AT TIME ZONE 'UTC' = '2024-01-01', code"
    )
    names = {a[0]: a, b[0]: b}
    assert names['Кафе "У озера", летнее'][1:] == (7, 9007199254740993, -1500.0, True, "2024-02-29", True, "007")
    assert names["NA"][1:] == (None, None, None, False, None, None, None)


@pytest.mark.parametrize("moment", ["2024-01-01T07:00:00", "2024-01-01", "07:00+07:00", "2024-13-01T00:00:00Z"])
def test_a_time_without_zone_or_sense_refuses_its_row(project: Project, moment: str) -> None:
    project.layer(POINTS.replace("Point}", "Point}\n") + "  seen: {type: datetime}\n")
    project.source("sites.csv", f"site_id,name_ru,visitors,lon,lat,seen\na,А,1,85,52,{moment}\nb,Б,1,85,52,\n")
    report = project.run()
    assert (report.loaded, report.refused) == (1, 1)
    assert moment in report.findings[0].message


def test_codes_that_gdal_reads_as_numbers_stay_codes(project: Project) -> None:
    text = (
        squares(("a", 80, 50, 81, 51), ("b", 81, 50, 82, 51))
        .replace('"Квадрат a"', "17")
        .replace('"Квадрат b"', "null")
    )
    project.layer(SQUARES)
    project.source("squares.geojson", text)
    project.run("squares")
    assert sorted(project.table("squares", "square_id, name_ru")) == [("a", "17"), ("b", None)]


def test_a_byte_order_mark_and_another_encoding(project: Project) -> None:
    project.source("sites.csv", b"\xef\xbb\xbf" + CSV.encode())
    assert project.run().loaded == 3
    project.layer(POINTS.replace("  licence:", "  encoding: cp1251\n  licence:"))
    project.source("sites.csv", CSV.encode("cp1251"))
    assert project.run().loaded == 3
    assert ("a", "Озеро Ая") in project.table(columns="site_id, name_ru")


def test_another_crs(project: Project) -> None:
    project.layer(POINTS.replace("EPSG:4326", "EPSG:32645"))
    project.source("sites.csv", "site_id,name_ru,visitors,lon,lat\na,Ая,1,421000,5751000\n")
    project.run()
    ((x, y),) = project.table(columns="ST_X(geom), ST_Y(geom)")
    assert (x, y) == pytest.approx((85.85, 51.90), abs=0.02)


def test_integers_as_ids(project: Project) -> None:
    project.layer(POINTS.replace("{role: id, type: text}", "{role: id, type: integer}"))
    project.source("sites.csv", CSV.replace("\na,", "\n10,").replace("\nb,", "\n9,").replace("\nc,", "\n-1,"))
    project.run()
    assert [row[0] for row in project.table(columns="site_id, tile_id")] == [-1, 9, 10]


def test_the_union_of_a_layer_whose_id_is_not_its_first_field(project: Project) -> None:
    project.layer(SQUARES)
    project.source("squares.geojson", squares(("a", 80, 50, 81, 51), ("b", 81, 50, 82, 51), ("c", 82, 50, 83, 51)))
    zone = SQUARES.replace("squares.geojson", "zones.csv\n  geometry: {union_of: squares, members: members.csv}")
    project.layer(
        zone.replace("id: squares", "id: zones").replace("square_id", "zone_id").replace("coverage: true", "")
    )
    project.source("zones.csv", "zone_id,name_ru\nwest,Запад\nall,Всё\n")
    project.source("members.csv", "zone_id,square_id\nwest,a\nwest,b\nall,a\nall,b\nall,c\n")
    project.run("squares")
    project.run("zones")
    assert project.table("zones", "zone_id, ST_AsText(Box2D(geom)::geometry)") == [
        ("all", "POLYGON((80 50,80 51,83 51,83 50,80 50))"),
        ("west", "POLYGON((80 50,80 51,82 51,82 50,80 50))"),
    ]
    for content, problem in [
        ("zone_id,square_id\nwest,a\nall,x\n", "'x' is no feature of squares"),
        ("zone_id,square_id\nwest,a\neast,b\nall,c\n", "'east' is no row"),
        ("zone_id,square_id\nwest,a\n", "'all' has no members"),
        ("zone_id,square_id\nwest,a\nwest,a\nall,c\n", "'a' is a member of 'west' twice"),
    ]:
        project.source("members.csv", content)
        with pytest.raises(SourceError, match=problem):
            project.run("zones")
    assert project.number("zones") == 1


# What it refuses


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("sites.csv", None, "is missing"),
        ("sites.csv", bytes(range(256)) * 40, "cannot be read"),
        ("sites.csv", b"", "cannot be read"),
        ("sites.csv", CSV.encode("utf-16-le"), "cannot be read"),
        ("sites.csv", CSV.replace("visitors", "guests"), "reads column visitors"),
        ("sites.csv", CSV.replace("lon", "x"), "no column lon"),
        ("sites.csv", CSV.replace(",", ":"), "site_id:name_ru"),
        ("sites.csv", CSV.replace("85.85", "east").replace("84.98", "?"), "are no coordinates"),
        ("sites.csv", CSV.replace("name_ru", "site_id"), "twice"),
        ("squares.geojson", None, "is missing"),
        ("squares.geojson", b"\x89PNG\r\n\x1a\n" + bytes(1000), "cannot be read"),
        ("squares.geojson", squares(("a", 80, 50, 81, 51))[:-40], "cannot be read"),
        ("squares.geojson", "{}", "cannot be read"),
    ],
)
def test_a_source_that_cannot_be_used_is_named(
    project: Project, name: str, content: str | bytes | None, problem: str
) -> None:
    layer = name.partition(".")[0]
    project.layer(SQUARES)
    project.source("squares.geojson", squares(("a", 80, 50, 81, 51)))
    project.run(layer)
    before = project.table(layer)
    if content is None:
        (project.raw / name).unlink()
    else:
        project.source(name, content)
    with pytest.raises((SourceError, ConformError), match=problem) as error:
        project.run(layer)
    assert name in str(error.value) or layer in str(error.value)
    assert "\n" not in str(error.value)
    assert project.table(layer) == before
    assert project.number(layer) == 1


def test_a_refused_row_is_kept_with_its_reason_and_place(project: Project) -> None:
    project.source(
        "sites.csv",
        "site_id,name_ru,visitors,lon,lat\n"
        "a,Ая,10,85.85,51.9\n"
        "b,,1,85,52\n"
        "c,Много,много,85,52\n"
        "d,Мало,-5,85,52\n"
        ",Никто,1,85,52\n"
        "a,Снова,1,85,52\n"
        "e,Половина,1.5,85,52\n"
        "f,Далеко,1,8500,52\n"
        "g,Нуль\x00,1,85,52\n",
    )
    report = project.run()
    assert (report.received, report.loaded, report.refused) == (9, 1, 8)
    assert project.table(columns="name_ru") == [("Ая",)]
    found = project.ask('SELECT "row", rule, fid, message, "values", severity FROM altaigis.findings ORDER BY "row"')
    by_row = {row: (rule, fid) for row, rule, fid, *_ in found}
    assert by_row == {
        3: ("required", "b"),
        4: ("type integer", "c"),
        5: ("range", "d"),
        6: ("required", None),
        7: ("unique", "a"),
        8: ("type integer", "e"),
        9: ("geometry bounds", "f"),
        10: by_row[10],
    }
    assert all(severity == "error" for *_, severity in found)
    third = next(row for row in found if row[0] == 4)
    assert "много" in third[3]
    assert third[4]["name_ru"] == "Много"
    assert third[4]["visitors"] == "много"
    assert project.ask("SELECT report->>'refused', outcome, revision FROM altaigis.runs") == [("8", "loaded", 1)]


def test_a_failing_check_leaves_the_live_table_and_is_recorded(project: Project) -> None:
    project.layer(POINTS + "checks: {count: 3, sums: [{field: visitors, equals: 13}]}\n")
    project.run()
    before = project.table()
    project.source("sites.csv", CSV.replace("c,Без места,3,,\n", "c,Без места,три,,\n"))
    with pytest.raises(CheckFailed) as error:
        project.run()
    for part in ("must have 3 features, but 2", "sum of visitors is 10, not 13", "row 4 (c)", "'три'"):
        assert part in str(error.value)
    assert project.table() == before
    assert project.number() == 1
    assert project.ask("SELECT outcome, revision FROM altaigis.runs ORDER BY run") == [("loaded", 1), ("failed", None)]
    assert set(project.ask('SELECT rule, "row" FROM altaigis.findings')) == {
        ("count", None),
        ("sum", None),
        ("type integer", 4),
    }
    project.source("sites.csv", CSV)
    assert project.run().outcome == "unchanged"


JOINED = (
    POINTS.replace("  licence:", "  join:\n    - {file: more.csv, on: site_id}\n  licence:") + "  more: {type: text}\n"
)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("site_id,more\na,1\nb,2\n", r"'c' \(.+\) has no partner in more.csv"),
        ("site_id,more\na,1\nb,2\nc,3\nd,4\n", "'d' of more.csv has no partner in sites.csv"),
        ("site_id,more\na,1\nb,2\nc,3\nc,4\n", "'c' stands twice in more.csv"),
        ("site_id,more\na,1\nb,2\nc,3\n,4\n", "more.csv has rows without site_id"),
        ("site,more\na,1\nb,2\nc,3\n", "more.csv has no column site_id"),
        ("site_id,more,lon\na,1,1\nb,2,2\nc,3,3\n", "repeats columns that came before it: lon"),
    ],
)
def test_a_join_is_one_to_one_or_stops_with_the_name(project: Project, content: str, problem: str) -> None:
    project.layer(JOINED)
    project.source("more.csv", "site_id,more\nc,3\nb,2\na,1\n")
    project.run()
    assert project.table(columns="site_id, more") == [("a", "1"), ("b", "2"), ("c", "3")]
    project.source("more.csv", content)
    with pytest.raises(SourceError, match=problem):
        project.run()
    assert project.number() == 1


def test_a_join_on_keys_that_stand_twice_or_are_empty_on_the_left(project: Project) -> None:
    project.layer(JOINED)
    project.source("more.csv", "site_id,more\na,1\nb,2\nc,3\n")
    project.source("sites.csv", CSV.replace("\nb,", "\na,"))
    with pytest.raises(SourceError, match=r"'a' stands twice in sites.csv; 'b' of more.csv has no partner"):
        project.run()


def test_a_refused_polygon_takes_no_land(project: Project) -> None:
    """Neither one without a geometry, which must not change places with its neighbour, nor one that stands twice."""
    project.layer(SQUARES)
    project.source(
        "squares.geojson",
        squares(
            ("a", 80, 50, 81, 51),
            ("nowhere", None, 0, 0, 0),
            ("b", 81, 50, 82, 51),
            ("a", 79.5, 50, 81.5, 51),
            ("c", 82, 50, 83, 51),
        ),
    )
    report = project.run("squares")
    assert (report.loaded, report.refused) == (3, 2)
    assert project.table("squares", "square_id, ST_XMin(geom), ST_XMax(geom)") == [
        ("a", 80, 81),
        ("b", 81, 82),
        ("c", 82, 83),
    ]


def test_a_wide_gap_stops_the_load(project: Project) -> None:
    project.layer(SQUARES)
    ring = [(x, y) for x in range(3) for y in range(3) if (x, y) != (1, 1)]
    project.source("squares.geojson", squares(*((f"s{x}{y}", 80 + x, 50 + y, 81 + x, 51 + y) for x, y in ring)))
    with pytest.raises(CheckFailed, match=r"a gap of 7\d+\.\d+ km² at 81\.5000, 51\.5000 is wider"):
        project.run("squares")
    assert project.number("squares") is None


def test_polygons_that_cover_each_other_are_not_loaded(project: Project) -> None:
    project.layer(SQUARES)
    project.source("squares.geojson", squares(("a", 80, 50, 82, 52), ("a2", 80, 50, 82, 52), ("b", 82, 50, 83, 52)))
    with pytest.raises(CheckFailed, match=r"an overlap of \d+\.\d+ km² at 81\.0000, 51\.0000 is wider than 0\.05"):
        project.run("squares")


def test_a_layer_made_from_one_that_is_not_loaded(project: Project) -> None:
    project.layer(SQUARES)
    project.layer(
        SQUARES.replace("id: squares", "id: whole").replace("squares.geojson", "w.csv\n  geometry: {union_of: squares}")
    )
    project.source("w.csv", "square_id,name_ru\nw,Всё\n")
    with pytest.raises(SourceError, match="made from squares, which is not loaded"):
        project.run("whole")


@pytest.mark.parametrize("content", [b"", b"junk" * 500, "truncated", "no nodata"])
def test_a_raster_that_cannot_be_used(project: Project, content: bytes | str) -> None:
    text = (ROOT / "layers" / "elevation.yaml").read_text(encoding="utf-8")
    project.layer(text.replace("rasters/", ""))
    good = (ROOT / "data/raw/rasters/elevation_5arcmin.tif").read_bytes()
    project.source("elevation_5arcmin.tif", good)
    project.run("elevation")
    if content == "no nodata":
        import rasterio

        with rasterio.open(project.raw / "elevation_5arcmin.tif", "r+") as raster:
            raster.nodata = None
    else:
        project.source("elevation_5arcmin.tif", good[: len(good) // 2] if isinstance(content, str) else content)
    with pytest.raises(SourceError, match=r"elevation_5arcmin\.tif"):
        project.run("elevation")
    assert project.number("elevation") == 1
    assert len(list(project.workspace.processed.iterdir())) == 1, "nothing half made is left"


# Running again, together, and to a bitter end


def test_unchanged_sources_are_a_no_op(project: Project) -> None:
    project.run()
    before = project.table()
    assert project.run().outcome == "unchanged"
    assert project.number() == 1
    assert project.table() == before
    assert pending(project.catalog.in_load_order(), project.workspace.raw, project.workspace.processed, {}) != []
    revisions = current_revisions(project.workspace.database)
    assert pending(project.catalog.in_load_order(), project.workspace.raw, project.workspace.processed, revisions) == []
    (project.raw / "sites.csv").touch()
    assert project.run().outcome == "unchanged", "the content counts, not the date"


def test_running_twice_gives_the_same_table(project: Project) -> None:
    project.run()
    before = project.table()
    (project.workspace.processed / "sites.parquet").unlink()
    assert project.run().outcome == "loaded"
    assert project.number() == 2
    assert project.table() == before


def test_a_changed_source_keeps_the_tile_ids_of_old_features(project: Project) -> None:
    project.run()
    before = dict(project.table(columns="site_id, tile_id"))
    project.source(
        "sites.csv", CSV.replace("a,Озеро Ая,10", "0,Новое,1,85,52\na,Ая,11").replace("b,Белокуриха,,84.98,52.0\n", "")
    )
    project.run()
    after = dict(project.table(columns="site_id, tile_id"))
    assert project.number() == 2
    assert set(after) == {"0", "a", "c"}
    assert after["a"] == before["a"]
    assert after["c"] == before["c"]
    assert after["0"] not in before.values()
    project.source("sites.csv", CSV)
    project.run()
    assert dict(project.table(columns="site_id, tile_id")) == before, "one that comes back gets its id back"


def test_a_source_that_lost_all_its_rows_empties_no_layer(project: Project) -> None:
    project.run()
    before = project.table()
    project.source("sites.csv", CSV.split("\n", 1)[0] + "\n")
    with pytest.raises(CheckFailed, match=r"no feature would be left of 3; .* checks: \{count: 0\}"):
        project.run()
    assert project.table() == before
    project.layer(POINTS + "checks: {count: 0}\n")
    assert project.run().loaded == 0
    assert project.table() == []


def test_a_source_that_lost_most_of_its_rows_is_told_of(project: Project) -> None:
    rows = [f"{number},Место,1,85,52\n" for number in range(20)]
    told = []
    for left in (20, 10, 4, 1):
        project.source("sites.csv", CSV.split("\n", 1)[0] + "\n" + "".join(rows[:left]))
        told.append([(found.severity, found.rule, found.message) for found in project.run().findings])
    assert told == [[], [], [("warning", "fewer", "4 features, where there were 10")], []]


def test_a_fault_of_ours_is_told_and_kept(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run()
    before = project.table()
    project.source("sites.csv", CSV.replace("10", "11"))

    def faulty(*_: object) -> None:
        raise ZeroDivisionError("of another world")

    with monkeypatch.context() as patch:
        patch.setattr(features, "conform", faulty)
        with pytest.raises(LoadCrashed, match=r"ZeroDivisionError: of another world.*history sites"):
            project.run()
    assert project.table() == before
    last = history(project.workspace.database, "sites")[0]
    assert (last.outcome, "in faulty" in last.report["traceback"]) == ("failed", True)
    assert project.run().outcome == "loaded"


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'layers' ORDER BY 1"


def test_a_former_table_stays_for_those_who_have_begun_on_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.layer(POINTS + "keep: 1\n")
    for visitors in ("10", "11", "12"):
        project.source("sites.csv", CSV.replace("10", visitors))
        project.run()
    assert project.ask(TABLES) == [("sites_r1",), ("sites_r2",), ("sites_r3",)], "three loads within the grace"
    monkeypatch.setattr(load, "GRACE", timedelta(0))
    project.source("sites.csv", CSV.replace("10", "13"))
    project.run()
    assert project.ask(TABLES) == [("sites_r4",)]


def test_two_loads_at_once_both_succeed(project: Project) -> None:
    layer = project.catalog.layer("sites")
    barrier = threading.Barrier(4)

    def load() -> Report:
        barrier.wait()
        return run(layer, project.workspace)

    with ThreadPoolExecutor(4) as pool:
        reports = [future.result() for future in [pool.submit(load) for _ in range(4)]]
    loaded = sum(report.outcome == "loaded" for report in reports)
    assert loaded >= 1
    numbers = [n for (n,) in project.ask("SELECT number FROM altaigis.revisions ORDER BY 1")]
    assert numbers == list(range(1, loaded + 1))
    assert project.number() == loaded
    assert len(project.table()) == 3
    assert [path.name for path in project.workspace.processed.iterdir()] == ["sites.parquet"]


def test_a_reader_of_the_old_table_neither_waits_nor_blocks(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "GRACE", timedelta(0))
    project.layer(POINTS + "keep: 1\n")
    project.run()
    with psycopg.connect(project.url) as reader:
        assert reader.execute("SELECT count(*) FROM layers.sites_r1").fetchone() == (3,)
        for number in (2, 3):
            project.source("sites.csv", CSV.replace("10", str(number)))
            started = time.monotonic()
            project.run()
            assert time.monotonic() - started < 5
            assert project.number() == number
            assert reader.execute("SELECT visitors FROM layers.sites_r1 WHERE site_id = 'a'").fetchone() == (10,)
    project.source("sites.csv", CSV.replace("10", "4"))
    project.run()
    assert project.ask(TABLES) == [("sites_r4",)], "what the reader held is dropped by the next load"


KILLED = """
import sys
from pathlib import Path
from altaigis.etl.pipeline import run
from altaigis.etl.rawdata import RawData
from altaigis.etl.workspace import Workspace
from altaigis.layerfiles import read_catalog
from altaigis.store import load
from altaigis.store.pool import engine

folder, url = Path(sys.argv[1]), sys.argv[2]

def publish(*_):
    print("the new table is written", flush=True)
    sys.stdin.read()

load.publish = publish
workspace = Workspace(RawData((folder / "data/raw",)), folder / "data/processed", engine(url))
run(read_catalog(folder / "layers").layer("sites"), workspace)
"""


def test_kill_9_in_the_middle_of_a_load_leaves_the_old_state(project: Project) -> None:
    project.run()
    before = project.table()
    project.source("sites.csv", CSV.replace("10", "11"))
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(project.folder), project.url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"the new table is written"
        os.kill(process.pid, signal.SIGKILL)
    assert project.table() == before
    assert project.number() == 1
    assert project.run().outcome == "loaded"
    assert project.number() == 2
    assert [row[2] for row in project.table() if row[0] == "a"] == [11]
    assert project.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'layers' ORDER BY 1") == [
        ("sites_r1",),
        ("sites_r2",),
    ]


def test_a_database_that_goes_away_is_one_line(project: Project) -> None:
    project.run()
    project.source("sites.csv", CSV.replace("10", "11"))
    nowhere = Workspace(
        project.workspace.raw, project.workspace.processed, engine("postgresql://nobody@127.0.0.1:1/none")
    )
    with pytest.raises(DatabaseUnavailable) as error:
        run(project.catalog.layer("sites"), nowhere)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["properties", "features", "select", "user", "order", "number", "position", "layer"])
def test_a_field_may_have_any_name(project: Project, name: str) -> None:
    project.layer(POINTS.replace("  visitors:", f"  {name}:"))
    project.source("sites.csv", CSV.replace("visitors", name))
    project.run()
    with psycopg.connect(project.url) as connection:
        query = sql.SQL("SELECT {} FROM layers.sites_r1 WHERE site_id = 'a'").format(sql.Identifier(name))
        assert connection.execute(query).fetchone() == (10,)


def test_all_failures_are_known_ones() -> None:
    for kind in (SourceError, ConformError, CheckFailed, DatabaseUnavailable):
        assert issubclass(kind, AltaiError)
