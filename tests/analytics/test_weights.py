"""Neighbours, against libpysal's and against known distances."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from published import EXAMPLES, ours

from altaigis.analytics import weights
from altaigis.errors import AnalysisError


@pytest.fixture(scope="module")
def columbus() -> gpd.GeoDataFrame:
    return gpd.read_file(EXAMPLES / "columbus/columbus.shp", use_arrow=False)


def cities() -> gpd.GeoDataFrame:
    """Barnaul, Novoaltaysk, Biysk, Rubtsovsk."""
    points = shapely.points([[83.7636, 53.3606], [83.9311, 53.3997], [85.2072, 52.5186], [81.2183, 51.5147]])
    return gpd.GeoDataFrame(geometry=points, crs=4326)


@pytest.mark.parametrize(("build", "theirs"), [(weights.queen, "Queen"), (weights.rook, "Rook")])
def test_contiguity_is_that_of_libpysal(columbus, build, theirs) -> None:
    import libpysal

    expected = ours(getattr(libpysal.weights, theirs).from_dataframe(columbus, use_index=False))
    found = build(columbus)
    assert (found.matrix != expected.matrix).nnz == 0
    assert found.matrix.nnz == {"queen": 236, "rook": 200}[found.kind]


def test_metres_are_those_of_the_ellipsoid() -> None:
    # Barnaul to Novoaltaysk 12 km, to Biysk 135 km, to Rubtsovsk 269 km
    assert weights.within(cities(), 12_500).neighbours.tolist() == [1, 1, 0, 0]
    assert weights.within(cities(), 11_500 * 12).neighbours.tolist() == [2, 2, 2, 0]
    projected = cities().to_crs(32644)
    assert (weights.within(projected, 140_000).matrix != weights.within(cities(), 140_000).matrix).nnz == 0


def test_nearest_goes_one_way() -> None:
    found = weights.nearest(cities(), 1)
    assert found.matrix.toarray().argmax(axis=1).tolist() == [1, 0, 1, 0]
    assert found.neighbours.tolist() == [1, 1, 1, 1]


def test_islands_and_parts_are_told() -> None:
    boxes = [shapely.box(x, 0, x + 1, 1) for x in (0, 1, 5, 6, 9)]
    found = weights.queen(gpd.GeoDataFrame(geometry=boxes))
    assert found.islands.tolist() == [False, False, False, False, True]
    assert found.parts.tolist() == [0, 0, 1, 1, 2]
    assert found.standardised.sum(axis=1).tolist() == [1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: weights.queen(cities()), "only polygons touch"),
        (lambda: weights.within(cities(), 100), "no unit has a neighbour"),
        (lambda: weights.within(cities(), 0), "above 0"),
        (lambda: weights.within(cities().set_crs(None, allow_override=True), 100), "no CRS"),
        (lambda: weights.nearest(cities(), 4), "1 to 3"),
        (lambda: weights.nearest(cities().iloc[[0, 0, 1]], 1), "same centroid"),
        (lambda: weights.queen(cities().iloc[:1]), "1 units"),
        (lambda: weights.within(gpd.GeoDataFrame(geometry=[None, shapely.Point(0, 0)], crs=4326), 9), "no geometry"),
        (lambda: weights.from_pairs([(0, 9)], 3), "from 0 to 2"),
    ],
)
def test_refusals(build, said) -> None:
    with pytest.raises(AnalysisError, match=said):
        build()


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda p: p[0] != p[1]), min_size=1))
def test_declared_neighbours_are_symmetric(pairs) -> None:
    found = weights.from_pairs(pairs, 7)
    assert (found.matrix != found.matrix.T).nnz == 0
    assert set(found.matrix.data) == {1.0}
    assert not found.matrix.diagonal().any()
    assert np.allclose(found.standardised.sum(axis=1), ~found.islands)
