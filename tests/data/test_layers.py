"""The layer files declare what the raw data hold."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from ruamel.yaml import YAML

from altaigis.domain.layer import Layer
from altaigis.domain.source import UnionOf
from altaigis.domain.style import CategoriesStyle, PaletteStyle, RampStyle

ROOT = Path(__file__).parents[2]
RAW = ROOT / "data" / "raw"
LAYERS = [Layer.model_validate(YAML(typ="safe").load(p)) for p in sorted((ROOT / "layers").glob("*.yaml"))]
#: What the ledger tells has no file that could be looked into.
FROM_FILES = [layer for layer in LAYERS if not layer.source.ledger]
BY_ID = {layer.id: layer for layer in LAYERS}


def table(name: str) -> list[dict[str, str]]:
    path = RAW / name
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    return [feature["properties"] for feature in json.loads(path.read_text(encoding="utf-8"))["features"]]


def columns(layer: Layer) -> dict[str, set[str]]:
    """Values of every column that the layer can read, as text."""
    found: dict[str, set[str]] = {}
    for name in (layer.source.file, *(join.file for join in layer.source.join)):
        for row in table(name):
            for key, value in row.items():
                found.setdefault(key, set()).add("" if value is None else str(value))
    return found


def test_the_layers_of_the_project() -> None:
    assert set(BY_ID) == {
        "krai", "districts", "neighbours", "settlements", "resort_clusters", "resort_sites", "monitoring_points",
        "protected_areas", "rivers", "lakes", "elevation", "landcover", "climate_zones", "indicator_values", "limits",
        "climate_normals", "quality_issues", "published_values", "territory_changes",
    }  # fmt: skip


def test_files_bear_the_name_of_their_layer() -> None:
    assert {p.stem for p in (ROOT / "layers").glob("*.yaml")} == set(BY_ID)


def test_what_is_editable_searched_and_shown() -> None:
    assert {layer.id for layer in LAYERS if layer.editable} == {"resort_sites", "monitoring_points"}
    assert {layer.id for layer in LAYERS if layer.search} == {
        "districts", "settlements", "resort_sites", "monitoring_points", "protected_areas", "resort_clusters",
        "krai", "rivers", "lakes",
    }  # fmt: skip
    assert {layer.id for layer in LAYERS if layer.visible} == {
        "krai", "districts", "neighbours", "resort_clusters", "resort_sites", "monitoring_points", "rivers", "lakes",
        "settlements",
    }  # fmt: skip


def test_base_lies_below_and_points_above() -> None:
    order = {layer.id: layer.order for layer in LAYERS}
    upwards = ["neighbours", "districts", "lakes", "rivers", "krai", "settlements", "monitoring_points", "resort_sites"]
    assert upwards == sorted(upwards, key=order.__getitem__)
    assert len(set(order.values())) == len(order)


@pytest.mark.parametrize("layer", FROM_FILES, ids=lambda layer: layer.id)
def test_the_files_are_there_and_have_their_provenance(layer: Layer) -> None:
    names = [layer.source.file, *(join.file for join in layer.source.join)]
    if isinstance(layer.source.geometry, UnionOf) and layer.source.geometry.members:
        names.append(layer.source.geometry.members)
    for name in names:
        assert (RAW / name).is_file(), name
        assert (RAW / f"{name}.provenance.yaml").is_file(), name


@pytest.mark.parametrize("layer", [layer for layer in FROM_FILES if layer.kind != "raster"], ids=lambda layer: layer.id)
def test_fields_read_columns_that_exist_and_declare_their_values(layer: Layer) -> None:
    found = columns(layer)
    assert {"name_ru", "name_en"} <= set(layer.fields)
    for name, field in layer.fields.items():
        if field.is_geometry:
            continue
        assert field.title, name
        if field.compute:
            continue
        values = found[field.source or name]
        if field.values:
            assert values - {""} == set(field.values), name
        if field.required:
            assert "" not in values, name


@pytest.mark.parametrize("layer", [layer for layer in FROM_FILES if layer.kind == "vector"], ids=lambda layer: layer.id)
def test_categories_name_every_value(layer: Layer) -> None:
    assert layer.geometry_field == "geom"
    assert "default" in layer.styles
    for style in layer.styles.values():
        if isinstance(style, CategoriesStyle):
            there = columns(layer)[layer.fields[style.field].source or style.field]
            assert {str(category.value) for category in style.categories} == there - {""}


@pytest.mark.parametrize("layer", [layer for layer in FROM_FILES if layer.kind == "raster"], ids=lambda layer: layer.id)
def test_raster_styles_fit_the_values(layer: Layer) -> None:
    with rasterio.open(RAW / layer.source.file) as raster:
        values = raster.read(1)
        good = values[values != raster.nodata]
    style = layer.styles["default"]
    if isinstance(style, PaletteStyle):
        assert [entry.value for entry in style.entries] == np.unique(good).tolist()
    else:
        assert isinstance(style, RampStyle)
        assert style.stops[0].value <= good.min()
        assert good.max() <= style.stops[-1].value
