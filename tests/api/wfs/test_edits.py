"""Transactions over HTTP: by whom, what is told of them, and that a refusal changes nothing."""

import base64

import pytest

from api.test_editing import Desk, desk, project
from api.wfs.asking import Door, find
from ogc import needs_schemas

__all__ = ["desk", "project"]
pytestmark = needs_schemas
NAMESPACES = {
    "2.0.0": 'xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:f="http://www.opengis.net/fes/2.0" '
    'xmlns:gml="http://www.opengis.net/gml/3.2"',
    "1.1.0": 'xmlns:wfs="http://www.opengis.net/wfs" xmlns:f="http://www.opengis.net/ogc" '
    'xmlns:gml="http://www.opengis.net/gml"',
}
NAMESPACES["1.0.0"] = NAMESPACES["1.1.0"]
#: What QGIS 3.22 writes for one and the same place.
PLACES = {"2.0.0": "52 85.3", "1.1.0": "52 85.3", "1.0.0": "85.3 52"}
INSERT = (
    '<wfs:Insert handle="new"><altai:sites><altai:site_id>{0}</altai:site_id><altai:name_ru>{1}</altai:name_ru>'
    '<altai:geom><gml:Point srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>{2}</gml:pos></gml:Point></altai:geom>'
    "</altai:sites></wfs:Insert>"
)
DELETE = '<wfs:Delete handle="away" typeName="altai:sites"><f:Filter><f:{1} {2}="sites.{0}"/></f:Filter></wfs:Delete>'


@pytest.fixture(scope="module")
def door(desk: Desk) -> Door:
    return Door(desk.http)


def transaction(version: str, *actions: str) -> str:
    names = f'{NAMESPACES[version]} xmlns:altai="urn:altaigis:layers"'
    return f'<wfs:Transaction service="WFS" version="{version}" {names}>{"".join(actions)}</wfs:Transaction>'


def basic(token: str) -> str:
    return "Basic " + base64.b64encode(f"anyone:{token}".encode()).decode()


@pytest.mark.parametrize("version", NAMESPACES)
def test_what_is_done_is_told_and_seen(door: Door, desk: Desk, version: str) -> None:
    fid = f"№ {version}"
    name, value = ("ValueReference", "Value") if version == "2.0.0" else ("Name", "Value")
    update = (
        f'<wfs:Update typeName="altai:sites"><wfs:Property><wfs:{name}>altai:kind</wfs:{name}><wfs:{value}>hill'
        f"</wfs:{value}></wfs:Property><f:Filter><f:PropertyIsEqualTo><f:PropertyName>site_id</f:PropertyName><f:Literal>{fid}"
        "</f:Literal></f:PropertyIsEqualTo></f:Filter></wfs:Update>"
    )
    sent = transaction(version, INSERT.format(fid, "Озеро &amp; лес", PLACES[version]), update)
    document = door.valid(door.post(sent, Authorization=basic(desk.token)))
    totals = {
        one.tag.rpartition("}")[2]: one.text for one in find(document, "//*[local-name()='TransactionSummary']/*")
    }
    if version == "1.0.0":
        assert len(find(document, "wfs1:TransactionResult/wfs1:Status/wfs1:SUCCESS")) == 1
    else:
        assert (totals["totalInserted"], totals["totalUpdated"], totals["totalDeleted"]) == ("1", "1", "0")
    (gml_id,) = {str(found) for found in find(document, "//@rid | //@fid")}
    assert find(document, "//@handle")[:1] == ["new"]
    seen = desk.get(fid).json()
    assert seen["geometry"]["coordinates"] == [85.3, 52]
    assert (seen["properties"]["name_ru"], seen["properties"]["kind"]) == ("Озеро & лес", "hill")
    element, attribute = ("ResourceId", "rid") if version == "2.0.0" else ("FeatureId", "fid")
    gone = transaction(version, DELETE.format(gml_id.removeprefix("sites."), element, attribute))
    document = door.valid(door.post(gone, Authorization=f"Bearer {desk.token}"))
    assert find(document, "//*[local-name()='totalDeleted']/text()") == ([] if version == "1.0.0" else ["1"])
    assert desk.get(fid).status_code == 404


def test_a_form_deletes(door: Door, desk: Desk) -> None:
    asked = "service=WFS&version=1.1.0&request=Transaction&operation=Delete&featureid=sites.c"
    form = "application/x-www-form-urlencoded"
    assert door.client.get(f"/wfs?{asked}").status_code == 200
    assert desk.get("c").status_code == 200
    door.valid(door.post(asked, form, Authorization=basic(desk.token)))
    assert desk.get("c").status_code == 404


@pytest.mark.parametrize("version", NAMESPACES)
def test_a_refusal_changes_nothing(door: Door, desk: Desk, version: str) -> None:
    before, key = desk.state(), basic(desk.token)
    place = PLACES[version]
    good = INSERT.format("good", "Хорошее", place)
    old = version != "2.0.0"

    def refused(status: int, *actions: str, authorization: str = key) -> tuple[str | None, str | None, str]:
        answer = door.post(transaction(version, *actions), Authorization=authorization)
        return door.refused(answer, status)

    code, locator, text = refused(200 if old else 400, good, INSERT.format("bad", "", place).replace("new", "second"))
    assert (code, locator) == ("NoApplicableCode" if old else "InvalidValue", "second"), text
    assert "bad" in text
    assert "name_ru" in text
    assert refused(200 if old else 400, INSERT.format("bad", "", place).replace(' handle="new"', ""))[1] == "sites.bad"
    code, locator, _ = refused(200 if old else 403, INSERT.format("b", "Ещё раз", place))
    assert (code, locator) == ("NoApplicableCode" if old else "OperationProcessingFailed", "new")
    assert refused(200 if old else 400, good, '<wfs:Native vendorId="x" safeToIgnore="false" handle="n"/>')[1] == "n"
    assert refused(200 if old else 400, good.replace("sites", "nothing"))[0] == "InvalidParameterValue"
    code, _, text = refused(200 if old else 403, good.replace("sites", "zones"))
    assert (code, "is not for editing" in text) == ("NoApplicableCode", True)
    assert refused(401, good, authorization=basic("wrong"))[0] == "NoApplicableCode"
    unsigned = door.post(transaction(version, good))
    assert door.refused(unsigned, 401)[0] == "NoApplicableCode"
    assert "Basic" in unsigned.headers["WWW-Authenticate"]
    wide = f'<?xml version="1.0" encoding="UTF-16"?>{transaction(version, good)}'.encode("utf-16")
    for part in (transaction(version, good)[:300], wide[:700]):
        assert door.refused(door.post(part), 401)[2] == door.refused(unsigned, 401)[2], "what nobody signs is not read"
        text = door.refused(door.post(part, Authorization=basic("wrong")), 401)[2]
        assert text == "this key is unknown, or has been revoked", "nor what is signed with another key"
    code, locator, text = refused(200 if old else 400, '<wfs:Delete typeName="altai:nothing"/>')
    assert (code, locator) == ("InvalidParameterValue", "action 1") if version != "1.0.0" else locator == "action 1"
    assert text.endswith("for editing there are shapes, sites"), "and no others"
    assert refused(200 if old else 403, good.replace("sites", "zones").replace(' handle="new"', ""))[1] == "zones"
    many = transaction(version, *[INSERT.format(n, "Много", place) for n in range(12_000)])
    code, _, text = door.refused(door.post(many, Authorization=key), 200 if old else 403)
    assert code == ("NoApplicableCode" if old else "OperationProcessingFailed")
    assert "10000" in text
    assert desk.state() == before
