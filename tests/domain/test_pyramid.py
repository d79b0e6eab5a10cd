"""The pyramid: its blocks have each tile once, and hide none."""

from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.extent import BBox
from altaigis.domain.grid import BUFFER, TILE_UNITS
from altaigis.domain.pyramid import Pyramid
from altaigis.domain.tile import TileCoord


@st.composite
def pyramids(draw: st.DrawFn) -> Pyramid:
    first = draw(st.integers(0, 5))
    last = draw(st.integers(first, 5))
    boxes = [_box(draw) for _ in range(2)]
    return Pyramid(first, last, boxes[0], draw(st.sampled_from([None, boxes[1]])))


def _box(draw: st.DrawFn) -> BBox:
    west, east = sorted(draw(st.tuples(st.floats(-180, 180), st.floats(-180, 180))))
    south, north = sorted(draw(st.tuples(st.floats(-85, 85), st.floats(-85, 85))))
    return BBox(west, south, east, north)


def blocks(pyramid: Pyramid, block: TileCoord) -> list[TileCoord]:
    return [block, *(found for below in pyramid.below(block) for found in blocks(pyramid, below))]


@given(pyramids())
def test_walking_down_meets_each_tile_once(pyramid: Pyramid) -> None:
    found = [tile for block in blocks(pyramid, TileCoord(0, 0, 0)) for tile in pyramid.tiles(block)]
    expected = [
        tile
        for zoom in range(pyramid.minzoom, pyramid.maxzoom + 1)
        for tile in (TileCoord(zoom, x, y) for x in range(1 << zoom) for y in range(1 << zoom))
        if pyramid.extent.intersects(tile.bbox(BUFFER / TILE_UNITS))
        and (pyramid.box is None or pyramid.box.intersects(tile.bbox()))
    ]
    assert len(found) == len(set(found))
    assert set(found) == set(expected)
