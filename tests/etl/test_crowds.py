"""Layers of points with more of them than a tile can show."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest

from altaigis.domain.tile import TileCoord
from altaigis.etl.crowds import TILE_BYTES
from altaigis.filters.params import tile_query
from altaigis.store.pool import async_engine
from altaigis.store.revisions import current_revisions
from altaigis.store.tiles import APART, read_tile
from etl.test_pipeline import Project

TOWNS = """\
id: towns
theme: territory
title: {ru: Города, en: Towns}
source: {file: towns.geojson, licence: CC0-1.0, attribution: {ru: Мы, en: We}}
fields:
  town_id: {role: id, type: integer}
  name: {role: title, type: text}
  people: {type: integer}
  geom: {role: geometry, type: Point}
"""
COUNT = 600


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def project(url: str, tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path, url)
    made.source("towns.geojson", towns())
    yield made
    made.workspace.database.dispose()


def towns(name: str = "Город") -> str:
    """Synthetic towns in a square of two degrees, the larger the later their id, and one without a place."""
    rng = np.random.default_rng(1)
    places = [*rng.uniform((82, 52), (84, 54), (COUNT, 2)).round(5).tolist(), None]
    features = [
        {
            "type": "Feature",
            "properties": {"town_id": n, "name": f"{name} {n}", "people": 1000 + n},
            "geometry": place and {"type": "Point", "coordinates": place},
        }
        for n, place in enumerate(places)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def tile(project: Project, z: int, **selection: str) -> tuple[bytes, list[dict[str, Any]]]:
    """The tile with the middle of the square; of zoom 5 and less it has all of it."""
    query = tile_query(project.catalog.layer("towns"), selection)
    revision = current_revisions(project.workspace.database)["towns"]

    async def ask() -> bytes:
        database = async_engine(project.url, 1)
        try:
            return await read_tile(database, revision, query, TileCoord.at(83, 53, z))
        finally:
            await database.dispose()

    content = asyncio.run(ask())
    found = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True}).get("towns", {"features": []})[
        "features"
    ]
    return content, [feature for feature in found if inside(feature["geometry"]["coordinates"])]


def inside(place: list[int]) -> bool:
    return all(0 <= n < 4096 for n in place)


def test_the_largest_in_each_square_is_shown_and_stands_for_the_others(project: Project) -> None:
    project.layer(TOWNS + "tiles: {minzoom: 2, maxzoom: 9, thin: {by: people, pixels: 8}}\n")
    report = project.run("towns")
    told = dict(report.details)["levels"]["points"]
    assert told["all"] == COUNT
    shown = [told[level] for level in sorted(told) if level != "all"]
    assert shown == sorted(shown)
    for zoom in (3, 4, 5):
        _, found = tile(project, zoom)
        squares = [tuple(n // 128 for n in feature["geometry"]["coordinates"]) for feature in found]
        assert len(set(squares)) == len(squares) == told[str(zoom)]
        assert sum(1 + feature["properties"].get("_stands_for", 0) for feature in found) == COUNT
        # the largest of all is always there
        assert max(feature["properties"]["people"] for feature in found) == 1000 + COUNT - 1
    _, everybody = tile(project, 9)
    assert not any("_stands_for" in feature["properties"] for feature in everybody)
    assert all(feature["properties"]["town_id"] == feature["properties"]["people"] - 1000 for feature in everybody)


def test_a_filter_finds_those_that_are_not_shown(project: Project) -> None:
    project.layer(TOWNS + "tiles: {minzoom: 2, maxzoom: 9, fields: {2: [name]}, thin: {by: people, per_tile: 10}}\n")
    project.run("towns")
    small = {"filter": f"people < {1000 + COUNT // 2}"}
    for zoom in (3, 5):
        _, found = tile(project, zoom, **small)
        squares = [tuple(n // APART for n in feature["geometry"]["coordinates"]) for feature in found]
        assert len(set(squares)) == len(squares) > zoom
        assert sum(1 + feature["properties"].get("_stands_for", 0) for feature in found) == COUNT // 2
        # the largest of those that are sought, though its size is not among the fields of tiles
        assert max(feature["properties"]["town_id"] for feature in found) == COUNT // 2 - 1
    _, found = tile(project, 9, **small)
    assert found
    assert not any("_stands_for" in feature["properties"] for feature in found)
    assert tile(project, 3, filter="people < 0") == (b"", [])


def test_so_many_in_a_tile(project: Project) -> None:
    project.layer(TOWNS + "tiles: {minzoom: 2, maxzoom: 9, thin: {by: people, per_tile: 40}}\n")
    project.run("towns")
    _, found = tile(project, 4)
    people = sorted(feature["properties"]["people"] for feature in found)
    assert people == list(range(1000 + COUNT - 40, 1000 + COUNT))
    assert sorted(feature["properties"].get("_stands_for", 0) for feature in found) == [0] * 39 + [COUNT - 40]


def test_a_tile_that_would_be_too_large_is_thinned_in_any_case(project: Project) -> None:
    project.source("towns.geojson", towns("о" * 1000))
    project.layer(TOWNS + "tiles: {minzoom: 2, maxzoom: 9}\n")
    project.run("towns")
    content, found = tile(project, 3)
    assert 0.8 * TILE_BYTES < len(content) <= TILE_BYTES
    assert sum(1 + feature["properties"].get("_stands_for", 0) for feature in found) == COUNT
    # not those with the lowest ids, which are often neighbours
    assert 0.3 < np.mean([feature["properties"]["town_id"] for feature in found]) / COUNT < 0.7


def test_where_there_is_room_for_all_there_are_no_levels(project: Project) -> None:
    project.layer(TOWNS + "tiles: {minzoom: 2, maxzoom: 9}\n")
    project.run("towns")
    assert current_revisions(project.workspace.database)["towns"].levels == ()
    assert len(tile(project, 3)[1]) == COUNT


def test_another_rule_is_another_load_and_other_fields_are_none(project: Project) -> None:
    project.layer(TOWNS + "tiles: {minzoom: 2, maxzoom: 9, thin: {per_tile: 10}}\n")
    project.run("towns")
    project.layer(TOWNS + "tiles: {minzoom: 2, maxzoom: 9, thin: {per_tile: 10}, fields: {3: [], 5: [name]}}\n")
    assert project.run("towns").outcome == "unchanged"
    for zoom, names in ((2, {"town_id"}), (4, {"town_id"}), (5, {"town_id", "name"}), (9, {"town_id", "name"})):
        _, found = tile(project, zoom)
        assert {name for feature in found for name in feature["properties"]} - {"_stands_for"} == names
    project.layer(TOWNS + "tiles: {minzoom: 2, maxzoom: 9, thin: {per_tile: 20}}\n")
    assert project.run("towns").outcome == "loaded"
