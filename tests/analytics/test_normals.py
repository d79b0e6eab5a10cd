"""Normals of stretches of days, by hand."""

import numpy as np

from altaigis.analytics.normals import course, normals_of

MONTHS = np.array([-16.0, -14, -7, 4, 12, 18, 20, 17, 11, 3, -6, -13])


def days(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[D]")


def test_months_and_years_have_their_own_normals_however_long_they_are() -> None:
    for year in (2019, 2020):
        firsts = np.arange(f"{year}-01", f"{year + 1}-02", dtype="datetime64[M]").astype("datetime64[D]")
        np.testing.assert_allclose(normals_of(firsts, MONTHS, total=False), MONTHS)
        rain = np.arange(1.0, 13) * 28
        np.testing.assert_allclose(normals_of(firsts, rain, total=True), rain)
        np.testing.assert_allclose(normals_of(firsts[[0, -1]], rain, total=True), [28 * 78])


def test_days_follow_a_smooth_course_over_the_ends_of_months_and_years() -> None:
    every = np.arange("2019-01-01", "2022-01-01", dtype="datetime64[D]")
    normal = normals_of(np.append(every, every[-1] + 1), MONTHS, total=False)
    # a degree in three days is the fastest that the steepest two months ask for
    assert np.abs(np.diff(normal)).max() < 0.45
    # between the middles of April (4) and May (12)
    assert 4 < normal[np.flatnonzero(every == np.datetime64("2019-04-30"))[0]] < 12
    week = normals_of(days("2019-04-28", "2019-05-05"), MONTHS, total=False)
    at = np.flatnonzero(every == np.datetime64("2019-04-28"))[0]
    np.testing.assert_allclose(week, normal[at : at + 7].mean())


def test_a_wave_of_a_year_is_found_again() -> None:
    """The mean of a cosine over a month, by its integral, leads back to the cosine."""
    edges = np.append(np.flatnonzero(np.diff([-1, *_month_of_day()])), 365) / 365 * 2 * np.pi
    means = 10 * np.diff(np.sin(edges)) / np.diff(edges)
    middles = (np.arange(365) + 0.5) / 365 * 2 * np.pi
    np.testing.assert_allclose(course(means, 365, total=False), 10 * np.cos(middles), atol=2e-3)


def test_a_total_is_never_less_than_nothing() -> None:
    rain = np.array([0.0, 0, 0, 0, 0, 0, 300, 0, 0, 0, 0, 0])
    daily = course(rain, 365, total=True)
    np.testing.assert_allclose(daily, np.where(_month_of_day() == 6, 300 / 31, 0))


def _month_of_day() -> np.ndarray:
    every = np.arange("2021-01-01", "2022-01-01", dtype="datetime64[D]")
    return every.astype("datetime64[M]").astype(int) % 12


def test_a_month_without_a_normal_leaves_none() -> None:
    lacking = np.where(np.arange(12) == 4, np.nan, MONTHS)
    found = normals_of(days("1969-03-01", "1969-04-01", "1969-06-01", "1970-02-01"), lacking, total=False)
    assert np.isnan(found).tolist() == [False, True, False]
