"""GeoJSON as bytes, read back by an independent parser."""

import json

from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.feature import Feature, WrittenPage
from altaigis.domain.link import Link
from altaigis.encoders.geojson import encode_feature, encode_page

NASTY = 'Бийск "на" \\ Оби\n\t<b>&amp;\u2028 😀'
LINKS = [Link("http://localhost/x?a=1&b=2", "self", "application/geo+json", 'Этот "документ"')]
POINT = '{"type":"Point","coordinates":[85.21,52.53]}'
TIME = "2026-01-01T00:00:00Z"


def feature(fid: str, geometry: str | None, **properties: object) -> Feature:
    return Feature(fid, geometry, json.dumps(properties, ensure_ascii=False))


def test_a_collection() -> None:
    written = [
        {"type": "Feature", "id": "a", "geometry": json.loads(POINT), "properties": {"name": NASTY}},
        {"type": "Feature", "id": NASTY, "geometry": None, "properties": {"name": None, "n": 1.5}},
    ]
    page = WrittenPage(",".join(map(json.dumps, written)).encode(), 2, 17, "b")
    document = json.loads(encode_page(page, LINKS, TIME).decode("utf-8"))
    assert document["type"] == "FeatureCollection"
    assert (document["numberMatched"], document["numberReturned"], document["timeStamp"]) == (17, 2, TIME)
    assert document["links"] == [
        {
            "href": "http://localhost/x?a=1&b=2",
            "rel": "self",
            "type": "application/geo+json",
            "title": 'Этот "документ"',
        }
    ]
    assert document["features"] == written


def test_an_empty_collection() -> None:
    document = json.loads(encode_page(WrittenPage(b"", 0, 0, None), [], TIME))
    assert document["features"] == []
    assert document["numberReturned"] == 0


def test_one_feature_has_its_links() -> None:
    document = json.loads(encode_feature(feature("a", POINT, name=NASTY), LINKS))
    assert document["type"] == "Feature"
    assert document["links"][0]["rel"] == "self"
    assert document["properties"] == {"name": NASTY}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.text())
def test_any_id_and_any_value_survive(fid: str, value: str) -> None:
    document = json.loads(encode_feature(Feature(fid, None, json.dumps({"v": value})), []))
    assert document["id"] == fid
    assert document["properties"]["v"] == value
