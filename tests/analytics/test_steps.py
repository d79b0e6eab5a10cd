"""Steps of the calendar: each in its place, winters in the year of their January."""

import numpy as np
import pytest

from altaigis.analytics import completeness, steps
from altaigis.errors import AnalysisError


def test_gaps_have_their_places() -> None:
    found = steps.regular(["2015-11-01", "2016-01-31", "2016-02-01"], [1.0, 2, 3], [1, 0.8, 0.5], "month")
    assert found.labels == ["2015-11", "2015-12", "2016-01", "2016-02"]
    assert found.values == pytest.approx([1, np.nan, 2, np.nan], nan_ok=True)
    assert found.shares.tolist() == [1, 0, 0.8, 0.5]
    assert found.thin.tolist() == [False, False, False, True]
    assert (found.period, found.phases.tolist()) == (12, [11, 12, 1, 2])


def test_winter_begins_in_december() -> None:
    found = steps.regular(["1969-12-01", "1970-06-15", "1970-12-31"], [1.0, 2, 3], [1, 1, 1], "season")
    assert found.labels == ["1970-winter", "1970-spring", "1970-summer", "1970-autumn", "1971-winter"]
    assert [str(day) for day in found.starts] == ["1969-12-01", "1970-03-01", "1970-06-01", "1970-09-01", "1970-12-01"]
    assert steps.regular(["1899-12-01"], [1.0], [1], "season").labels == ["1900-winter"]
    assert steps.regular(["2016-02-29"], [1.0], [1], "day").labels == ["2016-02-29"]
    assert steps.regular(["2016-02-29"], [1.0], [1], "year").labels == ["2016"]


def test_nothing_and_too_much_are_refused() -> None:
    with pytest.raises(AnalysisError, match="there are no values"):
        steps.regular(np.array([], "datetime64[D]"), [], [], "month")
    with pytest.raises(AnalysisError, match="up to 50000 are analysed"):
        steps.regular(["1820-01-01", "2020-01-01"], [1, 1], [1, 1], "day")


def test_the_calendar_weighs_months_by_their_days() -> None:
    found = completeness.calendar(
        steps.regular(["2023-11-01", "2024-02-01", "2024-03-01"], [1.0, 2, 3], [1, 1, 0.5], "month")
    )
    assert found.years.tolist() == [2023, 2024]
    assert np.isnan(found.months).sum() == 10 + 9
    assert found.months[0, 10:].tolist() == [1, 0]
    assert found.by_year == pytest.approx([30 / 61, (29 + 15.5) / (31 + 29 + 31)])
    assert found.whole == pytest.approx((30 + 29 + 15.5) / (61 + 91))
    assert found.empty == 2
    assert [str(month) for month in found.longest] == ["2023-12", "2024-01"]


def test_the_calendar_of_what_is_measured_more_seldom_is_of_years() -> None:
    found = completeness.calendar(
        steps.regular(["2021-01-01", "2023-01-01", "2024-01-01"], [1.0, 2, 3], [1, 0.5, 0.25], "year")
    )
    assert found.years.tolist() == [2021, 2022, 2023, 2024]
    assert found.by_year.tolist() == [1, 0, 0.5, 0.25]
    assert found.whole == pytest.approx((365 + 0.5 * 365 + 0.25 * 366) / (3 * 365 + 366))
    assert (found.empty, [str(year) for year in found.longest]) == (1, ["2022", "2022"])
    assert np.isnan(found.months).all()


def test_a_step_that_is_not_over_has_no_value() -> None:
    years = steps.regular(["2018-01-01", "2019-01-01", "2020-01-01"], [1.0, 2, 3], [1, 1, 0.9], "year")
    running = years.over_by(np.datetime64("2020-12-31"))
    assert running.values == pytest.approx([1, 2, np.nan], nan_ok=True)
    assert (running.thin.tolist(), running.shares.tolist()) == ([False, False, True], [1, 1, 0.9])
    assert years.over_by(np.datetime64("2021-01-01")).values.tolist() == [1, 2, 3]
    winter = steps.regular(["2019-12-01"], [1.0], [0.9], "season")
    assert np.isnan(winter.over_by(np.datetime64("2020-02-29")).values[0])
    assert winter.over_by(np.datetime64("2020-03-01")).values[0] == 1
