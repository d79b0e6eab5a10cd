"""Outlines for small maps."""

import json

import numpy as np
import shapely
from shapely.geometry import shape

from altaigis.store.outlines import read_outlines
from altaigis.store.pool import engine
from altaigis.store.revisions import current_revisions
from conftest import Installation


def outlines(installation: Installation, name: str, steps: int) -> np.ndarray:
    database = engine(installation.url)
    layer, revision = installation.catalog.layer(name), current_revisions(database)[name]
    assert revision.extent
    found = read_outlines(database, layer, revision, revision.extent, steps)
    database.dispose()
    return np.array([shape(json.loads(text)) for text in found])


def test_neighbours_have_one_border(installation: Installation) -> None:
    for steps in (50, 640, 5000):
        found = outlines(installation, "districts", steps)
        assert len(found) == 69
        assert shapely.coverage_is_valid(found)


def test_a_small_map_has_fewer_vertices(installation: Installation) -> None:
    for layer in ("districts", "rivers"):
        counts = [shapely.get_num_coordinates(outlines(installation, layer, steps)).sum() for steps in (50, 5000)]
        assert counts[0] < counts[1]
