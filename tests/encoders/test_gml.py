"""GML of each version: documents are held to the OGC's schemas, coordinates to the order that a CRS's name means."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from altaigis.domain.crs import Crs
from altaigis.domain.extract import Form, Texts
from altaigis.domain.layer import Layer
from altaigis.domain.query import FeatureQuery
from altaigis.encoders.gml import collection
from altaigis.encoders.gml.collection import Collection
from altaigis.encoders.gml.members import member_form, value_form
from altaigis.encoders.gml.schema import application_schema
from altaigis.encoders.gml.versions import GML21, GML31, GML32, NAMESPACE, VERSIONS, GmlVersion, version_named
from encoders.rows import Row, Writer, layer_of, write
from formats import NASTY, SHAPES
from ogc import assert_valid, needs_schemas

__all__ = ["write"]
LAYERS = {shape: layer_of(shape, id=shape.lower()) for shape in SHAPES}
DESCRIBE = "http://localhost/wfs?service=WFS&version={}&request=DescribeFeatureType"
ELEMENTS = {
    "Point": ["Point"] * 3,
    "MultiPoint": ["MultiPoint"] * 3,
    "LineString": ["LineString"] * 3,
    "MultiLineString": ["MultiCurve", "MultiCurve", "MultiLineString"],
    "Polygon": ["Polygon"] * 3,
    "MultiPolygon": ["MultiSurface", "MultiSurface", "MultiPolygon"],
}
#: What each name of a CRS means for a place at 83° E and 52° N.
NAMES = {
    "EPSG:4326": (83, 52),
    "http://www.opengis.net/gml/srs/epsg.xml#4326": (83, 52),
    "urn:ogc:def:crs:EPSG::4326": (52, 83),
    "http://www.opengis.net/def/crs/EPSG/0/4326": (52, 83),
    "urn:ogc:def:crs:OGC:1.3:CRS84": (83, 52),
    "urn:ogc:def:crs:EPSG::3857": (9239517, 6800125),
    "EPSG:32645": (225576, 5767849),
    "urn:ogc:def:crs:EPSG::28415": (5767000, 15225000),
    "EPSG:28415": (15225000, 5767000),
}


def describe(url: str) -> bytes:
    """What DescribeFeatureType is to answer."""
    version = next(version for version in VERSIONS if f"version={version.wfs}&" in url)
    return application_schema(list(LAYERS.values()), version)


def told(version: GmlVersion, matched: int | None, returned: int, **beside: str) -> Collection:
    return Collection(version, DESCRIBE.format(version.wfs), matched, returned, **beside)


def asked(layer: Layer, srs_name: str = "EPSG:4326", **more: Any) -> FeatureQuery:
    return replace(FeatureQuery(layer, crs=Crs.parse(srs_name)), **more)


def streamed(*texts: bytes) -> Texts:
    async def pieces() -> AsyncIterator[bytes]:
        for text in texts:
            yield text

    return pieces()


def joined(document: AsyncIterator[bytes]) -> bytes:
    async def collect() -> bytes:
        return b"".join([piece async for piece in document])

    return asyncio.run(collect())


def features_of(shape: str) -> list[Row]:
    """Two features, one with an empty geometry, one with nothing, ids and texts that XML minds."""
    first, second = (f"SRID=4326;{text}" for text in SHAPES[shape])
    empty = f"SRID=4326;{shape.upper()} EMPTY"
    return [("№ 5 'Ё'", first, NASTY), ("-1", second, "\x01\ufffe]]>"), ("a:b/c", empty, ""), ('<&">', None, None)]


@needs_schemas
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
def test_features_of_every_geometry_are_valid(write: Writer, version: GmlVersion, shape: str) -> None:
    query, rows = asked(LAYERS[shape]), features_of(shape)
    text = write.text(member_form(query, version, "EPSG:4326"), query, rows)
    document = assert_valid(joined(collection.features(told(version, 4, 4), streamed(text))), describe)
    ns = {"altai": NAMESPACE, "gml": version.namespace}
    features = document.findall(f".//altai:{shape.lower()}", ns)
    names = [feature.findtext("altai:name", namespaces=ns) for feature in features]
    assert sorted(map(str, names)) == sorted(["", "None", NASTY, "\ufffd\ufffd]]>"])
    assert {feature.findtext("altai:code", namespaces=ns) for feature in features} == {row[0] for row in rows}
    places = document.findall(".//altai:geom/*", ns)
    element = ELEMENTS[shape][VERSIONS.index(version)]
    assert [(place.tag, place.get("srsName")) for place in places] == [
        (f"{{{version.namespace}}}{element}", "EPSG:4326")
    ] * 2
    assert len(document.xpath("//@srsName")) == 2
    ids = document.xpath("//@gml:id | //@fid", namespaces=ns)
    assert len(ids) == len(set(ids)) >= 4
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9._\-]*", found) for found in ids)
    wrong = joined(collection.features(told(version, 4, 4), streamed(text.replace(b":geom>", b":place>"))))
    with pytest.raises(etree.DocumentInvalid):
        assert_valid(wrong, describe)


@needs_schemas
@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
def test_documents_around_features_are_valid(write: Writer, version: GmlVersion) -> None:
    """Several queries, pages with pages beside them, nothing found, and no more than a number."""
    found = []
    for shape in ("Point", "MultiPolygon"):
        query = asked(LAYERS[shape])
        found.append(write.text(member_form(query, version, "EPSG:4326"), query, features_of(shape)))
    parts = [(told(version, 9, 4), streamed(text)) for text in found]
    several = assert_valid(joined(collection.several(told(version, None, 8), parts)), describe)
    assert len(several.findall(".//{*}geom/*")) == 4
    assert len(several.findall("{*}member/{*}FeatureCollection")) == (2 if version is GML32 else 0)
    page = told(version, 9, 4, following="http://localhost/wfs?a=1&b=2", previous="http://localhost/wfs")
    beside = assert_valid(joined(collection.features(page, streamed(found[0]))), describe)
    assert beside.get("next") == ("http://localhost/wfs?a=1&b=2" if version is GML32 else None)
    nothing = assert_valid(joined(collection.features(told(version, 0, 0), streamed())), describe)
    number = assert_valid(collection.hits(told(version, 7, 0)), describe)
    counts = [
        [document.get(name) for name in ("numberMatched", "numberReturned", "numberOfFeatures")]
        for document in (several, beside, nothing, number)
    ]
    assert (
        counts
        == {
            GML32: [["unknown", "8", None], ["9", "4", None], ["0", "0", None], ["7", "0", None]],
            GML31: [[None, None, "8"], [None, None, "4"], [None, None, "0"], [None, None, "7"]],
            GML21: [[None, None, None]] * 4,
        }[version]
    )


@needs_schemas
@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
def test_one_feature_is_a_document(write: Writer, version: GmlVersion) -> None:
    query, (first, *_) = asked(LAYERS["Polygon"]), features_of("Polygon")
    member = write.text(member_form(query, version, "EPSG:4326"), query, [first])
    document = assert_valid(collection.feature(version, DESCRIBE.format(version.wfs), member), describe)
    assert document.tag == f"{{{NAMESPACE}}}polygon"
    assert document.findtext(f"{{{NAMESPACE}}}name") == NASTY


@needs_schemas
def test_values_are_valid(write: Writer) -> None:
    query = asked(LAYERS["MultiPolygon"])

    def values(form: Form) -> Any:
        text = write.text(form, query, features_of("MultiPolygon"))
        return assert_valid(
            joined(collection.values(told(GML32, None, text.count(b"<wfs:member>")), streamed(text))), describe
        )

    names = values(value_form(query, "name", GML32, "EPSG:4326"))
    assert sorted(member.text or "" for member in names) == sorted(["", NASTY, "\ufffd\ufffd]]>"])
    assert names.get("numberReturned") == "3"
    assert {member.text for member in values(value_form(query, "code", GML32, "EPSG:4326"))} >= {'<&">', "№ 5 'Ё'"}
    assert "multipolygon._x2D_1" not in {member.text for member in values(value_form(query, None, GML32, "EPSG:4326"))}
    places = values(value_form(query, "geom", GML32, "urn:ogc:def:crs:OGC:1.3:CRS84"))
    assert [place.get("srsName") for place in places.iterfind("{*}member/{*}MultiSurface")] == [
        "urn:ogc:def:crs:OGC:1.3:CRS84"
    ] * 2


@pytest.mark.parametrize("srs_name", NAMES)
@pytest.mark.parametrize("shape", ["Point", "LineString"])
@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
def test_axes_are_in_the_order_that_the_name_means(
    write: Writer, version: GmlVersion, shape: str, srs_name: str
) -> None:
    query = asked(LAYERS[shape], srs_name)
    place = {"Point": "POINT(83 52)", "LineString": "LINESTRING(83 52,84 53)"}[shape]
    text = write.text(member_form(query, version, srs_name), query, [("a", f"SRID=4326;{place}", None)])
    document = etree.fromstring(joined(collection.features(told(version, 1, 1), streamed(text))))
    shown = document.find(".//{*}geom/*")
    assert shown.get("srsName") == srs_name
    numbers = re.split("[ ,]", shown[0].text)
    assert [float(number) for number in numbers[:2]] == pytest.approx(
        NAMES[srs_name], rel=1e-3, abs=100 if NAMES[srs_name][0] > 999 else 1e-9
    )


def test_versions_are_found_by_what_clients_call_them() -> None:
    assert version_named("application/gml+xml; version=3.2") is GML32
    assert version_named("application/gml xml;version=3.2") is GML32
    assert version_named("text/xml; subtype=gml/3.1.1") is version_named("GML3") is GML31
    assert version_named("gml2") is GML21
    assert version_named("application/json") is None
