"""Boxes in degrees: parsing, printing, the antimeridian."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.extent import BBox
from altaigis.errors import ParameterError

longitudes = st.floats(-180, 180)


@st.composite
def boxes(draw: st.DrawFn) -> BBox:
    south, north = sorted([draw(st.floats(-90, 90)), draw(st.floats(-90, 90))])
    return BBox(draw(longitudes), south, draw(longitudes), north)


@given(boxes())
def test_what_is_printed_can_be_read(box: BBox) -> None:
    assert BBox.parse(str(box)) == box


@given(st.text() | st.text(alphabet="0123456789.,-+eEnaif ", max_size=40))
def test_any_text_is_a_box_or_a_parameter_error(text: str) -> None:
    box: BBox | None = None
    refusal: ParameterError | None = None
    try:
        box = BBox.parse(text, "area")
    except ParameterError as error:
        refusal = error
    if box:
        assert all(math.isfinite(n) for n in box.as_list())
        assert -90 <= box.south <= box.north <= 90
    else:
        assert str(refusal).startswith("area: ")


@pytest.mark.parametrize(
    "text",
    ["", "1,2,3", "1,2,3,4,5", "1,2,3,x", "1,2,3,nan", "inf,0,1,1", "0,2,1,1", "-181,0,1,1", "0,-91,1,1", "1;2;3;4"],
)
def test_refused(text: str) -> None:
    with pytest.raises(ParameterError):
        BBox.parse(text)


def test_heights_are_ignored() -> None:
    assert BBox.parse("77,50,0,88,55,3000") == BBox(77, 50, 88, 55)


@given(boxes())
def test_parts_lie_within_the_globe_and_ascend(box: BBox) -> None:
    for part in box.parts():
        assert -180 <= part.west <= part.east <= 180
    width = sum(part.east - part.west for part in box.parts())
    assert width == pytest.approx((box.east - box.west) % 360 if box.west > box.east else box.east - box.west)


@given(boxes(), boxes(), st.floats(-180, 180), st.floats(-90, 90))
def test_boxes_that_share_a_point_intersect(a: BBox, b: BBox, longitude: float, latitude: float) -> None:
    point = BBox(longitude, latitude, longitude, latitude)
    if a.intersects(point) and b.intersects(point):
        assert a.intersects(b)
    assert a.intersects(b) == b.intersects(a)
    assert a.intersects(a)


def test_the_antimeridian() -> None:
    fiji = BBox(177, -20, -178, -15)
    assert fiji.parts() == (BBox(177, -20, 180, -15), BBox(-180, -20, -178, -15))
    assert fiji.intersects(BBox(179, -18, 180, -17))
    assert fiji.intersects(BBox(-179, -18, -178.5, -17))
    assert not fiji.intersects(BBox(0, -18, 10, -17))


def test_boxes_inside_and_around() -> None:
    krai, point = BBox(77, 50, 88, 55), BBox(84, 52, 84, 52)
    assert point.lies_inside(krai)
    assert not krai.lies_inside(krai)
    assert not BBox(77, 52, 78, 53).lies_inside(krai), "it shares the border: without it the other may shrink"
    assert krai.united(BBox(84, 40, 90, 52)) == BBox(77, 40, 90, 55)
    assert krai.united(point) == krai
