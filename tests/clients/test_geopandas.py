"""GeoPandas reads the addresses that the pages offer."""

from pathlib import Path

import geopandas
import httpx
import pytest

from clients.conftest import Features


@pytest.mark.parametrize("layer", ["districts", "settlements", "protected_areas"])
def test_read_file_takes_the_items(server_url: str, features: Features, layer: str) -> None:
    ours = features(layer)
    frame = geopandas.read_file(f"{server_url}/collections/{layer}/items?f=json&limit=10000")
    assert len(frame) == len(ours)
    assert set(frame["id"].astype(str)) == set(ours)
    assert frame.crs.to_epsg() == 4326
    assert (frame.geometry.is_valid | frame.geometry.isna()).all()


def test_areas_and_population_add_up(server_url: str) -> None:
    frame = geopandas.read_file(f"{server_url}/collections/districts/items?f=json&limit=10000")
    assert frame["population"].sum() == 2_163_693
    # an equal-area projection of this machine's PROJ, against the geodesic areas of the ETL
    assert frame.to_crs("ESRI:102025").area.sum() / 1e6 == pytest.approx(frame["area_km2"].sum(), rel=2e-3)


@pytest.mark.parametrize("form", ["geojson", "fgb"])
def test_read_file_takes_files_of_whole_layers(server_url: str, features: Features, form: str) -> None:
    frame = geopandas.read_file(f"{server_url}/collections/settlements/items?f={form}")
    assert len(frame) == len(features("settlements")) == 322
    assert str(frame["name_ru"].iloc[0])
    assert frame.crs.to_epsg() == 4326 or frame.crs == "OGC:CRS84"


def test_read_parquet_takes_the_file(server_url: str, features: Features, tmp_path: Path) -> None:
    file = tmp_path / "districts.parquet"
    file.write_bytes(httpx.get(f"{server_url}/collections/districts/items?f=parquet").raise_for_status().content)
    frame = geopandas.read_parquet(file)
    assert set(frame["territory_id"]) == set(features("districts"))
    assert frame["population"].sum() == 2_163_693
    assert frame.geometry.is_valid.all()
