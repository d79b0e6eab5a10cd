"""Answers of every version are held to the schemas that they name; they say the same as the other doors."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.wfs.asking import VERSIONS, WFS2, Document, Door, find, read
from ogc import needs_schemas

pytestmark = needs_schemas


@pytest.fixture(scope="module")
def door(client: TestClient) -> Door:
    return Door(client)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("operation", ["GetCapabilities", "DescribeFeatureType"])
def test_what_there_is(door: Door, operation: str, version: str) -> None:
    answer = door.ask(operation, version)
    if operation == "GetCapabilities":
        document = door.valid(answer)
        assert document.get("version") == version
        names = find(document, "//wfs:FeatureType/wfs:Name/text() | //wfs1:FeatureType/wfs1:Name/text()")
    else:
        names = [
            f"altai:{name}" for name in find(read(answer), "//*[local-name()='schema']/*[@substitutionGroup]/@name")
        ]
    layers = [found["id"] for found in door.client.get("/collections").json()["collections"] if found.get("itemType")]
    assert sorted(names) == sorted(f"altai:{layer}" for layer in layers)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("layer", ["districts", "settlements", "rivers", "climate_normals"])
def test_features(door: Door, layer: str, version: str) -> None:
    asked = {"TYPENAME": f"altai:{layer}", "COUNT": 3, "PROPERTYNAME": None}
    document = door.valid(door.ask("GetFeature", version, **asked))
    items = door.client.get(f"/collections/{layer}/items?limit=3").json()
    members = find(document, f"//altai:{layer}")
    ids = [
        member.get("{http://www.opengis.net/gml/3.2}id")
        or member.get("{http://www.opengis.net/gml}id")
        or member.get("fid")
        for member in members
    ]
    assert ids == [f"{layer}.{feature['id']}" for feature in items["features"]]
    if version == "2.0.0":
        assert document.get("numberMatched") == str(items["numberMatched"])
        assert document.get("numberReturned") == "3"
        assert "STARTINDEX=3" in document.get("next")


@pytest.mark.parametrize("version", VERSIONS)
def test_hits_and_several_types(door: Door, version: str) -> None:
    hits = door.valid(door.ask("GetFeature", version, TYPENAMES="altai:districts", RESULTTYPE="hits"))
    number = hits.get("numberMatched") or hits.get("numberOfFeatures")
    assert number == (None if version == "1.0.0" else "69")
    types = "(altai:districts)(altai:resort_sites)" if version == "2.0.0" else "altai:districts,altai:resort_sites"
    both = door.valid(door.ask("GetFeature", version, TYPENAMES=types, COUNT=71, STARTINDEX=1))
    assert (len(find(both, "//altai:districts")), len(find(both, "//altai:resort_sites"))) == (68, 3)


def test_values_and_one_feature(door: Door) -> None:
    asked = {"TYPENAMES": "altai:districts", "VALUEREFERENCE": "altai:oktmo_old", "COUNT": 2}
    values = door.valid(door.ask("GetPropertyValue", **asked))
    assert values.get("numberReturned") == str(len(find(values, "wfs:member/text()"))) == "2"
    ids = door.valid(door.ask("GetPropertyValue", TYPENAMES="altai:districts", VALUEREFERENCE="@gml:id", COUNT=1))
    (first,) = find(ids, "wfs:member/text()")
    by_id = {"STOREDQUERY_ID": "urn:ogc:def:query:OGC-WFS::GetFeatureById", "ID": first}
    one = door.valid(door.ask("GetFeature", **by_id))
    assert one.tag == "{urn:altaigis:layers}districts"
    assert one.get("{http://www.opengis.net/gml/3.2}id") == first
    for missing in ("districts.nowhere", "nothing.1", "districts"):
        code, locator, _ = door.refused(door.ask("GetFeature", **{**by_id, "ID": missing}), 404)
        assert (code, locator) == ("NotFound", "ID")


def test_stored_queries(door: Door) -> None:
    listed = door.valid(door.ask("ListStoredQueries"))
    ids = find(listed, "//wfs:StoredQuery/@id")
    described = door.valid(door.ask("DescribeStoredQueries", STOREDQUERY_ID=ids[1]))
    assert find(described, "//wfs:StoredQueryDescription/@id") == ids[1:2]
    assert len(find(door.valid(door.ask("DescribeStoredQueries")), "//wfs:Parameter")) == 6
    cluster = door.ask("GetFeature", STOREDQUERY_ID="urn:altaigis:layers:DistrictsOfCluster", cluster="big_belokurikha")
    same = door.client.get("/collections/districts/items?cluster=big_belokurikha").json()
    assert len(find(door.valid(cluster), "//altai:districts")) == same["numberMatched"] > 0
    near = {"typeName": "altai:settlements", "longitude": 83.77, "latitude": 53.35, "distance": 20_000}
    found = find(read(door.ask("GetFeature", STOREDQUERY_ID=ids[2], **near)), "//altai:name_ru/text()")
    assert "Барнаул" in found
    assert len(found) < 100


def _pages(door: Door, answer_of: str) -> Iterator[list[str]]:
    link: str | None = answer_of
    while link:
        document = read(door.client.get(link))
        yield [member.get("{http://www.opengis.net/gml/3.2}id") for member in find(document, "wfs:member/*")]
        link = document.get("next")


@pytest.mark.parametrize("more", ["", "&SORTBY=population DESC,name_ru", "&BBOX=50,80,54,86"])
def test_pages_lose_nothing(door: Door, more: str) -> None:
    start = f"/wfs?service=WFS&version=2.0.0&request=GetFeature&typenames=altai:settlements&count=40{more}"
    pages = list(_pages(door, start))
    whole = read(door.client.get(re.sub("count=40", "count=100000", start)))
    ids = [member.get("{http://www.opengis.net/gml/3.2}id") for member in find(whole, "wfs:member/*")]
    assert [gml_id for page in pages for gml_id in page] == ids
    assert len(pages) > 1
    assert len(set(ids)) == len(ids) == int(whole.get("numberMatched"))
    last = read(door.client.get(f"{start}&startindex={len(ids) - 5}"))
    assert len(find(last, "wfs:member")) == 5
    assert f"STARTINDEX={len(ids) - 45}" in last.get("previous")
    beyond = read(door.client.get(f"{start}&startindex={len(ids) + 1000}"))
    assert f"STARTINDEX={len(ids) - 40}&COUNT=40" in beyond.get("previous")
    quoted = door.ask("GetFeature", TYPENAMES="altai:krai", OUTPUTFORMAT='text/xml; subtype="gml/3.2"')
    assert read(quoted).tag == f"{{{WFS2}}}FeatureCollection"


def test_a_question_in_xml_has_pages_that_are_addresses(door: Door) -> None:
    names = 'xmlns:f="http://www.opengis.net/fes/2.0" xmlns:altai="urn:altaigis:layers"'
    # brackets in a text are none of those that stand around the queries of an address
    condition = (
        '<f:Not><f:PropertyIsLike wildCard="%" singleChar="_" escapeChar="!"><f:ValueReference>s/altai:name_ru'
        "</f:ValueReference><f:Literal>%ка)(%</f:Literal></f:PropertyIsLike></f:Not>"
    )
    order = (
        "<f:SortBy><f:SortProperty><f:ValueReference>s/population</f:ValueReference><f:SortOrder>DESC</f:SortOrder>"
        "</f:SortProperty></f:SortBy>"
    )

    def query(layer: str, more: str = "") -> str:
        told = f'typeNames="altai:{layer}" aliases="s" srsName="EPSG:32645"'
        return f"<wfs:Query {told}><f:Filter>{condition}</f:Filter>{more}</wfs:Query>"

    def ask(*queries: str) -> Document:
        head = f'wfs:GetFeature xmlns:wfs="{WFS2}" {names} service="WFS" version="2.0.0" count="20"'
        return door.valid(door.post(f"<{head}>{''.join(queries)}</wfs:GetFeature>"))

    first = ask(query("settlements", order))
    second = door.valid(door.client.get(first.get("next")))
    assert first.get("numberMatched") == second.get("numberMatched")
    people = [int(number) for page in (first, second) for number in find(page, "//altai:population/text()")]
    assert len(people) == 40
    assert people == sorted(people, reverse=True)
    assert find(second, "//@srsName")[0] == "EPSG:32645"
    both = ask(query("settlements", order), query("krai"))
    again = door.valid(door.client.get(both.get("next")))
    assert len(find(both, "//altai:settlements")) == len(find(again, "//altai:settlements")) == 20


def test_what_the_client_has_already_is_not_sent(door: Door) -> None:
    address = "/wfs?service=WFS&version=2.0.0&request=GetFeature&typenames=altai:districts&count=3"
    first = door.client.get(address, headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    plain = door.client.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for answer in (first, plain):
        same = door.client.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
    head = door.client.head(address)
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", plain.headers["content-type"])
    options = door.client.options("/wfs")
    assert options.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert "application/xml" in options.headers["accept-post"]


@pytest.mark.parametrize("form", ["GML2", "gml3", "geojson"])
def test_what_has_no_place_for_a_next_page_is_whole(door: Door, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setattr("altaigis.api.wfs.features.COUNT_DEFAULT", 10)
    asked = {"TYPENAMES": "altai:districts", "PROPERTYNAME": "name_ru", "OUTPUTFORMAT": form}
    whole = door.ask("GetFeature", **asked)
    assert whole.text.count("name_ru") >= 69
    assert (whole.headers["OGC-NumberReturned"], whole.headers.get("Link")) == ("69", None)
    part = door.ask("GetFeature", **asked, COUNT=40)
    assert (part.headers["OGC-NumberMatched"], part.headers["OGC-NumberReturned"]) == ("69", "40")
    rest = door.client.get(part.links["next"]["url"])
    assert (rest.headers["OGC-NumberReturned"], rest.headers.get("Link")) == ("29", None)
    assert len(find(read(door.ask("GetFeature", **asked | {"OUTPUTFORMAT": "gml32"})), "//altai:districts")) == 10


def test_pages_of_several_queries_are_true_or_not_told(door: Door) -> None:
    names = 'xmlns:f="http://www.opengis.net/fes/2.0" xmlns:altai="urn:altaigis:layers"'
    empty = "<f:PropertyIsNull><f:ValueReference>name_ru</f:ValueReference></f:PropertyIsNull>"
    condition = f"<f:Filter><f:Not>{empty}</f:Not></f:Filter>"
    plain = '<wfs:Query typeNames="altai:districts"/>'
    metres = f'<wfs:Query typeNames="altai:settlements" srsName="EPSG:3857">{condition}</wfs:Query>'
    stored = (
        '<wfs:StoredQuery id="urn:altaigis:layers:DistrictsOfCluster"><wfs:Parameter name="cluster">big_belokurikha'
        "</wfs:Parameter></wfs:StoredQuery>"
    )

    def ask(*queries: str, start: int = 0, count: int = 5) -> Document:
        told = f'service="WFS" version="2.0.0" startIndex="{start}" count="{count}"'
        head = f'wfs:GetFeature xmlns:wfs="{WFS2}" {names} {told}'
        return door.valid(door.post(f"<{head}>{''.join(queries)}</wfs:GetFeature>"))

    for queries in ((plain, metres), (metres, plain)):
        first = ask(*queries)
        linked, sent = door.valid(door.client.get(first.get("next"))), ask(*queries, start=5)
        assert find(linked, "//@srsName") == find(sent, "//@srsName")
        assert find(linked, "//@gml:id") == find(sent, "//@gml:id")
        assert find(door.valid(door.client.get(sent.get("previous"))), "//@gml:id") == find(first, "//@gml:id")
    linked, sent = door.valid(door.client.get(ask(stored, count=1).get("next"))), ask(stored, start=1, count=1)
    assert find(linked, "//@gml:id") == find(sent, "//@gml:id") != []
    for queries in ((plain, stored), (stored, stored)):
        page = ask(*queries, start=1, count=1)
        assert (page.get("next"), page.get("previous")) == (None, None)
        assert int(page.get("numberMatched")) > 2


def test_no_page_has_an_address_that_is_not_read(door: Door) -> None:
    ids = "".join(f'<f:ResourceId rid="settlements.no_such_place_{number}"/>' for number in range(3000))
    known = find(read(door.ask("GetFeature", TYPENAMES="altai:settlements", COUNT=3)), "//altai:settlements/@gml:id")
    ids += "".join(f'<f:ResourceId rid="{gml_id}"/>' for gml_id in known)
    names = f'xmlns="{WFS2}" xmlns:f="http://www.opengis.net/fes/2.0" xmlns:altai="urn:altaigis:layers"'
    head = f'{names} service="WFS" version="2.0.0" count="1" startIndex="1"'
    query = f'<Query typeNames="altai:settlements"><f:Filter>{ids}</f:Filter></Query>'
    page = read(door.post(f"<GetFeature {head}>{query}</GetFeature>"))
    assert (page.get("numberMatched"), page.get("next"), page.get("previous")) == ("3", None, None)


def test_names_of_systems_mean_the_same_in_the_oldest_version(door: Door) -> None:
    asked = {"TYPENAME": "altai:settlements", "MAXFEATURES": 3}
    corners = "<gml:coordinates>52,85 53,86</gml:coordinates>"

    def box(name: str, swapped: bool = False) -> str:
        placed = corners.replace("52,85 53,86", "85,52 86,53") if swapped else corners
        head = 'Filter xmlns="http://www.opengis.net/ogc" xmlns:gml="http://www.opengis.net/gml"'
        envelope = f'<gml:Box srsName="{name}">{placed}</gml:Box>'
        return f"<{head}><BBOX><PropertyName>geom</PropertyName>{envelope}</BBOX></Filter>"

    def ids(**more: str) -> list[str]:
        document = read(door.ask("GetFeature", "1.0.0", **asked, **more))
        assert set(find(document, "//altai:settlements//@srsName")) <= {"EPSG:4326"}
        return [str(fid) for fid in find(document, "//altai:settlements/@fid")]

    expected = ids(BBOX="85,52,86,53")
    assert len(expected) == 3
    for name in ("urn:ogc:def:crs:EPSG::4326", "http://www.opengis.net/def/crs/EPSG/0/4326"):
        assert ids(BBOX=f"52,85,53,86,{name}") == ids(FILTER=box(name)) == expected
        assert ids(BBOX="85,52,86,53", SRSNAME=name) == expected
    assert ids(FILTER=box("EPSG:4326", swapped=True)) == expected


def test_ids_of_points_are_values(door: Door) -> None:
    found = door.valid(door.ask("GetPropertyValue", TYPENAMES="altai:settlements", VALUEREFERENCE="@gml:id", COUNT=2))
    assert [str(value).startswith("settlements.") for value in find(found, "//wfs:member/text()")] == [True, True]


@pytest.mark.parametrize("form", ["application/geopackage+sqlite3", "application/flatgeobuf", "SHAPE-ZIP", "csv"])
def test_a_file_of_nothing_tells_how_many_there_are(door: Door, form: str) -> None:
    answer = door.ask("GetFeature", TYPENAMES="altai:settlements", COUNT=0, OUTPUTFORMAT=form)
    assert (answer.status_code, answer.headers["OGC-NumberReturned"]) == (200, "0")
    assert answer.headers["OGC-NumberMatched"] == "322"
