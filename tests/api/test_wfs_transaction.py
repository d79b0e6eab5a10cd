"""Transactions as clients of WFS write them."""

from typing import Any

import pytest

from altaigis.api.wfs.transaction import read_deletion, read_transaction
from altaigis.domain.catalog import Catalog
from altaigis.domain.edit import Draft
from altaigis.domain.expression import Box, Call, Literal, Property, call
from altaigis.domain.transaction import Action, Delete, Insert, Replace, Update
from altaigis.errors import AltaiError, ParameterError, TransactionRefused
from altaigis.filters.xml import parse_xml
from filters.examples import MEADOWS

LAKES = MEADOWS.model_copy(update={"id": "lakes"})
CATALOG = Catalog([MEADOWS, LAKES])
NAMESPACES = {
    "2.0.0": 'xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:fes="http://www.opengis.net/fes/2.0" '
    'xmlns:gml="http://www.opengis.net/gml/3.2"',
    "1.1.0": 'xmlns:wfs="http://www.opengis.net/wfs" xmlns:fes="http://www.opengis.net/ogc" '
    'xmlns:gml="http://www.opengis.net/gml"',
}
ALTAI = 'xmlns:altai="urn:altaigis:layers" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
POLYGON = (
    "<gml:Polygon{}><gml:exterior><gml:LinearRing><gml:posList>{}</gml:posList></gml:LinearRing></gml:exterior>"
    "</gml:Polygon>"
)
SQUARE = {"type": "Polygon", "coordinates": [[[80.0, 50.0], [81.0, 50.0], [81.0, 51.0], [80.0, 50.0]]]}
LATITUDE_FIRST, LONGITUDE_FIRST = "50 80 50 81 51 81 50 80", "80 50 81 50 81 51 80 50"
FIVE = '<fes:Filter><fes:FeatureId fid="meadows.5"/></fes:Filter>'
IS_FIVE = call("=", Property("number"), Literal(5))


def read(body: str, version: str = "2.0.0") -> tuple[Action, ...]:
    root = f'<wfs:Transaction service="WFS" version="{version}" {NAMESPACES[version]} {ALTAI}>{body}</wfs:Transaction>'
    return read_transaction(parse_xml(root.encode(), "transaction"), version, CATALOG).actions


def insert(features: str, **attributes: str) -> str:
    told = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<wfs:Insert{told}>{features}</wfs:Insert>"


def feature(values: str, gml_id: str = "x") -> str:
    return f'<altai:meadows gml:id="{gml_id}">{values}</altai:meadows>'


def drafts(body: str, version: str = "2.0.0") -> tuple[Draft, ...]:
    (action,) = read(body, version)
    assert isinstance(action, Insert)
    assert action.layer is MEADOWS
    return action.drafts


@pytest.mark.parametrize("version", NAMESPACES)
def test_the_actions_of_both_versions(version: str) -> None:
    reference = "ValueReference" if version == "2.0.0" else "Name"
    actions = read(
        insert(feature("<altai:name>Луг</altai:name>"), handle="new")
        + f'<wfs:Update typeName="altai:meadows" handle="u"><wfs:Property><wfs:{reference}>altai:name</wfs:{reference}>'
        f"<wfs:Value>Поле</wfs:Value></wfs:Property><wfs:Property><wfs:{reference}>count</wfs:{reference}>"
        f"</wfs:Property>{FIVE}</wfs:Update>"
        f'<wfs:Delete typeName="lakes">{FIVE}</wfs:Delete><wfs:Native vendorId="x" safeToIgnore="true"/>',
        version,
    )
    assert actions == (
        Insert(MEADOWS, (Draft(None, {"name": "Луг"}),), "new"),
        Update(MEADOWS, IS_FIVE, {"name": "Поле", "count": None}, "u"),
        Delete(LAKES, Literal(False), None),
    )


def test_replace_is_of_2_alone() -> None:
    body = f'<wfs:Replace handle="r">{feature("<altai:count>7</altai:count>")}{FIVE}</wfs:Replace>'
    assert read(body) == (Replace(MEADOWS, IS_FIVE, Draft(None, {"count": 7}), "r"),)
    with pytest.raises(TransactionRefused, match="'Replace' is no action here; there are Insert, Update, Delete"):
        read(body, "1.1.0")


def test_values_have_the_types_of_their_fields() -> None:
    told = {
        "name": " Луг ", "other": "5", "count": "-5", "size": "1.5e3", "wet": "1", "day": "2020-02-29Z",
        "seen": "2020-01-01T07:00:00+07:00",
    }  # fmt: skip
    values = "".join(f"<altai:{name}>{text}</altai:{name}>" for name, text in told.items())
    (draft,) = drafts(insert(feature(f'{values}<altai:since xsi:nil="true"/><gml:boundedBy/>')))
    assert draft.fid is None
    assert draft.values == {
        "name": " Луг ", "other": "5", "count": -5, "size": 1500.0, "wet": True, "day": "2020-02-29",
        "seen": "2020-01-01T00:00:00Z", "since": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("on_insert", "on_shape", "positions"),
    [
        ({}, "", LATITUDE_FIRST),
        ({}, ' srsName="urn:ogc:def:crs:EPSG::4326"', LATITUDE_FIRST),
        ({}, ' srsName="EPSG:4326"', LONGITUDE_FIRST),
        ({"srsName": "EPSG:4326"}, "", LONGITUDE_FIRST),
        ({"srsName": "EPSG:4326"}, ' srsName="urn:ogc:def:crs:EPSG::4326"', LATITUDE_FIRST),
    ],
)
def test_axes_of_geometry(on_insert: dict[str, str], on_shape: str, positions: str) -> None:
    shape = POLYGON.format(on_shape, positions)
    (draft,) = drafts(insert(feature(f"<altai:geom>{shape}</altai:geom>"), **on_insert))
    assert draft.values == {"geom": SQUARE}


@pytest.mark.parametrize(
    ("values", "gml_id", "idgen", "fid"),
    [
        ("", "meadows.5", "GenerateNew", None),
        ("", "meadows.5", "UseExisting", "5"),
        ("", "5", "UseExisting", "5"),
        ("<altai:number>7</altai:number>", "meadows.5", "UseExisting", "7"),
        ("<altai:number>7</altai:number>", "x", "GenerateNew", "7"),
    ],
)
def test_ids(values: str, gml_id: str, idgen: str, fid: str | None) -> None:
    (draft,) = drafts(insert(feature(values, gml_id), idgen=idgen), "1.1.0")
    assert draft.fid == fid


def test_collections_of_features() -> None:
    two = f"<gml:featureMember>{feature('')}</gml:featureMember><gml:featureMembers>{feature('')}</gml:featureMembers>"
    assert len(drafts(insert(f"<wfs:FeatureCollection>{two}</wfs:FeatureCollection>"), "1.1.0")) == 2


UPDATE = '<wfs:Update typeName="meadows" handle="h">{}</wfs:Update>'
NAME = "<wfs:Property><wfs:ValueReference>{}</wfs:ValueReference>{}</wfs:Property>"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('<wfs:Native handle="h" safeToIgnore="false"/>', "'Native' is no action here"),
        ('<wfs:Nothing handle="h"/>', "'Nothing' is no action here; there are Insert, Update, Delete, Replace"),
        (insert("", handle="h"), "has no features"),
        (insert(feature("<altai:seen>2024-01-01T00:00:00</altai:seen>"), handle="h"), "has no time zone"),
        (insert("<altai:seas/>", handle="h"), "no type 'seas'"),
        (insert(feature(""), handle="h", inputFormat="application/json"), "inputFormat"),
        (insert(feature(""), handle="h", idgen="ReplaceDuplicate"), "idgen"),
        (insert(feature(""), handle="h", srsName="nothing"), "srsName"),
        (insert(feature("<altai:count>many</altai:count>"), handle="h"), "count: 'many' is not of type integer"),
        (insert(feature("<altai:count/>"), handle="h"), "count: '' is not of type integer"),
        (insert(feature("<altai:day>soon</altai:day>"), handle="h"), "day: 'soon' is not of type date"),
        (insert(feature("<altai:wet>maybe</altai:wet>"), handle="h"), "wet: 'maybe' is not of type boolean"),
        (insert(feature("<altai:name>a</altai:name>" * 2), handle="h"), "name: stands there twice"),
        (insert(feature("<altai:name><b/></altai:name>"), handle="h"), "name: holds the element b"),
        (insert(feature("<altai:geom><b/></altai:geom>"), handle="h"), "geom: holds b, not one geometry"),
        (insert(feature("<altai:geom><gml:Point/></altai:geom>"), handle="h"), "geom: gml:Point has no coordinates"),
        (insert(feature("<altai:geom><gml:Envelope><gml:pos>1 2</gml:pos><gml:pos>3 4</gml:pos></gml:Envelope>"
                        "</altai:geom>"), handle="h"), "geom: an Envelope"),
        (insert(feature("") * 10_001, handle="h"), "more than 10000 features"),
        (UPDATE.format(FIVE), "no Property"),
        (UPDATE.format(NAME.format("", "")), "is no property"),
        (UPDATE.format(NAME.format("@gml:id", "")), "is no property"),
        (UPDATE.format(NAME.format("name", "") * 2), "name: stands there twice"),
        (UPDATE.format("<wfs:Property/>"), "no ValueReference"),
        (UPDATE.format('<wfs:Property><wfs:ValueReference action="insertAfter">name</wfs:ValueReference>'
                       "</wfs:Property>"), "insertAfter"),
        (UPDATE.format(NAME.format("name", "") + "<fes:Filter/>"), "Filter has 0 conditions"),
        ('<wfs:Delete typeName="meadows" handle="h"/>', "Delete has 0 Filters"),
        (f'<wfs:Delete handle="h">{FIVE}</wfs:Delete>', "typeName"),
        (f'<wfs:Replace handle="h">{FIVE}</wfs:Replace>', "0 features"),
        (f'<wfs:Replace handle="h">{feature("")}</wfs:Replace>', "Replace has 0 Filters"),
    ],
    ids=lambda value: value[:60],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_handle(body: str, told: str) -> None:
    with pytest.raises(TransactionRefused) as caught:
        read(f'<wfs:Insert handle="good">{feature("")}</wfs:Insert>{body}')
    assert told in str(caught.value)
    assert caught.value.handle == "h"


def test_the_feature_is_told() -> None:
    with pytest.raises(TransactionRefused) as caught:
        read(insert(feature("") + feature("<altai:count>x</altai:count>", "meadows.7"), handle="h"))
    assert (caught.value.handle, caught.value.fid) == ("h", "meadows.7")
    assert "action 'h', feature 'meadows.7': count: 'x' is not of type integer" in str(caught.value)


def test_a_feature_without_an_id_is_told_by_its_place() -> None:
    bad = "<altai:meadows><altai:{0}>{1}</altai:{0}><altai:count>x</altai:count></altai:meadows>"
    update = '<wfs:Update typeName="meadows">' + NAME.format("count", "<wfs:Value>x</wfs:Value>") + "{}</wfs:Update>"
    for body, fid, place in (
        (
            insert("<altai:meadows/>") + insert("<altai:meadows/>" + bad.format("name", "a")),
            None,
            "feature 2 of action 2",
        ),
        (insert(bad.format("number", "7")), "meadows.7", "feature 1 of action 1"),
        (update.format(FIVE), "meadows.5", None),
        (insert("<altai:meadows/>") + update.format(""), None, "action 2"),
        ('<wfs:Delete typeName="no">' + FIVE.replace("FeatureId", "Not") + "</wfs:Delete>", None, "action 1"),
    ):
        with pytest.raises(TransactionRefused) as caught:
            read(body)
        assert (caught.value.fid, caught.value.place) == (fid, place)
        assert str(fid or place) in str(caught.value)


def test_an_insert_of_two_types_is_one_of_each() -> None:
    two = insert(feature("") + "<altai:lakes/><altai:lakes/>" + feature(""), handle="h")
    assert [(action.layer.id, action.handle) for action in read(two)] == [
        ("meadows", "h"), ("lakes", "h"), ("meadows", "h"),
    ]  # fmt: skip


def test_there_are_no_locks() -> None:
    with pytest.raises(ParameterError, match="lockId"):
        read("<wfs:LockId>5</wfs:LockId>", "1.1.0")
    with pytest.raises(ParameterError, match=r"WFS 0\.9\.0 has no Transaction here"):
        read_transaction(parse_xml(b"<Transaction/>", "transaction"), "0.9.0", CATALOG)


BOX = call("s_intersects", Property("geom"), Box((80.0, 50.0, 81.0, 51.0)))


@pytest.mark.parametrize(
    ("parameters", "where"),
    [
        ({"FEATUREID": "meadows.5,meadows.7"}, Call("in", (Property("number"), Literal(5), Literal(7)))),
        ({"TYPENAME": "altai:meadows", "FEATUREID": "meadows.5"}, IS_FIVE),
        ({"TYPENAME": "meadows", "BBOX": "50,80,51,81"}, BOX),
        ({"TYPENAME": "meadows", "BBOX": "80,50,81,51,EPSG:4326"}, BOX),
        ({"TYPENAME": "meadows", "FILTER": f"<fes:Filter>{FIVE}</fes:Filter>"}, IS_FIVE),
    ],
)
def test_deletions_by_key_value_pairs(parameters: dict[str, str], where: Any) -> None:
    assert read_deletion({"OPERATION": "Delete", **parameters}, CATALOG).actions == (Delete(MEADOWS, where),)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({}, "operation"),
        ({"OPERATION": "Insert"}, "operation"),
        ({"OPERATION": "Delete", "TYPENAME": "meadows"}, "not 0"),
        ({"OPERATION": "Delete", "FEATUREID": "a", "BBOX": "1,2,3,4"}, "not 2"),
        ({"OPERATION": "Delete", "BBOX": "1,2,3,4"}, "typename"),
        ({"OPERATION": "Delete", "FEATUREID": "seas.5"}, "no type 'seas'"),
        ({"OPERATION": "Delete", "TYPENAME": "meadows", "FILTER": "x"}, "is no XML"),
        ({"OPERATION": "Delete", "TYPENAME": "meadows", "BBOX": "x"}, "bbox"),
    ],
)
def test_what_is_no_deletion(parameters: dict[str, str], told: str) -> None:
    with pytest.raises(AltaiError, match=told):
        read_deletion(parameters, CATALOG)
