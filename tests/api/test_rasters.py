"""Values of rasters at a point."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from altaigis.app import create_app
from altaigis.domain.style import PaletteStyle
from conftest import Installation


def test_the_mountains_are_higher_than_the_plain(client: TestClient) -> None:
    plain = client.get("/rasters/elevation/point?lon=79.5&lat=52.9").json()
    mountains = client.get("/rasters/elevation/point?lon=83.9&lat=50.9").json()
    assert plain["unit"] == mountains["unit"] == "m"
    assert 80 < plain["value"] < 160
    assert mountains["value"] > 800


@pytest.mark.parametrize(("language", "index"), [("ru", "ru"), ("en", "en")])
def test_classes_have_their_names(client: TestClient, installation: Installation, language: str, index: str) -> None:
    found = client.get("/rasters/climate_zones/point", params={"lon": 83.78, "lat": 53.35, "lang": language}).json()
    style = installation.catalog.layer("climate_zones").styles["default"]
    assert isinstance(style, PaletteStyle)
    titles = {entry.value: getattr(entry.title, index) for entry in style.entries}
    assert found["label"] == titles[found["value"]]


@pytest.mark.parametrize("layer", ["elevation", "climate_zones", "landcover"])
def test_outside_the_raster_there_is_no_value(client: TestClient, layer: str) -> None:
    answer = client.get(f"/rasters/{layer}/point?lon=-120&lat=-40")
    assert answer.status_code == 200
    assert answer.json()["value"] is None


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "lon"),
        ("lon=84", "lat"),
        ("lat=52", "lon"),
        ("lon=&lat=52", "lon"),
        ("lon=east&lat=52", "lon"),
        ("lon=nan&lat=52", "lon"),
        ("lon=inf&lat=52", "lon"),
        ("lon=181&lat=52", "lon"),
        ("lon=84&lat=-91", "lat"),
        ("lon=84,5&lat=52", "lon"),
        ("lon=84&lat=52&lat=53", "lat"),
        ("lon=84&lat=52&band=1", "band"),
    ],
)
def test_a_bad_coordinate_is_named(client: TestClient, query: str, parameter: str) -> None:
    answer = client.get(f"/rasters/elevation/point?{query}")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter


def test_a_raster_whose_file_is_gone_is_told_of(installation: Installation, tmp_path: Path) -> None:
    settings = installation.settings.model_copy(update={"project": tmp_path})
    with TestClient(create_app(settings, installation.catalog, installation.url)) as client:
        for address in ("/rasters/elevation/point?lon=83.9&lat=50.9", "/tiles/elevation/6/46/20.png"):
            answer = client.get(address)
            assert answer.status_code == 503
            assert "altaigis etl run elevation" in answer.json()["description"]
