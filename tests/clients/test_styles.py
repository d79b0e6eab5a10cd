"""One legend everywhere: QGIS by QML, SLD and a layer definition, MapLibre's own interpreter and the legend's drawing
give every feature the colour that the layer file declares."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from altaigis.domain.layer import Layer
from altaigis.encoders.styles import legend
from altaigis.encoders.styles.formats import FORMATS
from altaigis.encoders.styles.portrayal import Addresses, Portrayal
from altaigis.web import DIST
from clients.conftest import last_json, run
from clients.test_qgis import SYSTEM_PYTHON, has_qgis
from conftest import Installation

pytestmark = pytest.mark.skipif(not has_qgis(), reason="QGIS's Python (python3-qgis) is not installed")

NOWHERE = Addresses("http://localhost", "http://localhost/tilejson.json", "http://localhost/{z}/{x}/{y}.mvt")
#: Synthetic: values on the breaks and beside them, with each sort of text that a format must escape.
SYNTHETIC: dict[str, Any] = {
    "id": "synthetic",
    "theme": "nature",
    "title": {"ru": "Придуманный <слой> & «кавычки»", "en": "Synthetic"},
    "source": {"file": "a.csv", "licence": "CC0-1.0", "attribution": {"ru": "нет", "en": "none"}},
    "fields": {
        "fid": {"role": "id", "type": "text"},
        "share": {"type": "number"},
        "kind": {"type": "text"},
        "level": {"type": "integer"},
        "geom": {"role": "geometry", "type": "Point"},
    },
    "styles": {
        "classes": {
            "kind": "classes",
            "title": {"ru": "Доля", "en": "Share"},
            "field": "share",
            "method": {"ru": "заданы", "en": "given"},
            "breaks": [-0.5, 0.1, 3],
            "colours": ["#110000", "#220000", "#330000", "#440000"],
            "no_data": "#999999",
        },
        "texts": {
            "kind": "categories",
            "title": {"ru": "Вид", "en": "Kind"},
            "field": "kind",
            "categories": [
                {"value": "it's", "title": {"ru": "а", "en": "a"}, "symbol": {"fill": "#001100"}},
                {"value": 'a "b" <c> & \\d', "title": {"ru": "б <i>", "en": "b"}, "symbol": {"fill": "#002200"}},
                {"value": "степь", "title": {"ru": "в", "en": "c"}, "symbol": {"fill": "#003300", "shape": "star"}},
            ],
            "other": {"fill": "#004400"},
        },
        "numbers": {
            "kind": "categories",
            "title": {"ru": "Уровень", "en": "Level"},
            "field": "level",
            "categories": [
                {"value": 1, "title": {"ru": "один", "en": "one"}, "symbol": {"fill": "#000011"}},
                {"value": -2, "title": {"ru": "два", "en": "two"}, "symbol": {"fill": "#000022"}},
            ],
            "other": {"fill": "#000033"},
        },
    },
}
ROWS: list[dict[str, Any]] = [
    {"share": -0.5, "kind": "it's", "level": 1},
    {"share": 0.1, "kind": 'a "b" <c> & \\d', "level": -2},
    {"share": 3, "kind": "степь", "level": 2},
    {"share": None, "kind": None, "level": None},
    {"share": 0.09999999999, "kind": "its", "level": 0},
    {"share": 1e12, "kind": "", "level": 10},
    {"share": -1e12, "kind": "Степь", "level": -1},
]
EXPECTED = {
    "classes": ["#220000", "#330000", "#440000", "#999999", "#220000", "#440000", "#110000"],
    "texts": ["#001100", "#002200", "#003300", *["#004400"] * 4],
    "numbers": ["#000011", "#000022", *["#000033"] * 5],
}


def collection(rows: list[dict[str, Any]]) -> str:
    place = {"type": "Point", "coordinates": [84, 52]}
    features = [{"type": "Feature", "geometry": place, "properties": row} for row in rows]
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture(scope="module")
def districts(server_url: str) -> list[dict[str, Any]]:
    """Properties of the 69, in the order of the file."""
    found = httpx.get(f"{server_url}/collections/districts/items?f=geojson").raise_for_status().json()["features"]
    assert len(found) == 69
    return [feature["properties"] for feature in found]


@pytest.fixture(scope="module")
def declared(installation: Installation, districts: list[dict[str, Any]]) -> list[str]:
    """The colour of each district as the layer file has it."""
    style = installation.catalog.layer("districts").styles["default"]
    assert style.kind == "classes"
    return [style.colours[sum(value["density"] >= bound for bound in style.breaks)].lower() for value in districts]


@pytest.fixture(scope="module")
def seen(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What QGIS draws: the districts by QML and SLD, then the synthetic features by each style in both."""
    folder = tmp_path_factory.mktemp("styles")
    address = f"{server_url}/collections/districts"
    (folder / "districts.geojson").write_bytes(httpx.get(f"{address}/items?f=geojson").content)
    (folder / "synthetic.geojson").write_text(collection(ROWS))
    pairs = []
    for f in ("qml", "sld", "qlr", "maplibre"):
        found = httpx.get(f"{address}/styles/default?f={f}").raise_for_status()
        (folder / f"districts.{f}").write_bytes(found.content)
    pairs += [str(folder / name) for f in ("qml", "sld") for name in ("districts.geojson", f"districts.{f}")]
    layer = Layer.model_validate(SYNTHETIC)
    for name in EXPECTED:
        for f in ("qml", "sld"):
            path = folder / f"{name}.{f}"
            path.write_bytes(FORMATS[f].encode(Portrayal(layer, name, "ru", NOWHERE)))
            pairs += [str(folder / "synthetic.geojson"), str(path)]
    script = str(Path(__file__).with_name("qgis_draws.py"))
    home = str(folder)
    printed = run(
        SYSTEM_PYTHON,
        script,
        str(folder / "districts.qlr"),
        str(folder / "districts.maplibre"),
        *pairs,
        QT_QPA_PLATFORM="offscreen",
        HOME=home,
        XDG_RUNTIME_DIR=home,
    )
    found = last_json(printed)
    keys = [f"districts.{f}" for f in ("qml", "sld")] + [f"{name}.{f}" for name in EXPECTED for f in ("qml", "sld")]
    return {"layers": found["layers"], "maplibre": found["maplibre"], **dict(zip(keys, found["styles"], strict=True))}


def in_maplibre(folder: Path, *asked: tuple[bytes, list[dict[str, Any]]]) -> list[list[list[str]]]:
    """The colours that MapLibre gives features by styles that are found good."""
    job = folder / "job.json"
    job.write_text(json.dumps([{"style": json.loads(style), "features": features} for style, features in asked]))
    found = last_json(run("node", str(Path(__file__).with_name("maplibre_draws.cjs")), str(DIST.parent), str(job)))
    assert [one["mistakes"] for one in found] == [[]] * len(asked)
    return [one["colours"] for one in found]


@pytest.mark.parametrize("f", ["qml", "sld"])
def test_qgis_draws_each_district_in_its_class(seen: dict[str, Any], declared: list[str], f: str) -> None:
    assert seen[f"districts.{f}"] == [[colour] for colour in declared]
    assert len(set(declared)) == 7


def test_maplibre_draws_each_district_in_the_same_class(
    server_url: str, districts: list[dict[str, Any]], declared: list[str], tmp_path: Path
) -> None:
    style = httpx.get(f"{server_url}/collections/districts/styles/default?f=maplibre").raise_for_status().content
    assert in_maplibre(tmp_path, (style, districts)) == [[[colour] for colour in declared]]


def test_qgis_draws_tiles_by_the_style_of_maplibre(seen: dict[str, Any], declared: list[str]) -> None:
    """As it does where a connection to vector tiles names a style."""
    assert seen["maplibre"]["warnings"] == []
    assert seen["maplibre"]["drawn"] == [[colour] for colour in declared]


def test_a_layer_definition_brings_tiles_and_features_in_the_style(seen: dict[str, Any], declared: list[str]) -> None:
    tiles, features = seen["layers"]
    assert tiles["valid"]
    assert features["valid"]
    assert (tiles["seen"], features["seen"]) == (True, False)
    assert tiles["drawn"] == [[colour] for colour in declared]
    assert sorted(features["drawn"]) == sorted(tiles["drawn"])
    # seven classes, borders and the paper; only borders may differ, whose vertices are fewer in tiles
    alike = [one == other for one, other in zip(tiles["picture"], features["picture"], strict=True)]
    assert len(set(features["picture"])) > 8
    assert sum(alike) / len(alike) > 0.93


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("f", ["qml", "sld"])
def test_qgis_draws_what_lies_on_a_break_is_unlisted_or_missing(seen: dict[str, Any], name: str, f: str) -> None:
    assert seen[f"{name}.{f}"] == [[colour] for colour in EXPECTED[name]]


def test_maplibre_draws_what_lies_on_a_break_is_unlisted_or_missing(tmp_path: Path) -> None:
    layer = Layer.model_validate(SYNTHETIC)
    # tiles leave out what has no value
    rows = [{key: value for key, value in row.items() if value is not None} for row in ROWS]
    styles = [FORMATS["maplibre"].encode(Portrayal(layer, name, "ru", NOWHERE)) for name in EXPECTED]
    found = in_maplibre(tmp_path, *((style, rows) for style in styles))
    assert found == [[[colour] for colour in EXPECTED[name]] for name in EXPECTED]


def test_every_style_of_the_catalog_is_a_good_one_for_maplibre(installation: Installation, tmp_path: Path) -> None:
    made = [
        FORMATS["maplibre"].encode(Portrayal(layer, name, "en", NOWHERE))
        for layer in installation.catalog
        for name in layer.styles
    ]
    assert len(made) > 12
    in_maplibre(tmp_path, *((style, []) for style in made))


def test_the_legend_has_the_colours_of_the_map(installation: Installation, declared: list[str]) -> None:
    layer = installation.catalog.layer("districts")
    drawing = legend.svg(Portrayal(layer, "default", "ru", NOWHERE))
    shown = re.findall(r'<rect x[^>]* fill="(#\w{6})"', drawing)
    assert set(declared) < set(shown)
    style = layer.styles["default"]
    assert style.kind == "classes"
    assert shown == [*style.colours, style.no_data]
