"""Relations of OpenStreetMap become the area that their ways enclose, or say why they enclose none."""

import itertools
import json
import math
import random
import re
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from altaigis.etl.sources.osm import read_osm
from altaigis.etl.sources.rawfile import RawFile, Reading

Place = tuple[float, float]


def square(west: float, south: float, size: float) -> list[Place]:
    east, north = west + size, south + size
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def member(role: str, places: list[Place] | None, ref: int = 1) -> dict[str, Any]:
    geometry = None if places is None else [{"lon": x, "lat": y} for x, y in places]
    return {"type": "way", "ref": ref, "role": role, "geometry": geometry}


def read(folder: Path, *members: dict[str, Any]) -> RawFile:
    element = {"type": "relation", "id": 1, "members": members}
    path = folder / "a.osmjson"
    path.write_text(json.dumps({"elements": [element]}))
    return read_osm(path, Reading())


@pytest.mark.parametrize(
    ("members", "area"),
    [
        ([("outer", square(0, 0, 4))], 16),
        ([("", square(0, 0, 4)), ("exclave", square(9, 0, 1))], 17),
        ([("outer", square(0, 0, 4)), ("inner", square(1, 1, 1)), ("inner", square(2, 1, 1))], 14),
        ([("outer", square(0, 0, 4)), ("enclave", square(0, 0, 2))], 12),
        # an island in a lake
        ([("outer", square(0, 0, 9)), ("inner", square(1, 1, 5)), ("outer", square(2, 2, 1))], 81 - 25 + 1),
        # two that touch in a place, two that share a side, one way that stands twice
        ([("outer", square(0, 0, 1)), ("outer", square(1, 1, 1))], 2),
        ([("outer", square(0, 0, 1)), ("outer", square(1, 0, 1))], 2),
        ([("outer", square(0, 0, 4)), ("outer", square(0, 0, 4))], 16),
        # one that crosses itself
        ([("outer", [(0, 0), (2, 2), (2, 0), (0, 2), (0, 0)])], 2),
    ],
)
def test_the_area_between_outer_and_inner_ways(
    tmp_path: Path, members: list[tuple[str, list[Place]]], area: float
) -> None:
    file = read(tmp_path, *(member(role, places) for role, places in members))
    assert file.findings == ()
    (shape,) = file.frame.geometry
    assert shape.is_valid
    assert shape.area == pytest.approx(area)


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ([("outer", square(0, 0, 4)[:-1])], "not closed at 0.0000000, "),
        ([("outer", square(0, 0, 4)), ("inner", [(1, 1), (2, 1)])], "not closed at"),
        ([("inner", square(0, 0, 4))], "no ways with the role outer"),
        ([("outer", square(1, 1, 1)), ("inner", square(0, 0, 4)), ("inner", square(1, 1, 1))], "nothing is left"),
        ([("outer", None)], "way 1 came without its whole geometry.*out geom"),
        ([("outer", [(0, 0)])], "way 1 came without its whole geometry"),
    ],
)
def test_a_relation_without_an_area_is_refused_and_kept(
    tmp_path: Path, members: list[tuple[str, list[Place]]], problem: str
) -> None:
    file = read(tmp_path, *(member(role, places) for role, places in members))
    (finding,) = file.findings
    assert (finding.severity, finding.rule, finding.row) == ("error", "osm", 1)
    assert finding.message.startswith("relation 1: ")
    assert re.search(problem, finding.message)
    assert file.frame.geometry.isna().all()


def test_a_role_that_nobody_knows_is_told(tmp_path: Path) -> None:
    file = read(tmp_path, member("outer", square(0, 0, 4)), member("claimed", square(9, 9, 1), ref=7))
    assert [(f.severity, f.message) for f in file.findings] == [
        ("warning", "way 7 has the role 'claimed' and is left aside")
    ]


def test_nodes_and_ways(tmp_path: Path) -> None:
    places = [{"lon": x, "lat": y} for x, y in square(0, 0, 1)]
    elements = [
        {"type": "node", "id": 1, "lon": 85, "lat": 52, "tags": {"name": "Ая", "osm_id": "taken", "geometry": "taken"}},
        {"type": "way", "id": 2, "geometry": places},
        {"type": "way", "id": 3, "geometry": places[:3]},
    ]
    path = tmp_path / "a.osmjson"
    path.write_text(json.dumps({"elements": elements}))
    frame = read_osm(path, Reading()).frame
    assert list(frame.geom_type) == ["Point", "Polygon", "LineString"]
    assert list(frame["osm_id"]) == [1, 2, 3]
    assert frame.loc[1, "name"] == "Ая"
    assert frame.crs == "EPSG:4326"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"elements": 1}',
        '{"elements": [{"type": "area", "id": 1}]}',
        '{"elements": [{"type": "node", "id": 1, "lon": NaN, "lat": 1}]}',
        '{"elements": [{"type": "node", "id": 1, "lon": 1e999, "lat": 1}]}',
        '{"elements": ' + "[" * 10_000,
    ],
)
def test_what_is_no_answer_is_one_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.osmjson").write_text(text)
    with pytest.raises(ValueError, match="no answer of an Overpass server") as told:
        read_osm(tmp_path / "a.osmjson", Reading())
    assert "\n" not in str(told.value)


@given(corners=st.integers(3, 40), cuts=st.integers(1, 12), seed=st.integers(0, 1 << 30))
def test_in_whatever_pieces_and_directions_a_ring_comes(
    tmp_path_factory: pytest.TempPathFactory, corners: int, cuts: int, seed: int
) -> None:
    chance = random.Random(seed)
    angles = sorted(chance.uniform(0, 6.28) for _ in range(corners))
    ring = [(85 + math.cos(a) * chance.uniform(0.5, 1), 52 + math.sin(a) * chance.uniform(0.5, 1)) for a in angles]
    ring.append(ring[0])
    at = sorted({0, len(ring) - 1, *(chance.randrange(len(ring)) for _ in range(cuts))})
    ways = [ring[a : b + 1][:: chance.choice((1, -1))] for a, b in itertools.pairwise(at)]
    chance.shuffle(ways)
    file = read(tmp_path_factory.mktemp("osm"), *(member("outer", places) for places in ways))
    whole = shapely.Polygon(ring)
    if whole.is_valid and whole.area > 1e-6:
        assert file.findings == ()
        assert file.frame.geometry.iloc[0].equals(whole)
