"""The Python client against a real server, and against servers that are none."""

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pytest
from pyproj import CRS

from altaigis import client as module
from altaigis.client import Client
from altaigis.client.query import parameters
from altaigis.errors import ParameterError, ServiceError


@pytest.fixture(scope="module")
def gis(server_url: str) -> Iterator[Client]:
    with Client(server_url) as client:
        yield client


def test_a_layer_is_a_typed_frame(gis: Client) -> None:
    districts = gis.read("districts")
    assert isinstance(districts, gpd.GeoDataFrame)
    assert len(districts) == 69
    assert int(districts["population"].sum()) == 2_163_693
    assert str(districts["population"].dtype) == "Int64"
    assert str(districts["pilot"].dtype) == "boolean"
    assert districts.index.name == "fid"
    assert districts.index.is_unique
    assert districts.crs == "OGC:CRS84"
    assert districts.geometry.is_valid.all()


def test_pages_come_to_the_whole(gis: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = gis.read("settlements")
    monkeypatch.setattr(module, "PAGE", 100)
    parts = list(gis.pages("settlements"))
    assert [len(part) for part in parts[:-1]] == [100] * (len(parts) - 1)
    pd.testing.assert_frame_equal(pd.concat(parts), whole)
    assert gis.count("settlements") == len(whole)


def test_a_limit_ends_in_the_middle_of_a_page(gis: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 10)
    assert len(gis.read("districts", limit=25)) == 25
    with pytest.raises(ValueError, match="limit"):
        gis.read("districts", limit=0)


def test_a_filter_selects_and_sortby_sorts(gis: Client) -> None:
    whole = gis.read("districts")
    large = gis.read("districts", filter="population > 50000 AND type = 'urban_okrug'", sortby="-population")
    expected = whole[(whole["population"] > 50000) & (whole["type"] == "urban_okrug")]
    assert list(large.index) == list(expected.sort_values("population", ascending=False).index)
    assert gis.count("districts", filter="population > 50000 AND type = 'urban_okrug'") == len(large) > 2
    by_two = gis.read("districts", sortby=["type", "-population"])
    assert list(by_two.index) == list(whole.sort_values(["type", "population"], ascending=[True, False]).index)


def test_values_select(gis: Client) -> None:
    pilots = gis.read("districts", equals={"pilot": True, "type": "municipal_district"})
    assert pilots["pilot"].all()
    assert set(pilots["type"]) == {"municipal_district"}
    (barnaul,) = gis.read("settlements", equals={"name_ru": "Барнаул", "admin_centre": True}).index
    assert list(gis.read("settlements", ids=[barnaul, "nobody"]).index) == [barnaul]


def test_properties_are_the_columns(gis: Client) -> None:
    frame = gis.read("districts", properties=["population", "name_ru"], limit=3)
    assert set(frame.columns) == {"population", "name_ru", "geometry"}
    assert frame["population"].notna().all()


@pytest.mark.parametrize(
    ("asked", "spelled"),
    [
        ("2020-01-01/..", "2020-01-01/.."),
        (date(2000, 1, 1), "2000-01-01"),
        ((None, date(2000, 1, 1)), "../2000-01-01"),
        ((datetime(2000, 1, 1, tzinfo=UTC), None), "2000-01-01T00:00:00+00:00/.."),
    ],
)
def test_times_are_spelled_as_the_api_does(gis: Client, asked: str | date, spelled: str) -> None:
    assert parameters({"datetime": asked}) == {"datetime": spelled}
    assert gis.count("quality_issues", datetime=asked) <= gis.count("quality_issues")
    with pytest.raises(ValueError, match="time zone"):
        gis.count("quality_issues", datetime=datetime(2020, 1, 1))


@pytest.mark.parametrize(
    "crs", ["EPSG:4326", "http://www.opengis.net/def/crs/EPSG/0/4326", "EPSG:3857", "EPSG:32645", "EPSG:28414"]
)
def test_x_is_the_easting_in_every_crs(gis: Client, crs: str) -> None:
    asked = gis.read("settlements", crs=crs, limit=50)
    expected = gis.read("settlements", limit=50).to_crs(CRS.from_user_input(crs).to_epsg())
    assert asked.crs.to_epsg() == CRS.from_user_input(crs).to_epsg()
    # PostGIS and the machine's PROJ may choose other operations between datums: metres apart, not countries
    near = 1e-6 if asked.crs.is_geographic else 20
    assert (asked.geometry.x - expected.geometry.x).abs().max() < near
    assert (asked.geometry.y - expected.geometry.y).abs().max() < near
    assert set(asked.geom_type) == {"Point"}


def test_a_crs_that_is_none(gis: Client) -> None:
    with pytest.raises(ParameterError, match="crs"):
        gis.read("settlements", crs="EPSG:1")
    with pytest.raises(ServiceError, match=r"400: .*crs"):
        gis.read("settlements", crs="EPSG:2154")


def test_a_former_revision_can_be_asked_for(gis: Client) -> None:
    assert len(gis.read("districts", as_of=1, limit=3)) == 3
    with pytest.raises(ServiceError, match=r"404"):
        gis.read("districts", as_of=9999)


def test_a_box_selects(gis: Client) -> None:
    inside = gis.read("districts", bbox=[85.0, 51.8, 85.4, 52.2])
    assert 0 < len(inside) < 10
    assert gis.count("districts", bbox=[85.0, 51.8, 85.4, 52.2]) == len(inside)


def test_nothing_has_its_columns(gis: Client) -> None:
    nothing = gis.read("districts", bbox=[0.0, 0.0, 1.0, 1.0])
    assert nothing.empty
    assert "population" in nothing.columns


def test_a_table_is_a_frame_too(gis: Client) -> None:
    values = gis.read("indicator_values")
    assert len(values) > 0
    assert values.geometry.isna().all()


def test_times_are_moments(gis: Client) -> None:
    found = gis.read("quality_issues")
    assert str(found["time"].dt.tz) == "UTC"


def test_collections_are_told(gis: Client) -> None:
    told = {collection.id: collection for collection in gis.collections()}
    assert (told["districts"].kind, told["districts"].geometry_type) == ("vector", "MultiPolygon")
    assert told["districts"].features == 69
    assert told["elevation"].kind == "raster"


def test_a_refusal_names_the_parameter(gis: Client) -> None:
    with pytest.raises(ServiceError, match=r"400: .*bbox"):
        gis.read("districts", bbox=[1.0, 2.0])
    with pytest.raises(ServiceError, match=r"404: .*nowhere"):
        gis.read("nowhere")


def test_a_server_that_is_away() -> None:
    with Client("http://127.0.0.1:9", timeout=2) as gis, pytest.raises(ServiceError, match=r"127\.0\.0\.1:9"):
        gis.collections()


def test_a_server_that_is_another() -> None:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_: object) -> None:
            """Not into the test's output."""

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with (
            Client(f"http://127.0.0.1:{server.server_port}") as gis,
            pytest.raises(ServiceError, match="is it an AltaiGIS server"),
        ):
            gis.collections()
        server.shutdown()
