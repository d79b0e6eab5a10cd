"""Create, replace, update and delete over HTTP: what is taken, what is refused and why, and who comes first."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from altaigis.api import editing as door
from altaigis.app import create_app
from altaigis.client import Client
from altaigis.errors import (
    EditConflict,
    EditRefused,
    FeatureExists,
    FeatureNotFound,
    Forbidden,
    ServiceError,
    Unauthorized,
)
from altaigis.settings import Settings
from altaigis.store import keys, load
from altaigis.store.revisions import current_revisions
from projects import Project, head

ZONES = (
    head("zones", "zones.geojson")
    + """\
  zone_id: {role: id, type: text}
  geom: {role: geometry, type: Polygon}
"""
)
SITES = (
    head("sites", "sites.csv", "crs: EPSG:4326", "geometry: {x: lon, y: lat}")
    + """\
  site_id: {role: id, type: text}
  name_ru: {role: title, type: text, required: true}
  code: {type: text, unique: true, pattern: '[a-z]{2}'}
  kind: {type: text, values: [lake, hill]}
  zone_id: {type: text, references: {layer: zones}}
  visitors: {type: integer, from: people, range: [0, 1000000]}
  beds: {type: number, range: [0, null]}
  per_bed: {type: number, digits: 2, compute: {ratio: [visitors, beds]}}
  open: {type: boolean}
  founded: {type: date, range: [1700-01-01, today]}
  seen: {type: datetime}
  geom: {role: geometry, type: Point}
editable: true
checks:
  relations:
    - {relation: within, layer: zones, severity: warning}
"""
)
CSV = """\
site_id,name_ru,code,kind,zone_id,people,beds,open,founded,seen,lon,lat
a,Озеро Ая,aa,lake,west,10,4,да,2001-02-03,2020-01-01T00:00:00.5Z,85.123456789,51.9
b,Белокуриха,,,,,,,,,84.98,52.0
c,Без места,,,,3,,,,,,
"""
SHAPES = (
    head("shapes", "shapes.geojson")
    + """\
  shape_id: {role: id, type: integer}
  area_km2: {type: number, digits: 3, compute: geodesic_area_km2}
  geom: {role: geometry, type: MultiPolygon, required: true}
editable: true
coverage: true
checks: {count: 2}
"""
)
ITEMS = "/collections/sites/items"
GEOJSON = {"Content-Type": "application/geo+json"}
PATCH = {"Content-Type": "application/merge-patch+json"}


def square(west: float, south: float, size: float) -> dict[str, Any]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def collection(key: str, shapes: dict[Any, dict[str, Any]]) -> str:
    features = [{"type": "Feature", "properties": {key: fid}, "geometry": shape} for fid, shape in shapes.items()]
    return json.dumps({"type": "FeatureCollection", "features": features})


class Desk:
    """The server of a project with two editable layers, and the keys to them."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.app = create_app(Settings(project=project.folder, database_url=project.url), project.catalog, project.url)
        self.http = TestClient(self.app, raise_server_exceptions=False)
        self.token = keys.add(project.workspace.database, "anna", ("edit:sites", "edit:shapes"))
        self.key = {"Authorization": f"Bearer {self.token}"}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request with the key; ``If_Match=…`` is the header If-Match."""
        form = PATCH if method == "PATCH" else GEOJSON
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = self.key | (form if content is not None else {}) | told
        return self.http.request(method, path, content=content, headers=sent)

    def get(self, fid: str, **parameters: str) -> httpx.Response:
        return self.http.get(f"{ITEMS}/{fid}", params=parameters)

    def state(self) -> list[tuple[Any, ...]]:
        """All that the store knows of edits and versions."""
        with psycopg.connect(self.project.url) as connection:
            return [
                *connection.execute("SELECT layer, fid, revision FROM altaigis.edits ORDER BY edit").fetchall(),
                *connection.execute("SELECT layer, number FROM altaigis.current ORDER BY layer").fetchall(),
            ]


@pytest.fixture(scope="module")
def project(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = Project(tmp_path_factory.mktemp("project"), new_database())
    for layer in (ZONES, SITES, SHAPES):
        made.layer(layer)
    made.source("zones.geojson", collection("zone_id", {"west": square(84, 51, 1.05), "east": square(85.05, 51, 2)}))
    made.source("sites.csv", CSV)
    made.source("shapes.geojson", collection("shape_id", {1: square(85, 51, 0.5), 2: square(85.5, 51, 0.5)}))
    for name in ("zones", "sites", "shapes"):
        made.run(name)
    yield made
    made.workspace.database.dispose()


@pytest.fixture(scope="module")
def desk(project: Project) -> Iterator[Desk]:
    made = Desk(project)
    with made.http:
        yield made


@pytest.fixture
def fid(desk: Desk) -> str:
    """A new feature of the test's own."""
    answer = desk.send("POST", ITEMS, feature())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def feature(geometry: Any = (85.3, 52.0), fid: Any = None, **properties: Any) -> dict[str, Any]:
    shape = {"type": "Point", "coordinates": list(geometry)} if isinstance(geometry, tuple) else geometry
    document = {"type": "Feature", "geometry": shape, "properties": {"name_ru": "Новое место", **properties}}
    return document if fid is None else {**document, "id": fid}


def refused(answer: httpx.Response, *told: str, status: int = 400, code: str = "InvalidBody") -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    for words in told:
        assert words in answer.json()["description"]


class TestCreate:
    def test_a_feature_is_there_at_once(self, desk: Desk) -> None:
        before = desk.http.get(ITEMS).json()["numberMatched"]
        answer = desk.send("POST", ITEMS, feature(kind="hill", visitors=7, beds=2.0, open=True, founded="1999-12-31"))
        assert answer.status_code == 201
        assert answer.headers["content-type"] == "application/geo+json"
        place = answer.headers["location"]
        got = desk.http.get(place)
        assert got.headers["etag"] == answer.headers["etag"]
        assert got.content == answer.content
        made = got.json()
        assert place.endswith(f"{ITEMS}/{made['id']}")
        assert made["geometry"] == {"type": "Point", "coordinates": [85.3, 52]}
        told = made["properties"]
        assert (told["visitors"], told["per_bed"], told["open"], told["founded"]) == (7, 3.5, True, "1999-12-31")
        assert desk.http.get(ITEMS).json()["numberMatched"] == before + 1
        assert desk.http.get("/collections/sites").json()["itemCount"] == before + 1

    def test_its_id_may_be_given(self, desk: Desk) -> None:
        for number, fid in enumerate(["Зимовье №1", "a b?c#d%&", "x" * 200]):
            sent = feature(fid=fid) if number else feature(site_id=fid)
            answer = desk.send("POST", ITEMS, sent)
            assert (answer.status_code, answer.json()["id"]) == (201, fid)
            assert desk.http.get(answer.headers["location"]).json()["id"] == fid
            assert desk.send("DELETE", answer.headers["location"]).status_code == 204

    def test_an_id_that_is_taken(self, desk: Desk) -> None:
        refused(desk.send("POST", ITEMS, feature(fid="a")), "'a'", status=409, code="FeatureExists")

    @pytest.mark.parametrize("fid", ["", "a/b", ".", "..", " a", "a\n", "\x00", "x" * 201, 1.5, True, ["a"], {}])
    def test_an_id_that_cannot_be_asked_for(self, desk: Desk, fid: Any) -> None:
        refused(desk.send("POST", ITEMS, {**feature(), "id": fid}), "id: ")

    def test_two_ids(self, desk: Desk) -> None:
        refused(desk.send("POST", ITEMS, feature(fid="x", site_id="y")), "site_id: ")

    def test_a_whole_number_as_id(self, desk: Desk) -> None:
        path = "/collections/shapes/items"
        refused(desk.send("POST", path, {**feature(), "properties": {}}), "id: is missing")
        refused(desk.send("POST", path, {**feature(fid="x"), "properties": {}}), "id: 'x'")

    def test_no_place(self, desk: Desk) -> None:
        answer = desk.send("POST", ITEMS, feature(None))
        assert (answer.status_code, answer.json()["geometry"]) == (201, None)

    def test_what_a_load_would_warn_of(self, desk: Desk) -> None:
        answer = desk.send("POST", ITEMS, feature((95.0, 55.0)))
        assert answer.status_code == 201
        assert answer.json()["altai:warnings"] == ["lies in no feature of layer zones"]
        got = desk.http.get(answer.headers["location"])
        assert "altai:warnings" not in got.json()
        assert got.headers["etag"] == answer.headers["etag"]


class TestReplace:
    def test_what_is_not_named_becomes_null(self, desk: Desk) -> None:
        path = desk.send("POST", ITEMS, feature(visitors=1, kind="lake")).headers["location"]
        answer = desk.send("PUT", path, feature((85.4, 52.1), name_ru="Другое", visitors=5))
        assert answer.status_code == 200
        told = desk.http.get(path).json()
        assert told == answer.json()
        assert (told["properties"]["name_ru"], told["properties"]["visitors"]) == ("Другое", 5)
        assert told["properties"]["kind"] is None
        assert told["geometry"]["coordinates"] == [85.4, 52.1]

    def test_what_was_read_can_be_sent_back(self, desk: Desk) -> None:
        """With links, computed fields and rounded coordinates: only what was changed counts as changed."""
        read = desk.get("a").json()
        read["properties"] |= {"name_ru": "Ая", "per_bed": 99}
        assert desk.send("PUT", f"{ITEMS}/a", read).status_code == 200
        assert desk.get("a").json()["properties"] | {"name_ru": None} == read["properties"] | {
            "per_bed": 2.5,
            "name_ru": None,
        }
        ((fields,),) = desk.project.ask("SELECT fields FROM altaigis.edits WHERE fid = 'a' ORDER BY edit DESC LIMIT 1")
        assert fields == ["name_ru"]

    def test_nothing_is_made_where_nothing_is(self, desk: Desk) -> None:
        for headers in ({}, {"If_Match": '"xyz"'}, {"If_Match": "*"}):
            answer = desk.send("PUT", f"{ITEMS}/nowhere", feature(), **headers)
            refused(answer, "'nowhere'", status=404, code="NotFound")
        assert desk.get("nowhere").status_code == 404

    def test_the_id_stays(self, desk: Desk, fid: str) -> None:
        for document in (feature(fid="other"), feature(site_id="other")):
            refused(desk.send("PUT", f"{ITEMS}/{fid}", document), "cannot be changed")
        assert desk.send("PUT", f"{ITEMS}/{fid}", feature(fid=fid, site_id=fid)).status_code == 200


class TestUpdate:
    def test_what_is_not_named_stays(self, desk: Desk, fid: str) -> None:
        path = f"{ITEMS}/{fid}"
        assert desk.send("PATCH", path, {"properties": {"visitors": 8, "beds": 3}}).status_code == 200
        answer = desk.send("PATCH", path, {"properties": {"visitors": None, "open": False}})
        assert answer.status_code == 200
        told = answer.json()
        assert told == desk.get(fid).json()
        properties = told["properties"]
        assert (properties["visitors"], properties["beds"], properties["open"]) == (None, 3, False)
        assert (properties["per_bed"], properties["name_ru"]) == (None, "Новое место")
        assert told["geometry"]["coordinates"] == [85.3, 52]
        ((fields,),) = desk.project.ask("SELECT fields FROM altaigis.edits ORDER BY edit DESC LIMIT 1")
        assert sorted(fields) == ["open", "visitors"]

    def test_the_place(self, desk: Desk, fid: str) -> None:
        # a merge patch: the members that it does not name stay as they are
        answer = desk.send("PATCH", f"{ITEMS}/{fid}", {"geometry": {"coordinates": [84.5, 51.5]}})
        assert answer.json()["geometry"] == {"type": "Point", "coordinates": [84.5, 51.5]}
        answer = desk.send("PATCH", f"{ITEMS}/{fid}", {"type": "Feature", "id": fid, "geometry": None})
        assert (answer.status_code, answer.json()["geometry"]) == (200, None)
        refused(desk.send("PATCH", f"{ITEMS}/{fid}", {"geometry": {"coordinates": [84.5, 51.5]}}), "geometry: type")

    def test_nothing(self, desk: Desk, fid: str) -> None:
        before = desk.get(fid)
        answer = desk.send("PATCH", f"{ITEMS}/{fid}", {})
        assert (answer.status_code, answer.headers["etag"]) == (200, before.headers["etag"])

    def test_the_id_stays(self, desk: Desk, fid: str) -> None:
        for patch in ({"id": "other"}, {"properties": {"site_id": "other"}}):
            refused(desk.send("PATCH", f"{ITEMS}/{fid}", patch), "cannot be changed")

    def test_properties_stand_in_properties(self, desk: Desk, fid: str) -> None:
        refused(desk.send("PATCH", f"{ITEMS}/{fid}", {"visitors": 1}), "visitors: ", "in the member properties")
        refused(desk.send("PATCH", f"{ITEMS}/{fid}", {"properties": {"geom": None}}), "geom: ", "member geometry")

    def test_null_takes_all_properties_away(self, desk: Desk, fid: str) -> None:
        refused(desk.send("PATCH", f"{ITEMS}/{fid}", {"properties": None}), "name_ru: the value is missing")


class TestDelete:
    def test_it_is_gone_and_its_past_is_not(self, desk: Desk, fid: str) -> None:
        shown = current_revisions(desk.project.workspace.database)["sites"].number
        answer = desk.send("DELETE", f"{ITEMS}/{fid}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert desk.get(fid).status_code == 404
        assert desk.get(fid, asOf=str(shown)).json()["properties"]["name_ru"] == "Новое место"
        refused(desk.send("DELETE", f"{ITEMS}/{fid}"), status=404, code="NotFound")

    def test_tiles_and_counts_follow(self, desk: Desk) -> None:
        there = {"bbox": "100,51,101,52", "filter": "geom IS NOT NULL"}
        tile = "/tiles/sites/9/399/170.mvt"
        path = desk.send("POST", ITEMS, feature((100.7, 51.2))).headers["location"]
        full = desk.http.get(tile)
        assert full.status_code == 200
        assert desk.http.get(ITEMS, params=there).json()["numberMatched"] == 1
        assert desk.send("DELETE", path).status_code == 204
        assert desk.http.get(tile).status_code == 204
        assert desk.http.get(ITEMS, params=there).json()["numberMatched"] == 0


class TestWhatIsRefused:
    """Every refusal names what is wrong, and changes nothing."""

    @pytest.fixture(autouse=True)
    def _nothing_changes(self, desk: Desk) -> Iterator[None]:
        before = desk.state()
        yield
        assert desk.state() == before

    @pytest.mark.parametrize(
        ("properties", "told"),
        [
            ({"name_ru": None}, "name_ru: the value is missing"),
            ({"name_ru": "  "}, "name_ru: the value is missing"),
            ({"name_ru": 7}, "name_ru: 7 is not of type text"),
            ({"name_ru": "a\x00b"}, "name_ru: "),
            ({"name_ru": {"ru": "x"}}, 'name_ru: {"ru": "x"} is not of type text'),
            ({"visitors": "7"}, 'visitors: "7" is not of type integer'),
            ({"visitors": 7.5}, "visitors: 7.5 is not of type integer"),
            ({"visitors": True}, "visitors: true is not of type integer"),
            ({"visitors": 10**30}, "visitors: "),
            ({"visitors": -1}, "visitors: must lie between 0 and 1000000, got -1"),
            ({"beds": "много"}, 'beds: "много" is not of type number'),
            ({"beds": -0.5}, "beds: must lie between 0 and any"),
            ({"open": 1}, "open: 1 is not of type boolean"),
            ({"open": "да"}, 'open: "да" is not of type boolean'),
            ({"founded": "вчера"}, "founded: 'вчера' is no date"),
            ({"founded": "2024-02-30"}, "founded: '2024-02-30' is on no day"),
            ({"founded": "1650-01-01"}, "founded: must lie between 1700-01-01 and today"),
            ({"founded": "2999-01-01"}, "founded: must lie between"),
            ({"founded": 2024}, "founded: 2024 is not of type date"),
            ({"seen": "2024-01-01T00:00:00"}, "seen: '2024-01-01T00:00:00' has no time zone"),
            ({"kind": "swamp"}, "kind: must be one of lake, hill, got 'swamp'"),
            ({"code": "A1"}, "code: must match [a-z]{2}, got 'A1'"),
            ({"code": "aa"}, "code: the value stands in an earlier row, got 'aa'"),
            ({"zone_id": "north"}, "zone_id: 'north' is no zone_id of layer zones"),
            ({"colour": "red"}, "colour: is no property of layer 'sites', which has name_ru, code"),
            ({"geom": None}, "geom: stands in the member geometry"),
        ],
    )
    def test_values(self, desk: Desk, properties: dict[str, Any], told: str) -> None:
        refused(desk.send("POST", ITEMS, feature(**properties)), told)
        refused(desk.send("PATCH", f"{ITEMS}/b", {"properties": properties}), told)

    def test_everything_that_is_wrong_is_told(self, desk: Desk) -> None:
        wrong = feature(name_ru=None, visitors=-1, kind="swamp", zone_id="north")
        refused(desk.send("POST", ITEMS, wrong), "name_ru: ", "visitors: ", "kind: ", "zone_id: ")
        wrong = feature(founded="2024-02-30", visitors=-1, kind="swamp")
        refused(desk.send("POST", ITEMS, wrong), "founded: '2024-02-30' is on no day", "visitors: ", "kind: ")
        refused(desk.send("POST", ITEMS, feature(colour="red", size=1)), "colour, size: are no properties")

    @pytest.mark.parametrize(
        ("geometry", "told"),
        [
            (5, "geometry: is neither"),
            ([85, 52], "geometry: is neither"),
            ({}, "geometry: type is missing"),
            ({"type": "Circle"}, 'geometry: type is "Circle"'),
            ({"type": ["Point"]}, 'geometry: type is ["Point"]'),
            (
                {"type": "Feature", "geometry": {"type": "Point", "coordinates": [85, 52]}},
                'geometry: type is "Feature"',
            ),
            ({"type": "Point"}, "geometry: member 'coordinates' is missing"),
            ({"type": "Point", "coordinates": []}, "geometry: the geometry is empty"),
            ({"type": "Point", "coordinates": [85]}, "geometry: Expected two or three coordinates found one"),
            ({"type": "Point", "coordinates": ["85", "52"]}, "geometry: has string where GeoJSON has number"),
            ({"type": "Point", "coordinates": {"x": 85}}, "geometry: has object where GeoJSON has array"),
            ({"type": "Point", "coordinates": [52, 85]}, "geometry: lies far from the krai, and in it with its axes"),
            ({"type": "Point", "coordinates": [200, 52]}, "geometry: coordinates lie beyond longitude ±180"),
            (
                {"type": "LineString", "coordinates": [[85, 52], [86, 52]]},
                "geometry: a LineString cannot become a Point",
            ),
            ({"type": "MultiPoint", "coordinates": [[85, 52], [86, 52]]}, "cannot become a Point"),
            (
                {"type": "LineString", "coordinates": [[n / 1e5, 52] for n in range(100_001)]},
                "geometry: has 100001 vertices; 100000 are the most",
            ),
        ],
        ids=lambda value: str(value)[:60],
    )
    def test_geometry(self, desk: Desk, geometry: Any, told: str) -> None:
        refused(desk.send("PUT", f"{ITEMS}/b", {**feature(), "geometry": geometry}), told)

    def test_polygons(self, desk: Desk) -> None:
        path = "/collections/shapes/items"
        bow = {"type": "Polygon", "coordinates": [[[85, 51], [86, 52], [86, 51], [85, 52], [85, 51]]]}
        thin = {"type": "Polygon", "coordinates": [[[88, 51], [88.5, 51], [88.5, 51.00000001], [88, 51]]]}
        far = square(88, 51, 0.5)
        for shape, told in (
            (bow, "geometry: is not valid: Self-intersection"),
            (thin, "geometry: is narrower than 10 cm"),
            (square(85.2, 51.2, 0.5), "geometry: overlaps its neighbours"),
            (None, "the geometry is missing"),
            (far, "the layer must have 2 features, but 3 are good"),
        ):
            refused(desk.send("POST", path, {**feature(shape, 3), "properties": {}}), told)
        refused(desk.send("DELETE", f"{path}/1"), "the layer must have 2 features, but 1 are good")

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            (b"", "the body is no JSON"),
            (b"{", "the body is no JSON"),
            (b"\xff\xfe", "the body is no JSON"),
            (b'{"type": NaN}', "the body is no JSON"),
            (b'{"properties": {"beds": 1e999}}', "the body is no JSON"),
            (b"[" * 100_000, "the body is no JSON"),
            (b'{"geometry":' * 100_000, "the body is no JSON"),
            (b"[]", "the body is no object"),
            (b"null", "the body is no object"),
            (b"{}", "type: is missing"),
            (b'{"type": "Feature", "geometry": null}', "properties: is missing"),
            (b'{"type": "Feature", "properties": {}}', "geometry: is missing; null says"),
            (b'{"type": "FeatureCollection", "features": [], "properties": {}, "geometry": null}', "one Feature"),
            (b'{"type": "FeatureCollection", "features": []}', 'type: is "FeatureCollection", not'),
            (b'{"type": null}', "type: is null, not 'Feature'"),
            (b'{"type": "Feature", "properties": [], "geometry": null}', "properties: is neither"),
            (b'{"type": "Feature", "properties": {}, "geometry": null, "crs": {}}', "crs: is no member"),
            (b'{"type": "Feature", "properties": null, "geometry": null}', "name_ru: the value is missing"),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_bodies(self, desk: Desk, body: bytes, told: str) -> None:
        refused(desk.send("PUT", f"{ITEMS}/b", body), told)

    def test_too_large(self, desk: Desk) -> None:
        told = desk.send("POST", ITEMS, b"", Content_Length=str(door.LARGEST_BODY + 1))
        long = desk.send("POST", ITEMS, b" " * (door.LARGEST_BODY + 1))
        for answer in (told, long):
            refused(answer, "5000000 bytes", status=413, code="TooLarge")

    def test_media_types(self, desk: Desk) -> None:
        document = json.dumps(feature()).encode()
        for method, path, takes in (("POST", ITEMS, "geo+json"), ("PATCH", f"{ITEMS}/b", "merge-patch")):
            bare = desk.http.request(method, path, content=document, headers=desk.key)
            refused(bare, "Content-Type: is missing", takes)
            for headers in ({"Content_Type": "text/plain"}, {"Content_Encoding": "gzip"}):
                answer = desk.send(method, path, document, **headers)
                refused(answer, status=415, code="UnsupportedMediaType")

    def test_parameters(self, desk: Desk) -> None:
        for method, path in (("POST", ITEMS), ("PUT", f"{ITEMS}/b"), ("PATCH", f"{ITEMS}/b"), ("DELETE", f"{ITEMS}/b")):
            answer = desk.send(method, f"{path}?force=yes", feature() if method != "DELETE" else None)
            refused(answer, "force", code="InvalidParameterValue")

    def test_values_are_bound(self, desk: Desk) -> None:
        answer = desk.send("POST", ITEMS, feature(**{"name_ru'); DROP TABLE altaigis.edits; --": 1}))
        refused(answer, "is no property")


class TestKeys:
    def ask(self, desk: Desk, **headers: str) -> list[httpx.Response]:
        sent = GEOJSON | headers
        document = json.dumps(feature())
        return [
            desk.http.post(ITEMS, content=document, headers=sent),
            desk.http.put(f"{ITEMS}/b", content=document, headers=sent),
            desk.http.patch(f"{ITEMS}/b", content="{}", headers=sent | PATCH),
            desk.http.delete(f"{ITEMS}/b", headers=sent),
        ]

    @pytest.mark.parametrize("sent", ["", "Bearer wrong", "Basic !!", "Basic d3Jvbmc=", "Digest x"])
    def test_none_in_force(self, desk: Desk, sent: str) -> None:
        before = desk.state()
        for answer in self.ask(desk, **({"Authorization": sent} if sent else {})):
            refused(answer, status=401, code="Unauthorized")
            assert {"Bearer", "Basic"} <= set(answer.headers["www-authenticate"].replace(",", " ").split())
        assert desk.state() == before

    def test_one_that_allows_something_else(self, desk: Desk) -> None:
        other = keys.add(desk.project.workspace.database, "other", ("edit:shapes", "observe"))
        for answer in self.ask(desk, Authorization=f"Bearer {other}"):
            refused(answer, "'other'", "edit:sites", status=403, code="Forbidden")

    def test_the_password_of_basic(self, desk: Desk) -> None:
        basic = base64.b64encode(f"qgis:{desk.token}".encode()).decode()
        answer = desk.http.post(ITEMS, json=feature(), headers={"Authorization": f"Basic {basic}"})
        assert answer.status_code == 201

    def test_revoked_in_the_middle(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        database = desk.project.workspace.database
        short = keys.add(database, "short", ("edit:sites",))
        admit = type(desk.app.app.state.altaigis.editing).admit

        async def revoked_meanwhile(*arguments: Any) -> Any:
            key = await admit(*arguments)
            keys.revoke(database, "short")
            return key

        monkeypatch.setattr(type(desk.app.app.state.altaigis.editing), "admit", revoked_meanwhile)
        before = desk.state()
        answer = desk.http.post(ITEMS, json=feature(), headers={"Authorization": f"Bearer {short}"})
        refused(answer, "nothing was changed", status=401, code="Unauthorized")
        assert desk.state() == before


class TestIfMatch:
    """Optimistic locking: an edit is made on the state that its author has seen, or not at all."""

    def test_each_edit_has_an_entity_tag(self, desk: Desk, fid: str) -> None:
        path = f"{ITEMS}/{fid}"
        tags = [desk.get(fid).headers["etag"]]
        for method, body in (("PUT", feature(visitors=1)), ("PATCH", {"properties": {"visitors": 2}})):
            answer = desk.send(method, path, body, If_Match=tags[-1])
            assert answer.status_code == 200
            tags.append(answer.headers["etag"])
            assert desk.get(fid).headers["etag"] == tags[-1]
        assert len(set(tags)) == 3
        assert desk.send("DELETE", path, If_Match=tags[-1]).status_code == 204
        assert desk.get(fid).status_code == 404

    @pytest.mark.parametrize("told", ['"0"', '"xyz"', 'W/"{tag}"', "{tag}", '"v0.x"', "v1", '"a", W/"b"', '"v٣.x"'])
    def test_of_another_state(self, desk: Desk, fid: str, told: str) -> None:
        tag = desk.get(fid).headers["etag"].strip('"')
        sent = told.format(tag=tag)
        before = desk.state()
        for method, body in (("PUT", feature()), ("PATCH", {"properties": {"visitors": 2}}), ("DELETE", None)):
            headers = {**desk.key, **(PATCH if method == "PATCH" else GEOJSON), "If-Match": sent.encode()}
            content = None if body is None else json.dumps(body)
            answer = desk.http.request(method, f"{ITEMS}/{fid}", content=content, headers=headers)  # type: ignore[arg-type]
            refused(answer, "somebody has changed it", status=412, code="EditConflict")
        assert desk.state() == before

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
    def test_what_is_not_to_be_there_is_left_alone(self, desk: Desk, fid: str, method: str) -> None:
        """RFC 9110, 13.1.2: nothing is written where If-None-Match names the present state, or any."""
        path, tag = f"{ITEMS}/{fid}", desk.get(fid).headers["etag"]
        body = {"PUT": feature(visitors=99), "PATCH": {"properties": {"visitors": 99}}, "DELETE": None}[method]
        before = desk.state()
        for known in ("*", tag, f'"other", W/{tag}'):
            answer = desk.send(method, path, body, If_None_Match=known)
            refused(answer, "If-None-Match", status=412, code="EditConflict")
        refused(desk.send(method, f"{ITEMS}/nobody", body, If_None_Match="*"), status=404, code="NotFound")
        assert desk.state() == before
        assert desk.send(method, path, body, If_None_Match='"v1.other"').status_code in (200, 204)
        assert desk.state() != before

    def test_any_of_several(self, desk: Desk, fid: str) -> None:
        tag = desk.get(fid).headers["etag"]
        answer = desk.send("PATCH", f"{ITEMS}/{fid}", {"properties": {"visitors": 1}}, If_Match=f'"old", {tag}')
        assert answer.status_code == 200
        answer = desk.send("PATCH", f"{ITEMS}/{fid}", {"properties": {"visitors": 2}}, If_Match="*")
        assert answer.status_code == 200

    def test_of_any_representation(self, desk: Desk, fid: str) -> None:
        """In another CRS and compressed, it is the same state."""
        other = desk.get(fid, crs="http://www.opengis.net/def/crs/EPSG/0/3857").headers["etag"]
        assert other != desk.get(fid).headers["etag"]
        answer = desk.send("PATCH", f"{ITEMS}/{fid}", {"properties": {"visitors": 1}}, If_Match=other)
        assert answer.status_code == 200
        packed = f'{answer.headers["etag"][:-1]}.gz"'
        answer = desk.send("PATCH", f"{ITEMS}/{fid}", {"properties": {"visitors": 2}}, If_Match=packed)
        assert answer.status_code == 200

    def test_the_tag_is_of_the_feature_and_not_of_the_layer(self, desk: Desk, fid: str) -> None:
        tag = desk.get(fid).headers["etag"]
        assert desk.send("POST", ITEMS, feature()).status_code == 201
        got = desk.http.get(f"{ITEMS}/{fid}", headers={"If-None-Match": tag})
        assert got.status_code == 304
        assert desk.send("PATCH", f"{ITEMS}/{fid}", {"properties": {"visitors": 1}}, If_Match=tag).status_code == 200

    def test_of_two_who_have_seen_the_same_one_wins(self, desk: Desk, fid: str) -> None:
        for _ in range(3):
            tag = desk.get(fid).headers["etag"]
            start = threading.Barrier(4)
            answers = []

            def write(
                visitors: int, tag: str = tag, start: threading.Barrier = start, answers: list[Any] = answers
            ) -> None:
                start.wait(30)
                patch = {"properties": {"visitors": visitors}}
                answers.append((visitors, desk.send("PATCH", f"{ITEMS}/{fid}", patch, If_Match=tag)))

            threads = [threading.Thread(target=write, args=(visitors,)) for visitors in range(100, 104)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            assert sorted(answer.status_code for _, answer in answers) == [200, 412, 412, 412]
            (won,) = (visitors for visitors, answer in answers if answer.status_code == 200)
            assert desk.get(fid).json()["properties"]["visitors"] == won

    def test_all_who_name_no_state_are_done_in_turns(self, desk: Desk, fid: str) -> None:
        done = []

        def write(visitors: int) -> None:
            done.append(desk.send("PATCH", f"{ITEMS}/{fid}", {"properties": {"visitors": visitors}}))

        threads = [threading.Thread(target=write, args=(visitors,)) for visitors in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [answer.status_code for answer in done] == [200] * 6
        # each is told of its own edit, whatever has come since
        told = {answer.json()["properties"]["visitors"]: answer.headers["etag"] for answer in done}
        assert sorted(told) == list(range(6))
        assert len(set(told.values())) == 6
        assert told[desk.get(fid).json()["properties"]["visitors"]] == desk.get(fid).headers["etag"]


class TestCrs:
    """Content-Crs names the CRS of the geometry, and the order of its axes."""

    @pytest.mark.parametrize(
        ("crs", "place"),
        [
            ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", (85.3, 52.0)),
            ("http://www.opengis.net/def/crs/EPSG/0/4326", (52.0, 85.3)),
            ("[EPSG:4326]", (52.0, 85.3)),
            ("http://www.opengis.net/def/crs/EPSG/0/3857", (9495552.57, 6800125.45)),
        ],
    )
    def test_it_is_heeded(self, desk: Desk, crs: str, place: tuple[float, float]) -> None:
        for spelled in (crs, f"<{crs}>"):
            answer = desk.send("POST", ITEMS, feature(place), Content_Crs=spelled)
            assert answer.status_code == 201
            assert answer.headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
            assert answer.json()["geometry"]["coordinates"] == pytest.approx([85.3, 52.0], abs=2e-7)

    def test_what_was_read_in_it_can_be_sent_back(self, desk: Desk, fid: str) -> None:
        crs = "http://www.opengis.net/def/crs/EPSG/0/28414"
        before = desk.get(fid).json()["geometry"]
        read = desk.get(fid, crs=crs).json()
        assert desk.send("PUT", f"{ITEMS}/{fid}", read, Content_Crs=f"<{crs}>").status_code == 200
        ((fields,),) = desk.project.ask("SELECT fields FROM altaigis.edits ORDER BY edit DESC LIMIT 1")
        assert fields == []
        assert desk.get(fid).json()["geometry"] == before

    @pytest.mark.parametrize("crs", ["", "EPSG:99999", "http://www.opengis.net/def/crs/EPSG/0/2154", "<nonsense>"])
    def test_one_that_is_not_offered(self, desk: Desk, crs: str) -> None:
        answer = desk.send("POST", ITEMS, feature(), Content_Crs=crs)
        refused(answer, "Content-Crs: ", code="InvalidParameterValue")

    def test_where_it_does_not_reach(self, desk: Desk) -> None:
        crs = "http://www.opengis.net/def/crs/EPSG/0/32645"
        refused(desk.send("POST", ITEMS, feature((1e30, 1e30)), Content_Crs=crs), "geometry: ")


class TestMethods:
    def test_what_can_be_done_is_told(self, desk: Desk, fid: str) -> None:
        many, one = desk.http.options(ITEMS), desk.http.options(f"{ITEMS}/{fid}")
        assert (many.status_code, one.status_code) == (200, 200)
        assert many.headers["allow"] == "GET, HEAD, POST, OPTIONS"
        assert set(many.headers["accept-post"].split(", ")) == {"application/geo+json", "application/json"}
        assert one.headers["allow"] == "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"
        assert one.headers["accept-patch"] == "application/merge-patch+json"

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
    def test_not_of_all_at_once(self, desk: Desk, method: str) -> None:
        answer = desk.send(method, ITEMS, feature())
        refused(answer, method, status=405, code="MethodNotAllowed")
        assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"

    def test_a_layer_that_is_not_for_editing(self, desk: Desk) -> None:
        answer = desk.send("POST", "/collections/zones/items", feature())
        refused(answer, status=405, code="MethodNotAllowed")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert desk.http.options("/collections/zones/items").headers["allow"] == "GET, HEAD, OPTIONS"
        assert desk.send("POST", "/collections/nowhere/items", feature()).status_code in (404, 405)

    def test_pages_of_other_origins_may_not_write(self, desk: Desk) -> None:
        asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
        answer = desk.http.options(ITEMS, headers=asked | {"Access-Control-Request-Headers": "authorization"})
        assert answer.status_code == 400

    def test_the_page_of_a_feature_has_a_past(self, desk: Desk, fid: str) -> None:
        desk.send("PATCH", f"{ITEMS}/{fid}", {"properties": {"visitors": 4}})
        (link,) = [link for link in desk.get(fid).json()["links"] if link["rel"] == "version-history"]
        latest, first = desk.http.get(link["href"]).json()["versions"]
        assert (latest["operation"], latest["fields"], latest["who"]) == ("update", ["visitors"], "key anna")
        assert first["operation"] == "insert"
        assert desk.http.get(first["href"]).json()["properties"]["visitors"] is None
        assert desk.http.get(latest["href"]).json()["properties"]["visitors"] == 4
        page = desk.http.get(link["href"], params={"f": "html"})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "key anna" in page.text
        desk.send("DELETE", f"{ITEMS}/{fid}")
        assert desk.http.get(link["href"]).json()["versions"][0]["operation"] == "delete"

    def test_a_past_begins_with_what_was_loaded_and_ends_with_nothing(self, desk: Desk) -> None:
        loaded = desk.get("b").json()
        desk.send("PATCH", f"{ITEMS}/b", {"properties": {"visitors": 5}})
        desk.send("DELETE", f"{ITEMS}/b")
        document = desk.http.get(f"{ITEMS}/b/history").json()
        gone, changed = document["versions"]
        assert (gone["operation"], gone["href"]) == ("delete", None)
        assert desk.http.get(changed["href"]).json()["properties"]["visitors"] == 5
        links = {link["rel"]: link["href"] for link in document["links"]}
        assert desk.http.get(links["predecessor-version"]).json()["properties"] == loaded["properties"]
        assert "canonical" not in links
        assert desk.send("POST", ITEMS, loaded).status_code == 201

    def test_a_rollback_is_a_part_of_the_past(self, desk: Desk, fid: str) -> None:
        before = desk.project.number()
        desk.send("PATCH", f"{ITEMS}/{fid}", {"properties": {"visitors": 4}})
        layer = desk.project.catalog.layer("sites")
        number = load.roll_back(desk.project.workspace.database, layer, before).number
        back, _, first = desk.http.get(f"{ITEMS}/{fid}/history").json()["versions"]
        assert (back["operation"], back["who"]) == ("rollback", f"rollback to revision {before}")
        assert (back["revision"], back["fields"], first["revision"]) == (number, ["visitors"], before)
        assert desk.http.get(back["href"]).json()["properties"]["visitors"] is None

    def test_what_is_computed_is_no_edit(self, desk: Desk, fid: str) -> None:
        before = desk.http.get(f"{ITEMS}/{fid}/history").json()
        answer = desk.send("PATCH", f"{ITEMS}/{fid}", {"properties": {"per_bed": 7}})
        assert answer.status_code == 200
        assert desk.http.get(f"{ITEMS}/{fid}/history").json() == before

    def test_one_that_nobody_has_edited_has_none(self, desk: Desk) -> None:
        assert desk.http.get(f"{ITEMS}/c/history").json()["versions"] == []
        assert desk.http.get(f"{ITEMS}/nowhere/history").status_code == 404
        assert desk.http.get("/collections/zones/items/west/history").status_code == 404


class TestDocument:
    @pytest.fixture
    def document(self, desk: Desk) -> dict[str, Any]:
        document: dict[str, Any] = desk.http.get("/api").json()
        return document

    def test_it_is_valid_and_tells_of_editable_layers_alone(self, document: dict[str, Any]) -> None:
        OpenAPIV30SpecValidator(document).validate()
        assert set(document["paths"][ITEMS]) == {"get", "post"}
        assert set(document["paths"][f"{ITEMS}/{{feature_id}}"]) == {"get", "put", "patch", "delete"}
        others = {path: set(methods) for path, methods in document["paths"].items() if "/zones/" in path}
        assert others == {"/collections/zones/items": {"get"}}
        names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
        assert len(set(names)) == len(names)

    def test_the_body_is_as_it_says(self, desk: Desk, document: dict[str, Any], fid: str) -> None:
        taken = document["paths"][ITEMS]["post"]["requestBody"]["content"]["application/geo+json"]["schema"]
        validator = OAS30Validator({**taken, "components": document["components"]})
        validator.validate(desk.get(fid).json())
        assert not validator.is_valid(feature(colour="red"))
        assert not validator.is_valid(feature(visitors="7"))

    def test_its_conformance_is_declared(self, desk: Desk) -> None:
        declared = desk.http.get("/conformance").json()["conformsTo"]
        classes = {uri.rpartition("/")[2] for uri in declared if "ogcapi-features-4/1.0" in uri}
        assert classes == {"create-replace-delete", "update", "optimistic-locking-etags", "features"}

    def test_the_schema_says_that_there_are_no_other_properties(self, desk: Desk) -> None:
        assert desk.http.get("/collections/sites/schema").json()["additionalProperties"] is False


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["name_ru", "code", "kind", "zone_id", "visitors", "beds", "open", "founded", "seen", "geom"])
GEOMETRIES = JSON_VALUES | st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Point", "MultiPoint", "Polygon", "GeometryCollection", "Feature"]),
        "coordinates": JSON_VALUES | st.lists(st.floats(-400, 400), max_size=4),
    },
    optional={"geometries": JSON_VALUES},
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.just("Feature") | JSON_VALUES,
        "id": JSON_VALUES,
        "geometry": GEOMETRIES,
        "properties": st.dictionaries(NAMES | st.text(max_size=8), JSON_VALUES, max_size=4) | JSON_VALUES,
        "links": JSON_VALUES,
    },
)
FUZZ = settings(max_examples=40)


class TestFuzz:
    """Whatever comes, the answer is ours; and what is refused has changed nothing."""

    def check(self, desk: Desk, method: str, path: str, body: bytes, **headers: str) -> None:
        before = desk.state()
        answer = desk.send(method, path, body, **headers)
        assert answer.status_code in (200, 201, 400, 404, 409, 412), answer.text
        if answer.status_code >= 400:
            assert answer.json()["description"]
            assert desk.state() == before
        elif "location" in answer.headers:
            assert desk.http.get(answer.headers["location"]).json()["id"] == answer.json()["id"]

    @FUZZ
    @given(document=DOCUMENTS | JSON_VALUES)
    def test_documents(self, desk: Desk, document: Any) -> None:
        body = json.dumps(document).encode()
        self.check(desk, "POST", ITEMS, body)
        self.check(desk, "PATCH", f"{ITEMS}/c", body)

    @FUZZ
    @given(body=st.binary(max_size=40), tag=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20))
    def test_bytes_and_headers(self, desk: Desk, body: bytes, tag: str) -> None:
        self.check(desk, "PUT", f"{ITEMS}/c", body, Content_Crs=tag or "x")
        self.check(desk, "PATCH", f"{ITEMS}/c", b'{"properties": {"beds": 1}}', If_Match=tag)


@pytest.fixture
def gis(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The Python client, with the application in place of a network."""
    client = Client("http://testserver", key=desk.token)
    monkeypatch.setattr(
        client._http,
        "request",
        lambda method, url, **options: desk.http.request(
            method, url, **options | {"headers": {**client._http.headers, **options["headers"]}}
        ),
    )
    return client


class TestPythonClient:
    def test_an_edit_is_made_on_what_was_seen(self, gis: Client) -> None:
        made = gis.create("sites", {"name_ru": "Стан"}, shapely.Point(85.3, 52))
        assert (made.properties["name_ru"], made.geometry, made.warnings) == ("Стан", shapely.Point(85.3, 52), ())
        moved = gis.update("sites", made.fid, shapely.Point(95.5, 52), expected=made)
        assert moved.warnings == ("lies in no feature of layer zones",)
        with pytest.raises(EditConflict, match="somebody has changed it"):
            gis.update("sites", made.fid, {"visitors": 1}, expected=made)
        counted = gis.update("sites", made.fid, {"visitors": 1}, expected=moved)
        assert (counted.properties["visitors"], counted.geometry) == (1, moved.geometry)
        assert gis.feature("sites", made.fid) == counted
        replaced = gis.replace("sites", made.fid, {"name_ru": "Лагерь"}, None, expected=counted)
        assert (replaced.properties["visitors"], replaced.geometry) == (None, None)
        with pytest.raises(EditConflict):
            gis.delete("sites", made.fid, expected=counted)
        gis.delete("sites", made.fid, expected=replaced)
        with pytest.raises(FeatureNotFound):
            gis.feature("sites", made.fid)

    def test_refusals_are_told_apart(self, desk: Desk, gis: Client) -> None:
        with pytest.raises(EditRefused, match="visitors: must lie between"):
            gis.create("sites", {"name_ru": "Стан", "visitors": -1})
        with pytest.raises(FeatureExists, match="'a'"):
            gis.create("sites", {"name_ru": "Стан"}, fid="a")
        with pytest.raises(FeatureNotFound, match="nowhere"):
            gis.delete("sites", "nowhere")
        with pytest.raises(ServiceError, match="405"):
            gis.delete("zones", "west")
        gis._http.headers["Authorization"] = "Bearer wrong"
        with pytest.raises(Unauthorized):
            gis.delete("sites", "a")
        other = keys.add(desk.project.workspace.database, "watcher", ("observe",))
        gis._http.headers["Authorization"] = f"Bearer {other}"
        with pytest.raises(Forbidden, match="edit:sites"):
            gis.delete("sites", "a")
