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
