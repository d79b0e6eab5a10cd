"""Files that are damaged or made to do harm: one clear error, soon, in little memory, and nothing is loaded."""

import io
import json
import os
import socket
import sqlite3
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rasterio
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from altaigis.errors import SourceError
from altaigis.etl.read import read_file
from altaigis.etl.sources import tables
from etl.stopping import Ended, Limits, start
from etl.test_pipeline import TABLES
from projects import Project

LAYER = """\
id: hostile
theme: tourism
title: {{ru: Чужое, en: Strange}}
source: {{file: {file}, crs: EPSG:4326, licence: CC0-1.0, attribution: {{ru: Мы, en: We}}{geometry}}}
fields:
  a: {{role: id, type: text}}
  geom: {{role: geometry, type: Point}}
"""
RASTER = """\
id: hostile
kind: raster
theme: relief
title: {{ru: Чужое, en: Strange}}
source: {{file: {file}, crs: EPSG:4326, licence: CC0-1.0, attribution: {{ru: Мы, en: We}}}}
styles:
  default:
    kind: ramp
    title: {{ru: Высота, en: Height}}
    unit: m
    stops: [{{value: 0, colour: '#000000'}}, {{value: 3000, colour: '#ffffff'}}]
"""
FORMS = (".geojson", ".gpkg", ".fgb", ".gml", ".kml", ".shp", ".parquet", ".xlsx", ".zip")
TABLES_OF = (".csv", ".xlsx", ".parquet", ".zip")
SECONDS, MEMORY, ADDRESS_SPACE = 20, 600 << 20, 3 << 30
PASSWD = Path("/etc/passwd").read_text(encoding="utf-8").splitlines()[0]

Make = Callable[[Path], object]


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def link(path: Path) -> None:
    member = zipfile.ZipInfo("passwd.csv")
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "/etc/passwd")


def workbook(change: Callable[[str, bytes], bytes]) -> bytes:
    """A workbook whose parts are changed."""
    plain = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["a", "lon", "lat"])
    book.active.append(["text", 85, 52])
    book.save(plain)
    with zipfile.ZipFile(plain) as source:
        return zipped(**{name: change(name, source.read(name)) for name in source.namelist()})


def with_entity(doctype: str) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        if "sheet1" not in name:
            return content
        return f"<!DOCTYPE worksheet [{doctype}]>".encode() + content.replace(b"<v>85</v>", b"<v>&e;</v>")

    return change


LAUGHS = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10 if k else "ha"}">' for k in range(10)) + '<!ENTITY e "&a9;">'
EXTERNAL = '<!ENTITY e SYSTEM "file:///etc/passwd">'


def kml(name: str, doctype: str = "") -> str:
    place = f"<Placemark><name>{name}</name><Point><coordinates>85,52</coordinates></Point></Placemark>"
    head = '<?xml version="1.0"?>' + (f"<!DOCTYPE kml [{doctype}]>" if doctype else "")
    return f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{place}</Document></kml>'


def gml(name: str, doctype: str = "") -> str:
    head = '<?xml version="1.0"?>' + (f"<!DOCTYPE c [{doctype}]>" if doctype else "")
    space = 'xmlns:gml="http://www.opengis.net/gml" xmlns:x="http://x"'
    return f"{head}<x:c {space}><gml:featureMember><x:f><x:a>{name}</x:a></x:f></gml:featureMember></x:c>"


def collection(*geometries: str) -> str:
    features = (
        f'{{"type":"Feature","properties":{{"a":"{n}"}},"geometry":{geometry}}}'
        for n, geometry in enumerate(geometries)
    )
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def geopackage(view: str) -> Make:
    def make(path: Path) -> None:
        gpd.GeoDataFrame({"a": ["1"]}, geometry=[shapely.Point(85, 52)], crs=4326).to_file(path, layer="t")
        with sqlite3.connect(path) as database:
            database.executescript(
                f"ALTER TABLE t RENAME TO u; CREATE VIEW t AS {view};"
                "DELETE FROM gpkg_extensions; DROP TABLE IF EXISTS rtree_t_geom;"
            )

    return make


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, geom, a FROM n, u"


def raster_of_nothing(path: Path) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", width=400_000, height=400_000, count=1, dtype="uint8", crs="EPSG:4326", nodata=0,
        tiled=True, blockxsize=16384, blockysize=16384, sparse_ok=True, BIGTIFF="YES",
        transform=rasterio.transform.from_bounds(82, 51, 84, 53, 400_000, 400_000),
    ):  # fmt: skip
        pass


VRT = (
    '<VRTDataset rasterXSize="64" rasterYSize="64"><SRS>EPSG:4326</SRS><VRTRasterBand dataType="Int16" band="1">'
    "<NoDataValue>0</NoDataValue><SimpleSource><SourceFilename>/etc/passwd</SourceFilename></SimpleSource>"
    "</VRTRasterBand></VRTDataset>"
)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(1000)
LONG = b"a,lon,lat\n1,85,52\n"


def long_line(start: bytes) -> Make:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.write(start)
            for _ in range(200):
                file.write(b"x" * (1 << 20))

    return make


@pytest.fixture(scope="module")
def project(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = Project(tmp_path_factory.mktemp("hostile"), new_database())
    yield made
    made.workspace.database.dispose()


def run(project: Project, file: str) -> Ended:
    """Load the file as a stranger would, in a process with little memory; the run ends in time."""
    suffix = Path(file).suffix
    geometry = ", geometry: {x: lon, y: lat}" if suffix in TABLES_OF else ""
    project.layer((RASTER if suffix == ".tif" else LAYER).format(file=file, geometry=geometry))
    environment = {"ALTAIGIS_PROJECT": str(project.folder), "ALTAIGIS_DATABASE_URL": project.url}
    command = ["etl", "run", "hostile", "--json"]
    started = time.monotonic()
    ended = start(command, environment, project.folder / "output", limits=Limits(memory=ADDRESS_SPACE)).end()
    assert time.monotonic() - started < SECONDS
    assert ended.grown < MEMORY, f"{ended.grown >> 20} MB: {ended.output}"
    assert "Traceback" not in ended.output
    assert PASSWD not in ended.output
    return ended


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        # archives
        ("bomb.zip", zipped(**{"a.csv": b"0" * (64 << 20)}), "more than is allowed"),
        ("bomb.kmz", zipped(**{"doc.kml": b" " * (64 << 20)}), "more than is allowed"),
        ("bomb.xlsx", workbook(lambda _, part: part + b" " * (32 << 20)), "more than is allowed"),
        ("nested.zip", zipped(**{"a.zip": zipped(**{"a.csv": LONG})}), "another one in it"),
        ("climbs.zip", zipped(**{"../a.csv": LONG}), "climbs out"),
        ("climbs.kmz", zipped(**{"../../doc.kml": kml("a").encode()}), "climbs out"),
        ("absolute.zip", zipped(**{"/tmp/a.csv": LONG}), "climbs out"),
        ("link.zip", link, "has a link"),
        ("nameless.zip", zipped(**{".": LONG}), "cannot be read"),
        ("both.zip", zipped(**{"a": LONG, "a/b.csv": LONG}), "cannot be read"),
        # XML
        ("laughs.kml", kml("&e;", LAUGHS), "document type"),
        ("laughs.gml", gml("&e;", LAUGHS), "document type"),
        ("laughs.kmz", zipped(**{"doc.kml": kml("&e;", LAUGHS).encode()}), "document type"),
        ("laughs.xlsx", workbook(with_entity(LAUGHS)), "cannot be read"),
        ("external.kml", kml("&e;", EXTERNAL), "document type"),
        ("external.gml", gml("&e;", EXTERNAL), "document type"),
        ("external.xlsx", workbook(with_entity(EXTERNAL)), "cannot be read"),
        ("utf16.kml", kml("&e;", LAUGHS).encode("utf-16"), "no .kml"),
        ("deep.kml", kml("</name>" + "<Folder>" * 200_000), "cannot be read"),
        ("deep.gml", gml("<x:b>" * 200_000), "no XML"),
        # GeoJSON
        ("deep.geojson", collection('{"type":"Polygon","coordinates":' + "[" * 10_000 + "]" * 10_000 + "}"), "nested"),
        ("deep_value.geojson", collection("null").replace('"0"', '{"b":' * 10_000 + "1" + "}" * 10_000), "nested"),
        ("long.geojson", collection('{"type":"Point","coordinates":[' + "1," * 8_000_000 + "1]}"), "hostile"),
        ("nothing.geojson", collection(*['{"type":"Point","coordinates":[1e999,52]}'] * 3), "hostile"),
        # tables
        ("columns.csv", ",".join(f"c{n}" for n in range(1_000_000)).encode(), "too long for a header"),
        ("few_letters.csv", b"," * 1_000_000 + b"\n1\n", "1000001 columns"),
        ("wide_row.csv", LONG + b"," * 1_000_000 + b"\n", "columns, more than 2000"),
        ("line.csv", long_line(LONG), "a line of more than 64 MB"),
        ("nan.csv", b"a,lon,lat\n1,nan,52\n2,inf,52\n3,1e999,52\n", "no coordinates"),
        # other formats
        ("endless.gpkg", geopackage(ENDLESS), "it has views"),
        ("header.fgb", b"fgb\x03fgb\x01" + b"\xff\xff\xff\x7f" + bytes(100), "cannot be read"),
        ("table.shp", b"\x00\x00\x27\x0a" + bytes(20) + b"\x7f\xff\xff\xff" + bytes(72), "cut short"),
        ("nothing.tif", raster_of_nothing, "holds few"),
        ("reference.tif", VRT, "cannot be read as a raster"),
        # what they are not
        ("picture.tif", PICTURE, "cannot be read as a raster"),
        ("empty.tif", b"", "cannot be read as a raster"),
        ("folder.csv", lambda path: path.mkdir(), "is no plain file"),
        ("folder.gdb", lambda path: path.mkdir(), "is no plain file"),
        ("pipe.csv", lambda path: os.mkfifo(path), "is no plain file"),
        ("zero.csv", lambda path: path.symlink_to("/dev/zero"), "is no plain file"),
        ("nowhere.csv", lambda path: path.symlink_to("nowhere"), "is missing"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)  # fmt: skip
def test_a_hostile_file(project: Project, file: str, content: bytes | str | Make, problem: str) -> None:
    path = project.raw / file
    if callable(content):
        content(path)
    else:
        project.source(file, content)
    before = project.number("hostile"), project.ask(TABLES)
    ended = run(project, file)
    assert ended.code == 1, ended.output
    told = json.loads(ended.output)
    assert told["outcome"] == "failed"
    assert file in told["error"]
    assert problem in told["error"]
    assert len(told["error"]) < 1000
    assert (project.number("hostile"), project.ask(TABLES)) == before, "nothing is loaded"
    assert list(project.folder.rglob("*.part")) == []
    if path.is_file():
        path.unlink()


@pytest.mark.parametrize("content", [PICTURE, b"", b" ", b"\0"], ids=["picture", "empty", "blank", "zero"])
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, content: bytes) -> None:
    for suffix in (*FORMS, ".csv", ".kmz", ".json", ".xlsm", ".tsv"):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(content)
        with pytest.raises(SourceError, match="cannot be read") as error:
            read_file(path)
        assert path.name in str(error.value)


def test_parquet_that_repeats_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows without a value take hardly any room in the file, and eight bytes or more each in memory."""
    pq.write_table(pa.table({"a": pa.nulls(1_000_000, pa.int64())}), tmp_path / "a.parquet", compression="zstd")
    assert (tmp_path / "a.parquet").stat().st_size < 1_000_000
    monkeypatch.setattr(tables, "MAX_BYTES", 4_000_000)
    with pytest.raises(SourceError, match="1000000 rows and more than"):
        read_file(tmp_path / "a.parquet")


def test_nothing_is_fetched_that_a_file_names(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        schema = f"{address}/wfs?SERVICE=WFS&amp;REQUEST=DescribeFeatureType"
        spaces = f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://x {schema}"'
        (tmp_path / "a.gml").write_text(gml("b").replace("xmlns:x=", f"{spaces} xmlns:x="))
        assert list(read_file(tmp_path / "a.gml").frame["a"]) == ["b"]
        folder = f"<NetworkLink><Link><href>{address}/a.kml</href></Link></NetworkLink><Placemark>"
        (tmp_path / "a.kml").write_text(kml("b").replace("<Placemark>", folder))
        assert list(read_file(tmp_path / "a.kml").frame["Name"]) == ["b"]
        with pytest.raises(TimeoutError):
            server.accept()


# Damaged anywhere


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """A good file of every form."""
    folder = tmp_path_factory.mktemp("whole")
    values = {"a": [f"текст {n}" for n in range(30)], "b": range(30)}
    frame = gpd.GeoDataFrame(values, geometry=shapely.points([[82 + n / 10, 52] for n in range(30)]), crs=4326)
    for driver in ("GeoJSON", "GPKG", "FlatGeobuf", "GML", "KML", "ESRI Shapefile"):
        suffix = {"FlatGeobuf": "fgb", "ESRI Shapefile": "shp"}.get(driver, driver.lower())
        frame.to_file(folder / f"a.{suffix}", driver=driver)
    frame.to_parquet(folder / "a.parquet")
    pd.DataFrame(values).to_excel(folder / "a.xlsx", index=False)
    (folder / "a.zip").write_bytes(zipped(**{"a.geojson": (folder / "a.geojson").read_bytes()}))
    content = {path.suffix: path.read_bytes() for path in folder.iterdir() if path.suffix in FORMS}
    for suffix in (".geojson", ".gml", ".kml"):
        content[suffix] = content[suffix].rstrip()  # without a last line end they are whole
    return lambda suffix: content.get(suffix, b"a,b\n")


SEVERAL = settings(max_examples=12)


def readable(path: Path, content: bytes) -> bool:
    """Whether the file is read; if not, by one line that names it."""
    path.write_bytes(content)
    try:
        read_file(path)
    except SourceError as error:
        told = str(error)
    else:
        return True
    assert str(path) in told
    assert "\n" not in told
    return False


@pytest.mark.parametrize("suffix", FORMS)
@SEVERAL
@given(cut=st.floats(0, 1, exclude_max=True))
@example(cut=0.999)
def test_a_file_cut_short(tmp_path: Path, whole: Callable[[str], bytes], suffix: str, cut: float) -> None:
    content = whole(suffix)
    assert not readable(tmp_path / f"a{suffix}", content[: min(int(len(content) * cut), len(content) - 1)])


@pytest.mark.parametrize("suffix", FORMS)
@SEVERAL
@given(data=st.data())
def test_a_file_with_other_bytes_in_it(tmp_path: Path, whole: Callable[[str], bytes], suffix: str, data: Any) -> None:
    content = bytearray(whole(suffix))
    places = data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=20))
    for place in places:
        content[place] = data.draw(st.integers(0, 255))
    readable(tmp_path / f"a{suffix}", bytes(content))


@pytest.mark.parametrize("suffix", [*FORMS, ".csv", ".kmz", ".json", ".data"])
@SEVERAL
@given(noise=st.binary(min_size=1, max_size=300), keep=st.integers(0, 40))
def test_noise_behind_a_good_beginning(
    tmp_path: Path, whole: Callable[[str], bytes], suffix: str, noise: bytes, keep: int
) -> None:
    readable(tmp_path / f"a{suffix}", whole(suffix)[:keep] + noise)
