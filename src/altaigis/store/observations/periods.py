"""What series were like over whole days of the region, from the daily aggregates: one row a series is read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Double, cast, func, select

from altaigis.store.observations.tables import daily, loads_series


@dataclass(frozen=True)
class Period:
    """The values of a series in a time but for those that are flagged bad; ``mean`` is that of all of them."""

    count: int
    mean: float
    min: float
    max: float
    sum: float


def over(connection: Connection, series: Collection[int], first: date, last: date) -> dict[int, Period]:
    """By the number of the series, from the first day to the last one; those without a value are left out."""
    count, total = func.sum(daily.c["count"]), func.sum(daily.c["sum"])
    told = count, total / cast(count, Double), func.min(daily.c["min"]), func.max(daily.c["max"]), total
    asked = (
        select(daily.c.series, *told)
        .where(daily.c.series.in_(series), daily.c.day.between(first, last))
        .group_by(daily.c.series)
        .having(count > 0)
    )
    return {
        number: Period(int(count), float(mean), float(low), float(high), float(total))
        for number, count, mean, low, high, total in connection.execute(asked)
    }


def last_load(connection: Connection, series: Collection[int]) -> int:
    """The last load that has written to any of these, 0 where that was so long ago that nobody knows."""
    asked = select(func.coalesce(func.max(loads_series.c.load), 0)).where(loads_series.c.series.in_(series))
    return int(connection.execute(asked).scalar_one())
