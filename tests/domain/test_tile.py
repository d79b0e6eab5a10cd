"""Tile coordinates: what cannot exist, and where the others lie."""

import morecantile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.tile import MAX_ZOOM, TileCoord
from altaigis.errors import ParameterError, TileNotFound

WEB_MERCATOR = morecantile.tms.get("WebMercatorQuad")


@st.composite
def tiles(draw: st.DrawFn) -> TileCoord:
    z = draw(st.integers(0, MAX_ZOOM))
    return TileCoord(z, draw(st.integers(0, (1 << z) - 1)), draw(st.integers(0, (1 << z) - 1)))


@given(tiles())
def test_bounds_are_those_of_the_matrix_set(tile: TileCoord) -> None:
    expected = WEB_MERCATOR.bounds(tile.x, tile.y, tile.z)
    assert tile.bbox().as_list() == pytest.approx(list(expected), abs=1e-9)


@given(tiles(), st.floats(0, 0.5))
def test_a_margin_widens_but_not_beyond_the_antimeridian(tile: TileCoord, margin: float) -> None:
    inner, outer = tile.bbox(), tile.bbox(margin)
    assert -180 <= outer.west <= inner.west < inner.east <= outer.east <= 180
    assert -90 < outer.south <= inner.south < inner.north <= outer.north < 90


@given(tiles())
def test_a_path_leads_to_its_tile(tile: TileCoord) -> None:
    assert TileCoord.parse(str(tile.z), str(tile.x), str(tile.y)) == tile


words = st.text() | st.integers().map(str) | st.sampled_from(["--1", "1_0", "١", "²", "1e3", " 1", "+1", "0x1", ""])


@given(words, words, words)
def test_any_path_is_a_tile_or_a_known_error(z: str, x: str, y: str) -> None:
    tile: TileCoord | None = None
    refusal = ""
    try:
        tile = TileCoord.parse(z, x, y)
    except (ParameterError, TileNotFound) as error:
        refusal = str(error)
    if tile:
        assert 0 <= tile.z <= MAX_ZOOM
        assert max(tile.x, tile.y) < 1 << tile.z
    else:
        assert refusal[:3] in ("z: ", "x: ", "y: ")


@pytest.mark.parametrize(("z", "x", "y"), [(-1, 0, 0), (23, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0), (3, 0, -1)])
def test_outside_the_matrix_there_is_no_tile(z: int, x: int, y: int) -> None:
    with pytest.raises(TileNotFound):
        TileCoord(z, x, y)


@pytest.mark.parametrize("text", ["1_0", "١", "²", "--1", "1e1", "", "-", "9" * 5000])
def test_only_whole_numbers(text: str) -> None:
    with pytest.raises(ParameterError, match="x:"):
        TileCoord.parse("5", text, "1")


@given(st.integers(0, MAX_ZOOM), st.floats(-180, 180), st.floats(-84, 84))
def test_the_tile_at_a_point_holds_it(z: int, longitude: float, latitude: float) -> None:
    box = TileCoord.at(longitude, latitude, z).bbox()
    slack = 1e-9
    assert box.west - slack <= longitude <= box.east + slack
    assert box.south - slack <= latitude <= box.north + slack


def test_a_point_beyond_the_matrix_gets_the_nearest_tile() -> None:
    assert TileCoord.at(180, -90, 3) == TileCoord(3, 7, 7)
    assert TileCoord.at(-180, 90, 3) == TileCoord(3, 0, 0)
