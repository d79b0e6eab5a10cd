"""QGIS opens the collections as OGC API Features, through its own Python."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from shapely import wkt
from shapely.geometry import shape

from clients.conftest import Counted, Features, last_json, run

SYSTEM_PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("qgis_reads.py")
NEARLY = 1e-6


def has_qgis() -> bool:
    if not Path(SYSTEM_PYTHON).exists():
        return False
    tried = subprocess.run([SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True, check=False)
    return tried.returncode == 0


pytestmark = pytest.mark.skipif(not has_qgis(), reason="QGIS's Python (python3-qgis) is not installed")


def qgis(url: str, home: Path, *layers: str) -> dict[str, Any]:
    """What QGIS sees of the layers, with settings and caches of its own."""
    printed = run(
        SYSTEM_PYTHON,
        str(SCRIPT),
        url,
        *layers,
        QT_QPA_PLATFORM="offscreen",
        HOME=str(home),
        XDG_RUNTIME_DIR=str(home),
    )
    seen: dict[str, Any] = last_json(printed)
    return seen


LAYERS = {
    "krai": ("MultiPolygon", "Polygon"),
    "districts": ("MultiPolygon",),
    "settlements": ("Point",),
    "monitoring_points": ("Point",),
    "resort_sites": ("Point",),
    "rivers": ("MultiLineString", "LineString"),
    "lakes": ("MultiPolygon",),
    "limits": ("NoGeometry",),
}


@pytest.fixture(scope="module")
def seen(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return qgis(server_url, tmp_path_factory.mktemp("qgis"), *LAYERS)


@pytest.mark.parametrize("layer", LAYERS)
def test_qgis_sees_every_feature(seen: dict[str, Any], features: Features, layer: str) -> None:
    found, ours = seen[layer], features(layer)
    assert found["valid"], found["error"]
    assert found["count"] == len(found["features"]) == len(ours)
    assert {f["properties"]["id"] for f in found["features"]} == set(ours)


@pytest.mark.parametrize("layer", LAYERS)
def test_qgis_reads_the_attributes(seen: dict[str, Any], features: Features, layer: str) -> None:
    ours = features(layer)
    compared = 0
    for feature in seen[layer]["features"]:
        own = ours[feature["properties"]["id"]]["properties"]
        for name, value in own.items():
            if name in feature["properties"] and value is not None:
                theirs = feature["properties"][name]
                # QGIS 3.22 guesses types from ten features: what is empty in all of them is text to it
                if isinstance(theirs, str) and isinstance(value, int | float):
                    theirs = float(theirs)
                assert theirs == (pytest.approx(value) if type(value) is float else value), name
                compared += 1
    assert compared >= len(ours)


@pytest.mark.parametrize("layer", LAYERS)
def test_qgis_reads_the_geometry(seen: dict[str, Any], features: Features, layer: str) -> None:
    found, ours = seen[layer], features(layer)
    assert found["geometry"] in LAYERS[layer]
    if found["geometry"] != "NoGeometry":
        assert found["crs"] in ("OGC:CRS84", "EPSG:4326")
    for feature in found["features"]:
        own = ours[feature["properties"]["id"]]["geometry"]
        assert (feature["wkt"] is None) == (own is None)
        if own:
            assert wkt.loads(feature["wkt"]).hausdorff_distance(shape(own)) < NEARLY


def test_names_are_in_cyrillic_and_types_are_kept(seen: dict[str, Any]) -> None:
    districts = seen["districts"]
    names = {f["properties"]["name_ru"] for f in districts["features"]}
    assert "городской округ город Барнаул" in names
    assert districts["types"]["population"] == "Integer"
    assert districts["types"]["density"] == "Real"
    assert districts["types"]["oktmo"] == "String"
    oktmo = next(f["properties"]["oktmo"] for f in districts["features"] if f["properties"]["id"] == "barnaul")
    assert oktmo == "01701000"


def test_qgis_reads_a_long_table_whole_and_asks_no_more_pages_than_there_are(
    counted: Counted, features: Features, tmp_path: Path
) -> None:
    """3706 records are four pages of the thousand that the API document names; QGIS looks at the first ten
    features for the types, and asks for the count once."""
    found = qgis(counted.url, tmp_path, "published_values")["published_values"]
    assert found["count"] == len(found["features"]) == 3706
    # ten whole numbers at the beginning must not make whole numbers of all the others
    ours = features("published_values")
    for feature in found["features"]:
        own = ours[feature["properties"]["id"]]["properties"]["value"]
        assert feature["properties"]["value"] == pytest.approx(own)
    items = [path for path in counted.paths if "/items" in path]
    pages = [path for path in items if "limit=1000" in path]
    assert len(pages) == 4
    assert len(items) <= 6
    assert len(counted.paths) <= 12
