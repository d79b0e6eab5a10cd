"""What the capabilities declare is called from the declaration: operations, types, formats, systems, operators."""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pyproj
import pytest
from fastapi.testclient import TestClient

from api.wfs.asking import VERSIONS, WFS1, WFS2, Document, Door, find, read
from ogc import needs_schemas

SQUARE = {"left": 82.0, "bottom": 52.0, "right": 84.0, "top": 54.0}
#: Geometry elements of GML 3, longitude first.
_LINE = '<gml:LineString srsName="EPSG:4326"><gml:posList>82 52 84 54</gml:posList></gml:LineString>'
_POINT = '<gml:Point srsName="EPSG:4326"><gml:pos>83.77 53.35</gml:pos></gml:Point>'
_RING = (
    "<gml:exterior><gml:LinearRing><gml:posList>82 52 84 52 84 54 82 54 82 52</gml:posList></gml:LinearRing>"
    "</gml:exterior>"
)
_POLYGON = f'<gml:Polygon srsName="EPSG:4326">{_RING}</gml:Polygon>'
_CURVE = (
    '<gml:Curve srsName="EPSG:4326"><gml:segments><gml:LineStringSegment><gml:posList>82 52 84 54</gml:posList>'
    "</gml:LineStringSegment></gml:segments></gml:Curve>"
)
GEOMETRIES = {
    "Envelope": '<gml:Envelope srsName="EPSG:4326"><gml:lowerCorner>82 52</gml:lowerCorner>'
    "<gml:upperCorner>84 54</gml:upperCorner></gml:Envelope>",
    "Point": _POINT,
    "LineString": _LINE,
    "Curve": _CURVE,
    "Polygon": _POLYGON,
    "Surface": '<gml:Surface srsName="EPSG:4326"><gml:patches><gml:PolygonPatch>'
    f"{_RING}</gml:PolygonPatch></gml:patches></gml:Surface>",
    "MultiPoint": f'<gml:MultiPoint srsName="EPSG:4326"><gml:pointMember>{_POINT}</gml:pointMember></gml:MultiPoint>',
    "MultiCurve": f'<gml:MultiCurve srsName="EPSG:4326"><gml:curveMember>{_LINE}</gml:curveMember></gml:MultiCurve>',
    "MultiSurface": f'<gml:MultiSurface srsName="EPSG:4326"><gml:surfaceMember>{_POLYGON}</gml:surfaceMember>'
    "</gml:MultiSurface>",
    "MultiGeometry": f'<gml:MultiGeometry srsName="EPSG:4326"><gml:geometryMember>{_POINT}</gml:geometryMember>'
    "</gml:MultiGeometry>",
}
_TIME = (
    "<gml:TimePeriod><gml:beginPosition>2000-01-01</gml:beginPosition>"
    "<gml:endPosition>2020-01-01</gml:endPosition></gml:TimePeriod>"
)
_LIKE = 'wildCard="*" singleChar="." escapeChar="!"'
#: What 1.1 and 1.0 call the elements that they have other words for in capabilities.
_ELEMENTS = {
    "EqualTo": "PropertyIsEqualTo", "NotEqualTo": "PropertyIsNotEqualTo", "LessThan": "PropertyIsLessThan",
    "GreaterThan": "PropertyIsGreaterThan", "LessThanEqualTo": "PropertyIsLessThanOrEqualTo",
    "GreaterThanEqualTo": "PropertyIsGreaterThanOrEqualTo", "Like": "PropertyIsLike", "NullCheck": "PropertyIsNull",
    "Between": "PropertyIsBetween",
}  # fmt: skip


@pytest.fixture(scope="module")
def door(client: TestClient) -> Door:
    return Door(client)


@pytest.fixture(scope="module", params=VERSIONS)
def told(request: pytest.FixtureRequest, door: Door) -> tuple[str, Document]:
    """A version and its capabilities."""
    return request.param, read(door.ask("GetCapabilities", request.param))


def named(document: Document, element: str) -> list[str]:
    """Names that elements of capabilities tell, in the way of each version."""
    found = find(document, f"//*[local-name()='{element}']")
    return [str(one.get("name") or one.text) for one in found]


def compared(name: str, field: str, prefix: str = "PropertyName") -> str:
    reference = f"<{prefix}>{field}</{prefix}>"
    special = {
        "PropertyIsLike": f"<PropertyIsLike {_LIKE}>{reference}<Literal>Б*</Literal></PropertyIsLike>",
        "PropertyIsBetween": f"<PropertyIsBetween>{reference}<LowerBoundary><Literal>А</Literal></LowerBoundary>"
        "<UpperBoundary><Literal>В</Literal></UpperBoundary></PropertyIsBetween>",
        "PropertyIsNull": f"<PropertyIsNull>{reference}</PropertyIsNull>",
        "PropertyIsNil": f"<PropertyIsNil>{reference}</PropertyIsNil>",
    }
    return special.get(name, f"<{name}>{reference}<Literal>Барнаул</Literal></{name}>")


def filtered(door: Door, version: str, layer: str, condition: str) -> int:
    """How many features there are."""
    namespace = "http://www.opengis.net/fes/2.0" if version == "2.0.0" else "http://www.opengis.net/ogc"
    gml = "http://www.opengis.net/gml/3.2" if version == "2.0.0" else "http://www.opengis.net/gml"
    body = f'<Filter xmlns="{namespace}" xmlns:gml="{gml}">{condition}</Filter>'
    document = read(door.ask("GetFeature", version, TYPENAME=f"altai:{layer}", FILTER=body, MAXFEATURES=2000))
    return len(find(document, f"//altai:{layer}"))


def test_operations_answer_by_every_way(door: Door, told: tuple[str, Document]) -> None:
    version, document = told
    more: dict[str, dict[str, str]] = {
        "GetFeature": {"TYPENAMES": "altai:krai", "PROPERTYNAME": "name_ru"},
        "GetPropertyValue": {"TYPENAMES": "altai:krai", "VALUEREFERENCE": "name_ru"},
    }
    operations = find(document, "//*[local-name()='Operation'][@name]/@name") or [
        one.tag.rpartition("}")[2] for one in find(document, "//wfs1:Request/*")
    ]
    assert {"GetCapabilities", "DescribeFeatureType", "GetFeature"} <= set(operations)
    bodies = {
        "GetFeature": '<Query typeName="altai:krai" typeNames="altai:krai">'
        "<PropertyName>name_ru</PropertyName></Query>",
        "GetPropertyValue": '<Query typeNames="altai:krai"/>',
    }
    namespace = WFS2 if version == "2.0.0" else WFS1
    for operation in set(operations) - {"Transaction"}:
        answer = door.ask(operation, version, **more.get(operation, {}))
        root = f'{operation} xmlns="{namespace}" xmlns:altai="urn:altaigis:layers" service="WFS" version="{version}"'
        reference = ' valueReference="name_ru"' if operation == "GetPropertyValue" else ""
        posted = door.post(f"<{root}{reference}>{bodies.get(operation, '')}</{operation}>")
        pairs = {"service": "WFS", "request": operation, "version": version, **more.get(operation, {})}
        form = "&".join(f"{key}={value}" for key, value in pairs.items())
        by_form = door.post(form, "application/x-www-form-urlencoded")
        tags = {re.sub(rb'timeStamp="[^"]*"', b"", found.content) for found in (answer, posted, by_form)}
        assert (answer.status_code, len(tags)) == (200, 1), (operation, [tag[:600] for tag in tags])


def test_types_and_formats(door: Door, told: tuple[str, Document]) -> None:
    version, document = told
    types = find(document, "//*[local-name()='FeatureType']/*[local-name()='Name']/text()")
    assert len(types) > 10
    for name in types:
        read(door.ask("GetFeature", version, TYPENAME=name, COUNT=1))
    formats = find(document, "//*[@name='GetFeature']//*[@name='outputFormat']//*[local-name()='Value']/text()")
    for form in formats or ["GML2"]:
        answer = door.ask("GetFeature", version, TYPENAME="altai:resort_sites", COUNT=2, OUTPUTFORMAT=form)
        assert answer.status_code == 200, (form, answer.text)
        assert len(answer.content) > 500
        if "gml" not in form.lower():
            assert answer.headers["OGC-NumberReturned"] == "2"
            assert answer.headers["OGC-NumberMatched"] == "32"


def test_systems(door: Door, told: tuple[str, Document]) -> None:
    version, document = told
    path = "//*[local-name()='FeatureType'][*[text()='altai:resort_sites']]/*[contains(local-name(), 'RS')]/text()"
    systems = find(document, path)
    assert systems[0] == ("EPSG:4326" if version == "1.0.0" else "urn:ogc:def:crs:EPSG::4326")
    sites = {
        feature["id"]: feature for feature in door.client.get("/collections/resort_sites/items").json()["features"]
    }
    for name in systems:
        crs = pyproj.CRS.from_user_input(str(name))
        document = read(door.ask("GetFeature", version, TYPENAME="altai:resort_sites", SRSNAME=name, COUNT=5))
        (first, *_) = find(document, "//altai:resort_sites[altai:geom]")
        (place,) = find(first, ".//*[@srsName]")
        assert place.get("srsName") == name
        position = [float(n) for n in re.split("[ ,]", "".join(place.itertext()).strip())]
        lon_lat = sites[find(first, "altai:site_id/text()")[0]]["geometry"]["coordinates"]
        # pyproj follows the authority where it is not told otherwise, as names of OGC mean it
        expected = pyproj.Transformer.from_crs("OGC:CRS84", crs, always_xy=version == "1.0.0").transform(*lon_lat)
        assert position == pytest.approx(expected, abs=0.02 if max(expected) > 360 else 1e-6)


def test_operators(door: Door, told: tuple[str, Document]) -> None:
    version, document = told
    comparisons = [_ELEMENTS.get(name, name) for name in named(document, "ComparisonOperator")]
    if version == "1.0.0":
        comparisons = [name for name in _ELEMENTS.values() if name != "PropertyIsNil"]
    assert len(comparisons) >= 9
    named_somehow = "<Not><PropertyIsNull><PropertyName>name_ru</PropertyName></PropertyIsNull></Not>"
    everything = filtered(door, version, "settlements", named_somehow)
    counts = {name: filtered(door, version, "settlements", compared(name, "altai:name_ru")) for name in comparisons}
    assert counts["PropertyIsEqualTo"] == 1
    assert counts["PropertyIsEqualTo"] + counts["PropertyIsNotEqualTo"] == everything
    assert counts["PropertyIsLessThan"] + counts["PropertyIsGreaterThanOrEqualTo"] == everything
    assert 1 < counts["PropertyIsLike"] < everything
    assert counts["PropertyIsNull"] == 0
    spatials = named(document, "SpatialOperator") or [
        one.tag.rpartition("}")[2].replace("Intersect", "Intersects")
        for one in find(document, "//ogc:Spatial_Operators/*")
    ]
    assert len(spatials) == 11
    far = '<Distance units="m" uom="m">1000</Distance>'
    inside = {
        name: filtered(
            door, version, "settlements",
            f"<{name}><PropertyName>altai:geom</PropertyName>{GEOMETRIES['Envelope' if name == 'BBOX' else 'Polygon']}"
            f"{far if name in ('DWithin', 'Beyond') else ''}</{name}>",
        )
        for name in spatials
    }  # fmt: skip
    within = inside["Within"]
    assert 0 < within < everything
    assert inside["Disjoint"] + inside["Intersects"] == everything
    assert inside["DWithin"] + inside["Beyond"] == everything
    operands = [name.removeprefix("gml:") for name in named(document, "GeometryOperand")]
    assert all(
        filtered(
            door, version, "districts", f"<Intersects><PropertyName>geom</PropertyName>{GEOMETRIES[name]}</Intersects>"
        )
        for name in operands
    )


def test_time_and_functions(door: Door) -> None:
    document = read(door.ask("GetCapabilities"))
    relations = [name.removeprefix("extension:") for name in named(document, "TemporalOperator")]
    assert {"After", "Before", "During", "TEquals"} <= set(relations)
    for name in relations:
        condition = f"<{name}><ValueReference>altai:time</ValueReference>{_TIME}</{name}>"
        assert filtered(door, "2.0.0", "quality_issues", condition) >= 0
    types: Mapping[str, tuple[str, str]] = {
        "xs:string": ("<ValueReference>name_ru</ValueReference>", "барнаул"),
        "xs:double": ("<ValueReference>population</ValueReference>", "1"),
    }
    for function in find(document, "//fes:Function"):
        kinds = [str(kind) for kind in find(function, "fes:Arguments/fes:Argument/fes:Type/text()")]
        arguments = "".join(types[kind][0] for kind in kinds)
        called = f'<Function name="{function.get("name")}">{arguments}</Function>'
        condition = f"<PropertyIsLessThan>{called}<Literal>{types[kinds[0]][1]}</Literal></PropertyIsLessThan>"
        assert filtered(door, "2.0.0", "settlements", condition) >= 0


@needs_schemas
def test_claims(door: Door) -> None:
    """What is declared to be so, or not."""
    document = read(door.ask("GetCapabilities"))
    claims: dict[str, Any] = {
        one.get("name"): find(one, "ows:DefaultValue/text()")[0]
        for one in find(document, "//ows:Constraint[ows:DefaultValue]")
    }
    assert claims["ImplementsResultPaging"] == "TRUE"
    assert claims["CountDefault"] == "10000"
    assert claims["ImplementsStandardJoins"] == "FALSE"
    assert door.refused(door.ask("GetFeature", TYPENAMES="altai:krai,altai:districts"))[:2] == (
        "OptionNotSupported",
        "typeNames",
    )
    for name in ("LockFeature", "GetFeatureWithLock", "CreateStoredQuery", "DropStoredQuery"):
        assert door.refused(door.ask(name))[:2] == ("OperationNotSupported", "request")
    sorted_by = {"SORTBY": "altai:population D", "PROPERTYNAME": "altai:population"}
    sent = read(door.ask("GetFeature", TYPENAMES="altai:districts", **sorted_by))
    populations = [int(number) for number in find(sent, "//altai:population/text()")]
    assert len(populations) == 69
    assert all(one >= other for one, other in pairwise(populations))
