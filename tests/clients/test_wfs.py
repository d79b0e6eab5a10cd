"""WFS as the programs of the field ask it: QGIS, GDAL and OWSLib see every feature, as the GeoJSON has it."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from lxml import etree
from owslib.wfs import WebFeatureService

from clients.conftest import CROWD, Counted, Features, counting, in_the_crowd, last_json, run
from clients.test_qgis import LAYERS, SYSTEM_PYTHON, has_qgis
from conftest import Installation

NEARLY = 1e-6
#: Properties and place of a feature as a client has read them.
Read = tuple[dict[str, Any], shapely.Geometry | None]
needs_gdal = pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="GDAL's programs are not installed")
needs_qgis = pytest.mark.skipif(not has_qgis(), reason="QGIS's Python (python3-qgis) is not installed")
#: QGIS 3.22 takes XML's booleans for text.
TRUTH: dict[Any, Any] = {"true": True, "false": False}
LARGE = "population > 30000"


def assert_same(read: Sequence[Read], ours: dict[str, dict[str, Any]], id_field: str) -> None:
    """What a client has read is what the GeoJSON has."""
    assert len(read) == len(ours)
    assert {str(properties[id_field]) for properties, _ in read} == set(ours)
    for properties, place in read:
        own = ours[str(properties[id_field])]
        for name, value in own["properties"].items():
            told = properties[name]
            told = told.isoformat() if isinstance(told, date) else told
            assert told == (pytest.approx(value) if type(value) is float else value), name
        assert (place is None) == (own["geometry"] is None)
        if place:
            assert place.hausdorff_distance(shapely.geometry.shape(own["geometry"])) < NEARLY


def assert_is_the_crowd(read: Sequence[Read]) -> None:
    """Every feature of the layer with more than a page of them, with its types and its place."""
    assert sorted(properties["number"] for properties, _ in read) == list(range(CROWD))
    for properties, place in read:
        row = in_the_crowd(properties["number"])
        assert place is not None
        assert (place.x, place.y) == pytest.approx((row["lon"], row["lat"]), abs=NEARLY)
        named = row.get("name_ru")
        expected = (named, row.get("share"), named and row["flag"] == "true", row.get("day"), row.get("moment"))
        day, moment = (str(properties[name] or "") for name in ("day", "moment"))
        found = (
            properties["name_ru"],
            properties["share"],
            properties["flag"],
            day.replace("/", "-") or None,
            moment.replace("+00:00", "Z").replace(" ", "T") or None,
        )
        assert found == expected


def of_geopackage(path: Path, layer: str) -> list[Read]:
    meta, table = pyogrio.read_arrow(path, layer=layer)
    rows = table.to_pylist()
    places = [row.pop(meta["geometry_name"] or "geom", None) for row in rows]
    return [(row, None if place is None else shapely.from_wkb(place)) for row, place in zip(rows, places, strict=True)]


# GDAL


def copied(target: Path, url: str, *options: str) -> None:
    """What ogr2ogr makes of a service. GML's surfaces may be curved, and GDAL takes their layers for such."""
    run("ogr2ogr", "-f", "GPKG", "-nlt", "CONVERT_TO_LINEAR", str(target), f"WFS:{url}", *options)


@needs_gdal
def test_ogr2ogr_copies_the_whole_service(
    server_url: str, installation: Installation, features: Features, tmp_path: Path
) -> None:
    target = tmp_path / "all.gpkg"
    copied(target, f"{server_url}/wfs")
    layers = [layer for layer in installation.catalog if layer.kind != "raster"]
    assert {name for name, _ in pyogrio.list_layers(target)} == {f"altai:{layer.id}" for layer in layers}
    for layer in layers:
        if not layer.source.ledger:
            assert_same(of_geopackage(target, f"altai:{layer.id}"), features(layer.id), layer.id_field)


@needs_gdal
@pytest.mark.parametrize("version", ["2.0.0", "1.1.0", "1.0.0"])
def test_ogr2ogr_reads_more_than_a_page_in_each_version(crowd_url: str, tmp_path: Path, version: str) -> None:
    target = tmp_path / "crowd.gpkg"
    with counting(crowd_url) as counted:
        copied(target, f"{counted.url}/wfs?VERSION={version}", "altai:crowd")
        asked = [path for path in counted.paths if "REQUEST=GetFeature" in path and "hits" not in path]
    assert_is_the_crowd(of_geopackage(target, "altai:crowd"))
    assert len(asked) <= 4, "pages are as large as capabilities say"


@needs_gdal
def test_ogrinfo_tells_of_titles_and_types(crowd_url: str) -> None:
    told = run("ogrinfo", "-ro", "-so", f"WFS:{crowd_url}/wfs", "altai:crowd")
    for line in ("TITLE=Слой", "Geometry: Point", "number: Integer", "share: Real", "day: Date", "moment: DateTime"):
        assert line in told
    assert "flag: Integer(Boolean)" in told
    assert f"Feature Count: {CROWD}" in told


@needs_gdal
def test_ogr2ogr_lets_the_server_select(counted: Counted, features: Features, tmp_path: Path) -> None:
    target = tmp_path / "large.gpkg"
    box = ("-spat", "83", "52", "85", "54")
    copied(target, f"{counted.url}/wfs", "altai:districts", "-where", LARGE, *box)
    within = shapely.box(83, 52, 85, 54)
    expected = {
        fid
        for fid, feature in features("districts").items()
        if feature["properties"]["population"] > 30_000
        and shapely.geometry.shape(feature["geometry"]).intersects(within)
    }
    assert {row["territory_id"] for row, _ in of_geopackage(target, "altai:districts")} == expected
    asked = [path for path in counted.paths if "REQUEST=GetFeature" in path]
    assert asked
    assert all("PropertyIsGreaterThan" in path and "BBOX" in path for path in asked)


# OWSLib


@pytest.fixture(scope="module", params=["2.0.0", "1.1.0"])
def service(server_url: str, request: pytest.FixtureRequest) -> Any:
    return WebFeatureService(f"{server_url}/wfs", version=request.param)


def test_owslib_lists_the_layers(service: Any, installation: Installation) -> None:
    layers = {f"altai:{layer.id}": layer for layer in installation.catalog if layer.kind != "raster"}
    assert set(service.contents) == set(layers)
    assert service.contents["altai:districts"].title == layers["altai:districts"].title.ru
    west, south, east, north = service.contents["altai:districts"].boundingBoxWGS84
    assert (west, south) == pytest.approx((77.9, 50.6), abs=0.2)
    assert (east, north) == pytest.approx((87.2, 54.5), abs=0.2)
    schema = service.get_schema("altai:districts")
    assert (schema["properties"]["population"], schema["required"]) == ("long", ["territory_id"])
    assert schema["geometry"].endswith("MultiPolygon")


def test_owslib_reads_features(service: Any, features: Features) -> None:
    read = etree.fromstring(service.getfeature(typename=["altai:districts"]).read())
    assert {element.text for element in read.iterfind(".//{*}territory_id")} == set(features("districts"))
    box = (83, 52, 85, 54, "urn:ogc:def:crs:EPSG::4326")
    near = etree.fromstring(service.getfeature(typename=["altai:settlements"], bbox=box, maxfeatures=3).read())
    places = [tuple(map(float, (place.text or "").split())) for place in near.iterfind(".//{*}pos")]
    assert len(places) == 3
    assert all(52 <= latitude <= 54 and 83 <= longitude <= 85 for latitude, longitude in places)


def test_owslib_asks_for_one_by_its_id(server_url: str) -> None:
    service = WebFeatureService(f"{server_url}/wfs", version="2.0.0")
    query = "urn:ogc:def:query:OGC-WFS::GetFeatureById"
    answer = service.getfeature(storedQueryID=query, storedQueryParams={"id": "districts.barnaul"})
    document = etree.fromstring(answer.read())
    assert document.tag == "{urn:altaigis:layers}districts"
    assert document.findtext("{*}oktmo") == "01701000"


# QGIS


@pytest.fixture(scope="module")
def seen(server_url: str, crowd_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What one QGIS sees of both servers, and what it has asked the first one."""
    home = str(tmp_path_factory.mktemp("qgis"))
    script = Path(__file__).with_name("qgis_wfs.py")
    with counting(server_url) as counted, counting(crowd_url) as crowd:
        addresses = (f"{counted.url}/wfs", f"{crowd.url}/wfs")
        printed = run(
            SYSTEM_PYTHON, str(script), *addresses, "districts", LARGE, *LAYERS,
            QT_QPA_PLATFORM="offscreen", HOME=home, XDG_RUNTIME_DIR=home, LANG="ru_RU.UTF-8",
        )  # fmt: skip
        found: dict[str, Any] = last_json(printed)
        yield found | {"paths": counted.paths, "pages": crowd.paths}


def of_qgis(layer: dict[str, Any]) -> list[Read]:
    assert layer["valid"], layer["error"]
    assert layer["count"] == len(layer["features"])
    return [
        (
            {name: TRUTH.get(value, value) for name, value in feature["properties"].items()},
            shapely.from_wkt(feature["wkt"]) if feature["wkt"] else None,
        )
        for feature in layer["features"]
    ]


@needs_qgis
def test_qgis_lists_the_layers_by_their_titles(seen: dict[str, Any], installation: Installation) -> None:
    titles = {layer.title.ru for layer in installation.catalog if layer.kind != "raster"}
    assert {title for title, _ in seen["titles"]} == titles


@needs_qgis
@pytest.mark.parametrize("layer", LAYERS)
def test_qgis_loads_each_layer_fully(
    seen: dict[str, Any], installation: Installation, features: Features, layer: str
) -> None:
    found, declared = seen["layers"][layer], installation.catalog.layer(layer)
    assert_same(of_qgis(found), features(layer), declared.id_field)
    assert found["geometry"] == (declared.geometry_type or "NoGeometry")
    if declared.geometry_type:
        assert found["crs"] == "EPSG:4326"


@needs_qgis
def test_qgis_lets_the_server_select(seen: dict[str, Any], features: Features) -> None:
    assert seen["selected"]["accepted"]
    large = {fid: one for fid, one in features("districts").items() if one["properties"]["population"] > 30_000}
    assert_same(of_qgis(seen["selected"]), large, "territory_id")
    asked = [path for path in seen["paths"] if "PropertyIsGreaterThan" in path]
    assert any("COUNT=10000" in path for path in asked), asked


@needs_qgis
def test_qgis_pages_without_loss(seen: dict[str, Any]) -> None:
    assert_is_the_crowd(of_qgis(seen["crowd"]))
    assert seen["crowd"]["types"]["day"] == "xsd:date"
    starts = [path for path in seen["pages"] if "STARTINDEX=" in path]
    assert any("STARTINDEX=10000" in path for path in starts)
    assert len(starts) <= 4
