"""What a layer file may say of its source, and how a mistake in it is told."""

from pathlib import Path

import pytest

from altaigis.domain.source import FeatureKey, PointColumns, WktColumn
from altaigis.errors import LayerFileError
from altaigis.layerfiles import read_catalog
from projects import head

LAYER = (
    head("sites", "sites.csv", "KEY")
    + """\
  site_id: {role: id, type: text}
  geom: {role: geometry, type: Point}
"""
)


def read(folder: Path, key: str) -> object:
    (folder / "sites.yaml").write_text(LAYER.replace("KEY", key), encoding="utf-8")
    return read_catalog(folder).layer("sites").source


@pytest.mark.parametrize(
    "crs",
    [
        "EPSG:4326", "EPSG:28414", "ESRI:102025", "urn:ogc:def:crs:EPSG::4326",
        "'+proj=tmerc +lat_0=0 +lon_0=85 +k=1 +x_0=500000 +y_0=0 +ellps=krass +units=m'",
        """'GEOGCS["Pulkovo 1942",DATUM["Pulkovo_1942",SPHEROID["Krassowsky 1940",6378245,298.3]],"""
        """PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'""",
    ],
)  # fmt: skip
def test_a_crs_by_code_proj_string_or_wkt(tmp_path: Path, crs: str) -> None:
    assert read(tmp_path, f"crs: {crs}").crs == crs.strip("'")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("key", "place", "problem"),
    [
        ("crs: EPSG:99999", "source.crs", "is no coordinate system that is known"),
        ("crs: somewhere", "source.crs", "is no EPSG code, PROJ string or WKT"),
        ("crs: WGS 84", "source.crs", "is no EPSG code, PROJ string or WKT"),
        ("crs: +proj=nonsense", "source.crs", "is no coordinate system that is known"),
        ("crs: EPSG:5773", "source.crs", "no place in the plane"),
        ("crs: EPSG:4978", "source.crs", "no place in the plane"),
        ("encoding: cp1521", "source.encoding", "is no encoding of text"),
        ("encoding: base64", "source.encoding", "is no encoding of text"),
        ("separator: xx", "source.separator", "input should be"),
        ("decimal: ;", "source.decimal", "input should be"),
        ("pad: {oktmo: 0}", "source.pad.oktmo", "greater than or equal to 1"),
        ("within: krai", "source.within", "is layer krai, which no file declares"),
        ("geometry: {x: lon}", "source.geometry.y", "is required"),
        ("geometry: {wkt: a, y: b}", "source.geometry", "wkt"),
        ("geometry: {key: oktmo}", "source.geometry.of", "is required"),
        ("geometry: {centre: a}", "source.geometry", "must be one of {x: …, y: …}, {wkt: …}"),
        ("geometry: {key: oktmo, of: sites}", "source.geometry.of", "made from each other"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(tmp_path: Path, key: str, place: str, problem: str) -> None:
    with pytest.raises(LayerFileError) as error:
        read(tmp_path, key)
    mistakes = [m for m in error.value.mistakes if m.key.startswith(place)]
    assert mistakes, error.value
    assert all(mistake.line == 6 for mistake in mistakes)
    assert any(problem in str(mistake) for mistake in mistakes), error.value


def test_geometry_in_each_form(tmp_path: Path) -> None:
    assert read(tmp_path, "geometry: {x: a, y: b}").geometry == PointColumns(x="a", y="b")  # type: ignore[attr-defined]
    assert read(tmp_path, "geometry: {wkt: a}").geometry == WktColumn(wkt="a")  # type: ignore[attr-defined]
    (tmp_path / "units.yaml").write_text(LAYER.replace("id: sites", "id: units").replace("  KEY\n", ""))
    source = read(tmp_path, "geometry: {key: a, of: units}")
    assert source.geometry == FeatureKey(key="a", of="units")  # type: ignore[attr-defined]
    assert source.needs == {"source.geometry.of": "units"}  # type: ignore[attr-defined]
