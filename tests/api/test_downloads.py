"""Files of features, each read back by a program that is not ours and compared with what PostGIS has."""

import csv
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import geopandas
import pyogrio
import pyproj
import pytest
import shapely
from fastapi.testclient import TestClient
from lxml import etree

from altaigis.encoders.formats import FORMATS
from altaigis.services.features import FIRST_BATCH
from conftest import Installation
from formats import BEYOND_DOUBLES, LAYERS, NASTY, SHAPES, layer_id, stored
from ogc import assert_valid, needs_schemas

ITEMS = "/collections/{}/items"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
Rows = list[dict[str, Any]]


def read_geojson(content: bytes, _: Path) -> Rows:
    return [_flat(feature) for feature in json.loads(content)["features"]]


def read_ndjson(content: bytes, _: Path) -> Rows:
    return [_flat(json.loads(line)) for line in content.decode().splitlines()]


def _flat(feature: dict[str, Any]) -> dict[str, Any]:
    place = feature["geometry"] and shapely.from_geojson(json.dumps(feature["geometry"]))
    return {"code": feature["id"], **feature["properties"], "geom": place}


def read_csv(content: bytes, _: Path) -> Rows:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
    for row in rows:
        if "lon" in row:
            lon, lat = row.pop("lon"), row.pop("lat")
            row["geom"] = shapely.Point(float(lon), float(lat)) if lon else None
        elif "WKT" in row:
            row["geom"] = shapely.from_wkt(row.pop("WKT") or None)
    return rows


def read_by_gdal(ending: str) -> Callable[[bytes, Path], Rows]:
    def read(content: bytes, folder: Path) -> Rows:
        path = folder / f"file.{ending}"
        path.write_bytes(content)
        source = f"/vsizip/{path}" if ending == "zip" else path
        meta, table = pyogrio.read_arrow(source)
        rows = table.to_pylist()
        for row in rows:
            place = row.pop(meta["geometry_name"] or "wkb_geometry", None)
            row["geom"] = None if place is None else shapely.from_wkb(place)
        return rows

    return read


def read_flatgeobuf(content: bytes, folder: Path) -> Rows:
    """One feature at a time: GDAL's Arrow stream of a FlatGeobuf fails on a feature without geometry."""
    path = folder / "file.fgb"
    path.write_bytes(content)
    rows: Rows = []
    while True:
        meta, _, places, columns = pyogrio.raw.read(path, skip_features=len(rows), max_features=1)
        if not len(columns[0]):
            return rows
        row = {name: column.tolist()[0] for name, column in zip(meta["fields"], columns, strict=True)}
        row = {name: None if value != value else value for name, value in row.items()}
        row["moment"] = row["moment"] and row["moment"].replace(tzinfo=UTC)
        row["geom"] = shapely.from_wkb(places[0]) if places is not None else None
        rows.append(row)


def read_parquet(content: bytes, _: Path) -> Rows:
    import pyarrow.parquet as pq

    rows = pq.read_table(io.BytesIO(content)).to_pylist()
    for row in rows:
        row["geom"] = shapely.from_wkb(row.get("geom"))
    return rows


def read_gml(content: bytes, _: Path) -> Rows:
    found = []
    for member in etree.fromstring(content).iterfind("{http://www.opengis.net/wfs/2.0}member/*"):
        row: dict[str, Any] = {}
        for element in member:
            name = etree.QName(element).localname
            row[name] = etree.tostring(element[0]).decode() if name == "geom" else element.text
        found.append(row)
    return found


READERS: dict[str, Callable[[bytes, Path], Rows]] = {
    "geojson": read_geojson,
    "ndjson": read_ndjson,
    "csv": read_csv,
    "gpkg": read_by_gdal("gpkg"),
    "fgb": read_flatgeobuf,
    "parquet": read_parquet,
    "gml": read_gml,
    "kml": read_by_gdal("kml"),
    "shp": read_by_gdal("zip"),
}
#: What a format calls a field otherwise.
SHORT = {
    "shp": {"a_name_that_is_long": "a_name_tha", "a_name_that_is_longer": "a_name_t_1"},
    # a placemark is called by its title field, or else by its id
    "kml": {"name": "Name"},
}


def get(client: TestClient, layer: str, **query: str) -> Any:
    answer = client.get(ITEMS.format(layer), params=query)
    assert answer.status_code == 200, answer.text
    return answer


def plain(value: Any) -> Any:
    """A value as its text, whatever type a format has for it."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or value in ("true", "false"):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "").removesuffix("T00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return repr(float(value)) if abs(value) < 2**53 else repr(value)
    try:
        return plain(int(value)) if value.lstrip("-").isdigit() and not value.startswith("0") else repr(float(value))
    except ValueError:
        return value.removesuffix("Z").removesuffix("+00:00").removesuffix("T00:00:00")


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("f", READERS)
def test_every_format_gives_back_what_postgis_has(
    odd_installation: Installation, odd_client: TestClient, tmp_path: Path, f: str, layer: str
) -> None:
    expected = stored(odd_installation, layer)
    if f == "kml" and not expected:
        assert b"<Placemark" not in get(odd_client, layer, f=f).content
        return
    rows = READERS[f](get(odd_client, layer, f=f).content, tmp_path)
    assert [row["code"] for row in rows] == sorted(expected)
    for row in rows:
        truth = expected[row["code"]]
        names = SHORT.get(f, {})
        for name in truth.keys() - {"geom", "code"}:
            found = row.get(names.get(name, name))
            if f == "kml" and name == "name" and truth[name] is None:
                assert found == row["code"]
                continue
            if f in ("shp", "kml") and name == "whole" and found:
                # DBF's numbers end at 18 digits, KML's at 53 bits
                assert float(found) == float(truth[name])
                continue
            assert plain(found) == plain(truth[name]), (name, found)
        place = row.get("geom")
        if truth.get("geom") is None:
            assert place is None
        elif f != "gml":
            assert same_place(place, shapely.from_wkb(truth["geom"]))


def same_place(found: shapely.Geometry, truth: shapely.Geometry) -> bool:
    """Also where a format knows no difference between one part and several, or turns rings the other way."""
    return bool(shapely.equals_exact(_parts(found), _parts(truth), 1e-7))


def _parts(place: shapely.Geometry) -> shapely.Geometry:
    return shapely.normalize(shapely.GeometryCollection(list(shapely.get_parts(place))))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("f", ["gml", "gpkg", "fgb", "parquet", "geojson"])
def test_geopandas_reads_them(odd_client: TestClient, tmp_path: Path, f: str, shape: str) -> None:
    path = tmp_path / f"file.{FORMATS[f].extension}"
    path.write_bytes(get(odd_client, layer_id(shape), f=f).content)
    frame = geopandas.read_parquet(path) if f == "parquet" else geopandas.read_file(path)
    assert len(frame) == 3
    assert frame.crs is not None
    assert frame.crs.to_epsg() == 4326 or frame.crs.to_authority() == ("OGC", "CRS84")
    first = frame.geometry.iloc[0]
    assert same_place(first, shapely.from_wkt(SHAPES[shape][0]))


def test_whole_numbers_keep_their_digits_and_dates_their_types(odd_client: TestClient, tmp_path: Path) -> None:
    for f in ("gpkg", "fgb", "parquet", "gml"):
        row = READERS[f](get(odd_client, "all_point", f=f).content, tmp_path)[0]
        assert int(row["whole"]) == BEYOND_DOUBLES
        if f != "gml":
            assert row["moment"].isoformat() == "2024-02-29T05:00:00+00:00"
            assert str(row["day"]).startswith("2024-02-29")


@pytest.mark.parametrize("asked", [{}, {"ids": "01605000"}, {"crs": f"{EPSG}3857"}])
@pytest.mark.parametrize("shape", SHAPES)
def test_flatgeobuf_has_the_box_of_its_features(
    odd_client: TestClient, tmp_path: Path, shape: str, asked: dict[str, str]
) -> None:
    path = tmp_path / "file.fgb"
    path.write_bytes(get(odd_client, layer_id(shape), f="fgb", **asked).content)
    frame = geopandas.read_file(path)
    assert len(frame) == (1 if "ids" in asked else 3)
    found = pyogrio.read_info(path, force_total_bounds=True)["total_bounds"]
    assert found == pytest.approx(tuple(frame.total_bounds))


def test_a_geopackage_is_of_a_version_that_debians_gdal_knows(odd_client: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "file.gpkg"
    path.write_bytes(get(odd_client, "all_polygon", f="gpkg").content)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (10200,)


# Compression


@pytest.mark.parametrize("f", ["geojson", "ndjson", "csv", "excel", "gml", "kml"])
@pytest.mark.parametrize("page", [{}, {"limit": "2"}])
def test_text_is_compressed_for_who_reads_gzip(odd_client: TestClient, f: str, page: dict[str, str]) -> None:
    path, stamp = ITEMS.format("all_point"), re.compile(rb'timeStamp="[^"]*"')
    plain, packed = (
        odd_client.get(path, params={"f": f, **page}, headers={"Accept-Encoding": accepted})
        for accepted in ("gzip;q=0, identity", "gzip")
    )
    assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
    assert stamp.sub(b"", packed.content) == stamp.sub(b"", plain.content) != b""
    same = {name: value for name, value in plain.headers.items() if name != "etag"}
    assert same.items() <= dict(packed.headers).items()
    assert "Accept-Encoding" in packed.headers["vary"]
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '.gz"'
    assert "content-length" not in packed.headers
    for answer, accepted in ((plain, "identity"), (packed, "gzip")):
        known = {"If-None-Match": answer.headers["etag"], "Accept-Encoding": accepted}
        again = odd_client.get(path, params={"f": f, **page}, headers=known)
        assert (again.status_code, again.headers["etag"]) == (304, answer.headers["etag"])
        assert "content-encoding" not in again.headers
    told = odd_client.head(path, params={"f": f, **page}, headers={"Accept-Encoding": "gzip"})
    assert (told.content, told.headers["content-encoding"]) == (b"", "gzip")


@pytest.mark.parametrize("f", ["gpkg", "fgb", "parquet", "shp"])
def test_what_is_no_text_is_sent_as_it_is(odd_client: TestClient, f: str) -> None:
    answer = odd_client.get(ITEMS.format("all_point"), params={"f": f}, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers
    assert not answer.headers["etag"].endswith('.gz"')


# Excel


def test_a_russian_excel_opens_it_with_a_double_click(odd_client: TestClient) -> None:
    content = get(odd_client, "all_point", f="excel").content
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[0]["code"] == '="01605000"'
    assert rows[0]["name"] == NASTY
    assert rows[0]["a_name_that_is_long"] == "'=1+1"
    assert rows[0]["lon"] == "85,1234567"
    assert rows[0]["whole"] == str(BEYOND_DOUBLES)
    assert [row["real"] for row in rows] == ["12279", "", "0,1"]
    assert rows[2]["day"] == "1999-12-31"


# GML


@needs_schemas
@pytest.mark.parametrize("layer", list(LAYERS))
def test_gml_is_valid_against_its_schemas(odd_client: TestClient, layer: str) -> None:
    assert_valid(get(odd_client, layer, f="gml").content, lambda url: odd_client.get(url).content)


def test_ids_in_gml_are_unique_names(odd_client: TestClient) -> None:
    document = etree.fromstring(get(odd_client, "all_multipolygon", f="gml").content)
    ids = document.xpath("//@gml:id", namespaces={"gml": "http://www.opengis.net/gml/3.2"})
    assert len(ids) == len(set(ids)) == 3 + 2 + 3
    assert all(name.isascii() for name in ids)
    assert "all_multipolygon.01605000" in ids


# Headers and pages


@pytest.mark.parametrize("f", FORMATS)
def test_headers_tell_what_the_body_cannot(odd_client: TestClient, f: str) -> None:
    answer = get(odd_client, "all_polygon", f=f)
    extension = FORMATS[f].extension
    assert answer.headers["content-type"].removesuffix("; charset=utf-8") == FORMATS[f].media_type
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith(f"attachment; filename=\"all_polygon.{extension}\"; filename*=UTF-8''")
    assert unquote(disposition.partition("''")[2]) == f"Придуманные объекты.{extension}"
    assert answer.headers["ogc-numbermatched"] == answer.headers["ogc-numberreturned"] == "3"
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    assert "next" not in answer.links
    again = odd_client.get(
        ITEMS.format("all_polygon"), params={"f": f}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("f", ["csv", "ndjson"])
def test_a_limit_makes_pages_and_the_next_one_is_in_the_link_header(client: TestClient, tmp_path: Path, f: str) -> None:
    following: str | None = f"{ITEMS.format('settlements')}?f={f}&limit=100"
    ids: list[str] = []
    while following:
        answer = client.get(following)
        rows = (
            list(csv.DictReader(io.StringIO(answer.text)))
            if f == "csv"
            else map(json.loads, answer.text.split("\n")[:-1])
        )
        page = [row.get("settlement_id") or row.get("id") for row in rows]
        assert answer.headers["ogc-numberreturned"] == str(len(page))
        ids += page
        following = answer.links.get("next", {}).get("url")
        if following:
            assert answer.links["next"]["type"].startswith(FORMATS[f].media_type.partition(";")[0])
    total = client.get("/collections/settlements").json()["itemCount"]
    assert len(ids) == len(set(ids)) == total


def test_without_a_limit_a_file_is_whole_and_a_page_a_page(client: TestClient) -> None:
    total = client.get("/collections/indicator_values").json()["itemCount"]
    assert total > 1000
    assert len(get(client, "indicator_values", f="csv").text.splitlines()) == total + 1
    whole = get(client, "indicator_values", f="geojson").json()["features"]
    assert len({feature["id"] for feature in whole}) == total
    assert len(get(client, "indicator_values", f="json").json()["features"]) == 1000


def test_a_box_selects_in_files_too(client: TestClient) -> None:
    page = get(client, "settlements", bbox="83,52,85,54", limit="10000").json()
    rows = list(csv.DictReader(io.StringIO(get(client, "settlements", bbox="83,52,85,54", f="csv").text)))
    assert [row["settlement_id"] for row in rows] == [feature["id"] for feature in page["features"]]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/gml+xml", "application/gml+xml; version=3.2"),
        ("application/x-ndjson, */*;q=0.1", "application/x-ndjson"),
        ("application/vnd.google-earth.kml+xml", "application/vnd.google-earth.kml+xml"),
        ("application/flatgeobuf", "application/flatgeobuf"),
    ],
)
def test_accept_chooses_a_file(odd_client: TestClient, accept: str, media_type: str) -> None:
    answer = odd_client.get(ITEMS.format("all_point"), headers={"Accept": accept})
    assert answer.headers["content-type"] == media_type
    assert "Accept" in answer.headers["vary"]


def test_head_reads_nothing_and_tells_the_same(odd_client: TestClient) -> None:
    answer = odd_client.head(ITEMS.format("all_point"), params={"f": "gpkg"})
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["ogc-numbermatched"] == "3"


def test_the_list_of_fields_stands_in_the_archive(odd_client: TestClient) -> None:
    with zipfile.ZipFile(io.BytesIO(get(odd_client, "all_point", f="shp").content)) as archive:
        names = set(archive.namelist())
        told = archive.read("all_point.fields.csv").decode()
        assert archive.read("all_point.cpg") == b"UTF-8"
    assert {"all_point.shp", "all_point.dbf", "all_point.shx", "all_point.prj"} <= names
    assert "a_name_t_1,a_name_that_is_longer" in told
    columns = {row["field"]: row for row in csv.DictReader(io.StringIO(told))}
    assert {columns[name]["most_bytes"] for name in columns} == {"254", ""}


# Coordinate reference systems


@pytest.mark.parametrize("code", [3857, 32644, 32645, 28414, 28415])
@pytest.mark.parametrize("f", ["geojson", "ndjson", "gml", "gpkg", "fgb", "parquet", "csv", "shp"])
def test_coordinates_come_in_the_crs_that_was_asked(odd_client: TestClient, tmp_path: Path, f: str, code: int) -> None:
    answer = get(odd_client, "all_point", f=f, crs=f"{EPSG}{code}")
    assert answer.headers["content-crs"].endswith(f"{code}>")
    crs = pyproj.CRS.from_epsg(code)
    easting, northing = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(85.1234567, 52.5)
    found = _first_point(f, answer.content, tmp_path)
    northing_first = crs.axis_info[0].direction == "north" and f in ("geojson", "ndjson", "gml")
    expected = (northing, easting) if northing_first else (easting, northing)
    # metres: PostGIS and pyproj may take operations of different accuracy from Pulkovo 1942
    assert found == pytest.approx(expected, abs=5)


def _first_point(f: str, content: bytes, folder: Path) -> tuple[float, ...]:
    if f == "gml":
        text = etree.fromstring(content).findtext(".//{http://www.opengis.net/gml/3.2}pos")
        return tuple(map(float, text.split()))
    if f == "csv":
        row = next(csv.DictReader(io.StringIO(content.decode())))
        return float(row["x"]), float(row["y"])
    place = READERS[f](content, folder)[0]["geom"]
    return place.x, place.y


def test_files_carry_their_crs(odd_client: TestClient, tmp_path: Path) -> None:
    for f, name in (("gpkg", "file.gpkg"), ("fgb", "file.fgb"), ("parquet", "file.parquet"), ("gml", "file.gml")):
        path = tmp_path / name
        path.write_bytes(get(odd_client, "all_point", f=f, crs=f"{EPSG}28414").content)
        frame = geopandas.read_parquet(path) if f == "parquet" else geopandas.read_file(path)
        assert frame.crs.to_epsg() == 28414, f
        back = frame.to_crs(4326).geometry.iloc[0]
        assert (back.x, back.y) == pytest.approx((85.1234567, 52.5), abs=1e-4), f


@pytest.mark.parametrize("code", [28414, 28415])
@pytest.mark.parametrize("f", ["json", "geojson", "gml", "gpkg", "csv"])
def test_easting_comes_first_where_the_short_form_says_so(odd_client: TestClient, f: str, code: int) -> None:
    """And what an answer says of its CRS is one of those that the collection lists."""
    listed = odd_client.get("/collections/all_point").json()["crs"]
    answer = get(odd_client, "all_point", f=f, crs=f"EPSG:{code}")
    assert answer.headers["content-crs"] == f"<http://www.opengis.net/gml/srs/epsg.xml#{code}>"
    assert answer.headers["content-crs"].strip("<>") in listed
    if f in ("json", "gml"):
        easting, northing = _first_pair(answer, f)
        swapped = get(odd_client, "all_point", f=f, crs=f"{EPSG}{code}")
        assert _first_pair(swapped, f) == (northing, easting)
        assert northing > 5_000_000
        box = f"{easting - 1},{northing - 1},{easting + 1},{northing + 1}"
        found = get(odd_client, "all_point", bbox=box, **{"bbox-crs": f"EPSG:{code}", "filter": "geom IS NOT NULL"})
        assert found.json()["numberMatched"] == 1
        near = f"S_INTERSECTS(geom, BBOX({box}))"
        assert get(odd_client, "all_point", filter=near, **{"filter-crs": f"EPSG:{code}"}).json()["numberMatched"] == 1


def _first_pair(answer: Any, f: str) -> tuple[float, float]:
    if f == "json":
        x, y = answer.json()["features"][0]["geometry"]["coordinates"]
    else:
        text = etree.fromstring(answer.content).findtext(".//{http://www.opengis.net/gml/3.2}pos")
        x, y = map(float, text.split())
    return x, y


@pytest.mark.parametrize("f", FORMATS)
def test_the_crs_of_every_file_is_listed(odd_client: TestClient, f: str) -> None:
    document = odd_client.get("/collections/all_point").json()
    for crs in document["crs"] if FORMATS[f].only_crs is None else [CRS84]:
        answer = get(odd_client, "all_point", f=f, crs=crs, limit="1")
        assert answer.headers["content-crs"].strip("<>") in document["crs"]


def test_latitude_comes_first_where_the_uri_says_so(odd_client: TestClient) -> None:
    for f in ("json", "geojson"):
        answer = get(odd_client, "all_point", f=f, crs=f"{EPSG}4326")
        assert answer.json()["features"][0]["geometry"]["coordinates"] == [52.5, 85.1234567]
        assert answer.headers["content-crs"] == f"<{EPSG}4326>"
    one = odd_client.get(ITEMS.format("all_point") + "/01605000", params={"crs": f"{EPSG}4326"})
    assert one.json()["geometry"]["coordinates"] == [52.5, 85.1234567]
    assert one.headers["content-crs"] == f"<{EPSG}4326>"
    # a GeoPackage has its own rule
    assert get(odd_client, "all_point", f="gpkg", crs=f"{EPSG}4326").headers["content-crs"] == f"<{CRS84}>"


def test_metres_come_with_centimetres(odd_client: TestClient) -> None:
    x, y = get(odd_client, "all_point", f="json", crs=f"{EPSG}32645").json()["features"][0]["geometry"]["coordinates"]
    assert (round(x, 2), round(y, 2)) == (x, y)
    assert x != round(x)


@pytest.mark.parametrize("crs", [f"{EPSG}2154", f"{EPSG}0", "EPSG:abc", "", "4326"])
@pytest.mark.parametrize("parameter", ["crs", "bbox-crs"])
def test_a_crs_that_is_not_offered_is_named(odd_client: TestClient, parameter: str, crs: str) -> None:
    answer = odd_client.get(ITEMS.format("all_point"), params={parameter: crs, "bbox": "1,2,3,4"})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter


def test_kml_knows_one_crs(odd_client: TestClient) -> None:
    answer = odd_client.get(ITEMS.format("all_point"), params={"f": "kml", "crs": f"{EPSG}3857"})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "crs")
    assert get(odd_client, "all_point", f="kml", crs=CRS84).headers["content-crs"] == f"<{CRS84}>"


def test_a_collection_lists_its_crss_and_the_one_that_its_source_declares(odd_client: TestClient) -> None:
    document = odd_client.get("/collections/all_nothing").json()
    assert document["storageCrs"] == CRS84 == document["crs"][0]
    assert {f"{EPSG}{code}" for code in (4326, 3857, 32644, 32645, 28414, 28415, 4284)} <= set(document["crs"])
    assert f"{EPSG}4284" not in odd_client.get("/collections/all_point").json()["crs"]


@pytest.mark.parametrize("code", [None, 4326, 3857, 32645, 28414])
def test_a_box_in_another_crs_selects_the_same(client: TestClient, code: int | None) -> None:
    everything = get(client, "settlements", limit="10000").json()["features"]
    crs = pyproj.CRS.from_epsg(code or 4326)
    to = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform
    corners = [*to(83, 52), *to(85, 54)]
    inside = {
        f["id"]
        for f in everything
        if corners[0] <= (p := to(*f["geometry"]["coordinates"]))[0] <= corners[2] and corners[1] <= p[1] <= corners[3]
    }
    if code and crs.axis_info[0].direction == "north":
        corners = [corners[1], corners[0], corners[3], corners[2]]
    query = {"bbox": ",".join(map(str, corners)), "limit": "10000"} | ({"bbox-crs": f"{EPSG}{code}"} if code else {})
    found = {f["id"] for f in get(client, "settlements", **query).json()["features"]}
    assert 10 < len(inside) < len(everything)
    assert len(found ^ inside) <= 1, "a few metres between the operations of PostGIS and pyproj"


@pytest.mark.parametrize("box", ["5,6,1,2", "1,2,3", "a,b,c,d", "1,2,nan,4", "1,1e999,3,4"])
def test_a_bad_box_in_metres_is_named(client: TestClient, box: str) -> None:
    answer = client.get(ITEMS.format("settlements"), params={"bbox": box, "bbox-crs": f"{EPSG}32645"})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "bbox")


def test_files_are_filtered_sorted_and_cut_as_pages_are(client: TestClient, tmp_path: Path) -> None:
    query = {"filter": "population > 1", "sortby": "-population,name_ru", "properties": "name_ru,population"}
    page = get(client, "settlements", limit="10000", **query).json()["features"]
    assert len(page) > FIRST_BATCH
    told = [(f["id"], f["properties"]["name_ru"], str(f["properties"]["population"])) for f in page]
    rows = list(csv.DictReader(io.StringIO(get(client, "settlements", f="csv", **query).text)))
    assert [(row["settlement_id"], row["name_ru"], row["population"]) for row in rows] == told
    assert list(rows[0]) == ["settlement_id", "lon", "lat", "name_ru", "population"]
    bare = get(client, "settlements", f="gpkg", skipGeometry="true", **query)
    path = tmp_path / "bare.gpkg"
    path.write_bytes(bare.content)
    assert list(pyogrio.read_dataframe(path)["settlement_id"]) == [fid for fid, *_ in told]
    assert "content-crs" not in bare.headers
