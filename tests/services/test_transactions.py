"""Transactions in a real PostGIS: all of it or nothing, one revision, and the rules of what is left behind."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from altaigis.domain.edit import Draft
from altaigis.domain.expression import Expression
from altaigis.domain.key import Key
from altaigis.domain.layer import Layer
from altaigis.domain.transaction import Action, Changed, Delete, Insert, Outcome, Replace, Transaction, Update
from altaigis.errors import (
    AltaiError,
    EditRefused,
    FeatureExists,
    FeatureNotFound,
    NotComputable,
    NotEditable,
    TransactionRefused,
)
from altaigis.filters import cql2_text
from altaigis.filters.resolve import resolve
from altaigis.services import transactions
from altaigis.services.editing import EditingService
from altaigis.services.ledger import Ledger
from altaigis.store import keys
from altaigis.store.edits import read_log
from altaigis.store.pool import async_engine
from projects import Project, head, squares

ZONES = head("zones", "zones.csv") + "  zone_id: {role: id, type: text}\n"
ZONES = ZONES.replace("theme", "kind: table\ntheme")
SITES = (
    head("sites", "sites.csv", "crs: EPSG:4326", "geometry: {x: lon, y: lat}")
    + """\
  site_id: {role: id, type: text}
  name_ru: {role: title, type: text, required: true}
  code: {type: text, unique: true}
  zone_id: {type: text, references: {layer: zones}}
  visitors: {type: integer, range: [0, 1000]}
  beds: {type: number}
  per_bed: {type: number, digits: 2, compute: {ratio: [visitors, beds]}}
  seen: {type: datetime}
  geom: {role: geometry, type: Point}
editable: true
"""
)
CSV = """\
site_id,name_ru,code,zone_id,visitors,beds,seen,lon,lat
a,Ая,aa,west,10,4,2020-01-01T00:00:00.5Z,85.85,51.9
b,Белокуриха,bb,east,20,,,84.98,52.0
c,Без места,cc,,30,2,,,
"""
SHAPES = (
    head("shapes", "shapes.geojson")
    + """\
  square_id: {role: id, type: integer}
  name_ru: {role: title, type: text}
  geom: {role: geometry, type: MultiPolygon, required: true}
editable: true
coverage: true
checks: {count: 2}
"""
)


class Desk:
    """The service on a project of two editable layers."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.sites, self.shapes, self.zones = map(project.catalog.layer, ("sites", "shapes", "zones"))
        token = keys.add(project.workspace.database, "anna", ("edit:sites", "edit:shapes"))
        self.key = keys.find(project.workspace.database, token)

    def do(self, *actions: Action, key: Key | None = None) -> Outcome:
        async def transact() -> Outcome:
            database = async_engine(self.project.url)
            try:
                service = EditingService(self.project.workspace.database, Ledger(database))
                assert self.key is not None
                return await service.transact(key or self.key, Transaction(actions))
            finally:
                await database.dispose()

        return asyncio.run(transact())

    def shown(self) -> dict[str, Any]:
        """Name, visitors and visitors per bed of the sites, by id."""
        rows = self.project.table("sites", "site_id, name_ru, visitors, per_bed, _until")
        return {fid: tuple(values) for fid, *values, until in rows if until == 2**31 - 1}

    def state(self) -> list[Any]:
        """All that the store knows of edits and versions."""
        asked = (
            "SELECT layer, fid, revision FROM altaigis.edits ORDER BY edit",
            "SELECT layer, number FROM altaigis.current ORDER BY layer",
            "SELECT layer, fid, since, until FROM altaigis.touched ORDER BY 1, 2, 3",
            "SELECT site_id, _since, _until FROM layers.sites_r1 ORDER BY 1, 2",
        )
        return [self.project.ask(query) for query in asked]


@pytest.fixture
def desk(empty_project: Project) -> Iterator[Desk]:
    for text in (ZONES, SITES, SHAPES):
        empty_project.layer(text)
    empty_project.source("zones.csv", "zone_id\nwest\neast\n")
    empty_project.source("sites.csv", CSV)
    shapes = squares(("1", 85, 51, 85.5, 51.5), ("2", 85.5, 51, 86, 51.5))
    empty_project.source("shapes.geojson", shapes)
    for name in ("zones", "sites", "shapes"):
        empty_project.run(name)
    return Desk(empty_project)


def where(layer: Layer, text: str) -> Expression:
    return resolve(cql2_text.parse(text), layer)


def insert(desk: Desk, fid: str | None, handle: str | None = None, **values: Any) -> Insert:
    return Insert(desk.sites, (Draft(fid, {"name_ru": "Новое", **values}),), handle)


def update(desk: Desk, text: str, handle: str | None = None, **values: Any) -> Update:
    return Update(desk.sites, where(desk.sites, text), values, handle)


def rectangle(west: float, east: float) -> dict[str, Any]:
    ring = [[west, 51], [east, 51], [east, 51.5], [west, 51.5], [west, 51]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_all_kinds_are_one_revision_of_each_layer(desk: Desk) -> None:
    point = {"type": "Point", "coordinates": [85, 52]}
    done = desk.do(
        Insert(desk.sites, (Draft("n", {"name_ru": "Новое", "visitors": 8, "beds": 2, "geom": point}),), "first"),
        update(desk, "visitors > 9", "all", visitors=100),
        update(desk, "site_id = 'n'", "mine", name_ru="Новейшее"),
        Replace(desk.sites, where(desk.sites, "site_id = 'b'"), Draft(None, {"name_ru": "Б"}), "whole"),
        Delete(desk.sites, where(desk.sites, "site_id IN ('c', 'nobody')"), "gone"),
        Update(desk.shapes, None, {"name_ru": "Квадрат"}, "shapes"),
    )
    assert done.inserted == (Changed("first", "sites", "n"),)
    assert [(changed.handle, changed.layer, changed.fid) for changed in done.updated] == [
        ("all", "sites", "a"), ("all", "sites", "b"), ("all", "sites", "c"), ("mine", "sites", "n"),
        ("shapes", "shapes", "1"), ("shapes", "shapes", "2"),
    ]  # fmt: skip
    assert done.replaced == (Changed("whole", "sites", "b"),)
    assert done.deleted == (Changed("gone", "sites", "c"),)
    assert desk.shown() == {"a": ("Ая", 100, 25.0), "b": ("Б", None, None), "n": ("Новейшее", 8, 4.0)}
    assert (desk.project.number("sites"), desk.project.number("shapes")) == (2, 2)
    log = read_log(desk.project.workspace.database, desk.sites)
    assert {edit.revision for edit in log} == {2}
    assert {edit.who for edit in log} == {"key anna"}
    assert [(edit.operation, edit.fid, edit.fields) for edit in reversed(log)][:4] == [
        ("insert", "n", ("site_id", "name_ru", "code", "zone_id", "visitors", "beds", "seen", "geom")),
        ("update", "a", ("visitors",)), ("update", "b", ("visitors",)), ("update", "c", ("visitors",)),
    ]  # fmt: skip


def test_an_update_leaves_the_other_fields_as_they_are(desk: Desk) -> None:
    desk.do(update(desk, "site_id = 'a'", visitors=11))
    (edit,) = read_log(desk.project.workspace.database, desk.sites, "a")
    assert edit.former is not None
    assert edit.latter == {**edit.former, "visitors": 11, "per_bed": 2.75}


def test_the_id_that_a_feature_has_may_be_sent_with_an_update(desk: Desk) -> None:
    desk.do(update(desk, "site_id = 'a'", site_id="a", visitors=12))
    (edit,) = read_log(desk.project.workspace.database, desk.sites, "a")
    assert edit.latter is not None
    assert edit.latter["visitors"] == 12


def test_a_later_action_sees_what_the_earlier_have_done(desk: Desk) -> None:
    done = desk.do(
        *(insert(desk, fid, visitors=500) for fid in ("x", "y")),
        update(desk, "visitors = 500", visitors=501),
        Delete(desk.sites, where(desk.sites, "visitors = 501 AND site_id = 'x'")),
        insert(desk, "x", visitors=7),
        update(desk, "site_id = 'x'", beds=2),
        update(desk, "site_id = 'x'", beds=7),
    )
    assert [changed.fid for changed in done.updated] == ["x", "y", "x", "x"]
    assert desk.shown()["x"] == ("Новое", 7, 1.0)
    assert desk.shown()["y"][1] == 501
    assert desk.project.number("sites") == 2


def test_what_is_left_behind_keeps_the_rules(desk: Desk) -> None:
    exchange = [update(desk, "site_id = 'a'", code="bb"), update(desk, "site_id = 'b'", code="aa")]
    assert len(desk.do(*exchange).updated) == 2
    wider = [
        Update(desk.shapes, where(desk.shapes, "square_id = 1"), {"geom": rectangle(85, 85.7)}),
        Update(desk.shapes, where(desk.shapes, "square_id = 2"), {"geom": rectangle(85.7, 86)}),
    ]
    assert len(desk.do(*wider).updated) == 2
    one = Delete(desk.shapes, where(desk.shapes, "square_id = 2"))
    again = Insert(desk.shapes, (Draft("3", {"name_ru": "3", "geom": rectangle(85.7, 86)}),))
    assert len(desk.do(one, again).inserted) == 1
    assert desk.project.number("shapes") == 3


def test_two_of_the_same_layers_never_wait_for_each_other(desk: Desk) -> None:
    shapes = Update(desk.shapes, None, {"name_ru": "Квадрат"})
    ready = threading.Barrier(4)

    def do(number: int) -> int:
        actions = [insert(desk, f"n{number}"), shapes]
        ready.wait()
        return len(desk.do(*(reversed(actions) if number % 2 else actions)).inserted)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(do, range(4))) == [1, 1, 1, 1]
    assert (desk.project.number("sites"), desk.project.number("shapes")) == (5, 5)


Broken = Callable[[Desk], Action]
BROKEN: list[tuple[Broken, str | None, type[AltaiError], str]] = [
    (lambda desk: insert(desk, "a", "h"), "a", FeatureExists, "has a feature 'a' already"),
    (lambda desk: insert(desk, "good", "h"), "good", FeatureExists, "'good'"),
    (lambda desk: insert(desk, "x/y", "h"), "x/y", EditRefused, "cannot stand in an address"),
    (lambda desk: insert(desk, "x", "h", nothing=1), "x", EditRefused, "nothing: is no property"),
    (lambda desk: insert(desk, "x", "h", visitors=-1), "x", EditRefused, "visitors: must lie between 0"),
    (lambda desk: insert(desk, "x", "h", visitors="5"), "x", EditRefused, "is not of type integer"),
    (lambda desk: insert(desk, "x", "h", name_ru=None), "x", EditRefused, "name_ru: the value is missing"),
    (lambda desk: insert(desk, "x", "h", code="aa"), "x", EditRefused, "stands in an earlier row"),
    (lambda desk: insert(desk, "x", "h", code="good"), "x", EditRefused, "stands in an earlier row"),
    (lambda desk: insert(desk, "x", "h", zone_id="north"), "x", EditRefused, "'north' is no zone_id of layer zones"),
    (lambda desk: Insert(desk.shapes, (Draft(None, {}),), "h"), None, EditRefused, "ids of this layer are whole"),
    (lambda desk: update(desk, "site_id = 'b'", "h", site_id="z"), "b", EditRefused, "id of a feature cannot be"),
    (lambda desk: update(desk, "site_id = 'b'", "h", code="aa"), "b", EditRefused, "stands in an earlier row"),
    (lambda desk: Replace(desk.sites, where(desk.sites, "site_id = 'z'"), Draft(None, {}), "h"), None,
     FeatureNotFound, "no feature that the filter selects"),
    (lambda desk: Replace(desk.sites, where(desk.sites, "TRUE"), Draft(None, {}), "h"), None, EditRefused, "selects 4"),
    (lambda desk: Delete(desk.shapes, where(desk.shapes, "square_id = 2"), "h"), None, EditRefused, "but 1 are good"),
    (lambda desk: insert(desk, "x", "h", beds=1e308, visitors=2**63 - 1), "x", EditRefused, "visitors: must lie"),
    (lambda desk: Delete(desk.sites, where(desk.sites, "beds * 1e308 * 1e308 > 0"), "h"), None,
     NotComputable, "cannot be computed"),
    (lambda desk: Update(desk.shapes, where(desk.shapes, "square_id = 2"), {"geom": rectangle(85.4, 86)}, "h"), None,
     EditRefused, "overlaps its neighbours"),
]  # fmt: skip


def test_whatever_is_wrong_nothing_is_changed(desk: Desk) -> None:
    before = desk.state()
    for broken, fid, cause, told in BROKEN:
        with pytest.raises(TransactionRefused, match=told) as caught:
            desk.do(insert(desk, "good", "g", code="good"), broken(desk))
        known = fid and f"sites.{fid.replace('/', '_x002F_')}"
        assert (caught.value.handle, caught.value.fid) == ("h", known), told
        assert isinstance(caught.value.cause, cause)
    assert desk.state() == before


def test_what_may_not_be_edited(desk: Desk) -> None:
    before = desk.state()
    with pytest.raises(NotEditable, match="'zones'"):
        desk.do(insert(desk, "x"), Insert(desk.zones, (Draft("x", {}),)))
    assert desk.key is not None
    keys.revoke(desk.project.workspace.database, "anna")
    with pytest.raises(AltaiError, match="revoked"):
        desk.do(insert(desk, "x"))
    assert desk.state() == before
    assert desk.do() == Outcome()


def test_many_features_and_too_many(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    many = tuple(insert(desk, f"n{number}", f"h{number}", visitors=number) for number in range(600))
    assert len(desk.do(*many).inserted) == 600
    assert len(desk.shown()) == 603
    ((report,),) = desk.project.ask("SELECT report FROM altaigis.revisions WHERE layer = 'sites' AND number = 2")
    assert (len(report["edits"]), report["edits"][-1]) == (101, "and 500 more")
    assert len(desk.do(update(desk, "visitors < 600", beds=1.0)).updated) == 603
    monkeypatch.setattr(transactions, "MOST", 500)
    before = desk.state()
    for action in (Delete(desk.sites, where(desk.sites, "TRUE"), "h"), update(desk, "TRUE", "h", beds=2.0)):
        with pytest.raises(TransactionRefused, match="more than 500 features"):
            desk.do(action)
    assert desk.state() == before
