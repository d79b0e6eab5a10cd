"""Layers of one's own from what offices send: the whole way from the file to the table and the report."""

import json
import subprocess
from dataclasses import replace
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
import shapely

from altaigis.errors import CheckFailed, LayerFileError, SourceError
from altaigis.etl.pipeline import run
from altaigis.etl.rawdata import RawData
from conftest import ROOT
from projects import POINTS, SQUARES, Project, head, squares

TESTDATA = ROOT.parent / "shared" / "testdata"
#: A local grid on the Krasovsky ellipsoid, in the form that surveyors hand one on; its figures are of our own.
LOCAL_GRID = (
    "+proj=tmerc +lat_0=0 +lon_0=82.1 +k=1 +x_0=2250000 +y_0=-5400000 +ellps=krass "
    "+towgs84=23.57,-140.95,-79.8,0,0.35,0.79,-0.22 +units=m +no_defs"
)


@pytest.fixture
def project(empty_project: Project) -> Project:
    return empty_project


def details(project: Project) -> dict[str, Any]:
    ((report,),) = project.ask("SELECT report FROM altaigis.runs ORDER BY run DESC LIMIT 1")
    return dict(report)


def rules(project: Project) -> list[tuple[str, str, int | None]]:
    return project.ask('SELECT severity, rule, "row" FROM altaigis.findings ORDER BY "row" NULLS FIRST, rule')


# Vector files


def test_heights_from_a_phone_are_left_out_and_told(project: Project) -> None:
    project.layer(POINTS.replace("sites.csv", "sites.kml").replace("  geometry: {x: lon, y: lat}\n", ""))
    fields = "<ExtendedData><Data name='site_id'><value>{}</value></Data><Data name='name_ru'><value>А</value></Data>"
    fields += "<Data name='visitors'><value>1</value></Data></ExtendedData>"
    folders = "".join(
        f"<Folder><name>{name}</name><Placemark>{fields.format(name)}"
        f"<Point><coordinates>{place}</coordinates></Point></Placemark></Folder>"
        for name, place in (("a", "85,52,310"), ("b", "85.5,52"))
    )
    project.source("sites.kml", f"<kml xmlns='http://www.opengis.net/kml/2.2'><Document>{folders}</Document></kml>")
    assert project.run().loaded == 2
    told = {entry["rule"]: entry["repaired"] for entry in details(project)["cleaning"]}
    assert (told["geometry heights"], told["geometry mixed"]) == (1, 0)
    assert project.table(columns="ST_NDims(geom)") == [(2,), (2,)]


# Tables


def test_an_excel_csv_of_a_russian_office(project: Project) -> None:
    project.layer(POINTS.replace("Point}", "Point}\n") + "  since: {type: date}\n  height: {type: number}\n")
    text = (
        "site_id;name_ru;visitors;lon;lat;since;height\n"
        "a;Озеро Ая;1 200;85,85;51,9;29.02.2024;1 234,5\n"
        "b;Белокуриха;;84°59'02\" в.д.;52 00 00 с.ш.;2024-03-01;0,5\n"
        "c;Без места;3;;;30.02.2024;\n"
        "d;Наоборот;3;52°N;85°E;;\n"
    )
    project.source("sites.csv", text.encode("cp1251"))
    report = project.run()
    assert (report.received, report.loaded) == (4, 2)
    a, b = project.table(columns="site_id, visitors, ST_X(geom), ST_Y(geom), since::text, height")
    assert a == ("a", 1200, 85.85, 51.9, "2024-02-29", 1234.5)
    assert b[1:] == (None, pytest.approx(84 + 59 / 60 + 2 / 3600), 52.0, "2024-03-01", 0.5)
    assert rules(project) == [("error", "type date", 4), ("error", "coordinates", 5)]
    ((message,),) = project.ask('SELECT message FROM altaigis.findings WHERE "row" = 5')
    assert "stand in each other's column" in message
    assert details(project)["sources"]["sites.csv"] == {
        "encoding": {"name": "cp1251", "by": "detected"},
        "separator": {"name": ";", "by": "detected"},
        "decimal": ",",
    }


def test_thousands_in_an_english_table_are_no_decimals(project: Project) -> None:
    project.layer(POINTS)
    project.source("sites.csv", 'site_id,name_ru,visitors,lon,lat\na,А,"1,234",85,52\nb,Б,1,"85,123",52\n')
    report = project.run()
    assert (report.loaded, report.refused) == (0, 2)
    assert rules(project) == [("error", "type integer", 2), ("error", "coordinates", 3)]


def test_points_in_a_table_of_decimal_commas_are_read_in_no_two_ways(project: Project) -> None:
    project.layer(POINTS.replace("Point}", "Point}\n") + "  height: {type: number}\n")
    project.source(
        "sites.csv",
        "site_id;name_ru;visitors;lon;lat;height\n"
        "a;А;5;85,5;52;−1,5\nb;Б;5;85,5;52;1.234\nc;В;1.000;85,5;52;3,5\nd;Г;1_000;85,5;52;\ne;Д;5;85.123;52;7\n",
    )
    report = project.run()
    assert project.table(columns="site_id, height") == [("a", -1.5), ("e", 7.0)]
    assert {f.fid: f.rule for f in report.findings} == {"b": "type number", "c": "type integer", "d": "type integer"}
    assert {f.fid: f.values["height"] for f in report.findings}["b"] == "1.234"


def test_the_way_out_for_a_point_before_three_digits_is_told_and_works(project: Project) -> None:
    heights = POINTS.replace("Point}", "Point}\n") + "  height: {type: number}\n"
    project.layer(heights)
    project.source("sites.csv", "site_id;name_ru;visitors;lon;lat;height\na;А;5;85;52;1.234\n")
    (finding,) = project.run().findings
    assert (finding.rule, finding.fid) == ("type number", "a")
    assert "source.decimal: '.'" in finding.message
    project.layer(heights.replace("  file: sites.csv\n", "  file: sites.csv\n  decimal: '.'\n"))
    assert not project.run().findings
    assert project.table(columns="site_id, height") == [("a", 1.234)]


@pytest.mark.parametrize(("other", "read"), [("0.5", 1.234), ("7", 1.234), ("1 234,5", None)])
@pytest.mark.parametrize("form", ["geojson", "gpkg", "parquet"])
def test_a_point_is_decimal_in_text_of_files_that_have_numbers(
    project: Project, form: str, other: str, read: float | None
) -> None:
    frame = gpd.GeoDataFrame(
        {"square_id": ["a", "b"], "height": ["1.234", other]},
        geometry=[shapely.box(84, 52, 85, 53), shapely.box(85, 52, 86, 53)],
        crs="EPSG:4326",
    )
    path = project.raw / f"squares.{form}"
    frame.to_parquet(path) if form == "parquet" else frame.to_file(path)
    project.layer(SQUARES.replace("squares.geojson", path.name).replace(
        "  name_ru: {role: title, type: text}\n", "  height: {type: number}\n"
    ))  # fmt: skip
    heights = dict(project.table("squares", "square_id, height")) if project.run("squares").loaded else {}
    assert heights.get("a") == read
    assert heights["b"] == float(other.replace(" ", "").replace(",", "."))


def test_numbers_of_a_workbook_are_numbers_whatever_their_digits(project: Project) -> None:
    project.layer(
        POINTS.replace("sites.csv", "sites.xlsx").replace("Point}", "Point}\n") + "  height: {type: number}\n"
    )
    book = openpyxl.Workbook()
    for row in [("site_id", "name_ru", "visitors", "lon", "lat", "height"), ("a", 1.234, 5, 85.123, 52.5, 1.234)]:
        book.active.append(row)
    book.save(project.raw / "sites.xlsx")
    assert project.run().findings == ()
    assert project.table(columns="site_id, name_ru, ST_X(geom), height") == [("a", "1.234", 85.123, 1.234)]


def test_a_row_is_told_by_where_one_finds_it_and_blank_ones_are_none(project: Project) -> None:
    project.layer(POINTS)
    lines = ["site_id,name_ru,visitors,lon,lat", "a,А,1,85,52", "", ",,,,", "b,Б,много,85,52", "c,В,3,85,52"]
    project.source("sites.csv", "\n".join(lines))
    report = project.run()
    assert (report.received, report.loaded) == (3, 2)
    assert rules(project) == [("error", "type integer", 5)]
    assert details(project)["sources"]["sites.csv"]["blank_rows"] == 2
    project.layer(POINTS.replace("sites.csv", "sites.xlsx"))
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append([value or None for value in line.split(",")])
    book.save(project.raw / "sites.xlsx")
    report = project.run()
    assert (report.received, report.loaded) == (3, 2)
    assert [(f.rule, f.row) for f in report.findings] == [("type integer", 5)]
    assert details(project)["sources"]["sites.xlsx"]["blank_rows"] == 2


def test_a_row_of_too_many_fields_is_refused_and_kept(project: Project) -> None:
    project.layer(POINTS)
    project.source("sites.csv", "site_id,name_ru,visitors,lon,lat\na,А,1,85,52\nb,Б, и В,1,85,52\n")
    report = project.run()
    assert (report.received, report.loaded) == (2, 1)
    (refused,) = [f for f in report.findings if f.rule == "fields"]
    assert (refused.row, refused.fid, refused.values["visitors"]) == (3, "b", " и В")
    assert "put text that holds ',' in quotes" in refused.message


def test_what_is_wrong_in_one_cell_is_told_once(project: Project) -> None:
    required = POINTS.replace("Point}", "Point, required: true}").replace(
        "{type: integer", "{type: integer, required: true"
    )
    project.layer(required)
    project.source("sites.csv", "site_id,name_ru,visitors,lon,lat\na,А,1,85,52\nb,Б,2,xx,52\nc,В,три,85,52\nd,Г,,,\n")
    project.run()
    assert rules(project) == [
        ("error", "coordinates", 3),
        ("error", "type integer", 4),
        ("error", "required", 5),
        ("error", "required", 5),
    ]
    told = {entry["rule"]: entry["told"] for entry in details(project)["cleaning"]}
    assert told["geometry null"] == 1


def test_a_column_of_wkt(project: Project) -> None:
    project.layer(SQUARES.replace("squares.geojson", "s.csv\n  crs: EPSG:4326\n  geometry: {wkt: border}"))
    project.source(
        "s.csv",
        "square_id;name_ru;border\n"
        "a;А;POLYGON((80 50,81 50,81 51,80 51,80 50))\n"
        "b;Б;SRID=4326\n"
        "c;В;POLYGON((82 50,83 50,83 51,82 51))\n"
        "d;Г;\n",
    )
    report = project.run("squares")
    assert (report.received, report.loaded) == (4, 2)
    assert ("error", "geometry", 3) in rules(project)
    assert ("warning", "ring closed", 4) in rules(project)
    assert ("error", "required", 5) in rules(project)
    assert {f.row: f.values.get("border") for f in report.findings}[3] == "SRID=4326"


VISITS = (
    head("visits", "visits.xlsx", "geometry: {key: oktmo, of: squares, field: square_id}", "pad: {oktmo: 8}")
    + """\
  visit_id: {role: id, type: text, from: 'номер'}
  oktmo: {type: text, required: true, pattern: '\\d{8}|\\d{11}'}
  geom: {role: geometry, type: MultiPolygon, required: true}
"""
)


def test_a_workbook_joined_to_a_layer_by_oktmo(project: Project) -> None:
    project.layer(SQUARES)
    project.layer(VISITS)
    project.source("squares.geojson", squares(("01601000", 80, 50, 81, 51), ("01602000", 81, 50, 82, 51)))
    book = openpyxl.Workbook()
    for row in [("номер", "oktmo"), (1, 1601000), (2, "01602000"), (3, "01602000000"), (4, "01699000"), (5, None)]:
        book.active.append(row)
    book.save(project.raw / "visits.xlsx")
    project.run("squares")
    report = project.run("visits")
    assert report.loaded == 3
    assert project.table("visits", "visit_id, oktmo, ST_XMin(geom)") == [
        ("1", "01601000", 80),
        ("2", "01602000", 81),
        ("3", "01602000000", 81),
    ]
    assert details(project)["padded"] == {"oktmo": 1}
    assert details(project)["keys_of_another_length"] == 1
    assert ("error", "key", 5) in rules(project)
    assert ("error", "required", 6) in rules(project)


def test_a_layer_to_join_on_must_be_there_and_its_key_unique(project: Project) -> None:
    project.layer(VISITS)
    with pytest.raises(LayerFileError, match=r"visits\.yaml:6: source\.geometry\.of: is layer squares, which no file"):
        _ = project.catalog
    project.layer(SQUARES.replace("coverage: true\n", ""))
    project.layer(VISITS.replace("field: square_id", "field: name_ru"))
    twice = squares(("a", 80, 50, 81, 51), ("b", 81, 50, 82, 51)).replace("Квадрат b", "Квадрат a")
    project.source("squares.geojson", twice)
    book = openpyxl.Workbook()
    for row in [("номер", "oktmo"), (1, 1601000)]:
        book.active.append(row)
    book.save(project.raw / "visits.xlsx")
    project.run("squares")
    with pytest.raises(SourceError, match="'Квадрат a' twice, so it is no key"):
        project.run("visits")


# Coordinate systems


@pytest.mark.parametrize(
    ("crs", "operation", "accuracy"),
    [
        ("EPSG:28414", "Pulkovo 1942 to WGS 84", 3.0),
        ("EPSG:20014", "Pulkovo 1995 to WGS 84", 1.0),
        ("EPSG:20914", "GSK-2011 to WGS 84", 1.0),
        (LOCAL_GRID, "Transformation from unknown to WGS84", None),
    ],
)
def test_the_grids_of_russian_surveyors(project: Project, crs: str, operation: str, accuracy: float | None) -> None:
    written = subprocess.run(
        ["gdaltransform", "-s_srs", "EPSG:4326", "-t_srs", crs, "-output_xy"],
        input="83.77 53.35\n85.85 51.9\n", capture_output=True, text=True, check=True,
    )  # fmt: skip
    points = [line.split() for line in written.stdout.splitlines()]
    project.layer(POINTS.replace("EPSG:4326", f'"{crs}"'))
    project.source(
        "sites.csv",
        "site_id,name_ru,visitors,lon,lat\n" + "".join(f"p{n},П,1,{x},{y}\n" for n, (x, y) in enumerate(points)),
    )
    assert project.run().findings == ()
    found = project.table(columns="site_id, ST_X(geom), ST_Y(geom)")
    # GDAL's own choice among the operations may differ by the metres that their accuracy allows
    for (_, x, y), expected in zip(found, [(83.77, 53.35), (85.85, 51.9)], strict=True):
        assert (x, y) == pytest.approx(expected, abs=1e-4)
    way = details(project)["projection"]
    assert operation in way["operation"]
    assert way["pipeline"].startswith("proj=pipeline")
    assert way["accuracy_m"] == accuracy
    assert way["best_available"] is True


def test_a_system_without_a_known_shift_is_warned_of(project: Project) -> None:
    project.layer(POINTS.replace("EPSG:4326", "EPSG:4179"))
    project.source("sites.csv", "site_id,name_ru,visitors,lon,lat\na,А,1,85,52\n")
    report = project.run()
    assert (report.loaded, rules(project)) == (1, [("warning", "projection", None)])


def test_swapped_axes_stop_the_load_and_are_called_so(project: Project) -> None:
    project.layer(POINTS.replace("{x: lon, y: lat}", "{x: lat, y: lon}"))
    project.source("sites.csv", "site_id,name_ru,visitors,lon,lat\na,А,1,85.85,51.9\nb,Б,1,84.98,52.0\nc,В,1,,\n")
    with pytest.raises(CheckFailed, match=r"the axes are swapped: 2 of 2 .* \(the first in row 2\)"):
        project.run()
    assert project.number() is None
    project.layer(POINTS)
    assert project.run().loaded == 3


def test_one_row_with_swapped_axes_is_refused(project: Project) -> None:
    project.layer(POINTS)
    project.source(
        "sites.csv", "site_id,name_ru,visitors,lon,lat\na,А,1,85,52\nb,Б,1,84,52\nc,В,1,52,85\nd,Г,1,30,60\n"
    )
    report = project.run()
    assert rules(project) == [("error", "axes", 4)]
    assert report.loaded == 3, "what lies far away either way is no mistake"


def test_swapped_axes_of_a_grid(project: Project) -> None:
    project.layer(POINTS.replace("EPSG:4326", "EPSG:28414"))
    project.source("sites.csv", "site_id,name_ru,visitors,lon,lat\na,А,1,5915000,14684000\n")
    with pytest.raises(CheckFailed, match="the axes are swapped"):
        project.run()


def test_a_file_whose_own_system_is_overruled(project: Project) -> None:
    project.layer(SQUARES.replace("squares.geojson", "squares.geojson\n  crs: EPSG:4284"))
    project.source("squares.geojson", squares(("a", 80, 50, 81, 51)))
    report = project.run("squares")
    (finding,) = [found for found in report.findings if found.rule == "crs"]
    assert (finding.severity, finding.message) == (
        "warning", "the file says WGS 84, source.crs says Pulkovo 1942, which is believed"
    )  # fmt: skip
    assert "Pulkovo 1942 to WGS 84" in details(project)["projection"]["operation"]


# Cleaning


def test_exact_copies_are_refused_once_and_kept(project: Project) -> None:
    project.layer(POINTS)
    rows = ["a,А,1,85,52", "b,Б,1,85,52", "a,А,1,85,52", "a,А,2,85,52", "a,А,1,85,52"]
    project.source("sites.csv", "site_id,name_ru,visitors,lon,lat\n" + "\n".join(rows))
    report = project.run()
    assert (report.received, report.loaded, report.refused) == (5, 2, 3)
    assert rules(project) == [("error", "duplicate", 4), ("error", "unique", 5), ("error", "duplicate", 6)]
    assert [f.message for f in report.findings if f.row == 6] == ["an exact copy of row 2"]
    assert next(f for f in report.findings if f.row == 5).values["name_ru"] == "А"


def test_every_kind_of_broken_geometry_is_told(project: Project) -> None:
    project.layer(SQUARES.replace("coverage: true\n", "").replace("required: true", "required: false"))
    ring = [[80, 50], [81, 50], [81, 51], [80, 50]]
    thin = [[80, 52], [81, 52], [81, 52.0000001], [80, 52.0000001], [80, 52]]
    shapes: list[dict[str, Any] | None] = [
        {"type": "Polygon", "coordinates": [ring]},
        {"type": "Polygon", "coordinates": [ring[:3]]},
        {"type": "Polygon", "coordinates": [[[80, 50], [82, 52], [82, 50], [80, 52], [80, 50]]]},
        {"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "coordinates": [ring]}, {"type": "Point", "coordinates": [85, 52]}]},
        {"type": "LineString", "coordinates": ring},
        {"type": "Polygon", "coordinates": []},
        None,
        {"type": "Polygon", "coordinates": [thin]},
        {"type": "MultiPolygon", "coordinates": [[ring], [thin]]},
    ]  # fmt: skip
    features = [
        {"type": "Feature", "properties": {"square_id": f"s{n}", "name_ru": "К"}, "geometry": shape}
        for n, shape in enumerate(shapes, 1)
    ]
    project.source("squares.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    report = project.run("squares")
    assert rules(project) == [
        ("warning", "ring closed", 2),
        ("warning", "geometry valid", 3),
        ("warning", "geometry parts", 4),
        ("error", "geometry type", 5),
        ("warning", "geometry empty", 6),
        ("error", "sliver", 8),
        ("warning", "sliver", 9),
    ]
    told = {entry.pop("rule"): entry for entry in details(project)["cleaning"]}
    assert told["sliver"] == {"repaired": 1, "refused": 1, "told": 0}
    assert told["geometry null"]["told"] == 1, "as received"
    assert told["ring closed"] == told["geometry valid"] == {"repaired": 1, "refused": 0, "told": 0}
    assert told["duplicate"] == {"repaired": 0, "refused": 0, "told": 0}, "asked, and found nowhere"
    assert details(project)["sliver_m2"] == pytest.approx(2 * 0.01112 * 68_700, rel=0.01)
    assert (report.received, report.loaded, report.warnings) == (9, 7, 5)


@pytest.mark.parametrize(
    "wkt", ["CIRCULARSTRING(83 52,83.5 52.5,84 52)", "GEOMETRYCOLLECTION(CURVEPOLYGON((83 52,84 52,84 53,83 52)))"]
)
def test_arcs_are_refused_row_by_row(project: Project, wkt: str) -> None:
    project.layer(POINTS.replace("{x: lon, y: lat}", "{wkt: shape}"))
    project.source("sites.csv", f"site_id;name_ru;visitors;shape\na;А;1;POINT(85 52)\nb;Б;1;{wkt}\n")
    report = project.run()
    assert (report.loaded, report.refused) == (1, 1)
    assert wkt in str([found.values for found in report.findings])


@pytest.mark.parametrize("wkt", ["LINESTRING(85 52, nan 53)", "LINESTRING(85 52, inf 53)", "POINT(nan 52)"])
def test_coordinates_that_are_not_finite(project: Project, wkt: str) -> None:
    project.layer(
        POINTS.replace("{x: lon, y: lat}", "{wkt: shape}").replace(
            "type: Point}", f"type: {'LineString' if wkt.startswith('L') else 'Point'}}}"
        )
    )
    good = "LINESTRING(85 52, 86 53)" if wkt.startswith("L") else "POINT(85 52)"
    project.source("sites.csv", f"site_id;name_ru;visitors;shape\na;А;1;{good}\nb;Б;1;{wkt}\n")
    report = project.run()
    assert (report.loaded, rules(project)) == (1, [("error", "geometry finite", 3)])


def test_features_outside_the_krai(project: Project) -> None:
    project.layer(SQUARES.replace("id: squares", "id: krai"))
    project.layer(POINTS.replace("  licence:", "  within: krai\n  licence:"))
    project.source("squares.geojson", squares(("k", 80, 50, 81, 51)))
    project.source(
        "sites.csv", "site_id,name_ru,visitors,lon,lat\na,А,1,80.5,50.5\nb,Б,1,81,51\nc,В,1,82,50\nd,Г,1,,\n"
    )
    with pytest.raises(SourceError, match="made from krai, which is not loaded"):
        project.run()
    project.run("krai")
    report = project.run()
    assert report.loaded == 3
    # the run that failed for want of the krai stays in the ledger
    assert rules(project) == [("error", "source", None), ("error", "within", 4)]


# Vectors


def test_a_part_of_a_shapefile_that_changes_is_a_change(project: Project) -> None:
    project.layer(SQUARES.replace("squares.geojson", "squares.shp").replace("square_id: {", "square_id: {from: id, "))
    project.source("squares.geojson", squares(("a", 80, 50, 81, 51), ("b", 81, 50, 82, 51)).replace("square_id", "id"))
    subprocess.run(
        ["ogr2ogr", "-lco", "ENCODING=CP1251", project.raw / "squares.shp", project.raw / "squares.geojson"], check=True
    )
    (project.raw / "squares.cpg").unlink()
    assert project.run("squares").loaded == 2
    assert project.table("squares", "square_id, name_ru")[0] == ("a", "Квадрат a")
    assert details(project)["sources"]["squares.shp"] == {"encoding": {"name": "cp1251", "by": "detected"}}
    assert project.run("squares").outcome == "unchanged"
    table = project.raw / "squares.dbf"
    table.write_bytes(table.read_bytes().replace("Квадрат a".encode("cp1251"), "Квадрат ё".encode("cp1251")))
    assert project.run("squares").outcome == "loaded"
    assert project.table("squares", "square_id, name_ru")[0] == ("a", "Квадрат ё")


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="the boundaries at full resolution are not beside the repository")
def test_the_boundaries_at_full_resolution_are_a_layer_by_one_yaml(project: Project) -> None:
    project.layer(
        SQUARES.replace("squares.geojson", "altai_krai_municipalities_osm.geojson")
        .replace("name_ru: {role: title, type: text}", "name_ru: {role: title, type: text, from: district}")
        .replace("square_id: {role: id, type: text}", "square_id: {role: id, type: text, from: district}")
    )
    workspace = replace(project.workspace, raw=RawData((project.raw, TESTDATA)))
    report = run(project.catalog.layer("squares"), workspace)
    assert report.received == report.loaded >= 60
    ((area,),) = project.ask("SELECT sum(area_km2) FROM layers.squares_r1")
    assert area == pytest.approx(167_996, rel=0.01)
    assert [f for f in report.findings if f.severity == "error"] == []
