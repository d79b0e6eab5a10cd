"""Edits of polygons and lines through the service: what maps show of them and of their neighbours afterwards."""

import asyncio
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import mapbox_vector_tile
import numpy as np
import psycopg
import pytest
import shapely
from sqlalchemy import func, select

from altaigis.domain.edit import Draft
from altaigis.domain.extent import BBox
from altaigis.domain.query import FeatureQuery
from altaigis.domain.revision import Revision
from altaigis.domain.tile import TileCoord
from altaigis.errors import AltaiError, EditRefused
from altaigis.etl.levels import relevel, relevel_edited
from altaigis.services.editing import Done, EditingService
from altaigis.services.ledger import Ledger
from altaigis.services.seeds import Seeds
from altaigis.services.tiles import TileService, tile_cache
from altaigis.store import keys, load
from altaigis.store.edits import editing
from altaigis.store.frames import read_columns
from altaigis.store.pool import async_engine
from altaigis.store.revisions import current_revisions
from altaigis.store.schema import SHOWN
from altaigis.store.versions import state
from projects import Project, head
from wobbly import Field

T = TypeVar("T")

CELLS = (
    head("cells", "cells.geojson")
    + """\
  cell_id: {role: id, type: text}
  name_ru: {role: title, type: text}
  geom: {role: geometry, type: Polygon}
coverage: {gap_width: 0.0001}
editable: true
tiles: {minzoom: 4, maxzoom: 8, labels: true}
"""
)
PATHS = (
    head("paths", "paths.geojson")
    + """\
  path_id: {role: id, type: integer}
  geom: {role: geometry, type: LineString}
editable: true
tiles: {minzoom: 6, maxzoom: 8}
"""
)
BULGE = Field(6, shifts={((3, 2), (3, 3)): 0.08})

#: Of a row of a level: its number, the feature, and its bytes.
Rows = dict[tuple[int, str], bytes]


def collection(key: str, shapes: dict[Any, Any]) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {key: fid, "name_ru": f"Поле {fid}"},
            "geometry": shapely.geometry.mapping(shape),
        }
        for fid, shape in shapes.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


class Desk:
    """A service for editing, and what is there after it."""

    def __init__(self, project: Project, layer: str) -> None:
        self.project, self.layer = project, project.catalog.layer(layer)
        self.token = keys.add(project.workspace.database, "anna", (f"edit:{layer}",))

    def edit(self, name: str, *arguments: Any) -> Done:
        """Ask the service for an operation in a layer."""

        async def work() -> Done:
            asynchronous = async_engine(self.project.url)
            service = EditingService(self.project.workspace.database, Ledger(asynchronous))
            try:
                key = await service.admit(self.token, self.layer)
                done: Done = await getattr(service, name)(key, self.layer, *arguments)
                return done
            finally:
                await asynchronous.dispose()

        return asyncio.run(work())

    def move(self, fid: str, shape: shapely.Geometry) -> Done:
        return self.edit("update", fid, Draft(None, {"geom": shapely.geometry.mapping(shape)}))

    def together(self, shapes: dict[str, shapely.Geometry]) -> None:
        """Move several features in one block."""
        with editing(
            self.project.workspace.database, self.layer, "anna", partial(relevel_edited, self.layer)
        ) as editor:
            for fid, shape in shapes.items():
                whole = shapely.set_srid(shape, 4326)
                editor.update(fid, {"geom": shapely.to_wkb(whole, hex=True, include_srid=True)})

    @property
    def revision(self) -> Revision:
        return current_revisions(self.project.workspace.database)[self.layer.id]

    def rows(self, number: int | None = None) -> Rows:
        now = number or self.revision.number
        found = self.project.ask(
            f"SELECT _level, {self.layer.id_field}, ST_AsBinary(geom) FROM layers.{self.layer.id}_r1_levels "
            "WHERE _since <= %s AND _until > %s", now, now,
        )  # fmt: skip
        return {(level, str(fid)): shape for level, fid, shape in found}

    def fresh(self) -> Rows:
        """What a load of what is there would make."""
        made = relevel(self.layer, as_arrow(self)).to_pylist()
        return {(row["_level"], str(row[self.layer.id_field])): row["geom"] for row in made}

    def tile(self, coord: TileCoord) -> dict[str, Any]:
        """The features of a tile by id."""

        async def work() -> bytes:
            database = async_engine(self.project.url)
            try:
                service = TileService(database, tile_cache(1 << 20), Seeds(self.project.folder))
                return (await service.tile(FeatureQuery(self.layer), self.revision, coord, gzip=False)).content
            finally:
                await database.dispose()

        decoded = mapbox_vector_tile.decode(asyncio.run(work()))
        features = decoded.get(self.layer.id, {"features": []})["features"]
        return {feature["properties"][self.layer.id_field]: feature for feature in features}


def as_arrow(desk: Desk) -> Any:
    import pyarrow as pa

    columns = read_columns(desk.project.workspace.database, desk.revision)
    return pa.table(dict(zip(columns.types, zip(*columns.rows, strict=True), strict=True)))


def far(rows: Rows, *near: str) -> Rows:
    return {key: shape for key, shape in rows.items() if key[1] not in near}


def crack(rows: Rows, level: int) -> float:
    """Units: the width of the widest overlap, and of the widest hole that is no wider than a gap between borders."""
    shapes = shapely.from_wkb([shape for key, shape in rows.items() if key[0] == level])
    assert shapely.is_valid(shapes).all()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    shared = shapely.intersection(shapes[one[one < other]], shapes[other[one < other]])
    whole = shapely.get_parts(shapely.union_all(shapes))
    assert len(whole) == 1
    found = [*shapely.get_parts(shared), *map(shapely.Polygon, whole[0].interiors)]
    wide = [2 * shapely.length(shapely.maximum_inscribed_circle(part)) for part in found if part.area]
    return max(wide, default=0.0)


@pytest.fixture
def desk(field_url: Callable[[], str], tmp_path: Path) -> Iterator[Desk]:
    """A synthetic coverage of 6 by 6 cells."""
    project = Project(tmp_path, field_url())
    project.layer(CELLS)
    project.source("cells.geojson", collection("cell_id", Field(6).polygons()))
    yield Desk(project, "cells")
    project.workspace.database.dispose()


@pytest.fixture(scope="module")
def field_url(
    new_database: Callable[[], str], copy_of_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Makes databases with the cells in them."""
    template = new_database()
    project = Project(tmp_path_factory.mktemp("field"), template)
    project.layer(CELLS)
    project.source("cells.geojson", collection("cell_id", Field(6).polygons()))
    project.run("cells")
    project.workspace.database.dispose()
    return partial(copy_of_database, template)


MIDDLE = ("22", "32")
#: All that touch the two in the middle, by a corner too.
AROUND = tuple(f"{i}{j}" for i in range(1, 5) for j in range(1, 4))


def test_a_border_that_moves_takes_its_neighbours_along_and_nobody_else(desk: Desk) -> None:
    before = desk.rows()
    desk.together({fid: BULGE.polygons()[fid] for fid in MIDDLE})
    after = desk.rows()
    assert far(after, *AROUND) == far(before, *AROUND), "byte for byte"
    assert all(after[level, fid] != before[level, fid] for level in range(6, 9) for fid in MIDDLE)
    assert after.keys() == before.keys()
    fresh = desk.fresh()
    for level in range(4, 9):
        assert crack(after, level) <= 1
        assert all(shapely.equals(*shapely.from_wkb([after[level, fid], fresh[level, fid]])) for fid in MIDDLE)
    assert desk.rows(1) == before, "who reads the former revision sees what he saw"
    area = desk.revision.area
    assert area is not None
    assert BBox(85.51, 52.51, 85.99, 52.74).lies_inside(area)
    assert not area.intersects(BBox(85, 52, 85.4, 53.5))


def test_a_border_in_another_generalisation_is_fitted_into_what_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = desk.rows()
    # another load, or another release, may have left out other vertices
    monkeypatch.setattr("altaigis.etl.levels.tolerance", lambda level: 3e4 / 2**level)
    desk.together({fid: BULGE.polygons()[fid] for fid in MIDDLE})
    after = desk.rows()
    assert far(after, *AROUND) == far(before, *AROUND)
    assert any(after[level, fid] != before[level, fid] for level in range(4, 9) for fid in set(AROUND) - {*MIDDLE})
    assert max(crack(after, level) for level in range(4, 9)) <= 1


def test_what_is_freed_and_taken_again_leaves_no_crack(desk: Desk) -> None:
    """Neighbours that have once been drawn around a hole need not have the borders that they would have without."""
    cells = Field(6).polygons()
    for fid in ("22", "33", "44"):
        desk.move(fid, cells[fid].buffer(-0.004))
        desk.edit("delete", fid)
        whole = {"geom": shapely.geometry.mapping(cells[fid]), "name_ru": "Поле"}
        desk.edit("create", Draft(fid, whole))
    hole = cells["11"].representative_point().buffer(0.02)
    desk.move("11", cells["11"].difference(hole))
    desk.edit("create", Draft("hole", {"geom": shapely.geometry.mapping(hole), "name_ru": "Круг"}))
    after = desk.rows()
    assert max(crack(after, level) for level in range(4, 9)) <= 1


def test_borders_may_come_as_answers_round_them(desk: Desk) -> None:
    cell = Field(6).polygon(2, 2)
    jitter = np.random.default_rng(0).uniform(-4e-8, 4e-8, (len(cell.exterior.coords) - 1, 2))
    rounded = shapely.Polygon(np.array(cell.exterior.coords)[:-1] + jitter)
    desk.edit("delete", "22")
    desk.edit("create", Draft("22", {"geom": shapely.geometry.mapping(rounded), "name_ru": "Поле"}))
    ((kept,),) = desk.project.ask("SELECT ST_AsBinary(geom) FROM layers.cells_r1 WHERE cell_id = '22' AND _since = 3")
    assert shapely.from_wkb(bytes(kept)).equals_exact(cell, 0)
    with pytest.raises(EditRefused, match=r"leaves the border that they share, at 85\.\d+ 52\.\d+; .* of .*22") as told:
        desk.move("22", cell.buffer(0.01))
    assert {"21", "32"} & set(str(told.value).rpartition(" of ")[2].split(", "))


def test_each_operation_shows_in_coarse_tiles(desk: Desk) -> None:
    coord = TileCoord.at(85.6, 52.6, 7)
    before, drawn = desk.tile(coord), desk.rows()
    half = shapely.box(85.55, 52.55, 85.7, 52.7)
    desk.move("22", half)
    moved = desk.tile(coord)
    assert shapely.geometry.shape(moved["22"]["geometry"]).equals(
        shapely.envelope(shapely.geometry.shape(moved["22"]["geometry"]))
    )
    assert {fid: moved[fid] for fid in moved if fid != "22"} == {fid: before[fid] for fid in before if fid != "22"}
    desk.edit("update", "22", Draft(None, {"name_ru": "Новое"}))
    named = desk.tile(coord)["22"]
    assert (named["properties"]["name_ru"], named["geometry"]) == ("Новое", moved["22"]["geometry"])
    assert desk.project.ask("SELECT count(*) FROM layers.cells_r1_levels WHERE _since = 3") == [(0,)]
    assert desk.revision.area is not None
    assert BBox(*half.bounds).lies_inside(desk.revision.area), "coarse tiles show it a unit further"
    desk.edit("delete", "22")
    assert "22" not in desk.tile(coord)
    desk.edit("create", Draft("new", {"geom": shapely.geometry.mapping(Field(6).polygon(2, 2)), "name_ru": "Новое"}))
    again = desk.tile(coord)
    assert again["new"]["geometry"] == before["22"]["geometry"]
    assert max(crack(desk.rows(), level) for level in range(4, 9)) <= 1
    assert {key: shape for key, shape in desk.rows().items() if key[1] != "new"} == far(drawn, "22")


def test_a_rollback_shows_the_levels_of_then(desk: Desk) -> None:
    before = desk.rows()
    desk.edit("delete", "22")
    load.roll_back(desk.project.workspace.database, desk.layer, 1)
    assert (desk.revision.levels, desk.rows()) == ((4, 5, 6, 7, 8), before)
    load.roll_back(desk.project.workspace.database, desk.layer, 2)
    assert desk.rows() == far(before, "22")


def test_who_asks_for_a_zoom_of_a_past_revision_gets_the_shapes_of_then(desk: Desk) -> None:
    first = desk.revision
    desk.move("22", shapely.box(85.55, 52.55, 85.7, 52.7))

    def vertices(revision: Revision, zoom: int) -> int:
        rows = state(desk.layer, revision, zoom)
        asked = select(func.ST_NPoints(rows.c[SHOWN])).where(rows.c.cell_id == "22")
        with desk.project.workspace.database.connect() as connection:
            return int(connection.execute(asked).scalar_one())

    assert vertices(first, 8) > vertices(first, 5) > vertices(desk.revision, 5) == 5


def test_a_load_makes_levels_of_what_people_have_drawn(desk: Desk) -> None:
    desk.together({fid: BULGE.polygons()[fid] for fid in MIDDLE})
    desk.edit("delete", "55")
    rough = Field(6, shifts={((1, 0), (1, 1)): 0.05}).polygons()
    desk.project.source("cells.geojson", collection("cell_id", rough))
    assert desk.project.run("cells").outcome == "loaded"
    assert desk.rows() == desk.fresh()
    assert (8, "55") not in desk.rows()
    assert max(crack(desk.rows(), level) for level in range(4, 9)) <= 1


def test_a_layer_that_was_loaded_before_there_were_levels(desk: Desk) -> None:
    coord = TileCoord.at(85.6, 52.6, 7)
    with psycopg.connect(desk.project.url) as connection:
        connection.execute("UPDATE altaigis.revisions SET levels = '{}'")
        connection.execute("DROP TABLE layers.cells_r1_levels")
    desk.edit("delete", "22")
    assert desk.revision.levels == ()
    assert desk.tile(coord).keys() >= {"21", "23"}
    desk.project.source("cells.geojson", collection("cell_id", BULGE.polygons()))
    desk.project.run("cells")
    assert (desk.revision.levels, desk.rows()) == ((4, 5, 6, 7, 8), desk.fresh())
    load.roll_back(desk.project.workspace.database, desk.layer, 1)
    assert desk.revision.levels == ()
    assert "22" in desk.tile(coord)


@pytest.mark.parametrize("at", ["altaigis.services.editing._relevelled", "altaigis.store.levels._areas"])
def test_what_fails_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    def broken(*_: object) -> None:
        raise AltaiError("a fault")

    state = desk.rows(), desk.revision, desk.project.table("cells")
    monkeypatch.setattr(at, broken)
    with pytest.raises(AltaiError, match="a fault"):
        desk.move("22", shapely.box(85.55, 52.55, 85.7, 52.7))
    assert (desk.rows(), desk.revision, desk.project.table("cells")) == state


def test_lines_are_drawn_anew_each_by_itself(empty_project: Project) -> None:
    empty_project.layer(PATHS)
    lines = {number: shapely.LineString(Field(6).border((0, number), (1, number))) for number in range(3)}
    empty_project.source("paths.geojson", collection("path_id", lines))
    empty_project.run("paths")
    desk = Desk(empty_project, "paths")
    before = desk.rows()
    desk.move("1", shapely.LineString(Field(6).border((1, 0), (1, 1))))
    after = desk.rows()
    assert far(after, "1") == far(before, "1")
    assert after == desk.fresh()
    assert all(after[level, "1"] != before[level, "1"] for level in (6, 7, 8))
