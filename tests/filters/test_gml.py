"""Geometry in GML of all versions, and the order of axes in every spelling of a CRS."""

import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.crs import CRS84, Crs
from altaigis.domain.expression import Box, Geometry
from altaigis.errors import ParameterError
from altaigis.filters.gml import geometry_from_gml
from altaigis.filters.xml import parse_xml

NORTH_FIRST = Crs(4326, axis_swapped=True)
GML = 'xmlns:gml="http://www.opengis.net/gml/3.2"'


def read(text: str, default: Crs = CRS84) -> Geometry | Box:
    name = text.split("<gml:", 1)[1].split(">")[0].split()[0].rstrip("/")
    return geometry_from_gml(
        parse_xml(text.replace(f"<gml:{name}", f"<gml:{name} {GML}", 1).encode(), "filter"), default
    )


def wkt(text: str, default: Crs = CRS84) -> str:
    found = read(text, default)
    assert isinstance(found, Geometry)
    return str(shapely.to_wkt(shapely.from_wkb(found.wkb), trim=True))


LINE = "LINESTRING (80 50, 81 50, 81 51)"
SQUARE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
HOLED = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 1 1))"
RING = "<gml:LinearRing><gml:posList>0 0 4 0 4 4 0 4 0 0</gml:posList></gml:LinearRing>"
HOLE = "<gml:LinearRing><gml:posList>1 1 1 2 2 2 1 1</gml:posList></gml:LinearRing>"
OLD_RING = "<gml:LinearRing><gml:coordinates>0,0 4,0 4,4 0,4 0,0</gml:coordinates></gml:LinearRing>"
OLD_HOLE = "<gml:LinearRing><gml:coordinates>1,1 1,2 2,2 1,1</gml:coordinates></gml:LinearRing>"
EXTERIOR = f"<gml:exterior>{RING}</gml:exterior>"
POLYGON = f"<gml:Polygon>{EXTERIOR}</gml:Polygon>"
POINT = "<gml:Point><gml:pos>80 50</gml:pos></gml:Point>"
SEGMENT = "<gml:LineStringSegment><gml:posList>{}</gml:posList></gml:LineStringSegment>"
SEGMENTS = SEGMENT.format("80 50 81 50") + SEGMENT.format("81 50 81 51")
CURVE = f"<gml:Curve><gml:segments>{SEGMENTS}</gml:segments></gml:Curve>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # GML 3
        (POINT, "POINT (80 50)"),
        ("<gml:Point><gml:pos srsDimension='3'>80 50 7</gml:pos></gml:Point>", "POINT (80 50)"),
        ("<gml:LineString><gml:posList>80 50 81 50 81 51</gml:posList></gml:LineString>", LINE),
        ("<gml:LineString srsDimension='3'><gml:posList>80 50 1 81 50 1 81 51 1</gml:posList></gml:LineString>", LINE),
        ("<gml:LineString><gml:pos>80 50</gml:pos>\n<gml:pos>81 50</gml:pos><gml:pos>81 51</gml:pos></gml:LineString>",
         LINE),
        (f"<gml:LineString><gml:pointProperty>{POINT}</gml:pointProperty><gml:pos>81 50</gml:pos></gml:LineString>",
         "LINESTRING (80 50, 81 50)"),
        (CURVE, LINE),
        (f"<gml:CompositeCurve><gml:curveMember>{CURVE}</gml:curveMember></gml:CompositeCurve>", LINE),
        (POLYGON, SQUARE),
        (f"<gml:Polygon>{EXTERIOR}<gml:interior>{HOLE}</gml:interior></gml:Polygon>", HOLED),
        (f"<gml:Surface><gml:patches><gml:PolygonPatch>{EXTERIOR}</gml:PolygonPatch></gml:patches></gml:Surface>",
         SQUARE),
        (f"<gml:CompositeSurface><gml:surfaceMember>{POLYGON}</gml:surfaceMember><gml:surfaceMember>"
         f"{POLYGON.replace('0 0 4 0 4 4 0 4 0 0', '4 0 8 0 8 4 4 4 4 0')}</gml:surfaceMember></gml:CompositeSurface>",
         "POLYGON ((0 0, 0 4, 4 4, 8 4, 8 0, 4 0, 0 0))"),
        ("<gml:Polygon><gml:exterior><gml:Ring><gml:curveMember><gml:LineString><gml:posList>0 0 4 0 4 4</gml:posList>"
         "</gml:LineString></gml:curveMember><gml:curveMember><gml:LineString><gml:posList>4 4 0 4 0 0</gml:posList>"
         "</gml:LineString></gml:curveMember></gml:Ring></gml:exterior></gml:Polygon>", SQUARE),
        (f"<gml:MultiPoint><gml:pointMember>{POINT}</gml:pointMember></gml:MultiPoint>", "MULTIPOINT ((80 50))"),
        (f"<gml:MultiPoint><gml:pointMembers>{POINT * 2}</gml:pointMembers></gml:MultiPoint>",
         "MULTIPOINT ((80 50), (80 50))"),
        (f"<gml:MultiCurve><gml:curveMember>{CURVE}</gml:curveMember></gml:MultiCurve>",
         "MULTILINESTRING ((80 50, 81 50, 81 51))"),
        (f"<gml:MultiSurface><gml:surfaceMember>{POLYGON}</gml:surfaceMember></gml:MultiSurface>",
         "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 4, 0 0)))"),
        (f"<gml:MultiGeometry><gml:geometryMember>{POINT}</gml:geometryMember></gml:MultiGeometry>",
         "GEOMETRYCOLLECTION (POINT (80 50))"),
        # GML 2
        ("<gml:Point><gml:coordinates>80,50</gml:coordinates></gml:Point>", "POINT (80 50)"),
        ("<gml:Point><gml:coordinates decimal=',' cs=';' ts=' '>80,5;50,25</gml:coordinates></gml:Point>",
         "POINT (80.5 50.25)"),
        ("<gml:Point><gml:coord><gml:X>80</gml:X><gml:Y>50</gml:Y></gml:coord></gml:Point>", "POINT (80 50)"),
        ("<gml:LineString><gml:coordinates>80,50,1 81,50,1\n 81,51,1</gml:coordinates></gml:LineString>", LINE),
        (f"<gml:Polygon><gml:outerBoundaryIs>{OLD_RING}</gml:outerBoundaryIs><gml:innerBoundaryIs>{OLD_HOLE}"
         "</gml:innerBoundaryIs></gml:Polygon>", HOLED),
        (f"<gml:MultiPolygon><gml:polygonMember><gml:Polygon><gml:outerBoundaryIs>{OLD_RING}</gml:outerBoundaryIs>"
         "</gml:Polygon></gml:polygonMember></gml:MultiPolygon>", "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 4, 0 0)))"),
        ("<gml:MultiLineString><gml:lineStringMember><gml:LineString><gml:coordinates>80,50 81,50 81,51"
         "</gml:coordinates></gml:LineString></gml:lineStringMember></gml:MultiLineString>",
         "MULTILINESTRING ((80 50, 81 50, 81 51))"),
    ],
)  # fmt: skip
def test_elements_of_all_versions(text: str, expected: str) -> None:
    assert wkt(text) == expected


@pytest.mark.parametrize(
    "corners",
    [
        "<gml:Envelope{}><gml:lowerCorner>50 80</gml:lowerCorner>"
        "<gml:upperCorner>51 81</gml:upperCorner></gml:Envelope>",
        "<gml:Envelope{}><gml:pos>50 80</gml:pos><gml:pos>51 81</gml:pos></gml:Envelope>",
        "<gml:Box{}><gml:coordinates>50,80 51,81</gml:coordinates></gml:Box>",
        "<gml:Box{}><gml:coord><gml:X>50</gml:X><gml:Y>80</gml:Y></gml:coord>"
        "<gml:coord><gml:X>51</gml:X><gml:Y>81</gml:Y></gml:coord></gml:Box>",
    ],
)
def test_boxes_follow_the_default_where_they_name_nothing(corners: str) -> None:
    assert read(corners.format(""), NORTH_FIRST) == Box((80, 50, 81, 51))
    assert read(corners.format(""), CRS84) == Box((50, 80, 51, 81))
    assert read(corners.format(' srsName="EPSG:4326"'), NORTH_FIRST) == Box((50, 80, 51, 81))
    assert read(corners.format(' srsName="urn:ogc:def:crs:EPSG::4326"'), CRS84) == Box((80, 50, 81, 51))


#: Spellings of a CRS: whether the authority's order of axes is meant.
SPELLINGS = {
    "urn:ogc:def:crs:EPSG::{}": True,
    "urn:ogc:def:crs:EPSG:6.9:{}": True,
    "urn:x-ogc:def:crs:EPSG:{}": True,
    "urn:x-ogc:def:crs:EPSG::{}": True,
    "http://www.opengis.net/def/crs/EPSG/0/{}": True,
    "https://www.opengis.net/def/crs/EPSG/0/{}": True,
    "EPSG:{}": False,
    "http://www.opengis.net/gml/srs/epsg.xml#{}": False,
}
#: Whether the authority has northing or latitude first (EPSG's register).
AUTHORITY = {4326: True, 3857: False, 32645: False, 28415: True}


@pytest.mark.parametrize("code", AUTHORITY)
@pytest.mark.parametrize("spelling", [name for name in SPELLINGS if not name.endswith("EPSG:{}") or name == "EPSG:{}"])
def test_axes_in_every_spelling(code: int, spelling: str) -> None:
    place = (83.76, 53.35)
    there = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(*place)
    x, y = reversed(there) if SPELLINGS[spelling] and AUTHORITY[code] else there
    name, default = spelling.format(code), Crs.parse(spelling.format(code))
    pos = f"{x!r} {y!r}"
    for text, assumed in (
        (f'<gml:Point srsName="{name}"><gml:pos>{pos}</gml:pos></gml:Point>', CRS84),
        (f"<gml:Point><gml:pos>{pos}</gml:pos></gml:Point>", default),
        (f'<gml:MultiPoint><gml:pointMember><gml:Point srsName="{name}"><gml:pos>{pos}</gml:pos></gml:Point>'
         "</gml:pointMember></gml:MultiPoint>", CRS84),
        (f'<gml:Point srsName="{name}"><gml:coordinates>{x!r},{y!r}</gml:coordinates></gml:Point>', NORTH_FIRST),
        (f'<gml:Envelope srsName="{name}"><gml:lowerCorner>{pos}</gml:lowerCorner><gml:upperCorner>{pos}'
         "</gml:upperCorner></gml:Envelope>", CRS84),
    ):  # fmt: skip
        found = read(text, assumed)
        assert isinstance(found, Geometry)
        assert shapely.get_coordinates(shapely.from_wkb(found.wkb))[0] == pytest.approx(place, abs=1e-8), text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<gml:Sphere/>", "gml:Sphere holds Sphere, which is not read here"),
        ("<gml:Point/>", "gml:Point has no coordinates"),
        ("<gml:Point><gml:pos>80</gml:pos></gml:Point>", "1 numbers"),
        ("<gml:Point><gml:pos>80 fifty</gml:pos></gml:Point>", "no numbers: 80 fifty"),
        ("<gml:Point><gml:pos>80 nan</gml:pos></gml:Point>", "no numbers"),
        ("<gml:Point><gml:pos>80 1e999</gml:pos></gml:Point>", "too large"),
        ("<gml:Point><gml:pos>8e0e1 5</gml:pos></gml:Point>", "could not convert"),
        ("<gml:Point><gml:posList>1 2 3 4</gml:posList></gml:Point>", "2 positions"),
        ("<gml:Point srsName='EPSG:9999'><gml:pos>1 2</gml:pos></gml:Point>", "EPSG:9999 is no coordinate system"),
        ("<gml:Point srsName='EPSG:32645'><gml:pos>1e30 1e30</gml:pos></gml:Point>", "does not reach"),
        ("<gml:LineString><gml:posList>1 2</gml:posList></gml:LineString>", "2 or"),
        ("<gml:LineString><gml:posList>1 2 3</gml:posList></gml:LineString>", "3 numbers"),
        ("<gml:LineString><gml:coordinates>1,2 3,4,5</gml:coordinates></gml:LineString>", "2 and of 3 dimensions"),
        ("<gml:LineString><gml:posList>" + "1 2 " * 100_001 + "</gml:posList></gml:LineString>", "100001 vertices"),
        ("<gml:Curve/>", "no segments"),
        ("<gml:Curve><gml:segments><gml:Arc/></gml:segments></gml:Curve>", "holds Arc"),
        ("<gml:Polygon/>", "0 outer rings"),
        (f"<gml:Polygon>{EXTERIOR}{EXTERIOR}</gml:Polygon>", "2 outer rings"),
        ("<gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>0 0 1 0 1 1</gml:posList></gml:LinearRing>"
         "</gml:exterior></gml:Polygon>", "does not end where it begins"),
        ("<gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>0 0 1 1 0 1 1 0 0 0</gml:posList></gml:LinearRing>"
         "</gml:exterior></gml:Polygon>", "not valid: Self-intersection"),
        ("<gml:Surface/>", "no patches"),
        (f"<gml:CompositeSurface><gml:surfaceMember>{POLYGON}</gml:surfaceMember><gml:surfaceMember>"
         f"{POLYGON.replace('0 0 4 0 4 4 0 4 0 0', '2 1 8 1 8 2 2 2 2 1')}</gml:surfaceMember></gml:CompositeSurface>",
         "not valid"),
        ("<gml:LineString><gml:posList>" + "1 2 " * 200_000 + "</gml:posList></gml:LineString>", "400000 numbers"),
        ("<gml:Envelope/>", "no coordinates"),
        ("<gml:Envelope><gml:pos>1 2</gml:pos></gml:Envelope>", "1 corners"),
        ("<gml:Envelope><gml:pos>1 4</gml:pos><gml:pos>2 3</gml:pos></gml:Envelope>", "lower corner above"),
        (f"<gml:MultiPoint srsName='EPSG:3857'><gml:pointMember>{POINT}</gml:pointMember>"
         "<gml:pointMember><gml:Point srsName='EPSG:4326'><gml:pos>1 2</gml:pos></gml:Point>"
         "</gml:pointMember></gml:MultiPoint>", "2 coordinate systems"),
    ],
    ids=lambda value: value[-60:],
)  # fmt: skip
def test_what_is_no_geometry(text: str, told: str) -> None:
    with pytest.raises(ParameterError) as caught:
        read(text)
    assert told in str(caught.value)
    assert caught.value.parameter == "filter"
    assert len(str(caught.value)) < 600


NUMBERS = st.floats(-80, 80, allow_nan=False).map(lambda number: number + 0.0)
POSITIONS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=5, unique=True)


@given(POSITIONS)
def test_every_digit_is_kept(points: list[tuple[float, float]]) -> None:
    line = Geometry(shapely.to_wkb(shapely.LineString(points)))
    flat = " ".join(f"{x!r} {y!r}" for x, y in points)
    commas = " ".join(f"{x!r},{y!r}" for x, y in points)
    turned = " ".join(f"{y!r} {x!r}" for x, y in points)
    assert read(f"<gml:LineString><gml:posList>{flat}</gml:posList></gml:LineString>") == line
    assert read(f"<gml:LineString><gml:coordinates>{commas}</gml:coordinates></gml:LineString>") == line
    assert read(f"<gml:LineString><gml:posList>{turned}</gml:posList></gml:LineString>", NORTH_FIRST) == line
