"""How complete a bucket is: days of the calendar, and hours as they were."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from altaigis.domain.bucket import Width, completeness
from altaigis.domain.observation import REGION


@pytest.mark.parametrize(
    ("width", "first", "days"),
    [
        *[("month", "2006-03-01", 31), ("month", "2005-10-01", 31)],
        *[("year", "2011-01-01", 365), ("year", "2016-01-01", 366)],
    ],
)
def test_a_month_with_an_hour_less_has_as_many_days_as_ever(width: str, first: str, days: int) -> None:
    begin = datetime.fromisoformat(first).replace(tzinfo=REGION)
    seconds = Width(width).starts(begin, begin).seconds  # type: ignore[arg-type]
    assert seconds[0] % 86_400 != 0, "the clock was moved"
    (share,) = completeness(np.array([days - 1]), seconds, timedelta(days=1))
    assert share == pytest.approx((days - 1) / days)
    (hours,) = completeness(np.array([24 * days]), seconds, timedelta(hours=1))
    assert hours == min(24 * days / (seconds[0] / 3600), 1)
