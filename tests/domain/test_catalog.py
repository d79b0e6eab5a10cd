"""The catalog: order of drawing, order of loading, what is not there."""

import pytest

from altaigis.domain.catalog import Catalog
from altaigis.errors import LayerNotFound
from catalogs import project_catalog


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return project_catalog()


def test_layers_come_in_drawing_order(catalog: Catalog) -> None:
    orders = [layer.order for layer in catalog]
    assert orders == sorted(orders)
    assert "districts" in catalog
    assert "nowhere" not in catalog


def test_a_layer_is_loaded_behind_those_it_is_made_from(catalog: Catalog) -> None:
    order = [layer.id for layer in catalog.in_load_order()]
    assert len(order) == len(catalog)
    assert order.index("districts") < order.index("krai")
    assert order.index("districts") < order.index("resort_clusters")


def test_only_some_and_what_they_need(catalog: Catalog) -> None:
    assert [layer.id for layer in catalog.in_load_order(["krai"])] == ["districts", "krai"]
    assert [layer.id for layer in catalog.in_load_order(["rivers"])] == ["rivers"]


def test_what_is_not_there_is_told_with_what_is(catalog: Catalog) -> None:
    with pytest.raises(LayerNotFound, match=r"no layer 'distrikts'; there are .*districts"):
        catalog.layer("distrikts")
    with pytest.raises(LayerNotFound, match="is a raster, not a vector"):
        catalog.layer("elevation", "vector")
    with pytest.raises(LayerNotFound):
        catalog.in_load_order(["krai", "nowhere"])
    assert catalog.layer("elevation", "vector", "raster").kind == "raster"
