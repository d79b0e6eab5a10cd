"""Vector files as GDAL's own tools and strangers make them."""

import json
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.errors import SourceError
from altaigis.etl.read import read_file
from altaigis.etl.sources import vectors
from altaigis.etl.sources.rawfile import Reading

FEATURES = [("Алейский район", 3.5), ("город Барнаул", None)]


def geojson(*geometries: Any, **members: Any) -> str:
    features = [{"type": "Feature", "properties": {"a": 1}, "geometry": geometry} for geometry in geometries]
    return json.dumps({"type": "FeatureCollection", "features": features, **members})


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vectors") / "units.geojson"
    names, areas = zip(*FEATURES, strict=True)
    shapes = [shapely.box(82, 52, 83, 53), shapely.box(83, 53, 84, 54)]
    gpd.GeoDataFrame({"name": names, "area": areas}, geometry=shapes, crs=4326).to_file(path)
    return path


def ogr2ogr(*arguments: str | Path) -> None:
    subprocess.run(["ogr2ogr", *map(str, arguments)], check=True, capture_output=True)


def shapefile(original: Path, target: Path, *options: str) -> Path:
    ogr2ogr("-f", "ESRI Shapefile", *options, target, original)
    return target


def names(found: Any) -> list[str]:
    return list(found.frame["name"])


def test_a_shapefile_in_cp1251_without_a_cpg(original: Path, tmp_path: Path) -> None:
    path = shapefile(original, tmp_path / "u.shp", "-lco", "ENCODING=CP1251")
    path.with_suffix(".cpg").unlink()
    for mark in (0x00, 0x57, 0x03):
        table = bytearray(path.with_suffix(".dbf").read_bytes())
        table[29] = mark
        path.with_suffix(".dbf").write_bytes(table)
        found = read_file(path)
        assert names(found) == ["Алейский район", "город Барнаул"]
        assert found.decisions["encoding"] == {"name": "cp1251", "by": "detected"}
    assert found.frame.crs == "EPSG:4326"


def test_the_mark_in_the_table_counts_where_it_says_something(original: Path, tmp_path: Path) -> None:
    path = shapefile(original, tmp_path / "u.shp", "-lco", "ENCODING=CP866")
    path.with_suffix(".cpg").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = 0x65  # Russian MS-DOS
    path.with_suffix(".dbf").write_bytes(table)
    found = read_file(path)
    assert names(found) == ["Алейский район", "город Барнаул"]
    assert found.decisions["encoding"]["by"] == "file"


@pytest.mark.parametrize("encoding", ["UTF-8", "CP1251"])
def test_a_shapefile_with_a_cpg(original: Path, tmp_path: Path, encoding: str) -> None:
    path = shapefile(original, tmp_path / "u.shp", "-lco", f"ENCODING={encoding}")
    found = read_file(path)
    assert names(found) == ["Алейский район", "город Барнаул"]
    assert found.decisions["encoding"] == {"name": path.with_suffix(".cpg").read_text(), "by": "file"}


def test_a_declared_encoding_overrules_the_cpg(original: Path, tmp_path: Path) -> None:
    path = shapefile(original, tmp_path / "u.shp", "-lco", "ENCODING=CP1251")
    path.with_suffix(".cpg").write_text("UTF-8")
    found = read_file(path, Reading(encoding="cp1251"))
    assert names(found) == ["Алейский район", "город Барнаул"]
    assert found.decisions["encoding"] == {"name": "cp1251", "by": "declared"}


def test_a_zipped_shapefile_in_a_folder_without_a_cpg(original: Path, tmp_path: Path) -> None:
    path = shapefile(original, tmp_path / "u.shp", "-lco", "ENCODING=CP1251")
    path.with_suffix(".cpg").unlink()
    with zipfile.ZipFile(tmp_path / "u.zip", "w") as archive:
        for part in tmp_path.glob("u.[dsp]*"):
            archive.write(part, f"Границы/{part.name}")
        archive.writestr("__MACOSX/Границы/._u.shp", b"x")
    found = read_file(tmp_path / "u.zip")
    assert names(found) == ["Алейский район", "город Барнаул"]
    assert found.decisions["encoding"]["by"] == "detected"


@pytest.mark.parametrize(
    ("driver", "name"),
    [("GPKG", "u.gpkg"), ("GML", "u.gml"), ("KML", "u.kml"), ("FlatGeobuf", "u.fgb")],
)
def test_other_forms(original: Path, tmp_path: Path, driver: str, name: str) -> None:
    ogr2ogr("-f", driver, tmp_path / name, original)
    found = read_file(tmp_path / name)
    column = next(c for c in ("name", "Name") if c in found.frame.columns)
    assert sorted(found.frame[column]) == ["Алейский район", "город Барнаул"]
    assert found.frame.crs.to_epsg() in (4326, 4979)
    assert found.frame.total_bounds == pytest.approx([82, 52, 84, 54])
    beside = {"u.gml": {"u.gml", "u.xsd"}}.get(name, {name})
    assert {path.name for path in tmp_path.iterdir()} == beside, "GDAL leaves nothing beside the source"


def test_a_layer_of_a_geopackage(original: Path, tmp_path: Path) -> None:
    path = tmp_path / "u.gpkg"
    ogr2ogr("-f", "GPKG", "-nln", "районы", path, original)
    ogr2ogr("-f", "GPKG", "-nln", "прочее", "-update", "-where", "area > 0", path, original)
    assert len(read_file(path, Reading(layer="прочее")).frame) == 1
    with pytest.raises(SourceError, match=r"name one in source\.layer: районы, прочее"):
        read_file(path)
    with pytest.raises(SourceError, match="no layer 'x'; it has районы, прочее"):
        read_file(path, Reading(layer="x"))


RING = [[82, 52], [83, 52], [83, 53]]
CLOSED = [*RING, RING[0]]


def kml(ring: list[list[int]]) -> str:
    points = " ".join(f"{x},{y}" for x, y in ring)
    border = f"<outerBoundaryIs><LinearRing><coordinates>{points}</coordinates></LinearRing></outerBoundaryIs>"
    return f"<Placemark><name>a</name><Polygon>{border}</Polygon></Placemark>"


def gml(ring: list[list[int]]) -> str:
    points = " ".join(f"{y} {x}" for x, y in ring)
    border = f"<gml:exterior><gml:LinearRing><gml:posList>{points}</gml:posList></gml:LinearRing></gml:exterior>"
    shape = f'<gml:Polygon srsName="urn:ogc:def:crs:EPSG::4326">{border}</gml:Polygon>'
    return f"<gml:featureMember><o:unit><o:name>a</o:name><o:geom>{shape}</o:geom></o:unit></gml:featureMember>"


KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}<Placemark><name>b</name></Placemark></Document></kml>'
GML = (
    '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" xmlns:o="http://example.org/o">{}'
    "<gml:featureMember><o:unit><o:name>b</o:name></o:unit></gml:featureMember></gml:FeatureCollection>"
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "u.geojson",
            geojson({"type": "Polygon", "coordinates": [CLOSED]}, {"type": "Polygon", "coordinates": [RING]}, None),
        ),
        ("u.kml", KML.format(kml(CLOSED) + kml(RING))),
        ("u.gml", GML.format(gml(CLOSED) + gml(RING))),
    ],
)
def test_open_rings_are_closed_and_told(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    found = read_file(tmp_path / name)
    assert [(f.severity, f.rule, f.row) for f in found.findings] == [("warning", "ring closed", 2)]
    first, second, third = found.frame.geometry
    assert shapely.equals(first, second)
    assert first.bounds == (82, 52, 83, 53)
    assert third is None


@pytest.mark.parametrize(("points", "found"), [(1, ("error", "geometry", 1)), (2, ("warning", "ring closed", 1))])
def test_a_ring_of_too_few_points_is_told(tmp_path: Path, points: int, found: tuple[str, str, int]) -> None:
    (tmp_path / "u.kml").write_text(KML.format(kml(RING[:points]) + kml(CLOSED)))
    read = read_file(tmp_path / "u.kml")
    assert [(f.severity, f.rule, f.row) for f in read.findings] == [found]
    assert shapely.is_valid(read.frame.geometry.iloc[1])


BILLION = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10 if k else "ha"}">' for k in range(10))
DEEP = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":' + (
    '{"type":"Polygon","coordinates":' + "[" * 10_000 + "]" * 10_000 + "}}]}"
)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("u.geojson", "", "is empty"),
        ("u.geojson", " \n", "no .geojson"),
        ("u.geojson", DEEP, "Too many nested"),
        ("u.geojson", '{"type":"FeatureCollection","features":[', "cannot be read"),
        ("u.geojson", '{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline read /etc/passwd"}', "refers"),
        ("u.geojson", "<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>", "no .geojson"),
        ("u.vrt", "<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>", "refers to other sources"),
        ("u.gml", "<OGRWFSDataSource><URL>http://127.0.0.1:1/</URL></OGRWFSDataSource>", "refers to other sources"),
        (
            "u.kml",
            f'<?xml version="1.0"?><!DOCTYPE k [{BILLION}]><kml><Document>&a9;</Document></kml>',
            "document type",
        ),
        ("u.gml", f"<!-- {'x' * 100_000} --><!DOCTYPE k [{BILLION}]><gml>&a9;</gml>", "document type"),
        ("u.kml", "<html><body>404</body></html>", "begins with <html>"),
        ("u.gml", "<gml", "no XML"),
        ("u.gpkg", "{}", "no .gpkg"),
        ("u.gpkg", "SQLite format 3\0" + "\0" * 5000, "cannot be read"),
        ("u.shp", geojson(None), "no .shp"),
        ("u.fgb", "fgb\x03fgb\x00" + "x" * 100, "cannot be read"),
        ("u.zip", geojson(None), "damaged"),
        ("u.kmz", "PK\x03\x04", "damaged"),
        ("u.data", "whatever", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_one_line_soon(tmp_path: Path, name: str, content: str, problem: str) -> None:
    (tmp_path / name).write_text(content)
    started = time.monotonic()
    with pytest.raises(SourceError, match=problem) as error:
        read_file(tmp_path / name)
    assert time.monotonic() - started < 10
    assert name in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("count", "problem"), [(3000, "3000 columns"), (1_000_000, "more than 20000 names")])
def test_far_too_many_columns(tmp_path: Path, count: int, problem: str) -> None:
    properties = ",".join(f'"c{n}":1' for n in range(count))
    (tmp_path / "u.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{' + properties + '},"geometry":null}]}'
    )
    started = time.monotonic()
    with pytest.raises(SourceError, match=problem):
        read_file(tmp_path / "u.geojson")
    assert time.monotonic() - started < 5


@settings(max_examples=50)
@given(st.dictionaries(st.text(), st.text() | st.dictionaries(st.text(), st.text()), min_size=1))
def test_names_of_a_json_are_counted_and_its_values_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, properties: dict[str, Any]
) -> None:
    levels = [properties, *(value for value in properties.values() if isinstance(value, dict))]
    names = {name for level in levels for name in level}
    (tmp_path / "u.json").write_text(json.dumps(properties, indent=1))
    monkeypatch.setattr(vectors, "_MAX_NAMES", len(names))
    vectors._check_names(tmp_path / "u.json")
    monkeypatch.setattr(vectors, "_MAX_NAMES", len(names) - 1)
    with pytest.raises(ValueError, match="names"):
        vectors._check_names(tmp_path / "u.json")


def test_quotes_that_nothing_closes_are_looked_at_once(tmp_path: Path) -> None:
    (tmp_path / "u.json").write_bytes(b'{"' + b'\\"' * 2_000_000)
    started = time.monotonic()
    vectors._check_names(tmp_path / "u.json")
    assert time.monotonic() - started < 5


def test_a_collection_of_nothing_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "u.geojson").write_text(geojson())
    with pytest.raises(SourceError, match="it holds no features"):
        read_file(tmp_path / "u.geojson")


@pytest.mark.parametrize(("suffix", "size"), [(".shp", 150), (".shp", 90), (".dbf", 120), (".dbf", 10), (".shx", 50)])
def test_a_shapefile_cut_short(original: Path, tmp_path: Path, suffix: str, size: int) -> None:
    path = shapefile(original, tmp_path / "u.shp")
    part = path.with_suffix(suffix)
    part.write_bytes(part.read_bytes()[:size])
    with pytest.raises(SourceError, match=r"u\.shp cannot be read"):
        read_file(path)


@pytest.mark.parametrize(("driver", "name"), [("GPKG", "u.gpkg"), ("FlatGeobuf", "u.fgb"), ("KML", "u.kml")])
def test_other_forms_cut_short(original: Path, tmp_path: Path, driver: str, name: str) -> None:
    ogr2ogr("-f", driver, tmp_path / name, original)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) * 3 // 4])
    with pytest.raises(SourceError, match="cannot be read"):
        read_file(tmp_path / name)


def folders(**points: str) -> str:
    made = "".join(
        f"<Folder><name>{name}</name><Placemark><name>{name} 1</name>"
        f"<Point><coordinates>{place}</coordinates></Point></Placemark></Folder>"
        for name, place in points.items()
    )
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{made}</Document></kml>'


def test_the_folders_of_a_kml_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "u.kml").write_text(folders(Лето="85,52,310", Зима="86,53,0"))
    found = read_file(tmp_path / "u.kml")
    assert list(found.frame["layer"]) == ["Лето", "Зима"]
    assert list(found.frame["Name"]) == ["Лето 1", "Зима 1"]
    assert list(found.frame.index) == [1, 2]
    assert found.frame.crs is not None
    assert found.decisions == {"layers": ["Лето", "Зима"]}
    one = read_file(tmp_path / "u.kml", Reading(layer="Зима"))
    assert list(one.frame["Name"]) == ["Зима 1"]
    assert one.decisions == {"layers_not_read": ["Лето"]}


def test_findings_of_joined_layers_are_counted_through(tmp_path: Path) -> None:
    text = folders(a="85,52", b="86,53").replace("</Folder></Document>", f"{kml(RING)}</Folder></Document>")
    (tmp_path / "u.kml").write_text(text)
    found = read_file(tmp_path / "u.kml")
    assert len(found.frame) == 3
    assert [(f.rule, f.row) for f in found.findings] == [("ring closed", 3)]


def test_all_layers_of_a_geopackage(original: Path, tmp_path: Path) -> None:
    path = tmp_path / "u.gpkg"
    ogr2ogr("-f", "GPKG", "-nln", "a", path, original)
    ogr2ogr("-f", "GPKG", "-nln", "b", "-update", "-sql", "SELECT name AS other FROM units", path, original)
    found = read_file(path, Reading(layer="*"))
    assert list(found.frame["layer"]) == ["a", "a", "b", "b"]
    assert list(found.frame["other"].isna()) == [True, True, False, False]
    with pytest.raises(SourceError, match=r"name one in source\.layer: a, b; or join all by"):
        read_file(path)


def test_so_many_folders_are_not_joined(tmp_path: Path) -> None:
    (tmp_path / "u.kml").write_text(folders(**{f"f{n}": "85,52" for n in range(101)}))
    with pytest.raises(SourceError, match="101 layers"):
        read_file(tmp_path / "u.kml")


def test_kml_from_a_phone(original: Path, tmp_path: Path) -> None:
    ogr2ogr("-f", "KML", tmp_path / "doc.kml", original)
    with zipfile.ZipFile(tmp_path / "u.kmz", "w") as archive:
        archive.write(tmp_path / "doc.kml", "doc.kml")
        archive.writestr("files/photo.jpg", b"x")
    assert len(read_file(tmp_path / "u.kmz").frame) == 2
