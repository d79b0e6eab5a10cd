"""Coordinate reference systems: every spelling, and the order of the axes that it means."""

from contextlib import suppress

import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.crs import CRS84, USUAL, Crs
from altaigis.errors import ParameterError

LATITUDE_FIRST = Crs(4326, axis_swapped=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", CRS84),
        ("https://www.opengis.net/def/crs/OGC/0/CRS84", CRS84),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", CRS84),
        ("urn:ogc:def:crs:OGC::CRS84", CRS84),
        ("OGC:CRS84", CRS84),
        ("[OGC:CRS84]", CRS84),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", LATITUDE_FIRST),
        ("http://www.opengis.net/def/crs/EPSG/9.9.1/4326", LATITUDE_FIRST),
        ("urn:ogc:def:crs:EPSG::4326", LATITUDE_FIRST),
        ("urn:x-ogc:def:crs:EPSG:6.9:4326", LATITUDE_FIRST),
        ("urn:x-ogc:def:crs:EPSG:4326", LATITUDE_FIRST),
        ("[EPSG:4326]", LATITUDE_FIRST),
        ("EPSG:4326", CRS84),
        ("epsg:4326", CRS84),
        ("http://www.opengis.net/gml/srs/epsg.xml#4326", CRS84),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", Crs(3857)),
        ("EPSG:3857", Crs(3857)),
        ("urn:ogc:def:crs:EPSG::32644", Crs(32644)),
        ("urn:ogc:def:crs:EPSG::28414", Crs(28414, axis_swapped=True)),
        ("EPSG:28414", Crs(28414)),
        ("http://www.opengis.net/def/crs/EPSG/0/4284", Crs(4284, axis_swapped=True)),
        ("urn:ogc:def:crs:EPSG::3995", Crs(3995)),  # polar: both axes point to the same pole, easting first
        ("urn:ogc:def:crs:EPSG::32661", Crs(32661, axis_swapped=True)),  # and northing first
    ],
)
def test_spellings(text: str, expected: Crs) -> None:
    assert Crs.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4326",
        "EPSG:",
        "EPSG:99999",
        "EPSG:4979",  # three axes
        "EPSG:4978",  # geocentric
        "EPSG:5773",  # heights
        "EPSG:٤٣٢٦",
        "http://www.opengis.net/def/crs/EPSG/0/",
        "http://example.org/def/crs/EPSG/0/4326",
        "+proj=longlat",
        "EPSG:4326 ",
        "EPSG:4326\n",
        "EPSG:" + "9" * 5000,
    ],
)
def test_no_spellings(text: str) -> None:
    with pytest.raises(ParameterError, match="filter-crs") as caught:
        Crs.parse(text, "filter-crs")
    assert len(str(caught.value)) < 400


@given(st.text() | st.integers(0, 10**7).map(lambda code: f"urn:ogc:def:crs:EPSG::{code}"))
def test_what_is_read_can_be_written(text: str) -> None:
    crs = CRS84
    with suppress(ParameterError):
        crs = Crs.parse(text)
    assert Crs.parse(crs.uri) == crs


@pytest.mark.parametrize("crs", USUAL, ids=str)
def test_the_usual_ones_have_their_authoritys_axes(crs: Crs) -> None:
    assert Crs.parse(crs.uri) == crs
    assert Crs.parse(crs.urn) == crs
    if crs != CRS84:
        authority = pyproj.CRS.from_epsg(crs.srid)
        assert crs.axis_swapped == (authority.axis_info[0].direction == "north")
        assert crs.uri.endswith(f"/EPSG/0/{crs.srid}")
        assert crs.name == authority.name
        assert crs.is_geographic == authority.is_geographic


def test_an_order_that_only_old_spellings_have_is_written_in_one() -> None:
    assert Crs(28414).uri == "http://www.opengis.net/gml/srs/epsg.xml#28414"
    assert Crs.parse(Crs(28414).uri) == Crs(28414)
    assert CRS84.name == "WGS 84 (CRS84)"
    assert Crs.parse(Crs(28414).urn) == Crs(28414)
    assert Crs(28414, axis_swapped=True).easting_first == Crs(28414)
    assert Crs(4326, axis_swapped=True).easting_first == CRS84
