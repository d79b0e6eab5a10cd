"""Which series speaks where a measured and a made-up one could."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from altaigis.domain.series import ALWAYS, Interval, Series
from altaigis.services.series import SeriesService

OLD, NEW = datetime(1931, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def one(parameter: str, last: datetime, *, synthetic: bool) -> Series:
    return Series(0, "S", parameter, "m/s", synthetic, last - timedelta(days=300), last, 9, timedelta(hours=1))


@pytest.mark.parametrize(
    ("measured", "interval", "synthetic"),
    [
        (NEW, ALWAYS, False),
        (OLD, ALWAYS, True),
        (OLD, Interval(None, OLD), False),
        (OLD, Interval(NEW - timedelta(days=9), None), True),
    ],
)
def test_a_rose_is_of_the_series_that_speak(
    measured: datetime, interval: Interval, synthetic: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("wind_speed", "wind_direction")
    series = [one(name, measured, synthetic=False) for name in names] + [
        one(name, NEW, synthetic=True) for name in names
    ]

    async def known(*_: object) -> list[Series]:
        return series

    monkeypatch.setattr(SeriesService, "known", known)
    service = SeriesService.__new__(SeriesService)
    found = asyncio.run(service.wind("S", None, interval))
    assert [(it.parameter, it.synthetic) for it in found] == [(name, synthetic) for name in names]
