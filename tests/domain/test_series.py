"""Which series speaks: the measured one or the synthetic one, by one rule."""

from datetime import UTC, datetime, timedelta

import pytest

from altaigis.domain.series import ALWAYS, Interval, Series, preferred

YEAR = [datetime(year, 1, 1, tzinfo=UTC) for year in range(2000, 2031)]


def one(synthetic: bool, first: datetime, last: datetime, step: timedelta = timedelta(hours=1)) -> Series:
    return Series(int(synthetic), "S", "ozone", "µg/m³", synthetic, first, last, 9, step)


@pytest.mark.parametrize(
    ("interval", "is_synthetic"),
    [
        (ALWAYS, True),
        (Interval(YEAR[4], YEAR[6]), False),
        (Interval(YEAR[9], YEAR[10]), True),
        (Interval(YEAR[9]), True),
        (Interval(None, YEAR[2]), True),
        (Interval(YEAR[25], YEAR[26]), False),
        (None, True),
    ],
)
def test_the_measured_one_where_it_speaks_of_the_time(interval: Interval | None, is_synthetic: bool) -> None:
    measured, made_up = one(False, YEAR[5], YEAR[8]), one(True, YEAR[0], YEAR[20])
    for order in ([measured, made_up], [made_up, measured]):
        assert [it.synthetic for it in preferred(order, interval=interval)] == [is_synthetic]
    assert preferred([measured, made_up], False, interval) == [measured]
    assert preferred([measured], interval=interval) == [measured]


@pytest.mark.parametrize(
    ("days", "step", "is_synthetic"), [(30, 1, False), (32, 1, True), (80, 30, False), (100, 30, True)]
)
def test_of_now_speaks_a_measured_one_that_was_not_silent_for_long(days: int, step: int, is_synthetic: bool) -> None:
    measured = one(False, YEAR[0], YEAR[20] - timedelta(days=days), timedelta(days=step))
    (found,) = preferred([measured, one(True, YEAR[0], YEAR[20])])
    assert found.synthetic is is_synthetic
