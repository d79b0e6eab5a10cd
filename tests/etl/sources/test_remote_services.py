"""Features from services on loopback: a WFS, an OGC API and an Overpass server, whole or with something missing."""

import asyncio
import json
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.domain.remote import WfsType
from altaigis.errors import RemoteUnavailable
from altaigis.etl.pipeline import run
from altaigis.etl.report import Report
from altaigis.etl.sources.rawfile import Reading
from altaigis.etl.sources.remote.asking import Asking, Patience
from altaigis.etl.sources.remote.fetch import Fetcher, client
from altaigis.etl.sources.remote.ows import exception_text, read_page
from altaigis.etl.sources.remote.part import Part
from altaigis.etl.sources.remote.wfs import fetch_wfs
from altaigis.etl.sources.vectors import read_vector
from projects import POINTS, Project
from serving import Answer, Server, cut, send, serving

TEXT_POINTS = POINTS.replace("  geometry: {x: lon, y: lat}\n", "").replace("  crs: EPSG:4326\n", "")


@pytest.fixture
def project(empty_project: Project) -> Project:
    return empty_project


async def no_wait(_: float) -> None:
    pass


PATIENCE = Patience(attempts=2, silence=1.0, sleep=no_wait)


def load(project: Project, name: str = "sites", **asking: Any) -> Report:
    how = replace(Asking(patience=PATIENCE), **asking)
    return run(project.catalog.layer(name), replace(project.workspace, asking=how))


def warning(report: Report) -> str:
    return "".join(f.message for f in report.findings if f.rule == "remote")


# WFS

NAMESPACES = 'xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:a="http://example.org/a"'


def gml(numbers: range, root: str, namespaces: str = NAMESPACES) -> str:
    members = "".join(
        f'<wfs:member><a:sites gml:id="s.{n}"><a:site_id>0{n}</a:site_id><a:name_ru>Место &gt; {n}</a:name_ru>'
        f'<a:visitors>{n}</a:visitors><a:geom><gml:Point gml:id="g.{n}" srsName="urn:ogc:def:crs:EPSG::4326">'
        f"<gml:pos>51.9 85.{n:03}</gml:pos></gml:Point></a:geom></a:sites></wfs:member>\n"
        for n in numbers
    )
    bounds = "<wfs:boundedBy/>\n" if numbers else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<wfs:FeatureCollection {namespaces} {root}>{bounds}{members}</wfs:FeatureCollection>"
    )


class Wfs:
    """Has so many features, sends at most so many at once, and says a number of them."""

    def __init__(self, count: int, cap: int, says: str | None = None) -> None:
        self.count, self.cap = count, cap
        self.says = str(count) if says is None else says
        self.moment = 0

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        query = {name: values[0] for name, values in parse_qs(handler.path.partition("?")[2]).items()}
        start = int(query["startIndex"])
        numbers = range(start, min(start + min(int(query["count"]), self.cap), self.count))
        self.moment += 1
        root = (
            f'timeStamp="2026-11-22T00:00:{self.moment:02}Z" numberMatched="{self.says}" '
            f'numberReturned="{len(numbers)}"'
        )
        root += ' next="http://example.org/?a=1&amp;b=>"' if numbers.stop < self.count else ""
        send(gml(numbers, root), content_type="application/gml+xml")(handler)


def declare_wfs(project: Project, server: Server, *keys: str) -> None:
    remote = ", ".join([f"wfs: '{server.url}/wfs?map=a'", "type: 'a:sites'", *keys])
    project.layer(TEXT_POINTS.replace("file: sites.csv", f"file: remote/sites.gml\n  remote: {{{remote}}}"))


@pytest.mark.parametrize("says", [None, "unknown"])
def test_a_wfs_is_fetched_page_by_page(project: Project, server: Server, says: str | None) -> None:
    seen: list[tuple[str, int, int | None]] = []
    declare_wfs(project, server, "page: 4")
    server.will(Wfs(10, cap=3, says=says))
    report = load(project, progress=lambda *news: seen.append(news))
    assert (report.received, report.loaded) == (10, 10)
    rows = project.table(columns="site_id, name_ru, visitors, ST_X(geom), ST_Y(geom)")
    assert rows[7] == ("07", "Место > 7", 7, pytest.approx(85.007), 51.9)
    assert [request.query["startIndex"] for request in server.asked][:4] == ["0", "3", "6", "9"]
    assert server.asked[0].query["map"] == "a"
    assert server.asked[0].query["typeNames"] == "a:sites"
    assert seen[0] == ("sites", 3, None if says else 10)
    # the moment of an answer is no change
    assert load(project).outcome == "unchanged"


def test_a_wfs_of_1_1_0_is_asked_how_many_there_are(project: Project, server: Server) -> None:
    declare_wfs(project, server, "version: 1.1.0")
    old = NAMESPACES.replace("wfs/2.0", "wfs").replace("gml/3.2", "gml")
    page = gml(range(4), 'numberOfFeatures="4"', old).replace("wfs:member", "gml:featureMember")
    server.will(send(gml(range(0), 'numberOfFeatures="4"', old)), send(page))
    assert load(project).loaded == 4
    assert [request.query.get("resultType") for request in server.asked] == ["hits", None]
    server.will(send(gml(range(0), 'numberOfFeatures="9"', old)), send(page))
    assert "says that it has 9 features, but sent 4" in warning(load(project))


REPORT = (
    '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="2.0.0"><ows:Exception '
    'exceptionCode="InvalidParameterValue" locator="typeName">\n<ows:ExceptionText>Feature type a:sites\n unknown'
    "</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
)
BILLION = '<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><wfs:FeatureCollection>&c;</wfs:FeatureCollection>'


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Wfs(10, cap=3, says="12"), "says that it has 12 features, but sent 10"),
        (Wfs(10, cap=3, says="9"), "says that it has 9 features, but sent 10"),
        (send(gml(range(3), 'numberMatched="6"')), "sent features twice: its pages overlap"),
        (Wfs(0, cap=3), "sent no features"),
        (send(gml(range(3), 'numberMatched="²"')), "its pages overlap"),
        (send(gml(range(3), f'numberMatched="{"9" * 5000}"')), "its pages overlap"),
        (send(REPORT), "refuses: Feature type a:sites unknown"),
        (send(REPORT, 400), "400 Bad Request: Feature type a:sites unknown"),
        (send(f"<ServiceExceptionReport>{'x' * 9000}</ServiceExceptionReport>"), "refuses: x{300};"),
        (send("<a/>"), "sent <a> instead of features"),
        (send(BILLION), "has a document type"),
        (send(gml(range(3), 'numberMatched="3"')[:-30]), "it is no XML"),
        (send(gml(range(3), 'numberMatched="3"').encode("utf-16")), "UTF-16"),
        (send("<html><body/></html>"), "a web page instead of data"),
    ],
)
def test_a_wfs_that_does_not_send_all_of_it(project: Project, server: Server, answer: Answer, problem: str) -> None:
    declare_wfs(project, server, "page: 4")
    server.will(answer)
    with pytest.raises(RemoteUnavailable, match=problem) as told:
        load(project)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 1000
    assert not (project.raw / "remote/sites.gml").exists()


def test_pages_with_other_namespaces_are_not_put_together(project: Project, server: Server) -> None:
    declare_wfs(project, server, "page: 4")
    other = gml(range(3, 6), 'numberMatched="6"', NAMESPACES.replace("example.org/a", "example.org/b"))
    server.will(send(gml(range(3), 'numberMatched="6"')), send(other))
    with pytest.raises(RemoteUnavailable, match="other namespaces on each page"):
        load(project)


def test_a_gml_file_makes_nobody_fetch_its_schema(server: Server, tmp_path: Path) -> None:
    server.will(send("", 404))
    place = f"{server.url}/wfs?service=WFS&amp;version=2.0.0&amp;request=DescribeFeatureType&amp;typename=a:sites"
    schema = f'xsi:schemaLocation="http://example.org/a {place}"'
    text = gml(range(3), f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {schema} numberMatched="3"')
    (tmp_path / "sites.gml").write_text(text)
    assert len(read_vector(tmp_path / "sites.gml", Reading()).frame) == 3
    assert server.asked == []
    assert [path.name for path in tmp_path.iterdir()] == ["sites.gml"]


@settings(max_examples=20)
@given(count=st.integers(1, 30), cap=st.integers(1, 30), page=st.integers(1, 30))
def test_however_a_wfs_pages_all_of_it_comes_once(
    tmp_path_factory: pytest.TempPathFactory, count: int, cap: int, page: int
) -> None:
    async def fetch() -> None:
        async with client(PATIENCE) as http:
            remote = WfsType(wfs=f"{server.url}/wfs", type="a:sites", page=page)
            await fetch_wfs(remote, Fetcher(http, PATIENCE, 1 << 20, lambda *_: None), part)

    part = Part(tmp_path_factory.mktemp("wfs") / "x.gml", "origin")
    with serving() as server:
        server.will(Wfs(count, cap))
        asyncio.run(fetch())
    whole = read_page(part.path.read_bytes())
    assert whole.ids == [f"s.{n}" for n in range(count)]
    assert whole.attributes.keys() == {"xmlns:wfs", "xmlns:gml", "xmlns:a", "numberMatched"}


@given(st.binary(max_size=200) | st.text(alphabet="<>/a:\"'= &;!", max_size=60).map(str.encode))
def test_whatever_is_no_answer_of_a_service_is_told_so(body: bytes) -> None:
    told = ""
    try:
        said = exception_text(body)
    except ValueError as error:
        said, told = "", str(error)
    assert said == ""
    assert "\n" not in told


# OGC API


def item(number: int) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": number,
        "links": [{"href": f"http://example.org/{number}"}],
        "geometry": {"type": "Point", "coordinates": [85 + number / 1000, 52]},
        "properties": {"site_id": f"0{number}", "name_ru": f"Место {number}", "visitors": number},
    }


def items(numbers: range, matched: int | None = None, following: str | None = None) -> Answer:
    page: dict[str, Any] = {"type": "FeatureCollection", "features": [item(n) for n in numbers], "links": []}
    page |= {} if matched is None else {"numberMatched": matched}
    if following:
        page["links"] = [
            {"rel": "next", "type": "text/html", "href": "/wrong"},
            {"rel": "next", "type": "application/geo+json", "href": following},
        ]
    return send(json.dumps(page), content_type="application/geo+json")


def declare_oapif(project: Project, server: Server, *keys: str) -> None:
    remote = ", ".join([f"oapif: '{server.url}/ogc/?key=a'", "collection: 'мои места'", *keys])
    project.layer(TEXT_POINTS.replace("file: sites.csv", f"file: remote/sites.geojson\n  remote: {{{remote}}}"))


def test_an_ogc_api_is_fetched_along_its_links(project: Project, server: Server) -> None:
    declare_oapif(project, server, "page: 3")
    pages = (
        items(range(3), 7, "/next?cursor=3&key=a"),
        items(range(3, 6), 7, f"{server.url}/next?cursor=6"),
        items(range(6, 7), 7),
    )
    server.will(*pages)
    report = load(project)
    assert (report.received, report.loaded) == (7, 7)
    assert project.table(columns="site_id, name_ru, visitors, ST_X(geom)")[6] == ("06", "Место 6", 6, 85.006)
    first, second, third = server.asked
    assert first.path.startswith("/ogc/collections/%D0%BC%D0%BE%D0%B8%20")
    assert first.query == {"key": "a", "limit": "3"}
    assert first.headers["accept"] == "application/geo+json"
    assert second.query == {"cursor": "3", "key": "a"}
    assert third.query == {"cursor": "6"}
    server.will(*pages)
    assert load(project).outcome == "unchanged"


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ([items(range(3), 7, "/next"), items(range(3, 6), 7)], "says that it has 7 features, but sent 6"),
        ([items(range(3), None, "/next"), items(range(3, 6), None, "/next")], "leads in a circle"),
        ([items(range(3), None, "/next"), items(range(2, 5))], "sent feature 2 twice"),
        ([items(range(3), None, "http://a:port/")], "the next page has no address"),
        ([items(range(3), None, "file:///etc/passwd")], "leads nowhere"),
        ([items(range(0), 0)], "sent no features"),
        ([send("[1, 2]")], "sent JSON without features"),
        ([send('{"features": [1]}')], "something else among its features"),
        ([send("{" * 100_000)], "sent what is no JSON"),
        ([send('{"code": "NotFound", "description": "no such collection"}', 404)], "404 Not Found: no such collection"),
        ([send("<!doctype html>")], "a web page instead of data"),
    ],
)
def test_an_ogc_api_that_does_not_send_all_of_it(
    project: Project, server: Server, answers: list[Answer], problem: str
) -> None:
    declare_oapif(project, server)
    server.will(*answers)
    with pytest.raises(RemoteUnavailable, match=problem):
        load(project)
    assert not (project.raw / "remote/sites.geojson").exists()


def test_a_page_that_breaks_off_is_asked_for_again(project: Project, server: Server) -> None:
    declare_oapif(project, server)
    page = json.dumps({"features": [item(n) for n in range(3)], "numberMatched": 3})
    server.will(cut(page, 100), send("", 503), cut(page, 100), send(page))
    with pytest.raises(RemoteUnavailable, match="asked 2 times"):
        load(project)
    assert load(project).loaded == 3
    assert len(server.asked) == 4


def test_of_a_paged_service_each_page_is_asked_again_by_itself(project: Project, server: Server) -> None:
    """Each page has its own patience: however many pages fail, none that has come is asked for again."""
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    how = {"patience": replace(PATIENCE, attempts=3, first_wait=1.0, sleep=note)}
    busy, limit = send("", 503), send("", 429, retry_after="7")
    wfs, half = Wfs(9, cap=3), cut(gml(range(3, 6), 'numberMatched="9"'), 500)
    declare_wfs(project, server, "page: 3")
    server.will(busy, busy, wfs, half, limit, wfs, busy, wfs)
    assert load(project, **how).loaded == 9
    assert [request.query["startIndex"] for request in server.asked] == [*"000", *"333", *"66"]
    first, second, third, told, fourth = waits
    assert (0.5 <= first <= 1, 1 <= second <= 2, 0.5 <= third <= 1, told, 0.5 <= fourth <= 1) == (
        True,
        True,
        True,
        7,
        True,
    )

    declare_oapif(project, server)
    pages = items(range(2), 6, "/2"), items(range(2, 4), 6, "/4"), items(range(4, 6), 6)
    half = cut(json.dumps({"features": [item(2), item(3)]}), 50)
    server.will(pages[0], half, limit, pages[1], busy, busy, pages[2])
    assert load(project, **how).loaded == 6
    assert [request.path for request in server.asked][1:] == ["/2", "/2", "/2", "/4", "/4", "/4"]


def test_links_without_an_end_have_a_limit(project: Project, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("altaigis.etl.sources.remote.oapif.MAX_PAGES", 5)
    declare_oapif(project, server)
    server.will(*(items(range(n, n + 1), None, f"/next/{n}") for n in range(9)))
    with pytest.raises(RemoteUnavailable, match="more than 5 pages"):
        load(project)
    monkeypatch.setattr("altaigis.etl.sources.remote.oapif.MAX_PAGE_BYTES", 1 << 20)
    server.will(send(b" " * (3 << 20)))
    with pytest.raises(RemoteUnavailable, match=r"a page of more than 1 MB; lower source\.remote\.page"):
        load(project)
    declare_oapif(project, server, "max_mb: 0.001")
    server.will(items(range(3), None, "/next"), items(range(3, 60)))
    with pytest.raises(RemoteUnavailable, match=r"larger than 0\.001 MB"):
        load(project)


def test_this_server_is_a_source_for_another_one(project: Project, server_url: str) -> None:
    remote = f"remote: {{oapif: '{server_url}', collection: districts, page: 20}}"
    layer = TEXT_POINTS.replace("file: sites.csv", f"file: remote/sites.geojson\n  {remote}")
    layer = layer.replace("site_id: {role: id, type: text}", "site_id: {role: id, type: text, from: id}")
    layer = layer.replace("  visitors: {type: integer, range: [0, null]}\n", "")
    project.layer(layer.replace("type: Point}", "type: MultiPolygon}"))
    assert load(project).loaded == 69


# Overpass

BORDER = """\
id: units
theme: territory
title: {ru: Районы, en: Units}
source:
  file: remote/units.osmjson
  remote: {overpass: 'URL', KEYS}
  licence: ODbL-1.0
  attribution: {ru: © Участники OpenStreetMap, en: © OpenStreetMap contributors}
fields:
  unit_id: {role: id, type: text, from: osm_id}
  name_ru: {role: title, type: text, from: name}
  oktmo: {type: text, from: 'oktmo:user'}
  geom: {role: geometry, type: MultiPolygon, required: true}
"""


def way(ref: int, role: str, *places: tuple[float, float]) -> dict[str, Any]:
    return {"type": "way", "ref": ref, "role": role, "geometry": [{"lon": x, "lat": y} for x, y in places]}


def relation(number: int, *members: dict[str, Any]) -> dict[str, Any]:
    tags = {"name": f"Район {number}", "oktmo:user": f"0160{number}", "boundary": "administrative"}
    return {"type": "relation", "id": number, "tags": tags, "members": list(members)}


WHOLE = relation(
    1,
    way(11, "outer", (80, 50), (82, 50), (82, 51)),
    way(12, "outer", (80, 50), (80, 52), (82, 52), (82, 51)),
    way(13, "inner", (80.5, 50.5), (81, 50.5), (81, 51), (80.5, 50.5)),
    {"type": "node", "ref": 5, "role": "admin_centre", "lon": 81, "lat": 51},
)
OPEN = relation(2, way(21, "outer", (83, 50), (84, 50), (84, 51)))


def overpass(*elements: dict[str, Any], moment: str = "2026-11-22T00:00:00Z", **more: Any) -> Answer:
    head = {"version": 0.6, "osm3s": {"timestamp_osm_base": moment}}
    return send(json.dumps({**head, "elements": elements, **more}), content_type="application/json")


def declare_overpass(project: Project, server: Server, keys: str) -> None:
    project.layer(BORDER.replace("URL", f"{server.url}/api/interpreter").replace("KEYS", keys))


def test_municipal_boundaries_by_relation(project: Project, server: Server) -> None:
    declare_overpass(project, server, "relations: [1, 2]")
    server.will(overpass(WHOLE, OPEN))
    report = load(project, "units")
    assert (report.received, report.loaded, report.refused) == (2, 1, 1)
    assert project.table("units", "unit_id, name_ru, oktmo, ST_Area(geom)") == [("1", "Район 1", "01601", 4 - 0.125)]
    (refused,) = [f for f in report.findings if f.severity == "error" and f.rule == "osm"]
    assert refused.row == 2
    assert refused.values["name"] == "Район 2"
    assert "relation 2: its boundary is not closed at 8" in refused.message
    (asked,) = server.asked
    assert asked.method == "POST"
    question = parse_qs(asked.body.decode())["data"][0]
    assert question == "[out:json][timeout:600];relation(id:1,2);out geom;"
    server.will(overpass(WHOLE, OPEN, moment="2026-11-23T00:00:00Z"))
    assert load(project, "units").outcome == "unchanged"


def test_a_query_of_ones_own(project: Project, server: Server) -> None:
    declare_overpass(project, server, "query: '[out:json];relation[name];out geom;'")
    server.will(overpass(WHOLE))
    assert load(project, "units").loaded == 1
    assert parse_qs(server.asked[0].body.decode())["data"] == ["[out:json];relation[name];out geom;"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (overpass(WHOLE), "knows no relation 2"),
        (overpass(), "found nothing"),
        (
            overpass(WHOLE, remark='runtime error: Query timed out in "query" at line 1 after 25 seconds.'),
            "stopped on the way: runtime error: Query timed out",
        ),
        (send("<osm/>"), "no JSON"),
        (send("[]"), "without elements"),
        (send('{"elements": {}}'), "without elements"),
        (overpass(WHOLE, {"type": "relation", "id": 2, "members": [7]}), "elements.1.*members.0"),
        (send("<html><body>rate_limited</body></html>", 429), "429 Too Many Requests .asked 2 times"),
        (send("<html><p>Error: line 1: parse error", 400), "answers 400 Bad Request;"),
    ],
)
def test_an_overpass_server_that_does_not_send_all_of_it(
    project: Project, server: Server, answer: Answer, problem: str
) -> None:
    declare_overpass(project, server, "relations: [1, 2]")
    server.will(answer)
    with pytest.raises(RemoteUnavailable, match=problem) as told:
        load(project, "units")
    assert "\n" not in str(told.value)
    server.will(overpass(WHOLE, OPEN))
    load(project, "units")
    server.will(answer)
    assert "is used" in warning(load(project, "units"))
