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


@pytest.mark.parametrize("step", [27, 28, 30, 31])
@pytest.mark.parametrize(("days", "samples"), [(365, 12), (366, 12), (28, 1), (31, 1), (91, 3)])
def test_who_takes_a_sample_a_month_has_all_of_them(step: int, days: int, samples: int) -> None:
    seconds = np.array([days * 86400.0])
    for count in (samples, samples - 1):
        (share,) = completeness(np.array([count]), seconds, timedelta(days=step))
        assert share == pytest.approx(count / samples)
