"""Every fault is the report of the version that was asked, with its code, its locator and its status."""

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.wfs.asking import VERSIONS, WFS2, Door
from ogc import needs_schemas

pytestmark = needs_schemas
INVALID, MISSING = "InvalidParameterValue", "MissingParameterValue"


@pytest.fixture(scope="module")
def door(client: TestClient) -> Door:
    return Door(client)


FAULTS = [
    ({"REQUEST": None}, MISSING, "request"),
    ({"SERVICE": None}, MISSING, "service"),
    ({"SERVICE": "WMS"}, INVALID, "service"),
    ({"REQUEST": "LockFeature"}, "OperationNotSupported", "request"),
    ({"TYPENAMES": None}, MISSING, "typeNames"),
    ({"TYPENAMES": "altai:nothing"}, INVALID, "typeNames"),
    ({"TYPENAMES": "topp:districts"}, INVALID, "typeNames"),
    ({"TYPENAMES": "altai:elevation"}, INVALID, "typeNames"),
    ({"COUNT": "-1"}, INVALID, "count"),
    ({"STARTINDEX": "x"}, INVALID, "startIndex"),
    ({"RESULTTYPE": "all"}, INVALID, "resultType"),
    ({"OUTPUTFORMAT": "image/png"}, INVALID, "outputFormat"),
    ({"SRSNAME": "EPSG:999999"}, INVALID, "srsName"),
    ({"SRSNAME": "EPSG:32601"}, INVALID, "srsName"),
    ({"BBOX": "1,2,3"}, INVALID, "bbox"),
    ({"BBOX": "1,2,3,4,EPSG:1"}, INVALID, "bbox"),
    ({"BBOX": "-1e300,-1e300,1e300,1e300,EPSG:3857"}, INVALID, "bbox"),
    ({"BBOX": "1.7e308,1e15,1e300,1.7e308,EPSG:4326"}, INVALID, "bbox"),
    ({"PROPERTYNAME": "altai:nothing"}, INVALID, "propertyName"),
    ({"SORTBY": "name_ru UP"}, INVALID, "sortBy"),
    ({"SORTBY": "geom"}, INVALID, "sortBy"),
    ({"FILTER": "<Filter><Magic/></Filter>"}, INVALID, "filter"),
    ({"FILTER": "<Filter>"}, INVALID, "filter"),
    ({"FILTER": "a\0b"}, INVALID, "filter"),
    ({"MAXFEATURES": "\0"}, INVALID, "count"),
    ({"STOREDQUERY_ID": "urn:nothing"}, INVALID, "storedQuery_Id"),
]


#: What the older versions call parameters.
OLD_NAMES = {"typeNames": "typeName", "count": "maxFeatures", "resourceId": "featureID"}


@pytest.mark.parametrize(("fault", "code", "locator"), FAULTS)
def test_faults(door: Door, fault: dict[str, str | None], code: str, locator: str) -> None:
    for version in VERSIONS:
        asked = {"SERVICE": "WFS", "REQUEST": "GetFeature", "VERSION": version, "TYPENAMES": "altai:districts", **fault}
        answer = door.client.get("/wfs", params={name: value for name, value in asked.items() if value is not None})
        found = door.refused(answer, 400 if version == "2.0.0" else 200)
        spelled = locator if version == "2.0.0" else OLD_NAMES.get(locator, locator)
        assert found[1] == spelled
        assert found[2].strip().startswith(f"{spelled}: ")
        if version != "1.0.0" and not (version == "1.1.0" and code.startswith("Option")):
            assert found[0] == code


def test_versions_are_negotiated(door: Door) -> None:
    def spoken(**asked: str) -> str | None:
        return door.valid(door.ask("GetCapabilities", asked.pop("VERSION", None), **asked)).get("version")

    assert spoken() == "2.0.0"
    assert spoken(ACCEPTVERSIONS="3.0.0,1.1.0,2.0.0") == "1.1.0"
    assert spoken(VERSION="1.0.0", ACCEPTVERSIONS="2.0.0") == "2.0.0"
    assert [spoken(VERSION=number) for number in ("2.0.2", "1.2.0", "0.9", "9.9")] == [
        "2.0.0",
        "1.1.0",
        "1.0.0",
        "2.0.0",
    ]
    refused = door.refused(door.ask("GetCapabilities", None, ACCEPTVERSIONS="3.0.0"))
    assert refused[:2] == ("VersionNegotiationFailed", "acceptVersions")
    assert door.refused(door.ask("DescribeFeatureType", "3.0.0"))[:2] == (INVALID, "version")
    for version in ("1.1.0", "1.0.0"):
        values = {"TYPENAME": "altai:krai", "VALUEREFERENCE": "name_ru"}
        body = f'<{{}} xmlns="http://www.opengis.net/wfs" service="WFS" version="{version}" valueReference="name_ru"/>'
        for operation in ("ListStoredQueries", "GetPropertyValue"):
            for answer in (door.ask(operation, version, **values), door.post(body.format(operation))):
                assert "is an operation of 2.0.0" in door.refused(answer, 200)[2]
        there = door.refused(door.ask("LockFeature", version), 200)[2].partition("there are ")[2]
        assert there.split(", ") == ["GetCapabilities", "DescribeFeatureType", "GetFeature", "Transaction"]
        none = door.ask("GetFeature", version, TYPENAME="altai:krai", MAXFEATURES=0)
        assert door.refused(none, 200)[1:] == ("maxFeatures", "maxFeatures: '0' is no whole number from 1")


def test_sections_languages_and_sequence(door: Door) -> None:
    whole = door.valid(door.ask("GetCapabilities"))
    part = door.valid(door.ask("GetCapabilities", SECTIONS="ServiceIdentification,FeatureTypeList"))
    assert [child.tag.rpartition("}")[2] for child in part] == ["ServiceIdentification", "FeatureTypeList"]
    assert door.refused(door.ask("GetCapabilities", SECTIONS="Contents"))[:2] == (INVALID, "sections")
    sequence = whole.get("updateSequence")
    assert len(door.valid(door.ask("GetCapabilities", UPDATESEQUENCE=sequence))) == 0
    assert len(door.valid(door.ask("GetCapabilities", UPDATESEQUENCE=int(sequence) - 10**9))) == len(whole)
    late = door.refused(door.ask("GetCapabilities", UPDATESEQUENCE=int(sequence) + 10**9))
    assert late[:2] == ("InvalidUpdateSequence", "updateSequence")
    titles = {
        (language, header): door.client.get(
            "/wfs", params={"service": "WFS", "request": "GetCapabilities", **language_of(language)},
            headers={"Accept-Language": header},
        ).text
        for language, header in (("eng", "ru"), ("rus", "en"), ("xx", "en"), ("", "*"))
    }  # fmt: skip
    assert ["Municipalities" in text for text in titles.values()] == [True, False, True, False]
    assert ["Муниципальные" in text for text in titles.values()] == [False, True, False, True]


def language_of(name: str) -> dict[str, str]:
    return {"language": name} if name else {}


def body(inner: str, head: str = "", operation: str = "GetFeature") -> str:
    names = f'xmlns="{WFS2}" xmlns:fes="http://www.opengis.net/fes/2.0" xmlns:altai="urn:altaigis:layers"'
    return f'{head}<{operation} {names} service="WFS" version="2.0.0">{inner}</{operation}>'


def query(condition: str) -> str:
    return body(f'<Query typeNames="altai:districts"><fes:Filter>{condition}</fes:Filter></Query>')


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PARSING = "OperationParsingFailed"
HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, PARSING),
    "no xml": (b"{}", 400, PARSING),
    "cut": (query("<fes:Not>").encode()[:-30], 400, PARSING),
    "bomb": (body("&b;", BOMB).encode(), 400, PARSING),
    "outside": (body("&a;", OUTSIDE).encode(), 400, PARSING),
    "deep": (query("<fes:Not>" * 5000 + "</fes:Not>" * 5000).encode(), 400, PARSING),
    "nested": (query("<fes:Not>" * 100 + "<fes:PropertyIsNull/>" + "</fes:Not>" * 100).encode(), 400, INVALID),
    "encoding": (b'<?xml version="1.0" encoding="EBCDIC-FR"?><a/>', 400, PARSING),
    "broken": (('<?xml version="1.0" encoding="UTF-8"?>' + body("Барнаул")).encode("cp1251"), 400, PARSING),
    "large": (b"<a>" + b" " * 10_000_001 + b"</a>", 413, "NoApplicableCode"),
    "crowded": (query("<fes:And>" + "<fes:a/>" * 400_000 + "</fes:And>").encode(), 400, PARSING),
    "another": (b'<a xmlns="urn:b"/>', 400, PARSING),
    "lock": (body("", operation="LockFeature").encode(), 400, "OperationNotSupported"),
    "old": (body("").replace("2.0.0", "7.0").encode(), 400, INVALID),
    "empty": (body("").encode(), 400, MISSING),
    "many": (body('<Query typeNames="altai:krai"/>' * 1000).encode(), 400, INVALID),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies(door: Door, name: str) -> None:
    sent, status, code = HOSTILE[name]
    found, _, text = door.refused(door.post(sent), status)
    assert found == code
    assert "root:" not in text
    assert len(text) < 2000


def test_bodies_tell_the_version_of_their_refusal(door: Door) -> None:
    old = body("").replace(WFS2, "http://www.opengis.net/wfs").replace("2.0.0", "1.1.0")
    assert door.refused(door.post(old), 200)[0] == MISSING
    assert "ServiceException " in door.post(old.replace("1.1.0", "1.0.0")).text
    assert "OperationParsingFailed" not in door.post('<GetFeature version="1.1.0"').text
    wrong = door.post("request=GetFeature&service=WFS&typenames=%CF%F0", "application/x-www-form-urlencoded")
    assert door.refused(wrong)[0] == PARSING
    many = door.post("&".join(f"a{n}=1" for n in range(5000)), "application/x-www-form-urlencoded")
    assert door.refused(many)[0] == PARSING


KEYS = (
    "TYPENAMES", "COUNT", "STARTINDEX", "BBOX", "FILTER", "SRSNAME", "SORTBY", "PROPERTYNAME", "RESOURCEID", "ID",
    "OUTPUTFORMAT", "RESULTTYPE", "VERSION", "ALIASES", "NAMESPACES", "STOREDQUERY_ID", "VALUEREFERENCE",
)  # fmt: skip
VALUES = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["altai:krai", "()()", "(krai)", "1", "@gml:id", "urn:ogc:def:query:OGC-WFS::GetFeatureById", "krai.altai_krai"]
)
OPERATIONS = ("GetFeature", "GetPropertyValue", "DescribeFeatureType", "DescribeStoredQueries", "GetCapabilities")


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5), st.sampled_from(OPERATIONS))
def test_whatever_is_asked_is_answered(door: Door, asked: dict[str, str], request: str) -> None:
    answer = door.client.get("/wfs", params={"SERVICE": "WFS", "REQUEST": request, **asked})
    assert answer.status_code in (200, 400, 404), answer.text


def test_what_is_not_understood_has_a_report_too(door: Door) -> None:
    broken = door.client.get("/wfs?service=WFS&request=GetFeature&version=1.1.0&typeName=%ff")
    assert door.valid(broken).get("version") == "1.0.0"
    assert "UTF-8" in broken.text
    for method in ("PUT", "PATCH", "DELETE"):
        answer = door.client.request(method, "/wfs", content=b"<a/>")
        assert door.refused(answer, 405)[:2] == ("OperationNotSupported", "request")
        assert answer.headers["Allow"] == "GET, HEAD, POST, OPTIONS"


def test_refusals_name_what_there_is(door: Door) -> None:
    assert "elevation" not in door.refused(door.ask("DescribeFeatureType", TYPENAMES="altai:nothing"))[2]
    text = door.refused(door.ask("DescribeFeatureType", OUTPUTFORMAT="text/csv"))[2]
    assert "gml/3.1.1" in text
    assert "geopackage" not in text
    assert "'Foo'" in door.refused(door.ask("GetCapabilities", SECTIONS="Foo"))[2]
    near = {"STOREDQUERY_ID": "urn:altaigis:layers:FeaturesNearPoint", "typeName": "altai:krai"}
    behind = door.ask("GetFeature", **near, longitude=83, latitude=53, distance=-1)
    assert door.refused(behind)[1:] == ("distance", "distance: '-1' is no number from 0 to 20100000")
