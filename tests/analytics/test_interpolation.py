"""Between stations: the example that PyKrige documents, and what must hold for any stations."""

from functools import partial

import numpy as np
import pytest
import shapely
from pykrige.ok import OrdinaryKriging
from pykrige.uk import UniversalKriging

from altaigis.analytics.interpolation import variogram as variograms
from altaigis.analytics.interpolation.contours import contours, levels_by, levels_of
from altaigis.analytics.interpolation.distance import InverseDistance
from altaigis.analytics.interpolation.kriging import Kriging
from altaigis.analytics.interpolation.spline import ThinPlateSpline
from altaigis.analytics.interpolation.stations import Places, Stations, stations
from altaigis.analytics.interpolation.surface import Grid, drawn, hull_of, plane_of
from altaigis.analytics.interpolation.validation import Tried, cross_validated, krige_with
from altaigis.analytics.interpolation.variogram import Variogram
from altaigis.errors import AnalysisError

#: https://geostat-framework.readthedocs.io/projects/pykrige/en/stable/contents.html, "Ordinary Kriging Example".
DOCUMENTED = np.array([[0.3, 1.2, 0.47], [1.9, 0.6, 0.56], [1.1, 3.2, 0.74], [3.3, 4.4, 1.47], [4.7, 3.8, 1.74]])
AXIS = np.arange(0.0, 5.5, 0.5)
GRID = Places.at(np.array(np.meshgrid(AXIS, AXIS)).reshape(2, -1).T)


@pytest.fixture
def known() -> Stations:
    """Thirty stations (synthetic) on 400 km, whose values rise with their height and to the north."""
    rng = np.random.default_rng(1)
    xy, height = rng.uniform(0, 4e5, (30, 2)), rng.uniform(100, 2000, 30)
    values = 20 - 0.006 * height + xy[:, 1] / 1e5 + rng.normal(0, 0.3, 30)
    return stations(Places.at(xy, height), values)


def plain(known: Stations) -> Stations:
    return Stations(Places.at(known.places.xy), known.values)


def documented(drift: bool = False) -> Stations:
    # a metre is far there
    return Stations(Places.at(DOCUMENTED[:, :2], DOCUMENTED[:, :2] if drift else None), DOCUMENTED[:, 2])


def test_ordinary_kriging_is_that_of_pykriges_documentation() -> None:
    theirs = OrdinaryKriging(*DOCUMENTED.T, variogram_model="linear", verbose=False, enable_plotting=False)
    z, ss = theirs.execute("grid", AXIS, AXIS)
    ours = Kriging.fitted(documented(), "linear", lags=6, reach=1)
    told = [ours.variogram.sill, ours.variogram.nugget]
    np.testing.assert_allclose(told, theirs.variogram_model_parameters, rtol=1e-4, atol=1e-9)
    values, errors = ours(GRID)
    np.testing.assert_allclose(values, z.ravel(), rtol=1e-5)
    np.testing.assert_allclose(errors**2, ss.ravel(), rtol=1e-4)
    # with the same parameters to the last digits
    values, errors = Kriging(documented(), Variogram("linear", theirs.variogram_model_parameters[0], 1, 0))(GRID)
    np.testing.assert_allclose([values, errors**2], [z.ravel(), ss.ravel()], rtol=1e-7)


def test_universal_kriging_is_that_of_pykriges_documentation() -> None:
    theirs = UniversalKriging(*DOCUMENTED.T, variogram_model="linear", drift_terms=["regional_linear"])
    z, ss = theirs.execute("grid", AXIS, AXIS)
    slope, nugget = theirs.variogram_model_parameters
    values, errors = Kriging(documented(drift=True), Variogram("linear", slope, 1, nugget))(Places.at(GRID.xy, GRID.xy))
    np.testing.assert_allclose(values, z.ravel(), rtol=1e-8)
    np.testing.assert_allclose(errors**2, ss.ravel(), rtol=1e-8)


@pytest.mark.parametrize("model", ["spherical", "exponential", "gaussian"])
def test_fit_and_estimates_with_a_range_are_pykriges(known: Stations, model) -> None:
    xy, values = known.places.xy, known.values
    theirs = OrdinaryKriging(*xy.T, values, model, variogram_parameters={"psill": 4, "range": 2e5, "nugget": 0.5})
    rng = np.random.default_rng(2)
    asked = rng.uniform(0, 4e5, (50, 2))
    z, ss = theirs.execute("points", *asked.T)
    found, errors = Kriging(plain(known), Variogram(model, 4, 2e5, 0.5))(Places.at(asked))
    np.testing.assert_allclose([found, errors**2], [z, ss], rtol=1e-6)


def test_kriging_and_spline_meet_the_stations(known: Stations) -> None:
    for kriging in (Kriging(plain(known), Variogram("spherical", 2, 2e5)), Kriging.fitted(known, "exponential")):
        values, errors = kriging(kriging.stations.places)
        np.testing.assert_allclose(values, known.values, atol=1e-6)
        np.testing.assert_allclose(errors, 0, atol=1e-3)
    np.testing.assert_allclose(ThinPlateSpline(known)(known.places), known.values, atol=1e-8)
    np.testing.assert_array_equal(InverseDistance(known)(known.places), known.values)
    assert np.ptp(ThinPlateSpline(known, smoothing=1e6)(known.places)) < np.ptp(known.values)


def test_hidden_stations_are_guessed_the_better_for_a_drift(known: Stations) -> None:
    rng = np.random.default_rng(3)
    followed = cross_validated(krige_with(Kriging.fitted(known)), known, rng)
    flat = cross_validated(krige_with(Kriging.fitted(plain(known))), plain(known), rng)
    assert followed.rmse < 0.6 < flat.rmse
    assert followed.r2 > 0.95
    assert 0.5 < followed.standardised_rmse < 1.7
    assert followed.groups == len(known)
    by_hand = InverseDistance(known.some(np.arange(30) != 7))(known.places.some(np.array([7])))
    tried = cross_validated(InverseDistance, known, rng)
    assert tried.residuals[7] == pytest.approx(by_hand[0] - known.values[7])
    assert tried.rmse**2 == pytest.approx((tried.residuals**2).mean())
    assert cross_validated(partial(ThinPlateSpline, smoothing=0.1), known, rng, groups=5).groups == 5
    values, errors = Tried(InverseDistance(known), known, tried.residuals)(known.places)
    np.testing.assert_allclose(errors, abs(tried.residuals))
    np.testing.assert_array_equal(values, known.values)


def test_a_surface_ends_at_the_hull_and_has_errors_beside(known: Stations) -> None:
    flat = plain(known)
    grid = Grid.around((0, 0, 4e5, 4e5), 1e4)
    inside = grid.within(hull_of(flat))
    done: list[int] = []
    surface = drawn(Kriging.fitted(flat), grid, inside, after=done.append)
    assert (np.isnan(surface.values) == ~inside).all()
    assert (np.isnan(surface.errors) == ~inside).all()
    assert done[-1] == inside.sum() < len(grid)
    assert np.isnan(surface.values[0, 0])
    whole = drawn(Kriging.fitted(flat), grid, np.ones_like(inside))
    assert np.isfinite(whole.values).all()
    assert whole.errors[~inside].mean() > whole.errors[inside].mean()
    levels = levels_of(surface.values, 6)
    lines = contours(grid, surface.values, levels)
    assert len(lines) == len(levels) >= 3
    assert all(shapely.within(line, hull_of(flat)) for line in lines)
    # on a line the surface has its level
    place = lines[1].interpolate(0.5, normalized=True)
    near = surface.values[int((grid.north - place.y) / grid.cell), int((place.x - grid.west) / grid.cell)]
    assert near == pytest.approx(levels[1], abs=levels[1] - levels[0])


def test_places_have_metres_of_the_ground() -> None:
    import pyproj

    plane = plane_of((77.9, 50.6, 87.2, 54.5))
    assert (plane.name, plane.geodetic_crs.name) == ("WGS 84 / azimuthal equidistant around 53, 83", "WGS 84")
    x, y = pyproj.Transformer.from_crs(4326, plane, always_xy=True).transform([79.0, 86.5], [51.0, 54.0])
    true = pyproj.Geod(ellps="WGS84").inv(79.0, 51.0, 86.5, 54.0)[2]
    assert np.hypot(np.diff(x), np.diff(y))[0] == pytest.approx(true, rel=1e-3)


def test_rows_at_one_place_are_one_station_and_missing_ones_none() -> None:
    xy = np.array([[0, 0], [0, 0.2], [9e4, 0], [0, 9e4], [9e4, 9e4], [5e4, 4e4], [1e4, 1e4]])
    found = stations(Places.at(xy), [1, 3, 4, 5, 6, 7, np.nan])
    assert (len(found), found.merged, found.which[-1]) == (5, 2, -1)
    assert found.values[found.which[0]] == 2


@pytest.mark.parametrize(
    ("xy", "values", "said"),
    [
        (np.zeros((9, 2)), np.arange(9), "1 different places have a value"),
        (np.eye(4, 2) * 1e4, np.arange(4), "needs 5 at least"),
        (np.outer(np.arange(9), [1e4, 2e4]), np.arange(9), "all stations lie on one line"),
        (np.random.default_rng(1).uniform(0, 1e5, (9, 2)), np.full(9, np.nan), "0 different places"),
        (np.full((9, 2), np.nan), np.arange(9), "a place is missing"),
        (np.random.default_rng(1).uniform(0, 1e5, (9, 2)), np.arange(8), "one a place"),
    ],
)
def test_what_gives_no_field_is_refused(xy, values, said) -> None:
    with pytest.raises(AnalysisError, match=said):
        stations(Places.at(xy), values)


def test_what_a_method_cannot_do_is_refused(known: Stations) -> None:
    same = Stations(Places.at(known.places.xy), np.full(30, 4.0))
    with pytest.raises(AnalysisError, match="values of all stations are the same"):
        Kriging.fitted(same)
    np.testing.assert_allclose(InverseDistance(same)(GRID), 4)
    assert levels_of(np.full((3, 3), 4.0)) == []
    level = Stations(Places.at(known.places.xy, np.ones(30)), known.values)
    with pytest.raises(AnalysisError, match="drift does not differ"):
        Kriging(level, Variogram("spherical", 1, 1e5))(level.places)
    with pytest.raises(AnalysisError, match="the stations have 1 drifts, the places 0"):
        Kriging(known, Variogram("spherical", 1, 1e5))(GRID)
    with pytest.raises(AnalysisError, match="60 are drawn at most"):
        levels_by(known.values, 0.01)
    with pytest.raises(AnalysisError, match="choose 2 to 30"):
        cross_validated(InverseDistance, known, np.random.default_rng(1), groups=31)
    for wrong in (("spherical", -1, 1e5, 0), ("spherical", 1, 0, 0), ("spherical", 0, 1e5, 0), ("cubic", 1, 1e5, 0)):
        with pytest.raises(AnalysisError, match="variogram"):
            Variogram(*wrong)
    assert variograms.empirical(known, lags=4).pairs.sum() == 30 * 29 / 2
