"""Levels of detail: fewer vertices each, nobody disappears, neighbours keep one border."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from altaigis.domain.detail import STRAYS, pixel, tolerance
from altaigis.geometry.borders import Borders
from altaigis.geometry.cleaning import Geometries, as_type, make_valid
from altaigis.geometry.coverage import clean
from altaigis.geometry.grid import on_grid
from altaigis.geometry.levels import Fineness, simplify
from conftest import ROOT

FULL_RESOLUTION = ROOT.parent / "shared" / "testdata" / "altai_krai_municipalities_osm.geojson"
ZOOMS = {zoom: Fineness(tolerance(zoom), pixel(zoom) / 16) for zoom in range(15)}
#: Units: rounding moves a place by half of one along either axis.
ROUNDED = 0.71
#: Edges that pass a cell with a vertex of another border get one there.
BENT = 1.02


def array(*geometries: object) -> Geometries:
    result = np.empty(len(geometries), dtype=object)
    result[:] = geometries
    return result


def in_metres(geometries: Geometries) -> Geometries:
    return gpd.GeoSeries(geometries, crs=4326).to_crs(3857).to_numpy()


def vertices(geometries: Geometries) -> int:
    return int(shapely.get_num_coordinates(geometries).sum())


def made(geometries: Geometries, zooms: Mapping[int, Fineness] = ZOOMS, **how: Any) -> dict[int, Geometries]:
    found = simplify(geometries, zooms, **{"coverage": True, "strays": STRAYS} | how)
    return {level: shown.geometries for level, shown in found}


def require_levels_of_a_coverage(geometries: Geometries) -> dict[int, Geometries]:
    exact = finer = in_metres(geometries)
    ground = shapely.union_all(exact)
    levels = made(geometries)
    assert list(levels) == sorted(levels, reverse=True)
    for level, coarser in levels.items():
        assert len(coarser) == len(geometries)
        assert {geometry.geom_type for geometry in coarser} == {"MultiPolygon"}
        assert shapely.is_valid(coarser).all()
        assert (shapely.area(coarser) > 0).all()
        assert vertices(coarser) <= BENT * vertices(finer) + len(coarser)
        # the smallest may be squares that lie over others
        large = shapely.area(exact) > (4 * ZOOMS[level].unit) ** 2
        assert shapely.coverage_is_valid(coarser[large])
        if not large.all():
            continue
        # no gap has opened: holes of the whole are those of the ground itself
        whole = shapely.coverage_union_all(coarser)
        holes = [sum(len(part.interiors) for part in shapely.get_parts(of)) for of in (whole, ground)]
        assert holes[0] <= holes[1]
        assert shapely.area(coarser).sum() == pytest.approx(whole.area, rel=1e-9)
        strayed = STRAYS * tolerance(level)
        assert abs(whole.area - ground.area) <= strayed * ground.length
        finer = coarser
    return levels


@st.composite
def crooked_grids(draw: st.DrawFn) -> Geometries:
    """Cells of a tenth of a degree whose common borders zigzag."""
    columns, rows = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    steps = draw(st.integers(2, 12))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    width = draw(st.sampled_from([0.0, 0.001, 0.004]))
    # places between corners move across the border, by less than what would make borders meet
    shift = rng.uniform(-width, width, (2, columns * steps + 1, rows * steps + 1))
    cells = []
    for column in range(columns):
        for row in range(rows):
            left, low = column * steps, row * steps
            ring = [
                *((left + n, low) for n in range(steps)),
                *((left + steps, low + n) for n in range(steps)),
                *((left + steps - n, low + steps) for n in range(steps)),
                *((left, low + steps - n) for n in range(steps)),
            ]
            places = [
                (
                    80 + x / steps / 10 + (shift[0, x, y] if y % steps else 0),
                    50 + y / steps / 10 + (shift[1, x, y] if x % steps else 0),
                )
                for x, y in ring
            ]
            cells.append(shapely.Polygon(places))
    return array(*cells)


@given(crooked_grids())
@settings(max_examples=40)
def test_any_coverage_stays_one_at_every_level(cells: Geometries) -> None:
    if shapely.is_valid(cells).all() and shapely.coverage_is_valid(cells):
        require_levels_of_a_coverage(cells)


@pytest.mark.skipif(not FULL_RESOLUTION.exists(), reason="the boundaries at full resolution are not beside the project")
def test_the_districts_at_full_resolution() -> None:
    source = make_valid(gpd.read_file(FULL_RESOLUTION).geometry.to_numpy())
    districts = as_type(clean(source, 0.05).geometries, "MultiPolygon")
    levels = require_levels_of_a_coverage(districts)
    assert {4, 5, 6, 10, 12} <= levels.keys()
    assert vertices(levels[6]) < vertices(districts) / 8
    for level in (4, 5, 6, 7):
        strayed = shapely.hausdorff_distance(in_metres(districts), levels[level])
        assert strayed.max() <= STRAYS * tolerance(level) + ROUNDED * ZOOMS[level].unit
        assert np.median(strayed) <= 1.2 * tolerance(level)


def far_apart(geometries: Geometries, coarser: Geometries) -> float:
    return float(shapely.hausdorff_distance(in_metres(geometries), coarser).max())


#: Of the map in a degree to the north, at 50.3° N.
METRES = 174_000


def two_with_a_spit(spit: list[tuple[float, float]]) -> Geometries:
    border = [(81.0, 50.0), *spit, (81.0, 50.7), (81.001, 50.8), (81.0, 50.9), (81.0, 51.0)]
    cells = array(
        shapely.Polygon([(80, 50), *border, (80, 51)]), shapely.Polygon([(82, 50), (82, 51), *reversed(border)])
    )
    assert shapely.coverage_is_valid(cells)
    return cells


@pytest.mark.parametrize("width", [1e-5, 1e-4, 1e-3])
def test_a_long_thin_spit_is_not_lost_where_it_can_be_seen(width: float) -> None:
    """VW removes what has a small area, however long it is."""
    end = 81 + 36 * width
    cells = two_with_a_spit([(81.0, 50.3), (end, 50.3), (end, 50.3 + width), (81.0, 50.3 + width)])
    # grids that can hold it
    zooms = {zoom: Fineness(tolerance(zoom), pixel(zoom) / 16) for zoom in range(19)}
    seen = {zoom: fineness for zoom, fineness in zooms.items() if fineness.unit < width * METRES}
    assert seen
    for level, coarser in made(cells, seen).items():
        assert far_apart(cells, coarser) <= STRAYS * tolerance(level) + ROUNDED * seen[level].unit
    # without the limit it is lost
    assert any(
        far_apart(cells, coarser) > STRAYS * tolerance(level)
        for level, coarser in made(cells, seen, strays=np.inf).items()
    )


@pytest.mark.parametrize("width", [1e-5, 1e-4, 1e-3])
def test_a_long_spit_is_there_as_far_as_it_is_two_units_wide(width: float) -> None:
    cells = two_with_a_spit([(81.0, 50.3), (81.2, 50.3 + width / 2), (81.0, 50.3 + width)])
    zooms = {zoom: Fineness(tolerance(zoom), pixel(zoom) / 16) for zoom in range(19)}
    (spit,) = in_metres(array(shapely.LineString([(81.2, 50.3), (81.0, 50.3 + width)])))
    west, south, east, north = spit.bounds
    for level, coarser in made(cells, zooms).items():
        place = shapely.Point(east - (east - west) * 2 * zooms[level].unit / (north - south), (south + north) / 2)
        assert place.x < west or coarser[0].distance(place) <= zooms[level].unit


@given(crooked_grids(), st.floats(10, 5000), st.floats(0, 3))
@settings(max_examples=40)
def test_borders_stray_no_further_than_is_told(cells: Geometries, side: float, limit: float) -> None:
    exact = in_metres(cells)
    if not (shapely.is_valid(exact).all() and shapely.coverage_is_valid(exact)):
        return
    borders, coarser = Borders(exact), shapely.coverage_simplify(exact, side)
    assert borders.stray(exact) == 0
    told = borders.stray(coarser)
    assert shapely.hausdorff_distance(exact, coarser).max() <= told + 1e-6
    mended = borders.within(coarser, limit * side)
    assert borders.stray(mended) <= limit * side
    assert vertices(coarser) <= vertices(mended) <= vertices(exact)
    assert (mended is coarser) == (told <= limit * side)
    # between places that are all there everything is put back, in the boxes that are told
    assert borders.restore(exact) == (vertices(mended) < vertices(exact))
    assert shapely.equals(borders.built(), exact).all()
    gone = shapely.points(gone_from(exact, coarser))
    assert len(set(shapely.STRtree(borders.put_back()).query(gone)[0])) == len(gone)
    assert not len(borders.put_back())


def gone_from(geometries: Geometries, coarser: Geometries) -> np.ndarray:
    places, left = (shapely.get_coordinates(each) for each in (geometries, coarser))
    return places[~np.isin(places @ (1, 1j), left @ (1, 1j))]


def united(cells: Geometries) -> Geometries:
    """Two multipolygons out of every other cell, whose parts touch at corners and lie in each other's holes."""
    return as_type(array(*(shapely.coverage_union_all(cells[odd::2]) for odd in (0, 1))), "MultiPolygon")


@given(
    st.one_of(crooked_grids(), crooked_grids().filter(lambda cells: len(cells) > 1).map(united)), st.floats(1e-4, 0.2)
)
@settings(max_examples=100)
def test_a_coverage_on_a_grid_has_no_crack_and_no_overlap(cells: Geometries, unit: float) -> None:
    scaled = shapely.transform(cells, lambda places: places / unit)
    if not (shapely.is_valid(scaled).all() and shapely.coverage_is_valid(scaled)):
        return
    shown = on_grid(scaled, coverage=True).geometries
    places = shapely.get_coordinates(shown)
    assert (places == np.rint(places)).all()
    assert shapely.is_valid(shown).all()
    large = shapely.area(scaled) > 16
    assert shapely.coverage_is_valid(shown[large])
    assert shapely.hausdorff_distance(shown[large], scaled[large]).max(initial=0) <= 1
    if large.all():
        whole = shapely.union_all(shown)
        assert shapely.area(shown).sum() == pytest.approx(whole.area)
        assert whole.symmetric_difference(shapely.union_all(scaled)).area <= whole.length


def test_what_is_too_small_for_the_grid_is_a_square_or_a_line_of_one_unit() -> None:
    specks = array(shapely.box(5.1, 7.1, 5.2, 7.2), shapely.box(9, 9, 30, 30))
    for coverage in (True, False):
        small, large = on_grid(specks, coverage=coverage).geometries
        assert (small.bounds, small.area) == ((5, 7, 6, 8), 1)
        assert large.equals(specks[1])
    several = array(shapely.MultiPolygon([specks[1], shapely.box(50.1, 50.1, 50.2, 50.2)]))
    assert [part.area for part in shapely.get_parts(on_grid(several, coverage=False).geometries)] == [441, 1]
    (line,) = on_grid(array(shapely.LineString([(5.1, 7.1), (5.2, 7.2)])), coverage=False).geometries
    assert line.length == 1


def test_a_narrow_neck_makes_two_parts() -> None:
    # 0.2 wide in the middle
    shape = shapely.Polygon([(0, 0), (10, 0), (10, 4.9), (20, 4.9), (20, 0), (30, 0), (30, 10), (20, 10), (20, 5.1),
                             (10, 5.1), (10, 10), (0, 10)])  # fmt: skip
    (shown,) = on_grid(array(shape), coverage=True).geometries
    assert [part.bounds for part in shapely.get_parts(shown)] == [(0, 0, 10, 10), (20, 0, 30, 10)]


def test_bends_are_counted_by_their_area() -> None:
    # corners of half a square metre, and one of a thousandth
    ring = [(0, 0), (1, 0), (1, 1), (0.5, 1.002), (0, 1), (0, 0)]
    borders = Borders(array(shapely.Polygon(ring)))
    told = [borders.bends_below(area) for area in (0.0005, 0.002, 1)]
    assert told == [0, 0.25, 1], "the first corner, where the ring begins and ends, is not asked"
    assert borders.bends_below(0) == 0


def test_what_is_smaller_than_a_pixel_keeps_a_least_form() -> None:
    speck = shapely.Point(85, 52).buffer(0.001)
    for geometries, coverage in [
        (array(shapely.MultiPolygon([speck, shapely.box(83, 50, 84, 51)])), True),
        (array(speck), True),
        (array(speck), False),
        (array(shapely.MultiPolygon([speck, shapely.box(83, 50, 84, 51)])), False),
        (array(shapely.LineString(speck.exterior.coords[:20])), False),
        (array(shapely.LineString(speck.exterior.coords)), False),
    ]:
        *_, coarsest = made(geometries, coverage=coverage).values()
        assert shapely.is_valid(coarsest).all()
        assert not shapely.is_empty(coarsest).any()
        assert coverage or len(shapely.get_parts(coarsest)) == len(shapely.get_parts(geometries))
        assert vertices(coarsest) < vertices(geometries)


def test_islands_and_holes_that_have_become_lines_are_counted() -> None:
    speck, island, whole = shapely.box(50.1, 50.1, 50.2, 58), shapely.box(60, 50, 61, 51), shapely.box(9, 9, 40, 40)
    with_hole = whole - shapely.box(20.1, 20.1, 20.2, 20.3) - shapely.box(30, 30, 32, 32)
    shown = on_grid(
        array(shapely.MultiPolygon([with_hole, speck, island]), shapely.box(70.1, 9, 70.2, 9.1)), coverage=True
    )
    assert shown.left_out == 2
    assert [len(part.interiors) for part in shapely.get_parts(shown.geometries)] == [1, 0, 0]


def test_islands_larger_than_a_bend_stay_and_the_others_are_counted() -> None:
    discs = [shapely.Point(80 + number, 50).buffer(2.0**-number) for number in range(1, 20)]
    archipelago = array(shapely.MultiPolygon(discs))
    areas = shapely.area(in_metres(array(*discs)))
    for level, shown in simplify(archipelago, ZOOMS, coverage=True, strays=STRAYS):
        left = shapely.get_num_geometries(shown.geometries[0])
        assert left + shown.left_out == len(discs)
        assert left >= (areas > tolerance(level) ** 2).sum()


@given(
    st.lists(
        st.lists(st.tuples(st.floats(60, 90), st.floats(-89, 89)), min_size=2, max_size=40, unique=True),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=60)
def test_lines_keep_their_ends_and_stay_within_the_tolerance(lines: list[list[tuple[float, float]]]) -> None:
    geometries = array(*(shapely.LineString(line) for line in lines))
    for level, coarser in made(geometries, coverage=False).items():
        assert shapely.is_valid(coarser).all()
        assert (shapely.length(coarser) > 0).all()
        rounded = ROUNDED * ZOOMS[level].unit
        for before, after in zip(in_metres(geometries), coarser, strict=True):
            # each level is made from the finer one: their distances add up to less than twice the last
            assert shapely.hausdorff_distance(before, after) <= 2 * tolerance(level) + 2 * rounded
            if before.length > 4 * tolerance(level):
                ends = shapely.get_point(before, [0, -1]), shapely.get_point(after.geoms[0], [0, -1])
                assert (shapely.distance(*ends) <= rounded).all()


def test_many_geometries_are_simplified_as_each_by_itself() -> None:
    discs = array(*(shapely.Point(80 + n / 100, 50).buffer(1 + n % 7) for n in range(300)))
    level = max(ZOOMS)
    alone = [made(disc, {level: ZOOMS[level]}, coverage=False)[level] for disc in np.split(discs[::50], 6)]
    together = made(discs, coverage=False)[level]
    assert shapely.equals_exact(together[::50], np.concatenate(alone)).all()
    simplified = shapely.simplify(in_metres(discs), tolerance(level))
    assert shapely.hausdorff_distance(together, simplified).max() <= ROUNDED * ZOOMS[level].unit


def test_nothing_comes_of_nothing() -> None:
    assert made(array()) == {}


def test_a_layer_that_is_no_coverage_is_not_spoiled() -> None:
    overlapping = array(shapely.Point(80, 50).buffer(1), shapely.Point(80.5, 50).buffer(1))
    for coarser in (made(overlapping) | made(overlapping, coverage=False)).values():
        assert shapely.is_valid(coarser).all()
