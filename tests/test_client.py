"""The Python client against a real server, and against servers that are none."""

import http.server
import threading
from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import pytest

from altaigis import client as module
from altaigis.client import Client
from altaigis.errors import ServiceError


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
