"""Normals of stretches of days, by hand."""

import numpy as np

from altaigis.analytics.normals import normals_of

MONTHS = np.array([-16.0, -14, -7, 4, 12, 18, 20, 17, 11, 3, -6, -13])


def days(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[D]")


def test_a_month_has_its_own_normal_and_a_week_that_of_its_days() -> None:
    found = normals_of(days("2020-01-01", "2020-02-01", "2020-03-01"), MONTHS, total=False)
    np.testing.assert_allclose(found, [-16, -14])
    # from Monday to Sunday: three days of April and four of May
    week = normals_of(days("2019-04-28", "2019-05-05"), MONTHS, total=False)
    np.testing.assert_allclose(week, [(3 * 4 + 4 * 12) / 7])


def test_totals_are_shared_by_the_days_of_the_month() -> None:
    rain = np.arange(1.0, 13) * 28
    found = normals_of(days("2021-01-01", "2022-01-01"), rain, total=True)
    np.testing.assert_allclose(found, [28 * 78])
    # a day of the February of a leap year has less
    np.testing.assert_allclose(normals_of(days("2021-02-05", "2021-02-06"), rain, total=True), [2])
    np.testing.assert_allclose(normals_of(days("2020-02-05", "2020-02-06"), rain, total=True), [56 / 29])


def test_a_month_without_a_normal_leaves_none() -> None:
    lacking = np.where(np.arange(12) == 4, np.nan, MONTHS)
    found = normals_of(days("1969-03-01", "1969-04-01", "1969-06-01", "1970-02-01"), lacking, total=False)
    assert np.isnan(found).tolist() == [False, True, False]
