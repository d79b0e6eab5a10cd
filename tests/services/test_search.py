"""Search in layers of one's own: what is edited, lines with whole numbers for ids, and layers that are too large."""

import asyncio
import json

import pytest

from altaigis.services import search
from altaigis.services.ledger import Ledger
from altaigis.services.search import Place, SearchService
from altaigis.store.edits import editing
from altaigis.store.pool import async_engine
from projects import CSV, POINTS, Project, head

ROADS = (
    head("roads", "roads.geojson")
    + """\
  road_id: {role: id, type: integer}
  name_ru: {role: title, type: text}
  geom: {role: geometry, type: LineString}
search: true
"""
)
#: A road in two parts, the second the longer, and a nameless one.
LINES = {
    1: ("Чуйский тракт", [[84.0, 52.0], [84.1, 52.0]]),
    2: ("Чуйский тракт", [[84.1, 52.0], [85.0, 52.5]]),
    3: (None, [[83.0, 52.0], [83.5, 52.0]]),
}


def roads() -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"road_id": number, "name_ru": name},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for number, (name, line) in LINES.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture
def project(empty_project: Project) -> Project:
    empty_project.layer(POINTS + "editable: true\nsearch: true\n")
    empty_project.source("sites.csv", CSV)
    empty_project.layer(ROADS)
    empty_project.source("roads.geojson", roads())
    for name in ("sites", "roads"):
        empty_project.run(name)
    return empty_project


def ask(project: Project, *questions: str, rename: str = "") -> list[list[Place]]:
    """Ask one service for these; with ``rename``, the site b gets this name before the last question."""

    async def work() -> list[list[Place]]:
        database = async_engine(project.url)
        try:
            ledger = Ledger(database)
            service = SearchService(database, ledger, project.catalog)
            answers = [await service.search(words, 10) for words in questions[:-1]]
            if rename:
                layer = project.catalog.layer("sites")
                with editing(project.workspace.database, layer, "anna") as editor:
                    editor.update("b", {"name_ru": rename})
                await ledger.look()
            return [*answers, await service.search(questions[-1], 10)]
        finally:
            await database.dispose()

    return asyncio.run(work())


def test_a_name_that_is_edited_is_found_anew(project: Project) -> None:
    before, after = ask(project, "белакуриха", "белакуриха", rename="Топчиха")
    assert [(place.fid, place.approximate) for place in before] == [("b", True)]
    assert after == []
    (renamed,) = ask(project, "топчыха")
    assert [place.name_ru for place in renamed] == ["Топчиха"]


@pytest.mark.parametrize("words", ["чуйский", "чюйский", "Chuiskii trakt", "xeqcrbq"])
def test_lines_of_one_name_are_one_with_the_extent_of_all(project: Project, words: str) -> None:
    ((road,),) = ask(project, words)
    assert (road.layer, road.fid) == ("roads", "2")
    assert road.extent
    assert road.extent.as_list() == pytest.approx([84.0, 52.0, 85.0, 52.5])


def test_what_has_no_place_is_found_and_what_has_no_name_is_not(project: Project) -> None:
    places, nameless = ask(project, "без мезта", "3")
    assert [(place.fid, place.point, place.extent) for place in places] == [("c", None, None)]
    assert nameless == []


def test_names_of_a_layer_that_is_too_large_are_found_as_they_are_written(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_NAMES", 2)
    written, misspelt = ask(project, "белокуриха", "белакуриха")
    assert [place.fid for place in written] == ["b"]
    assert misspelt == []


def test_a_layer_that_is_not_loaded_yet_has_no_names(sites_project: Project) -> None:
    sites_project.layer(POINTS + "search: true\n")
    assert ask(sites_project, "белокуриха", "белакуриха") == [[], []]
