"""GDAL's own programs read what we serve: OGC API Features, vector tiles, TileJSON."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pyogrio
import pytest
from shapely.geometry import shape

from clients.conftest import Counted, Features, run
from conftest import Installation

pytestmark = pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="GDAL's programs are not installed")

LAYERS = [
    "krai",
    "districts",
    "neighbours",
    "settlements",
    "resort_clusters",
    "resort_sites",
    "monitoring_points",
    "protected_areas",
    "rivers",
    "lakes",
    "indicator_values",
    "limits",
]
#: Degrees; GeoJSON keeps seven decimals, which is about a centimetre.
NEARLY = 1e-6


def read(source: str, layer: str, target: Path, *options: str) -> list[dict[str, Any]]:
    """The features of a layer as GDAL understands them, through its GeoJSON writer."""
    written = ("-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=9", "-lco", "RFC7946=NO")
    run("ogr2ogr", *written, str(target), source, layer, *options)
    features: list[dict[str, Any]] = json.loads(target.read_text())["features"]
    return features


@pytest.mark.parametrize("layer", LAYERS)
def test_ogr2ogr_reads_the_same_features(server_url: str, features: Features, tmp_path: Path, layer: str) -> None:
    ours = features(layer)
    theirs = read(f"OAPIF:{server_url}", layer, tmp_path / "out.geojson")
    assert len(theirs) == len(ours)
    seen = set()
    for feature in theirs:
        fid = feature["properties"].pop("id")
        seen.add(fid)
        own = ours[fid]
        for name, value in own["properties"].items():
            read_value = feature["properties"].get(name)
            if isinstance(read_value, str) and re.fullmatch(r"\d{4}/\d\d/\d\d", read_value):
                # a text that looks like a date passes through GDAL's own date
                read_value = read_value.replace("/", "-")
            assert read_value == (pytest.approx(value) if type(value) is float else value), name
        assert (feature["geometry"] is None) == (own["geometry"] is None)
        if own["geometry"]:
            assert shape(feature["geometry"]).hausdorff_distance(shape(own["geometry"])) < NEARLY
    assert seen == set(ours)


def test_the_features_are_those_of_postgis(installation: Installation, server_url: str, tmp_path: Path) -> None:
    theirs = read(f"OAPIF:{server_url}", "districts", tmp_path / "out.geojson")
    with psycopg.connect(installation.url) as connection:
        relation = connection.execute(
            "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid "
            "WHERE attname = 'okato' AND relkind = 'r' AND relname LIKE 'districts%'"
        ).fetchone()
        assert relation
        rows = connection.execute(
            f"SELECT territory_id, population, area_km2, ST_AsGeoJSON(geom, 9) "
            f"FROM {_schema(connection, relation[0])}.{relation[0]}"
        ).fetchall()
    stored = {row[0]: row for row in rows}
    assert len(theirs) == len(stored) == 69
    for feature in theirs:
        _, population, area, geometry = stored[feature["properties"]["id"]]
        assert feature["properties"]["population"] == population
        assert feature["properties"]["area_km2"] == pytest.approx(area)
        assert shape(feature["geometry"]).hausdorff_distance(shape(json.loads(geometry))) < NEARLY


def _schema(connection: psycopg.Connection[Any], relation: str) -> str:
    found = connection.execute("SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = %s", [relation])
    (name,) = found.fetchone() or ("",)
    return str(name)


def test_ogrinfo_lists_every_collection(server_url: str, installation: Installation) -> None:
    listed = run("ogrinfo", "-ro", f"OAPIF:{server_url}")
    assert "ERROR" not in listed
    for layer in installation.catalog:
        assert (f": {layer.id}" in listed) == (layer.kind != "raster"), "a raster has no features to open"


def test_the_whole_service_becomes_one_file(server_url: str, installation: Installation, tmp_path: Path) -> None:
    run("ogr2ogr", str(tmp_path / "all.gpkg"), f"OAPIF:{server_url}")
    layers = {name for name, _ in pyogrio.list_layers(tmp_path / "all.gpkg")}
    assert layers == {layer.id for layer in installation.catalog if layer.kind != "raster"}


def test_ogrinfo_knows_extent_type_and_count(server_url: str) -> None:
    told = run("ogrinfo", "-ro", "-so", f"OAPIF:{server_url}", "districts")
    assert "Feature Count: 69" in told
    assert "Extent: (77." in told
    assert 'GEOGCRS["WGS 84 (CRS84)"' in told or "CRS84" in told or 'GEOGCRS["WGS 84"' in told
    assert "population: Integer64 " in told
    assert "density: Real" in told
    assert "pilot: Integer(Boolean)" in told


def test_ogrinfo_knows_the_types_of_fields_that_begin_empty(server_url: str) -> None:
    told = run("ogrinfo", "-ro", "-so", f"OAPIF:{server_url}", "monitoring_points")
    assert "catchment_km2: Real" in told
    assert "catalogue_since: String" in told


@pytest.mark.parametrize("size", [1, 10, 50])
def test_small_pages_lose_nothing(counted: Counted, features: Features, tmp_path: Path, size: int) -> None:
    theirs = read(f"OAPIF:{counted.url}", "districts", tmp_path / "out.geojson", "-oo", f"PAGE_SIZE={size}")
    assert {f["properties"]["id"] for f in theirs} == set(features("districts"))
    pages = [path for path in counted.paths if "/items" in path and "after=" in path]
    assert len(pages) == len(set(pages)) == -(-69 // size) - 1


def test_a_box_is_asked_of_the_server(counted: Counted, tmp_path: Path) -> None:
    box = ("83", "52", "85", "54")
    theirs = read(f"OAPIF:{counted.url}", "settlements", tmp_path / "out.geojson", "-spat", *box)
    expected = httpx.get(f"{counted.url}/collections/settlements/items", params={"bbox": ",".join(box)}).json()
    assert {f["properties"]["id"] for f in theirs} == {f["id"] for f in expected["features"]}
    assert any("bbox=83" in path for path in counted.paths)


def test_the_geojson_driver_reads_the_items(server_url: str, tmp_path: Path) -> None:
    target = tmp_path / "out.geojson"
    run("ogr2ogr", "-f", "GeoJSON", str(target), f"{server_url}/collections/districts/items?f=json")
    assert len(json.loads(target.read_text())["features"]) == 69


def test_the_mvt_driver_reads_a_tile(server_url: str, tmp_path: Path) -> None:
    tile = tmp_path / "83.mvt"
    tile.write_bytes(httpx.get(f"{server_url}/tiles/districts/8/188/83.mvt").content)
    options = ("-oo", "X=188", "-oo", "Y=83", "-oo", "Z=8", "-oo", "METADATA_FILE=")
    told = run("ogrinfo", "-ro", "-al", f"MVT:{tile}", *options)
    assert "Layer name: districts" in told
    assert "name_ru (String) = городской округ город Бийск" in told
    assert "Geometry: Multi Polygon" in told or "Geometry: Polygon" in told or "Geometry: Unknown" in told


def test_a_tile_lies_where_the_features_lie(server_url: str, features: Features, tmp_path: Path) -> None:
    tile = tmp_path / "83.mvt"
    tile.write_bytes(httpx.get(f"{server_url}/tiles/settlements/8/187/82.mvt").content)
    target = tmp_path / "tile.geojson"
    options = ("-oo", "X=187", "-oo", "Y=82", "-oo", "Z=8", "-oo", "METADATA_FILE=")
    run("ogr2ogr", "-f", "GeoJSON", "-t_srs", "EPSG:4326", str(target), f"MVT:{tile}", "settlements", *options)
    drawn = json.loads(target.read_text())["features"]
    assert drawn
    ours = features("settlements")
    for feature in drawn:
        own = ours[feature["properties"]["settlement_id"]]
        # half a unit of the 4096 of a tile of zoom 8 is about 0.0002 degrees
        assert shape(feature["geometry"]).distance(shape(own["geometry"])) < 0.0005


def test_gdal_draws_from_the_raster_tiles(server_url: str, tmp_path: Path) -> None:
    """GDAL's WMS driver in its TMS form takes the template of the TileJSON."""
    document = httpx.get(f"{server_url}/tiles/landcover/tilejson.json").json()
    template = document["tiles"][0].replace("{z}", "${z}").replace("{x}", "${x}").replace("{y}", "${y}")
    service = tmp_path / "tiles.xml"
    service.write_text(
        f"""<GDAL_WMS><Service name="TMS"><ServerUrl>{template}</ServerUrl></Service>
        <DataWindow><UpperLeftX>-20037508.34</UpperLeftX><UpperLeftY>20037508.34</UpperLeftY>
        <LowerRightX>20037508.34</LowerRightX><LowerRightY>-20037508.34</LowerRightY>
        <TileLevel>{document["maxzoom"]}</TileLevel><TileCountX>1</TileCountX><TileCountY>1</TileCountY>
        <YOrigin>top</YOrigin></DataWindow><Projection>EPSG:3857</Projection><BlockSizeX>256</BlockSizeX>
        <BlockSizeY>256</BlockSizeY><BandsCount>4</BandsCount><ZeroBlockHttpCodes>204,404</ZeroBlockHttpCodes>
        <MaxConnections>2</MaxConnections></GDAL_WMS>"""
    )
    told = json.loads(run("gdalinfo", "-json", str(service)))
    assert [band["type"] for band in told["bands"]] == ["Byte"] * 4
    values = run("gdallocationinfo", "-wgs84", "-valonly", str(service), "83.78", "53.35").split()
    assert values[-1] == "255"
    assert len(values) == 4


#: The file as GDAL names it: read as it streams in, or downloaded where a format must be read from both ends.
STREAMED = {"geojson": "{}", "ndjson": "GeoJSONSeq:{}", "csv": "CSV:{}", "fgb": "{}", "gml": "{}", "kml": "{}"}
DOWNLOADED = {"gpkg": "gpkg", "shp": "zip"}


@pytest.mark.parametrize("form", STREAMED)
def test_files_are_opened_by_their_address(server_url: str, form: str) -> None:
    address = f"/vsicurl_streaming/{server_url}/collections/settlements/items?f={form}"
    told = run("ogrinfo", "-ro", "-so", "-al", STREAMED[form].format(address))
    assert "Feature Count: 322" in told
    assert "name_ru" in told
    assert form == "csv" or "Geometry: " in told


@pytest.mark.parametrize("form", DOWNLOADED)
def test_files_are_opened_when_they_are_here(server_url: str, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"settlements.{DOWNLOADED[form]}"
    file.write_bytes(httpx.get(f"{server_url}/collections/settlements/items?f={form}").raise_for_status().content)
    told = run("ogrinfo", "-ro", "-so", "-al", f"/vsizip/{file}" if form == "shp" else str(file))
    assert "Geometry: Point" in told
    assert "Feature Count: 322" in told


def test_a_box_and_a_filter_hold_for_files_too(server_url: str) -> None:
    asked = "f=fgb&bbox=83,52,85,54&filter=population%20%3E%205000"
    count = httpx.get(f"{server_url}/collections/settlements/items?{asked}&f=json".replace("f=fgb&", "")).json()
    told = run("ogrinfo", "-ro", "-so", "-al", f"/vsicurl_streaming/{server_url}/collections/settlements/items?{asked}")
    assert f"Feature Count: {count['numberMatched']}\n" in told
    assert "Extent: (83." in told
    assert 0 < count["numberMatched"] < 322


def test_kml_has_numbers_and_flags(server_url: str) -> None:
    address = f"/vsicurl_streaming/{server_url}/collections/districts/items?f=kml&ids=altaysky,barnaul"
    told = run("ogrinfo", "-ro", "-al", "-geom=NO", address)
    assert re.search(r"population \(Real\) = \d{6}\n", told)
    assert re.findall(r"pilot \(Integer\) = (\d)", told) == ["1", "0"]
